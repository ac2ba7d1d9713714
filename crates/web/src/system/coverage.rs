//! When nobody listened: only outside of it silence says something.
//!
//! Shape: coverage intervals and a stretch in, the gaps between them out. Units: journal time. Errors: those of the store.

use model::{Millis, Timestamp};
use serde::Serialize;
use store::{CoverageRow, Store, StoreError};
use utoipa::ToSchema;

/// When somebody listened in the last week, and when nobody did.
pub(super) struct Listening {
    /// A week ago, or when the server first listened: what lies before is neither heard nor missed.
    pub(super) from: Timestamp,
    pub(super) intervals: Vec<Interval>,
    pub(super) gaps: Vec<Gap>,
    /// Until when somebody listened, as far as that is folded.
    pub(super) last_tick: Option<Timestamp>,
}

/// A time in which somebody listened.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct Interval {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
}

impl Listening {
    pub(super) async fn until(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let week_ago = now.plus(-WEEK_MS);
        let from = week_ago.max(store.first_covered().await?.unwrap_or(now));
        let covered = store.coverage_since(from).await?;
        let intervals = covered.iter().map(|row| Interval { from: row.from.max(from), to: row.to }).collect();
        // A gap that began more than a week ago begins where an older interval ended.
        let mut all: Vec<CoverageRow> = store.covered_before(from).await?.into_iter().collect();
        all.extend(&covered);
        let last_tick = all.last().map(|row| row.to);
        Ok(Self { from, intervals, gaps: gaps(&all, from, now), last_tick })
    }
}

/// A time in which nobody listened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Gap {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    reason: Reason,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    /// The server was started again.
    Restart,
    /// It ran, and could not take what devices said.
    NotListening,
    /// It goes on.
    Now,
}

/// The gaps of a stretch, in order. Before the first interval ever there is none: the server was not there yet.
pub(super) fn gaps(covered: &[CoverageRow], from: Timestamp, to: Timestamp) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (before, after) in covered.iter().zip(covered.iter().skip(1)) {
        if after.from.since(before.to) <= BEAT_MS || after.from <= from {
            continue;
        }
        let reason = if before.run == after.run { Reason::NotListening } else { Reason::Restart };
        gaps.push(Gap { from: before.to.max(from), to: after.from.min(to), reason });
    }
    if let Some(last) = covered.last().filter(|last| to.since(last.to) > BEHIND_MS) {
        gaps.push(Gap { from: last.to.max(from), to, reason: Reason::Now });
    }
    gaps
}

const WEEK_MS: Millis = 7 * 24 * 3_600_000;
/// Between two ticks, and a moment.
const BEAT_MS: Millis = 11_000;
/// Three ticks that were not folded yet are no gap.
const BEHIND_MS: Millis = 35_000;

#[cfg(test)]
mod tests {
    use super::*;
    use model::Seq;

    fn row(from_s: i64, to_s: i64, run: i64) -> CoverageRow {
        let at = |second: i64| Timestamp::from_ms(second * 1_000);
        CoverageRow { from: at(from_s), to: at(to_s), run: Seq(run) }
    }

    fn told(covered: &[CoverageRow], from_s: i64, to_s: i64) -> Vec<(i64, i64, Reason)> {
        let gaps = gaps(covered, Timestamp::from_ms(from_s * 1_000), Timestamp::from_ms(to_s * 1_000));
        gaps.iter().map(|gap| (gap.from.ms() / 1_000, gap.to.ms() / 1_000, gap.reason)).collect()
    }

    #[test]
    fn a_restart_a_full_disk_and_a_gap_that_goes_on_are_told_apart() {
        let covered = [row(0, 100, 1), row(400, 500, 2), row(700, 800, 2)];
        let expected =
            [(100, 400, Reason::Restart), (500, 700, Reason::NotListening), (800, 900, Reason::Now)];
        assert_eq!(told(&covered, 0, 900), expected);
        assert_eq!(told(&covered, 200, 820), [(200, 400, Reason::Restart), expected[1]]);
    }

    #[test]
    fn before_the_server_was_there_is_no_gap() {
        assert_eq!(told(&[], 0, 900), []);
        assert_eq!(told(&[row(500, 900, 1)], 0, 900), []);
    }
}
