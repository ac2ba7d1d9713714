//! What must never happen, however good the shares are: silence that was the server's or the network's own, arrears that could
//! not be stated, an alert of arrears that a payment left standing.
//!
//! Shape: lives and alerts → what happened, in words. Units: as in `model`.

use crate::cast::start;
use crate::lender::Owing;
use crate::life::{Life, Part};
use crate::score::event_of;
use crate::spread::Share;
use model::loan::Standing;
use model::{Alert, AlertState, Millis, Rule, Timestamp, VehicleId};
use std::collections::BTreeMap;

/// Cars of which silence was told, of any severity, within or soon after an outage, and which were not silent.
pub(crate) fn false_silences(
    lives: &BTreeMap<VehicleId, &Life>,
    alerts: &[Alert],
    (from_ms, long_ms): (Millis, Millis),
) -> Vec<String> {
    let is_because = |alert: &&Alert| {
        let since = alert.opened_at.since(start().plus(from_ms));
        SILENCES.contains(&alert.rule) && (0..long_ms + AFTER_MS).contains(&since)
    };
    let told = alerts.iter().filter(is_because).filter_map(|alert| {
        let life = lives.get(&alert.about.vehicle()?)?;
        (!is_silent(life, alert)).then(|| {
            let Alert { rule, severity, opened_at, .. } = alert;
            format!("silence {} {} {rule} {severity} told {opened_at}", life.vehicle, life.label())
        })
    });
    told.collect()
}

/// A car that fell silent is silent by whatever rule it is told.
fn is_silent(life: &Life, alert: &Alert) -> bool {
    let at = event_of(alert);
    let speaks = |rule: Rule| rule == alert.rule || SILENCES.contains(&rule);
    life.facts.iter().any(|fact| speaks(fact.rule) && fact.from <= at && at <= fact.to)
}

/// It says that something is past due, and by the books that were delivered that could not be said.
pub(crate) fn overstates(life: &Life, told_at: Timestamp, alert: &Alert) -> bool {
    states_arrears(alert) && life.debt.at(start(), told_at) == Owing::Nothing
}

/// People read of it that something is past due: its name says so, or the days are written beside it. The server's word that
/// its book is stale keeps days from being written; it does not make an alert of arrears one of something else.
fn states_arrears(alert: &Alert) -> bool {
    let rests_on_arrears = OF_ARREARS.contains(&alert.rule);
    alert
        .explanation
        .loan
        .as_ref()
        .is_some_and(|loan| matches!(loan.standing, Standing::Overdue(_)) && (loan.fresh || rests_on_arrears))
}

/// What payments left standing.
#[derive(Default)]
pub(crate) struct Payments {
    /// Payments upon which every alert of arrears was gone within a minute, of those that found one.
    pub(crate) withdrew: Share,
    /// Alerts that were still live.
    pub(crate) left: BTreeMap<Rule, u32>,
}

impl Payments {
    pub(crate) fn of(lives: &[Life], alerts: &[Alert]) -> Self {
        let mut payments = Self::default();
        for life in lives.iter().filter(|life| life.plays(Part::Payer)) {
            let Some(paid_at) = life.debt.paid_at else { continue };
            let live_at = |at: Timestamp| {
                let of_it = alerts.iter().filter(|alert| alert.about.vehicle() == Some(life.vehicle));
                of_it.filter(|alert| states_days(alert)).filter(move |alert| is_live(alert, at))
            };
            let left: Vec<Rule> =
                live_at(paid_at.plus(WITHDRAWN_WITHIN_MS)).map(|alert| alert.rule).collect();
            if live_at(paid_at).next().is_some() || !left.is_empty() {
                payments.withdrew.add(left.is_empty());
            }
            for rule in left {
                *payments.left.entry(rule).or_default() += 1;
            }
        }
        payments
    }
}

fn states_days(alert: &Alert) -> bool {
    let loan = alert.explanation.loan.as_ref();
    loan.is_some_and(|loan| matches!(loan.standing, Standing::Overdue(_)))
}

fn is_live(alert: &Alert, at: Timestamp) -> bool {
    let ended_at = match &alert.state {
        AlertState::Unconfirmed | AlertState::Open | AlertState::Acknowledged { .. } => None,
        AlertState::Closed { at, .. } | AlertState::Withdrawn { at, .. } => Some(*at),
    };
    alert.opened_at <= at && ended_at.is_none_or(|ended_at| ended_at > at)
}

/// Rules that say of one car that it, or a device of it, is not heard.
const SILENCES: [Rule; 5] = [
    Rule::OverdueOffline,
    Rule::PairLiveness,
    Rule::WirelessMissed,
    Rule::OfflineNoLoan,
    Rule::PersonAndCarLost,
];
/// Rules that speak of a borrower's arrears by their name or by what staff are to do.
const OF_ARREARS: [Rule; 5] = [
    Rule::OverdueMoved,
    Rule::OverdueOffline,
    Rule::PersonAndCarLost,
    Rule::SevereBoundary,
    Rule::RecoveryWindow,
];
/// Silence that is told so soon after the outage is told because of it.
const AFTER_MS: Millis = 6 * 3_600_000;
/// A payment withdraws within seconds; two steps of the play.
const WITHDRAWN_WITHIN_MS: Millis = 60_000;
