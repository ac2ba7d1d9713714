//! Taking the newest book of a lender back: its loans are again what they were before it, with what was told since.
//!
//! ```text
//! book 1 -> rows -> book 2 (keeps the rows that it changes) -> rows -> events -> taken back: rows of before + events
//! ```
//! Shape: what was kept before the book and what was told since in, rows and alerts out, all in the step at hand: nothing is half
//! taken back. Errors: an [`Outcome`] that says what to do next. What a book says of a vehicle's names is said again by the rows of
//! before; a vehicle that only the book knew stays known, without a loan.

use crate::lending::retell;
use crate::step::Step;
use model::input::{BookReversal, LoanEvent, Outcome};
use model::unit::counted;
use model::{ContractId, LenderId, Seq, Timestamp, VehicleId};
use std::collections::{BTreeMap, BTreeSet};
use store::{BookRow, Former, FormerLoan, LoanRow, RevertedBook, ToldSince};

/// What a book that is to be taken back has changed, and what was told since.
#[derive(Debug)]
pub(crate) struct Reverted {
    pub(crate) former: Former,
    pub(crate) told: Vec<ToldSince>,
}

impl Step<'_> {
    /// Takes the book in force back.
    pub(crate) fn revert_book(&mut self, seq: Seq, at: Timestamp, reversal: &BookReversal) -> Outcome {
        let kept = self.needs.reverted.take();
        let Some(Reverted { former, told }) = kept else { return self.not_kept(reversal) };
        let mut told = by_contract(told, former.as_of);
        let (count, mut touched) = (former.loans.len(), BTreeSet::new());
        for loan in former.loans {
            let told = told.remove(&loan.contract).unwrap_or_default();
            self.put_back(&former.lender, loan, &told, &mut touched);
        }
        self.rescope_places(seq, at);
        let message = in_words(former.as_of, count, former.before.as_ref());
        match former.before {
            Some(before) => self.world.books.set(former.lender.clone(), before),
            None => self.world.books.remove(former.lender.clone()),
        }
        self.batch.reverted.push(RevertedBook { book: former.book, lender: former.lender });
        for vehicle in touched {
            self.remind(seq, at, vehicle);
            self.judge(seq, at, vehicle);
        }
        Outcome::Done { message }
    }

    /// Why a book of which nothing of before is kept is not taken back.
    fn not_kept(&self, reversal: &BookReversal) -> Outcome {
        let lender = &reversal.lender;
        let message = match self.world.books.get(lender) {
            Some(current) if current.book == reversal.book => format!(
                "rows of {lender} have come since this book, or what stood before it is not kept. Import a corrected book"
            ),
            Some(current) => format!(
                "another book of {lender} is in force, as of {}: only the newest is taken back. Import a corrected book",
                current.as_of
            ),
            None => format!("no book of {lender} is in force: there is nothing to take back"),
        };
        Outcome::Conflict { message }
    }

    /// Makes a loan what it was; adds the vehicles that it touches.
    fn put_back(
        &mut self,
        lender: &LenderId,
        FormerLoan { contract, row }: FormerLoan,
        told: &[ToldSince],
        touched: &mut BTreeSet<VehicleId>,
    ) {
        // What another lender's book says of it since is not this one's to take back.
        let Some(current) = self.world.loans.get(&contract).filter(|row| row.loan.lender == *lender).cloned()
        else {
            return;
        };
        touched.insert(current.vehicle);
        match row {
            Some(row) => {
                let vehicle = self.know_vehicle(row.loan.vehicle, row.loan.plate);
                self.berth(&contract, Some(current.vehicle), vehicle);
                touched.insert(vehicle);
                let row = LoanRow { vehicle, ..retell(row, told) };
                self.world.loans.set(contract, reminded_as(row, &current));
            }
            None if told.is_empty() => {
                self.world.contracts.entry(&current.vehicle, Vec::new).retain(|other| *other != contract);
                self.world.loans.remove(contract.clone());
                self.batch.loans_removed.push(contract);
            }
            // What staff have done stays, until a true book has the contract.
            None => self.world.loans.set(contract, LoanRow { in_book: false, ..current }),
        }
    }
}

/// What was told, contract by contract, without what the book's own file filed: that goes with it.
fn by_contract(told: Vec<ToldSince>, as_of: Timestamp) -> BTreeMap<ContractId, Vec<ToldSince>> {
    let mut contracts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for since in told {
        let is_filed = matches!(since.told.event, LoanEvent::AddressesFiled { .. });
        if !is_filed || since.told.at != as_of {
            contracts.entry(since.told.contract.clone()).or_default().push(since);
        }
    }
    contracts
}

/// A borrower who was reminded of this due date since is not reminded of it again.
fn reminded_as(mut row: LoanRow, current: &LoanRow) -> LoanRow {
    let reminded = current.notes.reminded_due;
    if reminded.is_some() && reminded == row.loan.oldest_unpaid_due {
        row.notes.reminded_due = reminded;
    }
    row
}

fn in_words(as_of: Timestamp, count: usize, before: Option<&BookRow>) -> String {
    let now = before.map_or_else(
        || "no book of this lender is in force".to_owned(),
        |before| format!("the one as of {} is in force", before.as_of),
    );
    format!("loan book as of {as_of} taken back, {} as before it: {now}", counted(count, "loan"))
}
