//! Who is at the tracker ports, for people who ask: handed over by whoever opened them.
//!
//! Shape: addresses, and questions that are answered at once; the crate that answers them is not known here. Units: counts since the
//! start. Errors: none.

use model::{Attempt, TerminalId};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// One tracker port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// Where trackers connect.
    pub address: SocketAddr,
    /// The only protocol spoken there; `None` = it is told by the first bytes.
    pub protocol: Option<&'static str>,
}

/// What came in since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Open connections.
    pub connections: u64,
    /// Terminals that speak on them.
    pub terminals: u64,
    /// Connections that came in.
    pub accepted: u64,
    /// Connections that found no place.
    pub turned_away: u64,
    /// Connections of programs that are no trackers.
    pub scanners: u64,
    /// Frames cut from streams.
    pub frames_in: u64,
    /// Frames in the journal.
    pub journalled: u64,
    /// Frames neither journalled nor acknowledged.
    pub refused: u64,
    /// Frames on their way to the journal.
    pub in_flight: u64,
    /// Frames that were answered once they were stored.
    pub acks: u64,
    /// Frames with a wrong checksum.
    pub bad_checksums: u64,
    /// Bytes that belonged to no frame.
    pub skipped_bytes: u64,
}

/// The tracker ports.
#[derive(Clone)]
pub struct Ports {
    /// In the order of the configuration.
    pub open: Vec<Port>,
    /// The last connections that came to nothing, the newest first.
    pub attempts: Arc<dyn Fn() -> Vec<Attempt> + Send + Sync>,
    /// Whether a connection speaks for a terminal now.
    pub is_online: Arc<dyn Fn(TerminalId) -> bool + Send + Sync>,
    /// What came in.
    pub traffic: Arc<dyn Fn() -> Traffic + Send + Sync>,
}

impl Ports {
    /// None are open.
    pub fn closed() -> Self {
        Self {
            open: Vec::new(),
            attempts: Arc::new(Vec::new),
            is_online: Arc::new(|_| false),
            traffic: Arc::new(Traffic::default),
        }
    }

    pub(crate) fn is_online(&self, terminal: TerminalId) -> bool {
        (self.is_online)(terminal)
    }

    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        (self.attempts)()
    }

    pub(crate) fn traffic(&self) -> Traffic {
        (self.traffic)()
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").field("open", &self.open).finish_non_exhaustive()
    }
}
