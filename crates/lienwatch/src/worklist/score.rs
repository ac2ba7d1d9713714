//! How urgent a loan is: a sum of named points, each of which is shown, the most first.
//!
//! Shape: a loan with its lender's policy, the live alerts of its car and when it was heard in, [`Score`] out. Units: points, ours
//! all of them [P]; they order a list and decide nothing. Source: `domain.md` §2.3 (lists sorted by risk), §4 (a score with its
//! reasons).

use super::belongs::{course, days_past_due, debit_failed_at};
use model::loan::{ContactState, Course, Level, Quadrant, Reason};
use model::unit::counted;
use model::{Alert, Rule, Severity, Timestamp};
use rules::RuleSet;
use std::cmp::Reverse;
use store::{LastPlace, LoanRow};

/// What a score is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scored<'a> {
    pub(super) row: &'a LoanRow,
    pub(super) rule_set: &'a RuleSet,
    /// Of the car, live ones.
    pub(super) alerts: &'a [&'a Alert],
    pub(super) last: Option<&'a LastPlace>,
    pub(super) now: Timestamp,
}

/// Named points, the most first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Score(Vec<(String, u32)>);

impl Score {
    pub(super) fn of(scored: &Scored<'_>) -> Self {
        let mut score = Self::default();
        score.add_debt(scored);
        score.add_borrower(scored);
        score.add_contact(scored);
        score.add_car(scored);
        score.0.sort_by_key(|(_, points)| Reverse(*points));
        score
    }

    fn add(&mut self, name: String, points: u32) {
        if points > 0 {
            self.0.push((name, points));
        }
    }

    fn add_debt(&mut self, scored: &Scored<'_>) {
        let (row, now) = (scored.row, scored.now);
        let loan = &row.loan;
        if let Some(days) = days_past_due(row, now) {
            let points = (u32::from(days.0) / DAYS_A_POINT).clamp(1, DAYS_MAX);
            self.add(days.to_string(), points);
        }
        if loan.episodes_12m >= scored.rule_set.tier_bounds(loan).repeat_episodes_min {
            self.add(format!("{} in 12 months", counted(loan.episodes_12m, "episode")), REPEATER);
        }
        if debit_failed_at(row, now).is_some() {
            self.add("debit failed".to_owned(), DEBIT_FAILED);
        }
        self.add("principal".to_owned(), principal(loan.principal_outstanding));
        if let Some((grade, rank)) = loan.risk_grade.as_deref().zip(loan.grade_rank()) {
            self.add(format!("risk grade {}", grade.trim()), of_grade(rank));
        }
    }

    /// Willingness and ability by the lender's policy, once both are known; else what is.
    fn add_borrower(&mut self, scored: &Scored<'_>) {
        let loan = &scored.row.loan;
        match (course(scored.row, scored.rule_set, scored.now), Quadrant::of(loan)) {
            (Some(course), Some(quadrant)) => self.add(format!("{quadrant}: {course}"), of_course(course)),
            _ if loan.is_unwilling() => self.add("unwilling".to_owned(), UNWILLING),
            _ if loan.ability == Some(Level::Low) => self.add("unable".to_owned(), UNABLE),
            _ => {}
        }
        if loan.reason == Some(Reason::Malicious) {
            self.add("reason malicious".to_owned(), MALICIOUS);
        }
    }

    fn add_contact(&mut self, scored: &Scored<'_>) {
        let (loan, notes) = (&scored.row.loan, &scored.row.notes);
        let dealings = &notes.dealings;
        if dealings.contact_is_lost(loan, notes.stated_at) {
            self.add("contact lost".to_owned(), CONTACT_LOST);
        } else if loan.contact_state == Some(ContactState::Lost) {
            self.add("contact lost by the book, reached since".to_owned(), REACHED_SINCE);
        }
        if dealings.sms_failed_at().is_some() {
            self.add("SMS not delivered".to_owned(), SMS_FAILED);
        }
        if loan.today(scored.now).is_some_and(|today| dealings.attention_on(today).is_some()) {
            self.add("special attention".to_owned(), ATTENTION);
        }
    }

    fn add_car(&mut self, scored: &Scored<'_>) {
        // What is over and waits for a verdict only is no sign of now.
        let alerts = || scored.alerts.iter().filter(|alert| alert.cleared_at.is_none());
        // Wall time is no silence: the server, or a network, may have been down. The rules count that.
        if alerts().any(|alert| SILENCES.contains(&alert.rule)) {
            self.add("car silent".to_owned(), SILENT);
        }
        if scored.last.is_none_or(|last| last.heard_at.is_none()) {
            self.add("car never heard".to_owned(), NEVER_HEARD);
        }
        if let Some(gravest) = alerts().min_by_key(|alert| alert.severity) {
            self.add(format!("live {} {}", gravest.severity, gravest.rule), of_alert(gravest.severity));
        }
    }

    pub(super) fn total(&self) -> u32 {
        self.0.iter().map(|(_, points)| points).sum()
    }

    /// `contact lost +25, 61 days past due +20`.
    pub(super) fn in_words(&self) -> String {
        let words: Vec<String> = self.0.iter().map(|(name, points)| format!("{name} +{points}")).collect();
        words.join(", ")
    }
}

fn principal(outstanding: i64) -> u32 {
    let points = outstanding / PRINCIPAL_A_POINT;
    u32::try_from(points).unwrap_or(0).min(PRINCIPAL_MAX)
}

fn of_grade(rank: u32) -> u32 {
    rank.saturating_sub(1).saturating_mul(GRADE_A_STEP).min(GRADE_MAX)
}

/// Nobody is pressed for wanting to pay: these two have no points.
const fn of_course(course: Course) -> u32 {
    match course {
        Course::PreserveAsset => PRESERVE_ASSET,
        Course::PressAndWatch => PRESS_AND_WATCH,
        Course::Remind | Course::Restructure => 0,
    }
}

const fn of_alert(severity: Severity) -> u32 {
    match severity {
        Severity::P1 => ALERT_MAX,
        Severity::P2 => 10,
        Severity::P3 => 3,
        Severity::P4 => 0,
    }
}

/// Three months past due make the most of it.
const DAYS_A_POINT: u32 = 3;
const DAYS_MAX: u32 = 30;
const REPEATER: u32 = 15;
const DEBIT_FAILED: u32 = 12;
/// Ten thousand yuan, in fen.
const PRINCIPAL_A_POINT: i64 = 1_000_000;
const PRINCIPAL_MAX: u32 = 10;
/// For each grade below the best.
const GRADE_A_STEP: u32 = 3;
const GRADE_MAX: u32 = 12;
/// More than all others together: who neither wants to nor can comes first.
const PRESERVE_ASSET: u32 = 200;
const PRESS_AND_WATCH: u32 = 15;
const UNWILLING: u32 = 10;
const UNABLE: u32 = 5;
const MALICIOUS: u32 = 10;
const CONTACT_LOST: u32 = 25;
const REACHED_SINCE: u32 = 5;
const SMS_FAILED: u32 = 10;
const ATTENTION: u32 = 15;
const SILENT: u32 = 15;
const NEVER_HEARD: u32 = 5;
const ALERT_MAX: u32 = 20;
/// The rules of silence.
const SILENCES: [Rule; 2] = [Rule::OverdueOffline, Rule::OfflineNoLoan];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::sample;
    use model::loan::{Attention, SmsDelivery};
    use model::{ContractId, Date, LenderId, Loan, VehicleId};
    use store::LoanNotes;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-20T04:00:00Z").unwrap()
    }

    fn vehicle() -> VehicleId {
        VehicleId::parse("粤B12345").unwrap()
    }

    /// 61 days past due.
    fn row() -> LoanRow {
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle(), now());
        let loan = Loan { oldest_unpaid_due: Date::parse("2026-09-20"), ..bare };
        LoanRow { loan, vehicle: vehicle(), in_book: true, paid_at: None, notes: LoanNotes::default() }
    }

    fn score(row: &LoanRow, alerts: &[&Alert]) -> Score {
        let heard_at = Some(now().plus(-9 * 86_400_000));
        let last = LastPlace { vehicle: vehicle(), heard_at, seen: None };
        Score::of(&Scored { row, rule_set: &RuleSet::default(), alerts, last: Some(&last), now: now() })
    }

    #[test]
    fn a_score_is_the_sum_of_what_it_shows_the_most_first() {
        let mut row = row();
        row.loan.principal_outstanding = 8_000_000;
        row.loan.contact_state = Some(ContactState::Lost);
        assert_eq!(
            score(&row, &[]).in_words(),
            "contact lost +25, 61 days past due +20, principal +8",
            "nine days on the wall are no silence that anybody was there to hear"
        );
        assert_eq!(score(&row, &[]).total(), 53);
        let silent = silent();
        let words = score(&row, &[&silent]).in_words();
        assert!(words.contains("car silent +15, live P2 OVERDUE_OFFLINE +10"), "{words}");
        let over = Alert { cleared_at: Some(now()), ..silent };
        assert_eq!(score(&row, &[&over]).total(), 53, "what is over has no points");
    }

    #[test]
    fn the_risk_grade_and_a_failed_debit_have_points_of_their_own() {
        let graded = |grade: &str| {
            let mut row = row();
            row.loan.risk_grade = Some(grade.into());
            score(&row, &[]).in_words()
        };
        assert_eq!(graded("D"), "61 days past due +20, risk grade D +9");
        assert_eq!(graded("A"), "61 days past due +20", "the best has none");
        assert_eq!(graded("H"), "61 days past due +20, risk grade H +12");
        assert_eq!(graded("高"), "61 days past due +20", "a word has no rank");
        let mut failed = row();
        failed.notes.debit_failed_at = Some(now().plus(-3_600_000));
        assert_eq!(score(&failed, &[]).in_words(), "61 days past due +20, debit failed +12");
    }

    #[test]
    fn hardship_ranks_below_malice_and_who_neither_wants_to_nor_can_before_everybody() {
        let of = |willingness, ability, reason: Option<Reason>| {
            let mut row = row();
            (row.loan.willingness, row.loan.ability, row.loan.reason) = (willingness, ability, reason);
            row
        };
        let (high, low) = (Some(Level::High), Some(Level::Low));
        let total = |row: &LoanRow| score(row, &[]).total();
        assert!(
            total(&of(None, None, Some(Reason::Hardship))) < total(&of(None, None, Some(Reason::Malicious)))
        );
        assert_eq!(total(&of(high, low, None)), total(&of(None, None, None)), "wanting to pay has no points");
        assert!(total(&of(low, high, None)) > total(&of(low, None, None)));
        let first = of(low, low, None);
        assert!(score(&first, &[]).in_words().starts_with("unwilling_unable: preserve_asset +200, "));
        assert!(total(&first) > total(&everything_else()));
    }

    /// All the points there are, but for those of an asset to preserve.
    fn everything_else() -> LoanRow {
        let mut row = row();
        let (loan, notes) = (&mut row.loan, &mut row.notes);
        loan.oldest_unpaid_due = Date::parse("2026-01-01");
        loan.principal_outstanding = 90_000_000;
        (loan.risk_grade, loan.episodes_12m) = (Some("Z".into()), 9);
        (loan.willingness, loan.ability) = (Some(Level::Low), Some(Level::High));
        (loan.reason, loan.contact_state) = (Some(Reason::Malicious), Some(ContactState::Lost));
        notes.debit_failed_at = Some(now());
        notes.dealings.sms = Some(SmsDelivery { at: now(), delivered: false });
        let until = Date::parse("2026-12-31").unwrap();
        notes.dealings.attention = Some(Attention { reason: "heard of a sale".into(), until });
        row
    }

    #[test]
    fn an_asset_to_preserve_outweighs_all_other_points_together() {
        let of_loan = score(&everything_else(), &[]).total();
        assert!(of_loan + SILENT + NEVER_HEARD + ALERT_MAX < PRESERVE_ASSET, "{of_loan}");
    }

    fn silent() -> Alert {
        let finding = model::Finding::Silent {
            last_heard: now().plus(-9 * 86_400_000),
            last_place: None,
            place_at: None,
            silent_ms: 30 * 3_600_000,
            threshold_ms: 24 * 3_600_000,
            was_moving: false,
            tampered: false,
        };
        sample::alert(vehicle(), Rule::OverdueOffline, finding, now())
    }
}
