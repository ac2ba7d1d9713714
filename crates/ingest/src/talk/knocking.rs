//! What whoever sets up a tracker has to know of a connection: that it came to nothing, or only as far as the quarantine.
//!
//! Shape: what a talk saw → a note among the [`crate::attempts`]. Units: journal time. Errors: none.

use super::{House, Said, Talk};
use crate::attempts::{self, Claim};
use crate::end::End;
use model::{AttemptReason, ProtocolName, Timestamp};
use wire::Sniff;

impl Talk {
    /// On a port of one protocol: do these bytes speak another one?
    pub(super) fn look_for_another_tongue(&self, bytes: &[u8], at: Timestamp, house: &House) {
        let Some(port) = self.caller.port.filter(|_| !self.conduct.is_online()) else { return };
        let others = house.protocols.iter().filter(|other| other.name() != port.name());
        if let Some(other) = others.copied().find(|other| other.sniff(bytes) == Sniff::Yes) {
            let claim = Claim { protocol: ProtocolName::parse(other.name()).ok(), terminal: None };
            house.attempts.note(at, self.caller.peer, AttemptReason::OtherProtocol, claim);
        }
    }

    /// Notes what came to nothing. A connection on which a terminal spoke is noted for who that is, if it has to be.
    pub(crate) fn note_end(&self, end: End, at: Timestamp, house: &House) {
        if self.speakers.is_empty()
            && let Some(reason) = attempts::reason_of(end, &self.conduct)
        {
            house.attempts.note(at, self.caller.peer, reason, Claim::default());
        }
    }

    /// Notes a terminal that nobody has approved.
    pub(super) fn note_stranger(&self, said: &Said<'_>, house: &House) {
        let claim = Claim { protocol: Some(said.protocol), terminal: Some(said.terminal) };
        house.attempts.note(said.at.time, self.caller.peer, AttemptReason::Unapproved, claim);
    }
}
