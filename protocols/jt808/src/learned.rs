//! What one connection has learned of its terminals' makers.
//!
//! Shape: terminal ↔ one bit a vendor profile. It lasts as long as the connection: a device that is replaced comes
//! with a new one. Errors: none; a terminal that was forgotten is learned again. Source: SPEC.md §4.5.

use model::TerminalId;

/// Terminals remembered at once: one on a device's own link, some dozens behind a gateway.
const TERMINALS_MAX: usize = 64;

/// The terminals of a connection, the oldest first.
#[derive(Debug)]
pub(crate) struct Learned {
    terminals: Vec<(TerminalId, u32)>,
}

impl Learned {
    pub(crate) const fn new() -> Self {
        Self { terminals: Vec::new() }
    }

    /// The makers met so far.
    pub(crate) fn of(&self, terminal: TerminalId) -> u32 {
        self.terminals.iter().find(|(known, _)| *known == terminal).map_or(0, |(_, makers)| *makers)
    }

    /// Remembers the makers of a terminal; the first one learned is forgotten where there are too many.
    pub(crate) fn keep(&mut self, terminal: TerminalId, makers: u32) {
        match self.terminals.iter_mut().find(|(known, _)| *known == terminal) {
            Some((_, known)) => *known = makers,
            None if makers == 0 => {}
            None => {
                if self.terminals.len() == TERMINALS_MAX {
                    self.terminals.remove(0);
                }
                self.terminals.push((terminal, makers));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_of_many_terminals_costs_no_more_than_the_limit() {
        let mut learned = Learned::new();
        let id = |n: usize| TerminalId::parse(&format!("1390000{n:04}")).unwrap();
        for n in 0..=TERMINALS_MAX {
            learned.keep(id(n), 1);
        }
        assert_eq!(learned.terminals.len(), TERMINALS_MAX);
        assert_eq!((learned.of(id(0)), learned.of(id(TERMINALS_MAX))), (0, 1));
    }
}
