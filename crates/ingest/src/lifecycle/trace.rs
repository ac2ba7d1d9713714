//! What a failure says, and what a run has come across.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// The last events, for whoever has to find out why.
#[derive(Clone, Default)]
pub(super) struct Trace(Rc<RefCell<(u64, VecDeque<String>)>>);

impl Trace {
    pub(super) fn begin(&self) {
        self.0.borrow_mut().0 += 1;
    }

    pub(super) fn note(&self, at: Duration, event: &str) {
        let mut trace = self.0.borrow_mut();
        let line = format!("{:>5} {:>12.3} s  {event}", trace.0, at.as_secs_f64());
        trace.1.push_back(line);
        if trace.1.len() > EVENTS_SHOWN {
            trace.1.pop_front();
        }
    }

    pub(super) fn report(&self, seed: u64, cause: &str) -> String {
        let trace = self.0.borrow();
        let events: Vec<&str> = trace.1.iter().map(String::as_str).collect();
        format!(
            "seed {seed}, step {}: {cause}\nthe last events:\n{}\nagain: LIENWATCH_SEED={seed} cargo test -p ingest whatever_happens",
            trace.0,
            events.join("\n")
        )
    }
}

/// What histories came across.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen(pub(super) BTreeMap<&'static str, u64>);

impl Seen {
    pub(super) fn count(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            self.count(what, *times);
        }
    }

    pub(super) fn is_everything(&self) {
        for what in EVERYTHING {
            assert!(self.0.get(what).is_some_and(|times| *times > 0), "no history saw {what}: {self:?}");
        }
    }
}

const EVENTS_SHOWN: usize = 40;
/// What the histories of a run come across in all.
const EVERYTHING: &[&str] = &[
    "a full queue",
    "a takeover",
    "a dispute",
    "a crash",
    "a clock set back",
    "a clock set on",
    "a half-open connection",
    "a stop",
    "a repeat after a lost acknowledgement",
    "a whole message",
    "a panic",
    "address_full",
    "bad_checksums",
    "closed",
    "failed",
    "garbage",
    "handshake",
    "idle",
    "in_flight",
    "journal",
    "last words",
    "no_login",
    "rate",
    "scanner",
    "slow_frame",
    "slow_reader",
    "stopped",
    "taken_over",
    "too_long",
    "too_many_terminals",
    "wrong_codes",
];
