//! When applied inputs leave the journal.
//!
//! Shape: each round of the fold asks whether something is due, and trims a little. Only what a power cut cannot take from
//! the store goes: the fold has to redo what is lost there. Units: entries, journal time. Errors: a trim that fails is tried
//! again when it is due again. Source: DESIGN.md §1, fine print 11; ARCHITECTURE.md, durability.

use crate::patience::answered;
use journal::{Journal, JournalError};
use model::{Seq, Timestamp};
use std::time::{Duration, Instant};
use store::{Settled, Store, StoreError};

/// How much room the journal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Applied inputs may stay for their retention.
    Enough,
    /// Acknowledgements come before history: what is applied may go, it is in the store.
    Short,
}

/// What may be trimmed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Applied {
    /// The last input that is applied, and whose states are written.
    pub(crate) through: Seq,
    /// Its stamp, or a later one.
    pub(crate) at: Timestamp,
}

/// When something was trimmed last.
#[derive(Debug)]
pub(crate) struct Trimming {
    last: Instant,
    /// What has gone before its retention since room became short.
    early: u64,
}

impl Trimming {
    pub(crate) fn new() -> Self {
        Self { last: Instant::now(), early: 0 }
    }

    /// Whether it is time to trim, and by which rule.
    pub(crate) fn due(&self, journal: &Journal) -> Option<Room> {
        let (room, every) =
            if journal.is_short_of_room() { (Room::Short, EVERY_SHORT) } else { (Room::Enough, EVERY) };
        (self.last.elapsed() >= every).then_some(room)
    }

    /// Trims what the rule lets go. If that is more than one call takes, it is due again at once.
    pub(crate) async fn trim(&mut self, journal: &Journal, store: &Store, applied: Applied, room: Room) {
        let older_than = match room {
            Room::Enough => applied.at.plus(-journal.config().retention_ms()),
            Room::Short => applied.at.plus(1),
        };
        let trimmed = async {
            if !may_go(answered(store.settle()).await?, room) {
                return Ok(0);
            }
            Ok::<_, Trouble>(journal.trim_some(applied.through, older_than, ENTRIES_ENOUGH).await?)
        };
        match trimmed.await {
            Ok(removed) => {
                if room == Room::Short {
                    self.early += removed;
                }
                if removed >= ENTRIES_ENOUGH {
                    return;
                }
                if self.early > 0 {
                    tracing::warn!(
                        removed = self.early,
                        "the journal was short of room: applied inputs left early"
                    );
                    self.early = 0;
                }
            }
            Err(error) => tracing::warn!(%error, "the journal could not be trimmed"),
        }
        self.last = Instant::now();
    }
}

/// A store that may lose its commits keeps the whole retention: nothing else could make up for them.
const fn may_go(settled: Settled, room: Room) -> bool {
    match settled {
        Settled::Yes => true,
        Settled::NotYet => false,
        Settled::Never => matches!(room, Room::Enough),
    }
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often what is past its retention is trimmed.
const EVERY: Duration = Duration::from_mins(1);
/// The same while room is short: as often as the journal looks at its size.
const EVERY_SHORT: Duration = Duration::from_secs(5);
/// Entries of one call, nearly: the fold waits for a fraction of a second, not for a day's backlog.
const ENTRIES_ENOUGH: u64 = 20_000;

#[cfg(test)]
mod tests {
    use super::*;
    use journal::{Clock, ClockSpec, Config};
    use model::Input;

    const ORIGIN: Timestamp = Timestamp::from_ms(1_790_000_000_000);

    async fn opened(folder: &tempfile::TempDir, config: Config) -> (Journal, Store, Clock) {
        let clock = ClockSpec::Stepped { origin: ORIGIN };
        let journal = Journal::open(folder.path(), config, clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let clock = journal.clock();
        (journal, store, clock)
    }

    async fn trimmed(
        journal: &Journal,
        store: &Store,
        through: i64,
        at: Timestamp,
        room: Room,
    ) -> Option<Seq> {
        let mut trimming = Trimming::new();
        trimming.trim(journal, store, Applied { through: Seq(through), at }, room).await;
        journal.oldest().await.unwrap()
    }

    #[tokio::test]
    async fn what_is_applied_goes_after_its_retention_or_when_room_is_short() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, store, _) = opened(&folder, Config { retention_h: 1, ..Config::default() }).await;
        for _ in 0..9 {
            journal.append(vec![Input::RunStop.into()]).await.unwrap();
        }
        assert_eq!(trimmed(&journal, &store, 5, ORIGIN, Room::Enough).await, Some(Seq(1)));
        assert_eq!(trimmed(&journal, &store, 5, ORIGIN, Room::Short).await, Some(Seq(6)));
        let later = ORIGIN.plus(3_600_001);
        assert_eq!(trimmed(&journal, &store, 7, later, Room::Enough).await, Some(Seq(8)));
    }

    /// A journal that took a store over counts from far above: its seqs have a gap.
    #[tokio::test]
    async fn a_gap_in_the_seqs_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, store, _) = opened(&folder, Config::default()).await;
        journal.append(vec![Input::RunStop.into()]).await.unwrap();
        journal.raise_above(Seq(50_000_000)).await.unwrap();
        for _ in 0..2 {
            journal.append(vec![Input::RunStop.into()]).await.unwrap();
        }
        assert_eq!(trimmed(&journal, &store, 50_000_001, ORIGIN, Room::Short).await, Some(Seq(50_000_002)));
    }

    #[test]
    fn nothing_goes_that_a_power_cut_could_take_from_the_store() {
        assert!(may_go(Settled::Yes, Room::Short) && may_go(Settled::Yes, Room::Enough));
        assert!(!may_go(Settled::NotYet, Room::Short) && !may_go(Settled::NotYet, Room::Enough));
        assert!(!may_go(Settled::Never, Room::Short) && may_go(Settled::Never, Room::Enough));
    }
}
