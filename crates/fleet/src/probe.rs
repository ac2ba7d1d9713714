//! One device that shows whether a server takes what devices say: it logs in, says that it is alive and where it is, and waits for
//! each answer.
//!
//! Shape: [`probe`] is one whole connection; whether the position is stored, the caller asks. Units: waits in real time. Errors:
//! [`ProbeError`] says at which step. Source: `reliability.md` §5 (synthetic device).

use crate::link::{ANSWER_MAX, Link, LinkError};
use crate::tracker::Device;
use model::unit::Speed;
use model::{
    Alarms, Attribute, Attributes, Coordinates, Course, DeviceTime, Fix, Measured, Position, Timestamp,
    ZoneOffset, ZoneSource,
};
use std::net::SocketAddr;
use tokio::time::timeout;
use wire::{Answer, Terminal, Upload};

/// What a device does, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It connects and logs in.
    LogIn,
    /// It says that it is alive.
    Heartbeat,
    /// It says where it is.
    Position,
}

/// Why a server did not take what a device said.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct ProbeError {
    /// What it was about to do.
    pub step: Step,
    reason: LinkError,
}

/// Logs in, says that it is alive and sends one position. Each answer stands for a commit, as every tracker's does.
pub async fn probe(target: SocketAddr, device: Device, position: &Position) -> Result<(), ProbeError> {
    let failed = |step| move |reason: LinkError| ProbeError { step, reason };
    let mut terminal = device.protocol.terminal(device.terminal);
    let mut link = Link::open(target, terminal.as_mut()).await.map_err(failed(Step::LogIn))?;
    let heartbeat = terminal.heartbeat();
    say(&mut link, terminal.as_mut(), &heartbeat).await.map_err(failed(Step::Heartbeat))?;
    let report = terminal.position(position);
    say(&mut link, terminal.as_mut(), &report).await.map_err(failed(Step::Position))
}

/// Sends a frame, and waits for its answer if it is one that is answered.
async fn say(link: &mut Link, terminal: &mut dyn Terminal, upload: &Upload) -> Result<(), LinkError> {
    link.queue(&upload.bytes);
    link.flush().await?;
    if !upload.answered {
        return Ok(());
    }
    let answered = async {
        loop {
            while let Some(answer) = link.answer(terminal) {
                if matches!(answer, Answer::Acknowledged { serial, .. } if serial == upload.serial) {
                    return Ok(());
                }
            }
            link.read().await?;
        }
    };
    timeout(ANSWER_MAX, answered).await.unwrap_or(Err(LinkError::Overdue))
}

/// Parked at sea, 2,700 km from any land: what is stored of it lies in no place that anybody watches.
pub fn at_sea(at: Timestamp) -> Option<Position> {
    // Devices count whole seconds.
    let wall = Timestamp::from_ms(at.ms() / 1000 * 1000);
    Some(Position {
        time: DeviceTime::Clock { wall, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        fix: Fix::Gnss(Coordinates::from_degrees(POINT_NEMO.0, POINT_NEMO.1).ok()?),
        speed: Some(Speed::from_kmh(0)),
        course: Course::from_degrees(0),
        altitude: None,
        satellites: Some(SATELLITES),
        buffered: false,
        alarms: Alarms::NONE,
        attributes: Attributes(vec![Attribute::Ignition(false)]),
        // The server hashes what it reads on the wire; a device has no use for the hash.
        measured: Measured { version: 0, hash: 0 },
    })
}

/// On the grid that every protocol carries.
const POINT_NEMO: (f64, f64) = (-48.876_67, -123.393_33);
/// As many as a good sky has.
const SATELLITES: u8 = 9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{Deed, FAKES, FakeServer, TERSE};
    use crate::number;

    async fn probed(server: &FakeServer, protocol: &'static dyn wire::Protocol) -> Option<Step> {
        let device = Device { terminal: number::terminal(protocol.name(), 1).unwrap(), protocol };
        let position = at_sea(Timestamp::from_ms(1_800_000_000_500)).unwrap();
        probe(server.address, device, &position).await.err().map(|error| error.step)
    }

    #[tokio::test]
    async fn a_server_that_answers_everything_has_the_position_even_if_it_answers_no_heartbeats() {
        let terse: &dyn wire::Protocol = &TERSE;
        for protocol in FAKES.iter().copied().chain([terse]) {
            let server = FakeServer::start(|_, _| Deed::Answer).await;
            assert_eq!(probed(&server, protocol).await, None);
            let times: Vec<i64> = server.reports().iter().map(|(_, at)| *at).collect();
            assert_eq!(times, [1_800_000_000]);
        }
    }

    #[tokio::test]
    async fn the_step_that_is_not_answered_is_named() {
        let refuses = FakeServer::start(|_, _| Deed::Refuse).await;
        assert_eq!(probed(&refuses, FAKES[0]).await, Some(Step::LogIn));
        let hangs = [
            (FakeServer::start(|_, frame| hang_at(0, frame)).await, Step::LogIn),
            (FakeServer::start(|_, frame| hang_at(1, frame)).await, Step::Heartbeat),
            (FakeServer::start(|_, frame| hang_at(2, frame)).await, Step::Position),
        ];
        for (server, step) in hangs {
            assert_eq!(probed(&server, FAKES[0]).await, Some(step));
        }
    }

    fn hang_at(frame: usize, now: usize) -> Deed {
        if frame == now { Deed::Hang } else { Deed::Answer }
    }
}
