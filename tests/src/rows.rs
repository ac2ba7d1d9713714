//! What is in a store, table by table, in a form that is the same for both databases.
//!
//! Shape: a store's URL in, [`Rows`] out; [`Rows::difference`] names the first row that two stores do not share. Units:
//! as in the migrations. Errors: a column that is neither BIGINT, TEXT nor bytes. Source: DESIGN.md §5.

use anyhow::{Context as _, bail};
use sqlx::{AssertSqlSafe, Column as _, Connection as _, PgConnection, Row as _, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of every table, each as its columns and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(pub BTreeMap<String, BTreeSet<String>>);

/// Names of tables and their columns.
pub type Columns = BTreeMap<String, BTreeSet<String>>;

const SQLITE_COLUMNS: &str = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\'";

const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns \
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'";

/// The tables and columns of a store, without those of its migrations.
pub async fn columns(url: &str) -> anyhow::Result<Columns> {
    let pairs: Vec<(String, String)> = if url.starts_with("sqlite:") {
        sqlx::query_as(SQLITE_COLUMNS).fetch_all(&mut SqliteConnection::connect(url).await?).await?
    } else {
        sqlx::query_as(POSTGRES_COLUMNS).fetch_all(&mut PgConnection::connect(url).await?).await?
    };
    let mut columns = Columns::new();
    for (table, column) in pairs {
        columns.entry(table).or_default().insert(column);
    }
    Ok(columns)
}

/// Every row of a table as text, whatever the database: `rendered!(connection, table, left_out)`. A macro, since a row
/// is another type on each database.
macro_rules! rendered {
    ($connection:expr, $table:expr, $left_out:expr) => {{
        let select = AssertSqlSafe(format!("SELECT * FROM {}", $table));
        let rows = sqlx::query(select).fetch_all($connection).await?;
        let mut texts = BTreeSet::new();
        for row in rows {
            let mut text = String::new();
            for (place, column) in row.columns().iter().enumerate() {
                let name = column.name();
                if $left_out.contains(&format!("{}.{name}", $table).as_str()) {
                    continue;
                }
                let value = if let Ok(value) = row.try_get::<Option<i64>, _>(place) {
                    value.map(|value| value.to_string())
                } else if let Ok(value) = row.try_get::<Option<String>, _>(place) {
                    value
                } else if let Ok(value) = row.try_get::<Option<Vec<u8>>, _>(place) {
                    value.map(|value| format!("{value:02x?}"))
                } else {
                    bail!("{}.{name} is neither BIGINT, TEXT nor bytes", $table)
                };
                text.push_str(&format!("{name}={} ", value.as_deref().unwrap_or("NULL")));
            }
            texts.insert(text);
        }
        texts
    }};
}

impl Rows {
    /// Reads a store, without the columns named `table.column`.
    pub async fn of(url: &str, left_out: &[&str]) -> anyhow::Result<Self> {
        let mut tables = BTreeMap::new();
        for table in columns(url).await?.into_keys() {
            let rows = if url.starts_with("sqlite:") {
                rendered!(&mut SqliteConnection::connect(url).await?, table, left_out)
            } else {
                rendered!(&mut PgConnection::connect(url).await?, table, left_out)
            };
            tables.insert(table, rows);
        }
        Ok(Self(tables))
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> anyhow::Result<usize> {
        Ok(self.0.get(table).with_context(|| format!("no table {table}"))?.len())
    }

    /// The rows that only one of two stores has, as a person wants to see them; `None` when there are none.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let empty = BTreeSet::new();
        let tables: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let mut lines = Vec::new();
        for table in tables {
            let ours = self.0.get(table).unwrap_or(&empty);
            let theirs = other.0.get(table).unwrap_or(&empty);
            let only = |rows: &BTreeSet<String>, others: &BTreeSet<String>, mark: char| {
                let rows = rows.difference(others).take(SHOWN_MAX);
                rows.map(|row| format!("{mark} {table}: {row}")).collect::<Vec<_>>()
            };
            lines.extend(only(ours, theirs, '-'));
            lines.extend(only(theirs, ours, '+'));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// Rows of one table that a difference shows: the first ones are the cause, the rest its consequences.
const SHOWN_MAX: usize = 4;
