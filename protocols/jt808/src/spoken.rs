//! How the terminals of one connection spoke last: a command goes down in the edition that came up.
//!
//! Shape: terminal ↔ the header of its last frame, and its model. It lasts as long as the connection. Errors: none; a
//! terminal that was forgotten is a stranger until it speaks again. Source: SPEC.md §10.

use crate::header::{Header, Phone};
use crate::models::Model;
use model::TerminalId;

/// Terminals remembered at once: one on a device's own link, some dozens behind a gateway.
const TERMINALS_MAX: usize = 64;

/// A terminal, as it spoke last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speaker {
    pub(crate) header: Header,
    pub(crate) model: &'static Model,
}

/// The terminals of a connection, the one that began to speak first in front.
#[derive(Debug)]
pub(crate) struct Spoken {
    terminals: Vec<(TerminalId, Speaker)>,
}

impl Spoken {
    pub(crate) const fn new() -> Self {
        Self { terminals: Vec::new() }
    }

    pub(crate) fn of(&self, terminal: TerminalId) -> Option<Speaker> {
        self.terminals.iter().find(|(known, _)| *known == terminal).map(|(_, speaker)| *speaker)
    }

    /// Remembers how a terminal spoke; the first one is forgotten where there are too many. A maker's short header is
    /// none that a command could have.
    pub(crate) fn keep(&mut self, terminal: TerminalId, header: &Header, model: &'static Model) {
        if matches!(header.phone, Phone::Compact(_)) {
            return;
        }
        let speaker = Speaker { header: Header { packet: None, ..*header }, model };
        if let Some((_, known)) = self.terminals.iter_mut().find(|(known, _)| *known == terminal) {
            *known = speaker;
            return;
        }
        if self.terminals.len() == TERMINALS_MAX {
            self.terminals.remove(0);
        }
        self.terminals.push((terminal, speaker));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Properties;
    use crate::models::of;
    use crate::number::Number;
    use model::Profile;

    fn header(phone: Phone) -> Header {
        let number = Number::HEARTBEAT;
        Header { number, properties: Properties(0), phone, serial: 0, packet: None, length_agrees: true }
    }

    #[test]
    fn a_gateway_of_many_terminals_costs_no_more_than_the_limit() {
        let mut spoken = Spoken::new();
        let id = |n: usize| TerminalId::parse(&format!("1390000{n:04}")).unwrap();
        for n in 0..=TERMINALS_MAX {
            spoken.keep(id(n), &header(Phone::Six([0; 6])), of(&Profile::default()));
        }
        assert_eq!(spoken.terminals.len(), TERMINALS_MAX);
        assert!(spoken.of(id(0)).is_none() && spoken.of(id(TERMINALS_MAX)).is_some());
    }

    #[test]
    fn the_last_edition_counts_and_a_makers_short_header_does_not() {
        let mut spoken = Spoken::new();
        let id = TerminalId::parse("13912345678").unwrap();
        spoken.keep(id, &header(Phone::Compact([0; 6])), of(&Profile::default()));
        assert!(spoken.of(id).is_none());
        for phone in [Phone::Six([0; 6]), Phone::Ten { version: 1, digits: [0; 10] }] {
            spoken.keep(id, &header(phone), of(&Profile::default()));
            spoken.keep(id, &header(Phone::Compact([0; 6])), of(&Profile::default()));
            assert_eq!(spoken.of(id).map(|speaker| speaker.header.phone), Some(phone));
        }
    }
}
