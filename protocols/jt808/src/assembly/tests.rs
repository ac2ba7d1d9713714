//! Split messages through the seam: frames in, reactions out, time by hand.

use super::*;
use crate::escape::seal;
use crate::header::{Phone, Properties, write};
use crate::session::Link;
use model::{Event, Profile};
use proptest::prelude::*;
use wire::{Admission, Authenticator, Cut, Problem, Reaction, Session as _};

const SIX: Phone = Phone::Six([0x01, 0x39, 0x12, 0x34, 0x56, 0x78]);
const OTHER: Phone = Phone::Six([0x01, 0x39, 0x12, 0x34, 0x56, 0x79]);
const TEN: Phone = Phone::Ten { version: 1, digits: [0, 0, 0, 0, 1, 0x39, 0x12, 0x34, 0x56, 0x78] };
const FIRST: u16 = 65_534;
const BACKLOG: &str = "000201\
    001c00000000000000030157fafc06cc62ac00230064000a260309080000\
    001c00000000000000030157fee406cc66940023006e000c260309080030";

struct Play {
    link: Link,
    now: Timestamp,
}

impl Play {
    fn new() -> Self {
        Self { link: Link::new(Authenticator::Open), now: Timestamp::from_ms(1_000_000) }
    }

    fn hear(&mut self, wire: &Bytes) -> Reaction {
        let frame = deframe::whole(wire.clone()).unwrap();
        self.link.handle(&frame, self.now)
    }

    fn hear_all(&mut self, wires: &[Bytes]) -> Vec<Reaction> {
        wires.iter().map(|wire| self.hear(wire)).collect()
    }

    /// Waits until the session wants to be woken; gives the milliseconds, what it says, and what it gives up.
    fn wake(&mut self) -> (Millis, String, usize) {
        let at = self.link.wake_at().unwrap();
        let waited = at.since(self.now);
        assert_eq!(self.link.wake(at.plus(-1)), wire::Wake::default(), "too early");
        self.now = at;
        let woken = self.link.wake(at);
        (waited, body_hex(&woken.send), woken.given_up.len())
    }
}

fn header(number: u16, phone: Phone, serial: u16, packet: Option<Packet>) -> Header {
    let properties = Properties(if let Phone::Ten { .. } = phone { 0x4000 } else { 0 });
    Header { number: Number(number), properties, phone, serial, packet, length_agrees: true }
}

fn packet(number: u16, phone: Phone, total: u16, nth: u16, body: &[u8]) -> Bytes {
    let serial = FIRST.wrapping_add(nth - 1);
    seal(&write(header(number, phone, serial, Some(Packet { total, number: nth })), body))
}

/// A message in packets of so many bytes.
fn split(number: u16, phone: Phone, body: &[u8], bytes: usize) -> Vec<Bytes> {
    let total = u16::try_from(body.len().div_ceil(bytes)).unwrap();
    (1..).zip(body.chunks(bytes)).map(|(nth, piece)| packet(number, phone, total, nth, piece)).collect()
}

fn backlog() -> Vec<u8> {
    hex::decode(BACKLOG).unwrap()
}

/// Number and body of what the platform says, without its header.
fn body_hex(wire: &[u8]) -> String {
    let mut deframer = deframe::Deframer::new();
    let mut input = bytes::BytesMut::from(wire);
    let mut said = Vec::new();
    while let Cut::Frame(frame) = deframer.cut(&mut input) {
        let (header, body) = Header::read(&frame).unwrap();
        said.push(format!("{:04x} {}", header.number.0, hex::encode(body)));
    }
    said.join(", ")
}

fn reply(reaction: &Reaction) -> String {
    reaction.reply.bytes().map(|bytes| body_hex(bytes)).unwrap_or_default()
}

fn dropped(reaction: &Reaction) -> Vec<Dropped> {
    let why = |change: &PartsChange| match change {
        PartsChange::Drop { why, .. } => Some(*why),
        _ => None,
    };
    reaction.parts.iter().filter_map(why).collect()
}

fn keeps(reaction: &Reaction) -> usize {
    reaction.parts.iter().filter(|change| matches!(change, PartsChange::Keep { .. })).count()
}

fn said(reaction: &Reaction) -> Vec<Event> {
    reaction.events.iter().filter(|event| !matches!(event, Event::Part { .. })).cloned().collect()
}

fn unsplit(number: u16, phone: Phone, body: &[u8]) -> Reaction {
    Play::new().hear(&seal(&write(header(number, phone, 9, None), body)))
}

#[test]
fn in_whatever_order_packets_come_the_message_says_what_it_says_unsplit() {
    for phone in [SIX, TEN] {
        let whole = unsplit(0x0704, phone, &backlog());
        assert_eq!(whole.events.len(), 2);
        let packets = split(0x0704, phone, &backlog(), 25);
        assert_eq!(packets.len(), 3);
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut play = Play::new();
            let reactions = play.hear_all(&order.map(|at| packets[at].clone()));
            assert!(said(&reactions[0]).is_empty() && said(&reactions[1]).is_empty(), "{order:?}");
            // At the same places, too: a report without a clock is known by its place.
            assert_eq!(reactions[2].events[..2], whole.events[..], "{order:?}");
            assert_eq!(reactions[2].events.len(), 3);
            assert_eq!((keeps(&reactions[0]), keeps(&reactions[1]), keeps(&reactions[2])), (1, 1, 0));
            assert_eq!(dropped(&reactions[2]), [Dropped::Whole]);
            assert_eq!(play.link.wake_at(), None);
        }
    }
}

#[test]
fn each_packet_is_acknowledged_by_its_own_serial_when_it_is_stored() {
    let reactions = Play::new().hear_all(&split(0x0704, SIX, &backlog(), 25));
    assert!(reactions.iter().all(|reaction| matches!(reaction.reply, wire::Reply::Durable(_))));
    let replies: Vec<String> = reactions.iter().map(reply).collect();
    assert_eq!(replies, ["8001 fffe070400", "8001 ffff070400", "8001 0000070400"]);
}

#[test]
fn a_packet_that_comes_again_is_acknowledged_and_says_nothing_new() {
    let mut play = Play::new();
    let packets = split(0x0704, SIX, &backlog(), 25);
    let [first, again] = [play.hear(&packets[0]), play.hear(&packets[0])];
    assert_eq!((reply(&first), keeps(&first)), (reply(&again), keeps(&again)));
    play.hear(&packets[1]);
    assert_eq!(said(&play.hear(&packets[2])).len(), 2);
    for packet in &packets {
        let again = play.hear(packet);
        assert!(said(&again).is_empty() && again.parts.is_empty() && reply(&again).starts_with("8001"));
    }
    assert_eq!(play.link.wake_at(), None, "nothing is missing");
}

#[test]
fn an_answer_that_is_split_is_acknowledged_all_the_same() {
    let answer = hex::decode("0007010000000104000000b4").unwrap();
    assert_eq!(unsplit(0x0104, SIX, &answer).reply, wire::Reply::None);
    let reactions = Play::new().hear_all(&split(0x0104, SIX, &answer, 6));
    assert_eq!(reply(&reactions[1]), "8001 ffff010400");
}

#[test]
fn media_that_is_whole_is_answered_by_its_own_answer_again_if_it_comes_again() {
    let mut play = Play::new();
    let photo = [&hex::decode("0000000700000001").unwrap()[..], &[0xFF, 0xD8], &[0x55; 2_000]].concat();
    let packets = split(0x0801, SIX, &photo, 1_000);
    let reactions = play.hear_all(&packets);
    let replies: Vec<String> = reactions.iter().map(reply).collect();
    assert_eq!(replies, ["8001 fffe080100", "8001 ffff080100", "8800 00000007"]);
    assert!(matches!(said(&reactions[2])[..], [Event::Status { .. }]));
    assert_eq!(reply(&play.hear(&packets[2])), "8800 00000007");
}

#[test]
fn missing_packets_are_asked_for_thrice_each_time_later_and_then_given_up() {
    for (phone, question) in [(SIX, "8003 fffe0200010003"), (TEN, "8003 fffe000200010003")] {
        let mut play = Play::new();
        let packets = split(0x0704, phone, &backlog(), 16);
        play.hear_all(&[packets[1].clone(), packets[3].clone()]);
        assert_eq!(play.wake(), (10_000, question.to_owned(), 0));
        assert_eq!(play.wake(), (20_000, question.to_owned(), 0));
        assert_eq!(play.wake(), (60_000, question.to_owned(), 0));
        assert_eq!(play.wake(), (60_000, String::new(), 1));
        assert_eq!(play.link.wake_at(), None);
    }
}

#[test]
fn what_was_asked_for_makes_the_message_whole() {
    let mut play = Play::new();
    let packets = split(0x0704, SIX, &backlog(), 25);
    play.hear_all(&[packets[0].clone(), packets[2].clone()]);
    assert_eq!(play.wake().1, "8003 fffe010002");
    assert_eq!(said(&play.hear(&packets[1])), unsplit(0x0704, SIX, &backlog()).events);
}

#[test]
fn a_new_packet_begins_the_wait_anew_and_an_old_one_does_not() {
    let mut play = Play::new();
    let packets = split(0x0704, SIX, &backlog(), 16);
    play.hear(&packets[0]);
    play.wake();
    play.now = play.now.plus(5_000);
    play.hear(&packets[0]);
    assert_eq!(play.link.wake_at(), Some(play.now.plus(15_000)));
    play.hear(&packets[1]);
    assert_eq!(play.wake(), (10_000, "8003 fffe0200030004".to_owned(), 0));
}

#[test]
fn missing_packets_of_media_are_asked_for_by_its_number_where_that_is_known() {
    let photo = [&hex::decode("0000000700000001ffd8").unwrap()[..], &[0x55; 3_000]].concat();
    let packets = split(0x0801, SIX, &photo, 1_000);
    let mut play = Play::new();
    play.hear_all(&[packets[0].clone(), packets[2].clone()]);
    assert_eq!(play.wake().1, "8800 000000070200020004");
    let mut headless = Play::new();
    headless.hear_all(&packets[1..]);
    assert_eq!(headless.wake().1, "8003 fffe010001");
}

#[test]
fn more_than_a_question_holds_is_asked_for_in_the_next_one() {
    let mut play = Play::new();
    play.hear(&packet(0x0704, SIX, 400, 400, &[1]));
    let (_, question, _) = play.wake();
    let question = question.strip_prefix("8003 fffeff").unwrap();
    assert_eq!((question.len(), &question[..8], &question[255 * 4 - 4..]), (255 * 4, "00010002", "00ff"));
}

#[test]
fn numbers_that_are_used_anew_with_another_content_begin_the_message_anew() {
    let mut play = Play::new();
    let old = split(0x0704, SIX, &[0; 75], 25);
    let new = split(0x0704, SIX, &backlog(), 25);
    play.hear_all(&old[..2]);
    let reaction = play.hear(&new[0]);
    assert_eq!((dropped(&reaction), keeps(&reaction)), (vec![Dropped::Contradicted], 1));
    assert!(said(&play.hear(&new[2])).is_empty(), "the old second packet is gone");
    assert_eq!(said(&play.hear(&new[1])), unsplit(0x0704, SIX, &backlog()).events);
}

#[test]
fn a_packet_with_a_wrong_checksum_counts_until_a_right_copy_comes() {
    let packets = split(0x0704, SIX, &backlog(), 25);
    let mut damaged = packets[1].to_vec();
    damaged[20] ^= 1;
    let damaged = Bytes::from(damaged);
    let mut play = Play::new();
    play.hear_all(&[packets[0].clone(), damaged.clone()]);
    let flawed = play.hear(&packets[2]);
    assert_eq!(flawed.problem, Some(Problem::Parts { reason: "a packet has a wrong checksum" }));
    assert_eq!(said(&flawed).len(), 2);

    for order in [[1, 3], [3, 1]] {
        let wires = [&packets[0], &packets[1], &packets[2], &damaged];
        let mut play = Play::new();
        play.hear(&packets[0]);
        let _ = order.map(|at| play.hear(wires[at]));
        let whole = play.hear(&packets[2]);
        assert_eq!((said(&whole), whole.problem), (unsplit(0x0704, SIX, &backlog()).events, None));
    }
}

#[test]
fn a_strict_profile_keeps_a_damaged_packet_out_and_gives_no_answer() {
    let packets = split(0x0704, SIX, &backlog(), 25);
    let mut damaged = packets[1].to_vec();
    damaged[20] ^= 1;
    let strict = Profile { checksum: Some(model::ChecksumPolicy::Strict), ..Profile::default() };
    let mut play = Play::new();
    play.link.admit(TerminalId::parse("13912345678").unwrap(), Admission::Known(strict));
    play.hear(&packets[0]);
    let refused = play.hear(&Bytes::from(damaged));
    assert_eq!((refused.reply, refused.parts), (wire::Reply::None, vec![]));
    play.hear(&packets[2]);
    assert_eq!(play.wake().1, "8003 fffe010002");
}

#[test]
fn an_encrypted_packet_is_kept_raw_answered_and_not_collected() {
    let mut head = header(0x0704, SIX, 7, Some(Packet { total: 2, number: 1 }));
    head.properties = Properties(0x0400);
    let reaction = Play::new().hear(&seal(&write(head, &[1, 2, 3])));
    assert_eq!(reaction.problem, Some(Problem::Encrypted { bits: 1 }));
    assert!(reaction.parts.is_empty() && reply(&reaction) == "8001 0007070400");
}

#[test]
fn a_total_that_is_only_claimed_costs_nothing() {
    for total in [PACKETS_MAX + 1, u16::MAX] {
        let mut play = Play::new();
        let reaction = play.hear(&packet(0x0704, SIX, total, 1, &[1]));
        assert!(matches!(reaction.problem, Some(Problem::Parts { .. })));
        assert!(reaction.parts.is_empty() && reply(&reaction).starts_with("8001"));
        assert_eq!(play.link.wake_at(), None);
    }
    assert_eq!(keeps(&Play::new().hear(&packet(0x0704, SIX, PACKETS_MAX, 1, &[1]))), 1);
}

#[test]
fn a_message_that_is_too_large_is_given_up_answered_and_not_asked_for() {
    let mut play = Play::new();
    let reactions = play.hear_all(&split(0x0801, SIX, &vec![0x55; 300 * 1_000], 1_000));
    let ends: Vec<Dropped> = reactions.iter().flat_map(dropped).collect();
    assert_eq!(ends, [Dropped::TooLarge]);
    assert!(reactions.iter().all(|reaction| reply(reaction).starts_with("8001")));
    let refused = reactions.iter().filter(|reaction| reaction.problem.is_some()).count();
    assert_eq!((refused, play.link.wake_at()), (1, None));
}

#[test]
fn the_oldest_message_of_a_terminal_makes_room_and_that_of_no_other() {
    let mut play = Play::new();
    play.hear(&packet(0x0704, OTHER, 2, 1, &[1]));
    for number in 0..SETS_MAX {
        let number = 0x0900 + u16::try_from(number).unwrap();
        assert!(dropped(&play.hear(&packet(number, SIX, 2, 1, &[1]))).is_empty());
    }
    let reaction = play.hear(&packet(0x0704, SIX, 2, 1, &[1]));
    let [PartsChange::Drop { set, why: Dropped::Displaced }, PartsChange::Keep { .. }] = &reaction.parts[..]
    else {
        panic!("{:?}", reaction.parts)
    };
    assert_eq!(*set, PartSet(0x0900_0002_fffe));
    assert_eq!(play.link.wake(play.now.plus(10_000)).asks, 5);
}

#[test]
fn the_bytes_of_a_terminals_messages_are_bounded() {
    let mut play = Play::new();
    let ends: Vec<Dropped> = [0x0900, 0x0901]
        .into_iter()
        .flat_map(|number| split(number, SIX, &vec![0x55; 150 * 1_000], 1_000))
        .filter(|wire| *wire != packet(0x0900, SIX, 150, 9, &[0x55; 1_000]))
        .flat_map(|wire| dropped(&play.hear(&wire)))
        .collect();
    assert_eq!(ends, [Dropped::Displaced, Dropped::Whole]);
}

#[test]
fn another_connection_goes_on_from_the_packets_that_were_kept() {
    let packets = split(0x0704, TEN, &backlog(), 16);
    let terminal = TerminalId::parse("13912345678").unwrap();
    let mut older = Play::new();
    let kept: Vec<Bytes> = older
        .hear_all(&packets[..3])
        .into_iter()
        .flat_map(|reaction| reaction.parts)
        .filter_map(|change| if let PartsChange::Keep { frame, .. } = change { Some(frame) } else { None })
        .collect();
    let mut newer = Play::new();
    newer.link.restore(terminal, &kept, newer.now);
    assert_eq!(newer.wake().1, "8003 fffe00010004");
    assert_eq!(said(&newer.hear(&packets[3])), unsplit(0x0704, TEN, &backlog()).events);
    // What is handed over replaces what was there.
    older.link.restore(terminal, &[], older.now);
    assert_eq!(older.link.wake_at(), None);
    let noise = Bytes::from_static(b"\x7e\x01\x7e");
    older.link.restore(terminal, &[noise, packets[0].clone()], older.now);
    assert!(older.link.wake_at().is_some());
}

#[test]
fn packets_that_are_all_there_already_need_one_more_to_be_read() {
    let packets = split(0x0704, SIX, &backlog(), 25);
    let terminal = TerminalId::parse("13912345678").unwrap();
    let mut play = Play::new();
    play.link.restore(terminal, &packets, play.now);
    assert_eq!(play.wake().1, "8003 fffe010003");
    assert_eq!(said(&play.hear(&packets[2])).len(), 2);
}

#[test]
fn a_terminal_that_asks_for_packets_of_ours_is_counted() {
    let reaction = unsplit(0x0005, TEN, &[0, 7, 0, 1, 0, 2]);
    assert_eq!((&reaction.parts[..], reaction.problem.as_ref()), (&[PartsChange::AskedOfUs][..], None));
}

proptest! {
    #[test]
    fn however_a_message_is_split_and_shuffled_it_says_the_same(
        body in proptest::collection::vec(any::<u8>(), 2..400),
        piece in 1_usize..200,
        order in Just((0..400_usize).collect::<Vec<_>>()).prop_shuffle(),
        number in prop_oneof![Just(0x0704), Just(0x0200), Just(0x0801), Just(0x0900), Just(0x0702)],
    ) {
        let packets = split(number, SIX, &body, piece);
        prop_assume!(packets.len() > 1);
        let mut play = Play::new();
        let mut heard = Vec::new();
        for at in order.into_iter().filter(|at| *at < packets.len()) {
            heard.extend(said(&play.hear(&packets[at])));
            heard.extend(said(&play.hear(&packets[at])));
        }
        prop_assert_eq!(heard, unsplit(number, SIX, &body).events);
    }
}
