//! Logs go to stderr: text for people, JSON for collectors.

use crate::config::{Log, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging. A filter that does not parse falls back to `info` and says so.
pub(crate) fn start(log: &Log) {
    let (filter, complaint) = match EnvFilter::try_new(&log.filter) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error.to_string())),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // A second start in one process (tests) is no fault.
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(colours).with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    if started.is_ok()
        && let Some(complaint) = complaint
    {
        tracing::warn!(filter = log.filter, complaint, "log filter not understood, using info");
    }
}
