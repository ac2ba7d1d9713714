//! What a run is asked for.
//!
//! Shape: words of the command line → [`Options`]. Errors: a sentence for whoever wrote them.

use crate::catalogue::{self, Scenario};
use std::time::{SystemTime, UNIX_EPOCH};

/// A run.
pub(crate) struct Options {
    kills: u32,
    outage_s: u32,
    pub(crate) seed: u64,
    pub(crate) list: bool,
    pub(crate) wanted: Vec<&'static Scenario>,
}

/// What a scenario is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// Kills of the longest loop; the others take their share.
    pub(crate) kills: u32,
    /// Seconds without the database.
    pub(crate) outage_s: u32,
    /// Of every chance.
    pub(crate) seed: u64,
}

impl Options {
    pub(crate) fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            kills: KILLS,
            outage_s: OUTAGE_S,
            seed: fresh_seed(),
            list: false,
            wanted: catalogue::all().collect(),
        };
        let mut words = words;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--kills" => options.kills = whole(&value()?)?,
                "--outage" => options.outage_s = whole(&value()?)?,
                "--seed" => options.seed = whole(&value()?)?,
                "--only" => options.wanted = wanted(&value()?)?,
                "--list" => options.list = true,
                _ => return Err(format!("unknown option {word}")),
            }
        }
        if options.kills == 0 || options.kills > KILLS_MAX {
            return Err(format!("--kills takes 1 to {KILLS_MAX}"));
        }
        if options.outage_s > OUTAGE_S_MAX {
            return Err(format!("--outage takes at most {OUTAGE_S_MAX} seconds"));
        }
        Ok(options)
    }

    pub(crate) const fn plan(&self) -> Plan {
        Plan { kills: self.kills, outage_s: self.outage_s, seed: self.seed }
    }
}

impl Plan {
    /// One in so many of the kills, at least one.
    pub(crate) fn share(self, of: u32) -> u32 {
        self.kills.div_ceil(of)
    }
}

fn whole<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not a whole number"))
}

fn wanted(names: &str) -> Result<Vec<&'static Scenario>, String> {
    let found = |name: &str| {
        catalogue::all()
            .find(|scenario| scenario.name == name)
            .ok_or_else(|| format!("no scenario {name}; see --list"))
    };
    names.split(',').map(found).collect()
}

/// Another one each time, and told at the end, so that a run can be repeated.
fn fresh_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(since.subsec_nanos()) % 1_000_000
}

pub(crate) const USAGE: &str =
    "usage: chaos [--kills N] [--outage SECONDS] [--seed N] [--only NAME[,NAME]] [--list]";
/// As the issue asks.
const KILLS: u32 = 20;
/// Longer than a wait for a connection, shorter than the patience of whoever runs this.
const OUTAGE_S: u32 = 10;
/// A night.
const OUTAGE_S_MAX: u32 = 43_200;
/// A kill takes some seconds: a night, for which the alarm of a scenario waits.
const KILLS_MAX: u32 = 10_000;
