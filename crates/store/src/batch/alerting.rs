//! What the rules remember and raise, and what people are owed for it.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Blob, Int, Text};
use crate::value::Row;
use model::{Alert, Coordinates, Seq, Timestamp};

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

pub(super) static ALERTS: Bulk = Bulk::new(
    "INSERT INTO alerts (id, rule, vehicle, severity, state, opened_ms, event_ms, version, seq, body)",
    &[Text, Text, Text, Text, Text, Int, Int, Int, Int, Text],
    "ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, state = excluded.state, \
     version = excluded.version, seq = excluded.seq, body = excluded.body",
);

pub(super) fn alert_row((seq, alert): (Seq, Alert)) -> Row {
    let body = serde_json::to_string(&alert).unwrap_or_default();
    vec![
        alert.id.0.into(),
        alert.rule.as_str().into(),
        alert.vehicle.as_str().into(),
        alert.severity.as_str().into(),
        alert.state.code().into(),
        alert.opened_at.ms().into(),
        alert.event_time.ms().into(),
        i64::from(alert.version).into(),
        seq.0.into(),
        body.into(),
    ]
}

/// Where an outbox entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// To be delivered.
    Pending,
    /// The receiver took it.
    Delivered,
    /// Given up.
    Dead,
    /// Not sent: taken back before.
    Cancelled,
}

impl OutboxState {
    /// The code in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What people are owed.
#[derive(Debug)]
pub struct OutboxRow {
    /// Its id, and the receiver's idempotency key.
    pub entry: String,
    /// The input that caused it.
    pub seq: Seq,
    /// The alert as it stood.
    pub alert: Alert,
    /// What happened to it: the rules' code.
    pub notice: &'static str,
    /// When to deliver it first.
    pub due_at: Timestamp,
}

pub(super) static OUTBOX: Bulk = Bulk::new(
    "INSERT INTO outbox (entry, seq, alert, notice, state, attempt, next_ms, body)",
    &[Text, Int, Text, Text, Text, Int, Int, Text],
    "ON CONFLICT DO NOTHING",
);

impl OutboxRow {
    pub(super) fn row(self) -> Row {
        let body = serde_json::to_string(&self.alert).unwrap_or_default();
        vec![
            self.entry.into(),
            self.seq.0.into(),
            self.alert.id.0.into(),
            self.notice.into(),
            OutboxState::Pending.as_str().into(),
            0.into(),
            self.due_at.ms().into(),
            body.into(),
        ]
    }
}

/// What became of an attempt to deliver.
#[derive(Debug)]
pub struct DeliveryRow {
    /// The outbox entry.
    pub entry: String,
    /// Where it stands now.
    pub state: OutboxState,
    /// Attempts so far.
    pub attempt: i64,
    /// When to try again.
    pub next_at: Timestamp,
    /// What went wrong.
    pub error: Option<String>,
}

pub(super) static DELIVERIES: Bulk = Bulk::new(
    "UPDATE outbox SET state = d.column2, attempt = d.column3, next_ms = d.column4, error = d.column5 \
     FROM (",
    &[Text, Text, Int, Int, Text],
    ") AS d WHERE outbox.entry = d.column1 AND outbox.state = 'pending'",
);

impl DeliveryRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.entry.into(),
            self.state.as_str().into(),
            self.attempt.into(),
            self.next_at.ms().into(),
            self.error.into(),
        ]
    }
}
