//! A vehicle as a line of a list.
//!
//! Shape: what the store has of it, and who looks, in; [`VehicleRow`] out. Units: in the names, money in the smallest unit. What may
//! not be said of a loan (a stale book, a hold) is null, and so is all of it for who may not read loans. Errors: none.

use super::doing::Doing;
use super::sight::{live_of, theirs};
use crate::caller::Caller;
use crate::rights::Right;
use model::loan::{Bucket, HoldKind, Standing};
use model::staff::plate_of;
use model::{DaysPastDue, Severity, Timestamp, VehicleId};
use rules::{RuleSet, VehicleState};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{LiveAlerts, LoanRow, VehicleRecord};
use utoipa::ToSchema;
use watch::Stated;

/// A vehicle of a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct VehicleRow {
    pub(crate) id: String,
    pub(crate) plate: Option<String>,
    pub(crate) vin: Option<String>,
    pub(crate) state: Doing,
    /// Since when it does that: parked since, last seen, last heard.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) state_since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_fix_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_heard_at: Option<Timestamp>,
    pub(crate) contract: Option<String>,
    pub(crate) lender: Option<String>,
    pub(crate) days_past_due: Option<u16>,
    pub(crate) bucket: Option<&'static str>,
    /// The hold that forbids to state arrears.
    pub(crate) hold: Option<&'static str>,
    pub(crate) principal_outstanding: Option<i64>,
    pub(crate) live_alerts: i64,
    pub(crate) worst_severity: Option<&'static str>,
}

/// Who looks, by which rules, when.
#[derive(Clone, Copy)]
pub(crate) struct Eyes<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) rule_set: &'a RuleSet,
    pub(crate) now: Timestamp,
}

/// What may be said of the loan that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Debt {
    pub(crate) days: Option<DaysPastDue>,
    pub(crate) bucket: Option<Bucket>,
    pub(crate) hold: Option<HoldKind>,
}

impl Eyes<'_> {
    /// The loan that counts of those on a vehicle with this plate that are the caller's to see.
    pub(crate) fn loan<'l>(&self, plate: Option<VehicleId>, loans: &'l [LoanRow]) -> Option<&'l LoanRow> {
        if !self.caller.has(Right::LoansRead) {
            return None;
        }
        watch::loan_that_counts(theirs(self.caller, plate, loans), self.rule_set, self.now)
    }

    /// What may be said of a loan.
    pub(crate) fn debt(&self, loan: &LoanRow) -> Debt {
        match Stated::of(loan, self.rule_set, self.now) {
            Stated::Standing(Standing::Overdue(days)) => {
                Debt { days: Some(days), bucket: Some(Bucket::of(days)), hold: None }
            }
            Stated::Standing(Standing::Current) => {
                Debt { days: Some(DaysPastDue(0)), bucket: Some(Bucket::M0), hold: None }
            }
            Stated::Standing(Standing::Held(hold)) => Debt { hold: Some(hold), ..Debt::default() },
            Stated::Standing(Standing::Settled) | Stated::Absent | Stated::Stale => Debt::default(),
        }
    }

    /// What it does, by the thresholds for the loan that counts: one word for all who look, whose loan it may be.
    pub(crate) fn doing(
        &self,
        record: &VehicleRecord,
        state: Option<&VehicleState>,
        loans: &[LoanRow],
    ) -> rules::Doing {
        let loan = watch::loan_that_counts(loans.iter(), self.rule_set, self.now);
        let thresholds = (self.rule_set, loan.map(|row| &row.loan.lender));
        let seen_at = record.seen.map(|(at, _)| at);
        rules::Doing::of(record.heard_at, seen_at, state, thresholds, self.now)
    }

    /// The row.
    pub(crate) fn row(
        &self,
        record: &VehicleRecord,
        state: Option<&VehicleState>,
        loans: &[LoanRow],
        live: &[LiveAlerts],
    ) -> VehicleRow {
        let (plate, vin) = names(record.vehicle, record.alias);
        let live = live_of(self.caller, plate, live);
        let loan = self.loan(plate, loans);
        let debt = loan.map(|loan| self.debt(loan)).unwrap_or_default();
        let seen_at = record.seen.map(|(at, _)| at);
        let doing = self.doing(record, state, loans);
        VehicleRow {
            id: record.vehicle.to_string(),
            plate: plate.map(|plate| self.caller.plate(plate)),
            vin: vin.map(|vin| self.caller.plate(vin)),
            state: doing.into(),
            state_since: doing.since(),
            last_fix_at: seen_at,
            last_heard_at: record.heard_at,
            contract: loan.map(|loan| loan.loan.contract.0.clone()),
            lender: loan.map(|loan| loan.loan.lender.0.clone()),
            days_past_due: debt.days.map(|days| days.0),
            bucket: debt.bucket.map(Bucket::as_str),
            hold: debt.hold.map(HoldKind::as_str),
            principal_outstanding: loan.and_then(|loan| loan.loan.known_principal()),
            live_alerts: live.count,
            worst_severity: live.worst.map(Severity::as_str),
        }
    }
}

/// Which of a vehicle's names is its plate, and which its VIN.
pub(crate) fn names(vehicle: VehicleId, alias: Option<VehicleId>) -> (Option<VehicleId>, Option<VehicleId>) {
    (plate_of(vehicle, alias), [Some(vehicle), alias].into_iter().flatten().find(VehicleId::is_vin))
}

/// Loans by the vehicle they are on.
pub(crate) fn by_vehicle(loans: Vec<LoanRow>) -> BTreeMap<VehicleId, Vec<LoanRow>> {
    loans.into_iter().fold(BTreeMap::new(), |mut by, loan| {
        by.entry(loan.vehicle).or_insert_with(Vec::new).push(loan);
        by
    })
}

/// Live alerts by the vehicle they are about, everybody's: [`live_of`] says which of them are a caller's to see.
pub(crate) fn by_id(live: Vec<(String, LiveAlerts)>) -> BTreeMap<VehicleId, Vec<LiveAlerts>> {
    live.into_iter().fold(BTreeMap::new(), |mut by, (about, live)| {
        if let Ok(vehicle) = VehicleId::parse(&about) {
            by.entry(vehicle).or_insert_with(Vec::new).push(live);
        }
        by
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_name_came_first_the_plate_is_the_plate() {
        let name = |text| VehicleId::parse(text).unwrap();
        let (plate, vin) = (name("粤B12345"), name("LSVAA4182E2184847"));
        assert_eq!(names(plate, Some(vin)), (Some(plate), Some(vin)));
        assert_eq!(names(vin, Some(plate)), (Some(plate), Some(vin)));
        assert_eq!(names(vin, None), (None, Some(vin)));
        assert_eq!(names(plate, None), (Some(plate), None));
    }
}
