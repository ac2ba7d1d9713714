//! Who is at the ports, for people who ask: which terminals are connected, and who came to nothing.
//!
//! Shape: questions to what the connections share; each is one look under its lock. Units: terminals. Errors: none.

use crate::Totals;
use crate::server::Server;
use model::{Attempt, TerminalId};
use std::sync::Arc;

/// Knows who is there.
#[derive(Clone)]
pub struct Doorkeeper {
    server: Arc<Server>,
}

impl Doorkeeper {
    pub(crate) const fn new(server: Arc<Server>) -> Self {
        Self { server }
    }

    /// Whether a connection speaks for a terminal now.
    pub fn is_online(&self, terminal: TerminalId) -> bool {
        self.server.house.registry().holder(terminal).is_some()
    }

    /// For how many terminals connections speak now.
    pub fn online(&self) -> usize {
        self.server.house.registry().held()
    }

    /// The last connections that came to nothing, the newest first.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.server.house.attempts.recent()
    }

    /// What is counted.
    pub fn totals(&self) -> Totals {
        self.server.house.counters.totals()
    }
}
