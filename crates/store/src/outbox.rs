//! The outbox as `notify` reads it, and the outcomes that callers wait for.

use crate::backend::with_reader;
use crate::{OutboxState, Owed, Store, StoreError};
use model::input::Outcome;
use model::{InputId, Seq, Timestamp};

const DUE: &str = "SELECT entry, seq, notice, attempt, next_ms, body FROM outbox WHERE state = 'pending' AND reminder = $1 \
    AND next_ms <= $2 ORDER BY next_ms, seq, entry LIMIT $3";

const STATES: &str = "SELECT notice, state FROM outbox WHERE subject = $1 AND seq <= $2 ORDER BY seq";

const OUTCOME: &str = "SELECT body FROM outcomes WHERE input = $1";

const BACKLOG: &str = "SELECT state, COUNT(*) FROM outbox GROUP BY state ORDER BY state";

/// `newest!("…")` expands to the statement for a page of the outbox of which this holds, the newest first: behind `$1`, `$2`.
macro_rules! newest {
    ($holds:literal) => {
        concat!(
            "SELECT seq, entry, subject, notice, state, attempt, next_ms, error FROM outbox WHERE (seq, entry) < ($1, $2) AND ",
            $holds,
            " ORDER BY seq DESC, entry DESC LIMIT $3"
        )
    };
}

const NEWEST: &str = newest!("$4 = ''");

const NEWEST_ABOUT: &str = newest!("subject = $4");

const NEWEST_IN: &str = newest!("state = $4");

/// How far an outbox entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The input that caused it.
    pub seq: Seq,
    /// Its id, and the receiver's idempotency key.
    pub entry: String,
    /// The alert's id, or the reminder's own.
    pub subject: String,
    /// What happened to the alert, or what kind of reminder it is: the code.
    pub notice: String,
    /// Where it stands.
    pub state: OutboxState,
    /// Attempts so far.
    pub attempt: i64,
    /// When it is tried next, or was tried last.
    pub at: Timestamp,
    /// What went wrong last.
    pub error: Option<String>,
}

type Columns = (i64, String, String, String, String, i64, i64, Option<String>);

/// Which entries of the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutboxPart<'a> {
    /// All of them.
    #[default]
    Whole,
    /// About this alert or reminder.
    About(&'a str),
    /// In this state.
    In(OutboxState),
}

/// An outbox entry whose time has come.
#[derive(Debug, Clone, PartialEq)]
pub struct DueEntry {
    /// Its id, and the receiver's idempotency key.
    pub entry: String,
    /// The input that caused it.
    pub seq: Seq,
    /// What happened to the alert, or what kind of reminder it is: the code.
    pub notice: String,
    /// Attempts so far.
    pub attempt: u32,
    /// Since when it is due.
    pub next_at: Timestamp,
    /// What it says.
    pub owed: Owed,
}

impl Store {
    /// Entries to deliver now: those about alerts, then reminders, each the oldest first.
    pub async fn outbox_due(
        &self,
        now: Timestamp,
        alerts_max: u32,
        reminders_max: u32,
    ) -> Result<Vec<DueEntry>, StoreError> {
        let mut due = self.due(now, false, alerts_max).await?;
        due.append(&mut self.due(now, true, reminders_max).await?);
        Ok(due)
    }

    async fn due(&self, now: Timestamp, reminder: bool, max: u32) -> Result<Vec<DueEntry>, StoreError> {
        let (reminder, max) = (i64::from(reminder), i64::from(max));
        let rows: Vec<(String, i64, String, i64, i64, String)> = with_reader!(self, pool => {
            sqlx::query_as(DUE).bind(reminder).bind(now.ms()).bind(max).fetch_all(pool).await
        })?;
        let entries = rows.into_iter().map(|(entry, seq, notice, attempt, next, body)| {
            let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
            let owed = Owed::parse(&notice, &body)?;
            Ok(DueEntry { entry, seq: Seq(seq), notice, attempt, next_at: Timestamp::from_ms(next), owed })
        });
        entries.collect()
    }

    /// (notice, state) of the entries about one subject up to one, in order.
    pub async fn outbox_of(&self, subject: &str, through: Seq) -> Result<Vec<(String, String)>, StoreError> {
        Ok(with_reader!(self, pool => {
            sqlx::query_as(STATES).bind(subject).bind(through.0).fetch_all(pool).await
        })?)
    }

    /// The next entries behind one, the newest first.
    pub async fn outbox_page(
        &self,
        part: OutboxPart<'_>,
        behind: Option<(Seq, &str)>,
        rows_max: i64,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let (statement, of) = match part {
            OutboxPart::Whole => (NEWEST, ""),
            OutboxPart::About(subject) => (NEWEST_ABOUT, subject),
            OutboxPart::In(state) => (NEWEST_IN, state.as_str()),
        };
        let (seq, entry) = behind.map_or((i64::MAX, ""), |(seq, entry)| (seq.0, entry));
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(statement).bind(seq).bind(entry).bind(rows_max).bind(of).fetch_all(pool).await
        })?;
        rows.into_iter().map(read).collect()
    }

    /// How many entries there are by state.
    pub async fn outbox_counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_as(BACKLOG).fetch_all(pool).await)?)
    }

    /// What became of a human input; `None` = not folded yet.
    pub async fn outcome(&self, input: &InputId) -> Result<Option<Outcome>, StoreError> {
        let row: Option<(String,)> =
            with_reader!(self, pool => sqlx::query_as(OUTCOME).bind(&input.0).fetch_optional(pool).await)?;
        row.map(|(body,)| Ok(serde_json::from_str(&body)?)).transpose()
    }
}

fn read(
    (seq, entry, subject, notice, state, attempt, next_ms, error): Columns,
) -> Result<OutboxEntry, StoreError> {
    let state = OutboxState::parse(&state).map_err(|error| StoreError::Bug(error.to_string()))?;
    let at = Timestamp::from_ms(next_ms);
    Ok(OutboxEntry { seq: Seq(seq), entry, subject, notice, state, attempt, at, error })
}

pub(crate) const ALL: &[&str] = &[DUE, STATES, OUTCOME, BACKLOG, NEWEST, NEWEST_ABOUT, NEWEST_IN];
