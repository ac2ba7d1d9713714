//! What the rules remember and raise.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Blob, Int, Text};
use crate::value::Row;
use model::{Alert, Coordinates, Seq, Timestamp, VehicleId};

/// What the rules remember of a vehicle, or of a terminal that is on none.
#[derive(Debug)]
pub struct StateRow {
    /// `v:VEHICLE` or `t:TERMINAL`.
    pub subject: String,
    /// Version of the state's form.
    pub format: i64,
    /// Up to which input.
    pub state_seq: Seq,
    /// When it was last heard.
    pub heard_at: Option<Timestamp>,
    /// Its last believed live fix.
    pub latest: Option<(Timestamp, Coordinates)>,
    /// The state, binary.
    pub state: Vec<u8>,
}

pub(super) static SUBJECT_STATES: Bulk = Bulk::new(
    "INSERT INTO subject_states (subject, format, state_seq, heard_ms, fix_ms, lat_e7, lon_e7, state)",
    &[Text, Int, Int, Int, Int, Int, Int, Blob],
    "ON CONFLICT (subject) DO UPDATE SET format = excluded.format, state_seq = excluded.state_seq, \
     heard_ms = excluded.heard_ms, fix_ms = excluded.fix_ms, lat_e7 = excluded.lat_e7, lon_e7 = excluded.lon_e7, \
     state = excluded.state",
);

impl StateRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.subject.into(),
            self.format.into(),
            self.state_seq.0.into(),
            self.heard_at.map(Timestamp::ms).into(),
            self.latest.map(|(at, _)| at.ms()).into(),
            self.latest.map(|(_, place)| i64::from(place.lat_e7())).into(),
            self.latest.map(|(_, place)| i64::from(place.lon_e7())).into(),
            self.state.into(),
        ]
    }
}

/// Where a vehicle usually stands.
#[derive(Debug)]
pub struct UsualPlacesRow {
    /// Whose.
    pub vehicle: VehicleId,
    /// Version of the places' form.
    pub format: i64,
    /// Up to which input.
    pub state_seq: Seq,
    /// The places, binary.
    pub places: Vec<u8>,
}

pub(super) static USUAL_PLACES: Bulk = Bulk::new(
    "INSERT INTO usual_places (vehicle, format, state_seq, places)",
    &[Text, Int, Int, Blob],
    "ON CONFLICT (vehicle) DO UPDATE SET format = excluded.format, state_seq = excluded.state_seq, \
     places = excluded.places",
);

impl UsualPlacesRow {
    pub(super) fn row(self) -> Row {
        vec![self.vehicle.as_str().into(), self.format.into(), self.state_seq.0.into(), self.places.into()]
    }
}

/// Where a vehicle usually stood before the arrears that are open on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenProfileRow {
    /// Whose.
    pub vehicle: VehicleId,
    /// Version of the profile's form.
    pub format: i64,
    /// The profile, binary; none once the arrears are cured.
    pub profile: Option<Vec<u8>>,
}

pub(super) static FROZEN_PROFILES: Bulk = Bulk::new(
    "INSERT INTO frozen_profiles (vehicle, format, profile)",
    &[Text, Int, Blob],
    "ON CONFLICT (vehicle) DO UPDATE SET format = excluded.format, profile = excluded.profile",
);

impl FrozenProfileRow {
    pub(super) fn row(self) -> Row {
        vec![self.vehicle.as_str().into(), self.format.into(), self.profile.into()]
    }
}

pub(super) static ALERTS: Bulk = Bulk::new(
    "INSERT INTO alerts (id, rule, about, severity, state, opened_ms, event_ms, version, seq, body)",
    &[Text, Text, Text, Text, Text, Int, Int, Int, Int, Text],
    "ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, state = excluded.state, \
     event_ms = excluded.event_ms, version = excluded.version, seq = excluded.seq, body = excluded.body",
);

pub(super) fn alert_row((seq, alert): (Seq, Alert)) -> Row {
    let body = serde_json::to_string(&alert).unwrap_or_default();
    vec![
        alert.id.0.into(),
        alert.rule.as_str().into(),
        alert.about.code().into(),
        alert.severity.as_str().into(),
        alert.state.code().into(),
        alert.opened_at.ms().into(),
        alert.event_time.ms().into(),
        i64::from(alert.version).into(),
        seq.0.into(),
        body.into(),
    ]
}
