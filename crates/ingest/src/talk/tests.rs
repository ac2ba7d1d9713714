use super::*;
use crate::conduct::Reading;
use crate::directory::{Listed, Listing};
use crate::scanner::Scanner;
use crate::testing::split::ASK_AFTER_MS;
use crate::testing::{PROTOCOLS, house};
use journal::PartChange;
use model::{ChecksumPolicy, Event, ModelCode, PartSet, Profile};
use std::time::Duration;
use wire::{PartsChange, Protocol};

/// One or more connections of one house, in virtual time.
struct Play {
    house: House,
    at: Moment,
    connections: u32,
}

struct Line {
    talk: Talk,
    ending: Arc<Ending>,
    input: BytesMut,
}

impl Play {
    fn new() -> Self {
        let house = house();
        let at = Moment { instant: Instant::now(), time: Timestamp::from_ms(1_000) };
        Self { house, at, connections: 0 }
    }

    fn connect(&mut self, port: Option<&'static dyn Protocol>) -> Line {
        self.connections += 1;
        let peer = "192.0.2.1:4000".parse().unwrap();
        let caller = Caller { number: self.connections, peer, ending: Arc::default(), port };
        let ending = Arc::clone(&caller.ending);
        let talk = Talk::new(&self.house, caller, self.at.instant);
        Line { talk, ending, input: BytesMut::new() }
    }

    fn hear(&self, line: &mut Line, bytes: &[u8]) -> Heard {
        line.input.extend_from_slice(bytes);
        let heard = line.talk.hear(&mut line.input, self.at, &self.house);
        line.talk.on_queued();
        heard
    }

    fn adds_up(&self) {
        let totals = self.house.counters.totals();
        // Nothing is committed here, so what was taken is what the journal was given.
        assert!(totals.frames_in >= totals.refused, "{totals:?}");
    }
}

#[test]
fn a_terminal_that_is_alone_may_be_silent_as_long_as_its_model_is() {
    let mut play = Play::new();
    let sleepy = Profile { model: Some(ModelCode::parse("sleepy").unwrap()), ..Profile::default() };
    let listed = Listed { approved: true, profile: sleepy, ..Listed::default() };
    play.house
        .directory
        .amend(Listing { terminals: [(terminal("16"), listed)].into(), ..Listing::default() });
    let patience = play.house.config.patience();
    for (said, idle_s) in [("#L15\n", 600), ("#L16\n", 3_600), ("#T16:1\n#T15:1\n", 600)] {
        let mut line = play.connect(None);
        play.hear(&mut line, said.as_bytes());
        let deadline = line.talk.conduct.deadline(&patience, Reading::On, play.at.instant);
        assert_eq!(deadline - play.at.instant, Duration::from_secs(idle_s), "{said}");
    }
}

fn terminal(id: &str) -> TerminalId {
    TerminalId::parse(id).unwrap()
}

fn numbers(heard: &Heard) -> Vec<u32> {
    heard
        .items
        .iter()
        .filter_map(|item| match &item.input {
            Input::Reception(reception) => Some(reception.frame_no),
            _ => None,
        })
        .collect()
}

#[test]
fn a_read_is_one_list_of_inputs_with_the_session_first() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    let heard = play.hear(&mut line, b"#L15\n#P1\n#P2\n");
    let session = SessionId { run: Seq(9), connection: 1 };
    assert!(matches!(&heard.items[0].input,
        Input::SessionStart { session: s, terminal: t, peer, .. } if (*s, *t) == (session, terminal("15")) && peer == "192.0.2.1:4000"));
    let Input::Reception(report) = &heard.items[2].input else { panic!("{:?}", heard.items[2]) };
    let expected = Reception {
        session,
        frame_no: 2,
        terminal: terminal("15"),
        protocol: ProtocolName::parse("hash").unwrap(),
        number: 2,
        serial: Some(1),
        received_at: Timestamp::from_ms(1_000),
        checksum_ok: true,
        events: vec![Event::Raw],
        problem: None,
    };
    assert_eq!(**report, expected);
    assert_eq!(heard.items[2].frame.as_deref(), Some(&b"#P1\n"[..]));
    assert_eq!((&heard.now[..], &heard.durable[..]), (&b"hello\n"[..], &b"ack 1\nack 2\n"[..]));
    assert_eq!((heard.items.len(), heard.frames, heard.acks, heard.end), (4, 3, 2, None));
}

#[test]
fn however_a_stream_is_cut_the_same_inputs_come_out() {
    let stream = b"xx#L15\n#P1\ngarbage#P2\n";
    let whole = {
        let mut play = Play::new();
        let mut line = play.connect(None);
        play.hear(&mut line, stream).items
    };
    for at in 0..=stream.len() {
        let mut play = Play::new();
        let mut line = play.connect(None);
        let mut items = play.hear(&mut line, &stream[..at]).items;
        items.extend(play.hear(&mut line, &stream[at..]).items);
        assert_eq!(items, whole, "cut at {at}");
        assert_eq!(play.house.counters.totals().skipped_bytes, 9, "cut at {at}");
    }
}

#[test]
fn a_byte_of_noise_that_looks_like_another_protocol_is_forgiven() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    let heard = play.hear(&mut line, b"$$ #L15\n#P1\n");
    assert_eq!((numbers(&heard), heard.end), (vec![1, 2], None));
}

#[test]
fn a_port_with_one_protocol_hears_no_other() {
    let mut play = Play::new();
    let mut line = play.connect(Some(PROTOCOLS[1]));
    assert_eq!(play.hear(&mut line, b"#L15\n").frames, 0);
    assert_eq!(play.hear(&mut line, b"$L15\n").frames, 1);
}

#[test]
fn a_scanner_is_told_by_its_first_bytes_however_they_come() {
    for (first, second) in [(&b"GET / HTTP/1.1\r\n"[..], &b""[..]), (b"GE", b"T / HTTP/1.1\r\n")] {
        let mut play = Play::new();
        let mut line = play.connect(None);
        let end = play.hear(&mut line, first).end.or_else(|| play.hear(&mut line, second).end);
        assert_eq!(end, Some(End::Scanner(Scanner::Http)));
    }
}

#[test]
fn a_report_before_login_is_refused_and_the_third_ends_it() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    let heard = play.hear(&mut line, b"#P1\n#P2\n");
    assert!(heard.items.is_empty() && heard.durable.is_empty() && heard.end.is_none());
    assert_eq!(play.hear(&mut line, b"#P3\n").end, Some(End::NoLogin));
    assert_eq!(play.house.counters.refused(Refusal::NoLogin), 3);
}

#[test]
fn what_is_not_understood_is_kept_and_acknowledged() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    let heard = play.hear(&mut line, b"#L15\n#U\n");
    let Input::Reception(kept) = &heard.items[2].input else { panic!("{:?}", heard.items) };
    assert_eq!((kept.problem.as_deref(), &kept.events[..]), (Some("unknown_message"), &[Event::Raw][..]));
    assert_eq!(&heard.durable[..], b"general\n");
}

#[test]
fn the_unknown_are_answered_like_the_known_until_the_quarantine_is_full() {
    let mut play = Play::new();
    let (mut known, mut unknown) = (play.connect(None), play.connect(None));
    let as_known = play.hear(&mut known, b"#L15\n#P1\n");
    let as_unknown = play.hear(&mut unknown, b"#L99\n#P1\n");
    assert_eq!((as_known.now, as_known.durable), (as_unknown.now, as_unknown.durable));
    assert_eq!(as_unknown.frames, 2);

    let refused = play.hear(&mut unknown, b"#P2\n");
    assert!(refused.items.is_empty() && refused.durable.is_empty() && refused.end.is_none());
    assert_eq!(play.house.counters.refused(Refusal::QuarantineFull), 1);
    assert_eq!(play.hear(&mut known, b"#P2\n").frames, 1);
    play.adds_up();
}

#[test]
fn a_relay_may_speak_for_as_many_terminals_as_the_limit_says() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    let heard = play.hear(&mut line, b"#T15:1\n#T16:2\n#T15:3\n");
    let starts = heard.items.iter().filter(|item| matches!(item.input, Input::SessionStart { .. })).count();
    assert_eq!((starts, heard.frames), (2, 3));
    let heard = play.hear(&mut line, b"#T17:4\n");
    assert_eq!((heard.frames, heard.end), (0, Some(End::TooManyTerminals)));
}

#[test]
fn a_flipped_bit_makes_no_new_terminal_on_a_relay() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    play.hear(&mut line, b"#T15:1\n");
    let heard = play.hear(&mut line, b"#T55:2!\n#T15:3!\n");
    assert_eq!(numbers(&heard), [3]);
    assert_eq!(play.house.counters.refused(Refusal::Checksum), 1);
}

#[test]
fn a_wrong_checksum_is_flagged_whatever_the_profile() {
    let mut play = Play::new();
    let strict = Profile { checksum: Some(ChecksumPolicy::Strict), ..Profile::default() };
    let terminals =
        [(terminal("15"), Listed { approved: true, profile: strict, ..Listed::default() })].into();
    play.house.directory.amend(Listing { version: 2, terminals, quarantine_room: 9 });
    for login in [&b"#L15\n#P1!\n"[..], b"#L16\n#P1!\n"] {
        let mut line = play.connect(None);
        let heard = play.hear(&mut line, login);
        let Some(Item { input: Input::Reception(report), .. }) = heard.items.last() else {
            panic!("{heard:?}")
        };
        assert!(!report.checksum_ok);
    }
}

#[test]
fn noise_with_wrong_checksums_ends_a_connection_careless_firmware_does_not() {
    let mut play = Play::new();
    let mut careless = play.connect(None);
    play.hear(&mut careless, b"#L15\n");
    assert_eq!(play.hear(&mut careless, &b"#P1!\n".repeat(50)).end, None);
    let mut noise = play.connect(None);
    play.hear(&mut noise, b"#L16\n");
    assert_eq!(play.hear(&mut noise, &b"#U!\n".repeat(50)).end, Some(End::BadChecksums));
}

#[test]
fn a_long_read_comes_in_calls_of_bounded_size() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    let mut heard = play.hear(&mut line, &[&b"#L15\n"[..], &b"#P1\n".repeat(300)].concat());
    let mut frames = vec![heard.frames];
    while heard.more {
        heard = play.hear(&mut line, b"");
        frames.push(heard.frames);
    }
    assert_eq!(frames, [128, 128, 45]);
}

#[test]
fn a_frame_that_never_ends_ends_the_connection_within_the_buffer() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    assert_eq!(play.hear(&mut line, &[b'#'; 1]).end, None);
    assert_eq!(play.hear(&mut line, &[b'A'; 2100]).end, Some(End::TooLong));
}

#[test]
fn what_came_before_the_end_is_kept() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    let heard = play.hear(&mut line, &[&b"#L15\n#P1\n"[..], &[b'x'; 5000]].concat());
    assert_eq!((heard.frames, heard.end), (2, Some(End::Garbage)));
}

#[test]
fn a_newer_connection_of_a_terminal_ends_the_older() {
    let mut play = Play::new();
    let (mut older, mut newer) = (play.connect(None), play.connect(None));
    play.hear(&mut older, b"#L15\n");
    play.hear(&mut newer, b"#L15\n");
    assert_eq!((older.ending.said(), newer.ending.said()), (Some(End::TakenOver), None));
    let last = older.talk.close(End::TakenOver, &play.house);
    let session = SessionId { run: Seq(9), connection: 1 };
    let reason = model::input::SessionEndReason::TakenOver;
    assert_eq!(last, [Item::from(Input::SessionEnd { session, terminal: terminal("15"), reason })]);
    let holder = play.house.registry().holder(terminal("15"));
    assert_eq!(holder, Some(SessionId { run: Seq(9), connection: 2 }));
}

#[test]
fn two_devices_with_one_number_keep_both_connections_and_are_counted() {
    let mut play = Play::new();
    let lines: Vec<Line> = (0..5)
        .map(|_| {
            let mut line = play.connect(None);
            play.at.instant += Duration::from_secs(10);
            play.hear(&mut line, b"#L15\n");
            line
        })
        .collect();
    assert_eq!(lines.iter().filter(|line| line.ending.said().is_none()).count(), 2);
    let totals = play.house.counters.totals();
    assert_eq!((totals.takeovers, totals.conflicts), (3, 1));
}

#[test]
fn a_session_whose_start_the_journal_did_not_take_has_no_end_in_it() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    line.input.extend_from_slice(b"#L15\n");
    assert_eq!(line.talk.hear(&mut line.input, play.at, &play.house).items.len(), 2);
    assert!(line.talk.close(End::TakenOver, &play.house).is_empty());
}

#[test]
fn a_connection_on_which_nobody_spoke_leaves_nothing_in_the_journal() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    play.hear(&mut line, b"#P1\n");
    assert!(line.talk.close(End::Closed, &play.house).is_empty());
}

/// What each item of a read changes among the parts: `+2` keeps part 2, `-` drops a message.
fn changes(heard: &Heard) -> Vec<String> {
    let told = |change: &PartChange| match change {
        PartChange::Keep { number, .. } => format!("+{number}"),
        PartChange::Drop { .. } => "-".to_owned(),
    };
    heard.items.iter().map(|item| item.parts.iter().map(told).collect::<String>()).collect()
}

fn says_whole(heard: &Heard) -> bool {
    let whole =
        |event: &Event| matches!(event, Event::CommandReply { text, .. } if text.starts_with("whole"));
    let said = |item: &Item| match &item.input {
        Input::Reception(reception) => reception.events.iter().any(whole),
        _ => false,
    };
    heard.items.iter().any(said)
}

#[test]
fn parts_are_kept_with_their_own_items_and_dropped_with_that_of_the_last() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    let heard = play.hear(&mut line, b"#L15\n#C7:3:1\n#P9\n#C7:3:3\n");
    assert_eq!(changes(&heard), ["", "", "+1", "", "+3"]);
    assert!(!says_whole(&heard) && heard.whole.is_empty());
    let heard = play.hear(&mut line, b"#C7:3:2\n");
    assert_eq!(changes(&heard), ["-"]);
    assert!(says_whole(&heard));
    assert_eq!(&heard.durable[..], b"ack 2\n");
}

#[test]
fn a_message_goes_on_over_connections_until_the_journal_has_taken_the_whole() {
    let mut play = Play::new();
    let mut first = play.connect(None);
    play.hear(&mut first, b"#L15\n#C7:3:1\n#C7:3:2\n");
    first.talk.close(End::Closed, &play.house);
    // Its call never reaches the journal: nobody lets go of what is whole.
    let mut second = play.connect(None);
    assert!(says_whole(&play.hear(&mut second, b"#L15\n#C7:3:3\n")));
    let mut third = play.connect(None);
    let heard = play.hear(&mut third, b"#L15\n#C7:3:3\n");
    assert!(says_whole(&heard));
    play.house.parts.let_go(&heard.whole);
    let mut fourth = play.connect(None);
    assert!(!says_whole(&play.hear(&mut fourth, b"#L15\n#C7:3:3\n")));
}

#[test]
fn a_part_that_the_quarantine_refuses_is_no_part_of_the_whole() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    assert_eq!(changes(&play.hear(&mut line, b"#L99\n#C7:2:1\n")), ["", "", "+1"]);
    assert!(play.hear(&mut line, b"#C7:2:2\n").items.is_empty());
    let listing = Listing { version: 2, terminals: [].into(), quarantine_room: 9 };
    play.house.directory.amend(listing);
    // Sent again, since it was not acknowledged.
    let heard = play.hear(&mut line, b"#C7:2:2\n");
    assert_eq!(changes(&heard), ["-"]);
    assert!(says_whole(&heard));
}

#[test]
fn a_session_that_waits_is_woken_and_what_it_gives_up_goes_with_the_next_item() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    assert_eq!(line.talk.wake_at(), None);
    play.hear(&mut line, b"#L15\n");
    assert_eq!(line.talk.wake_at(), None);
    play.hear(&mut line, b"#C7:3:1\n");
    let first = play.at.time.plus(ASK_AFTER_MS);
    assert_eq!(line.talk.wake_at(), Some(first));
    assert_eq!(&line.talk.wake(first, &play.house)[..], b"again 7\n");
    let second = first.plus(ASK_AFTER_MS);
    assert_eq!(line.talk.wake_at(), Some(second));
    assert!(line.talk.wake(second, &play.house).is_empty());
    assert_eq!(line.talk.wake_at(), None);
    let mut other = play.connect(None);
    assert_eq!(changes(&play.hear(&mut other, b"#L16\n#P1\n")), ["", "-", ""]);
    let protocol = ProtocolName::parse("hash").unwrap();
    let sender = Sender { terminal: terminal("15"), protocol, share: Share::Known };
    assert!(play.house.parts.of(sender, second).is_empty());
}

#[test]
fn a_part_for_which_there_is_no_room_is_not_acknowledged() {
    let mut play = Play::new();
    let mut line = play.connect(None);
    play.hear(&mut line, b"#L15\n");
    // Of its other protocol: what fills the room is not handed to this session.
    let protocol = ProtocolName::parse("dollar").unwrap();
    let sender = Sender { terminal: terminal("15"), protocol, share: Share::Known };
    let all = PartsChange::Keep { set: PartSet(1), number: 1, frame: vec![0; 256 * 1024 - 64].into() };
    assert!(!play.house.parts.take(sender, vec![all], play.at.time).refused);
    let heard = play.hear(&mut line, b"#C7:3:1\n#P2\n");
    assert_eq!((&heard.durable[..], heard.acks), (&b"ack 2\n"[..], 1));
    assert_eq!(heard.frames, 2, "it is in the frame log all the same");
}
