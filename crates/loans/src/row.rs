//! One row under the header: cells by meaning, and what was wrong with them.
//!
//! Shape: [`Row::read`] cleans a cell, parses it, and notes the reject; a row with a note is left out whole. Errors:
//! [`RejectReason`]. Source: `reliability.md` B43.

use crate::cell;
use crate::column::{Column, Columns};
use crate::{Reject, RejectReason};
use csv::StringRecord;

/// A row being read.
pub(crate) struct Row<'a> {
    pub(crate) line: u64,
    record: &'a StringRecord,
    columns: &'a Columns,
    pub(crate) rejects: Vec<Reject>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(line: u64, record: &'a StringRecord, columns: &'a Columns) -> Self {
        Self { line, record, columns, rejects: Vec::new() }
    }

    /// The value of a cell; `None` when the column or the value is missing, or was refused.
    pub(crate) fn read<T>(
        &mut self,
        column: Column,
        parse: impl FnOnce(&str) -> Result<T, RejectReason>,
    ) -> Option<T> {
        let raw = self.raw(column);
        let value = match cell::clean(raw) {
            Ok("") => return None,
            Ok(text) => parse(text),
            Err(reason) => Err(reason),
        };
        value.map_err(|reason| self.reject(column, reason)).ok()
    }

    /// The value of a cell that may not be empty.
    pub(crate) fn require<T>(
        &mut self,
        column: Column,
        parse: impl FnOnce(&str) -> Result<T, RejectReason>,
    ) -> Option<T> {
        if cell::clean(self.raw(column)) == Ok("") {
            self.reject(column, RejectReason::Missing);
            return None;
        }
        self.read(column, parse)
    }

    /// The file has such a column.
    pub(crate) fn has(&self, column: Column) -> bool {
        self.columns.has(column)
    }

    pub(crate) fn reject(&mut self, column: Column, reason: RejectReason) {
        let reject = Reject::new(self.line, self.columns.name(column), self.raw(column).trim(), reason);
        self.rejects.push(reject);
    }

    fn raw(&self, column: Column) -> &'a str {
        self.columns.place(column).and_then(|at| self.record.get(at)).unwrap_or_default()
    }
}
