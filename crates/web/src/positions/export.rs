//! Positions as a file, page after page: whoever takes it slowly holds one page.
//!
//! ```text
//! first page, its audit line --> the answer begins --head, rows--> next page, its audit line --rows--> … --tail--> end
//! ```
//! Shape: a question and a form in, a response whose body is read on demand out. Units: rows. Errors: before the first byte a
//! [`Problem`]; later the body breaks off, so that half a file is not taken for a whole one.

use super::formats::{Form, Title};
use super::{Batch, Behind, Of, Question};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use crate::sheet::Broken;
use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};

/// An export under way.
struct Export {
    desk: Desk,
    caller: Caller,
    question: Question,
    form: Form,
    stage: Stage,
    rows: usize,
}

enum Stage {
    Begin(Batch),
    Behind(Behind),
    End,
}

/// The file.
pub(super) async fn export(
    desk: Desk,
    caller: Caller,
    question: Question,
    form: Form,
) -> Result<Response, Problem> {
    if form.is_a_line() && matches!(question.of, Of::Everybody) {
        let detail = "a GPX file is one line: name a vehicle or a terminal";
        return Err(Problem::field("?format", "line", detail));
    }
    let first = question.batch(&desk, &caller, None, PAGE_ROWS).await?;
    question.witness(&desk, &caller, &first.rows).await?;
    let kind = HeaderValue::from_static(form.media_type());
    let disposition = disposition(&question, form);
    let export = Export { desk, caller, question, form, stage: Stage::Begin(first), rows: 0 };
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(export.stream())).into_response())
}

impl Export {
    fn stream(self) -> impl Stream<Item = Result<Bytes, Broken>> {
        stream::try_unfold(self, Self::next)
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Broken> {
        let (mut written, batch) = match std::mem::replace(&mut self.stage, Stage::End) {
            Stage::Begin(batch) => (self.head(), batch),
            Stage::Behind(behind) => (Vec::new(), self.batch(behind).await?),
            Stage::End => return Ok(None),
        };
        written.extend(self.form.rows(&batch.rows, self.question.datum, self.rows == 0));
        self.rows = self.rows.saturating_add(batch.rows.len());
        match batch.next {
            Some(_) if self.rows >= ROWS_MAX => {
                return Err(Broken(format!("more than {ROWS_MAX} rows: ask for a shorter time")));
            }
            Some(next) => self.stage = Stage::Behind(next),
            None => written.extend(self.form.tail()),
        }
        Ok(Some((written.into(), self)))
    }

    async fn batch(&self, behind: Behind) -> Result<Batch, Broken> {
        let broken = |problem: Problem| {
            tracing::warn!(code = problem.code.as_str(), "an export of positions broke off");
            Broken(problem.detail.into_owned())
        };
        let batch = self.question.batch(&self.desk, &self.caller, Some(behind), PAGE_ROWS).await;
        let batch = batch.map_err(broken)?;
        self.question.witness(&self.desk, &self.caller, &batch.rows).await.map_err(broken)?;
        Ok(batch)
    }

    fn head(&self) -> Vec<u8> {
        let name = format!("{} {} – {}", self.question.of.named(), self.question.from, self.question.to);
        self.form.head(&Title { name: &name, datum: self.question.datum })
    }
}

/// `positions-terminal-868120240000015-2026-11-20-gcj02.csv`: a name that no file system minds.
fn disposition(question: &Question, form: Form) -> HeaderValue {
    let whose: String =
        question.of.named().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let day: String = question.from.to_string().chars().take(10).collect();
    let datum = match question.datum {
        model::Datum::Wgs84 => String::new(),
        other => format!("-{other}"),
    };
    let name = format!("attachment; filename=\"positions-{whose}-{day}{datum}.{}\"", form.extension());
    HeaderValue::from_str(&name).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// A page of a file: some 1 MB as CSV.
const PAGE_ROWS: usize = 5_000;
/// Rows of one file: what a spreadsheet holds.
const ROWS_MAX: usize = 1_000_000;
