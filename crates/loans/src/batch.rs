//! Loans as a program sends them, one JSON object a line → the same rows and rejects as those of a file.
//!
//! Shape: NDJSON in, a [`LoanFile`] out; keys are the column names of a loan file, and what is wrong with a value is told by line and
//! key. Units: amounts in the smallest unit (fen), as whole numbers; everything else as in a file. Errors: [`FileError`]; a line that
//! is no object is a row with a reject. Source: DESIGN.md §6; `domain.md` §6 (REST batch).

use crate::column::{Column, Heading, LOAN};
use crate::{FileError, FileOptions, LoanFile, Reject, RejectReason, read_loans};
use csv::Writer;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::io::Cursor;

/// Reads loans of one lender.
pub fn read_loan_batch(text: &str, options: &FileOptions) -> Result<LoanFile, FileError> {
    let objects = Objects::of(text);
    if objects.rows.is_empty() {
        return Err(objects.wrong.into_iter().next().map_or(FileError::Empty, one_wrong));
    }
    let headings: Vec<&Heading> = LOAN.iter().filter(|heading| objects.has(heading)).collect();
    let table = table(&headings, &objects.rows)?;
    let mut file = read_loans(Cursor::new(table), options)?;
    for reject in &mut file.rejects {
        reject.line = objects.line_of(reject.line);
        if let RejectReason::SameContract { line } | RejectReason::SameVehicle { line } = &mut reject.reason {
            *line = objects.line_of(*line);
        }
    }
    file.rejected_rows =
        file.rejected_rows.saturating_add(u64::try_from(objects.wrong.len()).unwrap_or(u64::MAX));
    file.rejects.extend(objects.wrong);
    file.rejects.sort_by_key(|reject| reject.line);
    file.ignored_columns = objects.ignored.into_iter().collect();
    file.encoding = "NDJSON";
    Ok(file)
}

/// The lines of a batch.
#[derive(Default)]
struct Objects {
    /// Each with its line.
    rows: Vec<(u64, Map<String, Value>)>,
    wrong: Vec<Reject>,
    ignored: BTreeSet<String>,
    keys: BTreeSet<String>,
}

impl Objects {
    fn of(text: &str) -> Self {
        let mut objects = Self::default();
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            match serde_json::from_str(text) {
                Ok(Value::Object(object)) => objects.take(line, object),
                Ok(_) => objects.refuse(line, text, "it is no object"),
                Err(error) => objects.refuse(line, text, &error.to_string()),
            }
        }
        objects
    }

    fn take(&mut self, line: u64, object: Map<String, Value>) {
        for key in object.keys() {
            let known = LOAN.iter().any(|heading| heading.name == key);
            let keys = if known { &mut self.keys } else { &mut self.ignored };
            if !keys.contains(key) {
                keys.insert(key.clone());
            }
        }
        self.rows.push((line, object));
    }

    fn refuse(&mut self, line: u64, text: &str, problem: &str) {
        let reason = RejectReason::BadCode { problem: problem.to_owned() };
        self.wrong.push(Reject::new(line, "", text, reason));
    }

    /// What any of the objects says, and what a loan file must have a column for.
    fn has(&self, heading: &Heading) -> bool {
        self.keys.contains(heading.name)
            || matches!(heading.column, Column::Contract | Column::Vin)
            || (heading.column == Column::OldestUnpaidDue && !self.keys.contains("days_past_due"))
    }

    /// The batch's line of a line of the table, which has a header in front.
    fn line_of(&self, table_line: u64) -> u64 {
        let at = usize::try_from(table_line.saturating_sub(2)).unwrap_or(usize::MAX);
        self.rows.get(at).map_or(table_line, |(line, _)| *line)
    }
}

fn table(headings: &[&Heading], rows: &[(u64, Map<String, Value>)]) -> Result<Vec<u8>, FileError> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(headings.iter().map(|heading| heading.name))?;
    for (_, object) in rows {
        writer.write_record(headings.iter().map(|heading| cell(heading.column, object.get(heading.name))))?;
    }
    writer.into_inner().map_err(|error| FileError::Io(error.into_error()))
}

/// A value as a file writes it. What a file could not hold stays what it is, and is refused there by its own name.
fn cell(column: Column, value: Option<&Value>) -> String {
    let is_money = matches!(column, Column::AmountOverdue | Column::PrincipalOutstanding);
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::Number(number)) => match number.as_i64().filter(|_| is_money) {
            Some(fen) => crate::money::yuan(fen),
            None if is_money => return "not a whole number of the smallest unit".to_owned(),
            None => number.to_string(),
        },
        Some(other @ (Value::Array(_) | Value::Object(_))) => other.to_string(),
    };
    // A line break would shift every line behind it.
    text.replace(['\r', '\n'], " ")
}

fn one_wrong(reject: Reject) -> FileError {
    FileError::MostlyRejected { rejected: 1, rows: 1, examples: vec![reject] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Date, LenderId, Timestamp};

    fn read(text: &str) -> Result<LoanFile, FileError> {
        let as_of = Timestamp::parse("2026-11-20T01:00:00Z");
        read_loan_batch(
            text,
            &FileOptions { as_of, complete: false, ..FileOptions::of(LenderId("main".into())) },
        )
    }

    #[test]
    fn a_line_says_what_a_row_of_a_file_says_with_amounts_in_the_smallest_unit() {
        let file = read(
            "{\"contract\":\"C1\",\"plate\":\"粤B12345\",\"oldest_unpaid_due\":\"2026-11-10\",\"amount_overdue\":125050,\"dispute\":true}\n\n\
             {\"contract\":\"C2\",\"plate\":\"粤B2\",\"oldest_unpaid_due\":null}\n",
        )
        .unwrap();
        let [one, two] = &file.loans[..] else { panic!("{file:?}") };
        assert_eq!((one.amount_overdue, one.oldest_unpaid_due), (125_050, Date::parse("2026-11-10")));
        assert!(one.holds.dispute && two.oldest_unpaid_due.is_none());
        assert!(!file.is_complete() && file.rejects.is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_key() {
        let file = read(
            "{\"contract\":\"C1\",\"plate\":\"A1\",\"oldest_unpaid_due\":\"soon\",\"colour\":\"red\"}\n[1]\n\
             {\"contract\":\"C2\",\"plate\":\"A2\"}\n{\"contract\":\"C3\",\"plate\":\"A3\",\"amount_overdue\":1.5}\n\
             {\"contract\":\"C4\",\"plate\":\"A4\"}\n{\"contract\":\"C5\",\"plate\":\"A5\"}\n{\"contract\":\"C6\",\"plate\":\"A6\"}\n\
             {\"contract\":\"C7\",\"plate\":\"A7\"}\n",
        )
        .unwrap();
        let wrong: Vec<_> = file.rejects.iter().map(|reject| (reject.line, reject.column.as_str())).collect();
        assert_eq!(wrong, [(1, "oldest_unpaid_due"), (2, ""), (4, "amount_overdue")]);
        assert_eq!((file.loans.len(), file.rejected_rows), (5, 3));
        assert_eq!(file.ignored_columns, ["colour"]);
        assert!(matches!(read("[1]\n"), Err(FileError::MostlyRejected { .. })));
        assert!(matches!(read("\n"), Err(FileError::Empty)));
    }
}
