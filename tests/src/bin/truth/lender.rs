//! What lenders know, and when: a book each night, payments at once, a feed that stops for some days.
//!
//! Shape: a [`Debt`] says what is owed at a moment, by the lender's own calendar; [`row`] is its row of a book. Units: days of
//! China. Source: `domain.md` §1, §6.

use model::loan::Holds;
use model::time::wall_digits;
use model::{ContractId, Date, LenderId, Loan, Timestamp, VehicleId, ZoneOffset};

/// What is owed on one car.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Debt {
    /// Due date of the oldest unpaid instalment.
    pub(crate) due: Date,
    pub(crate) payment: Option<Payment>,
    /// Next due date of another contract on the same car, of which nothing is past due.
    pub(crate) other_due: Option<Date>,
    /// From when on a promise holds, to the end.
    pub(crate) held_from: Option<Timestamp>,
    /// Whose feed stops for a while.
    pub(crate) lender: Lender,
}

/// Money that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) at: Timestamp,
    pub(crate) of: Paid,
}

/// What is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paid {
    /// All that is past due.
    All,
    /// Not enough: the oldest instalment stays past due.
    Part,
    /// An instalment of the other contract, before it is due.
    OtherContract,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lender {
    Steady,
    Failing,
}

/// What may be said of a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owing {
    /// Nothing: paid, held, not due, or nobody can know.
    Nothing,
    /// Days past due, which everybody can know.
    Days(i32),
}

impl Lender {
    pub(crate) const ALL: [Self; 2] = [Self::Steady, Self::Failing];

    pub(crate) fn id(self) -> LenderId {
        LenderId(if self == Self::Steady { "steady" } else { "failing" }.into())
    }

    /// Whether its book of a day comes.
    pub(crate) fn delivers(self, day: i64) -> bool {
        self == Self::Steady || !(FAILS_FROM_DAY..FAILS_TO_DAY).contains(&day)
    }

    /// When the first book behind those that did not come is made.
    pub(crate) fn is_back(self, start: Timestamp) -> Option<Timestamp> {
        let back = start.plus((FAILS_TO_DAY * 24 + BOOK_HOUR) * HOUR_MS);
        (self == Self::Failing).then_some(back)
    }

    /// Whether its newest book is too old to state anything: books come at one o'clock, and are good for a day and two hours.
    pub(crate) fn is_stale(self, start: Timestamp, at: Timestamp) -> bool {
        let since_first_ms = at.since(start) - BOOK_HOUR * HOUR_MS;
        let newest = (0..=since_first_ms.div_euclid(24 * HOUR_MS)).rev().find(|day| self.delivers(*day));
        newest.is_none_or(|day| since_first_ms - day * 24 * HOUR_MS > GOOD_H * HOUR_MS)
    }
}

impl Debt {
    /// Money that has come in by then.
    fn paid(&self, at: Timestamp) -> Option<Paid> {
        self.payment.filter(|payment| payment.at <= at).map(|payment| payment.of)
    }

    /// What is owed at a moment, whether anybody can know it then or not.
    pub(crate) fn owed(&self, at: Timestamp) -> Owing {
        let settled = self.paid(at) == Some(Paid::All) || self.held_from.is_some_and(|held| held <= at);
        let days = day_of(at).map_or(0, |today| today.days_since(self.due));
        if settled || days <= 0 { Owing::Nothing } else { Owing::Days(days) }
    }

    /// What may be stated at a moment.
    pub(crate) fn at(&self, start: Timestamp, at: Timestamp) -> Owing {
        if self.lender.is_stale(start, at) { Owing::Nothing } else { self.owed(at) }
    }
}

/// What a payment is booked as: its contract, and how much of it, or all that is past due.
pub(crate) fn booked(of: Paid, vehicle: VehicleId) -> (ContractId, Option<i64>) {
    match of {
        Paid::All => (contract(vehicle), None),
        Paid::Part => (contract(vehicle), Some(PART_FEN)),
        Paid::OtherContract => (other_contract(vehicle), Some(OTHER_FEN)),
    }
}

/// The contract on a car.
pub(crate) fn contract(vehicle: VehicleId) -> ContractId {
    ContractId(format!("C-{vehicle}"))
}

fn other_contract(vehicle: VehicleId) -> ContractId {
    ContractId(format!("D-{vehicle}"))
}

/// The rows of a book that is made at a moment.
pub(crate) fn rows(debt: &Debt, vehicle: VehicleId, as_of: Timestamp) -> impl Iterator<Item = Loan> {
    let other = debt.other_due.map(|due| Loan {
        oldest_unpaid_due: Some(due),
        principal_outstanding: 800_000,
        ..Loan::bare(other_contract(vehicle), debt.lender.id(), vehicle, as_of)
    });
    [row(debt, vehicle, as_of)].into_iter().chain(other)
}

/// The row of the contract that is past due.
pub(crate) fn row(debt: &Debt, vehicle: VehicleId, as_of: Timestamp) -> Loan {
    let amount_overdue = match debt.paid(as_of) {
        Some(Paid::All) => 0,
        Some(Paid::Part) => OVERDUE_FEN - PART_FEN,
        Some(Paid::OtherContract) | None => OVERDUE_FEN,
    };
    let held = debt.held_from.is_some_and(|held| held <= as_of);
    let promise_until =
        if held { day_of(as_of).and_then(|today| today.plus_days(PROMISE_DAYS)) } else { None };
    Loan {
        oldest_unpaid_due: (amount_overdue > 0).then_some(debt.due),
        amount_overdue,
        principal_outstanding: 9_000_000,
        holds: Holds { promise_until, ..Holds::default() },
        ..Loan::bare(contract(vehicle), debt.lender.id(), vehicle, as_of)
    }
}

/// The day in China.
pub(crate) fn day_of(at: Timestamp) -> Option<Date> {
    let (year, month, day, ..) = wall_digits(at, ZoneOffset::CHINA)?;
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?)
}

const HOUR_MS: i64 = 3_600_000;
/// Hour of the night at which a book is made.
pub(crate) const BOOK_HOUR: i64 = 1;
/// How long a book may be taken for the truth: a day, and two hours for a night that runs late.
const GOOD_H: i64 = 26;
/// The days on which the failing lender sends nothing.
const FAILS_FROM_DAY: i64 = 12;
const FAILS_TO_DAY: i64 = 16;
/// What is past due, what a part of it is, and an instalment of the other contract.
const OVERDUE_FEN: i64 = 350_000;
const PART_FEN: i64 = 120_000;
const OTHER_FEN: i64 = 90_000;
const PROMISE_DAYS: i32 = 7;
