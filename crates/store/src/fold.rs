//! The fold's own place: which journal, who owns it, how far it is.
//!
//! Shape: `claim` takes the place over, `commit` moves it together with the rows. Errors: [`StoreError::Fenced`] when
//! somebody else moved it. Source: DESIGN.md §1, fine print 1 and 3.

use crate::backend::with_writer;
use crate::dialect::Loss;
use crate::value::Value;
use crate::{Batch, Store, StoreError};
use model::{Seq, Timestamp};

/// Which input was applied last, and by whose right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The journal's random id.
    pub journal: String,
    /// Counted up by each claim: an owner that was replaced can commit no more.
    pub fence: i64,
    /// Applied whole, up to and including this input.
    pub applied: Seq,
    /// The mark's: a step of states alone moves nothing else, and is met here if it lands late.
    pub checkpoint: Seq,
}

impl Cursor {
    /// Where the next step begins, once one to here is committed with this mark.
    pub fn moved(&mut self, to: Seq, mark: &Mark) {
        (self.applied, self.checkpoint) = (to, mark.checkpoint);
    }
}

/// What is remembered with the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mark {
    /// Journal time of the last applied input.
    pub applied_at: Timestamp,
    /// Every state that changed up to this input is in `subject_states`.
    pub checkpoint: Seq,
    /// The coverage clock at the checkpoint: the watch's own JSON.
    pub checkpoint_coverage: String,
    /// Counts changes of terminals, bindings, profiles and commands.
    pub directory_version: i64,
}

impl Mark {
    /// The journal is trimmed up to a checkpoint of the states, and the store may be away when it is. What others act upon
    /// would be told of as if it stood for good, and again when it is redone.
    fn loss(&self, to: Seq, batch: &Batch) -> Loss {
        if self.checkpoint == to || batch.is_acted_upon() { Loss::ForGood } else { Loss::Redone }
    }
}

const READ: &str = "SELECT journal, fence, applied_seq, applied_at_ms, checkpoint_seq, checkpoint_coverage, directory_version \
    FROM fold WHERE id = 1";

const CREATE: &str = "INSERT INTO fold (id, journal, fence, applied_seq, applied_part, applied_at_ms, checkpoint_seq, \
    checkpoint_coverage, directory_version) VALUES (1, $1, 0, 0, 0, 0, 0, '', 0) ON CONFLICT DO NOTHING";

const CLAIM: &str = "UPDATE fold SET fence = fence + 1 WHERE id = 1 AND journal = $1";

const MOVE: &str = "UPDATE fold SET applied_seq = $1, applied_at_ms = $2, checkpoint_seq = $3, checkpoint_coverage = $4, \
    directory_version = $5 WHERE id = 1 AND journal = $6 AND fence = $7 AND applied_seq = $8 AND checkpoint_seq = $9";

const ADOPT: &str = "UPDATE fold SET journal = $1, applied_seq = $2, checkpoint_seq = $2, \
    uncovered = $3 WHERE id = 1";

type Place = (String, i64, i64, i64, i64, String, i64);

impl Store {
    /// Where the fold stands; `None` before the first claim.
    pub async fn place(&self) -> Result<Option<(Cursor, Mark)>, StoreError> {
        let place: Option<Place> =
            with_writer!(self, pool => sqlx::query_as(READ).fetch_optional(pool).await)?;
        Ok(place.map(
            |(journal, fence, applied, applied_at, checkpoint, checkpoint_coverage, directory_version)| {
                let mark = Mark {
                    applied_at: Timestamp::from_ms(applied_at),
                    checkpoint: Seq(checkpoint),
                    checkpoint_coverage,
                    directory_version,
                };
                (Cursor { journal, fence, applied: Seq(applied), checkpoint: mark.checkpoint }, mark)
            },
        ))
    }

    /// Becomes the owner of the fold for a journal. Another journal's store is refused.
    pub async fn claim(&self, journal: &str) -> Result<(Cursor, Mark), StoreError> {
        with_writer!(self, pool => sqlx::query(CREATE).bind(journal).execute(pool).await?.rows_affected());
        let claimed =
            with_writer!(self, pool => sqlx::query(CLAIM).bind(journal).execute(pool).await?.rows_affected());
        let place = self.place().await?.ok_or_else(|| StoreError::Bug("the fold's row is gone".into()))?;
        if claimed == 1 {
            return Ok(place);
        }
        Err(StoreError::Unusable(format!(
            "this store was folded from journal {}, not from {journal}. Give serve the data directory that belongs to \
             it, or an empty store; --accept-journal starts from this journal and records the gap as uncovered time",
            place.0.journal
        )))
    }

    /// Accepts another journal, or a gap in it, from `applied` on. What lies between is recorded as uncovered.
    pub async fn adopt(&self, journal: &str, applied: Seq, uncovered: &str) -> Result<(), StoreError> {
        with_writer!(self, pool => {
            sqlx::query(ADOPT).bind(journal).bind(applied.0).bind(uncovered).execute(pool).await?.rows_affected()
        });
        Ok(())
    }

    /// Commits one step: rows and place together. On an error the place tells whether it happened.
    pub async fn commit(&self, from: &Cursor, to: Seq, mark: &Mark, batch: Batch) -> Result<(), StoreError> {
        let guard: Vec<Value> = vec![
            to.0.into(),
            mark.applied_at.ms().into(),
            mark.checkpoint.0.into(),
            mark.checkpoint_coverage.clone().into(),
            mark.directory_version.into(),
            from.journal.clone().into(),
            from.fence.into(),
            from.applied.0.into(),
            from.checkpoint.0.into(),
        ];
        let loss = mark.loss(to, &batch);
        // Boxed: one body per database makes a large future.
        Box::pin(self.transact(loss, (MOVE, guard), batch.writes(mark.directory_version))).await
    }
}

pub(crate) const ALL: &[&str] = &[READ, CREATE, CLAIM, MOVE, ADOPT];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Begins;
    use crate::{CommandRow, DeliveryRow, OutboxRow, OutboxState, OutcomeRow, QuarantineRow};
    use model::input::Outcome;
    use model::{
        Command, CommandState, ContractId, Date, InputId, LenderId, Reminder, ReminderKind, TerminalId,
    };
    use sqlx::PgPool;

    #[tokio::test]
    async fn a_checkpoint_of_the_states_and_what_is_acted_upon_are_waited_for_until_postgres_has_them_on_its_disk()
     {
        let nobody = PgPool::connect_lazy("postgres://nobody@localhost/nowhere").unwrap();
        let mark = Mark { checkpoint: Seq(7), ..Mark::default() };
        let begin = |to, batch: &Batch| Begins::begin(&nobody, mark.loss(Seq(to), batch));
        let row = QuarantineRow {
            seq: Seq(8),
            terminal: TerminalId::parse("15").unwrap(),
            received_at: Timestamp::from_ms(1),
            payload: Vec::new(),
            frame: None,
        };
        let heard = Batch { quarantine: vec![row], ..Batch::default() };
        assert_eq!(begin(7, &heard), "BEGIN");
        assert!(begin(8, &heard).ends_with("synchronous_commit = off"));
        for (what, acted_upon) in acted_upon() {
            assert_eq!(begin(8, &acted_upon), "BEGIN", "{what}");
        }
    }

    /// A step each of what somebody is told, sent, or answered.
    fn acted_upon() -> [(&'static str, Batch); 5] {
        let at = Timestamp::from_ms(1);
        let (contract, lender) = (ContractId("C1".into()), LenderId("L1".into()));
        let reminder = Reminder {
            kind: ReminderKind::DueSoon,
            contract: contract.clone(),
            lender,
            due: Date::parse("2026-11-30").unwrap(),
            at,
        };
        let command = CommandRow {
            command: InputId("c1".into()),
            terminal: TerminalId::parse("15").unwrap(),
            seq: Seq(8),
            actor: "mei".into(),
            order: Command::Locate,
            asked_at: at,
            expires_at: at,
            changed_at: at,
            state: CommandState::Pending,
        };
        let delivery = DeliveryRow {
            entry: "a:1".into(),
            state: OutboxState::Delivered,
            attempt: 1,
            next_at: at,
            error: None,
        };
        let outcome = OutcomeRow {
            input: InputId("i1".into()),
            seq: Seq(8),
            outcome: Outcome::Done { message: String::new() },
        };
        [
            ("loan", Batch { loans_removed: vec![contract], ..Batch::default() }),
            (
                "notice",
                Batch { outbox: vec![OutboxRow::of_reminder(Seq(8), reminder, at)], ..Batch::default() },
            ),
            ("delivery", Batch { deliveries: vec![delivery], ..Batch::default() }),
            ("command", Batch { commands: vec![command], ..Batch::default() }),
            ("answer", Batch { outcomes: vec![outcome], ..Batch::default() }),
        ]
    }
}
