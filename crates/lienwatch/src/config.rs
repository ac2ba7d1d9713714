//! The configuration: each crate's own section, composed. File < environment < flag.
//!
//! Shape: TOML, unknown keys refused with their name. A key of a section is set in the environment as
//! `LIENWATCH_SECTION__KEY`, e.g. `LIENWATCH_STORE__URL`; the few flags have twins of their own.

use crate::exit::{Exit, Failure};
use anyhow::Result;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use ingest::Listener;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tracing_subscriber::EnvFilter;

/// Everything `serve` can be told. Each section belongs to the crate it tunes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Journal, embedded store and copies live here.
    pub(crate) data_dir: PathBuf,
    /// Tracker ports: `ADDRESS` tells the protocol by the first bytes, `PROTOCOL=ADDRESS` speaks only that one.
    pub(crate) listen: Vec<String>,
    /// A rule set to put in force at start, if it is not already.
    pub(crate) rules: Option<PathBuf>,
    pub(crate) log: Log,
    pub(crate) ingest: ingest::Config,
    pub(crate) journal: journal::Config,
    pub(crate) store: store::Config,
    pub(crate) watch: watch::Config,
    pub(crate) notify: notify::Config,
    pub(crate) web: web::Config,
}

/// How to log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// `text` for people, `json` for collectors.
    pub(crate) format: LogFormat,
    /// A `tracing` filter, e.g. `info` or `info,ingest=debug`.
    pub(crate) filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("lienwatch-data"),
            listen: vec![format!("0.0.0.0:{PORT}")],
            rules: None,
            log: Log::default(),
            ingest: ingest::Config::default(),
            journal: journal::Config::default(),
            store: store::Config::default(),
            watch: watch::Config::default(),
            notify: notify::Config::default(),
            web: web::Config::default(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".into() }
    }
}

/// What the command line says over file and environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) store_url: Option<String>,
    pub(crate) listen: Vec<String>,
    pub(crate) http: Option<String>,
    pub(crate) log: Option<String>,
}

impl Config {
    /// Reads file, environment and flags; checks everything before the first bind.
    pub(crate) fn load(file: Option<&Path>, overrides: Overrides) -> Result<Self> {
        let mut layers = Figment::new();
        if let Some(file) = file {
            if !file.is_file() {
                let message = format!("there is no configuration file {}", file.display());
                return Err(Failure::error(Exit::NotFound, message));
            }
            layers = layers.merge(Toml::file(file));
        }
        // Only keys with a section: plain LIENWATCH_… names are the twins of flags.
        let sections = Env::prefixed("LIENWATCH_").filter(|key| key.as_str().contains("__")).split("__");
        let mut config: Self = layers
            .merge(sections)
            .extract()
            .map_err(|error| Failure::error(Exit::Usage, format!("configuration: {error}")))?;
        config.apply(overrides);
        config.listeners()?;
        config.check()?;
        let refused = |error: String| Failure::error(Exit::Usage, format!("configuration: {error}"));
        config.ingest.check().map_err(|error| refused(error.to_string()))?;
        config.journal.check().map_err(|error| refused(error.to_string()))?;
        config.watch.check().map_err(refused)?;
        config.notify.check().map_err(|error| refused(error.to_string()))?;
        if let Some(rules) = &config.rules {
            let text = std::fs::read_to_string(rules).map_err(|error| {
                Failure::error(Exit::Usage, format!("rule set {}: {error}", rules.display()))
            })?;
            rules::RuleSet::parse(&text).map_err(|error| {
                Failure::error(Exit::Usage, format!("rule set {}: {error}", rules.display()))
            })?;
        }
        Ok(config)
    }

    fn apply(&mut self, overrides: Overrides) {
        if let Some(data_dir) = overrides.data_dir {
            self.data_dir = data_dir;
        }
        if let Some(url) = overrides.store_url {
            self.store.url = url;
        }
        if !overrides.listen.is_empty() {
            self.listen = overrides.listen;
        }
        if let Some(http) = overrides.http {
            self.web.http = http;
        }
        if let Some(filter) = overrides.log {
            self.log.filter = filter;
        }
        if self.store.url.is_empty() {
            self.store.url = format!("sqlite:{}", self.data_dir.join("store.db").display());
        }
    }

    /// What the sections' own types let through. The store is not asked: it may be down.
    fn check(&self) -> Result<()> {
        let wrong =
            |key: &str, why: &str| Err(Failure::error(Exit::Usage, format!("configuration: {key} {why}")));
        if !self.web.http.is_empty() && self.web.http.parse::<SocketAddr>().is_err() {
            return wrong("web.http", "is not an address; write 127.0.0.1:8080, or \"\" for none");
        }
        if let Err(why) = self.web.check() {
            return Err(Failure::error(Exit::Usage, format!("configuration: {why}")));
        }
        // The URL may hold a password, so it is not repeated.
        if !STORE_SCHEMES.iter().any(|scheme| self.store.url.starts_with(scheme)) {
            return wrong("store.url", "must begin with sqlite: or postgres:");
        }
        if self.store.readers_max == 0 {
            return wrong("store.readers_max", "must be at least 1");
        }
        match EnvFilter::try_new(&self.log.filter) {
            Ok(_) => Ok(()),
            Err(error) => wrong("log.filter", &format!("\"{}\": {error}", self.log.filter)),
        }
    }

    /// The tracker ports.
    pub(crate) fn listeners(&self) -> Result<Vec<Listener>> {
        self.listen.iter().map(|text| listener(text)).collect()
    }
}

fn listener(text: &str) -> Result<Listener> {
    let (protocol, address) = match text.split_once('=') {
        Some((name, address)) => (Some(protocol_name(name)?), address),
        None => (None, text),
    };
    let address: SocketAddr = address.parse().map_err(|_| {
        let name = protocols::ALL.first().map_or("PROTOCOL", |protocol| protocol.name());
        let message =
            format!("listen \"{text}\" is not an address; write 0.0.0.0:{PORT} or {name}=0.0.0.0:{PORT}");
        Failure::error(Exit::Usage, message)
    })?;
    Ok(Listener { address, protocol })
}

/// The name of a protocol on the list.
pub(crate) fn protocol_name(name: &str) -> Result<&'static str> {
    protocols::ALL.iter().map(|protocol| protocol.name()).find(|known| *known == name).ok_or_else(|| {
        let known = protocol_names();
        Failure::error(Exit::Usage, format!("\"{name}\" is not a protocol; there are: {known}"))
    })
}

/// The names on the list, for people.
pub(crate) fn protocol_names() -> String {
    protocols::ALL.iter().map(|protocol| protocol.name()).collect::<Vec<_>>().join(", ")
}

/// The port that trackers are pointed at unless somebody says otherwise.
pub(crate) const PORT: u16 = 7018;
/// The databases that the store speaks to.
const STORE_SCHEMES: [&str; 3] = ["sqlite:", "postgres:", "postgresql:"];

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lienwatch.toml");
        std::fs::write(&file, text).unwrap();
        (folder, file)
    }

    #[test]
    fn the_example_file_is_valid_and_says_the_defaults() {
        let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/lienwatch.toml"));
        let config = Config::load(Some(file), Overrides::default()).unwrap();
        assert_eq!(config.data_dir, Path::new("/var/lib/lienwatch"));
        let (example, default) = (config, Config::default());
        assert_eq!(format!("{:?}", example.ingest), format!("{:?}", default.ingest));
        assert_eq!(format!("{:?}", example.journal), format!("{:?}", default.journal));
        assert_eq!(format!("{:?}", example.watch), format!("{:?}", default.watch));
        assert_eq!(format!("{:?}", example.web), format!("{:?}", default.web));
        assert_eq!(example.listen, default.listen);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let (_folder, file) = write("[journal]\nretention_hours = 3\n");
        let error = Config::load(Some(&file), Overrides::default()).unwrap_err();
        assert!(error.to_string().contains("retention_hours"), "{error}");
    }

    #[test]
    fn a_value_that_cannot_work_is_refused_by_its_key() {
        for (text, key) in [
            ("[web]\nhttp = \"8080\"\n", "web.http"),
            ("[web]\nhosts = [\"https://lien.example\"]\n", "web.hosts"),
            ("[web]\ntrusted_proxies = [\"proxy\"]\n", "web.trusted_proxies"),
            ("[store]\nurl = \"mysql://db\"\n", "store.url"),
            ("[store]\nreaders_max = 0\n", "store.readers_max"),
            ("[log]\nfilter = \"ingest=loud\"\n", "log.filter"),
        ] {
            let (_folder, file) = write(text);
            let error = Config::load(Some(&file), Overrides::default()).unwrap_err();
            assert!(error.to_string().contains(key), "{error}");
        }
        let (_folder, file) = write("[web]\nhttp = \"\"\n");
        assert!(Config::load(Some(&file), Overrides::default()).is_ok());
    }

    #[test]
    fn a_bad_listener_says_how_to_write_one() {
        let overrides = Overrides { listen: vec!["h02=0.0.0.0:1".into()], ..Overrides::default() };
        assert!(Config::load(None, overrides).unwrap_err().to_string().contains("gt06"));
        let overrides = Overrides { listen: vec!["7018".into()], ..Overrides::default() };
        assert!(Config::load(None, overrides).unwrap_err().to_string().contains("0.0.0.0:7018"));
    }
}
