//! A frame as programs and the console read it.
//!
//! Shape: what was decoded → the object of DESIGN.md §7, `hex` first, with every byte in one field. Units: bytes. Errors: none.

use super::Kept;
use model::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wire::{Decoded, Field};
use words::Name;

/// What a frame says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecodedView {
    hex: String,
    #[serde(flatten)]
    #[schema(value_type = Object)]
    decoded: Value,
    fields: Vec<FieldView>,
    /// Which of them is to blame for the error.
    culprit: Option<usize>,
    /// Bytes behind the frame.
    surplus: usize,
}

/// Bytes that say one thing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldView {
    offset: usize,
    length: usize,
    hex: String,
    name: &'static str,
    value: String,
    meaning: String,
}

/// A stored frame.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FrameView {
    seq: i64,
    session: String,
    frame_no: u32,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// From where, if that is still to be found.
    peer: Option<String>,
    /// `stored` or `quarantine`.
    status: &'static str,
    #[serde(flatten)]
    said: DecodedView,
    problem: Option<ProblemView>,
}

/// What was wrong with a frame when it came.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemView {
    code: String,
    #[schema(value_type = Object)]
    text: Option<Name>,
}

impl ProblemView {
    pub(crate) fn of(code: &str) -> Self {
        Self { code: code.to_owned(), text: words::problem(code) }
    }
}

impl DecodedView {
    pub(super) fn of(bytes: &[u8], decoded: &Decoded) -> Self {
        let json = serde_json::to_value(decoded.json()).unwrap_or_else(|_| json!({}));
        Self {
            hex: hex::encode(bytes),
            decoded: json,
            fields: decoded.fields.iter().map(FieldView::of).collect(),
            culprit: decoded.culprit,
            surplus: decoded.rest,
        }
    }
}

impl FieldView {
    fn of(field: &Field) -> Self {
        Self {
            offset: field.offset,
            length: field.bytes.len(),
            hex: hex::encode(&field.bytes),
            name: field.name,
            value: field.value.clone(),
            meaning: field.meaning.clone(),
        }
    }
}

impl FrameView {
    pub(super) fn of(kept: &Kept, decoded: &Decoded, peer: Option<String>) -> Self {
        let reception = &kept.reception;
        let mut said = DecodedView::of(&kept.bytes, decoded);
        if let Value::Object(object) = &mut said.decoded {
            // What speaks for whom was settled when it came: a frame by itself may not say.
            object.insert("terminal".into(), reception.terminal.as_str().into());
            object.insert("protocol".into(), reception.protocol.as_str().into());
        }
        Self {
            seq: kept.seq.0,
            session: reception.session.to_string(),
            frame_no: reception.frame_no,
            received_at: reception.received_at,
            peer,
            status: if kept.is_quarantined { "quarantine" } else { "stored" },
            said,
            problem: reception.problem.as_deref().map(ProblemView::of),
        }
    }
}
