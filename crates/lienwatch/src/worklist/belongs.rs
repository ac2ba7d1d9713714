//! Which loans belong on which list.
//!
//! Shape: a loan, its lender's rule set and the moment in, a claim out. No loan belongs anywhere that is held, settled or out of
//! the book. Source: `domain.md` §2.1 (call from the sixth day on, large loans and poor grades on the day of the failed debit,
//! filter the SMS that failed), §2.4 (the course of each quadrant).

use model::loan::{Course, Standing, Tier};
use model::{DaysPastDue, Timestamp};
use rules::RuleSet;
use store::LoanRow;

/// Nobody has called since the loan was so many days past due, or since a debit failed of whom the lender wants called at once.
pub(super) fn is_to_be_called(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> bool {
    let since = [called_at_once(row, rule_set, now), past_due_for_calls(row, rule_set, now)];
    since.into_iter().flatten().any(|since| row.notes.dealings.called_at.is_none_or(|called| called < since))
}

/// The first instant of the day from which on somebody calls, if it has come.
fn past_due_for_calls(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> Option<Timestamp> {
    let days = days_past_due(row, now)?;
    let (due, least) = (row.loan.oldest_unpaid_due?, rule_set.tier_bounds(&row.loan).watch_dpd_min);
    let since = due.plus_days(i32::from(least))?.start_in(row.loan.zone())?;
    (days.0 >= least).then_some(since)
}

/// When a debit failed, if the lender wants such a borrower called the same day.
fn called_at_once(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> Option<Timestamp> {
    debit_failed_at(row, now).filter(|_| rule_set.is_called_at_once(&row.loan))
}

/// When a debit failed of what is not paid still: no payment came since, and no book drawn since shows that nothing is due any
/// more.
pub(super) fn debit_failed_at(row: &LoanRow, now: Timestamp) -> Option<Timestamp> {
    let stands = matches!(row.loan.standing(now), Standing::Current | Standing::Overdue(_));
    let failed_at = row.notes.debit_failed_at.filter(|failed_at| stands && *failed_at <= now)?;
    let failed_on = row.loan.today(failed_at)?;
    let is_unpaid = row.paid_at.is_none_or(|paid_at| paid_at < failed_at);
    let is_due = row.loan.oldest_unpaid_due.is_some_and(|due| due <= failed_on);
    (is_unpaid && (is_due || row.notes.stated_at < failed_at)).then_some(failed_at)
}

/// Severely overdue or lost, or past due with an asset that the lender wants preserved.
pub(super) fn is_to_be_visited(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> bool {
    let is_severe = tier(row, rule_set, now) == Some(Tier::Severe);
    is_severe
        || (days_past_due(row, now).is_some() && course(row, rule_set, now) == Some(Course::PreserveAsset))
}

/// Also where nothing is past due: a number that is wrong is found before it matters.
pub(super) fn sms_failed(row: &LoanRow, _: &RuleSet, now: Timestamp) -> bool {
    let stands = matches!(row.loan.standing(now), Standing::Current | Standing::Overdue(_));
    stands && row.notes.dealings.sms_failed_at().is_some()
}

/// How closely a loan is watched, by its lender's bounds.
pub(super) fn tier(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> Option<Tier> {
    let bounds = rule_set.tier_bounds(&row.loan);
    Tier::of(&row.loan, row.notes.stated_at, &row.notes.dealings, bounds, now)
}

/// What the lender's policy says of a loan that is neither held nor settled.
pub(super) fn course(row: &LoanRow, rule_set: &RuleSet, now: Timestamp) -> Option<Course> {
    let stands = matches!(row.loan.standing(now), Standing::Current | Standing::Overdue(_));
    rule_set.course(&row.loan).filter(|_| stands)
}

/// Days past due, of a loan that is.
pub(super) fn days_past_due(row: &LoanRow, now: Timestamp) -> Option<DaysPastDue> {
    match row.loan.standing(now) {
        Standing::Overdue(days) => Some(days),
        Standing::Settled | Standing::Held(_) | Standing::Current => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::loan::{ContactState, Dealings, Level, SmsDelivery};
    use model::{ContractId, Date, LenderId, Loan, VehicleId};
    use store::LoanNotes;

    fn now() -> Timestamp {
        at("2026-11-20T04:00:00Z")
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn row(dpd: i32, dealings: Dealings) -> LoanRow {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, now());
        let due = Date::parse("2026-11-20").unwrap().plus_days(-dpd);
        let loan = Loan { oldest_unpaid_due: due, ..bare };
        let notes = LoanNotes { stated_at: now(), dealings, ..LoanNotes::default() };
        LoanRow { loan, vehicle, in_book: true, paid_at: None, notes }
    }

    fn called(row: &LoanRow) -> bool {
        is_to_be_called(row, &RuleSet::default(), now())
    }

    fn visited(row: &LoanRow) -> bool {
        is_to_be_visited(row, &RuleSet::default(), now())
    }

    #[test]
    fn a_loan_is_to_be_called_from_the_sixth_day_on_until_somebody_called() {
        let reached = |when: &str| Dealings { called_at: Some(at(when)), ..Dealings::default() };
        assert!(!called(&row(5, Dealings::default())));
        assert!(called(&row(6, Dealings::default())));
        // Its sixth day began at midnight in Shanghai.
        assert!(called(&row(6, reached("2026-11-19T15:59:59Z"))), "a call of before");
        assert!(!called(&row(6, reached("2026-11-19T16:00:00Z"))));
        let mut held = row(30, Dealings::default());
        held.loan.holds.dispute = true;
        assert!(!called(&held));
        let own = RuleSet::parse("[lender.main.follow_up]\ndpd_min = 3").unwrap();
        let of_lender = |dpd| is_to_be_called(&row(dpd, Dealings::default()), &own, now());
        assert_eq!((of_lender(2), of_lender(3)), (false, true), "a lender's own day");
    }

    /// Due today; its debit failed this morning.
    fn failed(principal_yuan: i64, grade: &str) -> LoanRow {
        let mut row = row(0, Dealings::default());
        row.loan.principal_outstanding = principal_yuan * 100;
        row.loan.risk_grade = Some(grade.into());
        row.notes.debit_failed_at = Some(at("2026-11-20T01:00:00Z"));
        row
    }

    #[test]
    fn a_large_loan_and_a_poor_grade_are_called_on_the_day_on_which_the_debit_failed() {
        assert!(!called(&failed(149_999, "C")));
        assert!(called(&failed(150_000, "A")) && called(&failed(20_000, "D")));
        let text = "[lender.main.follow_up]\nprincipal_yuan = 20000\ngrade_from = 0";
        let of_lender = RuleSet::parse(text).unwrap();
        assert!(is_to_be_called(&failed(20_000, "A"), &of_lender, now()));
        assert!(!is_to_be_called(&failed(19_999, "D"), &of_lender, now()), "a lender's own thresholds");
    }

    #[test]
    fn a_failed_debit_is_followed_up_until_somebody_called_it_was_paid_or_a_later_book_shows_it_paid() {
        let mut done = failed(200_000, "A");
        done.notes.dealings.called_at = Some(at("2026-11-20T00:59:00Z"));
        assert!(called(&done), "a call of before");
        done.notes.dealings.called_at = Some(at("2026-11-20T01:00:00Z"));
        assert!(!called(&done));
        let mut paid = failed(200_000, "A");
        paid.paid_at = Some(at("2026-11-20T02:00:00Z"));
        assert!(!called(&paid));
        let mut next_month = failed(200_000, "A");
        next_month.loan.oldest_unpaid_due = Date::parse("2026-12-20");
        assert!(!called(&next_month), "a book drawn since has the next due date");
        next_month.notes.stated_at = at("2026-11-19T20:00:00Z");
        assert!(called(&next_month), "one of before knows nothing of it");
        let mut held = failed(200_000, "A");
        held.loan.holds.promise_until = Date::parse("2026-11-20");
        assert!(!called(&held));
    }

    #[test]
    fn whoever_is_severe_lost_or_neither_willing_nor_able_is_to_be_visited() {
        assert!(!visited(&row(60, Dealings::default())));
        assert!(visited(&row(61, Dealings::default())));
        let mut lost = row(2, Dealings::default());
        lost.loan.contact_state = Some(ContactState::Lost);
        assert!(visited(&lost));
        let unwilling = |dpd, ability| {
            let mut row = row(dpd, Dealings::default());
            (row.loan.willingness, row.loan.ability) = (Some(Level::Low), Some(ability));
            row
        };
        assert!(visited(&unwilling(2, Level::Low)) && !visited(&unwilling(2, Level::High)));
        assert!(!visited(&unwilling(0, Level::Low)), "nothing is past due");
        let mut held = unwilling(2, Level::Low);
        held.loan.holds.dispute = true;
        assert!(!visited(&held));
    }

    #[test]
    fn an_sms_that_failed_is_listed_before_anything_is_past_due_and_never_of_a_held_loan() {
        let failed =
            || Dealings { sms: Some(SmsDelivery { at: now(), delivered: false }), ..Dealings::default() };
        let listed = |row: &LoanRow| sms_failed(row, &RuleSet::default(), now());
        assert!(listed(&row(-3, failed())));
        assert!(!listed(&row(-3, Dealings::default())));
        let mut held = row(10, failed());
        held.loan.holds.legal_case = true;
        assert!(!listed(&held));
    }
}
