//! What happens to a loan between two books, and what its borrower shall be reminded of.
//!
//! Shape: events in, the loan's row, its alerts and the reminders out, all in the step at hand. Units: money in the smallest
//! unit. Errors: an [`Outcome`] that names what is refused. Source: `domain.md` §2.1, §6; DESIGN.md §6.

use crate::book::FUTURE_MAX;
use crate::step::Step;
use model::input::{LoanEvent, Outcome, ToldEvent};
use model::loan::{Attention, Channel, ContactResult, FiledAddresses, Holds, RecoveryCase, SmsDelivery};
use model::unit::counted;
use model::{ContractId, LegalBasis, Loan, Millis, Reminder, Seq, Timestamp, VehicleId};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use store::{LoanEventRow, LoanNotes, LoanRow, OutboxRow, ToldSince};

impl Step<'_> {
    /// Something happened to one loan.
    pub(crate) fn loan_event(&mut self, seq: Seq, at: Timestamp, actor: &str, told: ToldEvent) -> Outcome {
        let contract = told.contract.clone();
        let row = LoanEventRow { seq, item: 0, actor: actor.to_owned(), told, identity: None };
        match self.happened(at, row) {
            Ok((vehicle, Did::Told(message) | Did::Overtaken(message))) => {
                self.remind(seq, at, vehicle);
                self.judge(seq, at, vehicle);
                let absent = if self.has_left(&contract) { LEFT } else { "" };
                Outcome::Done { message: format!("{contract}: {message}{absent}") }
            }
            Err(refused) => refused,
        }
    }

    /// Things happened to loans. What is known is counted once; what cannot be is left out and named; the others count.
    pub(crate) fn loan_events(
        &mut self,
        seq: Seq,
        at: Timestamp,
        actor: &str,
        events: Vec<ToldEvent>,
    ) -> Outcome {
        let (mut touched, mut refused) = (BTreeSet::new(), Vec::new());
        let mut counts = Counts::default();
        for (told, item) in events.into_iter().zip(0..) {
            let identity = identity(&told);
            if self.needs.told.contains(&identity) {
                counts.known = counts.known.saturating_add(1);
                continue;
            }
            let absent = usize::from(self.has_left(&told.contract));
            let row =
                LoanEventRow { seq, item, actor: actor.to_owned(), told, identity: Some(identity.clone()) };
            match self.happened(at, row) {
                Ok((vehicle, did)) => {
                    self.needs.told.insert(identity);
                    touched.insert(vehicle);
                    let overtaken = usize::from(matches!(did, Did::Overtaken(_)));
                    counts.done = counts.done.saturating_add(1);
                    counts.overtaken = counts.overtaken.saturating_add(overtaken);
                    counts.absent = counts.absent.saturating_add(absent);
                }
                Err(Outcome::NotFound { message } | Outcome::Refused { message }) => refused.push(message),
                Err(Outcome::Done { .. } | Outcome::Conflict { .. }) => {}
            }
        }
        for vehicle in touched {
            self.remind(seq, at, vehicle);
            self.judge(seq, at, vehicle);
        }
        recorded(&counts, &refused)
    }

    /// Whether a contract was in a book and is in none now: what is told of it is kept, and nothing is stated.
    fn has_left(&self, contract: &ContractId) -> bool {
        self.world.loans.get(contract).is_some_and(|row| !row.in_book)
    }

    /// Lets an event happen; gives the vehicle that it touches, and what it did.
    fn happened(&mut self, now: Timestamp, event: LoanEventRow) -> Result<(VehicleId, Did), Outcome> {
        let ToldEvent { contract, at, event: what } = &event.told;
        let Some(known) = self.world.loans.get(contract) else {
            return Err(Outcome::NotFound { message: format!("no loan book has contract {contract}") });
        };
        if *at > now.plus(FUTURE_MAX) {
            let message = format!("{at} is in the future: what has not happened cannot be told");
            return Err(Outcome::Refused { message });
        }
        if let Some(message) = over_before_it_was_told(&known.loan, *at, what) {
            return Err(Outcome::Refused { message });
        }
        let mut row = known.clone();
        let did = happen(&mut row, now, *at, what);
        if *what == LoanEvent::DebitFailed
            && let Some(reminder) = debit_reminder(&row, *at, now)
        {
            self.batch.outbox.push(OutboxRow::of_reminder(event.seq, reminder, now));
        }
        let vehicle = row.vehicle;
        self.world.loans.set(contract.clone(), row);
        self.batch.loan_events.push(event);
        Ok((vehicle, did))
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

/// What tells an event of a file from all others: a file may come again, longer, or cut otherwise.
pub(crate) fn identity(told: &ToldEvent) -> String {
    let ToldEvent { contract, at, event } = told;
    let what = serde_json::to_string(event).unwrap_or_default();
    let digest = Sha256::digest(format!("{contract}\0{}\0{what}", at.ms()));
    hex::encode(digest).chars().take(IDENTITY_DIGITS).collect()
}

/// What became of the events of a file, by their number.
#[derive(Default)]
struct Counts {
    done: usize,
    overtaken: usize,
    /// Of contracts that have left the book.
    absent: usize,
    known: usize,
}

fn recorded(counts: &Counts, refused: &[String]) -> Outcome {
    let Counts { done, overtaken, absent, known } = *counts;
    let clauses = [
        (overtaken, ", {} of them of before the book or what staff set since, which stands"),
        (absent, ", {} of them of contracts that have left the book, of which nothing is stated"),
        (known, if known == 1 { ", {} was recorded before" } else { ", {} were recorded before" }),
    ];
    let said = clauses.iter().filter(|(count, _)| *count > 0);
    let before: String = said.map(|(count, clause)| clause.replace("{}", &count.to_string())).collect();
    let done_now = counted(done, "event");
    let named: Vec<&str> = refused.iter().take(NAMED_MAX).map(String::as_str).collect();
    match (done.saturating_add(known), refused.len()) {
        (_, 0) => Outcome::Done { message: format!("{done_now} recorded{before}") },
        (0, _) => Outcome::Refused { message: format!("no event recorded: {}", named.join("; ")) },
        (_, left_out) => Outcome::Done {
            message: format!("{done_now} recorded{before}, {left_out} left out: {}", named.join("; ")),
        },
    }
}

/// What a promise, an extension or special attention says that was over on the day on which it was told: nothing. Somebody has
/// mistaken a date.
fn over_before_it_was_told(loan: &Loan, at: Timestamp, event: &LoanEvent) -> Option<String> {
    let told_on = loan.today(at)?;
    let last_days = match event {
        LoanEvent::Promise { until } => [Some(*until), None],
        LoanEvent::Hold { holds } => [holds.promise_until, holds.extension_until],
        LoanEvent::Attention { attention } => [attention.as_ref().map(|attention| attention.until), None],
        LoanEvent::Payment { .. }
        | LoanEvent::DebitFailed
        | LoanEvent::Settled
        | LoanEvent::SmsDelivery { .. }
        | LoanEvent::Contacted { .. }
        | LoanEvent::Visit { .. }
        | LoanEvent::RecoveryCase { .. }
        | LoanEvent::AddressesFiled { .. } => [None, None],
    };
    let past = last_days.into_iter().flatten().find(|last| *last < told_on)?;
    Some(format!(
        "{past} is past: told on {told_on}, it would have held nothing. Name a day from {told_on} on, or --at when it was told \
         before"
    ))
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

/// What an event did, in words.
enum Did {
    /// It counts.
    Told(String),
    /// It is recorded; what a book or staff said of later stands.
    Overtaken(String),
}

/// Lets an event happen to a loan; says what it did.
fn happen(row: &mut LoanRow, now: Timestamp, at: Timestamp, event: &LoanEvent) -> Did {
    let did = match event {
        LoanEvent::Payment { amount } => {
            row.paid_at = row.paid_at.max(Some(at));
            in_book_already(row, now, at).unwrap_or_else(|| {
                // What a book says of an earlier moment does not undo this.
                row.loan.as_of = row.loan.as_of.max(at);
                Did::Told(pay(&mut row.loan, *amount))
            })
        }
        LoanEvent::DebitFailed => {
            row.notes.debit_failed_at = row.notes.debit_failed_at.max(Some(at));
            Did::Told("debit failed, recorded".to_owned())
        }
        LoanEvent::Promise { .. } | LoanEvent::Hold { .. } => hold(row, at, event),
        LoanEvent::Settled => in_book_already(row, now, at).unwrap_or_else(|| {
            row.loan.settled_at = Some(at);
            row.loan.as_of = row.loan.as_of.max(at);
            Did::Told("settled".to_owned())
        }),
        LoanEvent::Attention { attention } => attend(row, at, attention.as_ref()),
        LoanEvent::SmsDelivery { .. } | LoanEvent::Contacted { .. } | LoanEvent::Visit { .. } => {
            Did::Told(deal(row, at, event))
        }
        LoanEvent::RecoveryCase { open, basis } => Did::Told(recovery_case(row, at, *open, *basis)),
        LoanEvent::AddressesFiled { addresses } => file_addresses(row, at, *addresses),
    };
    row.loan.holds = row.notes.book_holds.union(&row.notes.staff_holds);
    did
}

/// A loan after what was told of it, each thing as it was known when it was told. Nobody is told again.
pub(crate) fn retell(mut row: LoanRow, told: &[ToldSince]) -> LoanRow {
    for ToldSince { told_at, told } in told {
        happen(&mut row, *told_at, told.at, &told.event);
    }
    row
}

/// Whether the book that states the loan was drawn after some moment, and so knows what happened then. One whose date is still
/// to come does not.
fn in_book_already(row: &LoanRow, now: Timestamp, at: Timestamp) -> Option<Did> {
    let stated_at = row.notes.stated_at;
    (at <= stated_at && stated_at <= now)
        .then(|| Did::Overtaken(format!("recorded; already in the book of {stated_at}, which stands")))
}

/// Sets holds of staff, unless they were set anew since.
fn hold(row: &mut LoanRow, at: Timestamp, event: &LoanEvent) -> Did {
    let LoanNotes { staff_holds, told_at, .. } = &mut row.notes;
    let (told, message) = match event {
        LoanEvent::Promise { until } => {
            let newest = told_at.promise.max(told_at.holds);
            if let Some(newer) = newest.filter(|newest| *newest > at) {
                return superseded(newer);
            }
            told_at.promise = Some(at);
            (
                Holds { promise_until: Some(*until), ..staff_holds.clone() },
                format!("promise to pay until {until}"),
            )
        }
        LoanEvent::Hold { holds } => {
            if let Some(newer) = told_at.holds.filter(|newest| *newest > at) {
                return superseded(newer);
            }
            told_at.holds = Some(at);
            // A promise of later is none of those that this replaces.
            let promised_since = told_at.promise.is_some_and(|promise| promise > at);
            let promise_until = if promised_since { staff_holds.promise_until } else { holds.promise_until };
            (Holds { promise_until, ..holds.clone() }, "holds set".to_owned())
        }
        LoanEvent::Payment { .. }
        | LoanEvent::DebitFailed
        | LoanEvent::Settled
        | LoanEvent::SmsDelivery { .. }
        | LoanEvent::Contacted { .. }
        | LoanEvent::Visit { .. }
        | LoanEvent::Attention { .. }
        | LoanEvent::RecoveryCase { .. }
        | LoanEvent::AddressesFiled { .. } => return Did::Told(String::new()),
    };
    *staff_holds = told;
    Did::Told(message)
}

/// Sets or lifts special attention, unless that was done since.
fn attend(row: &mut LoanRow, at: Timestamp, attention: Option<&Attention>) -> Did {
    let LoanNotes { dealings, told_at, .. } = &mut row.notes;
    if let Some(newer) = told_at.attention.filter(|newest| *newest > at) {
        return superseded(newer);
    }
    told_at.attention = Some(at);
    dealings.attention = attention.cloned();
    Did::Told(attention.map_or_else(
        || "special attention lifted".to_owned(),
        |attention| format!("special attention until {}", attention.until),
    ))
}

/// Keeps where the borrower lives and works by the lender's files, unless a newer one has said it.
fn file_addresses(row: &mut LoanRow, at: Timestamp, addresses: FiledAddresses) -> Did {
    let LoanNotes { filed, told_at, .. } = &mut row.notes;
    if let Some(newer) = told_at.filed.filter(|newest| *newest > at) {
        return superseded(newer);
    }
    (told_at.filed, *filed) = (Some(at), addresses);
    Did::Told("addresses filed".to_owned())
}

fn superseded(newer: Timestamp) -> Did {
    Did::Overtaken(format!("recorded; what was told of {newer} is newer and stands"))
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
            if *result == ContactResult::ContactLost {
                dealings.lost_at = dealings.lost_at.max(Some(at));
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
        LoanEvent::Payment { .. }
        | LoanEvent::DebitFailed
        | LoanEvent::Promise { .. }
        | LoanEvent::Hold { .. }
        | LoanEvent::Settled
        | LoanEvent::Attention { .. }
        | LoanEvent::RecoveryCase { .. }
        | LoanEvent::AddressesFiled { .. } => String::new(),
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

/// What the outcome of an event adds of a contract that is in no book any more.
const LEFT: &str = "; it has left the book, so nothing is stated of it until a book has it again";
/// A debit that failed longer ago is history: the lender has told the borrower, or another one has been tried [P].
const DEBIT_NEWS_MS_MAX: Millis = 24 * 3_600_000;
/// 128 bits.
const IDENTITY_DIGITS: usize = 32;
/// Left-out rows that an outcome names; the file has the rest.
const NAMED_MAX: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Coordinates, LenderId};

    #[test]
    fn a_file_of_before_does_not_move_the_addresses_that_a_newer_one_has_filed() {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let at = Timestamp::from_ms;
        let loan = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, at(0));
        let mut row = LoanRow { loan, vehicle, in_book: true, paid_at: None, notes: LoanNotes::default() };
        let living = |lat_e7| FiledAddresses { home: Coordinates::from_e7(lat_e7, 0).ok(), work: None };
        let mut file = |moment, lat_e7| {
            let event = LoanEvent::AddressesFiled { addresses: living(lat_e7) };
            happen(&mut row, at(1_000), at(moment), &event);
            row.notes.filed
        };
        assert_eq!(file(5, 1), living(1));
        assert_eq!(file(4, 2), living(1), "an older file");
        assert_eq!(file(6, 3), living(3));
    }
}
