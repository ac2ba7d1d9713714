//! The limits an operator may turn. Seconds and counts; everything else is a const beside its user.

use crate::IngestError;
use crate::allowance::Rate;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Limits of the tracker ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Connections at one time. Cut down to 90 % of the file descriptors the process may have: the rest is for the
    /// API, the databases and their files.
    pub connections_max: u32,
    /// Connections from one address at one time. High, since a carrier puts thousands of trackers behind one.
    pub connections_per_address_max: u32,
    /// Terminals on one connection. A tracker needs 1; a JT/T 808 platform that relays for others needs more.
    pub terminals_per_connection_max: u16,
    /// Seconds until a new connection must have said who it is. A GT06 tracker logs in within 5 on a bad link.
    pub handshake_s: u32,
    /// Seconds from a frame's first byte to its last. The largest frame takes 1 on GPRS; more is a slow attack.
    pub frame_s: u32,
    /// Seconds without a whole frame after which a connection is dead: three heartbeats of most trackers. A model whose
    /// own schedule is slower has three of its intervals, at most 3 hours.
    pub idle_s: u32,
    /// Seconds in which a peer must take what it is sent. A tracker reads its acknowledgements at once.
    pub write_s: u32,
    /// Frames of one connection that may wait for their commit; above it the socket is not read. A tracker that
    /// empties its buffer sends tens at once; 256 fill one commit of the journal.
    pub frames_in_flight_max: u32,
    /// Frames a second that a terminal may say on and on; above it the socket is not read for a while, and nothing is
    /// dropped. A tracker says one in 10 s; one that says 20 each second is broken or not a tracker [B30].
    pub frames_per_s_max: u32,
    /// Frames that a terminal may say at once before that: what it kept while it had no network.
    pub frames_burst_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections_max: 100_000,
            connections_per_address_max: 10_000,
            terminals_per_connection_max: 16,
            handshake_s: 15,
            frame_s: 30,
            idle_s: 600,
            write_s: 10,
            frames_in_flight_max: 256,
            frames_per_s_max: 20,
            frames_burst_max: 600,
        }
    }
}

impl Config {
    /// Refuses limits of zero by name.
    pub fn check(&self) -> Result<(), IngestError> {
        let limits = [
            ("connections_max", self.connections_max),
            ("connections_per_address_max", self.connections_per_address_max),
            ("terminals_per_connection_max", u32::from(self.terminals_per_connection_max)),
            ("handshake_s", self.handshake_s),
            ("frame_s", self.frame_s),
            ("idle_s", self.idle_s),
            ("write_s", self.write_s),
            ("frames_in_flight_max", self.frames_in_flight_max),
            ("frames_per_s_max", self.frames_per_s_max),
            ("frames_burst_max", self.frames_burst_max),
        ];
        match limits.iter().find(|(_, limit)| *limit == 0) {
            Some((key, _)) => Err(IngestError::Zero { key }),
            None => Ok(()),
        }
    }

    pub(crate) const fn rate(&self) -> Rate {
        Rate { frames_per_s: self.frames_per_s_max, burst: self.frames_burst_max }
    }

    pub(crate) fn patience(&self) -> Patience {
        let seconds = |s: u32| Duration::from_secs(u64::from(s));
        Patience {
            handshake: seconds(self.handshake_s),
            frame: seconds(self.frame_s),
            idle: seconds(self.idle_s),
            write: seconds(self.write_s),
        }
    }
}

/// How long a connection may take for each thing it owes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) handshake: Duration,
    pub(crate) frame: Duration,
    pub(crate) idle: Duration,
    pub(crate) write: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error() {
        let error = toml::from_str::<Config>("handshake_seconds = 5").unwrap_err();
        assert!(error.to_string().contains("handshake_seconds"));
    }

    #[test]
    fn a_missing_key_keeps_its_default() {
        let config: Config = toml::from_str("idle_s = 900").unwrap();
        assert_eq!(config, Config { idle_s: 900, ..Config::default() });
    }

    #[test]
    fn a_limit_of_zero_is_refused_by_name() {
        let config = Config { write_s: 0, ..Config::default() };
        assert_eq!(config.check().unwrap_err().to_string(), "ingest.write_s must be at least 1");
    }
}
