//! How urgent a loan is: a sum of named points, each of which is shown.
//!
//! Shape: a loan, the live alerts of its car and when it was heard in, [`Score`] out. Units: points, ours all of them [P]; they
//! order a list and decide nothing. Source: `domain.md` §2.3 (lists sorted by risk).

use model::loan::{ContactState, Level, REPEAT_EPISODES_MIN, Standing};
use model::{Alert, Rule, Severity, Timestamp};
use store::{LastPlace, LoanRow};

/// Named points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Score(Vec<(String, u32)>);

impl Score {
    pub(super) fn of(row: &LoanRow, alerts: &[&Alert], last: Option<&LastPlace>, now: Timestamp) -> Self {
        // What is over and waits for a verdict only is no sign of now.
        let alerts: Vec<&Alert> = alerts.iter().copied().filter(|alert| alert.cleared_at.is_none()).collect();
        let mut factors = Vec::new();
        let mut add = |name: String, points: u32| {
            if points > 0 {
                factors.push((name, points));
            }
        };
        let (loan, dealings) = (&row.loan, &row.notes.dealings);
        if let Standing::Overdue(days) = loan.standing(now) {
            add(format!("{} days past due", days.0), (u32::from(days.0) / DAYS_A_POINT).clamp(1, DAYS_MAX));
        }
        if loan.episodes_12m >= REPEAT_EPISODES_MIN {
            add(format!("{} episodes in 12 months", loan.episodes_12m), REPEATER);
        }
        if dealings.contact_is_lost(loan) {
            add("contact lost".to_owned(), CONTACT_LOST);
        } else if loan.contact_state == Some(ContactState::Lost) {
            add("contact lost by the book, reached since".to_owned(), REACHED_SINCE);
        }
        if dealings.sms_failed_at().is_some() {
            add("SMS not delivered".to_owned(), SMS_FAILED);
        }
        if loan.willingness == Some(Level::Low) {
            add("unwilling".to_owned(), UNWILLING);
        }
        if loan.ability == Some(Level::Low) {
            add("unable".to_owned(), UNABLE);
        }
        if loan.today(now).is_some_and(|today| dealings.attention_on(today).is_some()) {
            add("special attention".to_owned(), ATTENTION);
        }
        add("principal".to_owned(), principal(loan.principal_outstanding));
        // Wall time is no silence: the server, or a network, may have been down. The rules count that.
        if alerts.iter().any(|alert| SILENCES.contains(&alert.rule)) {
            add("car silent".to_owned(), SILENT);
        }
        if last.is_none_or(|last| last.heard_at.is_none()) {
            add("car never heard".to_owned(), NEVER_HEARD);
        }
        if let Some(gravest) = alerts.iter().min_by_key(|alert| alert.severity) {
            add(format!("live {} {}", gravest.severity, gravest.rule), of_alert(gravest.severity));
        }
        Self(factors)
    }

    pub(super) fn total(&self) -> u32 {
        self.0.iter().map(|(_, points)| points).sum()
    }

    /// `61 days past due +20, contact lost +25`.
    pub(super) fn in_words(&self) -> String {
        let words: Vec<String> = self.0.iter().map(|(name, points)| format!("{name} +{points}")).collect();
        words.join(", ")
    }
}

fn principal(outstanding: i64) -> u32 {
    let points = outstanding / PRINCIPAL_A_POINT;
    u32::try_from(points).unwrap_or(0).min(PRINCIPAL_MAX)
}

const fn of_alert(severity: Severity) -> u32 {
    match severity {
        Severity::P1 => 20,
        Severity::P2 => 10,
        Severity::P3 => 3,
        Severity::P4 => 0,
    }
}

/// Three months past due make the most of it.
const DAYS_A_POINT: u32 = 3;
const DAYS_MAX: u32 = 30;
const REPEATER: u32 = 15;
const CONTACT_LOST: u32 = 25;
const REACHED_SINCE: u32 = 5;
const SMS_FAILED: u32 = 10;
const UNWILLING: u32 = 10;
const UNABLE: u32 = 5;
const ATTENTION: u32 = 15;
/// Ten thousand yuan, in fen.
const PRINCIPAL_A_POINT: i64 = 1_000_000;
const PRINCIPAL_MAX: u32 = 10;
const SILENT: u32 = 15;
const NEVER_HEARD: u32 = 5;
/// The rules of silence.
const SILENCES: [Rule; 2] = [Rule::OverdueOffline, Rule::OfflineNoLoan];

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ContractId, Date, LenderId, Loan, VehicleId};
    use store::LoanNotes;

    #[test]
    fn a_score_is_the_sum_of_what_it_shows() {
        let now = Timestamp::parse("2026-11-20T04:00:00Z").unwrap();
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, now);
        let loan = Loan {
            oldest_unpaid_due: Date::parse("2026-09-20"),
            principal_outstanding: 8_000_000,
            contact_state: Some(ContactState::Lost),
            ..bare
        };
        let row = LoanRow { loan, vehicle, in_book: true, paid_at: None, notes: LoanNotes::default() };
        let last = LastPlace { vehicle, heard_at: Some(now.plus(-9 * 86_400_000)), seen: None };
        let score = Score::of(&row, &[], Some(&last), now);
        assert_eq!(
            score.in_words(),
            "61 days past due +20, contact lost +25, principal +8",
            "nine days on the wall are no silence that anybody was there to hear"
        );
        assert_eq!(score.total(), 53);
        let silent = silent(vehicle, now);
        let score = Score::of(&row, &[&silent], Some(&last), now);
        assert!(
            score.in_words().ends_with("car silent +15, live P2 OVERDUE_OFFLINE +10"),
            "{}",
            score.in_words()
        );
        let over = Alert { cleared_at: Some(now), ..silent };
        assert_eq!(Score::of(&row, &[&over], Some(&last), now).total(), 53, "what is over has no points");
    }

    fn silent(vehicle: VehicleId, now: Timestamp) -> Alert {
        let finding = model::Finding::Silent {
            last_heard: now.plus(-9 * 86_400_000),
            last_place: None,
            silent_ms: 30 * 3_600_000,
            threshold_ms: 24 * 3_600_000,
            was_moving: false,
            tampered: false,
        };
        let explanation = model::Explanation {
            finding,
            fixes_used: Vec::new(),
            fixes_rejected: Vec::new(),
            loan: None,
            rule_set: String::new(),
            rules_version: 0,
        };
        Alert {
            id: model::AlertId("0".repeat(32)),
            about: model::About::Vehicle(vehicle),
            rule: Rule::OverdueOffline,
            episode: now,
            severity: Severity::P2,
            state: model::AlertState::Open,
            opened_at: now,
            event_time: now,
            cleared_at: None,
            told_at: None,
            told_again_at: None,
            version: 1,
            explanation,
        }
    }
}
