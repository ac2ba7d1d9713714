//! Places that are watched.
//!
//! The row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use model::{Place, Seq};

/// A place, with the input that set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRow {
    /// The place.
    pub place: Place,
    /// The input.
    pub seq: Seq,
}

pub(super) static PLACES: Bulk = Bulk::new(
    "INSERT INTO places (place, kind, name, seq, body)",
    &[Text, Text, Text, Int, Text],
    "ON CONFLICT (place) DO UPDATE SET kind = excluded.kind, name = excluded.name, seq = excluded.seq, \
     body = excluded.body",
);

pub(super) static PLACES_REMOVED: Bulk = Bulk::new("DELETE FROM places WHERE place IN (", &[Text], ")");

impl PlaceRow {
    pub(super) fn row(self) -> Row {
        let body = serde_json::to_string(&self.place).unwrap_or_default();
        vec![
            self.place.id.as_str().into(),
            self.place.kind.code().into(),
            self.place.name.into(),
            self.seq.0.into(),
            body.into(),
        ]
    }
}
