//! The audit chain: each line's hash covers the line before it, so that a changed or missing line shows.
//!
//! Shape: line in, hash out. Source: DESIGN.md, promise 4; `reliability.md` S11.

use sha2::{Digest, Sha256};
use store::AuditRow;

/// The place of the newest line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) line: i64,
    pub(crate) hash: String,
}

impl Head {
    /// Adds a line to the chain.
    pub(crate) fn seal(&mut self, mut row: AuditRow) -> AuditRow {
        self.line += 1;
        row.line = self.line;
        row.previous = std::mem::take(&mut self.hash);
        row.hash = hash(&row);
        self.hash.clone_from(&row.hash);
        row
    }
}

/// The first line that does not follow from the one before it, if any.
pub fn verify<'a>(lines: impl IntoIterator<Item = &'a AuditRow>, before: Option<&AuditRow>) -> Option<i64> {
    let mut previous = before.map(|row| (row.line, row.hash.clone())).unwrap_or_default();
    for row in lines {
        if row.line != previous.0 + 1 || row.previous != previous.1 || row.hash != hash(row) {
            return Some(row.line);
        }
        previous = (row.line, row.hash.clone());
    }
    None
}

fn hash(row: &AuditRow) -> String {
    // A JSON array: unambiguous whatever the texts hold.
    let fields = serde_json::json!([
        row.line,
        row.seq.0,
        row.at.ms(),
        row.actor,
        row.action,
        row.subject,
        row.purpose,
        row.outcome,
        row.previous
    ]);
    hex::encode(Sha256::digest(fields.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Seq, Timestamp};

    fn row(subject: &str) -> AuditRow {
        AuditRow {
            line: 0,
            seq: Seq(1),
            at: Timestamp::from_ms(1),
            actor: "root".into(),
            action: "read".into(),
            subject: subject.into(),
            purpose: "ops".into(),
            outcome: "done".into(),
            previous: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn a_changed_or_missing_line_shows() {
        let mut head = Head::default();
        let lines: Vec<AuditRow> = ["a", "b", "c"].map(|subject| head.seal(row(subject))).into();
        assert_eq!(verify(&lines, None), None);
        let mut changed = lines.clone();
        changed[1].subject = "x".into();
        assert_eq!(verify(&changed, None), Some(2));
        assert_eq!(verify([&lines[0], &lines[2]], None), Some(3));
        assert_eq!(verify(&lines[1..], Some(&lines[0])), None);
    }
}
