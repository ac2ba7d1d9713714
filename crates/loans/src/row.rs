//! One row under the header: cells by meaning, and what was wrong with them.
//!
//! Shape: [`Row::read`] cleans a cell, parses it, and notes the reject; a row with a note is left out whole. Errors:
//! [`RejectReason`]. Source: `reliability.md` B43.

use crate::cell;
use crate::column::{Column, Columns};
use crate::{Reject, RejectReason};
use csv::StringRecord;
use model::ContractId;

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
        self.reject_cell(self.columns.name(column), self.raw(column).trim(), reason);
    }

    /// The same of the row as a whole: it has more or fewer cells than the header.
    pub(crate) fn reject_width(&mut self, expected: usize) {
        let found = self.record.len();
        self.reject_cell("", "", RejectReason::CellCount { found, expected });
    }

    fn reject_cell(&mut self, column: &str, value: &str, reason: RejectReason) {
        let reject = Reject::new(self.line, column, value, reason);
        self.rejects.push(reject.of_contract(self.raw(Column::Contract).trim()));
    }

    /// Which contract the row speaks of, whatever else is wrong with it.
    pub(crate) fn contract(&self) -> Option<ContractId> {
        let text = cell::clean(self.raw(Column::Contract)).ok()?;
        cell::contract(text).ok().filter(|contract| !contract.0.is_empty())
    }

    fn raw(&self, column: Column) -> &'a str {
        self.columns.place(column).and_then(|at| self.record.get(at)).unwrap_or_default()
    }
}
