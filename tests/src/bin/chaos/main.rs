//! Faults against real servers, one after the other, each with the same proof behind it, and the controls of that proof.
//!
//! Shape: options → a run of the scenarios of [`catalogue`] → progress and a table on stderr, one line of JSON on
//! stdout. Units: seconds. Errors: exit 0 all green, 8 a violation, 3 a fault that could not be injected here, 2 usage.
//! Source: `reliability.md` §1, §2; `tests/chaos` builds it and clears away what a stopped run leaves.

mod between;
mod catalogue;
mod clients;
mod control;
mod database;
mod disk;
mod image;
mod kill;
mod latest;
mod limits;
mod options;
mod outage;
mod receiver;
mod stage;
mod tracer;
mod verdict;

use anyhow::Context as _;
use options::{Options, Plan};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use verdict::{Line, Outcome, Verdict};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(wrong) => {
            eprintln!("chaos: {wrong}\n{}", options::USAGE);
            return ExitCode::from(USAGE);
        }
    };
    if options.list {
        catalogue::list();
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(verdict) => verdict.tell(),
        Err(error) => {
            eprintln!("chaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<Verdict> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let mut verdict = Verdict::of(options.seed);
    // Built before the first fault: a compiler beside it would be one more.
    stories::program::lienwatch()?;
    if options.wanted.iter().any(|scenario| scenario.is_control) {
        stories::program::sabotaged()?;
    }
    for scenario in &options.wanted {
        eprintln!("== {}: {}", scenario.name, scenario.what);
        let started = Instant::now();
        let bell = alarm(scenario.name, options.plan(), verdict.clone())?;
        let ended = runtime.block_on((scenario.run)(options.plan()));
        drop(bell);
        let line = Line { name: scenario.name, seconds: started.elapsed(), outcome: Outcome::of(ended) };
        eprintln!("   {line}");
        verdict.lines.push(line);
    }
    Ok(verdict)
}

/// Ends the run if a scenario does not end by itself: every wait has its deadline, but a program that is called has
/// none. Dropped, it does nothing. What the scenarios before it came to is told with it.
fn alarm(name: &'static str, plan: Plan, so_far: Verdict) -> anyhow::Result<mpsc::Sender<()>> {
    let (bell, silence) = mpsc::channel::<()>();
    let most = longest(plan);
    let watch = move || {
        if silence.recv_timeout(most) == Err(RecvTimeoutError::Timeout) {
            so_far.and_overdue(name, most).tell();
            std::process::exit(i32::from(verdict::VIOLATED));
        }
    };
    std::thread::Builder::new().spawn(watch).context("no thread")?;
    Ok(bell)
}

/// What a scenario may take. What was said in an outage is folded and compared behind it.
fn longest(plan: Plan) -> Duration {
    SCENARIO_MAX + 2 * Duration::from_secs(plan.outage_s.into()) + plan.kills * KILL_MAX
}

const USAGE: u8 = 2;
/// Two cores: one for the trackers, one for the server.
const WORKERS: usize = 2;
/// Far more than the longest takes, but for the outage and the kills that are asked for.
const SCENARIO_MAX: Duration = Duration::from_mins(10);
/// A kill takes two or three: a start, and a load that is back. What was said meanwhile is compared in the end, and a machine
/// may be slow.
const KILL_MAX: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_more_kills_or_a_longer_outage_is_given_the_time_for_them() {
        let plan = |kills, outage_s| Plan { kills, outage_s, seed: 1 };
        assert!(longest(plan(10_000, 10)) >= 10_000 * Duration::from_secs(10));
        assert!(longest(plan(1, 3_600)) >= Duration::from_hours(2));
    }
}
