//! Files that were brought in at the desk: a bounded list for people.
//!
//! Shape: rows in, rows out; a state moves only from the one that was seen. Units: journal time. Errors: [`StoreError`]. Plain store
//! writes: what an import puts in force goes through the journal (DESIGN.md §1).

use crate::backend::{with_reader, with_writer};
use crate::scope::{Records, scoped, sees};
use crate::{Store, StoreError};
use model::staff::Scope;
use model::{InputId, LenderId, Timestamp};

const ADD: &str = "INSERT INTO imports (id, at_ms, actor, kind, lender, name, state, inputs, summary, rejects) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// What is older than the newest so many is forgotten.
const FORGET: &str = "DELETE FROM imports WHERE id IN (SELECT id FROM imports ORDER BY at_ms DESC, id DESC LIMIT 1000 OFFSET $1)";

const ONE: &str = "SELECT id, at_ms, actor, kind, lender, name, state, settled_ms, settled_by, inputs, summary, rejects, \
    reverted_ms, reverted_by, reverted_input FROM imports WHERE id = $1";

/// A file is a whole lender's.
const PAGE: &str = scoped!(
    "SELECT id, at_ms, actor, kind, i.lender, name, state, settled_ms, settled_by, inputs, summary, '[]', \
    reverted_ms, reverted_by, reverted_input FROM imports i WHERE (at_ms < $3 OR (at_ms = $3 AND id < $4)) AND ",
    sees!("i.lender", "''"),
    " ORDER BY at_ms DESC, id DESC LIMIT $5"
);

const WAITING: &str =
    "SELECT id FROM imports WHERE state IN ('checked', 'applying') ORDER BY at_ms DESC, id DESC LIMIT $1";

const MOVE: &str = "UPDATE imports SET state = $1, settled_ms = $2, settled_by = $3, inputs = $4, reverted_ms = $5, reverted_by = $6, \
    reverted_input = $7 WHERE id = $8 AND state = $9";

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// A loan book.
    Loans,
    /// Which terminal is on which vehicle.
    Bindings,
    /// What happened to loans.
    Events,
}

impl ImportKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Loans, Self::Bindings, Self::Events];

    /// The code in SQL and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loans => "loans",
            Self::Bindings => "bindings",
            Self::Events => "events",
        }
    }

    /// The kind behind a code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportState {
    /// It was read and compared; nothing is changed.
    Checked,
    /// It is in the journal, and not all of it is folded yet.
    Applying,
    /// It is in force.
    Applied,
    /// The fold refused it.
    Refused,
    /// Somebody put it away.
    Discarded,
    /// Its file is no longer kept.
    Expired,
    /// That it is taken back is in the journal, and not folded yet.
    RollingBack,
    /// It was in force and was taken back.
    RolledBack,
}

impl ImportState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Checked,
        Self::Applying,
        Self::Applied,
        Self::Refused,
        Self::Discarded,
        Self::Expired,
        Self::RollingBack,
        Self::RolledBack,
    ];

    /// The code in SQL and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Refused => "refused",
            Self::Discarded => "discarded",
            Self::Expired => "expired",
            Self::RollingBack => "rolling_back",
            Self::RolledBack => "rolled_back",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// That a file was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The input that does it.
    pub input: InputId,
}

/// A file that was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Opaque.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
    /// What it is about.
    pub kind: ImportKind,
    /// Whose book it is.
    pub lender: Option<LenderId>,
    /// What its owner calls it.
    pub name: String,
    /// What became of it.
    pub state: ImportState,
    /// When that was, and by whom; nothing of what waits.
    pub settled: Option<(Timestamp, String)>,
    /// The inputs that put it in force, in order.
    pub inputs: Vec<InputId>,
    /// What it says, JSON.
    pub summary: String,
    /// What was refused of it, JSON. Empty in a list.
    pub rejects: String,
    /// That it was, or is being, taken back.
    pub rollback: Option<Rollback>,
}

type Columns = (
    String,
    i64,
    String,
    String,
    Option<String>,
    String,
    String,
    Option<i64>,
    Option<String>,
    String,
    String,
    String,
    Option<i64>,
    Option<String>,
    Option<String>,
);

impl Store {
    /// Keeps a file that was brought in, and forgets the oldest.
    pub async fn add_import(&self, row: &ImportRow) -> Result<(), StoreError> {
        let inputs = serde_json::to_string(&row.inputs)?;
        with_writer!(self, pool => {
            sqlx::query(ADD)
                .bind(&row.id)
                .bind(row.at.ms())
                .bind(&row.actor)
                .bind(row.kind.as_str())
                .bind(row.lender.as_ref().map(|lender| lender.0.clone()))
                .bind(storable(&row.name))
                .bind(row.state.as_str())
                .bind(inputs)
                .bind(storable(&row.summary))
                .bind(storable(&row.rejects))
                .execute(pool)
                .await?
                .rows_affected()
        });
        with_writer!(self, pool => sqlx::query(FORGET).bind(IMPORTS_MAX).execute(pool).await?.rows_affected());
        Ok(())
    }

    /// One file that was brought in.
    pub async fn import(&self, id: &str) -> Result<Option<ImportRow>, StoreError> {
        let row: Option<Columns> =
            with_reader!(self, pool => sqlx::query_as(ONE).bind(id).fetch_optional(pool).await)?;
        row.map(import).transpose()
    }

    /// Files that were brought in and that somebody may see, the newest first, behind one of them.
    pub async fn imports(
        &self,
        scope: &Scope,
        after: Option<(Timestamp, &str)>,
        rows_max: i64,
    ) -> Result<Vec<ImportRow>, StoreError> {
        let (at, id) = after.map_or((i64::MAX, ""), |(at, id)| (at.ms(), id));
        let seen = Records::of(Some(scope));
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(PAGE)
                .bind(seen.text)
                .bind(seen.width)
                .bind(at)
                .bind(id)
                .bind(rows_max)
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(import).collect()
    }

    /// The newest imports that may still be put in force.
    pub async fn waiting_imports(&self, rows_max: i64) -> Result<Vec<String>, StoreError> {
        Ok(with_reader!(self, pool => sqlx::query_scalar(WAITING).bind(rows_max).fetch_all(pool).await)?)
    }

    /// Moves an import on from a state; false if it is in another one by now.
    pub async fn move_import(&self, from: ImportState, row: &ImportRow) -> Result<bool, StoreError> {
        let inputs = serde_json::to_string(&row.inputs)?;
        let (settled, rollback) = (row.settled.as_ref(), row.rollback.as_ref());
        let moved = with_writer!(self, pool => {
            sqlx::query(MOVE)
                .bind(row.state.as_str())
                .bind(settled.map(|(at, _)| at.ms()))
                .bind(settled.map(|(_, by)| by.clone()))
                .bind(inputs)
                .bind(rollback.map(|rollback| rollback.at.ms()))
                .bind(rollback.map(|rollback| rollback.by.clone()))
                .bind(rollback.map(|rollback| rollback.input.0.clone()))
                .bind(&row.id)
                .bind(from.as_str())
                .execute(pool)
                .await?
                .rows_affected()
        });
        Ok(moved == 1)
    }
}

/// PostgreSQL's text holds no NUL.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn import(columns: Columns) -> Result<ImportRow, StoreError> {
    let (
        id,
        at,
        actor,
        kind,
        lender,
        name,
        state,
        settled,
        by,
        inputs,
        summary,
        rejects,
        back,
        back_by,
        input,
    ) = columns;
    let rollback = |((at, by), input)| Rollback { at: Timestamp::from_ms(at), by, input: InputId(input) };
    Ok(ImportRow {
        id,
        at: Timestamp::from_ms(at),
        actor,
        kind: ImportKind::parse(&kind).ok_or_else(|| StoreError::Bug(format!("import of {kind}")))?,
        lender: lender.map(LenderId),
        name,
        state: ImportState::parse(&state).ok_or_else(|| StoreError::Bug(format!("import is {state}")))?,
        settled: settled.map(Timestamp::from_ms).zip(by),
        inputs: serde_json::from_str(&inputs)?,
        summary,
        rejects,
        rollback: back.zip(back_by).zip(input).map(rollback),
    })
}

/// A quarter of a year of daily files of a few lenders.
const IMPORTS_MAX: i64 = 200;

pub(crate) const ALL: &[&str] = &[ADD, FORGET, ONE, PAGE, WAITING, MOVE];
