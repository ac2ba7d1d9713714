//! The journal's file: created, opened, brought to this program's format, and checked for its promise of durability.
//!
//! Shape: a data directory → one write connection, and read-only ones. Units: bytes, ms. Errors: a setting that breaks
//! the promise is refused, also when the library took it silently. Source: DESIGN.md §4; <https://www.sqlite.org/wal.html>.

use crate::{Config, JournalError};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file of the journal in a data directory.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("journal.db")
}

/// Makes the data directory, for its owner only, if there is none.
pub(crate) fn create_dir(dir: &Path) -> Result<(), JournalError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(JournalError::file(dir))
}

/// Opens a file for its owner only, and makes it if there is none.
pub(crate) fn create_file(path: &Path) -> Result<File, JournalError> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false).mode(0o600);
    options.open(path).map_err(JournalError::file(path))
}

/// Opens the one connection of this process that writes.
pub(crate) async fn open_writer(data_dir: &Path, config: &Config) -> Result<SqliteConnection, JournalError> {
    create_dir(data_dir)?;
    create_database(data_dir)?;
    let mut connection = connect_writer(&writer_options(&path(data_dir), config)).await?;
    verify_durability(&mut connection).await?;
    migrate(&mut connection).await?;
    #[cfg(feature = "sabotage")]
    crate::sabotage::stop_syncing(&mut connection).await?;
    Ok(connection)
}

/// Opens one connection that reads.
pub(crate) async fn open_reader(data_dir: &Path) -> Result<SqliteConnection, JournalError> {
    Ok(SqliteConnection::connect_with(&reader_options(&path(data_dir))).await?)
}

/// Opens the connections that read. They are made when they are needed.
pub(crate) fn open_readers(data_dir: &Path) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(READER_WAIT_MAX)
        .connect_lazy_with(reader_options(&path(data_dir)))
}

/// Makes an empty file, for its owner only, before SQLite makes a readable one; its companions take over the mode.
///
/// A file that exists is not touched: to close it would drop the locks that this process has on it
/// [<https://www.sqlite.org/howtocorrupt.html>, §2.2]. SQLite does not sync the directory for a new database.
fn create_database(data_dir: &Path) -> Result<(), JournalError> {
    let path = path(data_dir);
    match OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(JournalError::file(&path)(error)),
    }
    File::open(data_dir).and_then(|dir| dir.sync_all()).map_err(JournalError::file(data_dir))
}

/// A new file is switched to the log under a lock for which SQLite itself does not wait, so two first opens at the
/// same moment collide.
async fn connect_writer(options: &SqliteConnectOptions) -> Result<SqliteConnection, JournalError> {
    for _ in 0..CONNECT_TRIES_MAX {
        match options.connect().await.map_err(JournalError::from) {
            Err(JournalError::Busy { .. }) => tokio::time::sleep(CONNECT_AGAIN).await,
            connected => return connected,
        }
    }
    Ok(options.connect().await?)
}

fn writer_options(path: &Path, config: &Config) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_WAIT_MAX)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // Checkpoints are the writer's: SQLite's own ones hide a failed sync, and the next one then seems to succeed.
        .pragma("wal_autocheckpoint", "0")
        .pragma("journal_size_limit", LOG_KEPT_BYTES.to_string())
        .pragma("max_page_count", (config.size_max_bytes / PAGE_BYTES).to_string())
}

fn reader_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_WAIT_MAX)
        .read_only(true)
        .row_buffer_size(ROWS_AHEAD)
}

/// Reads the settings back: an unknown or refused pragma is no error to SQLite.
async fn verify_durability(connection: &mut SqliteConnection) -> Result<(), JournalError> {
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
    if mode != "wal" {
        return Err(JournalError::Durability { pragma: "journal_mode", found: mode, wanted: "wal" });
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await?;
    if synchronous != SYNCHRONOUS_FULL {
        let found = synchronous.to_string();
        return Err(JournalError::Durability { pragma: "synchronous", found, wanted: "2 (FULL)" });
    }
    Ok(())
}

/// Brings an older or empty file to the newest format, under the write lock, since two processes may open a new one.
/// A file that is up to date is not locked: a command line tool must not wait for a busy server only to look.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), JournalError> {
    if pending_migrations(connection).await?.is_empty() {
        return Ok(());
    }
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for migration in pending_migrations(&mut transaction).await? {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

async fn pending_migrations(
    connection: &mut SqliteConnection,
) -> Result<&'static [&'static str], JournalError> {
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let pending = usize::try_from(found).ok().and_then(|done| MIGRATIONS.get(done..));
    pending.ok_or(JournalError::Format { found, known })
}

/// In order; each sets `user_version` to its number.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_journal.sql"),
    include_str!("../migrations/0002_parts.sql"),
    include_str!("../migrations/0003_blocks.sql"),
];

/// Rows that SQLite's thread may be ahead of who reads them: each time it is stopped costs two switches of threads. Of
/// full blocks 2 MiB.
const ROWS_AHEAD: usize = 32;
/// What `PRAGMA synchronous` says for FULL.
const SYNCHRONOUS_FULL: i64 = 2;
/// SQLite's default page.
const PAGE_BYTES: u64 = 4096;
/// A write-ahead log that grew in a rush is cut back to this when it is used again.
const LOG_KEPT_BYTES: u64 = 64 << 20;
/// Another process appends a loan book in commits of milliseconds; seconds mean that it hangs.
const BUSY_WAIT_MAX: Duration = Duration::from_secs(5);
/// The switch takes a few commits; with [`CONNECT_AGAIN`] this is a second.
const CONNECT_TRIES_MAX: u32 = 50;
/// Some commits' time.
const CONNECT_AGAIN: Duration = Duration::from_millis(20);
/// The fold, the web and a command line tool at a time.
const READERS_MAX: u32 = 4;
/// A read takes milliseconds.
const READER_WAIT_MAX: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[tokio::test]
    async fn the_writer_is_synchronous_full_and_never_checkpoints_by_itself() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = open_writer(dir.path(), &Config::default()).await.unwrap();
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut writer).await.unwrap();
        let automatic: i64 =
            sqlx::query_scalar("PRAGMA wal_autocheckpoint").fetch_one(&mut writer).await.unwrap();
        assert_eq!((synchronous, automatic), (2, 0));
    }

    #[tokio::test]
    async fn a_connection_that_does_not_sync_each_commit_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        create_database(dir.path()).unwrap();
        let options = writer_options(&path(dir.path()), &Config::default());
        let mut lax = options.clone().synchronous(SqliteSynchronous::Normal).connect().await.unwrap();
        let refused = verify_durability(&mut lax).await.unwrap_err();
        assert!(matches!(refused, JournalError::Durability { pragma: "synchronous", .. }), "{refused}");
        // Closed and not only dropped: another thread does that later, and the log can't be left beside a connection.
        lax.close().await.unwrap();
        let mut rollback = options.journal_mode(SqliteJournalMode::Delete).connect().await.unwrap();
        let refused = verify_durability(&mut rollback).await.unwrap_err();
        assert!(matches!(refused, JournalError::Durability { pragma: "journal_mode", .. }), "{refused}");
    }

    #[tokio::test]
    async fn a_file_of_a_newer_program_is_refused_by_its_number() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = open_writer(dir.path(), &Config::default()).await.unwrap();
        sqlx::query("PRAGMA user_version = 99").execute(&mut writer).await.unwrap();
        writer.close().await.unwrap();
        let refused = open_writer(dir.path(), &Config::default()).await.unwrap_err();
        assert!(matches!(refused, JournalError::Format { found: 99, known: 3 }), "{refused}");
    }

    #[tokio::test]
    async fn nobody_but_the_owner_reads_directory_and_files() {
        let dir = tempfile::tempdir().unwrap();
        let data_dir = dir.path().join("fresh");
        let writer = open_writer(&data_dir, &Config::default()).await.unwrap();
        let mode = |name: &str| std::fs::metadata(data_dir.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!([mode("."), mode("journal.db"), mode("journal.db-wal")], [0o700, 0o600, 0o600]);
        drop(writer);
    }
}
