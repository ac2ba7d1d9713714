//! Stored positions, by fix time.
//!
//! Shape: a question and a key in, the rows behind it out. Of a terminal or a vehicle its track names the rows; of everybody the
//! table is read by its key, which leads with the device's clock. Units: rows. Errors: those of the store.

use super::view::PositionView;
use super::{Batch, Behind, Of, Question};
use crate::problem::Problem;
use crate::vehicles::track::on_its_clock;
use model::{Millis, TerminalId, Timestamp};
use serde::Serialize;
use store::{Direction, LogKey, LogRow, Store};
use utoipa::ToSchema;

/// The next rows behind a key.
pub(super) async fn batch(
    store: &Store,
    question: &Question,
    behind: Option<LogKey>,
    rows_max: usize,
) -> Result<Batch, Problem> {
    let mut keys = match &question.of {
        Of::Everybody => None,
        of => Some(Keys::of(store, of, question, behind).await?),
    };
    let (mut rows, mut last, mut looked_at): (Vec<LogRow>, _, usize) = (Vec::new(), behind, 0);
    let is_over = loop {
        let wanted = rows_max.saturating_sub(rows.len()).clamp(1, SLICE);
        let slice = if let Some(keys) = &mut keys {
            store.log_rows(keys.next(wanted)).await?
        } else {
            let (stretch, wanted) =
                (on_its_clock(question.from, question.to), u32::try_from(wanted).unwrap_or(u32::MAX));
            store.log_page(last, stretch, question.direction, wanted).await?
        };
        looked_at += slice.len();
        let Some(end) = slice.last().map(|row| row.key) else { break true };
        last = Some(end);
        rows.extend(slice.into_iter().filter(|row| question.admits(row)));
        if rows.len() >= rows_max || looked_at >= LOOKED_AT_MAX {
            break keys.as_ref().is_some_and(Keys::is_over);
        }
    };
    let next = last
        .filter(|_| !is_over)
        .map(|key| Behind::Stored(key.wall.ms(), key.terminal.to_string(), key.measured));
    let view = |row| PositionView::stored(row, question.datum);
    Ok(Batch { rows: rows.into_iter().map(view).collect(), next })
}

/// The keys of some terminals' reports, in the order of the question.
struct Keys {
    keys: Vec<LogKey>,
    at: usize,
}

impl Keys {
    async fn of(
        store: &Store,
        of: &Of,
        question: &Question,
        behind: Option<LogKey>,
    ) -> Result<Self, Problem> {
        let stretches: Vec<(TerminalId, Timestamp, Timestamp)> = match of {
            Of::Everybody => Vec::new(),
            Of::Terminal(terminal) => vec![(*terminal, question.from, question.to)],
            Of::Vehicle(_, stretches) => stretches.clone(),
        };
        let mut keys = Vec::new();
        for (terminal, from, to) in stretches {
            keys.extend(store.log_keys(terminal, on_its_clock(from, to)).await?);
        }
        keys.sort_unstable();
        keys.dedup();
        let at = match question.direction {
            Direction::Forwards => behind.map_or(0, |behind| keys.partition_point(|key| *key <= behind)),
            Direction::Backwards => {
                keys.reverse();
                behind.map_or(0, |behind| keys.partition_point(|key| *key >= behind))
            }
        };
        Ok(Self { keys, at })
    }

    fn next(&mut self, count: usize) -> &[LogKey] {
        let from = self.at;
        self.at = from.saturating_add(count).min(self.keys.len());
        self.keys.get(from..self.at).unwrap_or_default()
    }

    const fn is_over(&self) -> bool {
        self.at >= self.keys.len()
    }
}

impl Question {
    /// The device's clock leads, the fix is what is asked for.
    fn admits(&self, row: &LogRow) -> bool {
        let in_time = row.fix_time.is_some_and(|at| self.from <= at && at < self.to);
        let is_late = row.timeliness == rules::Timeliness::Late.as_str();
        let is_on = match &self.of {
            Of::Vehicle(vehicle, _) => row.vehicle == Some(*vehicle),
            // The server's own device is no car.
            Of::Everybody => !row.key.terminal.is_own_device(),
            Of::Terminal(_) => true,
        };
        in_time && is_on && (self.late || !is_late)
    }
}

/// Where there are positions, when there are none in the stretch that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Nearest {
    #[schema(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
}

/// The nearest ones, within some weeks.
pub(super) async fn nearest(store: &Store, question: &Question) -> Result<Option<Nearest>, Problem> {
    let terminals: Vec<TerminalId> = match &question.of {
        Of::Everybody => return Ok(None),
        Of::Terminal(terminal) => vec![*terminal],
        Of::Vehicle(vehicle, _) => {
            let bindings = store.bindings_on(*vehicle).await?;
            bindings.into_iter().map(|row| row.binding.terminal).collect()
        }
    };
    let (mut before, mut after) = (None, None);
    for terminal in terminals {
        let earlier = on_its_clock(question.from.plus(-AROUND_MS), question.from);
        let keys = store.log_keys(terminal, earlier).await?;
        let found = fix_times(store, keys.iter().rev().take(NEAR).copied().collect()).await?;
        before = before.max(found.into_iter().filter(|at| *at < question.from).max());
        let later = on_its_clock(question.to, question.to.plus(AROUND_MS));
        let keys = store.log_keys(terminal, later).await?;
        let found = fix_times(store, keys.into_iter().take(NEAR).collect()).await?;
        let found = found.into_iter().filter(|at| *at >= question.to).min();
        after = [after, found].into_iter().flatten().min();
    }
    Ok(Some(Nearest { before, after }))
}

async fn fix_times(store: &Store, keys: Vec<LogKey>) -> Result<Vec<Timestamp>, Problem> {
    let rows = store.log_rows(&keys).await?;
    Ok(rows.into_iter().filter_map(|row| row.fix_time).collect())
}

/// Rows that are read at once.
const SLICE: usize = 1_000;
/// Rows that one request goes through to find those that are asked for.
const LOOKED_AT_MAX: usize = 20_000;
/// Three weeks: longer than a holiday. The console says so of an empty log.
const AROUND_MS: Millis = 21 * 24 * 3_600_000;
/// Of reports on either side: a clock's zone may put a day's others before them.
const NEAR: usize = 200;
