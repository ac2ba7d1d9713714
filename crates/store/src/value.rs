//! Values on their way into a statement, and statements for many rows.
//!
//! Shape: a [`Write`] is one statement text and the rows to bind; the backend executes it without knowing the table.
//! That is what keeps one SQL text for two databases: a body that binds is compiled per database, a list is not.

use std::sync::{Arc, Mutex, PoisonError};

/// A bound value. NULL carries its type, since PostgreSQL wants to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Blob(value)
    }
}

/// A row to bind, in column order.
pub(crate) type Row = Vec<Value>;

/// One statement text and the rows to execute it with.
pub(crate) struct Write {
    pub(crate) statement: &'static Bulk,
    pub(crate) rows: Vec<Row>,
}

/// A statement that takes many rows at once: `head VALUES (…), (…) tail`.
///
/// The text is built once per row count, and there are two counts only, so that both databases keep two prepared
/// statements per table.
pub(crate) struct Bulk {
    pub(crate) head: &'static str,
    pub(crate) columns: usize,
    pub(crate) tail: &'static str,
    many: Mutex<Option<Arc<str>>>,
    one: Mutex<Option<Arc<str>>>,
}

impl Bulk {
    pub(crate) const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self { head, columns, tail, many: Mutex::new(None), one: Mutex::new(None) }
    }

    /// The text for one row or for [`ROWS_MAX`] rows.
    pub(crate) fn text(&self, rows: usize) -> Arc<str> {
        let slot = if rows == 1 { &self.one } else { &self.many };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slot.get_or_insert_with(|| self.build(rows).into()))
    }

    fn build(&self, rows: usize) -> String {
        let mut text = String::from(self.head);
        text.push_str(" VALUES ");
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 1..=self.columns {
                if column > 1 {
                    text.push_str(", ");
                }
                text.push('$');
                text.push_str(&(row * self.columns + column).to_string());
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        text
    }
}

/// Rows in one statement. 50 is where both databases have most of the gain (PERF.md B4, B5), and 50 × 17 columns stay
/// far below SQLite's 32,766 binds.
pub(crate) const ROWS_MAX: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bulk_text_numbers_its_binds_row_by_row() {
        let bulk = Bulk::new("INSERT INTO t (a, b)", 2, "ON CONFLICT DO NOTHING");
        assert_eq!(&*bulk.text(1), "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING");
        assert!(bulk.text(ROWS_MAX).contains("($99, $100)"));
    }
}
