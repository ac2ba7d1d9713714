//! When applied inputs leave the journal.
//!
//! Shape: each round of the fold asks whether something is due, and trims a little. Units: rows, journal time. Errors: a
//! trim that fails is tried again when it is due again. Source: DESIGN.md §1, fine print 11.

use journal::{Journal, JournalError};
use model::{Seq, Timestamp};
use std::time::{Duration, Instant};

/// How much room the journal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Applied inputs may stay for their retention.
    Enough,
    /// Acknowledgements come before history: what is applied may go, it is in the store.
    Short,
}

/// When something was trimmed last.
#[derive(Debug)]
pub(crate) struct Trimming {
    last: Instant,
}

impl Trimming {
    pub(crate) fn new() -> Self {
        Self { last: Instant::now() }
    }

    /// Whether it is time to trim, and by which rule.
    pub(crate) fn due(&self, journal: &Journal) -> Option<Room> {
        let (room, every) =
            if journal.is_short_of_room() { (Room::Short, EVERY_SHORT) } else { (Room::Enough, EVERY) };
        (self.last.elapsed() >= every).then_some(room)
    }

    /// Trims up to `through` what the rule lets go. If there is more than one call takes, it is due again at once.
    pub(crate) async fn trim(&mut self, journal: &Journal, through: Seq, applied_at: Timestamp, room: Room) {
        let older_than = match room {
            Room::Enough => applied_at.plus(-journal.config().retention_ms()),
            Room::Short => applied_at.plus(1),
        };
        match slice(journal, through, older_than).await {
            Ok(Slice { removed, is_whole }) => {
                if removed > 0 && room == Room::Short {
                    tracing::warn!(
                        removed,
                        "the journal is short of room: applied inputs go before their retention"
                    );
                }
                if removed > 0 && is_whole {
                    return;
                }
            }
            Err(error) => tracing::warn!(%error, "the journal could not be trimmed"),
        }
        self.last = Instant::now();
    }
}

/// What one call took away.
struct Slice {
    removed: u64,
    /// As much as one call may: there can be more.
    is_whole: bool,
}

async fn slice(journal: &Journal, through: Seq, older_than: Timestamp) -> Result<Slice, JournalError> {
    let most = Seq(journal.trimmed_through().await?.0.saturating_add(ROWS_MAX));
    let removed = journal.trim(through.min(most), older_than).await?;
    Ok(Slice { removed, is_whole: most <= through })
}

/// How often what is past its retention is trimmed.
const EVERY: Duration = Duration::from_mins(1);
/// The same while room is short: as often as the journal looks at its size.
const EVERY_SHORT: Duration = Duration::from_secs(5);
/// Rows of one call: the fold waits for a tenth of a second, not for a day's backlog.
const ROWS_MAX: i64 = 20_000;
