//! Reads the log's frames again, for a back-test: handed over by whoever reads them when they come.
//!
//! Shape: a reader that begins at the beginning of a log; the crate that has it is not known here. Units: none. Errors: none.

use std::fmt;
use std::sync::Arc;
use watch::Decode;

/// Makes readers of the log.
#[derive(Clone)]
pub struct Reread(Arc<dyn Fn() -> Decode + Send + Sync>);

impl Reread {
    /// By readers that are made so.
    pub fn new(reader: impl Fn() -> Decode + Send + Sync + 'static) -> Self {
        Self(Arc::new(reader))
    }

    /// Nothing is read of any frame.
    pub fn nothing() -> Self {
        Self::new(|| Box::new(|_, _| Vec::new()))
    }

    /// One that begins at the beginning of the log.
    pub(crate) fn reader(&self) -> Decode {
        (self.0)()
    }
}

impl fmt::Debug for Reread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reread")
    }
}
