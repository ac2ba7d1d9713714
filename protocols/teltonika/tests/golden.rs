//! Golden frames, the ways a stream can be cut, and the way from the device's side to the server's and back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop")]

use bytes::{Bytes, BytesMut};
use model::command::Relay;
use model::{
    Alarm, Alarms, Altitude, AnswerKey, Attribute, Attributes, ChecksumPolicy, Command, Coordinates, Course,
    DeviceTime, Event, Fix, Measured, ModelCode, Position, Profile, Speed, TerminalId, Timestamp, ZoneOffset,
    ZoneSource,
};
use proptest::prelude::*;
use std::path::Path;
use teltonika::TELTONIKA;
use wire::{
    Admission, Answer, Authenticator, Checksum, Cut, Frame, Problem, Protocol, Reaction, Reply, Session,
    Terminal, Unsupported,
};

const IMEI: &str = "868120240000015";

fn frames() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/frames"))
}

fn golden(name: &str) -> Vec<u8> {
    wire::testing::golden(frames()).into_iter().find(|golden| golden.name == name).unwrap().bytes
}

fn id() -> TerminalId {
    TerminalId::parse(IMEI).unwrap()
}

fn cut(session: &mut dyn Session, bytes: &[u8]) -> Frame {
    match session.deframe(&mut BytesMut::from(bytes)) {
        Cut::Frame(frame) => frame,
        other => panic!("no frame but {other:?} in {}", hex::encode(bytes)),
    }
}

fn feed(session: &mut dyn Session, bytes: &[u8]) -> Reaction {
    let frame = cut(session, bytes);
    session.handle(&frame, Timestamp::from_ms(0))
}

/// A session on which the terminal has logged in.
fn online() -> Box<dyn Session> {
    let mut session = TELTONIKA.open(Authenticator::Open);
    feed(session.as_mut(), &golden("login"));
    session
}

fn profile(model: &str) -> Profile {
    Profile { model: Some(ModelCode::parse(model).unwrap()), ..Profile::default() }
}

fn positions(reaction: &Reaction) -> Vec<&Position> {
    reaction.events.iter().filter_map(position).collect()
}

fn position(event: &Event) -> Option<&Position> {
    if let Event::Position(position) = event { Some(position) } else { None }
}

fn only(reaction: &Reaction) -> &Position {
    let [position] = positions(reaction)[..] else { panic!("one position, not {:?}", reaction.events) };
    position
}

#[test]
fn golden_frames_decode_as_expected() {
    wire::testing::decodes_as_expected(&TELTONIKA, frames());
}

#[test]
fn splits_do_not_matter() {
    wire::testing::splits_do_not_matter(&TELTONIKA, frames());
}

#[test]
fn prefixes_are_waited_for() {
    wire::testing::prefixes_are_waited_for(&TELTONIKA, frames());
}

#[test]
fn one_bad_frame_never_eats_the_next() {
    for good in ["codec_8_minimal", "codec_8_extended", "codec_16", "command_reply"] {
        wire::testing::one_bad_frame_never_eats_the_next(&TELTONIKA, frames(), &golden(good));
    }
}

#[test]
fn an_explanation_covers_every_byte_once_and_in_order() {
    for golden in wire::testing::golden(frames()) {
        let mut session = TELTONIKA.open(Authenticator::Open);
        let Cut::Frame(frame) = session.deframe(&mut BytesMut::from(&golden.bytes[..])) else { continue };
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
fn a_login_is_answered_at_once_and_gives_the_connection_to_its_terminal() {
    let mut session = TELTONIKA.open(Authenticator::Open);
    let packet = golden("codec_8_minimal");
    assert_eq!(feed(session.as_mut(), &packet).problem, Some(Problem::NoLogin));
    let login = feed(session.as_mut(), &golden("login"));
    assert_eq!((login.reply, login.terminal), (Reply::Now(Bytes::from_static(&[1])), Some(id())));
    let frame = cut(session.as_mut(), &packet);
    assert_eq!(session.terminal_of(&frame), Some(id()));
    assert_eq!(session.handle(&frame, Timestamp::from_ms(0)).problem, None);
}

#[test]
fn a_packet_is_told_its_own_count_when_it_is_stored_whatever_is_wrong_with_it() {
    for (name, count) in [
        ("codec_8_many", 10_u32),
        ("codec_8_extended", 1),
        ("codec_16", 1),
        ("counts_differ", 1),
        ("count_too_large", 2),
        ("count_too_small", 1),
        ("wrong_checksum", 1),
        ("timestamp_zero", 1),
        ("codec_unknown", 1),
    ] {
        let reply = feed(online().as_mut(), &golden(name)).reply;
        assert_eq!(reply, Reply::Durable(Bytes::copy_from_slice(&count.to_be_bytes())), "{name}");
    }
    for name in ["ping", "no_records", "command_reply", "command_imei_reply", "text_13", "text_15"] {
        assert_eq!(feed(online().as_mut(), &golden(name)).reply, Reply::None, "{name}");
    }
}

#[test]
fn a_strict_profile_keeps_a_packet_with_a_wrong_checksum_raw_and_owes_it_nothing() {
    let mut session = online();
    let strict = Profile { checksum: Some(ChecksumPolicy::Strict), ..Profile::default() };
    session.admit(id(), Admission::Known(strict));
    let refused = feed(session.as_mut(), &golden("wrong_checksum"));
    assert_eq!((refused.events, refused.reply), (vec![Event::Raw], Reply::None));
    assert!(matches!(refused.problem, Some(Problem::Checksum { .. })));
    assert_eq!(positions(&feed(session.as_mut(), &golden("codec_8"))).len(), 1);
}

#[test]
fn the_records_of_a_packet_stay_in_the_devices_order() {
    let many = feed(online().as_mut(), &golden("codec_8_many"));
    let times: Vec<_> = positions(&many).iter().map(|position| position.fix_time().unwrap()).collect();
    assert!(times.len() == 10 && times.is_sorted());
}

#[test]
fn a_model_gives_an_event_another_meaning() {
    let raised = |model: &str, name: &str| {
        let mut session = online();
        session.admit(id(), Admission::Known(profile(model)));
        only(&feed(session.as_mut(), &golden(name))).alarms
    };
    assert_eq!(raised("generic", "event_unplug"), Alarms::NONE.with(Alarm::PowerCut));
    assert_eq!(raised("fmb", "event_unplug"), Alarms::NONE.with(Alarm::PowerCut));
    assert_eq!(raised("fm", "event_unplug"), Alarms::NONE);
    assert_eq!(raised("nobodys", "event_unplug"), Alarms::NONE.with(Alarm::PowerCut));
}

#[test]
fn a_profile_that_names_a_zone_re_dates_a_report_and_keeps_its_identity() {
    let mut session = online();
    let packet = golden("codec_8");
    let utc = only(&feed(session.as_mut(), &packet)).clone();
    session.admit(id(), Admission::Known(Profile { zone: Some(ZoneOffset::CHINA), ..Profile::default() }));
    let shifted = only(&feed(session.as_mut(), &packet)).clone();
    assert_eq!(shifted.measured, utc.measured);
    assert_eq!(shifted.fix_time().unwrap().since(utc.fix_time().unwrap()), -8 * 3_600_000);
}

#[test]
fn a_record_is_the_same_report_whichever_codec_it_is_sent_in() {
    let content = |codec: u8, width: usize, tail: &str| {
        let record = "0000019a9f11d240011f9e3a8e0d6fc5d80023014c090024";
        let number = |value: u8| format!("{:0width$x}", value, width = width * 2);
        let n = |value: u8| number(value);
        let elements = format!("{}ef01{}{}{}{tail}", n(1), n(0), n(0), n(0));
        let elements = elements.replacen("ef01", &format!("{}01", number(0xEF)), 1);
        format!("{codec:02x}01{record}{}{}{elements}01", n(0xEF), n(1))
    };
    let hash = |content: String| {
        let content = hex::decode(content).unwrap();
        // The checksum is left wrong: the records add up, and that is enough.
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        let packet = [&[0; 4][..], &length, &content, &[0xFF; 4]].concat();
        only(&feed(online().as_mut(), &packet)).measured
    };
    assert_eq!(hash(content(0x08, 1, "")), hash(content(0x8E, 2, "0000")));
}

#[test]
fn commands_are_words_and_only_those_that_the_model_has() {
    let mut session = online();
    let getgps = golden("command");
    let located = session.command(id(), &Command::Locate, 7).unwrap();
    assert_eq!((&located.bytes[..], located.key), (&getgps[..], AnswerKey::Next));
    let interval = Command::Interval { moving_s: 30, parked_s: Some(600) };
    let refused = session.command(id(), &interval, 8).unwrap_err();
    assert!(matches!(refused, Unsupported::Model { model: "generic", .. }), "{refused}");
    session.admit(id(), Admission::Known(profile("fmb")));
    let set = session.command(id(), &interval, 9).unwrap();
    let words = String::from_utf8_lossy(&set.bytes).into_owned();
    assert!(words.contains("setparam 10050:30;10055:30;10150:30") && words.contains("10000:600"), "{words}");
    for relay in [Relay::Cut, Relay::Restore] {
        assert!(session.command(id(), &Command::Relay(relay), 10).is_ok());
    }
    assert!(session.command(id(), &Command::ReadParameters, 11).is_err());
}

#[test]
fn nobody_is_commanded_who_has_not_logged_in_here() {
    let other = TerminalId::parse("868120240000023").unwrap();
    assert_eq!(online().command(other, &Command::Locate, 1), Err(Unsupported::Stranger));
    let mut stranger = TELTONIKA.open(Authenticator::Open);
    assert_eq!(stranger.command(id(), &Command::Locate, 1), Err(Unsupported::Stranger));
}

/// A device that is logged in.
fn device(session: &mut dyn Session) -> Box<dyn Terminal> {
    let mut terminal = TELTONIKA.terminal(id());
    let login = feed(session, &terminal.login());
    assert_eq!(login.terminal, Some(id()));
    assert_eq!(terminal.receive(&mut answer(&login)), Some(Answer::Ready));
    terminal
}

fn answer(reaction: &Reaction) -> BytesMut {
    BytesMut::from(&reaction.reply.bytes().unwrap()[..])
}

#[test]
fn the_nth_count_is_for_the_nth_packet() {
    let mut session = TELTONIKA.open(Authenticator::Open);
    let mut terminal = device(session.as_mut());
    let report = sample(Alarms::NONE);
    let uploads = [terminal.position(&report), terminal.batch(&vec![report.clone(); 3]).unwrap()];
    let mut answers = BytesMut::new();
    for upload in &uploads {
        answers.extend(answer(&feed(session.as_mut(), &upload.bytes)));
    }
    for upload in &uploads {
        let expected = Answer::Acknowledged { serial: upload.serial, message: 0x8E };
        assert_eq!(terminal.receive(&mut answers), Some(expected));
    }
    assert_eq!(terminal.receive(&mut answers), None);
}

#[test]
fn another_count_than_was_sent_makes_the_device_begin_again() {
    let mut terminal = device(TELTONIKA.open(Authenticator::Open).as_mut());
    terminal.position(&sample(Alarms::NONE));
    assert_eq!(terminal.receive(&mut BytesMut::from(&[0, 0, 0, 2][..])), Some(Answer::Refused));
    terminal.login();
    assert_eq!(terminal.receive(&mut BytesMut::from(&[0][..])), Some(Answer::Refused));
}

#[test]
fn a_ping_is_a_heartbeat_that_nobody_answers() {
    let mut session = TELTONIKA.open(Authenticator::Open);
    let upload = device(session.as_mut()).heartbeat();
    assert!(!upload.answered);
    let reaction = feed(session.as_mut(), &upload.bytes);
    assert_eq!(reaction.events, [Event::Heartbeat { attributes: Attributes::default() }]);
    assert_eq!((reaction.reply, reaction.terminal, reaction.problem), (Reply::None, Some(id()), None));
}

#[test]
fn a_command_goes_down_and_its_answer_comes_up_beside_counts() {
    let mut session = TELTONIKA.open(Authenticator::Open);
    let mut terminal = device(session.as_mut());
    let upload = terminal.position(&sample(Alarms::NONE));
    let mut down = BytesMut::from(&session.command(id(), &Command::Restart, 1).unwrap().bytes[..]);
    down.extend(answer(&feed(session.as_mut(), &upload.bytes)));
    let Some(Answer::Command { reply }) = terminal.receive(&mut down) else { panic!("a command") };
    let acknowledged = Answer::Acknowledged { serial: upload.serial, message: 0x8E };
    assert_eq!(terminal.receive(&mut down), Some(acknowledged));
    let text = "cpureset OK".to_owned();
    assert_eq!(feed(session.as_mut(), &reply).events, [Event::CommandReply { token: None, text }]);
}

#[test]
fn a_batch_is_no_longer_than_the_makers_longest_packet() {
    let mut session = TELTONIKA.open(Authenticator::Open);
    let mut terminal = device(session.as_mut());
    let batch = terminal.batch(&vec![sample(Alarms::NONE); 400]).unwrap();
    assert!(batch.bytes.len() <= 1280, "{} bytes", batch.bytes.len());
    assert!(positions(&feed(session.as_mut(), &batch.bytes)).len() >= 10);
    assert_eq!(terminal.batch(&[]), None);
}

fn sample(alarms: Alarms) -> Position {
    Position {
        time: DeviceTime::Clock {
            wall: Timestamp::parse("2026-11-20T03:10:00Z").unwrap(),
            offset: ZoneOffset::UTC,
            source: ZoneSource::Protocol,
        },
        fix: Fix::Gnss(Coordinates::from_degrees(22.5431, 114.0579).unwrap()),
        speed: Some(Speed::from_kmh(36)),
        course: Course::from_degrees(332),
        altitude: Some(Altitude::from_metres(35)),
        satellites: Some(9),
        buffered: false,
        alarms,
        attributes: Attributes(vec![Attribute::Ignition(true)]),
        measured: Measured { version: 0, hash: 0 },
    }
}

fn sent_and_read(position: &Position) -> Position {
    let mut session = TELTONIKA.open(Authenticator::Open);
    let mut terminal = device(session.as_mut());
    only(&feed(session.as_mut(), &terminal.position(position).bytes)).clone()
}

#[test]
fn every_alarm_that_a_device_can_raise_arrives_and_every_other_as_a_general_one() {
    for alarm in Alarm::ALL {
        let arrived = sent_and_read(&sample(Alarms::NONE.with(*alarm))).alarms;
        let own = Alarms::NONE.with(*alarm);
        assert!(arrived == own || arrived == Alarms::NONE.with(Alarm::General), "{alarm}: {arrived:?}");
    }
    for alarm in [Alarm::Sos, Alarm::PowerCut, Alarm::Removed, Alarm::Jamming, Alarm::Tow, Alarm::FenceExit] {
        let sent = Alarms::NONE.with(alarm);
        assert_eq!(sent_and_read(&sample(sent)).alarms, sent);
    }
}

fn place() -> impl Strategy<Value = Fix> {
    let globe = (-900_000_000_i64..=900_000_000, -1_800_000_000_i64..=1_800_000_000);
    prop_oneof![
        4 => globe.prop_filter_map("0/0 is no place", |(lat, lon)| {
            Coordinates::from_e7(lat, lon).ok().filter(|place| !place.is_null_island()).map(Fix::Gnss)
        }),
        1 => Just(Fix::None),
    ]
}

/// Reports that the codec can carry.
fn report() -> impl Strategy<Value = Position> {
    let alarms = prop_oneof![
        Just(Alarms::NONE),
        Just(Alarms::NONE.with(Alarm::PowerCut)),
        Just(Alarms::NONE.with(Alarm::Removed)),
    ];
    let motion = (0_u16..300, 0_u16..360, 1_u8..30);
    let elements = (any::<bool>(), any::<u32>(), 0_u8..=100);
    (1_i64..4_102_444_800_000, place(), motion, alarms, elements).prop_map(
        |(wall, fix, (kmh, course, satellites), alarms, (ignition, metres, percent))| Position {
            time: DeviceTime::Clock {
                wall: Timestamp::from_ms(wall),
                offset: ZoneOffset::UTC,
                source: ZoneSource::Protocol,
            },
            fix,
            speed: Some(Speed::from_kmh(kmh)),
            course: Course::from_degrees(course),
            altitude: fix.coordinates().map(|_| Altitude::from_metres(-3)),
            satellites: Some(satellites),
            buffered: false,
            alarms,
            attributes: Attributes(vec![
                Attribute::Ignition(ignition),
                Attribute::BatteryPercent(f32::from(percent)),
                Attribute::OdometerKm(f64::from(metres) / 1000.0),
            ]),
            measured: Measured { version: 0, hash: 0 },
        },
    )
}

proptest! {
    #[test]
    fn a_report_arrives_as_it_was_sent(sent in report()) {
        let read = sent_and_read(&sent);
        prop_assert_eq!((read.time, read.fix, read.speed, read.course), (sent.time, sent.fix, sent.speed, sent.course));
        prop_assert_eq!((read.altitude, read.satellites, read.alarms), (sent.altitude, sent.satellites, sent.alarms));
        if sent.alarms.is_empty() {
            prop_assert_eq!(read.attributes, sent.attributes);
        }
    }

    #[test]
    fn another_place_is_another_identity(sent in report(), other in place()) {
        let moved = Position { fix: other, ..sent.clone() };
        let same = sent.fix == other;
        prop_assert_eq!(sent_and_read(&sent).measured == sent_and_read(&moved).measured, same);
    }

    #[test]
    fn no_bytes_make_it_panic_or_stall(noise in prop::collection::vec(prop_oneof![
        4 => Just(0), 1 => Just(0xFF), 1 => Just(0x08), 1 => Just(0x8E), 1 => Just(0x0C), 3 => any::<u8>()
    ], 0..300)) {
        let mut session = TELTONIKA.open(Authenticator::Open);
        let mut input = BytesMut::from(&noise[..]);
        loop {
            match session.deframe(&mut input) {
                Cut::Need | Cut::Lost(_) => break,
                Cut::Skipped { bytes, .. } => prop_assert!(!bytes.is_empty()),
                Cut::Frame(frame) => {
                    session.handle(&frame, Timestamp::from_ms(0));
                    session.explain(&frame);
                }
            }
        }
        let frame = Frame::unescaped([&[0; 8][..], &noise].concat().into(), noise.into(), Checksum::Ok);
        session.handle(&frame, Timestamp::from_ms(0));
        session.explain(&frame);
    }
}
