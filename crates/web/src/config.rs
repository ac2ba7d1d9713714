//! What an operator may turn.
//!
//! Shape: a section of the configuration file, unknown keys refused. Errors: [`WebError`] when it is bound.
//!
//! [`WebError`]: crate::WebError

use serde::Deserialize;

/// Where people are answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `ADDRESS:PORT`. Empty: nobody is answered. There is no login yet: leave it on this machine, or behind a proxy
    /// that asks for one.
    pub http: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { http: "127.0.0.1:8080".into() }
    }
}
