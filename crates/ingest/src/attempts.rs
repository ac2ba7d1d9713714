//! The last connections that came to nothing, and why: kept for whoever sets up a tracker.
//!
//! Shape: one entry a connection, the first reason counts; what the same address does again for the same reason is counted. Units:
//! entries. Errors: none. Bounded, in memory: a scanner that knocks a thousand times is one entry.

use crate::conduct::Conduct;
use crate::end::End;
use crate::scanner::Scanner;
use model::{Attempt, AttemptReason, ProtocolName, TerminalId, Timestamp};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is kept of them.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<VecDeque<(SocketAddr, Attempt)>>);

/// What a connection claimed to be before it came to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Claim {
    pub(crate) protocol: Option<ProtocolName>,
    pub(crate) terminal: Option<TerminalId>,
}

impl Attempts {
    /// Notes a connection, unless it is noted.
    pub(crate) fn note(&self, at: Timestamp, peer: SocketAddr, reason: AttemptReason, claim: Claim) {
        let mut kept = self.kept();
        if kept.iter().any(|(known, _)| *known == peer) {
            return;
        }
        let Claim { protocol, terminal } = claim;
        let is_again = |(known, attempt): &(SocketAddr, Attempt)| {
            known.ip().to_canonical() == peer.ip().to_canonical()
                && (attempt.reason, attempt.terminal) == (reason, terminal)
        };
        let before = kept.iter().position(is_again).and_then(|place| kept.remove(place));
        let times = before.map_or(1, |(_, attempt)| attempt.times.saturating_add(1));
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        let peer_text = peer.to_string();
        kept.push_back((peer, Attempt { at, peer: peer_text, reason, protocol, terminal, times }));
    }

    /// The newest first.
    pub(crate) fn recent(&self) -> Vec<Attempt> {
        self.kept().iter().rev().map(|(_, attempt)| attempt.clone()).collect()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<(SocketAddr, Attempt)>> {
        // An entry is put in whole: a panic elsewhere leaves none half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a connection on which no terminal spoke came to nothing; `None` = the server ended it, for no fault of the peer's.
pub(crate) fn reason_of(end: End, conduct: &Conduct) -> Option<AttemptReason> {
    match end {
        End::Scanner(Scanner::Http) => Some(AttemptReason::Http),
        End::Scanner(Scanner::Tls) => Some(AttemptReason::Tls),
        End::Scanner(Scanner::Ssh) => Some(AttemptReason::Ssh),
        End::Scanner(Scanner::Rdp) => Some(AttemptReason::Rdp),
        End::Garbage => Some(AttemptReason::UnknownBytes),
        End::SlowFrame => Some(AttemptReason::SlowFrame),
        End::TooLong => Some(AttemptReason::TooLong),
        End::BadChecksums => Some(AttemptReason::BadChecksums),
        End::NoLogin => Some(AttemptReason::NoLogin),
        End::WrongCodes => Some(AttemptReason::WrongCode),
        End::TooManyTerminals => Some(AttemptReason::TooManyTerminals),
        End::Closed | End::Failed(_) | End::Handshake => Some(conduct.shortcoming()),
        End::Idle | End::SlowReader | End::TakenOver | End::Stopped | End::Journal => None,
    }
}

/// More than a person looks through; 10 KB.
const KEPT_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn note(attempts: &Attempts, ms: i64, peer: &str, reason: AttemptReason) {
        attempts.note(Timestamp::from_ms(ms), peer.parse().unwrap(), reason, Claim::default());
    }

    #[test]
    fn a_connection_is_noted_once_by_its_first_reason() {
        let attempts = Attempts::default();
        note(&attempts, 1, "192.0.2.1:4000", AttemptReason::OtherProtocol);
        note(&attempts, 2, "192.0.2.1:4000", AttemptReason::UnknownBytes);
        let recent = attempts.recent();
        assert_eq!((recent.len(), recent[0].reason, recent[0].times), (1, AttemptReason::OtherProtocol, 1));
    }

    #[test]
    fn what_an_address_does_again_is_counted_and_is_news() {
        let attempts = Attempts::default();
        note(&attempts, 1, "192.0.2.1:4000", AttemptReason::Http);
        note(&attempts, 2, "192.0.2.2:4000", AttemptReason::Tls);
        note(&attempts, 3, "192.0.2.1:4001", AttemptReason::Http);
        let recent = attempts.recent();
        let told: Vec<_> = recent.iter().map(|it| (it.at.ms(), it.peer.as_str(), it.times)).collect();
        assert_eq!(told, [(3, "192.0.2.1:4001", 2), (2, "192.0.2.2:4000", 1)]);
    }

    #[test]
    fn a_flood_of_addresses_takes_no_more_room() {
        let attempts = Attempts::default();
        for port in 1..=200_u16 {
            let peer = format!("192.0.2.{}:{port}", port % 250);
            note(&attempts, i64::from(port), &peer, AttemptReason::SaidNothing);
        }
        let recent = attempts.recent();
        assert_eq!((recent.len(), recent[0].at.ms()), (KEPT_MAX, 200));
    }
}
