//! What a device model changes: commands down and back, acknowledgement, items, alarms.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop"
)]

use bytes::BytesMut;
use jt808::JT808;
use model::command::{CommandKind, Notice, Parameter, Relay};
use model::{
    Acknowledgement, Alarm, Alarms, AnswerKey, Command, Event, ModelCode, Position, Profile, TerminalId,
    Timestamp,
};
use std::path::Path;
use wire::{
    Admission, Answer, Authenticator, Cut, Protocol, Reaction, Reply, Session, Terminal, Unsupported, testing,
};

const FLAG: u32 = 77;

fn id() -> TerminalId {
    TerminalId::parse("13912345678").unwrap()
}

fn named(code: &str) -> Profile {
    Profile { model: Some(ModelCode::parse(code).unwrap()), ..Profile::default() }
}

fn golden(name: &str) -> Vec<u8> {
    let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("frames");
    testing::golden(&frames).into_iter().find(|golden| golden.name == name).unwrap().bytes
}

fn feed(session: &mut dyn Session, bytes: &[u8]) -> Reaction {
    match session.deframe(&mut BytesMut::from(bytes)) {
        Cut::Frame(frame) => session.handle(&frame, Timestamp::from_ms(0)),
        other => panic!("no frame but {other:?}"),
    }
}

/// A session whose terminal has spoken and is taken for this model.
fn online(code: &str) -> Box<dyn Session> {
    let mut session = JT808.open(Authenticator::Open);
    session.admit(id(), Admission::Known(named(code)));
    feed(session.as_mut(), &JT808.terminal(id()).heartbeat().bytes);
    session
}

/// What the server hears of a device that was told this, and by what it knows the answer.
fn told(
    session: &mut dyn Session,
    terminal: &mut dyn Terminal,
    command: &Command,
) -> (AnswerKey, Vec<Event>) {
    let downlink = session.command(id(), command, FLAG).unwrap();
    match terminal.receive(&mut BytesMut::from(&downlink.bytes[..])) {
        Some(Answer::Command { reply }) => (downlink.key, feed(session, &reply).events),
        other => panic!("no answer but {other:?}"),
    }
}

/// The token of the answer, and whether it was done.
fn answered(events: &[Event]) -> (Option<u32>, bool) {
    match events.first() {
        Some(Event::CommandReply { token, .. }) => (*token, true),
        Some(Event::CommandRefused { token, .. }) => (*token, false),
        other => panic!("no answer but {other:?}"),
    }
}

fn position(reaction: &Reaction) -> &Position {
    match reaction.events.first() {
        Some(Event::Position(position)) => position,
        other => panic!("a position, not {other:?}"),
    }
}

fn commands() -> [Command; 11] {
    [
        Command::Locate,
        Command::Interval { moving_s: 30, parked_s: Some(600) },
        Command::Tracking { every_s: 10, minutes: 30 },
        Command::ReadParameters,
        Command::SetParameter(Parameter::Heartbeat { every_s: 90 }),
        Command::SetParameter(Parameter::TimeZone(model::ZoneOffset::CHINA)),
        Command::SetParameter(Parameter::SpeedLimit { kmh: Some(100) }),
        Command::SetParameter(Parameter::VibrationAlarm(true)),
        Command::Restart,
        Command::Text(Notice::CallLender),
        Command::Relay(Relay::Restore),
    ]
}

#[test]
fn every_model_is_told_what_it_lists_and_answers_under_the_platforms_serial() {
    assert_eq!(commands().map(Command::kind), CommandKind::ALL);
    for row in JT808.models() {
        let (mut session, mut terminal) = (online(row.code), JT808.terminal(id()));
        let live = feed(session.as_mut(), &golden("location_2013"));
        terminal.position(position(&live));
        for command in commands() {
            if row.knows(command.kind()) {
                let (key, events) = told(session.as_mut(), terminal.as_mut(), &command);
                let AnswerKey::Serial(serial) = key else { panic!("JT/T 808 answers by serial") };
                assert_eq!(answered(&events), (Some(u32::from(serial)), true), "{} {command}", row.code);
            } else {
                let refused = session.command(id(), &command, FLAG);
                assert!(matches!(refused, Err(Unsupported::Model { .. })), "{} {command}", row.code);
            }
        }
    }
}

#[test]
fn a_command_goes_down_in_the_edition_that_came_up_last() {
    let mut session = JT808.open(Authenticator::Open);
    assert_eq!(session.command(id(), &Command::Locate, FLAG), Err(Unsupported::Stranger));
    feed(session.as_mut(), &golden("heartbeat_2019"));
    let down = session.command(id(), &Command::Locate, FLAG).unwrap();
    assert_eq!(hex::encode(&down.bytes[..18]), "7e820140000100000000013912345678000 1".replace(' ', ""));
    feed(session.as_mut(), &golden("heartbeat_2013"));
    let down = session.command(id(), &Command::Locate, FLAG).unwrap();
    assert_eq!(down.key, AnswerKey::Serial(3));
    assert_eq!(hex::encode(&down.bytes[..13]), "7e82010000013912345678 0003".replace(' ', ""));
    let other = TerminalId::parse("13912345679").unwrap();
    assert_eq!(session.command(other, &Command::Locate, FLAG), Err(Unsupported::Stranger));
}

#[test]
fn who_comes_with_a_wrong_code_gets_no_command() {
    let mut session = JT808.open(Authenticator::Keyed([7; 32]));
    feed(session.as_mut(), &golden("auth_2013"));
    assert_eq!(session.command(id(), &Command::Locate, FLAG), Err(Unsupported::Stranger));
    feed(session.as_mut(), &golden("heartbeat_2013"));
    assert!(session.command(id(), &Command::Locate, FLAG).is_ok());
}

#[test]
fn a_terminal_behind_a_gateway_is_told_by_its_own_model() {
    let mut session = JT808.open(Authenticator::Open);
    let (lock, tracker) =
        (TerminalId::parse("13800000001").unwrap(), TerminalId::parse("13800000002").unwrap());
    for (terminal, model) in [(lock, "cargo_lock"), (tracker, "g10ls")] {
        session.admit(terminal, Admission::Known(named(model)));
        feed(session.as_mut(), &JT808.terminal(terminal).heartbeat().bytes);
    }
    assert!(session.command(tracker, &Command::Relay(Relay::Restore), FLAG).is_ok());
    let refused = session.command(lock, &Command::Relay(Relay::Restore), FLAG).unwrap_err();
    assert!(refused.to_string().starts_with("the model cargo_lock "), "{refused}");
    // Chosen anew since its last frame.
    session.admit(lock, Admission::Known(named("g10ls")));
    assert!(session.command(lock, &Command::Relay(Relay::Restore), FLAG).is_ok());
}

#[test]
fn a_terminal_that_does_not_know_its_place_fails_to_tell_it() {
    let (mut session, mut terminal) = (online("generic"), JT808.terminal(id()));
    let (_, events) = told(session.as_mut(), terminal.as_mut(), &Command::Locate);
    assert_eq!(events, [Event::CommandRefused { token: Some(1), text: "0x8201 failed".to_owned() }]);
}

#[test]
fn a_terminal_keeps_what_it_is_set_to() {
    let (mut session, mut terminal) = (online("generic"), JT808.terminal(id()));
    told(session.as_mut(), terminal.as_mut(), &Command::Interval { moving_s: 15, parked_s: Some(3600) });
    let (_, events) = told(session.as_mut(), terminal.as_mut(), &Command::ReadParameters);
    let [_, Event::Status { attributes }] = events.as_slice() else { panic!("reply and status: {events:?}") };
    let shown = format!("{attributes:?}");
    for (name, value) in [("interval_s", "15"), ("interval_asleep_s", "3600"), ("heartbeat_s", "60")] {
        assert!(shown.contains(&format!("name: \"{name}\", value: \"{value}\"")), "{name}: {shown}");
    }
}

#[test]
fn a_control_that_no_model_knows_is_refused() {
    let mut terminal = JT808.terminal(id());
    // 0x8105, factory reset: never ours.
    let mut content = hex::decode("8105000101391234567800090 5".replace(' ', "")).unwrap();
    content.push(wire::checksum::xor(&content));
    let frame = [&[0x7E][..], &content, &[0x7E]].concat();
    let Some(Answer::Command { reply }) = terminal.receive(&mut BytesMut::from(&frame[..])) else {
        panic!("a device answers what it does not know, too")
    };
    let events = feed(online("generic").as_mut(), &reply).events;
    let text = "0x8105 not supported".to_owned();
    assert_eq!(events, [Event::CommandRefused { token: Some(9), text }]);
}

#[test]
fn a_named_maker_reads_its_items_and_alarm_bits_from_the_first_frame_on() {
    let is_version =
        |reaction: &Reaction| position(reaction).attributes.iter().any(|a| a.name() == "version");
    assert!(!is_version(&feed(online("generic").as_mut(), &golden("location_disputed"))));
    assert!(is_version(&feed(online("gps51").as_mut(), &golden("location_disputed"))));
    let alarms = |code: &str| position(&feed(online(code).as_mut(), &with_alarm_word(1 << 16))).alarms;
    assert_eq!(alarms("generic"), Alarms::NONE.with(Alarm::General));
    assert_eq!(alarms("g10ls"), Alarms::NONE.with(Alarm::Vibration));
    assert_eq!(alarms("standard_2019"), Alarms::NONE.with(Alarm::TyrePressure));
}

/// The published location with another alarm word; no byte of it needs escaping.
fn with_alarm_word(word: u32) -> Vec<u8> {
    let mut bytes = golden("location_2013");
    bytes[13..17].copy_from_slice(&word.to_be_bytes());
    let end = bytes.len() - 2;
    bytes[end] = wire::checksum::xor(&bytes[1..end]);
    bytes
}

#[test]
fn a_policy_of_the_required_answers_spares_the_answers_to_commands_only() {
    let mut session = online("generic");
    let required = Profile { acknowledgement: Some(Acknowledgement::Required), ..Profile::default() };
    session.admit(id(), Admission::Known(required));
    let mut reply = |name: &str| feed(session.as_mut(), &golden(name)).reply;
    for name in ["heartbeat_2013", "location_2013", "auth_2013", "batch_normal", "register_2013"] {
        assert!(matches!(reply(name), Reply::Durable(_)), "{name}");
    }
    for name in ["location_answer", "recorder", "text_answer", "unknown"] {
        assert_eq!(reply(name), Reply::None, "{name}");
    }
}

/// Golden frame, edition that the terminal speaks, model, command.
fn golden_commands() -> [(&'static str, &'static str, &'static str, Command); 20] {
    const OLD: &str = "heartbeat_2013";
    const NEW: &str = "heartbeat_2019";
    let set = Command::SetParameter;
    let interval = |moving_s, parked_s| Command::Interval { moving_s, parked_s };
    let track = Command::Tracking { every_s: 10, minutes: 30 };
    [
        ("command_locate", OLD, "generic", Command::Locate),
        ("command_locate_2019", NEW, "generic", Command::Locate),
        ("command_interval", OLD, "generic", interval(30, None)),
        ("command_intervals", OLD, "generic", interval(30, Some(3600))),
        ("command_intervals_2019", NEW, "standard_2019", interval(30, Some(3600))),
        ("command_tracking", OLD, "generic", track),
        ("command_tracking_2019", NEW, "standard_2019", track),
        ("command_parameters", OLD, "generic", Command::ReadParameters),
        ("command_heartbeat", OLD, "generic", set(Parameter::Heartbeat { every_s: 90 })),
        ("command_speed_limit", OLD, "generic", set(Parameter::SpeedLimit { kmh: Some(120) })),
        ("command_restart", OLD, "generic", Command::Restart),
        ("command_text", OLD, "generic", Command::Text(Notice::PaymentOverdue)),
        ("command_text_2019", NEW, "standard_2019", Command::Text(Notice::CallLender)),
        ("command_text_service", OLD, "generic", Command::Text(Notice::DeviceService)),
        ("command_relay_cut", OLD, "g10ls", Command::Relay(Relay::Cut)),
        ("command_relay_restore", OLD, "g10ls", Command::Relay(Relay::Restore)),
        ("command_relay_cut_aovx", OLD, "aovx", Command::Relay(Relay::Cut)),
        ("command_relay_restore_aovx", OLD, "aovx", Command::Relay(Relay::Restore)),
        ("command_relay_cut_wired", OLD, "wired", Command::Relay(Relay::Cut)),
        ("command_relay_restore_wired", OLD, "wired", Command::Relay(Relay::Restore)),
    ]
}

#[test]
fn commands_are_encoded_as_the_golden_frames() {
    for (name, spoken, model, command) in golden_commands() {
        let mut session = JT808.open(Authenticator::Open);
        session.admit(id(), Admission::Known(named(model)));
        feed(session.as_mut(), &golden(spoken));
        let downlink = session.command(id(), &command, FLAG).unwrap();
        assert_eq!(downlink.key, AnswerKey::Serial(1));
        assert_eq!(hex::encode(&downlink.bytes), hex::encode(golden(name)), "{name}");
    }
}

#[test]
fn messages_of_the_platform_are_explained() {
    let explained = |name: &str| -> Vec<(&'static str, String, String)> {
        let mut session = JT808.open(Authenticator::Open);
        let Cut::Frame(frame) = session.deframe(&mut BytesMut::from(&golden(name)[..])) else {
            panic!("a frame")
        };
        let body = session.explain(&frame).into_iter().skip_while(|field| field.name != "serial").skip(1);
        let fields: Vec<_> = body.take_while(|field| field.name != "checksum").collect();
        fields.into_iter().map(|field| (field.name, field.value, field.meaning)).collect()
    };
    let row = |name: &'static str, value: &str, meaning: &str| (name, value.to_owned(), meaning.to_owned());
    assert_eq!(
        explained("command_intervals"),
        [
            row("count", "2", ""),
            row("parameter id", "0x0029", "interval_s"),
            row("parameter length", "4", ""),
            row("parameter value", "0000001e", "30"),
            row("parameter id", "0x0027", "interval_asleep_s"),
            row("parameter length", "4", ""),
            row("parameter value", "00000e10", "3600"),
        ]
    );
    assert_eq!(
        explained("command_tracking"),
        [row("interval", "10", "s; 0 ends it"), row("valid", "1800", "s, 30 min")]
    );
    assert_eq!(explained("command_restart"), [row("command", "04", "restart")]);
    assert_eq!(explained("command_relay_cut"), [row("command", "64", "relay cut")]);
    let text = explained("command_text_2019");
    assert_eq!(text[2], row("text", Notice::CallLender.words(), ""));
    assert_eq!(explained("platform_answer")[2], row("result", "0", "ok"));
    assert_eq!(explained("register_answer")[2], row("code", "AUTH7e", ""));
    assert_eq!(explained("command_some_parameters")[1], row("parameter id", "0x0001", "heartbeat_s"));
}
