//! A negative control of the fault stories: the frame's serial becomes part of a position's identity.
//!
//! Shape: compiled in by the feature `sabotage` only; does nothing unless the environment asks for it by name, as
//! [`journal::sabotage`] lists it. Errors: none. Source: `reliability.md` §7.4.

use journal::Entry;
use journal::sabotage::{SERIAL_IN_IDENTITY, is_asked_for};
use model::{Event, Input};

/// Mixes the serial of each frame into the hash of what it measured.
pub(crate) fn mix_serials(entries: &mut [Entry]) {
    if !is_asked_for(SERIAL_IN_IDENTITY) {
        return;
    }
    for entry in entries {
        let Input::Reception(reception) = &mut entry.input else { continue };
        let serial = u64::from(reception.serial.unwrap_or_default());
        for event in &mut reception.events {
            if let Event::Position(position) = event {
                position.measured.hash ^= serial;
            }
        }
    }
}
