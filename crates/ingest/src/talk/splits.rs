//! Split messages in a talk: handed to the session, and woken for.
//!
//! Shape: methods of [`Talk`]; what is kept is `parts`', what is missing is the session's. Errors: none.
//! Source: DESIGN.md §3, last paragraph.

use super::{House, Said, Talk};
use crate::parts;
use bytes::Bytes;
use model::Timestamp;
use wire::Session;

/// Hands a terminal's incomplete messages to the session.
pub(super) fn restore(session: &mut dyn Session, said: &Said<'_>, house: &House) {
    let frames = house.parts.of(said.sender(), said.at.time);
    session.restore(said.terminal, &frames, said.at.time);
}

impl Talk {
    /// Where a part could not be kept, the session forgets it, too: it would be whole without what it was made of.
    pub(super) fn restore_if(&mut self, refused: bool, said: &Said<'_>, house: &House) {
        if let Some((_, session)) = self.tongue.spoken().filter(|_| refused) {
            restore(session, said, house);
        }
    }

    /// When the session wants to be woken.
    pub(crate) fn wake_at(&mut self) -> Option<Timestamp> {
        self.tongue.spoken().and_then(|(_, session)| session.wake_at())
    }

    /// Lets the session do what is due; gives what it says to its terminals.
    pub(crate) fn wake(&mut self, now: Timestamp, house: &House) -> Bytes {
        let Some((protocol, session)) = self.tongue.spoken() else { return Bytes::new() };
        let woken = session.wake(now);
        parts::count("asked_for", u64::from(woken.asks));
        // What a newer connection of the terminal goes on with is not this one's to give up.
        let is_ours =
            |terminal| house.registry().holder(terminal).is_none_or(|holder| holder == self.session);
        let given_up: Vec<_> =
            woken.given_up.into_iter().filter(|(terminal, _)| is_ours(*terminal)).collect();
        house.parts.give_up(protocol, &given_up, now);
        woken.send
    }
}
