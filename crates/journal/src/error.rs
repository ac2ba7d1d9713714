//! What can go wrong, by what the caller does next.
//!
//! Shape: one enum; a failure of the database is sorted into it in one place. Units: bytes. Source: DESIGN.md §4;
//! result codes of SQLite, <https://www.sqlite.org/rescode.html>.

use std::io;
use std::path::{Path, PathBuf};

/// Why the journal did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A call without items. The caller has nothing to wait for.
    #[error("there is nothing to append")]
    Empty,
    /// One input is too large. The caller splits it or refuses what it came from; nothing of the call was queued.
    #[error("item {item} of the call has {bytes} bytes of {part}, more than {max}")]
    TooLarge {
        /// Place in the call, from 0.
        item: usize,
        /// `input` or `frame`.
        part: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// More items than one commit may hold. The caller splits the call; nothing of it was queued.
    #[error("{items} items in one call, more than {max}")]
    TooMany {
        /// Items given, large ones counted once for each KiB.
        items: usize,
        /// The limit.
        max: usize,
    },
    /// No room. Try again when there is.
    #[error("no room for the journal: {reason}")]
    Disk {
        /// What the database said.
        reason: String,
    },
    /// Another process holds the lock for too long. Try again.
    #[error("the journal is locked by another process: {reason}")]
    Busy {
        /// What the database said.
        reason: String,
    },
    /// The database does not promise durability. Refuse to start.
    #[error(
        "{pragma} is {found}, but an acknowledgement needs {wanted}: put the data directory on a local disk that can sync"
    )]
    Durability {
        /// The setting.
        pragma: &'static str,
        /// What it is.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// The file is from a newer program, or is no journal. Refuse to start.
    #[error(
        "the journal has format {found}, this program knows up to {known}: start the program that wrote it"
    )]
    Format {
        /// What the file says.
        found: i64,
        /// The newest that this program reads.
        known: i64,
    },
    /// What is stored cannot be read. Stop, keep the file.
    #[error("the journal cannot be read: {reason}")]
    Corrupt {
        /// Where and why.
        reason: String,
    },
    /// A setting that cannot be. Refuse to start.
    #[error("{key} {reason}")]
    Config {
        /// The setting.
        key: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file system refuses the data directory or the lock. Refuse to start.
    #[error("{}: {source}", path.display())]
    File {
        /// What was opened.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A write or a sync failed, so nothing can be promised any more. The process must exit.
    #[error("the journal failed: {reason}")]
    Failed {
        /// What the database said.
        reason: String,
    },
    /// The journal was closed. What had been queued may or may not be stored.
    #[error("the journal is closed")]
    Closed,
}

impl JournalError {
    /// The same, of the item at this place in the call.
    pub(crate) fn of_item(self, item: usize) -> Self {
        match self {
            Self::TooLarge { part, bytes, max, .. } => Self::TooLarge { item, part, bytes, max },
            other => other,
        }
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::File { path: path.to_owned(), source }
    }

    /// The same error for each of many waiters.
    pub(crate) fn to_waiter(&self) -> Self {
        match self {
            Self::Disk { reason } => Self::Disk { reason: reason.clone() },
            Self::Busy { reason } => Self::Busy { reason: reason.clone() },
            Self::Failed { reason } => Self::Failed { reason: reason.clone() },
            Self::Closed => Self::Closed,
            other => Self::Failed { reason: other.to_string() },
        }
    }
}

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        let reason = error.to_string();
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<i32>().ok());
        let Some(code) = code else {
            return match error {
                sqlx::Error::PoolClosed => Self::Closed,
                sqlx::Error::PoolTimedOut => Self::Busy { reason },
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => Self::Corrupt { reason },
                _ => Self::Failed { reason },
            };
        };
        match (code, code & PRIMARY) {
            (IOERR_SHMSIZE, _) | (_, FULL) => Self::Disk { reason },
            (_, BUSY | LOCKED) => Self::Busy { reason },
            (_, CORRUPT | NOT_A_DATABASE) => Self::Corrupt { reason },
            _ => Self::Failed { reason },
        }
    }
}

/// The low byte of an extended result code is the primary one.
const PRIMARY: i32 = 0xff;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOT_A_DATABASE: i32 = 26;
/// The shared-memory file could not grow, which happens on a full disk only.
const IOERR_SHMSIZE: i32 = 0x130a;
