//! Which vehicles somebody may know of, and which of the loans on them.
//!
//! Shape: a caller, a vehicle's plate and the loans on it in, a verdict out. Errors: none; what may not be known of does not exist (404).
//! Source: `domain.md` §3c: a settled loan ends the tracking; DESIGN.md, promise 4.

use crate::caller::Caller;
use model::loan::Standing;
use model::staff::Role;
use model::{Alert, Severity, Timestamp, VehicleId};
use store::{LiveAlerts, LoanRow};

/// Whether a caller may know of a vehicle with this plate and these loans.
pub(crate) fn sees(caller: &Caller, plate: Option<VehicleId>, loans: &[LoanRow], now: Timestamp) -> bool {
    match caller.role {
        // They keep devices, which are on vehicles whatever becomes of their loans.
        Role::Ops | Role::Admin => true,
        Role::Collector | Role::Supervisor | Role::Auditor if loans.is_empty() => {
            caller.scope.holds(None, plate)
        }
        Role::Collector | Role::Supervisor | Role::Auditor => {
            theirs(caller, plate, loans).any(|row| row.loan.standing(now) != Standing::Settled)
        }
    }
}

/// The loans of a vehicle that are a caller's to see.
pub(crate) fn theirs<'a>(
    caller: &Caller,
    plate: Option<VehicleId>,
    loans: &'a [LoanRow],
) -> impl Iterator<Item = &'a LoanRow> {
    loans.iter().filter(move |row| caller.scope.holds(Some(&row.loan.lender), plate))
}

/// Whether an alert on such a vehicle was raised on a loan that is a caller's to see. One on no loan is for those who see all lenders.
pub(crate) fn is_raised_on_theirs(caller: &Caller, plate: Option<VehicleId>, alert: &Alert) -> bool {
    let raised_on = alert.explanation.loan.as_ref().map(|snapshot| &snapshot.loan.lender);
    caller.scope.holds(raised_on, plate)
}

/// The live alerts of a vehicle that are a caller's to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Live {
    pub(crate) count: i64,
    /// The gravest one's severity.
    pub(crate) worst: Option<Severity>,
}

/// What a caller sees of everybody's live alerts on such a vehicle, by the same rule as [`is_raised_on_theirs`].
pub(crate) fn live_of(caller: &Caller, plate: Option<VehicleId>, live: &[LiveAlerts]) -> Live {
    let theirs = live.iter().filter(|live| caller.scope.holds(live.lender.as_ref(), plate));
    theirs.fold(Live::default(), |sum, live| Live {
        count: sum.count.saturating_add(live.count),
        worst: sum.worst.into_iter().chain([live.worst]).min(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Via;
    use crate::request_id::RequestId;
    use crate::rights::Rights;
    use model::alert::{LoanSnapshot, Triage};
    use model::loan::Dealings;
    use model::staff::{Grant, Scope};
    use model::{
        About, AlertId, AlertState, ContractId, Explanation, Finding, LenderId, Loan, Region, Rule, UserId,
    };
    use store::LoanNotes;

    const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);

    fn caller(role: Role, lenders: Option<&str>, regions: Option<&str>) -> Caller {
        let grant = Grant {
            lenders: lenders.map(|lender| vec![LenderId(lender.into())]),
            regions: regions.map(|region| vec![Region::parse(region).unwrap()]),
        };
        Caller {
            user: UserId("u1".into()),
            name: "li".into(),
            role,
            scope: Scope::from(grant),
            purpose: None,
            request: RequestId::random(),
            rights: Rights::of_role(role),
            via: Via::Token { name: "t".into() },
        }
    }

    fn plate() -> VehicleId {
        VehicleId::parse("粤B12345").unwrap()
    }

    fn loan(lender: &str, is_settled: bool) -> LoanRow {
        let bare = Loan::bare(ContractId("C1".into()), LenderId(lender.into()), plate(), NOW);
        let loan = Loan { settled_at: is_settled.then_some(NOW), ..bare };
        LoanRow { loan, vehicle: plate(), in_book: true, paid_at: None, notes: LoanNotes::default() }
    }

    #[test]
    fn a_vehicle_is_seen_by_those_whose_loan_is_on_it_until_that_is_settled() {
        let sees = |caller: &Caller, loans: &[LoanRow]| sees(caller, Some(plate()), loans, NOW);
        let of_a = caller(Role::Collector, Some("a"), None);
        assert!(sees(&of_a, &[loan("a", false)]));
        assert!(sees(&of_a, &[loan("b", false), loan("a", false)]));
        assert!(!sees(&of_a, &[loan("b", false)]), "another lender's");
        assert!(!sees(&of_a, &[loan("a", true)]), "settled");
        assert!(!sees(&of_a, &[loan("a", true), loan("b", false)]), "theirs is settled");
        assert!(!sees(&of_a, &[]), "nobody's");
        let of_all = caller(Role::Supervisor, None, None);
        assert!(sees(&of_all, &[]) && !sees(&of_all, &[loan("a", true)]));
        for role in [Role::Ops, Role::Admin] {
            assert!(sees(&caller(role, Some("a"), None), &[loan("b", true)]), "{role} keeps its device");
        }
    }

    #[test]
    fn a_vehicle_is_seen_by_those_of_its_region_and_without_a_plate_by_those_of_all() {
        let here = |region| caller(Role::Collector, Some("a"), Some(region));
        for (region, is_seen) in [("粤", true), ("粤B", true), ("粤A", false), ("浙", false)] {
            assert_eq!(sees(&here(region), Some(plate()), &[loan("a", false)], NOW), is_seen, "{region}");
        }
        assert!(!sees(&here("粤"), Some(plate()), &[loan("b", false)], NOW), "another lender's");
        assert!(!sees(&here("粤"), None, &[loan("a", false)], NOW), "only its VIN is known");
        let of_all_lenders = caller(Role::Supervisor, None, Some("粤"));
        assert!(sees(&of_all_lenders, Some(plate()), &[], NOW), "nobody's, of their region");
        assert!(!sees(&of_all_lenders, None, &[], NOW));
    }

    fn alert_on(lender: Option<&str>) -> Alert {
        let snapshot = lender.map(|lender| LoanSnapshot {
            loan: loan(lender, false).loan,
            standing: Standing::Current,
            fresh: true,
            book_as_of: None,
            dealings: Dealings::default(),
            course: None,
        });
        Alert {
            id: AlertId("a".into()),
            rule: Rule::Tow,
            about: About::Vehicle(plate()),
            episode: NOW,
            severity: Severity::P2,
            state: AlertState::Open,
            version: 1,
            opened_at: NOW,
            event_time: NOW,
            cleared_at: None,
            told_at: None,
            told_again_at: None,
            triage: Triage::default(),
            explanation: Explanation {
                finding: Finding::FeedStale { as_of: NOW, loans: 1 },
                fixes_used: Vec::new(),
                fixes_rejected: Vec::new(),
                loan: snapshot,
                rule_set: String::new(),
                rules_version: 1,
            },
        }
    }

    #[test]
    fn an_alert_on_another_lenders_loan_of_the_same_car_is_that_lenders() {
        let of_a = caller(Role::Collector, Some("a"), Some("粤"));
        let is_theirs = |caller: &Caller, on, plate| is_raised_on_theirs(caller, plate, &alert_on(on));
        assert!(is_theirs(&of_a, Some("a"), Some(plate())));
        assert!(!is_theirs(&of_a, Some("b"), Some(plate())));
        assert!(!is_theirs(&of_a, None, Some(plate())), "on no loan");
        assert!(!is_theirs(&of_a, Some("a"), None), "of no region");
        assert!(is_theirs(&caller(Role::Collector, None, None), None, None));
    }

    #[test]
    fn alerts_on_another_lenders_loan_of_the_same_car_are_not_counted() {
        let on = |lender: Option<&str>, count, worst| LiveAlerts {
            lender: lender.map(|lender| LenderId(lender.into())),
            count,
            worst,
        };
        let live =
            [on(Some("a"), 2, Severity::P3), on(Some("b"), 1, Severity::P1), on(None, 1, Severity::P2)];
        for (lenders, regions, plate, count, worst) in [
            (Some("a"), None, Some(plate()), 2, Some(Severity::P3)),
            (Some("b"), Some("粤B"), Some(plate()), 1, Some(Severity::P1)),
            (Some("c"), None, Some(plate()), 0, None),
            (Some("a"), Some("浙"), Some(plate()), 0, None),
            (Some("a"), Some("粤"), None, 0, None),
            (None, Some("粤"), Some(plate()), 4, Some(Severity::P1)),
            (None, None, None, 4, Some(Severity::P1)),
        ] {
            let seen = live_of(&caller(Role::Collector, lenders, regions), plate, &live);
            assert_eq!(seen, Live { count, worst }, "{lenders:?} {regions:?} {plate:?}");
        }
    }
}
