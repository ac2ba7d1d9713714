//! The parts of a run, in the order in which they are done.
//!
//! Shape: a name, a sentence, and what does it: [`Plan`] in, a JSON object out, and lines for people on stderr while it
//! goes on. Errors: a part that fails prints no figure; the others go on.

mod bare;
mod closed;
mod cost;
mod desk;
mod fold;
mod held;
mod idle;
mod load;
mod month;
mod open;
mod rules;
mod size;
mod sustain;

use serde_json::Value;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// For the page, not for a look.
    pub(crate) full: bool,
    pub(crate) repeats: u32,
}

impl Plan {
    /// One value for a look, another for the page.
    pub(crate) const fn pick<T: Copy>(self, reduced: T, full: T) -> T {
        if self.full { full } else { reduced }
    }
}

/// A part, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Closed,
    Bare,
    Open,
    Sustain,
    Fold,
    Rules,
    Idle,
    Cost,
    Size,
    Month,
    Desk,
}

impl Part {
    pub(crate) const ALL: [Self; 11] = [
        Self::Closed,
        Self::Bare,
        Self::Open,
        Self::Sustain,
        Self::Fold,
        Self::Rules,
        Self::Idle,
        Self::Cost,
        Self::Size,
        Self::Month,
        Self::Desk,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Bare => "bare",
            Self::Open => "open",
            Self::Sustain => "sustain",
            Self::Fold => "fold",
            Self::Rules => "rules",
            Self::Idle => "idle",
            Self::Cost => "cost",
            Self::Size => "size",
            Self::Month => "month",
            Self::Desk => "desk",
        }
    }

    /// What it is, for `--list`.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Closed => "ceilings: closed loop, 1,000 connections, window 1 and 10, with every control",
            Self::Bare => "the disk and the database alone: fdatasync, and inserts into the server's tables",
            Self::Open => "open loop at rising rates: what is sustained, and how late answers are",
            Self::Sustain => "headline: 25,000 reports/s held for a minute on an aged store",
            Self::Fold => "end to end: how fast a backlog is folded, in an empty and in an aged store",
            Self::Rules => "a report observed and judged, with many vehicles",
            Self::Idle => "connections that say nothing: memory of each, and a reconnect storm",
            Self::Cost => "bytes written and kept for each report",
            Self::Size => "known terminals: start to listening, and throughput",
            Self::Month => "a car's month out of an aged store",
            Self::Desk => {
                "from an event on the road to the screen under 2,000 reports/s, and a track of 100,000 positions"
            }
        }
    }

    /// Does it.
    pub(crate) async fn run(self, plan: Plan) -> anyhow::Result<Value> {
        match self {
            Self::Closed => closed::run(plan).await,
            Self::Bare => bare::run(plan).await,
            Self::Open => open::run(plan).await,
            Self::Sustain => sustain::run(plan).await,
            Self::Fold => fold::run(plan).await,
            Self::Rules => rules::run(plan).await,
            Self::Idle => idle::run(plan).await,
            Self::Cost => cost::run(plan).await,
            Self::Size => size::run(plan).await,
            Self::Month => month::run(plan).await,
            Self::Desk => desk::run(plan).await,
        }
    }
}
