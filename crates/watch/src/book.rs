//! Loan books: inert rows, then one activation that puts them in force or refuses them whole.

use crate::step::Step;
use model::input::{BookActivation, Outcome};
use model::{ContractId, LenderId, Loan, Seq, Timestamp, VehicleId};
use std::collections::BTreeSet;
use store::{BookRow, ChunkRow, LoanRow};

impl Step<'_> {
    /// Keeps rows of a book that is not in force.
    pub(crate) fn chunk(&mut self, book: String, first_row: u32, loans: Vec<Loan>) {
        self.batch.chunks.push(ChunkRow { book, first_row: i64::from(first_row), loans });
    }

    /// Puts a book in force.
    pub(crate) fn activate(&mut self, seq: Seq, at: Timestamp, activation: &BookActivation) -> Outcome {
        let loans = std::mem::take(&mut self.needs.book);
        if let Err(message) = self.check(activation, &loans) {
            return Outcome::Refused { message };
        }
        let mut touched = BTreeSet::new();
        let mut present = BTreeSet::new();
        let count = loans.len();
        for loan in loans {
            present.insert(loan.contract.clone());
            touched.insert(self.take_loan(loan));
        }
        let missing =
            if activation.complete { self.miss(&activation.lender, &present, &mut touched) } else { 0 };
        let row = BookRow {
            book: activation.book.clone(),
            lender: activation.lender.clone(),
            as_of: activation.as_of,
            loans: i64::try_from(count).unwrap_or(i64::MAX),
            complete: activation.complete,
            activated_seq: seq,
            activated_at: at,
        };
        self.world.books.set(activation.lender.clone(), row.clone());
        self.batch.books.push(row);
        for vehicle in touched {
            self.judge(seq, at, vehicle);
        }
        let gone =
            if missing == 0 { String::new() } else { format!(", {missing} contracts no longer in it") };
        Outcome::Done {
            message: format!("loan book as of {} in force: {count} loans{gone}", activation.as_of),
        }
    }

    fn check(&self, activation: &BookActivation, loans: &[Loan]) -> Result<(), String> {
        if usize::try_from(activation.rows).unwrap_or(usize::MAX) != loans.len() {
            return Err(format!(
                "the book has {} of {} rows; import the file again",
                loans.len(),
                activation.rows
            ));
        }
        let Some(current) = self.world.books.get(&activation.lender) else { return Ok(()) };
        if activation.as_of < current.as_of {
            return Err(format!(
                "the book is as of {}, the one in force as of {}; an older book is never put in force",
                activation.as_of, current.as_of
            ));
        }
        let before = self.in_book(&activation.lender).len();
        let fell = before.saturating_sub(loans.len()) * 100 > before * FALL_PERCENT_MAX;
        if activation.complete && fell && !activation.accept_fall {
            return Err(format!(
                "the book has {} loans, the one in force {before}: a fall of more than {FALL_PERCENT_MAX} %. If that is \
                 true, import it again with --yes",
                loans.len()
            ));
        }
        Ok(())
    }

    /// Contracts of a lender that the newest complete book has.
    fn in_book(&self, lender: &LenderId) -> Vec<ContractId> {
        let ours = |contract: &ContractId| {
            self.world.loans.get(contract).is_some_and(|row| row.in_book && row.loan.lender == *lender)
        };
        self.world.loans.keys().into_iter().filter(ours).collect()
    }

    /// Takes one row in; gives its vehicle.
    fn take_loan(&mut self, mut loan: Loan) -> VehicleId {
        let vehicle = self.know_vehicle(loan.vehicle, loan.plate);
        loan.vehicle = vehicle;
        let contract = loan.contract.clone();
        let old = self.world.loans.get(&contract).cloned();
        let row = match old {
            // A payment, a promise or a settlement that came in after the lender drew the book.
            Some(old) if loan.as_of < old.loan.as_of => LoanRow { in_book: true, ..old },
            old => LoanRow { loan, in_book: true, paid_at: old.and_then(|old| old.paid_at) },
        };
        let contracts = self.world.contracts.entry(&row.loan.vehicle, Vec::new);
        if !contracts.contains(&contract) {
            contracts.push(contract.clone());
        }
        self.world.loans.set(contract, row);
        vehicle
    }

    /// Marks contracts of a lender that a complete book no longer has. Never: settled.
    fn miss(
        &mut self,
        lender: &LenderId,
        present: &BTreeSet<ContractId>,
        touched: &mut BTreeSet<VehicleId>,
    ) -> usize {
        let gone: Vec<ContractId> =
            self.in_book(lender).into_iter().filter(|contract| !present.contains(contract)).collect();
        for contract in &gone {
            if let Some(row) = self.world.loans.get(contract).cloned() {
                touched.insert(row.loan.vehicle);
                self.world.loans.set(contract.clone(), LoanRow { in_book: false, ..row });
            }
        }
        gone.len()
    }
}

/// A book that loses more of its rows than this is more likely broken than true.
const FALL_PERCENT_MAX: usize = 20;
