//! What can go wrong before the first frame: everything later ends one connection at most.

use journal::JournalError;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why ingest cannot start, or a directory copy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A listener's address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A listener names a protocol that is not built in.
    #[error("no protocol is called \"{name}\"; there are: {known}")]
    UnknownProtocol {
        /// The name.
        name: &'static str,
        /// The names that exist.
        known: String,
    },
    /// A limit that would let nothing in.
    #[error("ingest.{key} must be at least 1")]
    Zero {
        /// The config key.
        key: &'static str,
    },
    /// The journal's limits would refuse what one read of one connection may bring.
    #[error("{key} must be at least {min} for the tracker ports")]
    Journal {
        /// The config key.
        key: &'static str,
        /// What it must be at least.
        min: usize,
    },
    /// The journal does not say what parts of split messages it keeps.
    #[error("the parts of split messages in the journal: {0}")]
    Parts(#[from] JournalError),
    /// The directory's copy cannot be read or written.
    #[error("directory copy {}: {source}", path.display())]
    CopyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a directory copy that this program wrote.
    #[error("{} is no directory copy of this version", path.display())]
    CopyFormat {
        /// The file.
        path: PathBuf,
    },
}
