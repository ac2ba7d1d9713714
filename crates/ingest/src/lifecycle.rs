//! The life of connections in virtual time, as seeded histories: devices that connect, vanish, come back on a second
//! connection, resend, split their writes and talk nonsense; a journal that commits late or never; a wall clock that
//! jumps; a server that crashes. What must always hold is in [`checks`], what must hold in the end in [`finish`].
//!
//! ```text
//! Device --bytes--> Line (a socket and its Exchange) --items--> Ledger (the journal) --commit--> Line --acks--> Device
//! ```
//! `connection`'s own loop over a real socket is not in it (`line` stands for it); `stories` goes through that.
//! `LIENWATCH_SEED=7` replays one history, `LIENWATCH_SEEDS=100000` runs that many. Nothing here sleeps or asks a clock.

mod checks;
mod device;
mod dice;
mod events;
mod finish;
mod history;
mod ledger;
mod line;
mod trace;

use history::History;
use std::panic::{AssertUnwindSafe, catch_unwind};
use trace::{Seen, Trace};

/// Histories of a run that nobody asked for more of: they take a second or a few.
const SEEDS: u64 = 500;
/// Histories that are played twice; whatever else decides shows in the first few.
const REPLAYED: u64 = 25;
/// Events of one history, before its end.
const STEPS_MIN: u64 = 40;
const STEPS_MAX: u64 = 400;

#[test]
fn whatever_happens_to_connections_nothing_acknowledged_is_lost_and_nothing_leaks() {
    let (first, count) = match (number("LIENWATCH_SEED"), number("LIENWATCH_SEEDS")) {
        (Some(seed), _) => (seed, 1),
        (None, count) => (1, count.unwrap_or(SEEDS)),
    };
    let mut seen = Seen::default();
    for seed in first..first.saturating_add(count) {
        let trace = Trace::default();
        match catch_unwind(AssertUnwindSafe(|| play(seed, &trace))) {
            Ok(of_one) => seen.add(&of_one),
            Err(cause) => panic!("{}", trace.report(seed, &told(&*cause))),
        }
    }
    println!("{count} histories: {seen:?}");
    // A simulation that never gets somewhere proves nothing of that place.
    if count >= SEEDS {
        seen.is_everything();
    }
}

/// What replays a failure is its seed: nothing else may decide how a history goes.
#[test]
fn a_seed_plays_the_same_history_again() {
    for seed in 1..=REPLAYED {
        let [one, again] = [(); 2].map(|()| {
            let trace = Trace::default();
            let seen = play(seed, &trace);
            (seen, trace.report(seed, ""))
        });
        assert_eq!(one, again);
    }
}

fn play(seed: u64, trace: &Trace) -> Seen {
    let mut history = History::new(seed, trace.clone());
    for _ in 0..history.dice.between(STEPS_MIN, STEPS_MAX) {
        history.step();
        history.check();
    }
    history.finish();
    history.seen()
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is to be a number, not {text:?}")))
}

fn told(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().cloned();
    text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
