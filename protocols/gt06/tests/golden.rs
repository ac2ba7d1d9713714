//! Golden frames, the ways a stream can be cut, and the way from the device's side to the server's and back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop")]

use bytes::BytesMut;
use gt06::GT06;
use model::{
    Alarm, Alarms, Attribute, Attributes, Cell, ChecksumPolicy, Coordinates, Course, DeviceTime, Event, Fix,
    Measured, Position, Profile, Speed, TerminalId, Timestamp, ZoneOffset, ZoneSource,
};
use proptest::prelude::*;
use std::path::Path;
use wire::{Admission, Answer, Authenticator, Cut, Frame, Problem, Protocol, Reaction, Reply, Session};

const IMEI: &str = "868120240000015";

fn frames() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/frames"))
}

fn heartbeat() -> Vec<u8> {
    hex::decode("78780A13460403000100037E930D0A").unwrap()
}

fn cut(session: &mut dyn Session, bytes: &[u8]) -> Frame {
    match wire::decode::cut_alone(session, bytes).0 {
        Cut::Frame(frame) => frame,
        other => panic!("no frame but {other:?} in {}", hex::encode(bytes)),
    }
}

fn feed(session: &mut dyn Session, bytes: &[u8]) -> Reaction {
    let frame = cut(session, bytes);
    session.handle(&frame, Timestamp::from_ms(0))
}

fn feed_hex(session: &mut dyn Session, digits: &str) -> Reaction {
    feed(session, &hex::decode(digits).unwrap())
}

#[test]
fn golden_frames_decode_as_expected() {
    wire::testing::decodes_as_expected(&GT06, frames());
}

#[test]
fn splits_do_not_matter() {
    wire::testing::splits_do_not_matter(&GT06, frames());
}

#[test]
fn prefixes_are_waited_for() {
    wire::testing::prefixes_are_waited_for(&GT06, frames());
}

#[test]
fn one_bad_frame_never_eats_the_next() {
    wire::testing::one_bad_frame_never_eats_the_next(&GT06, frames(), &heartbeat());
    let login = hex::decode("7878110108681202400000153601320100019E0E0D0A").unwrap();
    wire::testing::one_bad_frame_never_eats_the_next(&GT06, frames(), &login);
}

#[test]
fn an_explanation_covers_every_byte_once_and_in_order() {
    for golden in wire::testing::golden(frames()) {
        let mut session = GT06.open(Authenticator::Open);
        let frame = cut(session.as_mut(), &golden.bytes);
        let mut next = 0;
        for field in session.explain(&frame) {
            assert_eq!(field.offset, next, "{} at {}", golden.name, field.name);
            assert_eq!(field.bytes, frame.wire[next..next + field.bytes.len()], "{}", golden.name);
            next += field.bytes.len();
        }
        assert_eq!(next, frame.wire.len(), "{}", golden.name);
    }
}

#[test]
fn a_position_speaks_for_the_terminal_that_logged_in_and_in_its_zone() {
    let mut session = GT06.open(Authenticator::Open);
    let location = "78781F121A0309080F1EC9026B2A2C0C3CB19C24151301CC0028660EEE0C000476010D0A";
    assert_eq!(feed_hex(session.as_mut(), location).problem, Some(Problem::NoLogin));
    let login = feed_hex(session.as_mut(), "7878110108681202400000153601320100019E0E0D0A");
    assert!(matches!(login.reply, Reply::Now(_)));
    let reaction = feed_hex(session.as_mut(), location);
    assert_eq!(reaction.terminal.map(|id| id.to_string()).as_deref(), Some(IMEI));
    assert_eq!(reaction.problem, None);
    let position = only_position(&reaction);
    assert_eq!(position.fix_time(), Timestamp::parse("2026-03-09T00:15:30Z"));
    assert!(matches!(position.time, DeviceTime::Clock { source: ZoneSource::Login, .. }));
}

#[test]
fn the_profile_decides_on_zone_and_checksum() {
    let mut session = GT06.open(Authenticator::Open);
    let wrong = "78780A1346040300010018D1C00D0A";
    assert_eq!(feed_hex(session.as_mut(), wrong).events.len(), 1);
    assert!(matches!(feed_hex(session.as_mut(), wrong).reply, Reply::Durable(_)));
    let profile = Profile {
        zone: Some(ZoneOffset::CHINA),
        checksum: Some(ChecksumPolicy::Strict),
        ..Profile::default()
    };
    session.admit(TerminalId::parse(IMEI).unwrap(), Admission::Known(profile));
    let refused = feed_hex(session.as_mut(), wrong);
    assert_eq!(refused.events, [Event::Raw]);
    assert_eq!(refused.reply, Reply::None);
    assert_eq!(refused.problem.unwrap().to_string(), "checksum is d1c0, computed d0c1");
    let location = "78781F121A0309080F1EC9026B2A2C0C3CB19C24151301CC0028660EEE0C000476010D0A";
    let position = only_position(&feed_hex(session.as_mut(), location)).clone();
    assert!(matches!(position.time, DeviceTime::Clock { source: ZoneSource::Profile, .. }));
}

#[test]
fn a_login_that_is_not_believed_opens_no_session() {
    let mut session = GT06.open(Authenticator::Open);
    let lying = feed_hex(session.as_mut(), "78780D0108681202400000153601320100019E0F0D0A");
    assert_eq!((lying.terminal, lying.reply, lying.events), (None, Reply::None, vec![Event::Raw]));
}

#[test]
fn a_time_request_is_answered_in_utc_under_its_own_serial() {
    let mut session = GT06.open(Authenticator::Open);
    let frame = cut(session.as_mut(), &hex::decode("7878058A000F15E80D0A").unwrap());
    let reaction = session.handle(&frame, Timestamp::parse("2026-03-09T00:23:00Z").unwrap());
    let answer = hex::decode("78780B8A1A0309001700000FC21E0D0A").unwrap();
    assert_eq!(reaction.reply, Reply::Now(answer.into()));
}

#[test]
fn the_device_understands_what_the_server_answers() {
    let mut session = GT06.open(Authenticator::Open);
    let mut terminal = GT06.terminal(TerminalId::parse(IMEI).unwrap());
    let login = feed(session.as_mut(), &terminal.login());
    assert_eq!(login.terminal.map(|id| id.to_string()).as_deref(), Some(IMEI));
    assert_eq!(terminal.receive(&mut answer(&login)), Some(Answer::Ready));
    let upload = terminal.heartbeat();
    let heartbeat = feed(session.as_mut(), &upload.bytes);
    let acknowledged = Answer::Acknowledged { serial: upload.serial, message: 0x13 };
    assert_eq!(terminal.receive(&mut answer(&heartbeat)), Some(acknowledged));
    let command = hex::decode("787814800C00001A2B52454C41592C312300020001B9BF0D0A").unwrap();
    assert_eq!(terminal.receive(&mut BytesMut::from(&command[..9])), None);
}

#[test]
fn a_device_tells_its_card_as_the_server_reads_it() {
    let mut session = GT06.open(Authenticator::Open);
    let mut terminal = GT06.terminal(TerminalId::parse(IMEI).unwrap());
    feed(session.as_mut(), &terminal.login());
    let card = terminal.card("8986001234567890123").unwrap();
    let told = format!("{:?}", feed(session.as_mut(), &card.bytes).events);
    assert!(!card.answered);
    assert!(
        told.contains(r#"Iccid("8986001234567890123")"#) && told.contains(&format!("Imei({IMEI:?})")),
        "{told}"
    );
}

fn answer(reaction: &Reaction) -> BytesMut {
    BytesMut::from(reaction.reply.bytes().unwrap().as_ref())
}

fn only_position(reaction: &Reaction) -> &Position {
    match reaction.events.as_slice() {
        [Event::Position(position)] => position,
        other => panic!("one position, not {other:?}"),
    }
}

fn place() -> impl Strategy<Value = Fix> {
    let grid = (-9_000_000_i64..=9_000_000, -18_000_000_i64..=18_000_000);
    prop_oneof![
        4 => grid.prop_filter_map("0/0 is no place", |(lat, lon)| {
            Coordinates::from_e7(lat * 100, lon * 100).ok().filter(|place| !place.is_null_island()).map(Fix::Gnss)
        }),
        1 => Just(Fix::None),
    ]
}

/// Reports that GT06 can carry: 1e-5 degrees, whole km/h, whole seconds.
fn report() -> impl Strategy<Value = Position> {
    let alarms = prop_oneof![
        Just(Alarms::NONE),
        Just(Alarms::NONE.with(Alarm::PowerCut)),
        Just(Alarms::NONE.with(Alarm::Vibration)),
    ];
    let cell = (1_u16..0x7FFF, 0_u16..2000, 0_u32..0xFFFF, 0_u64..0xFF_FFFF)
        .prop_map(|(mcc, mnc, lac, cid)| Cell { mcc, mnc, lac, cid, rssi: None });
    let seconds = 946_684_800_i64..4_102_444_800;
    let motion = (0_u16..256, 0_u16..360, 0_u8..16, any::<bool>());
    (seconds, place(), motion, alarms, cell, any::<bool>(), any::<u16>()).prop_map(
        |(seconds, fix, (kmh, course, satellites, buffered), alarms, cell, ignition, metres)| Position {
            time: DeviceTime::Clock {
                wall: Timestamp::from_ms(seconds * 1000),
                offset: ZoneOffset::UTC,
                source: ZoneSource::Protocol,
            },
            fix,
            speed: Some(Speed::from_kmh(kmh)),
            course: Course::from_degrees(course),
            altitude: None,
            satellites: Some(satellites),
            buffered: buffered && alarms.is_empty(),
            alarms,
            attributes: Attributes(vec![
                Attribute::Ignition(ignition),
                Attribute::UploadMode(0),
                Attribute::OdometerKm(f64::from(metres) / 1000.0),
                Attribute::Cells(vec![cell]),
            ]),
            measured: Measured { version: 0, hash: 0 },
        },
    )
}

fn sent_and_read(position: &Position) -> Position {
    let mut session = GT06.open(Authenticator::Open);
    let mut terminal = GT06.terminal(TerminalId::parse(IMEI).unwrap());
    feed(session.as_mut(), &terminal.login());
    only_position(&feed(session.as_mut(), &terminal.position(position).bytes)).clone()
}

proptest! {
    #[test]
    fn a_report_arrives_as_it_was_sent(sent in report()) {
        let read = sent_and_read(&sent);
        prop_assert_eq!((read.time, read.fix, read.speed, read.course), (sent.time, sent.fix, sent.speed, sent.course));
        prop_assert_eq!((read.satellites, read.buffered, read.alarms), (sent.satellites, sent.buffered, sent.alarms));
        prop_assert_eq!(read.attributes.ignition(), sent.attributes.ignition());
        if sent.alarms.is_empty() {
            prop_assert_eq!(read.attributes, sent.attributes);
        }
    }

    #[test]
    fn a_report_resent_from_the_buffer_keeps_its_identity(sent in report()) {
        let later = Position { buffered: !sent.buffered, ..sent.clone() };
        prop_assert_eq!(sent_and_read(&sent).measured, sent_and_read(&later).measured);
    }

    #[test]
    fn another_place_is_another_identity(sent in report(), other in place()) {
        let moved = Position { fix: other, ..sent.clone() };
        let same = sent.fix == other;
        prop_assert_eq!(sent_and_read(&sent).measured == sent_and_read(&moved).measured, same);
    }

    #[test]
    fn no_bytes_make_it_panic_or_stall(noise in proptest::collection::vec(prop_oneof![
        Just(0x78), Just(0x79), Just(0x0D), Just(0x0A), any::<u8>()
    ], 0..200), number: u8) {
        let mut session = GT06.open(Authenticator::Open);
        let mut input = BytesMut::from(noise.as_slice());
        loop {
            match session.deframe(&mut input) {
                Cut::Need | Cut::Lost(_) => break,
                Cut::Skipped { .. } => {}
                Cut::Frame(frame) => {
                    session.handle(&frame, Timestamp::from_ms(0));
                    session.explain(&frame);
                }
            }
        }
        let content = [&[number][..], &noise].concat();
        let frame = Frame::unescaped(noise.clone().into(), content.into(), wire::Checksum::Ok);
        session.handle(&frame, Timestamp::from_ms(0));
    }
}
