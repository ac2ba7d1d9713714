//! What people are owed: an entry of the outbox is about an alert, or it is a reminder for the lender's own systems.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use model::alert::Notice;
use model::{Alert, Reminder, ReminderKind, Seq, Timestamp};

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
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Pending, Self::Delivered, Self::Dead, Self::Cancelled];

    /// The code in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a code.
    pub fn parse(code: &str) -> Result<Self, UnknownState> {
        let known = Self::ALL.iter().copied().find(|state| state.as_str() == code);
        known.ok_or_else(|| UnknownState(code.to_owned()))
    }
}

/// A code of no state of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no state of a notice: pending, delivered, dead or cancelled")]
pub struct UnknownState(pub String);

/// What an entry says.
#[derive(Debug, Clone, PartialEq)]
pub enum Owed {
    /// Something happened to an alert: the alert as it stood.
    Alert(Box<Alert>),
    /// A borrower shall be reminded.
    Reminder(Reminder),
}

impl Owed {
    /// What it is about, and in whose order it is delivered: the alert's id, or the reminder's own.
    pub fn subject(&self) -> String {
        match self {
            Self::Alert(alert) => alert.id.0.clone(),
            Self::Reminder(reminder) => reminder.id(),
        }
    }

    /// It is for the lender's own systems, and can wait for what is not.
    pub const fn is_reminder(&self) -> bool {
        matches!(self, Self::Reminder(_))
    }

    fn body(&self) -> String {
        match self {
            Self::Alert(alert) => serde_json::to_string(alert),
            Self::Reminder(reminder) => serde_json::to_string(reminder),
        }
        .unwrap_or_default()
    }

    /// Of a row: the notice tells which of both it is.
    pub(crate) fn parse(notice: &str, body: &str) -> Result<Self, serde_json::Error> {
        if ReminderKind::parse(notice).is_ok() {
            serde_json::from_str(body).map(Self::Reminder)
        } else {
            serde_json::from_str(body).map(Self::Alert)
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
    /// What it says.
    pub owed: Owed,
    /// What happened to the alert, or what kind of reminder it is: the code.
    pub notice: &'static str,
    /// When to deliver it first.
    pub due_at: Timestamp,
}

pub(super) static OUTBOX: Bulk = Bulk::new(
    "INSERT INTO outbox (entry, seq, subject, notice, state, attempt, next_ms, body, reminder)",
    &[Text, Int, Text, Text, Text, Int, Int, Text, Int],
    "ON CONFLICT DO NOTHING",
);

impl OutboxRow {
    /// What people are owed for a changed alert.
    pub fn of_alert(seq: Seq, alert: Alert, notice: Notice, due_at: Timestamp) -> Self {
        let entry = format!("{}:{}", alert.id, alert.version);
        Self { entry, seq, owed: Owed::Alert(Box::new(alert)), notice: notice.as_str(), due_at }
    }

    /// A reminder. A second one of the same id is none.
    pub fn of_reminder(seq: Seq, reminder: Reminder, due_at: Timestamp) -> Self {
        let (entry, notice) = (format!("{}:1", reminder.id()), reminder.kind.as_str());
        Self { entry, seq, owed: Owed::Reminder(reminder), notice, due_at }
    }

    pub(super) fn row(self) -> Row {
        let (subject, body) = (self.owed.subject(), self.owed.body());
        let is_reminder = self.owed.is_reminder();
        vec![
            self.entry.into(),
            self.seq.0.into(),
            subject.into(),
            self.notice.into(),
            OutboxState::Pending.as_str().into(),
            0.into(),
            self.due_at.ms().into(),
            body.into(),
            is_reminder.into(),
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
