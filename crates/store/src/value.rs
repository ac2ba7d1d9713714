//! Values on their way into a statement.
//!
//! Shape: a [`Write`] is one statement and the rows to bind; the backend executes it without knowing the table. That is
//! what keeps one SQL text for two databases: a body that binds is compiled per database, a list is not.

use crate::bulk::Bulk;

/// A bound value. NULL carries its type, since PostgreSQL wants to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

/// What a column of a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Text,
    Blob,
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
        Self::Text(Some(storable(value)))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(storable))
    }
}

/// PostgreSQL's text holds no NUL, and one that a device sent must not end the fold. Both databases hold the same.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
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

/// Rows to bind, each made when its turn comes: that can be while the database is at work on those before it.
pub(crate) type Rows = Box<dyn ExactSizeIterator<Item = Row> + Send>;

/// One statement text and the rows to execute it with.
pub(crate) struct Write {
    pub(crate) statement: &'static Bulk,
    pub(crate) rows: Rows,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_postgres_could_not_hold_is_marked() {
        let marked = Value::Text(Some("a\u{fffd}b".to_owned()));
        assert_eq!([Value::from("a\0b"), Some("a\0b".to_owned()).into()], [marked.clone(), marked]);
        assert_eq!(Value::from("a\nb"), Value::Text(Some("a\nb".to_owned())));
    }
}
