//! Where a file lies until somebody decides: in the data directory, readable by the server alone.
//!
//! Shape: a body in, a file out; files of which nobody can decide any more are taken away. Units: bytes. Errors: `body_too_large`;
//! a disk that is full is `store_down`. A file names no import but its own: ids are hex.

use crate::problem::{Code, Problem};
use axum::body::Body;
use futures_util::TryStreamExt;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The files that wait.
pub(crate) struct Spool {
    folder: PathBuf,
    /// Who reads a file holds all its rows in memory.
    room: Semaphore,
    /// Files that are being received or read, of which the store knows nothing yet.
    coming: Mutex<BTreeSet<String>>,
}

/// A file on its way: nobody takes it away meanwhile.
pub(super) struct Coming<'a> {
    spool: &'a Spool,
    id: String,
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.spool.coming().remove(&self.id);
    }
}

impl Spool {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join(FOLDER), room: Semaphore::new(AT_ONCE), coming: Mutex::default() }
    }

    /// A file of this id is on its way, until what is returned is dropped.
    pub(super) fn comes(&self, id: &str) -> Coming<'_> {
        self.coming().insert(id.to_owned());
        Coming { spool: self, id: id.to_owned() }
    }

    fn coming(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a file may be read.
    pub(super) async fn room(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.room.acquire().await.map_err(|_| Code::Internal.into())
    }

    /// Writes a body down; gives its size.
    pub(super) async fn receive(&self, id: &str, body: Body, bytes_max: u64) -> Result<u64, Problem> {
        let path = self.path(id);
        let received = self.write(&path, body, bytes_max).await;
        if received.is_err() {
            // What is left of it is of no use to anybody.
            let _ = std::fs::remove_file(&path);
        }
        received
    }

    async fn write(&self, path: &Path, body: Body, bytes_max: u64) -> Result<u64, Problem> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(|error| unwritten(&error))?;
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let mut file = tokio::fs::File::from_std(file.map_err(|error| unwritten(&error))?);
        let (mut stream, mut bytes) = (body.into_data_stream(), 0_u64);
        let broken = |_| Problem::field("", "body", "the body ended early");
        while let Some(part) = stream.try_next().await.map_err(broken)? {
            bytes = bytes.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
            if bytes > bytes_max {
                return Err(Code::BodyTooLarge.into());
            }
            file.write_all(&part).await.map_err(|error| unwritten(&error))?;
        }
        file.flush().await.map_err(|error| unwritten(&error))?;
        Ok(bytes)
    }

    /// The file of an import; `None` once it is gone.
    pub(super) fn open(&self, id: &str) -> Option<File> {
        File::open(self.path(id)).ok()
    }

    /// Takes the file of an import away.
    pub(super) fn remove(&self, id: &str) {
        if let Err(error) = std::fs::remove_file(self.path(id))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(id, %error, "an imported file stays in the data directory");
        }
    }

    /// Takes every file away that belongs to none of these imports and is not on its way; gives whose those were.
    pub(super) fn keep_only(&self, ids: &BTreeSet<String>) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let coming = self.coming().clone();
        let gone: Vec<String> = names.filter(|name| !ids.contains(name) && !coming.contains(name)).collect();
        for id in &gone {
            self.remove(id);
        }
        gone
    }

    fn path(&self, id: &str) -> PathBuf {
        // An id is ours: hex digits. Anything else names no file.
        let safe = id.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.folder.join(if safe { id } else { "none" })
    }
}

fn unwritten(error: &io::Error) -> Problem {
    tracing::warn!(%error, "an imported file cannot be kept in the data directory");
    Problem::new(Code::StoreDown, "The server cannot keep the file at the moment; its log says why.")
}

/// Beside the journal.
const FOLDER: &str = "imports";
/// A book of 100,000 loans takes some 100 MB while it is read and compared.
const AT_ONCE: usize = 1;
