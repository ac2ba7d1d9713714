//! The lender's book: one loan behind each car.
//!
//! Shape: an actor's debt and the story's start → `Loan`. Units: fen; due dates are dates in China. The sums follow
//! from the debt: one instalment overdue for each month begun.

use super::actor::Actor;
use super::cast::Debt;
use model::loan::Holds;
use model::{Date, LenderId, Loan, Timestamp};

/// The loan of a car as of the hour before the story starts.
pub(super) fn loan(actor: &Actor, start: Timestamp) -> Loan {
    let today = start.date_in(&jiff::tz::TimeZone::get(ZONE).unwrap_or(jiff::tz::TimeZone::UTC));
    let day = |days: i32| today.and_then(|today| today.plus_days(days));
    let (due, held, settled) = match actor.debt() {
        Debt::Overdue(days) => (day(-i32::from(days)), Holds::default(), false),
        Debt::Promised(days) => (day(-i32::from(days)), promised(day(PROMISE_DAYS)), false),
        Debt::Disputed(days) => (day(-i32::from(days)), Holds { dispute: true, ..Holds::default() }, false),
        Debt::DueIn(days) => (day(i32::from(days)), Holds::default(), false),
        Debt::Settled => (None, Holds::default(), true),
    };
    let overdue_days = match actor.debt() {
        Debt::Overdue(days) | Debt::Promised(days) | Debt::Disputed(days) => days,
        Debt::DueIn(_) | Debt::Settled => 0,
    };
    Loan {
        contract: actor.contract().clone(),
        lender: LenderId(LENDER.to_owned()),
        vehicle: actor.vehicle(),
        plate: (actor.vehicle() != actor.plate()).then(|| actor.plate()),
        oldest_unpaid_due: due,
        amount_overdue: i64::from(overdue_days.div_ceil(30)) * INSTALMENT_FEN,
        principal_outstanding: if settled { 0 } else { PRINCIPAL_FEN },
        time_zone: ZONE.into(),
        risk_grade: None,
        willingness: None,
        ability: None,
        reason: None,
        contact_state: None,
        actual_user: None,
        holds: held,
        episodes_12m: 0,
        dpd_max: overdue_days,
        settled_at: settled.then(|| start.plus(-SETTLED_BEFORE_MS)),
        as_of: start.plus(-AS_OF_BEFORE_MS),
    }
}

fn promised(until: Option<Date>) -> Holds {
    Holds { promise_until: until, ..Holds::default() }
}

const LENDER: &str = "demo";
const ZONE: &str = "Asia/Shanghai";
const PROMISE_DAYS: i32 = 5;
const INSTALMENT_FEN: i64 = 328_000;
const PRINCIPAL_FEN: i64 = 8_640_000;
const SETTLED_BEFORE_MS: i64 = 3 * 86_400_000;
const AS_OF_BEFORE_MS: i64 = 3_600_000;
