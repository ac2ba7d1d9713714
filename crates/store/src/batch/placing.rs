//! Places that are watched.
//!
//! The row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use model::Seq;
use model::place::Watched;

/// A place, with the input that set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRow {
    /// The place, with where it is from.
    pub watched: Watched,
    /// The input.
    pub seq: Seq,
}

pub(super) static PLACES: Bulk = Bulk::new(
    "INSERT INTO places (place, kind, name, seq, body, provenance)",
    &[Text, Text, Text, Int, Text, Text],
    "ON CONFLICT (place) DO UPDATE SET kind = excluded.kind, name = excluded.name, seq = excluded.seq, \
     body = excluded.body, provenance = excluded.provenance",
);

pub(super) static PLACES_REMOVED: Bulk = Bulk::new("DELETE FROM places WHERE place IN (", &[Text], ")");

impl PlaceRow {
    pub(super) fn row(self) -> Row {
        let Watched { place, provenance } = self.watched;
        let body = serde_json::to_string(&place).unwrap_or_default();
        let provenance = provenance.and_then(|provenance| serde_json::to_string(&provenance).ok());
        vec![
            place.id.as_str().into(),
            place.kind.code().into(),
            place.name.into(),
            self.seq.0.into(),
            body.into(),
            provenance.into(),
        ]
    }
}
