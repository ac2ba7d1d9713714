//! How the rows of one file fared.
//!
//! Shape: settled claims in, one line for people out. Units: rows, and for attributes the times each was claimed.
//! Errors: none here; `main.rs` judges. Source: DESIGN.md §8.

use crate::Claim;
use crate::claim::{Ours, Outcome};
use crate::row::{Row, Standing};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The account of one file.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) file: String,
    /// Rows of which something was compared, and held.
    pub(crate) compared: usize,
    /// Rows that say nothing, or nothing that we read.
    nothing: usize,
    no_frame: usize,
    bad_checksum: usize,
    /// Rows of messages that we do not read yet.
    unknown: usize,
    /// Claims that did not hold.
    pub(crate) differing: Vec<String>,
    /// Deliberate differences that were met, `id claim`.
    pub(crate) deliberate: BTreeSet<String>,
    refused: BTreeSet<String>,
    not_carried: BTreeMap<String, usize>,
    other_answers: usize,
}

impl Tally {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// Settles the claims of a row; those of its header are checked, but are no comparison of their own.
    pub(crate) fn settle(
        &mut self,
        row: &Row,
        claims: &[Claim],
        header: &[Claim],
        ours: &Ours,
        deliberate: &[(&str, &str, &str)],
    ) {
        let unread = ours.is_unread();
        let fared = (self.differing.len(), self.refused.len());
        for claim in header {
            self.count(row, claim, ours, deliberate);
        }
        let mut held = 0_usize;
        for claim in claims.iter().filter(|claim| !(unread && claim.is_about_content())) {
            let agrees = self.count(row, claim, ours, deliberate);
            // That the serial of an unread message is right says little.
            held += usize::from(agrees && !(unread && matches!(claim, Claim::Is { .. })));
        }
        if fared != (self.differing.len(), self.refused.len()) {
            return;
        }
        if held > 0 { self.compared += 1 } else { self.idle(row, unread) }
    }

    /// Counts one claim, and tells whether it holds.
    fn count(&mut self, row: &Row, claim: &Claim, ours: &Ours, deliberate: &[(&str, &str, &str)]) -> bool {
        match claim.settle(ours) {
            Outcome::Agrees => return true,
            Outcome::NotCarried(name) => *self.not_carried.entry(name).or_default() += 1,
            Outcome::OtherAnswer => self.other_answers += 1,
            Outcome::Differs(_)
                if deliberate.iter().any(|(id, name, _)| *id == row.id && *name == claim.name()) =>
            {
                self.refused.insert(row.id.clone());
                self.deliberate.insert(format!("{} {}", row.id, claim.name()));
            }
            Outcome::Differs(how) => self.differing.push(format!("{} {}: {how}", self.file, row.id)),
        }
        false
    }

    /// Attributes that a peer reads and we do not, counted each time.
    pub(crate) fn not_carried(&self) -> usize {
        self.not_carried.values().sum()
    }

    fn idle(&mut self, row: &Row, unread: bool) {
        self.nothing += 1;
        match row.standing() {
            Standing::NoFrame => self.no_frame += 1,
            Standing::BadChecksum => self.bad_checksum += 1,
            Standing::Sound if unread => self.unknown += 1,
            Standing::Sound => {}
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: Vec<_> = self.refused.iter().map(String::as_str).collect();
        write!(f, "{}: compared {}, nothing to compare {}", self.file, self.compared, self.nothing)?;
        write!(f, " (no frame {}, checksum made up or missing {}", self.no_frame, self.bad_checksum)?;
        write!(f, ", message not read {}), refused {}", self.unknown, refused.len())?;
        if !refused.is_empty() {
            write!(f, " ({})", refused.join(", "))?;
        }
        writeln!(f, ", differing {}", self.differing.len())?;
        if self.other_answers > 0 {
            writeln!(f, "    answers by a rule of the peer's own: {}", self.other_answers)?;
        }
        let total = self.not_carried();
        if total > 0 {
            let names: Vec<_> = self.not_carried.iter().map(|(name, n)| format!("{name} {n}")).collect();
            writeln!(f, "    attributes not carried: {total}: {}", names.join(", "))?;
        }
        Ok(())
    }
}
