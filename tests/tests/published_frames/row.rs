//! One published row: a frame, what a peer asserts of it, and mechanical facts about its bytes.
//!
//! Shape: a line of a `.jsonl` file in, a [`Row`] out; nothing is interpreted here. Units: as the row has them.
//! Errors: a line that is no JSON, hex that is no hex. Source: the README beside the files.

use anyhow::Context as _;
use serde_json::Value;
use std::path::Path;

/// A row as it was published.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) bytes: Vec<u8>,
    fields: Value,
}

/// Whether a row can be held against us.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A frame with the checksum it should have.
    Sound,
    /// Its checksum is made up, or missing.
    BadChecksum,
    /// A body, an item or loose bytes.
    NoFrame,
}

impl Row {
    /// The rows of a file.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<Self>> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        text.lines().filter(|line| !line.trim().is_empty()).map(Self::parse).collect()
    }

    fn parse(line: &str) -> anyhow::Result<Self> {
        let fields: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        let text = |pointer| fields.pointer(pointer).and_then(Value::as_str);
        let id = text("/id").context("a row without id")?.to_owned();
        // Some peers hold bytes after unescaping; the wire form was rebuilt beside them.
        let digits = text("/wire/wire_hex").or_else(|| text("/hex")).with_context(|| id.clone())?;
        let bytes = hex::decode(digits).with_context(|| id.clone())?;
        let kind = text("/expect/kind").unwrap_or("none").to_owned();
        Ok(Self { id, kind, bytes, fields })
    }

    /// A value of the row; absent and null are the same.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Value> {
        self.fields.pointer(pointer).filter(|value| !value.is_null())
    }

    /// An object of the row as names and values, null included.
    pub(crate) fn entries(&self, pointer: &str) -> impl Iterator<Item = (&str, &Value)> {
        let object = self.fields.pointer(pointer).and_then(Value::as_object);
        object.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn standing(&self) -> Standing {
        let checksum = self.at("/wire/crc_ok").or_else(|| self.at("/wire/checksum_ok"));
        let marked = self.at("/wire/type").is_some() || self.at("/wire/msg_id").is_some();
        match checksum.and_then(Value::as_bool) {
            Some(true) => Standing::Sound,
            Some(false) => Standing::BadChecksum,
            None if marked => Standing::BadChecksum,
            None => Standing::NoFrame,
        }
    }
}
