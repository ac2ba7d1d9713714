//! What the rules remember and raise.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Blob, Int, Text};
use crate::value::Row;
use model::alert::AlertEvent;
use model::{About, Alert, AlertId, Coordinates, LenderId, Seq, Timestamp, VehicleId};

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
    "INSERT INTO alerts (id, rule, about, severity, state, opened_ms, event_ms, version, seq, body, contract, lender, owner, \
     snoozed_ms, waits)",
    &[Text, Text, Text, Text, Text, Int, Int, Int, Int, Text, Text, Text, Text, Int, Int],
    "ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, state = excluded.state, \
     event_ms = excluded.event_ms, version = excluded.version, seq = excluded.seq, body = excluded.body, \
     contract = excluded.contract, lender = excluded.lender, owner = excluded.owner, snoozed_ms = excluded.snoozed_ms, \
     waits = excluded.waits",
);

pub(super) fn alert_row((seq, alert): (Seq, Alert)) -> Row {
    let body = serde_json::to_string(&alert).unwrap_or_default();
    let loan = alert.explanation.loan.as_ref().map(|snapshot| &snapshot.loan);
    let contract = loan.map(|loan| loan.contract.0.clone());
    let lender = lender_of(&alert).map(|lender| lender.0.clone());
    let owner = alert.held_by().map(|(owner, _)| owner.id.0);
    let (snoozed, waits) = (alert.triage.snoozed_until.map(Timestamp::ms), alert.waits_for_verdict());
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
        contract.into(),
        lender.into(),
        owner.into(),
        snoozed.into(),
        waits.into(),
    ]
}

/// By whose book it is seen.
fn lender_of(alert: &Alert) -> Option<&LenderId> {
    match &alert.about {
        About::Lender(lender) => Some(lender),
        About::Vehicle(_) | About::Group(_) | About::Place(_) => {
            alert.explanation.loan.as_ref().map(|snapshot| &snapshot.loan.lender)
        }
    }
}

/// Something that happened to an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertHistoryRow {
    /// Which.
    pub alert: AlertId,
    /// The input that did it.
    pub seq: Seq,
    /// Its place among the lines of that input, from 0.
    pub item: i64,
    /// Journal time.
    pub at: Timestamp,
    /// Who; none where the rules did.
    pub actor: Option<String>,
    /// What.
    pub event: AlertEvent,
    /// What staff wrote; of the rules, the code of their reason.
    pub note: Option<String>,
}

pub(super) static ALERT_HISTORY: Bulk = Bulk::new(
    "INSERT INTO alert_history (alert, seq, item, at_ms, actor, action, note)",
    &[Text, Int, Int, Int, Text, Text, Text],
    "ON CONFLICT DO NOTHING",
);

impl AlertHistoryRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.alert.0.into(),
            self.seq.0.into(),
            self.item.into(),
            self.at.ms().into(),
            self.actor.into(),
            self.event.as_str().into(),
            self.note.into(),
        ]
    }
}
