//! What an alert rests on, as it is sent: figures, fixes, the loan as it was then, what happened, who was told.
//!
//! Shape: the alert and its rows in, values for JSON out. Units: degrees, km/h, money in the smallest unit. Errors: none.

use crate::text::Text;
use model::alert::{AlertEvent, Evidence, LoanSnapshot, Rejected};
use model::loan::{Bucket, Course, HoldKind, Holds, Standing};
use model::{Alert, Date, DaysPastDue, Severity, Timestamp, WithdrawReason};
use serde::Serialize;
use store::{AlertDelivery, AlertHistoryLine};
use utoipa::ToSchema;
use words::{Figure, Value};

/// A figure that the finding rests on.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct FigureView {
    name: &'static str,
    label: Text,
    /// A number, a time, a text, a flag, a place `{lat, lon}` or a word `{zh, en}`.
    #[schema(value_type = Object)]
    value: Value,
    unit: Option<&'static str>,
}

/// A fix.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct FixView {
    /// Its frame: `/frames/{seq}`.
    seq: i64,
    terminal: String,
    #[schema(value_type = String, format = DateTime)]
    fix_time: Timestamp,
    lat: f64,
    lon: f64,
    speed_kmh: Option<f64>,
    satellites: Option<u8>,
}

/// A fix that was not believed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct RejectedView {
    #[serde(flatten)]
    fix: FixView,
    reason: &'static str,
    reason_text: Text,
}

/// The loan as it was known when the alert was raised.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct LoanView {
    contract: String,
    lender: String,
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    /// False: its book was stale, and nothing is stated of it.
    fresh: bool,
    days_past_due: Option<u16>,
    bucket: Option<&'static str>,
    amount_overdue: Option<i64>,
    principal_outstanding: Option<i64>,
    standing: Option<Text>,
    holds: Vec<HoldView>,
    course: Option<&'static str>,
    course_name: Option<Text>,
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct HoldView {
    kind: &'static str,
    name: Text,
    /// Up to and including this day; null where it has no end.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}

/// A line of an alert's history.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct HistoryView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Null: the rules.
    actor: Option<String>,
    action: &'static str,
    note: Option<String>,
    text: Text,
}

/// What became of telling people.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct DeliveryView {
    notice: String,
    state: String,
    attempt: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    error: Option<String>,
}

/// Whether where a car is may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    Shown,
    Hidden,
}

/// The figures of a finding; without those that say where a car is, unless they are shown.
pub(super) fn figures(alert: &Alert, places: Places) -> Vec<FigureView> {
    let all = words::figures(&alert.explanation.finding).into_iter();
    let may = |figure: &Figure| places == Places::Shown || !matches!(figure.value, Value::Place(_));
    let view =
        |Figure { name, label, value, unit }: Figure| FigureView { name, label: label.into(), value, unit };
    all.filter(may).map(view).collect()
}

/// How many places an alert shows.
pub(super) fn places_in(alert: &Alert) -> usize {
    let figures = words::figures(&alert.explanation.finding);
    let placed = figures.iter().filter(|figure| matches!(figure.value, Value::Place(_))).count();
    placed + alert.explanation.fixes_used.len() + alert.explanation.fixes_rejected.len()
}

impl FixView {
    pub(super) fn of(fix: &Evidence) -> Self {
        Self {
            seq: fix.seq.0,
            terminal: fix.terminal.to_string(),
            fix_time: fix.fix_time,
            lat: fix.place.lat(),
            lon: fix.place.lon(),
            speed_kmh: fix.speed_tenths_kmh.map(|tenths| f64::from(tenths) / 10.0),
            satellites: fix.satellites,
        }
    }
}

impl RejectedView {
    pub(super) fn of(rejected: &Rejected) -> Self {
        let reason = rejected.reason;
        Self {
            fix: FixView::of(&rejected.fix),
            reason: reason.as_str(),
            reason_text: words::rejection(reason).into(),
        }
    }
}

impl LoanView {
    pub(super) fn of(snapshot: &LoanSnapshot) -> Self {
        let LoanSnapshot { loan, standing, fresh, course, .. } = snapshot;
        let days = match standing {
            Standing::Overdue(days) if *fresh => Some(*days),
            Standing::Current if *fresh => Some(DaysPastDue(0)),
            _ => None,
        };
        // That a loan is settled or held is said whatever the age of the book.
        let is_said = *fresh || matches!(standing, Standing::Settled | Standing::Held(_));
        Self {
            contract: loan.contract.0.clone(),
            lender: loan.lender.0.clone(),
            as_of: snapshot.book_as_of.unwrap_or(loan.as_of),
            fresh: *fresh,
            days_past_due: days.map(|days| days.0),
            bucket: days.map(Bucket::of).map(Bucket::as_str),
            amount_overdue: days.and_then(|days| loan.known_overdue(days)),
            principal_outstanding: loan.known_principal(),
            standing: is_said.then(|| words::standing(*standing).into()),
            holds: HoldView::all(&loan.holds),
            course: course.map(Course::as_str),
            course_name: course.map(|course| words::course(course).into()),
        }
    }
}

impl HoldView {
    /// Every hold that is entered, in force or over.
    pub(crate) fn all(holds: &Holds) -> Vec<Self> {
        let view =
            |kind: HoldKind, until| Self { kind: kind.as_str(), name: words::hold(kind).into(), until };
        [
            holds.bankruptcy.then(|| view(HoldKind::Bankruptcy, None)),
            holds.legal_case.then(|| view(HoldKind::LegalCase, None)),
            holds.dispute.then(|| view(HoldKind::Dispute, None)),
            holds.extension_until.map(|until| view(HoldKind::Extension, Some(until))),
            holds.promise_until.map(|until| view(HoldKind::Promise, Some(until))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl HistoryView {
    pub(super) fn of(line: AlertHistoryLine) -> Self {
        let AlertHistoryLine { at, actor, event, note } = line;
        let text = said(event, note.as_deref());
        // What the rules note is a code, and stands in the text.
        let note = note.filter(|_| actor.is_some());
        Self { at, actor, action: event.as_str(), note, text }
    }
}

/// What happened, with the reason or severity that the rules noted.
fn said(event: AlertEvent, note: Option<&str>) -> Text {
    let Text { zh, en } = words::alert_event(event).into();
    let more: Option<Text> = match event {
        AlertEvent::Withdrawn => note
            .and_then(|code| WithdrawReason::parse(code).ok())
            .map(|reason| words::withdraw_reason(reason).into()),
        AlertEvent::Escalated => note
            .and_then(|code| Severity::parse(code).ok())
            .map(|to| Text { zh: to.to_string(), en: to.to_string() }),
        _ => None,
    };
    more.map_or(Text { zh: zh.clone(), en: en.clone() }, |more| Text {
        zh: format!("{zh}：{}", more.zh),
        en: format!("{en}: {}", more.en),
    })
}

impl DeliveryView {
    pub(super) fn of(delivery: AlertDelivery) -> Self {
        let AlertDelivery { notice, state, attempt, at, error } = delivery;
        Self { notice, state, attempt, at, error }
    }
}
