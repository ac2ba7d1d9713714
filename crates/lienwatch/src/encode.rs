//! `lienwatch encode`: builds frames as a terminal would send them.
//!
//! Shape: arguments → one line of hex a frame. Units: as on the command line. Errors: a terminal id that the protocol
//! would carry as another one, a place that is not on Earth; what a protocol has no field for is left out.

use crate::cli::{Encode, EncodeMessage, Ignition};
use crate::config::protocol_name;
use crate::exit::{Exit, Failure};
use crate::listing;
use anyhow::Result;
use bytes::{Bytes, BytesMut};
use model::{
    Alarm, Alarms, Altitude, Attribute, Attributes, Coordinates, Course, DeviceTime, Event, Fix, Measured,
    Position, Speed, TerminalId, Timestamp, ZoneOffset, ZoneSource,
};
use wire::{Authenticator, Cut, Protocol, Terminal};

/// Prints the frames in hex.
pub(crate) fn encode(args: &Encode) -> Result<Exit> {
    for frame in frames(args)? {
        listing::line(&hex::encode(frame))?;
    }
    Ok(Exit::Ok)
}

fn frames(args: &Encode) -> Result<Vec<Bytes>> {
    let name = protocol_name(&args.protocol)?;
    let id = TerminalId::parse(&args.terminal).map_err(|error| usage(error.to_string()))?;
    let Some(protocol) = protocols::ALL.iter().find(|protocol| protocol.name() == name) else {
        return Err(usage(format!("{name} is not on the list")));
    };
    if arriving(*protocol, id) != Some(id) {
        let form = protocol.terminal_form();
        return Err(usage(format!("{name} cannot carry the terminal {id}; it carries {form}")));
    }
    let mut terminal = protocol.terminal(id);
    Ok(match args.message {
        EncodeMessage::Login => vec![terminal.login()],
        EncodeMessage::Heartbeat => vec![terminal.heartbeat().bytes],
        EncodeMessage::Position => vec![terminal.position(&position(args)?).bytes],
        EncodeMessage::Batch if args.live => {
            trip(args)?.iter().map(|position| terminal.position(position).bytes).collect()
        }
        EncodeMessage::Batch => batch(*protocol, terminal.as_mut(), &trip(args)?),
    })
}

fn usage(message: impl Into<String>) -> anyhow::Error {
    Failure::error(Exit::Usage, message)
}

/// As whom a terminal is known that logs in: an id that a protocol cannot carry arrives as another one.
pub(crate) fn arriving(protocol: &dyn Protocol, id: TerminalId) -> Option<TerminalId> {
    let mut session = protocol.open(Authenticator::Open);
    match session.deframe(&mut BytesMut::from(protocol.terminal(id).login().as_ref())) {
        Cut::Frame(frame) => session.terminal_of(&frame),
        Cut::Need | Cut::Skipped { .. } | Cut::Lost(_) => None,
    }
}

/// As few frames as the protocol can do it with: a batch holds what fits into it.
fn batch(protocol: &dyn Protocol, terminal: &mut dyn Terminal, positions: &[Position]) -> Vec<Bytes> {
    let (mut frames, mut rest) = (Vec::new(), positions);
    while let Some(first) = rest.first() {
        let batch = terminal.batch(rest).map(|upload| (carried(protocol, &upload.bytes), upload.bytes));
        let (count, frame) = match batch {
            Some((count, frame)) if count > 0 => (count, frame),
            _ => (1, terminal.position(first).bytes),
        };
        frames.push(frame);
        rest = rest.get(count..).unwrap_or_default();
    }
    frames
}

/// How many positions a frame carries.
fn carried(protocol: &dyn Protocol, frame: &[u8]) -> usize {
    let decoded = wire::decode(&[protocol], frame, None);
    let events = decoded.reaction.map(|reaction| reaction.events).unwrap_or_default();
    events.iter().filter(|event| matches!(event, Event::Position(_))).count()
}

/// The positions of a batch, oldest first: the car drives on at its speed and course, and ends at the place given.
fn trip(args: &Encode) -> Result<Vec<Position>> {
    let last = position(args)?;
    let every_ms = i64::try_from(args.every.as_millis())?;
    let metres = f64::from(args.speed) / 3.6 * args.every.as_secs_f64();
    let heading = f64::from(args.course).to_radians();
    let positions = (0..args.count).rev().map(|steps| {
        let back = metres * f64::from(steps) / METRES_A_DEGREE;
        let fix = match last.fix {
            Fix::Gnss(place) => {
                let north = place.lat() - back * heading.cos();
                let east = place.lon() - back * heading.sin() / place.lat().to_radians().cos().max(0.01);
                Fix::Gnss(Coordinates::from_degrees(north, east).map_err(|error| usage(error.to_string()))?)
            }
            Fix::None => Fix::None,
        };
        let time = match last.time {
            DeviceTime::Clock { wall, offset, source } => {
                DeviceTime::Clock { wall: wall.plus(-every_ms * i64::from(steps)), offset, source }
            }
            DeviceTime::Unusable => DeviceTime::Unusable,
        };
        Ok(Position { fix, time, buffered: !args.live, ..last.clone() })
    });
    positions.collect()
}

fn position(args: &Encode) -> Result<Position> {
    let fix = match (args.lat, args.lon) {
        (Some(lat), Some(lon)) => {
            Fix::Gnss(Coordinates::from_degrees(lat, lon).map_err(|error| usage(error.to_string()))?)
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
    let ignition = args.ignition.map(|ignition| Attribute::Ignition(ignition == Ignition::On));
    Ok(Position {
        time: DeviceTime::Clock { wall, offset: ZoneOffset::UTC, source: ZoneSource::Profile },
        fix,
        speed: Some(Speed::from_kmh(args.speed)),
        course: Some(course),
        altitude: args.altitude.map(Altitude::from_metres),
        satellites: args.satellites.or_else(|| args.lat.map(|_| 9)),
        buffered: false,
        alarms: args.alarm.iter().fold(Alarms::NONE, |alarms, alarm: &Alarm| alarms.with(*alarm)),
        attributes: ignition.into_iter().collect::<Attributes>(),
        measured: Measured { version: 0, hash: 0 },
    })
}

/// On a meridian.
const METRES_A_DEGREE: f64 = 111_195.0;

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

    #[test]
    fn a_batch_carries_every_position_in_whatever_frames_the_protocol_has() {
        for (name, terminal) in [("gt06", "868120240000015"), ("jt808", "13912345678")] {
            let cli = [
                "encode",
                name,
                "batch",
                "--terminal",
                terminal,
                "--lat",
                "22.5",
                "--lon",
                "114",
                "--speed",
                "36",
            ];
            let args =
                crate::cli::encode_arguments(&[&cli[..], &["--count", "70", "--every", "10s"]].concat());
            let trip = trip(&args).unwrap();
            let protocol = protocols::ALL.iter().find(|protocol| protocol.name() == name).unwrap();
            let mut device = protocol.terminal(TerminalId::parse(terminal).unwrap());
            let frames = batch(*protocol, device.as_mut(), &trip);
            let carried: usize = frames.iter().map(|frame| carried(*protocol, frame)).sum();
            assert_eq!(carried, 70, "{name}");
            let [.., before, last] = &trip[..] else { panic!("two positions") };
            assert_eq!(last.fix_time().unwrap().since(before.fix_time().unwrap()), 10_000);
            // 36 km/h for 10 s are 100 m.
            let step = last.fix.coordinates().unwrap().lat() - before.fix.coordinates().unwrap().lat();
            assert!((step * METRES_A_DEGREE - 100.0).abs() < 0.1, "{step}");
        }
    }

    #[test]
    fn a_live_batch_is_a_frame_for_each_position_and_none_is_told_as_kept() {
        for (name, terminal) in [("gt06", "868120240000015"), ("jt808", "13912345678")] {
            let cli = ["encode", name, "batch", "--terminal", terminal, "--lat", "22.5", "--lon", "114"];
            let said = |more: &[&str]| {
                let args = crate::cli::encode_arguments(&[&cli[..], &["--count", "3"], more].concat());
                let frames = frames(&args).unwrap();
                let protocol = protocols::ALL.iter().find(|protocol| protocol.name() == name).unwrap();
                let decoded = frames.iter().map(|frame| wire::decode(&[*protocol], frame, None));
                let events = decoded.flat_map(|decoded| decoded.reaction.unwrap().events);
                let kept = events.filter_map(|event| match event {
                    Event::Position(position) => Some(position.buffered),
                    _ => None,
                });
                (frames.len(), kept.collect::<Vec<bool>>())
            };
            assert_eq!(said(&["--live"]), (3, vec![false; 3]), "{name}");
            assert_eq!(said(&[]).1, [true; 3], "{name}");
        }
    }
}
