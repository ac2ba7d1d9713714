//! The evidence of an alert: everything it rests on in one printable document, with a hash of itself.
//!
//! Shape: `{"evidence": {…}, "sha256": "…"}`; the hash is that of the bytes of the value of `evidence` exactly as they are sent, so
//! that whoever keeps the file can check it without us. Errors: `purpose_required`; `not_found`.

use super::detail::{AlertDetail, read_places};
use super::found;
use super::shown::Places;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use crate::vehicles::row::Eyes;
use crate::vehicles::rule_set;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use model::{Alert, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use store::Store;

/// The document.
#[derive(Serialize)]
struct Evidence {
    /// What this is, for whoever finds the file.
    document: &'static str,
    made_at: Timestamp,
    made_by: String,
    purpose: &'static str,
    journal: String,
    alert: AlertDetail,
    /// The frames of the fixes, as they were received.
    frames: Vec<FrameBytes>,
}

#[derive(Serialize)]
struct FrameBytes {
    seq: i64,
    /// Null: no longer kept.
    hex: Option<String>,
}

/// Everything an alert rests on, in one document with its SHA-256.
#[utoipa::path(get, path = "/alerts/{id}/evidence", tag = "alerts",
    params(("id" = String, Path, description = "the alert's id")),
    responses((status = 200, description = "`{evidence, sha256}`: the hash of the bytes of `evidence` as they are sent")))]
pub(super) async fn evidence(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (store, now, purpose) = (desk.store()?, desk.now(), caller.purpose()?);
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now };
    let (inbox, row) = found(&store, eyes, &id).await?;
    read_places(&desk, &caller, &inbox.alert).await?;
    let document = Evidence {
        document: "lienwatch evidence of an alert, version 1",
        made_at: now,
        made_by: caller.actor(),
        purpose: purpose.as_str(),
        journal: desk.health.journal.id().as_str().to_owned(),
        frames: frames(&store, &inbox.alert).await?,
        alert: AlertDetail::of(&store, &caller, &inbox.alert, (row, Places::Shown)).await?,
    };
    let text = serde_json::to_string(&document).map_err(|_| Problem::from(Code::Internal))?;
    let mut response = ([(CONTENT_TYPE, "application/json")], sealed(&text)).into_response();
    let name = format!("attachment; filename=\"evidence-{}.json\"", inbox.alert.id);
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// A document with the hash of its bytes.
fn sealed(text: &str) -> String {
    format!("{{\"evidence\":{text},\"sha256\":\"{}\"}}", hex::encode(Sha256::digest(text)))
}

async fn frames(store: &Store, alert: &Alert) -> Result<Vec<FrameBytes>, Problem> {
    let used = alert.explanation.fixes_used.iter();
    let rejected = alert.explanation.fixes_rejected.iter().map(|rejected| &rejected.fix);
    let seqs: BTreeSet<_> = used.chain(rejected).map(|fix| fix.seq).collect();
    let mut frames = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let bytes = store.frame(seq).await?.and_then(|row| row.frame);
        frames.push(FrameBytes { seq: seq.0, hex: bytes.map(hex::encode) });
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_document_is_that_of_its_bytes_as_they_are_sent() {
        let sealed = sealed(r#"{"a":1.50}"#);
        let (evidence, hash) =
            sealed.strip_prefix("{\"evidence\":").unwrap().split_once(",\"sha256\":").unwrap();
        assert_eq!(hash, format!("\"{}\"}}", hex::encode(Sha256::digest(evidence))));
        assert!(serde_json::from_str::<serde_json::Value>(&sealed).is_ok());
    }
}
