//! What is stored of a site, replayed: for `explain`, `rules backtest` and `rules test`.
//!
//! Shape: a [`Wanted`] part of the history in, [`Past`] out, which is stepped to its end under a bar. Units: journal time.
//! Errors: nothing stored yet, or a time before all of it: exit 4.

use crate::exit::{Exit, Failure};
use crate::site::Site;
use crate::zone::Local;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ingest::LogReader;
use model::{Seq, TerminalId, Timestamp};
use rules::RuleSet;
use std::io::IsTerminal;
use store::StoreError;
use watch::backtest::{Kept, Run, Tales};
use watch::{Changed, Decode, Replay, Span};
use wire::Authenticator;

/// Which part of the history, and by which rules.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Up to and including this time.
    pub(crate) until: Option<Timestamp>,
    /// Frames of these terminals only.
    pub(crate) terminals: Option<Vec<TerminalId>>,
    /// In force all the time; `None` = whichever was.
    pub(crate) rule_set: Option<RuleSet>,
    /// In which zone times are told; `None` = UTC.
    pub(crate) local: Option<Local>,
}

/// A replay of a site's history.
pub(crate) struct Past {
    pub(crate) replay: Replay<Decode>,
    pub(crate) kept: Kept,
    bar: ProgressBar,
}

impl Past {
    /// At the beginning of what is stored.
    pub(crate) async fn open(site: &Site, wanted: Wanted) -> Result<Self> {
        let Some(kept) = Kept::of(&site.store).await? else {
            let message =
                "nothing is stored yet: start `lienwatch serve` and let trackers and loan books in first";
            return Err(Failure::error(Exit::NotFound, message));
        };
        let say = |at: Timestamp| wanted.local.as_ref().map_or_else(|| at.to_string(), |local| local.say(at));
        let begins_at = say(kept.begins_at);
        if let Some(until) = wanted.until.filter(|until| *until < kept.begins_at) {
            let until = say(until);
            let message =
                format!("{until} lies before everything that is stored, which begins at {begins_at}");
            return Err(Failure::error(Exit::NotFound, message));
        }
        if kept.first > FIRST {
            eprintln!(
                "what is stored begins at {begins_at} with input {}: states, loans and alerts of before are not known to a replay",
                kept.first
            );
        }
        let span = Span {
            until_seq: kept.last,
            until: wanted.until,
            terminals: wanted.terminals,
            rule_set: wanted.rule_set,
        };
        let replay = Replay::new(site.store.clone(), span, decoder(site.journal.authentication_key()));
        Ok(Self { replay, kept, bar: bar(kept.first, kept.last) })
    }

    /// Goes to the end; `each` sees every change of an alert, in order.
    pub(crate) async fn run(&mut self, mut each: impl FnMut(Changed)) -> Result<()> {
        while let Some(changed) = self.replay.step().await.map_err(explained)? {
            changed.into_iter().for_each(&mut each);
            let done = self.replay.applied().0.saturating_sub(self.kept.first.0);
            self.bar.set_position(u64::try_from(done).unwrap_or(0));
        }
        self.bar.finish_and_clear();
        Ok(())
    }

    /// Goes to the end: everything that was raised.
    pub(crate) async fn raised(&mut self) -> Result<Run> {
        let mut tales = Tales::all();
        self.run(|changed| tales.take(changed)).await?;
        Ok(tales.ended(&self.replay))
    }
}

/// Reads each frame as its connection had read it.
pub(crate) fn decoder(key: [u8; 32]) -> Decode {
    let mut reader = LogReader::new(protocols::ALL, Authenticator::Keyed(key));
    Box::new(move |row, profile| {
        let bytes = row.frame.as_deref().unwrap_or_default();
        reader.read(&row.reception, bytes, profile)
    })
}

fn explained(error: watch::WatchError) -> anyhow::Error {
    match error {
        watch::WatchError::Store(StoreError::Down(reason)) => {
            let message =
                format!("the store went away in the middle: {reason}. Nothing was changed; ask again");
            Failure::error(Exit::Unreachable, message)
        }
        other => other.into(),
    }
}

fn bar(from: Seq, until: Seq) -> ProgressBar {
    let watched = std::io::stderr().is_terminal();
    let target = if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(u64::try_from(until.0 - from.0).ok(), target);
    if let Ok(style) = ProgressStyle::with_template(BAR) {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar
}

/// A journal counts from here.
const FIRST: Seq = Seq(1);
const BAR: &str = "replaying {bar:30} {human_pos} of {human_len} inputs, {eta} left";
