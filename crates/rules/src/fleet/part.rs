//! Whether one vehicle is part of what many have in common, and why not.
//!
//! Shape: the vehicle's state and facts, and the alerts about no single vehicle that were live then, in; one [`Part`] a rule out,
//! in the order of the codes. It changes nothing. Whether a gathering or an outage begins is for all vehicles together to say, so
//! that no part says that one does. Units: metres, journal time. Errors: none. Source: `domain.md` §3b GATHERING, LOAN_FEED_STALE,
//! §7 (carrier outage guard).

use super::{Ground, Outage};
use crate::VehicleState;
use crate::geometry::distance_m;
use crate::judge::{Facts, span};
use crate::rule_set::hours;
use model::{About, Alert, AlertId, Coordinates, Finding, Rule};

/// What a rule about many vehicles has to do with one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The rule.
    pub rule: Rule,
    /// The alert of which the vehicle is part.
    pub alert: Option<AlertId>,
    /// How the vehicle stands to it, in words and figures.
    pub figures: String,
}

/// What each of the rules about many vehicles has to do with one. `live` are the alerts that were live then; others than those
/// about many vehicles do no harm.
pub fn parts(state: &VehicleState, facts: &Facts<'_>, live: &[Alert]) -> [Part; 3] {
    let of = |rule: Rule, (alert, figures): (Option<&Alert>, String)| Part {
        rule,
        alert: alert.map(|alert| alert.id.clone()),
        figures,
    };
    let live_of = |rule: Rule| live.iter().filter(move |alert| alert.rule == rule);
    [
        of(Rule::Gathering, in_gathering(state, facts, live_of(Rule::Gathering))),
        of(Rule::LoanFeedStale, in_feed(facts, live_of(Rule::LoanFeedStale))),
        of(Rule::Outage, in_outage(state, facts, live_of(Rule::Outage))),
    ]
}

/// By where it stands: one that does not count by itself is part of none.
fn in_gathering<'a>(
    state: &VehicleState,
    facts: &Facts<'_>,
    live: impl Iterator<Item = &'a Alert>,
) -> (Option<&'a Alert>, String) {
    let ground = Ground { places: facts.places, rule_set: facts.rule_set, now: facts.now };
    let Some((place, since)) = state.stands() else { return (None, "it does not stand".to_owned()) };
    let stood_ms = hours(facts.rule_set.thresholds().gathering.stood_h);
    let stands = format!("it stands since {since}");
    let Some(standing) = ground.standing(facts.vehicle, state) else {
        let why = match facts.now.since(since) {
            short_ms if short_ms < stood_ms => format!("{} of {}", span(short_ms), span(stood_ms)),
            _ => "and was not heard for too long to say that it is there still".to_owned(),
        };
        return (None, format!("{stands}, {why}"));
    };
    if ground.is_usual(&standing, facts.profiles.usual_places()) {
        return (None, format!("{stands}, where it usually does or on a dealer's ground: it counts in none"));
    }
    let within_m = facts.rule_set.thresholds().gathering.within_m;
    let near = live.filter_map(|alert| Some((alert, distance_m(place_of(alert)?, place))));
    match near.min_by_key(|(_, metres)| *metres).filter(|(_, metres)| *metres <= within_m) {
        Some((alert, metres)) => (Some(alert), format!("{stands}, {metres} m of {within_m} m away")),
        None => (None, format!("{stands}, and counts; none is told of within {within_m} m")),
    }
}

const fn place_of(alert: &Alert) -> Option<Coordinates> {
    match &alert.explanation.finding {
        Finding::Gathered { place, .. } => Some(*place),
        _ => None,
    }
}

/// By the lender of its loan.
fn in_feed<'a>(facts: &Facts<'_>, mut live: impl Iterator<Item = &'a Alert>) -> (Option<&'a Alert>, String) {
    let Some(known) = facts.loan else {
        return (None, "no loan on it is known, and so no lender".to_owned());
    };
    let (lender, stated_at) = (&known.loan.lender, known.book_as_of);
    let stated = format!("its loan was stated last as of {stated_at} by the book of {lender}");
    match live.find(|alert| alert.about == About::Lender(lender.clone())) {
        Some(alert) => (Some(alert), stated),
        None => (None, format!("{stated}, of which nothing is told")),
    }
}

/// By what its devices share, and when they were heard last.
fn in_outage<'a>(
    state: &VehicleState,
    facts: &Facts<'_>,
    mut live: impl Iterator<Item = &'a Alert>,
) -> (Option<&'a Alert>, String) {
    let mut shared = facts.outages.going_on().filter(|outage| outage.holds(state));
    let silenced = facts.outages.going_on().find(|outage| outage.has_silenced(state));
    let words = |Outage { group, since, silent, of, .. }: &Outage| {
        format!("{group}: {silent} of {of} fell silent from {since} on")
    };
    match (silenced, shared.next()) {
        (Some(outage), _) => {
            let alert = live.find(|alert| alert.about == About::Group(outage.group));
            (alert, format!("{}, and it with them", words(outage)))
        }
        (None, Some(outage)) => (None, format!("{}, and it did not with them", words(outage))),
        (None, None) => (None, "none goes on of what its devices share".to_owned()),
    }
}
