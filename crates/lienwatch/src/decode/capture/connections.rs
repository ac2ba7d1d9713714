//! The connections of a capture, each with two streams.
//!
//! Shape: segments → [`Heard`] in the order of the capture. Who is the device: the side that connected; where the capture
//! began later, the side whose port is not the server's. Memory: [`CONNECTIONS_MAX`], [`HELD_TOTAL_MAX`]. Errors: none.

use super::packet::{Flag, Segment};
use super::stream::{Part, Stream};
use anyhow::Result;
use model::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

/// Something on a connection.
#[derive(Debug)]
pub(crate) struct Heard<'a> {
    pub(crate) connection: ConnectionId,
    pub(crate) ends: &'a Ends,
    pub(crate) at: Timestamp,
    pub(crate) what: What,
}

/// A connection of this capture, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// Who speaks with whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) device: SocketAddr,
    pub(crate) server: SocketAddr,
    pub(crate) beginning: Beginning,
}

/// Whether the capture saw the connection begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    Seen,
    Missed,
}

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Device,
    Server,
}

/// What is heard.
#[derive(Debug)]
pub(crate) enum What {
    Said(Side, Part),
    Closed,
}

type Key = (SocketAddr, SocketAddr);

/// All connections that are open in the capture.
pub(crate) struct Connections {
    server_port: Option<u16>,
    known: HashMap<Key, Connection>,
    /// Connections by when they were last heard.
    by_age: BTreeMap<u64, Key>,
    clock: u64,
    next_id: u64,
    held_bytes: usize,
}

struct Connection {
    id: ConnectionId,
    ends: Ends,
    device: Stream,
    server: Stream,
    finished: [Finished; 2],
    state: State,
    heard: u64,
    at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finished {
    No,
    Yes,
}

/// A closed one is remembered: what is sent again afterwards is no new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Closed,
}

type Hear<'h> = dyn FnMut(Heard<'_>) -> Result<()> + 'h;

impl Connections {
    /// A port that is known to be the server's decides who is who, and leaves the others out.
    pub(crate) fn new(server_port: Option<u16>) -> Self {
        let (known, by_age) = (HashMap::new(), BTreeMap::new());
        Self { server_port, known, by_age, clock: 0, next_id: 1, held_bytes: 0 }
    }

    /// The next segment of the capture.
    pub(crate) fn take(&mut self, at: Timestamp, segment: &Segment<'_>, hear: &mut Hear<'_>) -> Result<()> {
        if self.server_port.is_some_and(|port| segment.from.port() != port && segment.to.port() != port) {
            return Ok(());
        }
        let key = (segment.from.min(segment.to), segment.from.max(segment.to));
        if segment.flag == Flag::Connect && self.is_another(key, segment.sequence) {
            self.close(key, hear)?;
            self.forget(key);
        }
        self.touch(key, at, segment, hear)?;
        let Some(connection) = self.known.get_mut(&key).filter(|open| open.state == State::Open) else {
            return Ok(());
        };
        let held = connection.held_bytes();
        connection.take(segment, hear)?;
        if self.held_bytes > HELD_TOTAL_MAX {
            connection.flush(hear)?;
        }
        self.held_bytes = (self.held_bytes + connection.held_bytes()).saturating_sub(held);
        if segment.flag == Flag::Reset || connection.finished == [Finished::Yes; 2] {
            self.close(key, hear)?;
        }
        Ok(())
    }

    /// The capture ends: everything that is held comes now.
    pub(crate) fn end(mut self, hear: &mut Hear<'_>) -> Result<()> {
        let mut keys: Vec<(ConnectionId, Key)> =
            self.known.iter().map(|(key, open)| (open.id, *key)).collect();
        keys.sort_unstable();
        keys.into_iter().try_for_each(|(_, key)| self.close(key, hear))
    }

    /// Whether a connection between the same ports begins anew; it does not if its first segment comes twice.
    fn is_another(&self, key: Key, sequence: u32) -> bool {
        self.known.get(&key).is_some_and(|known| !known.device.is_opened_by(sequence))
    }

    /// Finds or makes the connection, and lets the oldest go where there are too many.
    fn touch(&mut self, key: Key, at: Timestamp, segment: &Segment<'_>, hear: &mut Hear<'_>) -> Result<()> {
        self.clock += 1;
        if let Some(connection) = self.known.get_mut(&key) {
            self.by_age.remove(&connection.heard);
            (connection.heard, connection.at) = (self.clock, at);
        } else {
            if self.known.len() >= CONNECTIONS_MAX
                && let Some((_, oldest)) = self.by_age.pop_first()
            {
                self.close(oldest, hear)?;
                self.known.remove(&oldest);
            }
            let ends = self.ends(segment);
            let id = ConnectionId(self.next_id);
            self.next_id += 1;
            self.known.insert(key, Connection::new(id, ends, self.clock, at));
        }
        self.by_age.insert(self.clock, key);
        Ok(())
    }

    fn ends(&self, segment: &Segment<'_>) -> Ends {
        let server_is_sender = match (segment.flag, self.server_port) {
            (Flag::Connect, _) => false,
            (Flag::Accept, _) => true,
            (_, Some(port)) => segment.from.port() == port,
            // Devices are given high ports; servers choose low ones.
            (_, None) => segment.from.port() < segment.to.port(),
        };
        let (server, device) =
            if server_is_sender { (segment.from, segment.to) } else { (segment.to, segment.from) };
        let beginning = match segment.flag {
            Flag::Connect | Flag::Accept => Beginning::Seen,
            Flag::Finish | Flag::Reset | Flag::None => Beginning::Missed,
        };
        Ends { device, server, beginning }
    }

    fn close(&mut self, key: Key, hear: &mut Hear<'_>) -> Result<()> {
        let Some(connection) = self.known.get_mut(&key).filter(|open| open.state == State::Open) else {
            return Ok(());
        };
        self.held_bytes = self.held_bytes.saturating_sub(connection.held_bytes());
        connection.state = State::Closed;
        connection.flush(hear)?;
        connection.say(What::Closed, hear)
    }

    fn forget(&mut self, key: Key) {
        if let Some(connection) = self.known.remove(&key) {
            self.by_age.remove(&connection.heard);
        }
    }
}

impl Connection {
    fn new(id: ConnectionId, ends: Ends, heard: u64, at: Timestamp) -> Self {
        Self {
            id,
            ends,
            device: Stream::default(),
            server: Stream::default(),
            finished: [Finished::No; 2],
            state: State::Open,
            heard,
            at,
        }
    }

    fn take(&mut self, segment: &Segment<'_>, hear: &mut Hear<'_>) -> Result<()> {
        let side = if segment.from == self.ends.device { Side::Device } else { Side::Server };
        let (own, peer, finished) = match side {
            Side::Device => (&mut self.device, &mut self.server, &mut self.finished[0]),
            Side::Server => (&mut self.server, &mut self.device, &mut self.finished[1]),
        };
        if matches!(segment.flag, Flag::Connect | Flag::Accept) {
            own.open(segment.sequence);
        }
        if segment.flag == Flag::Finish {
            *finished = Finished::Yes;
        }
        let answered = segment.acknowledges.map(|number| peer.acknowledge(number)).unwrap_or_default();
        let said = own.take(segment.sequence, segment.payload);
        self.tell(side.other(), answered, hear)?;
        self.tell(side, said, hear)
    }

    fn flush(&mut self, hear: &mut Hear<'_>) -> Result<()> {
        let parts = self.device.flush();
        self.tell(Side::Device, parts, hear)?;
        let parts = self.server.flush();
        self.tell(Side::Server, parts, hear)
    }

    fn held_bytes(&self) -> usize {
        self.device.held_bytes() + self.server.held_bytes()
    }

    fn tell(&self, side: Side, parts: Vec<Part>, hear: &mut Hear<'_>) -> Result<()> {
        parts.into_iter().try_for_each(|part| self.say(What::Said(side, part), hear))
    }

    fn say(&self, what: What, hear: &mut Hear<'_>) -> Result<()> {
        hear(Heard { connection: self.id, ends: &self.ends, at: self.at, what })
    }
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::Device => Self::Server,
            Self::Server => Self::Device,
        }
    }
}

/// As many as a server of usual size has devices; at a few hundred bytes each.
const CONNECTIONS_MAX: usize = 65_536;
/// Bytes that wait for missing segments, over all connections.
const HELD_TOTAL_MAX: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::super::testing::{Pcap, Wire};
    use super::*;

    /// What each connection's device said, gaps as `[n]`.
    fn heard(pcap: Vec<u8>, port: Option<u16>) -> Vec<(u64, String)> {
        let mut said: BTreeMap<u64, String> = BTreeMap::new();
        super::super::read_from(std::io::Cursor::new(pcap), port, &mut |heard| {
            let text = said.entry(heard.connection.0).or_default();
            match heard.what {
                What::Said(Side::Device, Part::Bytes(bytes)) => *text += &String::from_utf8(bytes).unwrap(),
                What::Said(Side::Device, Part::Gap(bytes)) => text.extend(["[", &bytes.to_string(), "]"]),
                What::Said(Side::Server, _) => {}
                What::Closed => text.push('.'),
            }
            Ok(())
        })
        .unwrap();
        said.into_iter().collect()
    }

    fn one(text: &str) -> Vec<(u64, String)> {
        vec![(1, text.to_owned())]
    }

    #[test]
    fn every_file_format_and_link_type_gives_the_same_stream() {
        for wire in Wire::ALL {
            for pcap in [Pcap::micro(wire), Pcap::nano_big_endian(wire), Pcap::next_generation(wire)] {
                let pcap = pcap.connect().device("one ").device("two").finish();
                assert_eq!(heard(pcap, None), one("one two."), "{wire:?}");
            }
        }
    }

    #[test]
    fn reordered_and_repeated_segments_come_once_and_in_order() {
        let pcap =
            Pcap::micro(Wire::Ethernet).connect().device("a").skip("b").device("c").again("b").again("c");
        assert_eq!(heard(pcap.finish(), None), one("abc."));
    }

    #[test]
    fn a_lost_segment_is_a_gap_and_the_rest_is_heard() {
        let pcap = Pcap::micro(Wire::Ethernet).connect().device("a").skip("bcd").device("e").acknowledged();
        assert_eq!(heard(pcap.device("f").finish(), None), one("a[3]ef."));
        let unacknowledged = Pcap::micro(Wire::Ethernet).connect().device("a").skip("bcd").device("e");
        assert_eq!(heard(unacknowledged.finish(), None), one("a[3]e."));
    }

    #[test]
    fn a_capture_that_begins_in_the_middle_knows_the_device_by_its_high_port() {
        let pcap = Pcap::micro(Wire::Ethernet).device("abc").finish();
        assert_eq!(heard(pcap.clone(), None), one("abc."));
        assert_eq!(heard(pcap.clone(), Some(7018)), one("abc."));
        assert_eq!(heard(pcap, Some(80)), []);
    }

    #[test]
    fn a_segment_that_opens_twice_opens_once() {
        let pcap = Pcap::micro(Wire::Ethernet).connect().connect().device("a");
        assert_eq!(heard(pcap.clone().finish(), None), one("a."));
        assert_eq!(heard(pcap.connect().at(1_001).device("b").finish(), None), one("ab."));
    }

    #[test]
    fn the_same_ports_again_are_another_connection() {
        let pcap = Pcap::micro(Wire::Ethernet).connect().device("one").reset().again("one");
        let pcap = pcap.connect_anew().device("two").finish();
        assert_eq!(heard(pcap, None), [(1, "one.".into()), (2, "two.".into())]);
    }
}
