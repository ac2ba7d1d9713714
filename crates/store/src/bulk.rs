//! Statements that take many rows at once, as each database takes them best.
//!
//! ```text
//! SQLite      head VALUES (?, ?), (?, ?), …                                   tail    a value a place
//! PostgreSQL  head SELECT * FROM UNNEST($1::BIGINT[], $2::TEXT[]) AS u(…)     tail    a column a place
//! ```
//! Shape: [`TakesRows::take`] gives a text and what is bound to it, for as many rows as go into one statement. Units: rows.
//! Errors: a value that is not of its column's kind is a bug of ours. Source: `PERF.md` B4, B5.

use crate::value::{Kind, Row, Value};
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, PgPool, SqlitePool};
use std::sync::{Arc, OnceLock};

/// A statement for any number of rows: `head rows tail`.
pub(crate) struct Bulk {
    head: &'static str,
    kinds: &'static [Kind],
    tail: &'static str,
    /// One for each of [`ROWS`], so that SQLite keeps a few prepared statements a table.
    valued: [OnceLock<Arc<str>>; ROWS.len()],
    unnested: OnceLock<Arc<str>>,
}

impl Bulk {
    pub(crate) const fn new(head: &'static str, kinds: &'static [Kind], tail: &'static str) -> Self {
        Self { head, kinds, tail, valued: [const { OnceLock::new() }; ROWS.len()], unnested: OnceLock::new() }
    }

    /// The text for as many of `left` rows as go into one statement of SQLite, and how many that are: at least one.
    fn valued(&self, left: usize) -> (usize, Arc<str>) {
        // The last is one row: whatever is asked for, there is one that fits.
        let place = ROWS.iter().position(|rows| *rows <= left).unwrap_or(ROWS.len() - 1);
        let rows = ROWS.get(place).copied().unwrap_or(1);
        let text = || Arc::from(self.with(&self.values(rows)));
        (rows, self.valued.get(place).map_or_else(text, |known| Arc::clone(known.get_or_init(text))))
    }

    /// A bare `?` has no name: `$1` is one to SQLite, and each bind would look through all of them.
    fn values(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.kinds.len()].join(", "));
        format!("VALUES {}", vec![row; rows].join(", "))
    }

    /// The text for any number of rows of PostgreSQL. The columns are called as those of a list of values.
    fn unnested(&self) -> Arc<str> {
        let text = || {
            let numbered = self.kinds.iter().zip(1..);
            let (arrays, names): (Vec<_>, Vec<_>) = numbered
                .map(|(kind, number)| (format!("${number}::{}[]", kind.sql()), format!("column{number}")))
                .unzip();
            let (arrays, names) = (arrays.join(", "), names.join(", "));
            Arc::from(self.with(&format!("SELECT * FROM UNNEST({arrays}) AS u({names})")))
        };
        Arc::clone(self.unnested.get_or_init(text))
    }

    /// A row of another width would shift every value behind it.
    fn fits(&self, row: &Row) -> Result<(), BoxDynError> {
        let (given, wanted) = (row.len(), self.kinds.len());
        if given == wanted { Ok(()) } else { Err(format!("{given} values for {wanted} columns").into()) }
    }

    fn with(&self, rows: &str) -> String {
        format!("{} {rows} {}", self.head, self.tail)
    }
}

impl Kind {
    const fn sql(self) -> &'static str {
        match self {
            Self::Int => "BIGINT",
            Self::Text => "TEXT",
            Self::Blob => "BYTEA",
        }
    }
}

/// One statement, and what is bound to it.
pub(crate) type Taken<A> = Result<(Arc<str>, A), sqlx::Error>;

/// How a database takes rows.
pub(crate) trait TakesRows {
    type Arguments;

    /// The next statement of a bulk, with its share of the rows.
    fn take(
        &self,
        bulk: &'static Bulk,
        rows: &mut dyn ExactSizeIterator<Item = Row>,
    ) -> Taken<Self::Arguments>;

    /// Every text that [`Self::take`] can give.
    fn texts(&self, bulk: &'static Bulk) -> Vec<Arc<str>>;
}

impl TakesRows for SqlitePool {
    type Arguments = SqliteArguments;

    fn take(
        &self,
        bulk: &'static Bulk,
        rows: &mut dyn ExactSizeIterator<Item = Row>,
    ) -> Taken<SqliteArguments> {
        let (count, text) = bulk.valued(rows.len());
        let mut arguments = SqliteArguments::default();
        let bound = rows.take(count).try_for_each(|row| {
            bulk.fits(&row)?;
            row.into_iter().try_for_each(|value| match value {
                Value::Int(value) => arguments.add(value),
                Value::Text(value) => arguments.add(value),
                Value::Blob(value) => arguments.add(value),
            })
        });
        bound.map(|()| (text, arguments)).map_err(sqlx::Error::Encode)
    }

    fn texts(&self, bulk: &'static Bulk) -> Vec<Arc<str>> {
        ROWS.map(|rows| bulk.valued(rows).1).to_vec()
    }
}

impl TakesRows for PgPool {
    type Arguments = PgArguments;

    fn take(&self, bulk: &'static Bulk, rows: &mut dyn ExactSizeIterator<Item = Row>) -> Taken<PgArguments> {
        let mut columns: Vec<Column> =
            bulk.kinds.iter().map(|kind| Column::of(*kind, rows.len().min(UNNESTED_ROWS_MAX))).collect();
        for row in rows.take(UNNESTED_ROWS_MAX) {
            bulk.fits(&row).map_err(sqlx::Error::Encode)?;
            columns
                .iter_mut()
                .zip(row)
                .try_for_each(|(column, value)| column.push(value))
                .map_err(sqlx::Error::Encode)?;
        }
        let mut arguments = PgArguments::default();
        let bound = columns.into_iter().try_for_each(|column| match column {
            Column::Int(values) => arguments.add(values),
            Column::Text(values) => arguments.add(values),
            Column::Blob(values) => arguments.add(values),
        });
        bound.map(|()| (bulk.unnested(), arguments)).map_err(sqlx::Error::Encode)
    }

    fn texts(&self, bulk: &'static Bulk) -> Vec<Arc<str>> {
        vec![bulk.unnested()]
    }
}

/// The values of one column, in the order of their rows.
enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Blob(Vec<Option<Vec<u8>>>),
}

impl Column {
    fn of(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Int => Self::Int(Vec::with_capacity(rows)),
            Kind::Text => Self::Text(Vec::with_capacity(rows)),
            Kind::Blob => Self::Blob(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), BoxDynError> {
        match (self, value) {
            (Self::Int(values), Value::Int(value)) => values.push(value),
            (Self::Text(values), Value::Text(value)) => values.push(value),
            (Self::Blob(values), Value::Blob(value)) => values.push(value),
            (_, value) => return Err(format!("{value:?} is not of its column's kind").into()),
        }
        Ok(())
    }
}

/// Rows in one statement of SQLite, the most first: any number of rows is a few of them, each a hop to SQLite's thread.
/// 200 × 17 columns stay far below its 32,766 binds.
const ROWS: [usize; 4] = [200, 40, 8, 1];
/// Rows in one statement of PostgreSQL, of some 200 bytes each: what is held twice while it is sent.
const UNNESTED_ROWS_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{Blob, Int, Text};

    #[test]
    fn a_list_of_values_has_a_place_for_each_value() {
        let bulk = Bulk::new("INSERT INTO t (a, b)", &[Int, Text], "ON CONFLICT DO NOTHING");
        let (count, one) = bulk.valued(1);
        assert_eq!((count, &*one), (1, "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING"));
        let (count, many) = bulk.valued(999);
        assert_eq!(many.matches('?').count(), 2 * count);
    }

    #[test]
    fn an_array_has_a_place_for_each_column() {
        let bulk = Bulk::new("INSERT INTO t (a, b, c)", &[Int, Text, Blob], "ON CONFLICT DO NOTHING");
        let expected = "INSERT INTO t (a, b, c) SELECT * FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::BYTEA[]) \
                        AS u(column1, column2, column3) ON CONFLICT DO NOTHING";
        assert_eq!(&*bulk.unnested(), expected);
    }

    #[test]
    fn any_number_of_rows_is_a_few_statements() {
        let bulk = Bulk::new("INSERT INTO t (a)", &[Int], "");
        for rows in 1..1_000 {
            let (mut left, mut statements) = (rows, 0);
            while left > 0 {
                let (count, text) = bulk.valued(left);
                assert_eq!(text.matches('?').count(), count);
                (left, statements) = (left - count, statements + 1);
            }
            assert!(statements <= 4 + 4 + 4 + 7, "{rows} rows in {statements} statements");
        }
    }

    #[test]
    fn a_value_of_another_kind_is_an_error() {
        let mut column = Column::of(Int, 1);
        assert!(column.push(Value::Int(None)).is_ok());
        assert!(column.push(Value::from("1")).is_err());
    }
}
