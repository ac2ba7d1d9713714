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
/// The text is built once per row count, and there are few counts ([`ROWS`]), so that both databases keep a few
/// prepared statements per table.
pub(crate) struct Bulk {
    pub(crate) head: &'static str,
    pub(crate) columns: usize,
    pub(crate) tail: &'static str,
    numbered: Texts,
    plain: Texts,
}

/// The texts of a [`Bulk`], one for each of [`ROWS`], as far as they are built.
struct Texts(Mutex<[Option<Arc<str>>; ROWS.len()]>);

/// How the places of a bulk statement are written. `$1` is a name to SQLite, and each bind looks through all names:
/// with 850 of them that was half of the fold's time. A bare `?` has no name; PostgreSQL does not know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Places {
    Numbered,
    Plain,
}

impl Texts {
    const fn new() -> Self {
        Self(Mutex::new([const { None }; ROWS.len()]))
    }
}

impl Bulk {
    pub(crate) const fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        Self { head, columns, tail, numbered: Texts::new(), plain: Texts::new() }
    }

    /// The text for as many of `left` rows as go into one statement, and how many that are: at least one.
    pub(crate) fn text(&self, left: usize, places: Places) -> (usize, Arc<str>) {
        let texts = match places {
            Places::Numbered => &self.numbered,
            Places::Plain => &self.plain,
        };
        let mut slots = texts.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The smallest is one row: whatever is asked for, there is one that fits.
        let place = ROWS.iter().position(|rows| *rows <= left).unwrap_or(ROWS.len() - 1);
        let (Some(slot), Some(rows)) = (slots.get_mut(place), ROWS.get(place).copied()) else {
            return (1, self.build(1, places).into());
        };
        (rows, Arc::clone(slot.get_or_insert_with(|| self.build(rows, places).into())))
    }

    fn build(&self, rows: usize, places: Places) -> String {
        let mut text = String::from(self.head);
        text.push_str(" VALUES ");
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 1..=self.columns {
                if column > 1 {
                    text.push_str(", ");
                }
                match places {
                    Places::Numbered => {
                        text.push('$');
                        text.push_str(&(row * self.columns + column).to_string());
                    }
                    Places::Plain => text.push('?'),
                }
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        text
    }
}

/// Rows in one statement, the most first: any number of rows is a few of them. Each statement is a hop to SQLite's
/// thread or a round trip to PostgreSQL; 200 × 17 columns stay far below the 32,766 binds of SQLite.
pub(crate) const ROWS: [usize; 4] = [200, 40, 8, 1];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bulk_text_numbers_its_binds_row_by_row() {
        let bulk = Bulk::new("INSERT INTO t (a, b)", 2, "ON CONFLICT DO NOTHING");
        let (count, one) = bulk.text(1, Places::Numbered);
        assert_eq!((count, &*one), (1, "INSERT INTO t (a, b) VALUES ($1, $2) ON CONFLICT DO NOTHING"));
        let (count, many) = bulk.text(999, Places::Numbered);
        assert!(many.contains(&format!("${})", 2 * count)) && !many.contains(&format!("${}", 2 * count + 1)));
        let (_, plain) = bulk.text(1, Places::Plain);
        assert_eq!(&*plain, "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING");
    }

    #[test]
    fn any_number_of_rows_is_a_few_statements() {
        let bulk = Bulk::new("INSERT INTO t (a)", 1, "");
        for rows in 1..1_000 {
            let (mut left, mut statements) = (rows, 0);
            while left > 0 {
                let (count, text) = bulk.text(left, Places::Plain);
                assert_eq!(text.matches('?').count(), count);
                (left, statements) = (left - count, statements + 1);
            }
            assert!(statements <= 4 + 4 + 4 + 7, "{rows} rows in {statements} statements");
        }
    }
}
