//! What can go wrong before the first request.

use std::io;

/// Why nobody can be answered.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The address is taken, not ours, or no address.
    #[error("http = \"{address}\": {source}")]
    Bind {
        /// As configured.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// A setting that cannot be.
    #[error("{0}")]
    Config(String),
    /// Accepting connections ended.
    #[error("the web server ended: {0}")]
    Serve(io::Error),
    /// The metrics recorder cannot be installed.
    #[error("metrics: {0}")]
    Recorder(#[from] metrics_exporter_prometheus::BuildError),
}
