//! Which vehicles somebody may know of, and which of the loans on them.
//!
//! Shape: a caller and the loans on a vehicle in, a verdict out. Errors: none; what may not be known of does not exist (404).
//! Source: `domain.md` §3c: a settled loan ends the tracking; DESIGN.md, promise 4.

use crate::caller::Caller;
use model::Timestamp;
use model::loan::Standing;
use model::staff::Role;
use store::LoanRow;

/// Whether a caller may know of a vehicle with these loans.
pub(crate) fn sees(caller: &Caller, loans: &[LoanRow], now: Timestamp) -> bool {
    match caller.role {
        // They keep devices, which are on vehicles whatever becomes of their loans.
        Role::Ops | Role::Admin => true,
        Role::Collector | Role::Supervisor | Role::Auditor if loans.is_empty() => {
            caller.scope.is_everything()
        }
        Role::Collector | Role::Supervisor | Role::Auditor => {
            theirs(caller, loans).any(|row| row.loan.standing(now) != Standing::Settled)
        }
    }
}

/// The loans of a vehicle that are a caller's to see.
pub(crate) fn theirs<'a>(caller: &Caller, loans: &'a [LoanRow]) -> impl Iterator<Item = &'a LoanRow> {
    loans.iter().filter(|row| caller.sees_lender(&row.loan.lender))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::Via;
    use crate::request_id::RequestId;
    use crate::rights::Rights;
    use model::staff::Scope;
    use model::{ContractId, LenderId, Loan, UserId, VehicleId};
    use store::LoanNotes;

    const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);

    fn caller(role: Role, lenders: Option<&str>) -> Caller {
        Caller {
            user: UserId("u1".into()),
            name: "li".into(),
            role,
            scope: Scope { lenders: lenders.map(|lender| vec![LenderId(lender.into())]) },
            purpose: None,
            request: RequestId::random(),
            rights: Rights::of_role(role),
            via: Via::Token { name: "t".into() },
        }
    }

    fn loan(lender: &str, is_settled: bool) -> LoanRow {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let bare = Loan::bare(ContractId("C1".into()), LenderId(lender.into()), vehicle, NOW);
        let loan = Loan { settled_at: is_settled.then_some(NOW), ..bare };
        LoanRow { loan, vehicle, in_book: true, paid_at: None, notes: LoanNotes::default() }
    }

    #[test]
    fn a_vehicle_is_seen_by_those_whose_loan_is_on_it_until_that_is_settled() {
        let of_a = caller(Role::Collector, Some("a"));
        assert!(sees(&of_a, &[loan("a", false)], NOW));
        assert!(sees(&of_a, &[loan("b", false), loan("a", false)], NOW));
        assert!(!sees(&of_a, &[loan("b", false)], NOW), "another lender's");
        assert!(!sees(&of_a, &[loan("a", true)], NOW), "settled");
        assert!(!sees(&of_a, &[loan("a", true), loan("b", false)], NOW), "theirs is settled");
        assert!(!sees(&of_a, &[], NOW), "nobody's");
        let of_all = caller(Role::Supervisor, None);
        assert!(sees(&of_all, &[], NOW) && !sees(&of_all, &[loan("a", true)], NOW));
        for role in [Role::Ops, Role::Admin] {
            assert!(sees(&caller(role, Some("a")), &[loan("b", true)], NOW), "{role} keeps its device");
        }
    }
}
