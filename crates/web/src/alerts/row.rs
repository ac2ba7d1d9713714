//! An alert as a line of the inbox.
//!
//! Shape: what the store has of it, the loans on its vehicle, and who looks, in; [`AlertRow`] out, or nothing where it is not theirs
//! to know of. Units: in the names, money in the smallest unit. What may not be said of a loan is null, and so is all of it for who
//! may not read loans. Where a car is stands in no row. Errors: none.

use crate::rights::Right;
use crate::text::Text;
use crate::vehicles::row::{Eyes, by_vehicle, names};
use crate::vehicles::{sight, usual_zone};
use model::loan::{Bucket, Standing};
use model::{About, Alert, AlertState, DaysPastDue, Timestamp, VehicleId};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{InboxRow, LoanRow, Store};
use utoipa::ToSchema;
use words::Voice;

/// An alert of a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct AlertRow {
    pub(crate) id: String,
    pub(crate) rule: &'static str,
    pub(crate) rule_name: Text,
    pub(crate) severity: &'static str,
    /// unconfirmed, open, acknowledged, closed or withdrawn.
    pub(crate) state: &'static str,
    pub(crate) state_name: Text,
    /// Why it closed or was taken back; null while it lives.
    pub(crate) reason: Option<&'static str>,
    pub(crate) reason_name: Option<Text>,
    /// For `If-Match`.
    pub(crate) version: u32,
    pub(crate) vehicle: Option<VehicleName>,
    pub(crate) about: AboutWhat,
    pub(crate) contract: Option<String>,
    pub(crate) lender: Option<String>,
    pub(crate) days_past_due: Option<u16>,
    pub(crate) bucket: Option<&'static str>,
    pub(crate) principal_outstanding: Option<i64>,
    pub(crate) amount_overdue: Option<i64>,
    /// What was seen, in a sentence. Times in it are on the clock of `time_zone`.
    pub(crate) text: Text,
    /// The loan's own zone, as IANA calls it.
    pub(crate) time_zone: String,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opened_at: Timestamp,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) event_time: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) state_since: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) cleared_at: Option<Timestamp>,
    pub(crate) waits_for_verdict: bool,
    pub(crate) owner: Option<OwnerName>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) owner_since: Option<Timestamp>,
    /// Only while it lasts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) snoozed_until: Option<Timestamp>,
    pub(crate) notes: i64,
    /// How often the same was raised of the same in the thirty days before.
    pub(crate) repeats: i64,
}

/// A vehicle as it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct VehicleName {
    pub(crate) id: String,
    pub(crate) plate: Option<String>,
}

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct AboutWhat {
    /// vehicle, lender, group or place.
    pub(crate) kind: &'static str,
    pub(crate) label: String,
}

/// Who has an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct OwnerName {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// What may be said of the money behind an alert.
#[derive(Debug, Clone, Default)]
struct Owed {
    contract: Option<String>,
    lender: Option<String>,
    days: Option<DaysPastDue>,
    bucket: Option<Bucket>,
    principal: Option<i64>,
    overdue: Option<i64>,
}

/// Who looks at some alerts, with the loans on their vehicles.
pub(crate) struct Sight<'a> {
    eyes: Eyes<'a>,
    loans: BTreeMap<VehicleId, Vec<LoanRow>>,
}

impl<'a> Sight<'a> {
    /// Reads what the rows of some alerts need.
    pub(crate) async fn of(
        store: &Store,
        eyes: Eyes<'a>,
        rows: &[InboxRow],
    ) -> Result<Self, store::StoreError> {
        let mut vehicles: Vec<VehicleId> = rows.iter().filter_map(|row| row.alert.about.vehicle()).collect();
        vehicles.sort_unstable();
        vehicles.dedup();
        Ok(Self { eyes, loans: by_vehicle(store.loans_on(&vehicles).await?) })
    }

    /// With loans that were read before.
    pub(crate) const fn with(eyes: Eyes<'a>, loans: BTreeMap<VehicleId, Vec<LoanRow>>) -> Self {
        Self { eyes, loans }
    }

    /// The row, if the alert is theirs to know of.
    pub(crate) fn row(&self, inbox: &InboxRow) -> Option<AlertRow> {
        self.sees(inbox).then(|| self.shown(inbox))
    }

    fn sees(&self, inbox: &InboxRow) -> bool {
        let (caller, none) = (self.eyes.caller, Vec::new());
        match &inbox.alert.about {
            About::Vehicle(vehicle) => {
                let (plate, loans) = (inbox.plate(), self.loans.get(vehicle).unwrap_or(&none));
                sight::is_raised_on_theirs(caller, plate, &inbox.alert)
                    && sight::sees(caller, plate, loans, self.eyes.now)
            }
            About::Lender(lender) => caller.scope.holds_lender(lender),
            About::Group(_) | About::Place(_) => caller.scope.is_everything(),
        }
    }

    fn shown(&self, inbox: &InboxRow) -> AlertRow {
        let InboxRow { alert, alias, owner, notes, repeats, .. } = inbox;
        let owed = self.owed(inbox);
        let zone =
            alert.explanation.loan.as_ref().map_or_else(usual_zone, |snapshot| snapshot.loan.zone().clone());
        let text = words::finding(&alert.explanation.finding, &Voice::at_desk(&zone));
        let (reason, reason_name) = ended(&alert.state);
        let snoozed_until =
            alert.triage.snoozed_until.filter(|until| *until > self.eyes.now && alert.state.is_live());
        AlertRow {
            id: alert.id.0.clone(),
            rule: alert.rule.as_str(),
            rule_name: words::rule(alert.rule).into(),
            severity: alert.severity.as_str(),
            state: alert.state.code(),
            state_name: words::state(&alert.state).into(),
            reason,
            reason_name,
            version: alert.version,
            vehicle: alert.about.vehicle().map(|vehicle| self.vehicle(vehicle, *alias)),
            about: self.about(inbox),
            contract: owed.contract,
            lender: owed.lender,
            days_past_due: owed.days.map(|days| days.0),
            bucket: owed.bucket.map(Bucket::as_str),
            principal_outstanding: owed.principal,
            amount_overdue: owed.overdue,
            text: text.into(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            opened_at: alert.opened_at,
            event_time: alert.event_time,
            state_since: state_since(alert),
            cleared_at: alert.cleared_at,
            waits_for_verdict: alert.waits_for_verdict(),
            owner: owner
                .as_ref()
                .map(|(owner, _)| OwnerName { id: owner.id.0.clone(), name: owner.name.clone() }),
            owner_since: owner.as_ref().map(|(_, since)| *since),
            snoozed_until,
            notes: *notes,
            repeats: *repeats,
        }
    }

    fn vehicle(&self, vehicle: VehicleId, alias: Option<VehicleId>) -> VehicleName {
        let caller = self.eyes.caller;
        let (plate, _) = names(vehicle, alias);
        // Where the plate is masked, so is the id, which may be the plate.
        VehicleName { id: caller.plate(vehicle), plate: plate.map(|plate| caller.plate(plate)) }
    }

    /// People know a car by its plate; its VIN stands in where nobody has said that.
    fn about(&self, inbox: &InboxRow) -> AboutWhat {
        let (kind, label) = match &inbox.alert.about {
            About::Vehicle(vehicle) => ("vehicle", self.eyes.caller.plate(inbox.plate().unwrap_or(*vehicle))),
            About::Lender(lender) => ("lender", lender.0.clone()),
            About::Group(group) => ("group", group.to_string()),
            // Where it is needs a purpose.
            About::Place(_) => ("place", String::new()),
        };
        AboutWhat { kind, label }
    }

    /// Of a live alert what the loan says now; of one that has ended what it said then.
    fn owed(&self, inbox: &InboxRow) -> Owed {
        let alert = &inbox.alert;
        if !self.eyes.caller.has(Right::LoansRead) {
            return Owed::default();
        }
        let none = Vec::new();
        let loans = alert.about.vehicle().and_then(|vehicle| self.loans.get(&vehicle)).unwrap_or(&none);
        match self.eyes.loan(inbox.plate(), loans).filter(|_| alert.state.is_live()) {
            Some(loan) => {
                let debt = self.eyes.debt(loan);
                Owed {
                    contract: Some(loan.loan.contract.0.clone()),
                    lender: Some(loan.loan.lender.0.clone()),
                    days: debt.days,
                    bucket: debt.bucket,
                    principal: loan.loan.known_principal(),
                    overdue: debt.days.and_then(|days| loan.loan.known_overdue(days)),
                }
            }
            None => owed_then(alert),
        }
    }
}

fn owed_then(alert: &Alert) -> Owed {
    let lender = match &alert.about {
        About::Lender(lender) => Some(lender.0.clone()),
        About::Vehicle(_) | About::Group(_) | About::Place(_) => None,
    };
    let Some(snapshot) = &alert.explanation.loan else { return Owed { lender, ..Owed::default() } };
    let days = match snapshot.standing {
        Standing::Overdue(days) if snapshot.fresh => Some(days),
        Standing::Current if snapshot.fresh => Some(DaysPastDue(0)),
        _ => None,
    };
    Owed {
        contract: Some(snapshot.loan.contract.0.clone()),
        lender: Some(snapshot.loan.lender.0.clone()),
        days,
        bucket: days.map(Bucket::of),
        principal: snapshot.loan.known_principal(),
        overdue: days.and_then(|days| snapshot.loan.known_overdue(days)),
    }
}

/// Why it is over.
fn ended(state: &AlertState) -> (Option<&'static str>, Option<Text>) {
    match state {
        AlertState::Closed { reason, .. } => {
            (Some(reason.as_str()), Some(words::close_reason(*reason).into()))
        }
        AlertState::Withdrawn { reason, .. } => {
            (Some(reason.as_str()), Some(words::withdraw_reason(*reason).into()))
        }
        AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => (None, None),
    }
}

fn state_since(alert: &Alert) -> Timestamp {
    match &alert.state {
        AlertState::Acknowledged { at, .. }
        | AlertState::Closed { at, .. }
        | AlertState::Withdrawn { at, .. } => *at,
        AlertState::Open => alert.told_at.unwrap_or(alert.opened_at),
        AlertState::Unconfirmed => alert.opened_at,
    }
}
