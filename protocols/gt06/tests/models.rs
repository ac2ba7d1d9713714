//! What a device model changes: commands down and back, acknowledgement, checksum, zone, alarms.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop")]

use bytes::BytesMut;
use gt06::GT06;
use model::command::{CommandKind, Notice, Parameter, Relay};
use model::{
    Acknowledgement, Alarm, Alarms, AnswerKey, ChecksumPolicy, Command, Coordinates, DeviceTime, Event, Fix,
    ModelCode, Position, Profile, TerminalId, Timestamp, ZoneOffset, ZoneSource,
};
use std::path::Path;
use wire::{
    Admission, Answer, Authenticator, Cut, Protocol, Reaction, Reply, Session, Terminal, Unsupported,
};

const IMEI: &str = "868120240000015";
const FLAG: u32 = 0x0000_1A2B;
const LOCATION: &str = "78781F121A0309080F1EC9026B2A2C0C3CB19C24151301CC0028660EEE0C000476010D0A";
const ALARM: &str = "787825261A030900141EC8026B2A2C0C3CB19C0014000901CC0028660EEE0C44050413020008BE870D0A";
const HEARTBEAT: &str = "78780A13460403000100037E930D0A";

fn id() -> TerminalId {
    TerminalId::parse(IMEI).unwrap()
}

fn named(code: &str) -> Profile {
    Profile { model: Some(ModelCode::parse(code).unwrap()), ..Profile::default() }
}

fn feed(session: &mut dyn Session, bytes: &[u8]) -> Reaction {
    match session.deframe(&mut BytesMut::from(bytes)) {
        Cut::Frame(frame) => session.handle(&frame, Timestamp::from_ms(0)),
        other => panic!("no frame but {other:?}"),
    }
}

fn feed_hex(session: &mut dyn Session, digits: &str) -> Reaction {
    feed(session, &hex::decode(digits).unwrap())
}

/// A session whose terminal has logged in and is taken for this model.
fn online(code: &str) -> Box<dyn Session> {
    let mut session = GT06.open(Authenticator::Open);
    feed(session.as_mut(), &GT06.terminal(id()).login());
    session.admit(id(), Admission::Known(named(code)));
    session
}

/// What the server hears of a device that was told this.
fn told(session: &mut dyn Session, terminal: &mut dyn Terminal, command: &Command) -> Vec<Event> {
    let downlink = session.command(id(), command, FLAG).unwrap();
    match terminal.receive(&mut BytesMut::from(&downlink.bytes[..])) {
        Some(Answer::Command { reply }) => feed(session, &reply).events,
        other => panic!("no answer but {other:?}"),
    }
}

fn position(reaction: &Reaction) -> &Position {
    match reaction.events.as_slice() {
        [Event::Position(position)] => position,
        other => panic!("one position, not {other:?}"),
    }
}

#[test]
fn a_command_goes_down_with_its_flag_and_comes_back_under_it() {
    let mut session = online("generic");
    let downlink = session.command(id(), &Command::Relay(Relay::Cut), FLAG).unwrap();
    assert_eq!(downlink.key, AnswerKey::Flag(FLAG));
    // The published example of this command, its CRC included.
    assert_eq!(hex::encode_upper(&downlink.bytes), "787814800C00001A2B52454C41592C312300020001B9BF0D0A");
    let mut terminal = GT06.terminal(id());
    let events = told(session.as_mut(), terminal.as_mut(), &Command::Restart);
    let text = "The terminal will restart after 60s!".to_owned();
    assert_eq!(events, [Event::CommandReply { token: Some(FLAG), text }]);
}

#[test]
fn a_device_that_is_asked_where_it_is_tells_its_last_place() {
    let mut session = online("concox_wired");
    let mut terminal = GT06.terminal(id());
    let nowhere = told(session.as_mut(), terminal.as_mut(), &Command::Locate);
    assert_eq!(nowhere, [Event::CommandReply { token: Some(FLAG), text: "No data!".to_owned() }]);
    let mut sent = position(&feed_hex(session.as_mut(), LOCATION)).clone();
    sent.fix = Fix::Gnss(Coordinates::from_e7(-235_505_000, -466_333_000).unwrap());
    terminal.position(&sent);
    let events = told(session.as_mut(), terminal.as_mut(), &Command::Locate);
    let text = "Current position!Lat:S23.550500,Lon:W46.633300".to_owned();
    assert_eq!(events, [Event::CommandReply { token: Some(FLAG), text }]);
}

#[test]
fn a_text_that_no_model_knows_is_refused_by_the_device_and_heard_as_refused() {
    // FACTORY#, flag 1.
    let command = hex::decode("787811800C00000001464143544F5259230001").unwrap();
    let crc = wire::checksum::crc_x25(&command[2..]).to_be_bytes();
    let command = [&command[..], &crc, &[0x0D, 0x0A]].concat();
    let mut terminal = GT06.terminal(id());
    let Some(Answer::Command { reply }) = terminal.receive(&mut BytesMut::from(&command[..])) else {
        panic!("a device answers what it does not know, too")
    };
    let events = feed(online("generic").as_mut(), &reply).events;
    assert_eq!(events, [Event::CommandRefused { token: Some(1), text: "Command Error!".to_owned() }]);
}

#[test]
fn a_stranger_gets_no_command_and_a_model_only_what_it_knows() {
    let mut session = GT06.open(Authenticator::Open);
    assert_eq!(session.command(id(), &Command::Locate, FLAG), Err(Unsupported::Stranger));
    let mut session = online("generic");
    let other = TerminalId::parse("868120240000016").unwrap();
    assert_eq!(session.command(other, &Command::Locate, FLAG), Err(Unsupported::Stranger));
    let refused = session.command(id(), &Command::Text(Notice::CallLender), FLAG).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the model generic (Unknown model: GT06 and its kin) has no command for text call_lender"
    );
    let heartbeat = Command::SetParameter(Parameter::Heartbeat { every_s: 90 });
    assert!(matches!(session.command(id(), &heartbeat, FLAG), Err(Unsupported::Model { .. })));
    session.admit(id(), Admission::Known(named("concox_wired")));
    assert!(matches!(session.command(id(), &heartbeat, FLAG), Err(Unsupported::Value { .. })));
}

#[test]
fn every_model_is_told_what_it_lists_and_understands_it() {
    for row in GT06.models() {
        let mut session = online(row.code);
        let mut terminal = GT06.terminal(id());
        let both = Command::Interval { moving_s: 30, parked_s: Some(300) };
        let one = Command::Interval { moving_s: 30, parked_s: None };
        let commands = [
            Command::Locate,
            if session.command(id(), &both, FLAG).is_ok() { both } else { one },
            Command::Tracking { every_s: 10, minutes: 30 },
            Command::ReadParameters,
            Command::SetParameter(Parameter::Heartbeat { every_s: 180 }),
            Command::SetParameter(Parameter::TimeZone(ZoneOffset::CHINA)),
            Command::SetParameter(Parameter::SpeedLimit { kmh: Some(100) }),
            Command::SetParameter(Parameter::VibrationAlarm(true)),
            Command::Restart,
            Command::Text(Notice::DeviceService),
            Command::Relay(Relay::Restore),
        ];
        assert_eq!(commands.map(Command::kind), CommandKind::ALL);
        for command in commands {
            if row.knows(command.kind()) {
                let events = told(session.as_mut(), terminal.as_mut(), &command);
                assert!(matches!(events.as_slice(), [Event::CommandReply { .. }]), "{} {command}", row.code);
            } else {
                let refused = session.command(id(), &command, FLAG);
                assert!(matches!(refused, Err(Unsupported::Model { .. })), "{} {command}", row.code);
            }
        }
    }
}

#[test]
fn a_clone_that_takes_the_language_for_text_gets_none() {
    let mut session = online("clone_local");
    let downlink = session.command(id(), &Command::Locate, FLAG).unwrap();
    // The serial behind the text.
    assert!(downlink.bytes.windows(7).any(|bytes| bytes == b"DWXX#\x00\x01"));
}

#[test]
fn a_model_that_wants_no_answer_to_its_reports_gets_none_but_to_all_else() {
    let mut session = online("jimi_4g");
    assert_eq!(feed_hex(session.as_mut(), LOCATION).reply, Reply::None);
    assert!(matches!(feed_hex(session.as_mut(), ALARM).reply, Reply::Durable(_)));
    assert!(matches!(feed_hex(session.as_mut(), HEARTBEAT).reply, Reply::Durable(_)));
    assert!(matches!(feed(session.as_mut(), &GT06.terminal(id()).login()).reply, Reply::Now(_)));
    let every = Profile { acknowledgement: Some(Acknowledgement::Every), ..named("jimi_4g") };
    session.admit(id(), Admission::Known(every));
    assert!(matches!(feed_hex(session.as_mut(), LOCATION).reply, Reply::Durable(_)));
    let required = Profile { acknowledgement: Some(Acknowledgement::Required), ..Profile::default() };
    session.admit(id(), Admission::Known(required));
    assert_eq!(feed_hex(session.as_mut(), LOCATION).reply, Reply::None);
}

#[test]
fn a_strict_model_does_not_believe_a_wrong_checksum_unless_its_profile_does() {
    let wrong = "78780A1346040300010018D1C00D0A";
    let mut session = online("jimi_4g");
    assert_eq!(feed_hex(session.as_mut(), wrong).events, [Event::Raw]);
    let tolerant = Profile { checksum: Some(ChecksumPolicy::Tolerate), ..named("jimi_4g") };
    session.admit(id(), Admission::Known(tolerant));
    assert!(matches!(feed_hex(session.as_mut(), wrong).events.as_slice(), [Event::Heartbeat { .. }]));
}

#[test]
fn the_zone_of_a_model_comes_before_the_logins_and_behind_the_profiles() {
    let zone_of = |profile: Profile| {
        let mut session = GT06.open(Authenticator::Open);
        feed_hex(session.as_mut(), "7878110108681202400000153601320100019E0E0D0A");
        session.admit(id(), Admission::Known(profile));
        match position(&feed_hex(session.as_mut(), LOCATION)).time {
            DeviceTime::Clock { offset, source, .. } => (offset, source),
            DeviceTime::Unusable => panic!("a clock"),
        }
    };
    assert_eq!(zone_of(named("generic")), (ZoneOffset::CHINA, ZoneSource::Login));
    assert_eq!(zone_of(named("jimi_4g")), (ZoneOffset::UTC, ZoneSource::Profile));
    let own = Profile { zone: Some(ZoneOffset::CHINA), ..named("jimi_4g") };
    assert_eq!(zone_of(own), (ZoneOffset::CHINA, ZoneSource::Profile));
}

#[test]
fn the_same_alarm_byte_means_what_the_model_means_by_it() {
    let alarms_of = |code: &str, alarm: u8| {
        let mut bytes = hex::decode(ALARM).unwrap();
        bytes[34] = alarm;
        let crc = wire::checksum::crc_x25(&bytes[2..38]).to_be_bytes();
        bytes[38..40].copy_from_slice(&crc);
        let mut session = online(code);
        position(&feed(session.as_mut(), &bytes)).alarms
    };
    let only = |alarm| Alarms::NONE.with(alarm);
    assert_eq!(alarms_of("generic", 0x18), only(Alarm::CoverOpen));
    assert_eq!(alarms_of("lw", 0x18), only(Alarm::Collision));
    assert_eq!(alarms_of("lw", 0x19), only(Alarm::Acceleration));
    assert_eq!(alarms_of("generic", 0x0E), only(Alarm::LowExternal));
    assert_eq!(alarms_of("wanway_s20", 0x0E), only(Alarm::LowBattery));
    assert_eq!(alarms_of("concox_wired", 0x30), only(Alarm::Jamming));
    assert_eq!(alarms_of("generic", 0x30), only(Alarm::Braking));
    assert_eq!(alarms_of("gt06_classic", 0x09), only(Alarm::Vibration));
}

#[test]
fn a_command_is_explained_in_words() {
    let mut session = online("concox_wired");
    let command = Command::Interval { moving_s: 30, parked_s: Some(300) };
    let downlink = session.command(id(), &command, FLAG).unwrap();
    let Cut::Frame(frame) = session.deframe(&mut BytesMut::from(&downlink.bytes[..])) else {
        panic!("a frame")
    };
    let fields = session.explain(&frame);
    let field = |name| fields.iter().find(|field| field.name == name).unwrap();
    assert_eq!(field("text").value, "TIMER,30,300#");
    assert_eq!(field("text").meaning, "interval moving 30 s, parked 300 s");
    assert_eq!(field("server flag").value, "0x00001a2b");
}

/// Golden frame, model, command.
fn golden_commands() -> [(&'static str, &'static str, Command); 20] {
    let set = Command::SetParameter;
    let zone = |text| set(Parameter::TimeZone(ZoneOffset::parse(text).unwrap()));
    let interval = |moving_s, parked_s| Command::Interval { moving_s, parked_s };
    [
        ("command_locate", "concox_wired", Command::Locate),
        ("command_locate_classic", "gt06_classic", Command::Locate),
        ("command_interval", "wanway_s20", interval(20, None)),
        ("command_intervals", "concox_wired", interval(30, Some(300))),
        ("command_intervals_asset", "jimi_asset", interval(30, Some(3600))),
        ("command_parameters", "concox_wired", Command::ReadParameters),
        ("command_heartbeat", "concox_wired", set(Parameter::Heartbeat { every_s: 180 })),
        ("command_heartbeat_asset", "jimi_asset", set(Parameter::Heartbeat { every_s: 600 })),
        ("command_zone_east", "concox_wired", zone("+08:00")),
        ("command_zone_west", "wanway_s20", zone("-03:30")),
        ("command_speed_limit", "jimi_4g", set(Parameter::SpeedLimit { kmh: Some(120) })),
        ("command_speed_limit_off", "jimi_4g", set(Parameter::SpeedLimit { kmh: None })),
        ("command_vibration_on", "concox_wired", set(Parameter::VibrationAlarm(true))),
        ("command_vibration_off", "concox_wired", set(Parameter::VibrationAlarm(false))),
        ("command_restart", "concox_wired", Command::Restart),
        ("command_relay_cut", "concox_wired", Command::Relay(Relay::Cut)),
        ("command_relay_restore", "concox_wired", Command::Relay(Relay::Restore)),
        ("command_relay_cut_classic", "gt06_classic", Command::Relay(Relay::Cut)),
        ("command_relay_restore_classic", "gt06_classic", Command::Relay(Relay::Restore)),
        ("command_without_language", "clone_local", Command::Locate),
    ]
}

#[test]
fn commands_are_encoded_as_the_golden_frames_and_explained_as_what_they_are() {
    let golden = wire::testing::golden(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/frames")));
    for (name, model, command) in golden_commands() {
        let mut session = online(model);
        let downlink = session.command(id(), &command, FLAG).unwrap();
        let expected = golden.iter().find(|golden| golden.name == name).unwrap();
        assert_eq!(hex::encode(&downlink.bytes), hex::encode(&expected.bytes), "{name}");
        let Cut::Frame(frame) = session.deframe(&mut BytesMut::from(&expected.bytes[..])) else {
            panic!("{name} is no frame")
        };
        let fields = session.explain(&frame);
        let meaning = fields.iter().find(|field| field.name == "text").map(|field| field.meaning.as_str());
        assert_eq!(meaning, Some(command.to_string().as_str()), "{name}");
    }
}
