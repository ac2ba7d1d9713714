//! Facts that may say that somebody else drives a car, or that somebody else was meant to: no judgement, each with its time.
//!
//! Shape: the car's alerts, its stays and the filed addresses in, [`Hint`]s out, the newest first. Errors: those of the store.
//! Source: `domain.md` §2.5 (who really uses it, has another creditor towed it, was it a straw purchase), §3a.

use crate::alerts::{place, seen};
use crate::site::Site;
use anyhow::Result;
use model::{Alert, AlertState, CloseReason, Coordinates, Millis, Rule, Stay, Timestamp};
use rules::{Absence, absence};
use serde::Serialize;
use std::cmp::Reverse;
use store::{AlertQuery, LoanRow, Stretch};

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Hint {
    /// Code of the rule that saw it, or of the comparison.
    pub(super) code: String,
    /// Since when.
    pub(super) since: Timestamp,
    /// What was seen, in words.
    pub(super) what: String,
    /// The alert that explains it.
    pub(super) alert: Option<String>,
}

/// What is known of who uses a loan's car.
pub(super) async fn hints(site: &Site, row: &LoanRow, now: Timestamp) -> Result<Vec<Hint>> {
    let query = AlertQuery { vehicle: Some(row.vehicle), ..AlertQuery::default() };
    let alerts = site.store.alerts(&query).await?;
    let stays = match row.notes.filed.home.or(row.notes.filed.work) {
        Some(_) => {
            site.store.stays(row.vehicle, Stretch { from: now.plus(-LOOKED_BACK_MS), to: now }).await?
        }
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
    let addresses = [("home", row.notes.filed.home), ("work", row.notes.filed.work)];
    let never = addresses.into_iter().filter_map(|(kind, filed)| never_at(kind, filed?, stays));
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
        code: alert.rule.to_string(),
        since: alert.episode,
        what: seen(alert),
        alert: Some(alert.id.to_string()),
    })
}

fn never_at(kind: &str, filed: Coordinates, stays: &[Stay]) -> Option<Hint> {
    let Absence { since, stays, nearest_m } = absence(stays, filed)?;
    let what = format!(
        "none of its {stays} stays since then was within {} m of the filed {kind} address {}; the nearest {nearest_m} m away",
        rules::ADDRESS_M,
        place(filed)
    );
    Some(Hint { code: format!("NEVER_AT_{}", kind.to_uppercase()), since, what, alert: None })
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
    use crate::alerts::sample;
    use model::loan::FiledAddresses;
    use model::{ContractId, LenderId, Loan, VehicleId, WithdrawReason};
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
        let finding = model::Finding::Towed {
            anchor: None,
            since: at,
            place: point(0),
            speed_max_tenths_kmh: 360,
            destination: None,
        };
        Alert { state, ..sample::alert(row().vehicle, Rule::Tow, finding, at) }
    }

    #[test]
    fn a_filed_address_at_which_the_car_never_stood_is_a_hint_and_one_where_it_stands_is_none() {
        let hints = of(&row(), &[], &nights());
        assert_eq!(hints.len(), 1, "{hints:?}");
        assert_eq!((hints[0].code.as_str(), hints[0].since), ("NEVER_AT_WORK", Timestamp::from_ms(DAY_MS)));
        assert!(hints[0].what.starts_with("none of its 30 stays since then was within 1000 m"), "{hints:?}");
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
        assert_eq!((hint.code.as_str(), hint.alert), ("TOW", Some(alerts[0].id.to_string())));
        let many: Vec<Alert> = (1..=9).map(|day| towed(day, AlertState::Open)).collect();
        assert_eq!(of(&row(), &many, &[]).len(), OF_RULE_MAX);
    }
}
