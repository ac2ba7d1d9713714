//! What `explain` says of the rules about many vehicles: whether this one is part of what was told then, and where to look.
//!
//! Shape: the alerts of these rules that were live at a time, the vehicle's state and facts, in; a line a rule out. Units: journal
//! time. Errors: those of the store. Source: `domain.md` §3b GATHERING, LOAN_FEED_STALE, §7 (carrier outage guard).

use super::Line;
use crate::site::Site;
use anyhow::Result;
use model::{Alert, AlertState, Rule, Timestamp};
use rules::fleet::{Part, parts};
use rules::{Facts, VehicleState};
use store::AlertQuery;

/// The alerts about many vehicles that were live at a time. The newest of each rule, as many as a list holds.
pub(super) async fn live(site: &Site, at: Timestamp) -> Result<Vec<Alert>> {
    let mut live = Vec::new();
    for rule in [Rule::Gathering, Rule::LoanFeedStale, Rule::Outage] {
        let query = AlertQuery { rule: Some(rule), ..AlertQuery::default() };
        live.extend(site.store.alerts(&query).await?.into_iter().filter(|alert| was_live(alert, at)));
    }
    Ok(live)
}

/// A line for each rule about many vehicles.
pub(super) fn lines(state: &VehicleState, facts: &Facts<'_>, live: &[Alert]) -> impl Iterator<Item = Line> {
    parts(state, facts, live).into_iter().map(line)
}

fn was_live(alert: &Alert, at: Timestamp) -> bool {
    let ended_at = match alert.state {
        AlertState::Closed { at, .. } | AlertState::Withdrawn { at, .. } => Some(at),
        AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => None,
    };
    alert.opened_at <= at && ended_at.is_none_or(|ended_at| ended_at > at)
}

fn line(Part { rule, alert, figures }: Part) -> Line {
    let (code, because) = match &alert {
        Some(alert) => ("live", format!("this vehicle is part of {alert}, which was live then")),
        None => ("none", format!("{}; see `lienwatch alerts list --rule {rule}`", about(rule))),
    };
    Line { rule, alert: code, because, condition: figures, holds: alert.is_some(), starts_at: None }
}

/// What such an alert is about: it is raised by what is known of all vehicles, of which only this one's was read here.
const fn about(rule: Rule) -> &'static str {
    match rule {
        Rule::LoanFeedStale => "it is about a lender's book, and was not told of this vehicle's",
        Rule::Outage => "it is about what devices share, and was not told with this vehicle in it",
        _ => "it is about a place, and was not told of where this vehicle was",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::sample;
    use model::{AlertId, CloseReason, Finding, VehicleId};

    #[test]
    fn a_rule_about_many_vehicles_says_which_alert_this_one_is_part_of_or_where_to_look() {
        let part = |rule, alert| Part { rule, alert, figures: "stands".to_owned() };
        let within = line(part(Rule::Gathering, Some(AlertId("abc".into()))));
        assert_eq!((within.alert, within.holds), ("live", true));
        assert_eq!(within.because, "this vehicle is part of abc, which was live then");
        for rule in [Rule::Gathering, Rule::LoanFeedStale, Rule::Outage] {
            let apart = line(part(rule, None));
            assert_eq!((apart.alert, apart.holds, apart.condition.as_str()), ("none", false, "stands"));
            assert!(apart.because.ends_with(&format!("`lienwatch alerts list --rule {rule}`")));
        }
    }

    #[test]
    fn an_alert_was_live_from_its_opening_until_its_end() {
        let at = |second: i64| Timestamp::from_ms(1_795_000_000_000 + second * 1_000);
        let finding = Finding::FeedStale { as_of: at(0), loans: 5 };
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let open = sample::alert(vehicle, Rule::LoanFeedStale, finding, at(0));
        let (reason, by, note) = (CloseReason::ConditionOver, None, None);
        let state = AlertState::Closed { reason, by, at: at(60), note };
        let closed = Alert { state, ..open.clone() };
        let live = |alert: &Alert| [-1, 0, 59, 60].map(|second| was_live(alert, at(second)));
        assert_eq!(live(&open), [false, true, true, true]);
        assert_eq!(live(&closed), [false, true, true, false]);
    }
}
