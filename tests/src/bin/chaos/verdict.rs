//! How a run ended: a table for people, one line of JSON for programs, an exit code for both.
//!
//! Shape: what each scenario returned → [`Outcome`] → [`Verdict`]. Units: seconds. Errors: everything that is not green
//! and was injected is a violation, also a harness that stumbles: nobody has seen then that the promise was kept.

use serde_json::{Value, json};
use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

/// How a scenario ended.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Every promise was kept; what was compared.
    Green(String),
    /// One was not, or nobody can say.
    Violated(String),
    /// The fault cannot be injected on this machine, and why.
    NotRun(String),
}

/// The reason why a fault cannot be injected here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotHere(pub(crate) String);

/// A scenario that is over.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) seconds: Duration,
    pub(crate) outcome: Outcome,
}

/// A run that is over.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    seed: u64,
    pub(crate) lines: Vec<Line>,
}

impl Outcome {
    pub(crate) fn of(ended: anyhow::Result<String>) -> Self {
        match ended {
            Ok(seen) => Self::Green(seen),
            Err(error) => match error.downcast_ref::<NotHere>() {
                Some(NotHere(reason)) => Self::NotRun(reason.clone()),
                None => Self::Violated(format!("{error:#}")),
            },
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Green(_) => "ok",
            Self::Violated(_) => "violated",
            Self::NotRun(_) => "not_run",
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Green(text) | Self::Violated(text) | Self::NotRun(text) => text,
        }
    }
}

impl Verdict {
    pub(crate) const fn of(seed: u64) -> Self {
        Self { seed, lines: Vec::new() }
    }

    /// The same, with a scenario that does not end.
    pub(crate) fn and_overdue(mut self, name: &'static str, after: Duration) -> Self {
        let outcome = Outcome::Violated(format!("not over within {after:?}"));
        self.lines.push(Line { name, seconds: after, outcome });
        self
    }

    /// Says how it ended; gives the exit code.
    pub(crate) fn tell(&self) -> ExitCode {
        eprintln!("\n== summary (--seed {})", self.seed);
        for line in &self.lines {
            eprintln!("{line}");
        }
        let of =
            |code: &str| self.lines.iter().filter(|line| line.outcome.code() == code).collect::<Vec<_>>();
        let (violated, not_run) = (of("violated"), of("not_run"));
        let (verdict, exit) = match (violated.is_empty(), not_run.is_empty()) {
            (false, _) => ("violated", VIOLATED),
            (true, false) => ("incomplete", INCOMPLETE),
            (true, true) => ("ok", 0),
        };
        let seconds: u64 = self.lines.iter().map(|line| line.seconds.as_secs()).sum();
        let told = json!({
            "chaos": verdict, "seed": self.seed, "seconds": seconds, "ok": of("ok").len(),
            "violated": named(&violated), "not_run": named(&not_run), "scenarios": named(&self.lines.iter().collect::<Vec<_>>()),
        });
        #[expect(clippy::print_stdout, reason = "the verdict is the output")]
        {
            println!("{told}");
        }
        ExitCode::from(exit)
    }
}

/// Name to what was seen.
fn named(lines: &[&Line]) -> Value {
    let told = |line: &&Line| (line.name.to_owned(), Value::from(line.outcome.text()));
    lines.iter().map(told).collect::<serde_json::Map<_, _>>().into()
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, seconds) = (self.outcome.code(), self.seconds.as_secs());
        write!(f, "{code:<8} {:<28} {seconds:>4} s  {}", self.name, self.outcome.text())
    }
}

pub(crate) const VIOLATED: u8 = 8;
const INCOMPLETE: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_that_does_not_end_leaves_what_the_others_said() {
        let mut verdict = Verdict::of(1);
        let outcome = Outcome::Green("seen".to_owned());
        verdict.lines.push(Line { name: "before", seconds: Duration::from_secs(3), outcome });
        let verdict = verdict.and_overdue("endless", Duration::from_secs(9));
        let codes: Vec<_> = verdict.lines.iter().map(|line| (line.name, line.outcome.code())).collect();
        assert_eq!(codes, [("before", "ok"), ("endless", "violated")]);
    }
}
