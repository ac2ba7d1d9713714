//! What can go wrong for good, by what the operator does next.

use journal::JournalError;
use std::io;
use std::path::PathBuf;

/// Why nothing can be delivered.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// An address cannot be used. Correct the configuration.
    #[error("{key}: {reason}")]
    Url {
        /// How the configuration calls it.
        key: &'static str,
        /// What is wrong with it; the address itself may hold a secret and is not shown.
        reason: String,
    },
    /// There is a receiver, but nothing to sign with.
    #[error("webhook_url needs webhook_secret_file: unsigned webhooks are not sent")]
    NoSecret,
    /// The secret cannot be read.
    #[error("webhook_secret_file {}: {source}", path.display())]
    SecretFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The secret cannot be used.
    #[error("webhook_secret_file {}: {reason}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why; never the secret itself.
        reason: &'static str,
    },
    /// A limit that cannot be.
    #[error("webhook_timeout_s must be 1 to 60")]
    Timeout,
    /// The HTTP client could not be made.
    #[error("the webhook client: {0}")]
    Client(#[from] reqwest::Error),
    /// TLS could not be set up.
    #[error("TLS of the webhook client: {0}")]
    Tls(#[from] rustls::Error),
    /// Results can no longer be written down. The process must exit.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The fold has ended, so that no result will ever be applied.
    #[error("the fold has ended")]
    FoldEnded,
}
