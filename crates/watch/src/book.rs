//! Loan books: inert rows, then one activation that puts them in force or refuses them whole.

use crate::step::Step;
use model::input::{BookActivation, Outcome};
use model::unit::counted;
use model::{ContractId, LenderId, Loan, Millis, Seq, Timestamp, VehicleId};
use rules::fleet::{FALL_PERCENT_MAX, renews_feed};
use std::collections::{BTreeMap, BTreeSet};
use store::{BookRow, ChunkRow, Former, FormerLoan, LoanNotes, LoanRow};

impl Step<'_> {
    /// Keeps rows of a book that is not in force.
    pub(crate) fn chunk(&mut self, book: String, first_row: u32, loans: Vec<Loan>) {
        self.batch.chunks.push(ChunkRow { book, first_row: i64::from(first_row), loans });
    }

    /// Puts a book in force.
    pub(crate) fn activate(&mut self, seq: Seq, at: Timestamp, activation: &BookActivation) -> Outcome {
        let loans = std::mem::take(&mut self.needs.book);
        if let Some(message) = self.refusal(seq, at, activation, &loans) {
            return Outcome::Refused { message };
        }
        let mut changed = Changed::default();
        let mut present = BTreeSet::new();
        let count = loans.len();
        for loan in loans {
            present.insert(loan.contract.clone());
            self.take_loan(loan, &mut changed);
        }
        self.rescope_places(seq, at);
        let missing =
            if activation.complete { self.miss(&activation.lender, &present, &mut changed) } else { 0 };
        let complete = activation.complete;
        let whole = self.world.books.get(&activation.lender).filter(|book| book.whole).cloned();
        let renews = self.renews(activation, whole.as_ref(), present.len());
        let row = BookRow {
            book: activation.book.clone(),
            lender: activation.lender.clone(),
            as_of: activation.as_of,
            loans: i64::try_from(count).unwrap_or(i64::MAX),
            complete,
            whole: complete || (whole.is_some() && renews),
            activated_seq: seq,
            activated_at: at,
        };
        let Changed { touched, before } = changed;
        self.keep_former(&row, before);
        if renews {
            self.world.books.set(activation.lender.clone(), row.clone());
        }
        self.batch.books.push(row);
        for vehicle in touched {
            self.remind(seq, at, vehicle);
            self.judge(seq, at, vehicle);
        }
        let feed = whole.filter(|_| !renews).map(|book| book.as_of);
        Outcome::Done { message: taken(activation, count, missing, feed) }
    }

    /// Whether the lender's feed is as old as this book. Nothing is stated of what a few rows leave out, so that they make none younger.
    fn renews(&self, activation: &BookActivation, whole: Option<&BookRow>, stated: usize) -> bool {
        let Some(whole) = whole.filter(|_| !activation.complete) else { return true };
        // What is in the book is counted only where a file of its size has come: a program may tell loan by loan.
        let held = usize::try_from(whole.loans).unwrap_or(usize::MAX);
        renews_feed(stated, held) && renews_feed(stated, self.in_book(&activation.lender).count())
    }

    /// Keeps what was before a book, until the lender's next one, so that it can be taken back.
    fn keep_former(&mut self, book: &BookRow, before: BTreeMap<ContractId, Option<LoanRow>>) {
        let loan = |(contract, row)| FormerLoan { contract, row };
        self.batch.former.push(Former {
            book: book.book.clone(),
            lender: book.lender.clone(),
            as_of: book.as_of,
            activated_seq: book.activated_seq,
            before: self.world.books.get(&book.lender).cloned(),
            loans: before.into_iter().map(loan).collect(),
        });
    }

    /// Why a book is not put in force, if it is not. Of one that has lost too many rows those are told who look after feeds.
    fn refusal(
        &mut self,
        seq: Seq,
        at: Timestamp,
        activation: &BookActivation,
        loans: &[Loan],
    ) -> Option<String> {
        if let Err(message) = self.check_age(at, activation) {
            return Some(message);
        }
        if let Some(before) = self.fell_from(activation) {
            self.tell_of_fall(seq, at, activation, before);
            return Some(format!(
                "the book has {}, the one in force {before}: a fall of more than {FALL_PERCENT_MAX} %. If that is \
                 true, import it again with --yes",
                counted(activation.rows, "loan")
            ));
        }
        check_rows(activation, loans).err().or_else(|| self.claims_of_others(activation, loans))
    }

    /// A contract changes its lender only once the other's book has let it go: a file under the wrong name, or somebody who may not see
    /// it, would take it away.
    fn claims_of_others(&self, activation: &BookActivation, loans: &[Loan]) -> Option<String> {
        let in_other = |loan: &&Loan| {
            let known = self.world.loans.get(&loan.contract);
            known.is_some_and(|row| row.in_book && row.loan.lender != activation.lender)
        };
        let mut others = loans.iter().filter(in_other).map(|loan| loan.contract.0.as_str());
        let first = others.next()?;
        let count = counted(others.count().saturating_add(1), "contract");
        Some(format!(
            "{count} of it, {first} first, in the book of another lender: nothing was put in force. Check whose book this is; a contract \
             changes its lender once the other's book no longer has it"
        ))
    }

    fn check_age(&self, at: Timestamp, activation: &BookActivation) -> Result<(), String> {
        if activation.as_of > at.plus(FUTURE_MAX) {
            return Err(format!(
                "the book is as of {}, which is in the future: it would make every true book after it \"older\". Correct \
                 the date, or say the right one with the import (--as-of)",
                activation.as_of
            ));
        }
        match self.world.books.get(&activation.lender) {
            Some(current) if activation.as_of < current.as_of => Err(format!(
                "the book is as of {}, the one in force as of {}; an older book is never put in force",
                activation.as_of, current.as_of
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// How many loans the book in force has, where this one has so many fewer that a person must say that it is true.
    fn fell_from(&self, activation: &BookActivation) -> Option<usize> {
        self.world.books.get(&activation.lender)?;
        let before = self.in_book(&activation.lender).count();
        let rows = usize::try_from(activation.rows).unwrap_or(usize::MAX);
        let fell = before.saturating_sub(rows) * 100 > before * FALL_PERCENT_MAX;
        (activation.complete && fell && !activation.accept_fall).then_some(before)
    }

    /// Contracts of a lender that the newest complete book has.
    fn in_book(&self, lender: &LenderId) -> impl Iterator<Item = &ContractId> {
        let ours = self.world.loans.iter().filter(move |(_, row)| row.in_book && row.loan.lender == *lender);
        ours.map(|(contract, _)| contract)
    }

    /// Takes one row in; adds what it changes.
    fn take_loan(&mut self, loan: Loan, changed: &mut Changed) {
        let vehicle = self.know_vehicle(loan.vehicle, loan.plate);
        let contract = loan.contract.clone();
        let old = self.world.loans.get(&contract).cloned();
        let from = old.as_ref().map(|old| old.vehicle);
        self.berth(&contract, from, vehicle);
        changed.touched.extend(from.into_iter().chain([vehicle]));
        // Of a contract that the book has twice, what was before its first row.
        changed.before.entry(contract.clone()).or_insert_with(|| old.clone());
        self.world.loans.set(contract, stated(loan, vehicle, old));
    }

    /// Puts a contract on a vehicle, and takes it off the one that it was on.
    pub(crate) fn berth(&mut self, contract: &ContractId, from: Option<VehicleId>, to: VehicleId) {
        if let Some(from) = from.filter(|from| *from != to) {
            self.world.contracts.entry(&from, Vec::new).retain(|other| other != contract);
        }
        let contracts = self.world.contracts.entry(&to, Vec::new);
        if !contracts.contains(contract) {
            contracts.push(contract.clone());
        }
    }

    /// Marks contracts of a lender that a complete book no longer has. Never: settled.
    fn miss(&mut self, lender: &LenderId, present: &BTreeSet<ContractId>, changed: &mut Changed) -> usize {
        let gone: Vec<ContractId> =
            self.in_book(lender).filter(|contract| !present.contains(*contract)).cloned().collect();
        for contract in &gone {
            if let Some(row) = self.world.loans.get(contract).cloned() {
                changed.touched.insert(row.vehicle);
                changed.before.insert(contract.clone(), Some(row.clone()));
                self.world.loans.set(contract.clone(), LoanRow { in_book: false, ..row });
            }
        }
        gone.len()
    }
}

/// What a book came to; of one that makes its lender's feed no younger, how old that is.
fn taken(activation: &BookActivation, stated: usize, missing: usize, feed: Option<Timestamp>) -> String {
    let (as_of, loans) = (activation.as_of, counted(stated, "loan"));
    match (activation.complete, missing, feed) {
        (true, 0, _) => format!("loan book as of {as_of} in force: {loans}"),
        (true, ..) => {
            let gone = counted(missing, "contract");
            format!("loan book as of {as_of} in force: {loans}, {gone} no longer in it")
        }
        (false, _, None) => format!("rows as of {as_of} in force: {loans} stated, none taken out"),
        (false, _, Some(feed)) => {
            format!("rows as of {as_of} in force: {loans} stated; the rest of the book stays as of {feed}")
        }
    }
}

/// What a book changes.
#[derive(Default)]
struct Changed {
    /// The vehicles that are looked at again.
    touched: BTreeSet<VehicleId>,
    /// The loans as they were; nothing of those that were not known.
    before: BTreeMap<ContractId, Option<LoanRow>>,
}

fn check_rows(activation: &BookActivation, loans: &[Loan]) -> Result<(), String> {
    if usize::try_from(activation.rows).unwrap_or(usize::MAX) != loans.len() {
        return Err(format!(
            "the book has {} of {} rows; import the file again",
            loans.len(),
            activation.rows
        ));
    }
    match loans.iter().find_map(|loan| loan.check_text().err()) {
        Some(error) => Err(error.to_string()),
        None => Ok(()),
    }
}

/// A loan as a book states it, on top of what was known of it.
fn stated(loan: Loan, vehicle: VehicleId, old: Option<LoanRow>) -> LoanRow {
    let (paid_at, notes) = old.as_ref().map(|old| (old.paid_at, old.notes.clone())).unwrap_or_default();
    let notes = LoanNotes { stated_at: loan.as_of, book_holds: loan.holds.clone(), ..notes };
    let holds = notes.book_holds.union(&notes.staff_holds);
    let loan = match old {
        Some(LoanRow { loan: known, .. }) => loan.on_top_of(&known),
        None => loan,
    };
    LoanRow { loan: Loan { holds, ..loan }, vehicle, in_book: true, paid_at, notes }
}

/// A lender's clock and day may be ahead of ours by this, not more.
pub const FUTURE_MAX: Millis = 86_400_000;
