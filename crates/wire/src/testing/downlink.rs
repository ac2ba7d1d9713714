//! What a server tells a device: every command that a protocol has, with any values, is one whole frame to the device.
//!
//! Shape: the protocol and any bytes → nothing, or a panic that says what is wrong.

use super::survival::{NOW, REPLY_MAX, is_one_frame_to_a_device, somebody};
use crate::{Admission, Authenticator, Cut, Protocol, Session};
use bytes::BytesMut;
use model::command::{Notice, Parameter, Relay};
use model::{Command, ModelCode, Profile, ZoneOffset};

/// Every command that any model of the protocol knows, with values out of the bytes.
pub(super) fn is_commanded(protocol: &dyn Protocol, bytes: &[u8]) {
    let mut bytes = bytes.iter().copied().chain(std::iter::repeat(0));
    let mut number = || bytes.by_ref().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(byte));
    let (seconds, parked, minutes, flag) = (number(), number(), number(), number());
    for model in protocol.models() {
        let code = ModelCode::parse(model.code).ok();
        assert!(code.is_some(), "the code of {}", model.label);
        let mut session = protocol.open(Authenticator::Open);
        log_in(protocol, session.as_mut(), Profile { model: code, ..Profile::default() });
        for command in commands(seconds, parked, minutes) {
            if let Ok(downlink) = session.command(somebody(), &command, flag) {
                assert!(downlink.bytes.len() <= REPLY_MAX, "{command}: {} bytes", downlink.bytes.len());
                is_one_frame_to_a_device(protocol, &downlink.bytes);
            }
        }
    }
}

/// The device says who it is, and is known.
fn log_in(protocol: &dyn Protocol, session: &mut dyn Session, profile: Profile) {
    let mut input = BytesMut::from(&*protocol.terminal(somebody()).login());
    while let Cut::Frame(frame) = session.deframe(&mut input) {
        let terminal = session.terminal_of(&frame).unwrap_or_else(somebody);
        session.admit(terminal, Admission::Known(profile));
        session.handle(&frame, NOW);
    }
}

fn commands(seconds: u32, parked: u32, minutes: u32) -> Vec<Command> {
    let small = |number: u32| u16::try_from(number & 0xFFFF).unwrap_or(0);
    let east = i32::from(small(parked)) * 4 - 86_400;
    vec![
        Command::Locate,
        Command::Interval { moving_s: seconds, parked_s: Some(parked) },
        Command::Interval { moving_s: seconds, parked_s: None },
        Command::Tracking { every_s: seconds, minutes: small(minutes) },
        Command::ReadParameters,
        Command::SetParameter(Parameter::Heartbeat { every_s: seconds }),
        Command::SetParameter(Parameter::TimeZone(ZoneOffset::from_seconds(east).unwrap_or(ZoneOffset::UTC))),
        Command::SetParameter(Parameter::SpeedLimit { kmh: Some(small(seconds)) }),
        Command::SetParameter(Parameter::SpeedLimit { kmh: None }),
        Command::SetParameter(Parameter::VibrationAlarm(minutes & 1 == 0)),
        Command::Restart,
        Command::Text(Notice::PaymentOverdue),
        Command::Text(Notice::CallLender),
        Command::Text(Notice::DeviceService),
        Command::Relay(Relay::Cut),
        Command::Relay(Relay::Restore),
    ]
}
