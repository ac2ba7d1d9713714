//! Fold the journal: dedup, step, commit, cursor, timers.
//!
//! Shape: entries of the journal in order → rows, state, alerts and outbox, committed together with the place reached.
//! Units: journal time and coverage in milliseconds. Errors: [`WatchError`]; a store that is down is waited for.
//! Source: DESIGN.md §1 with its fine print, §3 step 9.
//!
//! ```text
//! journal --read--> Step (overlay over World) --commit--> store        error: read the cursor, and the world again,
//!                        |                     the next step is made     of which a lost step is a part already
//!                        '-- merge --'         while this one is written
//! ```

mod action;
mod arrears;
mod ask;
mod audit;
pub mod backtest;
mod book;
mod command;
mod config;
mod coverage;
mod filed;
mod fleet;
mod fold;
mod glimpse;
mod hints;
mod layered;
mod lending;
mod needs;
mod newest;
mod packed;
mod patience;
mod place;
mod press;
mod profiles;
mod rank;
mod reception;
mod replay;
mod restore;
mod retention;
mod reversal;
#[cfg(feature = "sabotage")]
mod sabotage;
mod sealing;
mod stated;
mod step;
mod subject;
mod timers;
mod trimming;
mod whereabouts;
mod world;

pub use ask::{Answer, WAIT_MAX, ask, ask_together, enter};
pub use audit::verify as verify_audit;
pub use book::FUTURE_MAX;
pub use config::Config;
pub use fold::{Fold, Progress, WatchError};
pub use glimpse::{frozen_profile, night_places, state_of, vehicle_state};
pub use hints::{Address, Fact, Hint, hints};
pub use packed::Footprint;
pub use rank::loan_that_counts;
pub use replay::{Changed, Decode, Replay, Span};
pub use stated::Stated;
pub use whereabouts::{Seen, Whereabout, WhereaboutsQuery, whereabouts};
