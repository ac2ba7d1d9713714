//! Who may fold: one process a data directory, since two folds would raise each alert twice.
//!
//! Shape: a lock on `fold.lock`, held until dropped; the kernel drops it with the process, so nothing goes stale.
//! Units: none. Errors: the file cannot be opened or locked. Source: DESIGN.md §1, fine print 4.

use crate::{JournalError, database};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The right to fold the journal of one data directory.
#[derive(Debug)]
pub struct FoldLock {
    /// Holds the lock by being open.
    _file: File,
    data_dir: PathBuf,
}

impl FoldLock {
    /// Takes the lock, or says with `None` that another process has it. Creates the directory if there is none.
    pub fn try_take(data_dir: &Path) -> Result<Option<Self>, JournalError> {
        database::create_dir(data_dir)?;
        let path = data_dir.join(FILE_NAME);
        let mut file = database::create_file(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(source)) => return Err(JournalError::File { path, source }),
        }
        // The pid is for a person who looks at the file; nothing reads it.
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(JournalError::file(&path))?;
        Ok(Some(Self { _file: file, data_dir: data_dir.to_owned() }))
    }

    /// The directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }
}

const FILE_NAME: &str = "fold.lock";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_gets_nothing_until_the_first_lets_go() {
        let dir = tempfile::tempdir().unwrap();
        let first = FoldLock::try_take(dir.path()).unwrap();
        assert!(first.is_some());
        assert!(FoldLock::try_take(dir.path()).unwrap().is_none());
        drop(first);
        assert!(FoldLock::try_take(dir.path()).unwrap().is_some());
    }
}
