//! What happens to a loan between two books, and what its borrower shall be reminded of.
//!
//! Shape: events in, the loan's row, its alerts and the reminders out, all in the step at hand. Units: money in the smallest
//! unit. Errors: an [`Outcome`] that names what is refused. Source: `domain.md` §2.1, §6; DESIGN.md §6.

use crate::book::FUTURE_MAX;
use crate::step::Step;
use model::input::{LoanEvent, Outcome, ToldEvent};
use model::loan::{Channel, RecoveryCase, SmsDelivery};
use model::{LegalBasis, Loan, Millis, Reminder, Seq, Timestamp, VehicleId};
use std::collections::BTreeSet;
use store::{LoanEventRow, LoanRow, OutboxRow};

impl Step<'_> {
    /// Something happened to one loan.
    pub(crate) fn loan_event(&mut self, seq: Seq, at: Timestamp, actor: &str, told: ToldEvent) -> Outcome {
        let contract = told.contract.clone();
        let row = LoanEventRow { seq, item: 0, actor: actor.to_owned(), told };
        match self.happened(at, row) {
            Ok((vehicle, message)) => {
                self.remind(seq, at, vehicle);
                self.judge(seq, at, vehicle);
                Outcome::Done { message: format!("{contract}: {message}") }
            }
            Err(refused) => refused,
        }
    }

    /// Things happened to loans. What cannot be is left out and named; the others count.
    pub(crate) fn loan_events(
        &mut self,
        seq: Seq,
        at: Timestamp,
        actor: &str,
        events: Vec<ToldEvent>,
    ) -> Outcome {
        let (mut touched, mut refused, mut done) = (BTreeSet::new(), Vec::new(), 0_usize);
        for (told, item) in events.into_iter().zip(0..) {
            match self.happened(at, LoanEventRow { seq, item, actor: actor.to_owned(), told }) {
                Ok((vehicle, _)) => {
                    touched.insert(vehicle);
                    done = done.saturating_add(1);
                }
                Err(Outcome::NotFound { message } | Outcome::Refused { message }) => refused.push(message),
                Err(Outcome::Done { .. } | Outcome::Conflict { .. }) => {}
            }
        }
        for vehicle in touched {
            self.remind(seq, at, vehicle);
            self.judge(seq, at, vehicle);
        }
        let named: Vec<&str> = refused.iter().take(NAMED_MAX).map(String::as_str).collect();
        match (done, refused.len()) {
            (_, 0) => Outcome::Done { message: format!("{done} events recorded") },
            (0, _) => Outcome::Refused { message: format!("no event recorded: {}", named.join("; ")) },
            (_, left_out) => Outcome::Done {
                message: format!("{done} events recorded, {left_out} left out: {}", named.join("; ")),
            },
        }
    }

    /// Lets an event happen; gives the vehicle that it touches, and what it did.
    fn happened(&mut self, now: Timestamp, event: LoanEventRow) -> Result<(VehicleId, String), Outcome> {
        let ToldEvent { contract, at, event: what } = &event.told;
        let Some(known) = self.world.loans.get(contract) else {
            return Err(Outcome::NotFound { message: format!("no loan book has contract {contract}") });
        };
        if *at > now.plus(FUTURE_MAX) {
            let message = format!("{at} is in the future: what has not happened cannot be told");
            return Err(Outcome::Refused { message });
        }
        let mut row = known.clone();
        let message = happen(&mut row, *at, what);
        if *what == LoanEvent::DebitFailed
            && let Some(reminder) = debit_reminder(&row, *at, now)
        {
            self.batch.outbox.push(OutboxRow::of_reminder(event.seq, reminder, now));
        }
        let vehicle = row.vehicle;
        self.world.loans.set(contract.clone(), row);
        self.batch.loan_events.push(event);
        Ok((vehicle, message))
    }

    /// Reminds of the due dates of a vehicle's loans that have come near, each once. Asked at the ticks at which the vehicle is
    /// looked at, the first one of each of its loan's days among them, and at each book and event that may have moved a due
    /// date or lifted a hold: so that to ask once more, as a restart does, finds nothing new.
    pub(crate) fn remind(&mut self, seq: Seq, at: Timestamp, vehicle: VehicleId) {
        let contracts = self.world.contracts.get(&vehicle).cloned().unwrap_or_default();
        for contract in contracts {
            let Some(row) = self.world.loans.get(&contract) else { continue };
            if !row.in_book
                || row.loan.oldest_unpaid_due.is_none_or(|due| row.notes.reminded_due == Some(due))
            {
                continue;
            }
            let Some(reminder) = Reminder::due_soon(&row.loan, at) else { continue };
            if !self.world.globals.rule_set.is_fresh(&row.loan.lender, row.notes.stated_at, at) {
                continue;
            }
            let mut row = row.clone();
            row.notes.reminded_due = Some(reminder.due);
            self.world.loans.set(contract, row);
            self.batch.outbox.push(OutboxRow::of_reminder(seq, reminder, at));
        }
    }
}

/// A debit that failed lately, of a loan that neither was paid since nor is held, settled or out of the book.
fn debit_reminder(row: &LoanRow, failed_at: Timestamp, now: Timestamp) -> Option<Reminder> {
    if !row.in_book || now.since(failed_at) > DEBIT_NEWS_MS_MAX {
        return None;
    }
    let reminder = Reminder::debit_failed(&row.loan, failed_at)?;
    reminder.still_holds(&row.loan, row.paid_at, now).then_some(reminder)
}

/// Opens or closes a recovery case; says what it did.
fn recovery_case(row: &mut LoanRow, at: Timestamp, open: bool, basis: Option<LegalBasis>) -> String {
    let opened_at = row.notes.recovery_case.map_or(at, |case| case.opened_at);
    row.notes.recovery_case = open.then_some(RecoveryCase { opened_at, basis });
    match basis {
        _ if !open => "recovery case closed".to_owned(),
        Some(basis) => format!("recovery case open, by {basis}"),
        None => "recovery case open, without a legal basis".to_owned(),
    }
}

/// Lets an event happen to a loan; says what it did.
fn happen(row: &mut LoanRow, at: Timestamp, event: &LoanEvent) -> String {
    let message = match event {
        LoanEvent::Payment { amount } => {
            row.paid_at = row.paid_at.max(Some(at));
            // What a book says of an earlier moment does not undo this.
            row.loan.as_of = row.loan.as_of.max(at);
            pay(&mut row.loan, *amount)
        }
        LoanEvent::DebitFailed => {
            row.notes.debit_failed_at = row.notes.debit_failed_at.max(Some(at));
            "debit failed, recorded".to_owned()
        }
        LoanEvent::Promise { until } => {
            row.notes.staff_holds.promise_until = Some(*until);
            format!("promise to pay until {until}")
        }
        LoanEvent::Hold { holds } => {
            row.notes.staff_holds = holds.clone();
            "holds set".to_owned()
        }
        LoanEvent::Settled => {
            row.loan.settled_at = Some(at);
            row.loan.as_of = row.loan.as_of.max(at);
            "settled".to_owned()
        }
        LoanEvent::SmsDelivery { .. }
        | LoanEvent::Contacted { .. }
        | LoanEvent::Visit { .. }
        | LoanEvent::Attention { .. } => deal(row, at, event),
        LoanEvent::RecoveryCase { open, basis } => recovery_case(row, at, *open, *basis),
    };
    row.loan.holds = row.notes.book_holds.union(&row.notes.staff_holds);
    message
}

/// Notes what staff or the lender's systems had to do with the borrower. What is told late does not undo what came after it.
fn deal(row: &mut LoanRow, at: Timestamp, event: &LoanEvent) -> String {
    let dealings = &mut row.notes.dealings;
    match event {
        LoanEvent::SmsDelivery { delivered } => {
            if dealings.sms.is_none_or(|sms| sms.at <= at) {
                dealings.sms = Some(SmsDelivery { at, delivered: *delivered });
            }
            format!("SMS {}", if *delivered { "delivered" } else { "not delivered, recorded" })
        }
        LoanEvent::Contacted { channel, result, .. } => {
            dealings.contacted_at = dealings.contacted_at.max(Some(at));
            if *channel == Channel::Phone {
                dealings.called_at = dealings.called_at.max(Some(at));
            }
            if result.is_reached() {
                dealings.reached_at = dealings.reached_at.max(Some(at));
            }
            format!("contact by {channel}: {result}")
        }
        LoanEvent::Visit { result, .. } => {
            dealings.visited_at = dealings.visited_at.max(Some(at));
            if result.is_reached() {
                dealings.reached_at = dealings.reached_at.max(Some(at));
            }
            format!("visit: {result}")
        }
        LoanEvent::Attention { attention: Some(attention) } => {
            dealings.attention = Some(attention.clone());
            format!("special attention until {}", attention.until)
        }
        LoanEvent::Attention { attention: None } => {
            dealings.attention = None;
            "special attention lifted".to_owned()
        }
        LoanEvent::Payment { .. }
        | LoanEvent::DebitFailed
        | LoanEvent::Promise { .. }
        | LoanEvent::Hold { .. }
        | LoanEvent::Settled
        | LoanEvent::RecoveryCase { .. } => String::new(),
    }
}

/// Books a payment. Without an amount all that was overdue is paid.
fn pay(loan: &mut Loan, amount: Option<i64>) -> String {
    let Some(amount) = amount else {
        (loan.amount_overdue, loan.oldest_unpaid_due) = (0, None);
        return "paid, nothing overdue".to_owned();
    };
    // A book without that column says nothing of how much is overdue.
    if loan.amount_overdue <= 0 && loan.oldest_unpaid_due.is_some() {
        return "payment recorded; how much was overdue is not known, so the due date stands until the next book"
            .to_owned();
    }
    loan.amount_overdue = (loan.amount_overdue - amount).max(0);
    if loan.amount_overdue == 0 {
        loan.oldest_unpaid_due = None;
        return "paid, nothing overdue".to_owned();
    }
    format!("part paid, {}.{:02} still overdue", loan.amount_overdue / 100, loan.amount_overdue % 100)
}

/// A debit that failed longer ago is history: the lender has told the borrower, or another one has been tried [P].
const DEBIT_NEWS_MS_MAX: Millis = 24 * 3_600_000;
/// Left-out rows that an outcome names; the file has the rest.
const NAMED_MAX: usize = 5;
