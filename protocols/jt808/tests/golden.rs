//! The golden frames, and what must hold for every frame.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a wrong fixture must stop the test"
)]

use bytes::BytesMut;
use jt808::JT808;
use model::{
    Altitude, Attribute, Attributes, ChecksumPolicy, Coordinates, Course, DeviceTime, Event, Fix, Measured,
    Position, Profile, Speed, TerminalId, Timestamp, ZoneOffset, ZoneSource,
};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use wire::{
    Admission, Answer, Authenticator, Cut, Frame, Problem, Protocol, Reaction, Reply, Session, testing,
};

fn frames() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("frames")
}

#[test]
fn golden_frames_decode_as_expected() {
    testing::decodes_as_expected(&JT808, &frames());
}

#[test]
fn splits_do_not_matter() {
    testing::splits_do_not_matter(&JT808, &frames());
}

#[test]
fn prefixes_are_waited_for() {
    testing::prefixes_are_waited_for(&JT808, &frames());
}

#[test]
fn one_bad_frame_never_eats_the_next() {
    testing::one_bad_frame_never_eats_the_next(&JT808, &frames(), &golden("location_2013"));
}

#[test]
fn every_byte_is_explained_once_and_in_order() {
    for golden in testing::golden(&frames()) {
        let mut session = JT808.open(Authenticator::Open);
        let frame = cut(session.as_mut(), &golden.bytes);
        let mut whole = vec![0x7E];
        for field in session.explain(&frame).iter().skip(1) {
            assert_eq!(field.offset, whole.len(), "{}: {}", golden.name, field.name);
            whole.extend_from_slice(&field.bytes);
        }
        let content = whole.get(1..whole.len() - 2).unwrap();
        assert_eq!(content, frame.content(), "{}", golden.name);
        assert_eq!(whole.last(), Some(&0x7E));
    }
}

#[test]
fn an_explanation_names_bits_and_items() {
    let mut session = JT808.open(Authenticator::Open);
    let frame = cut(session.as_mut(), &golden("location_2019"));
    let fields = session.explain(&frame);
    let meaning = |name| fields.iter().find(|f| f.name == name).map(|f| f.meaning.clone()).unwrap();
    assert_eq!(meaning("alarm"), "emergency button");
    assert_eq!(meaning("status"), "ACC on, fixed, south, west, GPS");
    assert_eq!(meaning("message id"), "location");
    assert_eq!(meaning("checksum"), "right");
}

#[test]
fn a_location_equals_its_copy_in_a_batch() {
    let (live, batched) = (positions(&golden("location_2013")), positions(&golden("batch_copy")));
    let [live, batched] = [live.first().unwrap(), batched.first().unwrap()];
    assert!(batched.buffered && !live.buffered);
    assert_eq!(batched.measured, live.measured);
    assert_eq!(batched.time, live.time);
}

#[test]
fn what_is_measured_decides_identity_and_signal_does_not() {
    let measured = |name: &str| positions(&golden(name)).first().unwrap().measured;
    assert_ne!(measured("location_2013"), measured("location_no_fix"));
    assert_ne!(measured("location_2013"), measured("location_north_360"));
    assert_eq!(measured("location_2013"), measured("location_item_twice"));
    // The clock is the other half of an identity: a corrected clock must not look like another measurement.
    assert_eq!(measured("location_2013"), measured("location_bad_date"));
}

#[test]
fn a_registered_terminal_is_let_in_by_its_code_only() {
    let mut session = JT808.open(Authenticator::Keyed([7; 32]));
    let mut terminal = JT808.terminal(id());
    let registration = terminal.login();
    let reaction = handle(session.as_mut(), &registration);
    assert!(matches!(reaction.events.as_slice(), [Event::Login { .. }]));
    let Some(Answer::Send(authentication)) = receive(terminal.as_mut(), &reaction.reply) else {
        panic!("the code is sent next")
    };
    let reaction = handle(session.as_mut(), &authentication);
    assert!(matches!(reaction.events.as_slice(), [Event::Login { .. }]));
    assert_eq!(receive(terminal.as_mut(), &reaction.reply), Some(Answer::Ready));
}

#[test]
fn a_wrong_code_is_refused_and_logs_nobody_in() {
    let mut session = JT808.open(Authenticator::Keyed([7; 32]));
    let reaction = handle(session.as_mut(), &golden("auth_2013"));
    assert_eq!(reaction.events, [Event::Raw]);
    assert_eq!(reaction.problem, Some(Problem::Authentication));
    assert_eq!(receive(JT808.terminal(id()).as_mut(), &reaction.reply), Some(Answer::Refused));
}

#[test]
fn a_strict_profile_does_not_believe_a_wrong_checksum() {
    let mut session = JT808.open(Authenticator::Open);
    let strict = Profile { checksum: Some(ChecksumPolicy::Strict), ..Profile::default() };
    session.admit(id(), Admission::Known(strict));
    let reaction = handle(session.as_mut(), &golden("wrong_checksum"));
    assert_eq!(reaction.events, [Event::Raw]);
    assert_eq!(reaction.reply, Reply::None);
    assert_eq!(reaction.problem.map(|problem| problem.code()), Some("checksum"));
}

#[test]
fn the_zone_of_a_profile_overrides_the_standard() {
    let mut session = JT808.open(Authenticator::Open);
    session.admit(id(), Admission::Known(Profile { zone: Some(ZoneOffset::UTC), ..Profile::default() }));
    let reaction = handle(session.as_mut(), &golden("location_2013"));
    let Some(Event::Position(position)) = reaction.events.first() else { panic!("a position") };
    assert_eq!(position.fix_time(), Timestamp::parse("2026-03-09T08:15:30Z"));
    assert!(matches!(position.time, DeviceTime::Clock { source: ZoneSource::Profile, .. }));
}

#[test]
fn the_platform_counts_its_own_serials() {
    let mut session = JT808.open(Authenticator::Open);
    let serials: Vec<u8> = (0..3)
        .map(|_| {
            let reply = handle(session.as_mut(), &golden("heartbeat_2013")).reply;
            reply.bytes().unwrap()[12]
        })
        .collect();
    assert_eq!(serials, [0, 1, 2]);
}

#[test]
fn only_the_clock_is_answered_before_the_frame_is_stored() {
    for golden in testing::golden(&frames()) {
        let reaction = handle(JT808.open(Authenticator::Open).as_mut(), &golden.bytes);
        let now = matches!(reaction.reply, Reply::Now(_));
        assert_eq!(now, matches!(golden.name.as_str(), "time_query" | "vendor_time"), "{}", golden.name);
    }
}

#[test]
fn a_clock_query_is_answered_in_utc() {
    let mut session = JT808.open(Authenticator::Open);
    let frame = cut(session.as_mut(), &golden("time_query"));
    let now = Timestamp::parse("2026-03-09T00:23:00Z").unwrap();
    let answer = session.handle(&frame, now).reply;
    let answer = cut(session.as_mut(), answer.bytes().unwrap());
    assert_eq!(hex::encode(answer.content().get(17..).unwrap()), "260309002300");
}

#[test]
fn a_vendors_clock_query_is_answered_in_utc() {
    let mut session = JT808.open(Authenticator::Open);
    let frame = cut(session.as_mut(), &golden("vendor_time"));
    let now = Timestamp::parse("2026-03-09T00:23:45Z").unwrap();
    let answer = session.handle(&frame, now).reply;
    let answer = cut(session.as_mut(), answer.bytes().unwrap());
    assert_eq!(hex::encode(answer.content().get(12..).unwrap()), "07ea030900172d");
}

#[test]
fn a_connection_learns_whose_items_it_carries() {
    let is_version = |reaction: &Reaction| match reaction.events.first() {
        Some(Event::Position(position)) => position.attributes.iter().any(|a| a.name() == "version"),
        _ => panic!("a position"),
    };
    let mut session = JT808.open(Authenticator::Open);
    assert!(!is_version(&handle(session.as_mut(), &golden("location_disputed"))));
    handle(session.as_mut(), &golden("location_gps51"));
    assert!(is_version(&handle(session.as_mut(), &golden("location_disputed"))));
    assert!(!is_version(&handle(JT808.open(Authenticator::Open).as_mut(), &golden("location_disputed"))));
}

#[test]
fn two_terminals_may_share_a_link() {
    let mut session = JT808.open(Authenticator::Open);
    let (a, b) = (TerminalId::parse("13800000001").unwrap(), TerminalId::parse("13800000002").unwrap());
    for id in [a, b, a] {
        let frame = cut(session.as_mut(), &JT808.terminal(id).heartbeat().bytes);
        assert_eq!(session.terminal_of(&frame), Some(id));
    }
}

#[test]
fn a_backlog_of_twenty_fits_one_frame() {
    let live = positions(&golden("location_2013"));
    let backlog = vec![live.first().unwrap().clone(); 100];
    let sent = positions(&JT808.terminal(id()).batch(&backlog).unwrap().bytes);
    assert_eq!(sent.len(), 26);
    assert!(JT808.terminal(id()).batch(&[]).is_none());
}

#[test]
fn a_report_is_acknowledged_under_its_serial() {
    let (mut terminal, mut session) = (JT808.terminal(id()), JT808.open(Authenticator::Open));
    for serial in 0..3 {
        let upload = terminal.heartbeat();
        assert_eq!(upload.serial, serial);
        let reply = handle(session.as_mut(), &upload.bytes).reply;
        assert_eq!(receive(terminal.as_mut(), &reply), Some(Answer::Acknowledged { serial, message: 2 }));
    }
}

proptest! {
    #[test]
    fn a_position_travels_unchanged(sent in any_position()) {
        let mut terminal = JT808.terminal(id());
        let upload = terminal.position(&sent);
        let received = positions(&upload.bytes);
        prop_assert_eq!(received.len(), 1);
        assert_same(received.first().unwrap(), &sent)?;
        let batched = positions(&terminal.batch(std::slice::from_ref(&sent)).unwrap().bytes);
        assert_same(batched.first().unwrap(), &sent)?;
        prop_assert_eq!(batched.first().unwrap().measured, received.first().unwrap().measured);
    }

    #[test]
    fn no_bytes_panic_and_every_byte_is_accounted_for(bytes in proptest::collection::vec(any_byte(), 0..300)) {
        let mut session = JT808.open(Authenticator::Open);
        let mut input = BytesMut::from(&bytes[..]);
        loop {
            let before = input.len();
            match session.deframe(&mut input) {
                Cut::Need => break,
                Cut::Frame(frame) => {
                    let _ = session.handle(&frame, Timestamp::from_ms(0));
                    let _ = session.explain(&frame);
                }
                Cut::Skipped { bytes, .. } => prop_assert_eq!(bytes.len(), before - input.len()),
                Cut::Lost(_) => prop_assert!(false, "never lost"),
            }
            prop_assert!(input.len() < before);
        }
    }

    #[test]
    fn no_body_panics(number in any_number(), body in proptest::collection::vec(any::<u8>(), 0..120), ten in any::<bool>()) {
        let bytes = sealed(number, &body, ten);
        let mut session = JT808.open(Authenticator::Open);
        let frame = cut(session.as_mut(), &bytes);
        let reaction = session.handle(&frame, Timestamp::from_ms(0));
        prop_assert!(!reaction.events.is_empty() || number == 0x0704);
        let explained: usize = session.explain(&frame).iter().map(|field| field.bytes.len()).sum();
        prop_assert_eq!(explained, frame.content().len() + 3);
    }
}

fn assert_same(found: &Position, sent: &Position) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.fix_time(), sent.fix_time());
    prop_assert_eq!(found.fix, sent.fix);
    prop_assert_eq!((found.speed, found.course), (sent.speed, sent.course));
    prop_assert_eq!((found.altitude, found.satellites), (sent.altitude, sent.satellites));
    prop_assert_eq!(found.attributes.ignition(), sent.attributes.ignition());
    Ok(())
}

/// Delimiters and escapes often enough to matter.
fn any_byte() -> impl Strategy<Value = u8> {
    prop_oneof![2 => Just(0x7E), 1 => Just(0x7D), 1 => Just(0x02), 6 => any::<u8>()]
}

fn any_number() -> impl Strategy<Value = u16> {
    prop::sample::select(vec![
        0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0100, 0x0102, 0x0104, 0x0107, 0x0108, 0x0109, 0x0200,
        0x0201, 0x0210, 0x0301, 0x0302, 0x0303, 0x0500, 0x0506, 0x0608, 0x0700, 0x0701, 0x0702, 0x0704,
        0x0705, 0x0800, 0x0801, 0x0802, 0x0805, 0x0900, 0x0901, 0x0A00, 0x1007, 0x1300, 0x2070, 0x5501,
        0x5502, 0x6006, 0x8001, 0x8004, 0x8100, 0x8103, 0x8104, 0x8105, 0x8106, 0x8109, 0x8201, 0x8202,
        0x8300, 0x8800, 0xE001,
    ])
}

prop_compose! {
    fn any_position()(
        place in prop::option::of((-9_000_000..9_000_000_i64, -18_000_000..18_000_000_i64)),
        speed in 0..200_u16,
        course in 0..360_u16,
        altitude in -400..9_000_i32,
        satellites in prop::option::of(0..40_u8),
        ignition in any::<bool>(),
        second in 946_656_000_i64..4_102_416_000,
    ) -> Position {
        let place = place.filter(|place| *place != (0, 0));
        let fix = place.and_then(|(lat, lon)| Coordinates::from_e7(lat * 100, lon * 100).ok());
        Position {
            time: DeviceTime::Clock {
                wall: Timestamp::from_ms(second * 1000),
                offset: ZoneOffset::UTC,
                source: ZoneSource::Protocol,
            },
            fix: fix.map_or(Fix::None, Fix::Gnss),
            speed: Some(Speed::from_kmh(speed)),
            course: Course::from_degrees(course),
            altitude: Some(Altitude::from_metres(altitude)),
            satellites,
            buffered: false,
            alarms: model::Alarms::NONE,
            attributes: Attributes(vec![Attribute::Ignition(ignition)]),
            measured: Measured { version: 0, hash: 0 },
        }
    }
}

fn id() -> TerminalId {
    TerminalId::parse("13912345678").unwrap()
}

fn golden(name: &str) -> Vec<u8> {
    testing::golden(&frames()).into_iter().find(|golden| golden.name == name).unwrap().bytes
}

fn cut(session: &mut dyn Session, bytes: &[u8]) -> Frame {
    match session.deframe(&mut BytesMut::from(bytes)) {
        Cut::Frame(frame) => frame,
        other => panic!("no frame: {other:?}"),
    }
}

fn handle(session: &mut dyn Session, bytes: &[u8]) -> Reaction {
    let frame = cut(session, bytes);
    session.handle(&frame, Timestamp::from_ms(0))
}

fn receive(terminal: &mut dyn wire::Terminal, reply: &Reply) -> Option<Answer> {
    terminal.receive(&mut BytesMut::from(&reply.bytes()?[..]))
}

fn positions(bytes: &[u8]) -> Vec<Position> {
    let reaction = handle(JT808.open(Authenticator::Open).as_mut(), bytes);
    let position = |event| if let Event::Position(position) = event { Some(*position) } else { None };
    reaction.events.into_iter().filter_map(position).collect()
}

fn sealed(number: u16, body: &[u8], ten: bool) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    let mut content = number.to_be_bytes().to_vec();
    content.extend((length | if ten { 0x4000 } else { 0 }).to_be_bytes());
    content.extend_from_slice(if ten {
        &[1, 0, 0, 0, 0, 1, 0x39, 0x12, 0x34, 0x56, 0x78]
    } else {
        &[1, 0x39, 0x12, 0x34, 0x56, 0x78]
    });
    content.extend([0, 9]);
    content.extend_from_slice(body);
    content.push(wire::checksum::xor(&content));
    let mut frame = vec![0x7E];
    for byte in content {
        match byte {
            0x7E => frame.extend([0x7D, 0x02]),
            0x7D => frame.extend([0x7D, 0x01]),
            byte => frame.push(byte),
        }
    }
    frame.push(0x7E);
    frame
}
