//! How a command ends: the exit codes of DESIGN.md §7, and errors that carry one.

use journal::JournalError;
use std::{fmt, io};
use store::StoreError;
use watch::WatchError;

/// Exit codes. Scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok = 0,
    Failed = 1,
    Usage = 2,
    PartlyDone = 3,
    NotFound = 4,
    Refused = 5,
    Unreachable = 6,
    Conflict = 7,
    Problems = 8,
    Interrupted = 130,
}

impl Exit {
    /// The number.
    #[expect(clippy::as_conversions, reason = "a fieldless enum's value is its exit code")]
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

/// A failure that says how to exit. Everything else that fails exits with 1.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
}

impl Failure {
    /// An error for [`anyhow`].
    pub(crate) fn error(exit: Exit, message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self { exit, message: message.into() })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit code of an error, found in its chain.
pub(crate) fn exit_of(error: &anyhow::Error) -> Exit {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return failure.exit;
        }
        let store = match cause.downcast_ref::<WatchError>() {
            Some(WatchError::Store(store)) => Some(store),
            _ => cause.downcast_ref::<StoreError>(),
        };
        let journal = match cause.downcast_ref::<WatchError>() {
            Some(WatchError::Journal(journal)) => Some(journal),
            _ => cause.downcast_ref::<JournalError>(),
        };
        let passing = matches!(journal, Some(JournalError::Busy { .. } | JournalError::Disk { .. }));
        if passing || matches!(store, Some(StoreError::Down(_))) {
            return Exit::Unreachable;
        }
        // Somebody else has the port, as somebody else may have the folder.
        let is_taken = |error: &io::Error| error.kind() == io::ErrorKind::AddrInUse;
        if matches!(store, Some(StoreError::Fenced)) || cause.downcast_ref().is_some_and(is_taken) {
            return Exit::Conflict;
        }
    }
    Exit::Failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_a_conflict_and_one_that_may_not_be_opened_is_none() {
        let exit = |kind: io::ErrorKind| {
            let address = std::net::SocketAddr::from(([127, 0, 0, 1], 7018));
            let trackers = ingest::IngestError::Bind { address, source: kind.into() };
            let people = web::WebError::Bind { address: "127.0.0.1:8080".into(), source: kind.into() };
            [exit_of(&trackers.into()), exit_of(&people.into())]
        };
        assert_eq!(exit(io::ErrorKind::AddrInUse), [Exit::Conflict; 2]);
        assert_eq!(exit(io::ErrorKind::PermissionDenied), [Exit::Failed; 2]);
    }
}
