//! A tracker that a story moves by hand, and a bare socket for what no tracker would send.
//!
//! Shape: [`Device`] speaks through a protocol's own terminal side, [`Wire`] is bytes only. Units: as in `model`.
//! Errors: an answer that does not come in time.

use crate::server::{ANSWER_MAX, Server};
use anyhow::{Context as _, bail, ensure};
use bytes::{Bytes, BytesMut};
use model::{
    Alarms, Attribute, Attributes, Coordinates, Course, DeviceTime, Fix, Measured, Position, Speed,
    TerminalId, Timestamp, ZoneOffset, ZoneSource,
};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{SystemTime, UNIX_EPOCH};
use wire::{Answer, Terminal};

/// A connection without a protocol.
#[derive(Debug)]
pub struct Wire(TcpStream);

impl Wire {
    /// Connects.
    pub fn connect(server: &Server) -> anyhow::Result<Self> {
        Self::connect_to(server.tracker)
    }

    /// Connects to an address.
    pub fn connect_to(server: SocketAddr) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(server)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(ANSWER_MAX))?;
        Ok(Self(socket))
    }

    /// Sends bytes as one write.
    pub fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.0.write_all(bytes)?)
    }

    /// The next bytes of the server: exactly so many.
    pub fn read(&mut self, count: usize) -> anyhow::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).context("an answer of the server")?;
        Ok(bytes)
    }

    /// Everything that the server still says before it closes.
    pub fn read_to_close(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.0.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            // What it had not read when it closed makes it a reset.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(bytes),
            Err(error) => Err(error).context("the server keeps the connection open"),
        }
    }
}

/// A tracker with a connection.
pub struct Device {
    terminal: Box<dyn Terminal>,
    wire: Wire,
    input: BytesMut,
}

impl Device {
    /// Connects and logs in.
    pub fn login(server: &Server, protocol: &str, id: &str) -> anyhow::Result<Self> {
        Self::login_at(server.tracker, protocol, id)
    }

    /// Connects to an address and logs in.
    pub fn login_at(server: SocketAddr, protocol: &str, id: &str) -> anyhow::Result<Self> {
        let known = protocols::ALL.iter().find(|known| known.name() == protocol);
        let terminal = known.context("a protocol of the list")?.terminal(TerminalId::parse(id)?);
        let mut device = Self { terminal, wire: Wire::connect_to(server)?, input: BytesMut::new() };
        let hello = device.terminal.login();
        device.wire.send(&hello)?;
        loop {
            match device.answer()? {
                Answer::Ready => return Ok(device),
                Answer::Send(next) => device.wire.send(&next)?,
                other => bail!("a login is answered by {other:?}"),
            }
        }
    }

    /// Sends a report and waits until the server has promised to keep it.
    pub fn report(&mut self, position: &Position) -> anyhow::Result<()> {
        let upload = self.terminal.position(position);
        self.wire.send(&upload.bytes)?;
        self.acknowledged(upload.serial)
    }

    /// The frame of a report, to be sent in some other way.
    pub fn frame(&mut self, position: &Position) -> wire::Upload {
        self.terminal.position(position)
    }

    /// The frame of several kept reports, where the protocol has one.
    pub fn batch(&mut self, positions: &[Position]) -> anyhow::Result<wire::Upload> {
        self.terminal.batch(positions).context("the protocol has no batch")
    }

    /// The connection below.
    pub const fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// Waits for the acknowledgement of a frame, which must be the next thing the server says.
    pub fn acknowledged(&mut self, expected: u16) -> anyhow::Result<()> {
        match self.answer()? {
            Answer::Acknowledged { serial, .. } if serial == expected => Ok(()),
            other => bail!("instead of the acknowledgement of {expected}: {other:?}"),
        }
    }

    /// The same, behind acknowledgements of other frames.
    pub fn acknowledged_among_others(&mut self, expected: u16) -> anyhow::Result<()> {
        loop {
            match self.answer()? {
                Answer::Acknowledged { serial, .. } if serial == expected => return Ok(()),
                Answer::Acknowledged { .. } => {}
                other => bail!("instead of the acknowledgement of {expected}: {other:?}"),
            }
        }
    }

    /// Waits until the server orders something; gives what a device answers, to be sent or not.
    pub fn ordered(&mut self) -> anyhow::Result<Bytes> {
        loop {
            match self.answer()? {
                Answer::Command { reply } => return Ok(reply),
                Answer::Acknowledged { .. } => {}
                other => bail!("instead of a command: {other:?}"),
            }
        }
    }

    fn answer(&mut self) -> anyhow::Result<Answer> {
        loop {
            if let Some(answer) = self.terminal.receive(&mut self.input) {
                return Ok(answer);
            }
            let mut chunk = [0; 1024];
            let count = self.wire.0.read(&mut chunk).context("an answer of the server")?;
            ensure!(count > 0, "the server closed the connection");
            self.input.extend_from_slice(chunk.get(..count).unwrap_or_default());
        }
    }
}

/// A report with a fix, in what every protocol carries unchanged: whole seconds, km/h, 1e-5 degrees.
pub fn position(at: Timestamp, lat: f64, lon: f64, kmh: u16) -> anyhow::Result<Position> {
    Ok(Position {
        time: DeviceTime::Clock {
            wall: Timestamp::from_ms(at.ms() / 1000 * 1000),
            offset: ZoneOffset::UTC,
            source: ZoneSource::Profile,
        },
        fix: Fix::Gnss(Coordinates::from_degrees(lat, lon)?),
        speed: Some(Speed::from_kmh(kmh)),
        course: Course::from_degrees(0),
        altitude: None,
        satellites: Some(9),
        buffered: false,
        alarms: Alarms::NONE,
        // Most protocols claim one or the other.
        attributes: Attributes(vec![Attribute::Ignition(false)]),
        measured: Measured { version: 0, hash: 0 },
    })
}

/// What the system's clock says, in whole seconds as devices count.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_secs()).unwrap_or(0) * 1000)
}
