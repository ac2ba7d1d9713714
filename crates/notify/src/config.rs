//! What an operator may turn.
//!
//! Shape: a section of the configuration file, unknown keys refused. Units: in the names. Errors: [`NotifyError`] when
//! the receiver is made from it.

use crate::NotifyError;
use crate::switch::Switch;
use crate::webhook::Webhook;
use serde::Deserialize;
use std::path::PathBuf;

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where alerts are posted, `https://…`. None: nothing is sent, entries wait in the outbox.
    pub webhook_url: Option<String>,
    /// File with the signing secret, `whsec_` and base64 of 24 to 64 bytes; readable by its owner only. A second line
    /// is a second secret, for a rotation: both sign. Needed with a receiver.
    pub webhook_secret_file: Option<PathBuf>,
    /// The receiver may be on this machine or in a private network.
    pub webhook_allow_private: bool,
    /// How long the receiver may take to answer, seconds.
    pub webhook_timeout_s: u64,
    /// A dead man's switch outside, `https://…`: posted to each minute as long as the server's own device is heard all the way
    /// into the store. None: no such device.
    pub switch_url: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            webhook_url: None,
            webhook_secret_file: None,
            webhook_allow_private: false,
            webhook_timeout_s: 15,
            switch_url: None,
        }
    }
}

impl Config {
    /// Whether alerts are posted anywhere.
    pub fn has_receiver(&self) -> bool {
        self.webhook_url.as_deref().is_some_and(|url| !url.is_empty())
    }

    /// Checks receiver, secret and switch without sending anything.
    pub fn check(&self) -> Result<(), NotifyError> {
        Switch::new(self)?;
        Webhook::new(self).map(|_| ())
    }
}
