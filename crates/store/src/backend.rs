//! The store's handle: which database it is stays in here.

use crate::StoreError;
use crate::bulk::{Taken, TakesRows};
use crate::dialect::{self, Begins, Loss};
use crate::value::{Row, Write};
use futures_util::future::join;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection as _, PgPool, SqlitePool};

/// How the store is reached.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://USER@HOST/DATABASE`. Empty = `store.db` in the data directory.
    pub url: String,
    /// Connections for reading. Each costs PostgreSQL a process; four serve a few people and the watch.
    pub readers_max: u32,
    /// Start although PostgreSQL may lose commits. The fold redoes them only while the journal still holds them.
    pub accept_weak_durability: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { url: String::new(), readers_max: 4, accept_weak_durability: false }
    }
}

/// Whether what is committed would outlive a power cut: on SQLite all of it, on PostgreSQL all up to the last step that was
/// waited for, a checkpoint of the states among them ([`crate::Mark::checkpoint`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// So far.
    Yes,
    /// Not all of it at the moment.
    NotYet,
    /// Nobody can tell: commits may be lost, which the operator has accepted.
    Never,
}

const SETTLE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// The derived rows.
#[derive(Clone)]
pub struct Store(pub(crate) Backend);

#[derive(Clone)]
pub(crate) enum Backend {
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres {
        pool: PgPool,
        /// Its commits may be lost, and the operator has accepted that.
        weak: bool,
    },
}

/// `with_reader!(store, pool => expression)` expands to a match on the database, with `pool` bound to its pool for
/// reading; the expression is compiled once per database.
macro_rules! with_reader {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.0 {
            crate::backend::Backend::Sqlite { read: $pool, .. } => $body,
            crate::backend::Backend::Postgres { pool: $pool, .. } => $body,
        }
    };
}

/// The same with the pool for writing.
macro_rules! with_writer {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.0 {
            crate::backend::Backend::Sqlite { write: $pool, .. } => $body,
            crate::backend::Backend::Postgres { pool: $pool, .. } => $body,
        }
    };
}

/// Binds a list of values to a query.
macro_rules! bind_all {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                crate::value::Value::Int(value) => query.bind(value),
                crate::value::Value::Text(value) => query.bind(value),
                crate::value::Value::Blob(value) => query.bind(value),
            };
        }
        query
    }};
}

pub(crate) use {bind_all, with_reader, with_writer};

impl Store {
    /// Opens the database, migrates it, and checks its settings.
    pub async fn connect(config: &Config) -> Result<Self, StoreError> {
        if config.url.starts_with("sqlite:") {
            let (write, read) = Box::pin(dialect::open_sqlite(&config.url, config)).await?;
            return Ok(Self(Backend::Sqlite { write, read }));
        }
        if config.url.starts_with("postgres:") || config.url.starts_with("postgresql:") {
            let (pool, weak) = Box::pin(dialect::open_postgres(&config.url, config)).await?;
            return Ok(Self(Backend::Postgres { pool, weak }));
        }
        Err(StoreError::Unusable(
            "the store URL must begin with sqlite: or postgres:, e.g. postgres://lienwatch@db.internal/lienwatch".into(),
        ))
    }

    /// The database's name for people.
    pub fn kind(&self) -> &'static str {
        match self.0 {
            Backend::Sqlite { .. } => "sqlite",
            Backend::Postgres { .. } => "postgres",
        }
    }

    /// Whether another process does its work: whoever asked can do something else meanwhile, on another core.
    pub const fn works_apart(&self) -> bool {
        match self.0 {
            Backend::Sqlite { .. } => false,
            Backend::Postgres { .. } => true,
        }
    }

    /// Whether a power cut takes nothing of what was committed up to the last checkpoint of the states. SQLite is asked to
    /// move its log into the file, which syncs both; with somebody reading it may not get through. PostgreSQL has synced its
    /// log up to that commit before it answered.
    pub async fn settle(&self) -> Result<Settled, StoreError> {
        match &self.0 {
            Backend::Sqlite { write, .. } => {
                let (busy, logged, moved): (i64, i64, i64) = sqlx::query_as(SETTLE).fetch_one(write).await?;
                Ok(if busy == 0 && logged == moved { Settled::Yes } else { Settled::NotYet })
            }
            Backend::Postgres { weak: false, .. } => Ok(Settled::Yes),
            Backend::Postgres { weak: true, .. } => Ok(Settled::Never),
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match &self.0 {
            Backend::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Backend::Postgres { pool, .. } => pool.close().await,
        }
    }

    /// Prepares every statement this crate has; gives their number. What `query!` would check at compile time for
    /// one database is checked here for the one at hand.
    pub async fn prepare_all(&self) -> Result<usize, StoreError> {
        use sqlx::{Executor, SqlSafeStr};
        let bulks = [
            crate::batch::ALL,
            crate::positions::BULKS,
            crate::tracks::BULKS,
            crate::world::BULKS,
            crate::loans::BULKS,
            crate::frames::BULKS,
            crate::log::BULKS,
            crate::vehicles::BULKS,
        ]
        .concat();
        let bulk_texts: Vec<_> =
            with_writer!(self, pool => bulks.iter().flat_map(|bulk| pool.texts(bulk)).collect());
        let single = [
            crate::fold::ALL,
            crate::positions::ALL,
            crate::alerts::ALL,
            crate::audits::ALL,
            crate::commands::ALL,
            crate::devices::ALL,
            crate::loans::ALL,
            crate::former::ALL,
            crate::history::ALL,
            crate::imports::ALL,
            crate::inbox::ALL,
            crate::outbox::ALL,
            crate::people::ALL,
            crate::people::SESSIONS,
            crate::people::TEAMS,
            crate::people::TOKENS,
            crate::people::LIMITS,
            crate::people::LINKS,
            crate::people::SECOND_FACTORS,
            crate::retention::ALL,
            crate::stays::ALL,
            crate::tracks::ALL,
            crate::world::ALL,
            crate::frames::ALL,
            crate::log::ALL,
            crate::record::ALL,
            crate::stock::ALL,
            crate::vehicles::ALL,
        ]
        .concat();
        let texts: Vec<_> = single
            .into_iter()
            .map(SqlSafeStr::into_sql_str)
            .chain(bulk_texts.into_iter().map(|text| AssertSqlSafe(text).into_sql_str()))
            .collect();
        let count = texts.len();
        with_writer!(self, pool => {
            for text in texts {
                let shown = text.as_str().to_owned();
                pool.prepare(text).await.map_err(|error| StoreError::Bug(format!("{error} in {shown}")))?;
            }
        });
        Ok(count)
    }

    /// Executes `guard`, which must change one row, and then all writes, in one transaction.
    ///
    /// Whoever fails leaves with the connection: SQLite ends a transaction by itself when its disk is full, the library goes
    /// on counting it, and what is committed later would be a savepoint in a transaction that nobody ends: told as done,
    /// and gone with the process (`tests/chaos --only store_full`).
    pub(crate) async fn transact(
        &self,
        loss: Loss,
        guard: (&'static str, Row),
        writes: Vec<Write>,
    ) -> Result<(), StoreError> {
        with_writer!(self, pool => {
            let mut lease = Lease::of(pool.acquire().await?);
            let connection = &mut lease.connection;
            let written = async {
                let mut transaction = connection.begin_with(Begins::begin(pool, loss)).await?;
                let mut statements = writes.into_iter().flat_map(|write| statements(pool, write));
                let (text, values) = guard;
                let guarded = bind_all!(sqlx::query(text), values).execute(&mut *transaction);
                let (guarded, made) = join(guarded, async { statements.next().transpose() }).await;
                if guarded?.rows_affected() != 1 {
                    return Err(StoreError::Fenced);
                }
                #[cfg(feature = "sabotage")]
                crate::sabotage::come_apart!(transaction).await?;
                let mut next = made?;
                while let Some((text, arguments)) = next {
                    let execution = sqlx::query_with(AssertSqlSafe(text), arguments).execute(&mut *transaction);
                    // The next one is made while the database is at work on this one.
                    let (executed, made) = join(execution, async { statements.next().transpose() }).await;
                    executed?;
                    next = made?;
                }
                transaction.commit().await?;
                Ok(())
            };
            let written = written.await;
            lease.is_done = written.is_ok();
            written
        })
    }
}

/// A connection that leaves the pool unless its work was done: what failed, and what was given up in the middle.
pub(crate) struct Lease<DB: sqlx::Database> {
    pub(crate) connection: PoolConnection<DB>,
    pub(crate) is_done: bool,
}

impl<DB: sqlx::Database> Lease<DB> {
    pub(crate) const fn of(connection: PoolConnection<DB>) -> Self {
        Self { connection, is_done: false }
    }
}

impl<DB: sqlx::Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        if !self.is_done {
            self.connection.close_on_drop();
        }
    }
}

/// The statements of a write, each made when it is asked for.
fn statements<P: TakesRows>(pool: &P, mut write: Write) -> impl Iterator<Item = Taken<P::Arguments>> {
    std::iter::from_fn(move || (write.rows.len() > 0).then(|| pool.take(write.statement, &mut *write.rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn on_sqlite(folder: &tempfile::TempDir) -> Store {
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        Store::connect(&Config { url, ..Config::default() }).await.unwrap()
    }

    #[tokio::test]
    async fn only_a_step_that_is_redone_is_committed_without_its_sync() {
        let folder = tempfile::tempdir().unwrap();
        let store = on_sqlite(&folder).await;
        let Backend::Sqlite { write, .. } = &store.0 else { panic!("not SQLite") };
        let (normal, full) = (1_i64, 2_i64);
        let asked = "PRAGMA synchronous";
        for (loss, expected) in [(Loss::Redone, normal), (Loss::ForGood, full), (Loss::Redone, normal)] {
            let mut connection = write.acquire().await.unwrap();
            let mut transaction = connection.begin_with(Begins::begin(write, loss)).await.unwrap();
            let during: i64 = sqlx::query_scalar(asked).fetch_one(&mut *transaction).await.unwrap();
            assert_eq!(during, expected, "{loss:?}");
            transaction.commit().await.unwrap();
            drop(connection);
            let after: i64 = sqlx::query_scalar(asked).fetch_one(write).await.unwrap();
            assert_eq!(after, full, "after {loss:?}");
        }
    }

    #[tokio::test]
    async fn a_step_that_failed_leaves_with_its_connection() {
        let folder = tempfile::tempdir().unwrap();
        let store = on_sqlite(&folder).await;
        let Backend::Sqlite { write, .. } = &store.0 else { panic!("not SQLite") };
        let mark = "PRAGMA cache_size = -4321";
        let asked = "PRAGMA cache_size";
        sqlx::query(mark).execute(write).await.unwrap();
        let nothing = ("UPDATE fold SET fence = 0 WHERE id = $1", vec![99.into()]);
        assert!(matches!(store.transact(Loss::Redone, nothing, Vec::new()).await, Err(StoreError::Fenced)));
        let found: i64 = sqlx::query_scalar(asked).fetch_one(write).await.unwrap();
        assert_ne!(found, -4321, "the connection of the failed step is in use again");
    }
}
