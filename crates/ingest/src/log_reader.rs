//! Reads frames of the log again, each with those of its connection before it: the way they were read when they came.
//!
//! Shape: a frame's row without its events, its bytes and its terminal's profile in; its events out, in the order of the
//! log. Units: as in `model`. Errors: none; bytes that are no frame say [`Event::Raw`]. Source: DESIGN.md §1, fine print 11.
//!
//! A log that begins in the middle of a connection is read as far as a frame alone can be.

use crate::parts::{Parts, Sender, Share};
use crate::talk::shared_out;
use bytes::Bytes;
use model::{Event, PartSet, Profile, Reception, SessionId, TerminalId, Timestamp};
use std::collections::{HashMap, VecDeque};
use wire::decode::cut_alone;
use wire::{Admission, Authenticator, Cut, Frame, Protocol, Session};

/// Reads one log from its beginning to its end.
pub struct LogReader {
    protocols: &'static [&'static dyn Protocol],
    authenticator: Authenticator,
    connections: HashMap<SessionId, Connection>,
    /// Parts of messages that are not whole, over connections, as the server keeps them and as long.
    parts: Parts,
    frames: u64,
}

/// One connection, as far as the log has told.
struct Connection {
    session: Box<dyn Session>,
    speakers: Vec<TerminalId>,
    /// The last frame, and what it says beyond its first input: each further row of it has its share.
    last: Bytes,
    shares: VecDeque<Vec<Event>>,
    /// Of all frames, when it spoke last.
    used: u64,
}

impl LogReader {
    /// For a log of these protocols, by the key of its server.
    pub fn new(protocols: &'static [&'static dyn Protocol], authenticator: Authenticator) -> Self {
        Self { protocols, authenticator, connections: HashMap::new(), parts: Parts::default(), frames: 0 }
    }

    /// What a frame says. `profile`: its terminal's; `None` = nobody had approved it.
    pub fn read(&mut self, row: &Reception, bytes: &[u8], profile: Option<Profile>) -> Vec<Event> {
        let name = row.protocol;
        let Some(protocol) = self.protocols.iter().find(|protocol| protocol.name() == name.as_str()) else {
            return vec![Event::Raw];
        };
        self.frames += 1;
        self.forget_idle();
        let opened = || Connection::opened(*protocol, self.authenticator);
        let connection = self.connections.entry(row.session).or_insert_with(opened);
        connection.used = self.frames;
        if let Some(share) = connection.share(bytes) {
            return share;
        }
        let Some(frame) = connection.cut(bytes, || Connection::opened(*protocol, self.authenticator)) else {
            return vec![Event::Raw];
        };
        let admission = profile.map_or(Admission::Unknown, Admission::Known);
        let at = row.received_at;
        connection.session.admit(row.terminal, admission);
        self.parts.give_up(name, &connection.given_up(at), at);
        let share = if profile.is_some() { Share::Known } else { Share::Stranger };
        let sender = Sender { terminal: row.terminal, protocol: name, share };
        if !connection.speakers.contains(&row.terminal) {
            connection.speakers.push(row.terminal);
            connection.session.restore(row.terminal, &self.parts.of(sender, at), at);
        }
        let reaction = connection.session.handle(&frame, at);
        let said_in = if reaction.parts.is_empty() { frame.wire.len() } else { usize::MAX };
        let said = Reception { events: reaction.events, ..row.clone() };
        connection.last = frame.wire;
        connection.shares = shared_out(said, said_in).into();
        let first = connection.shares.pop_front().unwrap_or_default();
        let whole = self.parts.take(sender, reaction.parts, at).whole;
        self.parts.let_go(whole.as_slice());
        first
    }

    /// The log does not say when a connection ended: those that have been silent longest go.
    fn forget_idle(&mut self) {
        if self.connections.len() < CONNECTIONS_MAX {
            return;
        }
        let mut used: Vec<u64> = self.connections.values().map(|connection| connection.used).collect();
        used.sort_unstable();
        let median = used.get(used.len() / 2).copied().unwrap_or(0);
        self.connections.retain(|_, connection| connection.used > median);
    }
}

impl Connection {
    fn opened(protocol: &dyn Protocol, authenticator: Authenticator) -> Self {
        let session = protocol.open(authenticator);
        Self { session, speakers: Vec::new(), last: Bytes::new(), shares: VecDeque::new(), used: 0 }
    }

    /// The share of a row that is of the same frame as the row before it.
    fn share(&mut self, bytes: &[u8]) -> Option<Vec<Event>> {
        if self.last != bytes {
            self.shares.clear();
        }
        self.shares.pop_front()
    }

    /// The frame of a row. Where the connection as it is known cannot cut it, it is taken as the first one of another.
    fn cut(&mut self, bytes: &[u8], anew: impl FnOnce() -> Self) -> Option<Frame> {
        let whole = |(cut, rest)| match cut {
            Cut::Frame(frame) if rest == 0 => Some(frame),
            _ => None,
        };
        whole(cut_alone(self.session.as_mut(), bytes)).or_else(|| {
            *self = Self { used: self.used, ..anew() };
            whole(cut_alone(self.session.as_mut(), bytes))
        })
    }

    /// What the session gives up by then.
    fn given_up(&mut self, now: Timestamp) -> Vec<(TerminalId, PartSet)> {
        let is_due = self.session.wake_at().is_some_and(|at| at <= now);
        if is_due { self.session.wake(now).given_up } else { Vec::new() }
    }
}

/// As many as a large server holds at once; each costs some hundred bytes.
const CONNECTIONS_MAX: usize = 200_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROTOCOLS;
    use model::{ProtocolName, Seq};

    fn row(connection: u32) -> Reception {
        Reception {
            session: SessionId { run: Seq(1), connection },
            frame_no: 1,
            terminal: TerminalId::parse("15").unwrap(),
            protocol: ProtocolName::parse("hash").unwrap(),
            number: 0,
            serial: None,
            received_at: Timestamp::from_ms(1_000),
            checksum_ok: true,
            events: Vec::new(),
            problem: None,
        }
    }

    fn read(reader: &mut LogReader, connection: u32, line: &str) -> Vec<Event> {
        reader.read(&row(connection), line.as_bytes(), Some(Profile::default()))
    }

    #[test]
    fn a_message_that_went_on_over_connections_is_whole_again() {
        let mut reader = LogReader::new(PROTOCOLS, Authenticator::Open);
        read(&mut reader, 1, "#L15\n");
        assert_eq!(read(&mut reader, 1, "#C7:3:1\n").len(), 1);
        read(&mut reader, 2, "#L15\n");
        assert_eq!(read(&mut reader, 2, "#C7:3:2\n").len(), 1);
        let whole = Event::CommandReply { token: None, text: "whole 3".to_owned() };
        assert_eq!(read(&mut reader, 2, "#C7:3:3\n").first(), Some(&whole));
        assert_eq!(reader.parts.keys().0, []);
    }

    #[test]
    fn parts_of_yesterday_are_of_another_message() {
        let mut reader = LogReader::new(PROTOCOLS, Authenticator::Open);
        read(&mut reader, 1, "#L15\n");
        read(&mut reader, 1, "#C7:3:1\n");
        let later =
            |connection| Reception { received_at: Timestamp::from_ms(1_000 + DAY_MS), ..row(connection) };
        let known = Some(Profile::default());
        reader.read(&later(2), b"#L15\n", known);
        assert_eq!(reader.parts.keys().0, []);
        reader.read(&later(2), b"#C7:3:2\n", known);
        let said = reader.read(&later(2), b"#C7:3:3\n", known);
        assert!(said.iter().all(|event| matches!(event, Event::Part { .. })), "{said:?}");
    }

    const DAY_MS: i64 = 24 * 3_600_000;

    #[test]
    fn what_is_no_frame_or_of_no_protocol_is_raw() {
        let mut reader = LogReader::new(PROTOCOLS, Authenticator::Open);
        assert_eq!(read(&mut reader, 1, "no frame"), [Event::Raw]);
        let foreign = Reception { protocol: ProtocolName::parse("gone").unwrap(), ..row(1) };
        assert_eq!(reader.read(&foreign, b"#L15\n", None), [Event::Raw]);
    }

    #[test]
    fn a_frame_whose_inputs_were_several_is_shared_out_among_its_rows() {
        let mut connection = Connection::opened(PROTOCOLS[0], Authenticator::Open);
        connection.last = Bytes::from_static(b"#B1:9\n");
        connection.shares = VecDeque::from([vec![Event::Raw], vec![]]);
        assert_eq!(connection.share(b"#B1:9\n"), Some(vec![Event::Raw]));
        assert_eq!(connection.share(b"#P2\n"), None, "another frame begins anew");
        assert_eq!(connection.share(b"#B1:9\n"), None);
    }
}
