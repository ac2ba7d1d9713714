//! `lienwatch encode`: builds a frame as a terminal would send it.

use crate::cli::{Encode, EncodeMessage};
use crate::config::protocol_name;
use crate::exit::{Exit, Failure};
use crate::println_out;
use anyhow::Result;
use model::{
    Alarms, Attributes, Coordinates, Course, DeviceTime, Fix, Measured, Position, Speed, TerminalId,
    Timestamp, ZoneOffset, ZoneSource,
};

/// Prints the frame in hex.
pub(crate) fn encode(args: &Encode) -> Result<Exit> {
    let name = protocol_name(&args.protocol)?;
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let id = TerminalId::parse(&args.terminal).map_err(|error| usage(error.to_string()))?;
    let Some(protocol) = protocols::ALL.iter().find(|protocol| protocol.name() == name) else {
        return Err(usage(format!("{name} is not on the list")));
    };
    let mut terminal = protocol.terminal(id);
    let frame = match args.message {
        EncodeMessage::Login => terminal.login(),
        EncodeMessage::Heartbeat => terminal.heartbeat().bytes,
        EncodeMessage::Position => terminal.position(&position(args)?).bytes,
    };
    println_out(&hex::encode(frame));
    Ok(Exit::Ok)
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
    let at = match args.time {
        Some(at) => at,
        None => crate::cli::instant("now").map_err(|error| usage(&error))?,
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
