//! The audit log as a file, page after page: whoever takes it slowly holds one page.
//!
//! Shape: filters → CSV whose body is read on demand, the newest line first. Units: lines. Errors: before the first byte a [`Problem`];
//! later the body breaks off, so that half a file is not taken for a whole one. The forms: [`sheet`].

use crate::desk::Desk;
use crate::problem::Problem;
use crate::sheet::{self, Broken};
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use loans::harmless;
use store::{AuditQuery, AuditRow};

/// The lines that are to be written next, and whether they are the first.
struct Export {
    desk: Desk,
    query: AuditQuery,
    lines: Vec<AuditRow>,
    written: usize,
}

/// The file.
pub(super) async fn csv(desk: Desk, query: AuditQuery) -> Result<Response, Problem> {
    let lines = desk.store()?.audit(&query, PAGE_LINES).await?;
    let name = format!("attachment; filename=\"audit-{}.csv\"", day(&desk));
    let export = Export { desk, query, lines, written: 0 };
    let body = Body::from_stream(stream::try_unfold(Some(export), next));
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], body)
        .into_response())
}

async fn next(export: Option<Export>) -> Result<Option<(Bytes, Option<Export>)>, Broken> {
    let Some(Export { desk, mut query, lines, written }) = export else { return Ok(None) };
    let mut bytes = if written == 0 { sheet::head(COLUMNS) } else { Vec::new() };
    bytes.extend(lines.iter().flat_map(|line| sheet::line(cells(line))));
    let Some(last) = lines.last() else { return Ok(Some((bytes.into(), None))) };
    let written = written.saturating_add(lines.len());
    query.before = last.line;
    let lines = page(&desk, &query).await.map_err(|problem| {
        tracing::warn!(code = problem.code.as_str(), "an export of the audit log broke off");
        Broken(problem.detail.into_owned())
    })?;
    if written >= LINES_MAX && !lines.is_empty() {
        return Err(Broken(format!("more than {LINES_MAX} lines: ask for a shorter time")));
    }
    Ok(Some((bytes.into(), Some(Export { desk, query, lines, written }))))
}

async fn page(desk: &Desk, query: &AuditQuery) -> Result<Vec<AuditRow>, Problem> {
    Ok(desk.store()?.audit(query, PAGE_LINES).await?)
}

fn cells(row: &AuditRow) -> [String; 8] {
    let text = |text: &str| harmless(text.to_owned());
    [
        row.line.to_string(),
        row.at.to_string(),
        text(&row.actor),
        text(&row.action),
        text(&row.subject),
        text(&row.purpose),
        text(&row.outcome),
        row.hash.clone(),
    ]
}

/// `2026-11-20`, by the server's clock.
fn day(desk: &Desk) -> String {
    desk.now().to_string().chars().take(10).collect()
}

const COLUMNS: &[&str] = &["line", "at", "actor", "action", "subject", "purpose", "outcome", "hash"];
/// A page of a file: some 300 KB.
const PAGE_LINES: i64 = 1_000;
/// Lines of one file: what a spreadsheet holds.
const LINES_MAX: usize = 1_000_000;
