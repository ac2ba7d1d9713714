use super::*;

const MINUTE: Millis = 60_000;
const START: Timestamp = Timestamp::from_ms(1_000_000_000);

fn speaker(terminal: &str) -> Sender {
    let (terminal, protocol) = (TerminalId::parse(terminal).unwrap(), ProtocolName::parse("hash").unwrap());
    Sender { terminal, protocol, share: Share::Known }
}

/// When it is given up.
const LATER: Timestamp = START.plus(2 * MINUTE);

fn key(terminal: &str, set: u64) -> PartKey {
    let Sender { terminal, protocol, .. } = speaker(terminal);
    PartKey { terminal, protocol, set: PartSet(set) }
}

fn part(set: u64, number: u16, bytes: usize) -> PartsChange {
    PartsChange::Keep { set: PartSet(set), number, frame: frame(number, bytes) }
}

fn frame(number: u16, bytes: usize) -> Bytes {
    vec![number.to_be_bytes()[1]; bytes].into()
}

fn dropped(set: u64, why: Dropped) -> PartsChange {
    PartsChange::Drop { set: PartSet(set), why }
}

fn kept(key: PartKey, number: u16, received_at: Timestamp) -> KeptPart {
    KeptPart { key, number, frame: frame(number, 5), seq: model::Seq(i64::from(number)), received_at }
}

fn is_empty(parts: &Parts) -> bool {
    let held = parts.held();
    held.terminals.is_empty() && held.bytes == 0
}

#[test]
fn a_terminals_next_connection_gets_each_message_in_order_and_no_other_gets_it() {
    let parts = Parts::default();
    for (set, number) in [(7, 3), (9, 1), (7, 1), (7, 1)] {
        parts.take(speaker("15"), vec![part(set, number, 5)], START);
    }
    assert_eq!(parts.of(speaker("15"), START), [frame(1, 5), frame(3, 5), frame(1, 5)]);
    assert!(parts.of(speaker("16"), START).is_empty());
    let other_protocol = Sender { protocol: ProtocolName::parse("dollar").unwrap(), ..speaker("15") };
    assert!(parts.of(other_protocol, START).is_empty());
}

#[test]
fn what_is_whole_stays_until_the_journal_has_taken_it_and_what_is_given_up_goes_at_once() {
    let parts = Parts::default();
    parts.take(speaker("15"), vec![part(7, 1, 5), part(9, 1, 5)], START);
    let taken = parts.take(speaker("15"), vec![dropped(7, Dropped::Whole)], START);
    assert_eq!(taken.changes, [PartChange::Drop { key: key("15", 7), through: START }]);
    assert_eq!(parts.of(speaker("15"), START).len(), 2);
    parts.let_go(taken.whole.as_slice());
    assert_eq!(parts.of(speaker("15"), START).len(), 1);
    parts.take(speaker("15"), vec![dropped(9, Dropped::Displaced)], START);
    assert!(is_empty(&parts));
}

#[test]
fn what_time_gave_up_goes_with_the_next_item_of_anybody_once() {
    let parts = Parts::default();
    parts.take(speaker("15"), vec![part(7, 1, 5)], START);
    parts.give_up(speaker("15").protocol, &[(speaker("15").terminal, PartSet(7))], LATER);
    assert!(is_empty(&parts));
    let taken = parts.take(speaker("16"), vec![], LATER);
    assert_eq!(taken.changes, [PartChange::Drop { key: key("15", 7), through: LATER }]);
    assert!(parts.take(speaker("16"), vec![], LATER).changes.is_empty());
}

#[test]
fn a_commit_takes_along_no_more_than_its_share_of_what_was_given_up() {
    let parts = Parts::default();
    let many: Vec<_> = (0..40).map(|set| (speaker("15").terminal, PartSet(set))).collect();
    parts.give_up(speaker("15").protocol, &many, LATER);
    let shares = [(); 4].map(|()| parts.take(speaker("16"), vec![], START).changes.len());
    assert_eq!(shares, [16, 16, 8, 0]);
}

#[test]
fn a_message_is_given_up_a_day_after_its_first_part() {
    let parts = Parts::default();
    parts.take(speaker("15"), vec![part(7, 1, 5)], START);
    parts.take(speaker("15"), vec![part(7, 2, 5)], START.plus(AGE_MS_MAX - MINUTE));
    assert_eq!(parts.of(speaker("15"), START.plus(AGE_MS_MAX - 1)).len(), 2);
    assert!(parts.of(speaker("15"), START.plus(AGE_MS_MAX + MINUTE)).is_empty());
    let taken = parts.take(speaker("16"), vec![], START);
    let through = START.plus(AGE_MS_MAX + MINUTE);
    assert_eq!(taken.changes, [PartChange::Drop { key: key("15", 7), through }]);
}

#[test]
fn a_terminal_that_fills_its_share_is_refused_and_others_are_not() {
    let parts = Parts::default();
    let cost = 1_000 + PART_OVERHEAD_BYTES;
    let room = u16::try_from(TERMINAL_BYTES_MAX / cost).unwrap();
    let refused =
        (0..room + 3).filter(|n| parts.take(speaker("15"), vec![part(7, *n, 1_000)], START).refused);
    assert_eq!(refused.count(), 3);
    let taken = parts.take(speaker("16"), vec![part(7, 1, 1_000)], START);
    assert!(!taken.refused && taken.changes.len() == 1);
    let again = parts.take(speaker("15"), vec![part(7, 3, 1_000)], START);
    assert!(again.refused && again.changes.is_empty(), "nothing is journalled that is not held");
}

#[test]
fn all_terminals_together_have_a_limit_and_give_back_what_they_took() {
    let parts = Parts::default();
    let terminals = BYTES_MAX / TERMINAL_BYTES_MAX + 10;
    let mut refused = 0;
    for n in 0..terminals {
        let taken =
            parts.take(speaker(&(n + 100).to_string()), vec![part(1, 1, TERMINAL_BYTES_MAX - 64)], START);
        refused += usize::from(taken.refused);
    }
    assert_eq!((refused, parts.held().bytes), (10, BYTES_MAX));
    for n in 0..terminals {
        parts.take(speaker(&(n + 100).to_string()), vec![dropped(1, Dropped::Displaced)], START);
    }
    assert!(is_empty(&parts));
}

#[test]
fn the_last_runs_parts_are_there_again_but_for_those_that_are_too_old() {
    let now = START.plus(AGE_MS_MAX);
    let parts = Parts::loaded(vec![kept(key("15", 7), 1, now), kept(key("16", 7), 2, START)], now);
    assert_eq!(parts.of(speaker("15"), now), [frame(1, 5)]);
    assert!(parts.of(speaker("16"), now).is_empty());
    let taken = parts.take(speaker("15"), vec![], now);
    assert_eq!(taken.changes, [PartChange::Drop { key: key("16", 7), through: now }]);
}

#[test]
fn a_part_that_comes_after_its_message_was_given_up_outlives_what_the_journal_is_owed() {
    let parts = Parts::default();
    parts.take(speaker("15"), vec![part(7, 1, 5)], START);
    parts.give_up(speaker("15").protocol, &[(speaker("15").terminal, PartSet(7))], LATER);
    let taken = parts.take(speaker("15"), vec![part(7, 2, 5)], LATER.plus(1));
    let [PartChange::Drop { through, .. }, PartChange::Keep { received_at, .. }] = &taken.changes[..] else {
        panic!("{:?}", taken.changes)
    };
    assert!(through < received_at, "the journal deletes what came up to `through`");
}

#[test]
fn strangers_cannot_shut_approved_terminals_out() {
    let parts = Parts::default();
    let stranger = |n: usize| Sender { share: Share::Stranger, ..speaker(&(n + 100).to_string()) };
    let large = TERMINAL_BYTES_MAX - PART_OVERHEAD_BYTES;
    let refused = (0..20).filter(|n| parts.take(stranger(*n), vec![part(1, 1, large)], START).refused);
    assert_eq!(refused.count(), 4);
    assert!(!parts.take(speaker("15"), vec![part(1, 1, large)], START).refused);
    for n in 0..20 {
        parts.take(stranger(n), vec![dropped(1, Dropped::Displaced)], START);
    }
    assert_eq!(parts.held().bytes_of_strangers, 0);
}

#[test]
fn a_clock_that_is_set_back_leaves_no_part_of_what_is_whole_in_the_journal() {
    let parts = Parts::default();
    parts.take(speaker("15"), vec![part(7, 1, 5), part(9, 1, 5)], LATER);
    let whole = parts.take(speaker("15"), vec![dropped(7, Dropped::Whole)], START);
    assert_eq!(whole.changes, [PartChange::Drop { key: key("15", 7), through: LATER }]);
    parts.give_up(speaker("15").protocol, &[(speaker("15").terminal, PartSet(9))], START);
    let owed = parts.take(speaker("16"), vec![], START);
    assert_eq!(owed.changes, [PartChange::Drop { key: key("15", 9), through: LATER }]);
}

#[test]
fn what_came_while_the_clock_was_a_year_ahead_does_not_stay_for_a_year() {
    let (parts, year) = (Parts::default(), 365 * 24 * 60 * MINUTE);
    parts.take(speaker("15"), vec![part(7, 1, 5)], START.plus(year));
    assert_eq!(parts.of(speaker("15"), START.plus(year)).len(), 1);
    assert!(parts.of(speaker("15"), START).is_empty());
}

#[test]
fn a_part_that_comes_right_behind_the_whole_outlives_it() {
    let parts = Parts::default();
    parts.take(speaker("15"), vec![part(7, 1, 5), part(7, 2, 5)], START);
    let whole = parts.take(speaker("15"), vec![dropped(7, Dropped::Whole)], START).whole;
    parts.take(speaker("15"), vec![part(7, 2, 5)], START);
    parts.let_go(whole.as_slice());
    assert_eq!(parts.of(speaker("15"), START), [frame(2, 5)], "the journal has it, too");
    parts.take(speaker("15"), vec![dropped(7, Dropped::Displaced)], START);
    assert!(is_empty(&parts));
}

#[test]
fn what_the_journal_was_not_told_it_is_owed_again() {
    let parts = Parts::default();
    parts.take(speaker("15"), vec![part(7, 1, 5)], START);
    parts.give_up(speaker("15").protocol, &[(speaker("15").terminal, PartSet(7))], LATER);
    let lost = parts.take(speaker("16"), vec![], LATER);
    parts.owe_again(&lost.owed);
    assert_eq!(parts.take(speaker("16"), vec![], LATER).changes, lost.changes);
}
