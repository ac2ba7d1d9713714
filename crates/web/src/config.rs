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
    /// Base maps of others beside the built-in outline, none unless said: whoever serves them learns where people look.
    pub tiles: Vec<Tiles>,
}

/// A base map of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiles {
    /// As people choose it.
    pub name: String,
    /// `https://…/{z}/{x}/{y}.png`.
    pub url: String,
    /// In which it is drawn.
    #[serde(default)]
    pub datum: Datum,
    /// What its licence wants to be shown.
    #[serde(default)]
    pub attribution: String,
}

/// In which a map is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// As satellites have it.
    #[default]
    Wgs84,
    /// As maps in China have to be.
    Gcj02,
    /// Baidu's own.
    Bd09,
}

impl Datum {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: "127.0.0.1:8080".into(),
            hosts: Vec::new(),
            trusted_proxies: Vec::new(),
            positions_a_day_max: 500_000,
            tiles: Vec::new(),
        }
    }
}

impl Config {
    /// What the types let through.
    pub fn check(&self) -> Result<(), String> {
        if let Some(host) = self.hosts.iter().find(|host| host.is_empty() || host.contains(['/', ':', ' '])) {
            return Err(format!("web.hosts: \"{host}\" is no host name; write it without scheme and port"));
        }
        if let Some(tiles) = self.tiles.iter().find(|tiles| tiles_origin(&tiles.url).is_none()) {
            return Err(format!(
                "web.tiles: \"{}\" is no address; write https://HOST/{{z}}/{{x}}/{{y}}.png",
                tiles.url
            ));
        }
        self.networks().map(drop)
    }

    pub(crate) fn networks(&self) -> Result<Vec<Network>, String> {
        let network = |text: &String| {
            Network::parse(text).ok_or_else(|| {
                format!("web.trusted_proxies: \"{text}\" is no address; write 10.0.0.1 or 10.0.0.0/8")
            })
        };
        self.trusted_proxies.iter().map(network).collect()
    }
}

/// Scheme and host of a map's address, as a content policy names them.
pub(crate) fn tiles_origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let host = rest.split('/').next().unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    // A placeholder for one of several hosts cannot stand in a policy, but a star can.
    let host = host.replace("{s}", "*");
    let plain = host.strip_prefix("*.").unwrap_or(&host);
    (!plain.is_empty() && plain.chars().all(allowed)).then(|| format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_named_by_its_key() {
        let tiles = |url: &str| Tiles {
            name: "x".into(),
            url: url.into(),
            datum: Datum::Wgs84,
            attribution: String::new(),
        };
        let usual = Config::default();
        for (config, key) in [
            (Config { hosts: vec!["https://lien.example".into()], ..usual.clone() }, "web.hosts"),
            (Config { trusted_proxies: vec!["proxy".into()], ..usual.clone() }, "web.trusted_proxies"),
            (Config { tiles: vec![tiles("maps.example/{z}")], ..usual.clone() }, "web.tiles"),
            (Config { tiles: vec![tiles("https://a; script-src *")], ..usual.clone() }, "web.tiles"),
        ] {
            assert!(config.check().unwrap_err().starts_with(key), "{key}");
        }
        assert_eq!(usual.check(), Ok(()));
        assert_eq!(
            tiles_origin("https://{s}.maps.example/{z}/{x}/{y}.png").as_deref(),
            Some("https://*.maps.example")
        );
    }
}
