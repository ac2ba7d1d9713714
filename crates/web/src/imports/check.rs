//! The dry run: a file is received, read and compared; nothing is changed.
//!
//! Shape: what is said of the file, and its bytes, in; [`ImportView`] out. Errors: `invalid` for a file that is of no use, with where
//! and what to do.

use super::compare::{Checked, compare};
use super::view::ImportView;
use crate::asked::Asked;
use crate::book::unreadable;
use crate::caller::Caller;
use crate::desk::{Desk, new_input_id};
use crate::problem::{Code, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use loans::{BindingFile, BindingOptions, EventFile, FileError, FileOptions, LoanFile};
use model::{Date, LenderId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use store::{ImportKind, ImportRow, ImportState};

/// What is said of a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// loans, bindings or events.
    pub(super) kind: String,
    /// Whose book it is; needed for loans.
    #[serde(default)]
    pub(super) lender: Option<String>,
    /// As of when the file speaks: RFC 3339 or a date; unless its own column says it.
    #[serde(default)]
    pub(super) as_of: Option<String>,
    /// The book holds every contract of the lender; true unless said.
    #[serde(default)]
    pub(super) complete: Option<bool>,
    /// Of times without a zone; Asia/Shanghai unless said.
    #[serde(default)]
    pub(super) time_zone: Option<String>,
    /// What its owner calls the file.
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// A file that was read.
pub(super) enum Read {
    Loans(LoanFile),
    Bindings(BindingFile),
    Events(EventFile),
}

/// How a file is to be read.
#[derive(Clone)]
pub(super) enum How {
    Loans(FileOptions),
    Bindings(BindingOptions),
    Events { time_zone: String },
}

/// A file, read and compared. Nothing is changed until it is applied.
#[utoipa::path(post, path = "/imports", tag = "imports", params(Options),
    request_body(content = String, content_type = "text/csv", description = "the file's own bytes: CSV in UTF-8 or GBK"),
    responses((status = 201, body = ImportView)))]
pub(super) async fn upload(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(options): Asked<Options>,
    body: Body,
) -> Result<(StatusCode, Json<ImportView>), Problem> {
    let now = desk.now();
    let (kind, how) = options.read(&caller, now)?;
    let id = new_input_id().0;
    let _coming = desk.spool.comes(&id);
    make_room(&desk).await?;
    desk.spool.receive(&id, body, FILE_BYTES_MAX).await?;
    let checked = check(&desk, &caller, &id, how).await;
    let checked = match checked {
        Ok(checked) => checked,
        Err(problem) => {
            desk.spool.remove(&id);
            return Err(problem);
        }
    };
    let row = ImportRow {
        id,
        at: now,
        actor: caller.actor(),
        kind,
        lender: options.lender.clone().filter(|_| kind == ImportKind::Loans).map(LenderId),
        name: options.name.clone().unwrap_or_default().chars().take(NAME_CHARACTERS_MAX).collect(),
        state: ImportState::Checked,
        settled: None,
        inputs: Vec::new(),
        summary: serde_json::to_string(&checked.summary(&options)).map_err(|_| Code::Internal)?,
        rejects: serde_json::to_string(&checked.rejects).map_err(|_| Code::Internal)?,
        rollback: None,
    };
    desk.store()?.add_import(&row).await?;
    Ok((StatusCode::CREATED, Json(ImportView::of(&row, None, &caller))))
}

async fn check(desk: &Desk, caller: &Caller, id: &str, how: How) -> Result<Checked, Problem> {
    let _room = desk.spool.room().await?;
    let read = open_and_read(desk, id, how).await?;
    compare(desk, caller, read).await
}

/// Reads the file of an import, off the threads that answer others.
pub(super) async fn open_and_read(desk: &Desk, id: &str, how: How) -> Result<Read, Problem> {
    let file = desk.spool.open(id).ok_or_else(gone)?;
    let read = tokio::task::spawn_blocking(move || how.read(file))
        .await
        .map_err(|_| Problem::from(Code::Internal))?;
    read.map_err(|error| unreadable(&error))
}

pub(super) fn gone() -> Problem {
    Problem::new(Code::Refused, "The file of this import is no longer kept. Bring it in again.")
}

impl How {
    fn read(self, file: File) -> Result<Read, FileError> {
        Ok(match self {
            Self::Loans(options) => Read::Loans(loans::read_loans(file, &options)?),
            Self::Bindings(options) => Read::Bindings(loans::read_bindings(file, &options)?),
            Self::Events { time_zone } => Read::Events(loans::read_events(file, &time_zone)?),
        })
    }
}

impl Options {
    /// What the file is about, and how it is to be read; `now` stands in for what is not said.
    pub(super) fn read(&self, caller: &Caller, now: Timestamp) -> Result<(ImportKind, How), Problem> {
        let kind = ImportKind::parse(&self.kind);
        let kind = kind.ok_or_else(|| Problem::field("?kind", "unknown", "loans, bindings or events"))?;
        let usual = FileOptions::of(LenderId(self.lender.clone().unwrap_or_default().trim().to_owned()));
        let time_zone = self.time_zone.clone().unwrap_or_else(|| usual.time_zone.clone());
        let zone = jiff::tz::TimeZone::get(&time_zone)
            .map_err(|_| Problem::field("?time_zone", "unknown", "a name like Asia/Shanghai"))?;
        let how = match kind {
            ImportKind::Loans => {
                if usual.lender.0.is_empty() || !caller.scope.holds_lender(&usual.lender) {
                    return Err(Problem::field(
                        "?lender",
                        "unknown",
                        "say whose book it is, of a lender all of whose loans you see",
                    ));
                }
                let as_of = self.as_of.as_deref().map(|text| moment(text, &zone)).transpose()?;
                let complete = self.complete.unwrap_or(true);
                How::Loans(FileOptions { as_of, complete, time_zone, ..usual })
            }
            ImportKind::Bindings => {
                // It says of any vehicle what is on it.
                if !caller.scope.is_everything() {
                    let detail = "Bindings are imported by those who see every lender's loans.";
                    return Err(Problem::new(Code::Forbidden, detail));
                }
                How::Bindings(BindingOptions { from: now, time_zone })
            }
            ImportKind::Events => How::Events { time_zone },
        };
        Ok((kind, how))
    }
}

fn moment(text: &str, zone: &jiff::tz::TimeZone) -> Result<Timestamp, Problem> {
    let of_date = || Date::parse(text)?.start_in(zone);
    let read = Timestamp::parse(text).or_else(of_date);
    read.ok_or_else(|| Problem::field("?as_of", "time", "a time like 2026-11-20T01:00:00+08:00, or a date"))
}

/// Of the files that wait the oldest go, so that there is room for one more; and those of which nobody can decide any more.
async fn make_room(desk: &Desk) -> Result<(), Problem> {
    let store = desk.store()?;
    let waiting: BTreeSet<String> = store.waiting_imports(WAITING_MAX - 1).await?.into_iter().collect();
    for id in desk.spool.keep_only(&waiting) {
        if let Some(row) = store.import(&id).await?.filter(|row| row.state == ImportState::Checked) {
            store
                .move_import(ImportState::Checked, &ImportRow { state: ImportState::Expired, ..row })
                .await?;
        }
    }
    Ok(())
}

/// What a loan file may have (`loans::FileError::TooManyBytes` says the same of larger ones).
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Files that wait for a decision, 64 MB each at the most.
const WAITING_MAX: i64 = 8;
const NAME_CHARACTERS_MAX: usize = 120;
