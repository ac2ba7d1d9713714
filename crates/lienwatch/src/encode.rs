//! `lienwatch encode`: builds a frame as a terminal would send it.

use crate::cli::{Encode, EncodeMessage};
use crate::config::protocol_name;
use crate::exit::{Exit, Failure};
use crate::println_out;
use anyhow::Result;
use bytes::BytesMut;
use model::{
    Alarms, Attributes, Coordinates, Course, DeviceTime, Fix, Measured, Position, Speed, TerminalId,
    Timestamp, ZoneOffset, ZoneSource,
};
use wire::{Authenticator, Cut, Protocol};

/// Prints the frame in hex.
pub(crate) fn encode(args: &Encode) -> Result<Exit> {
    let name = protocol_name(&args.protocol)?;
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let id = TerminalId::parse(&args.terminal).map_err(|error| usage(error.to_string()))?;
    let Some(protocol) = protocols::ALL.iter().find(|protocol| protocol.name() == name) else {
        return Err(usage(format!("{name} is not on the list")));
    };
    if arriving(*protocol, id) != Some(id) {
        let form = protocol.terminal_form();
        return Err(usage(format!("{name} cannot carry the terminal {id}; it carries {form}")));
    }
    let mut terminal = protocol.terminal(id);
    let frame = match args.message {
        EncodeMessage::Login => terminal.login(),
        EncodeMessage::Heartbeat => terminal.heartbeat().bytes,
        EncodeMessage::Position => terminal.position(&position(args)?).bytes,
    };
    println_out(&hex::encode(frame));
    Ok(Exit::Ok)
}

/// As whom a terminal is known that logs in: an id that a protocol cannot carry arrives as another one.
fn arriving(protocol: &dyn Protocol, id: TerminalId) -> Option<TerminalId> {
    let mut session = protocol.open(Authenticator::Open);
    match session.deframe(&mut BytesMut::from(protocol.terminal(id).login().as_ref())) {
        Cut::Frame(frame) => session.terminal_of(&frame),
        Cut::Need | Cut::Skipped { .. } | Cut::Lost(_) => None,
    }
}

fn position(args: &Encode) -> Result<Position> {
    let usage = |message: &str| Failure::error(Exit::Usage, message);
    let fix = match (args.lat, args.lon) {
        (Some(lat), Some(lon)) => {
            Fix::Gnss(Coordinates::from_degrees(lat, lon).map_err(|error| usage(&error.to_string()))?)
        }
        (None, None) => Fix::None,
        _ => return Err(usage("--lat and --lon go together; without both there is no fix")),
    };
    let now = journal::Clock::system().now();
    let at = match args.time {
        Some(at) => at.on(now),
        None => now,
    };
    // Devices count whole seconds.
    let wall = Timestamp::from_ms(at.ms() / 1000 * 1000);
    let course = Course::from_degrees(args.course).ok_or_else(|| usage("a course is 0 to 360 degrees"))?;
    Ok(Position {
        time: DeviceTime::Clock { wall, offset: ZoneOffset::UTC, source: ZoneSource::Profile },
        fix,
        speed: Some(Speed::from_kmh(args.speed)),
        course: Some(course),
        altitude: None,
        satellites: args.lat.map(|_| 9),
        buffered: false,
        alarms: Alarms::NONE,
        attributes: Attributes::default(),
        measured: Measured { version: 0, hash: 0 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_a_protocol_cannot_carry_does_not_arrive_as_itself() {
        for (name, terminal, fits) in [
            ("gt06", "868120240000015", true),
            ("gt06", "13912345678", false),
            ("gt06", "TRUCK7", false),
            ("jt808", "13912345678", true),
            ("jt808", "868120240000015", false),
        ] {
            let id = TerminalId::parse(terminal).unwrap();
            let protocol = protocols::ALL.iter().find(|protocol| protocol.name() == name).unwrap();
            assert_eq!(arriving(*protocol, id) == Some(id), fits, "{name} {terminal}");
        }
    }
}
