//! A frame for programs: the object of DESIGN.md §7, `hex` first.
//!
//! Shape: [`Decoded`] → one line of JSON. What a capture knows besides stands at the end of the object. Errors: none
//! but of the serialiser.

use anyhow::Result;
use model::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use wire::Decoded;

/// What a capture knows of a frame.
#[derive(Debug, Serialize)]
pub(crate) struct Captured {
    pub(crate) captured_at: Timestamp,
    pub(crate) peer: String,
}

/// The documented object.
pub(crate) fn frame(bytes: &[u8], decoded: &Decoded, captured: Option<&Captured>) -> Result<String> {
    #[derive(Serialize)]
    struct Line<'a> {
        hex: String,
        #[serde(flatten)]
        decoded: wire::decode::DecodedJson<'a>,
        #[serde(flatten)]
        captured: Option<&'a Captured>,
    }
    Ok(serde_json::to_string(&Line { hex: hex::encode(bytes), decoded: decoded.json(), captured })?)
}

/// The same object for text that is no hex.
pub(crate) fn not_hex(shown: &str, why: &str) -> Value {
    let error = serde_json::json!({"code": "not_hex", "message": why});
    let mut object = Map::new();
    object.insert("hex".into(), shown.into());
    for absent in ["protocol", "message", "number", "terminal", "serial", "checksum"] {
        object.insert(absent.into(), Value::Null);
    }
    object.insert("events".into(), Value::Array(Vec::new()));
    object.insert("reply".into(), Value::Null);
    object.insert("error".into(), error);
    Value::Object(object)
}
