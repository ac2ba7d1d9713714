//! Facts that may say that somebody else drives a car, or that somebody else was meant to: no judgement, each with its time.
//!
//! Shape: the car's alerts, its stays and the filed addresses in, [`Hint`]s out, the newest first. Errors: those of the store.
//! Source: `domain.md` §2.5 (who really uses it, has another creditor towed it, was it a straw purchase), §3a.

use crate::WatchError;
use model::{Alert, AlertId, AlertState, CloseReason, Coordinates, Finding, Millis, Rule, Stay, Timestamp};
use rules::{Absence, absence};
use std::cmp::Reverse;
use store::{AlertQuery, LoanRow, Store, Stretch};

/// A fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// Since when.
    pub since: Timestamp,
    /// What.
    pub fact: Fact,
}

/// What may say that somebody else uses a car.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A rule saw it.
    Seen {
        /// The rule.
        rule: Rule,
        /// What it saw.
        finding: Box<Finding>,
        /// The alert that explains it.
        alert: AlertId,
    },
    /// It never stood where the borrower lives or works by the lender's files.
    NeverAt {
        /// Which of both.
        address: Address,
        /// Where that is.
        filed: Coordinates,
        /// So many stays were looked at.
        stays: usize,
        /// The nearest of them, metres away.
        nearest_m: u32,
    },
}

/// Which address of a borrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// Where they live.
    Home,
    /// Where they work.
    Work,
}

impl Address {
    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Work => "work",
        }
    }
}

impl Fact {
    /// Code of the rule that saw it, or of the comparison.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Seen { rule, .. } => rule.as_str(),
            Self::NeverAt { address: Address::Home, .. } => "NEVER_AT_HOME",
            Self::NeverAt { address: Address::Work, .. } => "NEVER_AT_WORK",
        }
    }

    /// The alert that explains it.
    pub const fn alert(&self) -> Option<&AlertId> {
        match self {
            Self::Seen { alert, .. } => Some(alert),
            Self::NeverAt { .. } => None,
        }
    }
}

/// What is known of who uses a loan's car, of the alerts that whoever asks may see.
pub async fn hints(
    store: &Store,
    row: &LoanRow,
    now: Timestamp,
    may_see: impl Fn(&Alert) -> bool,
) -> Result<Vec<Hint>, WatchError> {
    let query = AlertQuery { vehicle: Some(row.vehicle), ..AlertQuery::default() };
    let mut alerts = store.alerts(&query).await?;
    alerts.retain(may_see);
    let stays = match row.notes.filed.home.or(row.notes.filed.work) {
        Some(_) => store.stays(row.vehicle, Stretch { from: now.plus(-LOOKED_BACK_MS), to: now }).await?,
        None => Vec::new(),
    };
    Ok(of(row, &alerts, &stays))
}

fn of(row: &LoanRow, alerts: &[Alert], stays: &[Stay]) -> Vec<Hint> {
    let of_rule = |rule: &Rule| {
        let mut seen: Vec<Hint> =
            alerts.iter().filter(|alert| alert.rule == *rule).filter_map(of_alert).collect();
        seen.sort_by_key(|hint| Reverse(hint.since));
        seen.truncate(OF_RULE_MAX);
        seen
    };
    let addresses = [(Address::Home, row.notes.filed.home), (Address::Work, row.notes.filed.work)];
    let never = addresses.into_iter().filter_map(|(address, filed)| never_at(address, filed?, stays));
    let mut hints: Vec<Hint> = RULES.iter().flat_map(of_rule).chain(never).collect();
    hints.sort_by_key(|hint| Reverse(hint.since));
    hints
}

/// What was taken back, or was wrong by staff's own word, is no fact.
fn of_alert(alert: &Alert) -> Option<Hint> {
    let is_fact = match &alert.state {
        AlertState::Closed { reason, .. } => *reason != CloseReason::FalseAlarm,
        AlertState::Open | AlertState::Acknowledged { .. } | AlertState::Unconfirmed => true,
        AlertState::Withdrawn { .. } => false,
    };
    is_fact.then(|| Hint {
        since: alert.episode,
        fact: Fact::Seen {
            rule: alert.rule,
            finding: Box::new(alert.explanation.finding.clone()),
            alert: alert.id.clone(),
        },
    })
}

fn never_at(address: Address, filed: Coordinates, stays: &[Stay]) -> Option<Hint> {
    let Absence { since, stays, nearest_m } = absence(stays, filed)?;
    Some(Hint { since, fact: Fact::NeverAt { address, filed, stays, nearest_m } })
}

/// Usual places replaced, towed, and stays where pledged and towed cars are.
const RULES: [Rule; 4] = [Rule::HabitReplaced, Rule::Tow, Rule::BlackpointStay, Rule::Impound];
/// Of one kind; the alerts themselves have the rest.
const OF_RULE_MAX: usize = 5;
/// Half a year of stays, or fewer where `watch.stays_days` keeps fewer [P].
const LOOKED_BACK_MS: Millis = 180 * 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use model::alert::Triage;
    use model::loan::FiledAddresses;
    use model::{About, ContractId, Explanation, LenderId, Loan, Severity, VehicleId, WithdrawReason};
    use store::LoanNotes;

    const DAY_MS: Millis = 86_400_000;

    fn point(north_e7: i64) -> Coordinates {
        Coordinates::from_e7(225_000_000 + north_e7, 1_140_000_000).unwrap()
    }

    fn row() -> LoanRow {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let loan =
            Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, Timestamp::default());
        // The home is where it stands each night, the work address five kilometres away.
        let filed = FiledAddresses { home: Some(point(0)), work: Some(point(450_000)) };
        let notes = LoanNotes { filed, ..LoanNotes::default() };
        LoanRow { loan, vehicle, in_book: true, paid_at: None, notes }
    }

    fn nights() -> Vec<Stay> {
        let night = |day: i64| {
            let from = Timestamp::from_ms(day * DAY_MS);
            Stay { place: point(1_000), from, to: from.plus(DAY_MS / 3) }
        };
        (1..=30).map(night).collect()
    }

    fn towed(day: i64, state: AlertState) -> Alert {
        let at = Timestamp::from_ms(day * DAY_MS);
        let finding = Finding::Towed {
            anchor: None,
            since: at,
            place: point(0),
            speed_max_tenths_kmh: 360,
            destination: None,
        };
        Alert {
            id: AlertId(format!("{day}")),
            about: About::Vehicle(row().vehicle),
            rule: Rule::Tow,
            episode: at,
            severity: Severity::P2,
            state,
            opened_at: at,
            event_time: at,
            cleared_at: None,
            told_at: None,
            told_again_at: None,
            triage: Triage::default(),
            version: 1,
            explanation: Explanation {
                finding,
                fixes_used: Vec::new(),
                fixes_rejected: Vec::new(),
                loan: None,
                rule_set: String::new(),
                rules_version: 0,
            },
        }
    }

    #[test]
    fn a_filed_address_at_which_the_car_never_stood_is_a_hint_and_one_where_it_stands_is_none() {
        let hints = of(&row(), &[], &nights());
        assert_eq!(hints.len(), 1, "{hints:?}");
        assert_eq!((hints[0].fact.code(), hints[0].since), ("NEVER_AT_WORK", Timestamp::from_ms(DAY_MS)));
        assert!(matches!(hints[0].fact, Fact::NeverAt { stays: 30, .. }), "{hints:?}");
        assert_eq!(of(&row(), &[], &[]), [], "nothing is known of its stays");
        let unfiled = LoanRow { notes: LoanNotes::default(), ..row() };
        assert_eq!(of(&unfiled, &[], &nights()), []);
    }

    #[test]
    fn what_was_seen_is_a_hint_with_its_alert_unless_it_was_taken_back_or_wrong() {
        let at = Timestamp::from_ms(9 * DAY_MS);
        let closed = |reason| AlertState::Closed { reason, by: None, at, note: None };
        let taken_back = AlertState::Withdrawn { reason: WithdrawReason::BindingChanged, at };
        let moved = Alert { rule: Rule::OverdueMoved, ..towed(7, AlertState::Open) };
        let alerts = [
            towed(1, AlertState::Open),
            towed(2, closed(CloseReason::FalseAlarm)),
            towed(3, closed(CloseReason::ConditionOver)),
            towed(4, taken_back),
            moved,
        ];
        let days: Vec<i64> = of(&row(), &alerts, &[]).iter().map(|hint| hint.since.ms() / DAY_MS).collect();
        assert_eq!(days, [3, 1], "the newest first");
        let hint = of(&row(), &alerts[..1], &[]).remove(0);
        assert_eq!((hint.fact.code(), hint.fact.alert()), ("TOW", Some(&alerts[0].id)));
        let many: Vec<Alert> = (1..=9).map(|day| towed(day, AlertState::Open)).collect();
        assert_eq!(of(&row(), &many, &[]).len(), OF_RULE_MAX);
    }
}
