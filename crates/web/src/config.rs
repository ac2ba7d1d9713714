//! What an operator may turn.
//!
//! Shape: a section of the configuration file, unknown keys refused. Units: positions. Errors: [`Config::check`] names the key;
//! [`WebError`] when it is bound.
//!
//! [`WebError`]: crate::WebError

use crate::gate::Network;
use serde::Deserialize;

/// Where people are answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `ADDRESS:PORT`. Empty: nobody is answered. Beyond this machine, put a proxy with TLS in front.
    pub http: String,
    /// Host names by which people reach this server, besides localhost and the address it listens on. Requests for any other
    /// name are refused: somebody may have pointed it here.
    pub hosts: Vec<String>,
    /// Addresses or networks of proxies in front, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// So many positions are released to one user in a day (UTC). A collector looks at some 200 cars a day, with a track of
    /// 1,000 points twice each; an export of everything is no day's work.
    pub positions_a_day_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: "127.0.0.1:8080".into(),
            hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            positions_a_day_max: 500_000,
        }
    }
}

impl Config {
    /// What the types let through.
    pub fn check(&self) -> Result<(), String> {
        if let Some(host) = self.hosts.iter().find(|host| host.is_empty() || host.contains(['/', ':', ' '])) {
            return Err(format!("web.hosts: \"{host}\" is no host name; write it without scheme and port"));
        }
        self.networks().map(drop)
    }

    pub(crate) fn networks(&self) -> Result<Vec<Network>, String> {
        let network = |text: &String| {
            Network::parse(text)
                .ok_or_else(|| format!("web.trusted_proxies: \"{text}\" is no address; write 10.0.0.1 or 10.0.0.0/8"))
        };
        self.trusted_proxies.iter().map(network).collect()
    }
}
