//! The coverage clock: how long the server could listen, and when some devices could not be heard for all that. Silence is
//! counted on it, never on the wall.
//!
//! Shape: ticks in, two counters and an interval out. Units: milliseconds of journal time.
//! Source: DESIGN.md §1 fine print 6; `reliability.md` §5.

use model::{Millis, Seq, Timestamp};
use rules::{Earshots, Interruptions, Outages};
use serde::{Deserialize, Serialize};
use store::CoverageRow;

/// How long the server could listen, so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Coverage {
    /// In all.
    pub(crate) total_ms: Millis,
    /// Since this run started.
    pub(crate) run_ms: Millis,
    /// The run.
    pub(crate) run: Seq,
    /// The interval that the last tick belongs to, if it is still going on.
    going: Option<(Timestamp, Timestamp)>,
    /// When nothing could be heard.
    #[serde(default)]
    pub(crate) interruptions: Interruptions,
    /// When some could not be heard.
    #[serde(default)]
    pub(crate) outages: Outages,
    /// Where devices are heard well.
    #[serde(default)]
    pub(crate) earshots: Earshots,
}

impl Coverage {
    /// A server started: what lies before is not covered.
    pub(crate) fn start(&mut self, run: Seq) {
        self.run = run;
        self.run_ms = 0;
        self.going = None;
        self.interruptions.resume(self.total_ms);
    }

    /// A server stopped, or was not listening.
    pub(crate) fn pause(&mut self) {
        self.going = None;
    }

    /// How much time has passed that the next tick may still count.
    pub(crate) fn behind_ms(&self, at: Timestamp) -> Millis {
        match self.going {
            Some((_, last)) if at.since(last) <= TICK_GAP_MAX => at.since(last).max(0),
            _ => 0,
        }
    }

    /// A tick. Gives the interval to store, if time was covered.
    pub(crate) fn tick(&mut self, at: Timestamp, listening: bool) -> Option<CoverageRow> {
        if !listening {
            self.pause();
            return None;
        }
        let from = match self.going {
            Some((from, last)) if at.since(last) <= TICK_GAP_MAX => {
                self.total_ms += at.since(last);
                self.run_ms += at.since(last);
                from
            }
            Some(_) => {
                self.interruptions.resume(self.total_ms);
                at
            }
            None => at,
        };
        self.going = Some((from, at));
        Some(CoverageRow { from, to: at, run: self.run })
    }
}

/// Two ticks further apart than this did not come from a server that listened in between. Ticks come every 10 s; a
/// stall of the disk may hold a few back, a stopped process holds back more.
const TICK_GAP_MAX: Millis = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ms(seconds * 1000)
    }

    #[test]
    fn time_counts_only_between_ticks_of_one_listening_run() {
        let mut coverage = Coverage::default();
        coverage.start(Seq(1));
        for second in [0, 10, 20] {
            coverage.tick(at(second), true);
        }
        assert_eq!(coverage.total_ms, 20_000);
        // Stopped for an hour: nothing is added.
        coverage.tick(at(3620), true);
        assert_eq!(coverage.total_ms, 20_000);
        // Backpressure: nothing is added until it is over.
        coverage.tick(at(3630), false);
        coverage.tick(at(3640), true);
        assert_eq!(coverage.total_ms, 20_000);
        coverage.start(Seq(9));
        coverage.tick(at(3650), true);
        coverage.tick(at(3660), true);
        assert_eq!((coverage.total_ms, coverage.run_ms), (30_000, 10_000));
    }
}
