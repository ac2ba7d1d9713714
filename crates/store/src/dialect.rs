//! Three of the four things in which the two databases differ: how they are opened, how durable they are set, how they
//! migrate. The fourth is how bulk statements take their rows ([`crate::bulk`]).
//!
//! Everything else is one SQL text. Errors: [`StoreError::Unusable`] names the setting and what to change.

use crate::{Config, StoreError};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, SqlSafeStr, SqlStr, SqlitePool};
use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

/// Opens a SQLite file: one writer, a few readers.
pub(crate) async fn open_sqlite(url: &str, config: &Config) -> Result<(SqlitePool, SqlitePool), StoreError> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| StoreError::Unusable(format!("the store URL \"{url}\" is not valid: {error}")))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // But for a step that begins with less: see `Begins`.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .pragma("cache_size", "-65536")
        // What takes back a statement that fails: some pages of each, which would go through a file.
        .pragma("temp_store", "MEMORY");
    only_for_us(options.get_filename())?;
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .after_release(|connection, _| {
            Box::pin(async move {
                sqlx::query("PRAGMA synchronous = FULL").execute(connection).await?;
                Ok(true)
            })
        })
        .connect_with(options.clone())
        .await?;
    migrator(SQLITE_MIGRATIONS).run(&write).await.map_err(|error| unusable(&error))?;
    let read = SqlitePoolOptions::new()
        .max_connections(config.readers_max)
        .connect_with(options.read_only(true).pragma("query_only", "1").row_buffer_size(ROWS_AHEAD))
        .await?;
    Ok((write, read))
}

/// Makes the file, if there is none, readable by its owner only: it holds tracks. SQLite's side files follow it.
fn only_for_us(file: &std::path::Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt;
    let opened = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(file);
    opened.map(|_| ()).map_err(|error| {
        StoreError::Unusable(format!("the store's file {} cannot be opened: {error}", file.display()))
    })
}

/// Opens PostgreSQL and checks whether its commits are durable; true = they are not, and that is accepted.
pub(crate) async fn open_postgres(url: &str, config: &Config) -> Result<(PgPool, bool), StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Unusable(format!("the store URL is not valid: {error}")))?
        .application_name("lienwatch");
    let unlimited = options.clone();
    let pool = PgPoolOptions::new()
        .max_connections(config.readers_max + 1)
        .acquire_timeout(ACQUIRE)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::query("SET statement_timeout = '60s'").execute(&mut *connection).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    let mut is_weak = false;
    for (setting, weak) in [("fsync", &["off"][..]), ("synchronous_commit", &["off", "local"][..])] {
        let found: (String,) =
            sqlx::query_as("SELECT current_setting($1)").bind(setting).fetch_one(&pool).await?;
        is_weak |= weak.contains(&found.0.as_str());
        if is_weak && !config.accept_weak_durability {
            return Err(StoreError::Unusable(format!(
                "PostgreSQL runs with {setting} = {}: a commit may be lost. Set {setting} = on, or start with \
                 accept_weak_durability = true",
                found.0
            )));
        }
    }
    // On a connection without the statement's time limit: a large table takes a while to be brought up.
    let patient =
        PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE).connect_with(unlimited).await?;
    migrator(POSTGRES_MIGRATIONS).run(&patient).await.map_err(|error| unusable(&error))?;
    patient.close().await;
    Ok((pool, is_weak))
}

/// What becomes of a transaction that a crash of the database, or a power cut, takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The fold redoes it out of the journal: nobody waits for its way to the disk.
    Redone,
    /// Nothing makes up for it: it is on the disk, and all before it, when it is answered.
    ForGood,
}

/// How a transaction begins.
pub(crate) trait Begins {
    /// The statement.
    fn begin(&self, loss: Loss) -> &'static str;
}

impl Begins for SqlitePool {
    /// The connection is fully synced again for whoever has it next: sessions and tokens are in no journal.
    fn begin(&self, loss: Loss) -> &'static str {
        match loss {
            Loss::Redone => "PRAGMA synchronous = NORMAL; BEGIN",
            Loss::ForGood => "BEGIN",
        }
    }
}

impl Begins for PgPool {
    fn begin(&self, loss: Loss) -> &'static str {
        match loss {
            Loss::Redone => "BEGIN; SET LOCAL synchronous_commit = off",
            Loss::ForGood => "BEGIN",
        }
    }
}

fn unusable(error: &sqlx::migrate::MigrateError) -> StoreError {
    match error {
        sqlx::migrate::MigrateError::Execute(sqlx::Error::Io(error)) => StoreError::Down(error.to_string()),
        other => StoreError::Unusable(format!(
            "the store's schema does not fit this version of lienwatch: {other}. A newer version may have been here."
        )),
    }
}

fn migrator(files: &'static [(&'static str, &'static str)]) -> Migrator {
    let migrations = files.iter().zip(1..).map(|((name, sql), version)| {
        let sql: SqlStr = sql.into_sql_str();
        Migration::new(version, Cow::Borrowed(*name), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// SQLite's migrations, in order. The two lists hold the same names; a test compares them.
pub(crate) const SQLITE_MIGRATIONS: &[(&str, &str)] = &[
    ("0001_spine", include_str!("../migrations/sqlite/0001_spine.sql")),
    ("0002_commands", include_str!("../migrations/sqlite/0002_commands.sql")),
    ("0003_tracks", include_str!("../migrations/sqlite/0003_tracks.sql")),
    ("0004_directory", include_str!("../migrations/sqlite/0004_directory.sql")),
    ("0005_places", include_str!("../migrations/sqlite/0005_places.sql")),
    ("0006_stays", include_str!("../migrations/sqlite/0006_stays.sql")),
    ("0007_lending", include_str!("../migrations/sqlite/0007_lending.sql")),
    ("0008_about", include_str!("../migrations/sqlite/0008_about.sql")),
    ("0009_usual_places", include_str!("../migrations/sqlite/0009_usual_places.sql")),
    ("0010_outages", include_str!("../migrations/sqlite/0010_outages.sql")),
    ("0011_told_once", include_str!("../migrations/sqlite/0011_told_once.sql")),
    ("0012_frames_by_seq", include_str!("../migrations/sqlite/0012_frames_by_seq.sql")),
    ("0013_frozen_profiles", include_str!("../migrations/sqlite/0013_frozen_profiles.sql")),
    ("0014_earshots", include_str!("../migrations/sqlite/0014_earshots.sql")),
    ("0015_provenance_and_retention", include_str!("../migrations/sqlite/0015_provenance_and_retention.sql")),
    ("0016_people", include_str!("../migrations/sqlite/0016_people.sql")),
    ("0017_inbox", include_str!("../migrations/sqlite/0017_inbox.sql")),
    ("0018_imports", include_str!("../migrations/sqlite/0018_imports.sql")),
    ("0019_former_loans", include_str!("../migrations/sqlite/0019_former_loans.sql")),
    ("0020_regions", include_str!("../migrations/sqlite/0020_regions.sql")),
    ("0021_teams", include_str!("../migrations/sqlite/0021_teams.sql")),
    ("0022_deliveries", include_str!("../migrations/sqlite/0022_deliveries.sql")),
    ("0023_feed_age", include_str!("../migrations/sqlite/0023_feed_age.sql")),
    ("0024_arrivals", include_str!("../migrations/sqlite/0024_arrivals.sql")),
];

/// PostgreSQL's migrations, in order.
pub(crate) const POSTGRES_MIGRATIONS: &[(&str, &str)] = &[
    ("0001_spine", include_str!("../migrations/postgres/0001_spine.sql")),
    ("0002_commands", include_str!("../migrations/postgres/0002_commands.sql")),
    ("0003_tracks", include_str!("../migrations/postgres/0003_tracks.sql")),
    ("0004_directory", include_str!("../migrations/postgres/0004_directory.sql")),
    ("0005_places", include_str!("../migrations/postgres/0005_places.sql")),
    ("0006_stays", include_str!("../migrations/postgres/0006_stays.sql")),
    ("0007_lending", include_str!("../migrations/postgres/0007_lending.sql")),
    ("0008_about", include_str!("../migrations/postgres/0008_about.sql")),
    ("0009_usual_places", include_str!("../migrations/postgres/0009_usual_places.sql")),
    ("0010_outages", include_str!("../migrations/postgres/0010_outages.sql")),
    ("0011_told_once", include_str!("../migrations/postgres/0011_told_once.sql")),
    ("0012_frames_by_seq", include_str!("../migrations/postgres/0012_frames_by_seq.sql")),
    ("0013_frozen_profiles", include_str!("../migrations/postgres/0013_frozen_profiles.sql")),
    ("0014_earshots", include_str!("../migrations/postgres/0014_earshots.sql")),
    (
        "0015_provenance_and_retention",
        include_str!("../migrations/postgres/0015_provenance_and_retention.sql"),
    ),
    ("0016_people", include_str!("../migrations/postgres/0016_people.sql")),
    ("0017_inbox", include_str!("../migrations/postgres/0017_inbox.sql")),
    ("0018_imports", include_str!("../migrations/postgres/0018_imports.sql")),
    ("0019_former_loans", include_str!("../migrations/postgres/0019_former_loans.sql")),
    ("0020_regions", include_str!("../migrations/postgres/0020_regions.sql")),
    ("0021_teams", include_str!("../migrations/postgres/0021_teams.sql")),
    ("0022_deliveries", include_str!("../migrations/postgres/0022_deliveries.sql")),
    ("0023_feed_age", include_str!("../migrations/postgres/0023_feed_age.sql")),
    ("0024_arrivals", include_str!("../migrations/postgres/0024_arrivals.sql")),
];

/// Rows that SQLite's thread may be ahead of who reads them: where both share a core each stop costs two switches of threads, and a track of
/// 100,000 positions took 1.5 s as often as 0.2.
const ROWS_AHEAD: usize = 1_024;

/// How long a writer waits for another process's transaction; longer than any slice of ours (DESIGN.md §5).
const BUSY: Duration = Duration::from_secs(5);

/// How long to wait for a connection before the database counts as down.
const ACQUIRE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    /// How SQLite keeps a table's key; PostgreSQL has no such choice.
    const OF_SQLITE_ALONE: &str = "0012_frames_by_seq";

    #[test]
    fn both_databases_have_the_same_migrations() {
        let names = |list: &'static [(&str, &str)]| list.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(SQLITE_MIGRATIONS), names(POSTGRES_MIGRATIONS));
        let pairs = SQLITE_MIGRATIONS.iter().zip(POSTGRES_MIGRATIONS);
        for ((name, sqlite), (_, postgres)) in pairs.filter(|((name, _), _)| *name != OF_SQLITE_ALONE) {
            let common = sqlite.replace(" BLOB", " BYTEA").replace(") WITHOUT ROWID;", ");");
            assert_eq!(common, *postgres, "{name} differs by more than BLOB and WITHOUT ROWID");
        }
    }
}
