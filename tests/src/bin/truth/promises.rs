//! What must never happen, however good the shares are: silence that was the server's or the network's own, arrears that could
//! not be stated.
//!
//! Shape: lives and alerts → what happened, in words. Units: as in `model`.

use crate::cast::start;
use crate::lender::Owing;
use crate::life::Life;
use crate::play::Outage;
use crate::score::event_of;
use model::loan::Standing;
use model::{Alert, Rule, Timestamp, VehicleId};
use std::collections::BTreeMap;

/// Cars of which silence was told, of any severity, within or soon after an outage, and which were not silent.
pub(crate) fn false_silences(
    lives: &BTreeMap<VehicleId, &Life>,
    alerts: &[Alert],
    outage: &Outage,
) -> Vec<(VehicleId, String)> {
    let is_because = |alert: &&Alert| {
        let since = alert.opened_at.since(start().plus(outage.from));
        SILENCES.contains(&alert.rule) && (0..outage.long + outage.echo).contains(&since)
    };
    let told = alerts.iter().filter(is_because).filter_map(|alert| {
        let life = lives.get(&alert.about.vehicle()?)?;
        (!is_silent(life, alert)).then(|| {
            let Alert { rule, severity, opened_at, .. } = alert;
            let label = life.label();
            (life.vehicle, format!("silence {} {label} {rule} {severity} told {opened_at}", life.vehicle))
        })
    });
    told.collect()
}

/// A car that fell silent is silent by whatever rule it is told; a device that only overslept has missed its hour, and nothing else.
fn is_silent(life: &Life, alert: &Alert) -> bool {
    let at = event_of(alert);
    let speaks = |rule: Rule| rule == alert.rule || rule == Rule::OverdueOffline;
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

/// Rules that say of one car that it, or a device of it, is not heard.
const SILENCES: [Rule; 5] = [
    Rule::OverdueOffline,
    Rule::PairLiveness,
    Rule::WirelessMissed,
    Rule::OfflineNoLoan,
    Rule::PersonAndCarLost,
];
/// Rules that speak of a borrower's arrears by their name or by what staff are to do.
pub(crate) const OF_ARREARS: [Rule; 5] = [
    Rule::OverdueMoved,
    Rule::OverdueOffline,
    Rule::PersonAndCarLost,
    Rule::SevereBoundary,
    Rule::RecoveryWindow,
];

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::Play;
    use crate::cast::{DAY_MS, HOUR_MS, cast};
    use crate::lender::{Lender, row};
    use crate::life::{Fact, Part};
    use crate::play::OUTAGES;
    use model::alert::LoanSnapshot;
    use model::alert::Triage;
    use model::loan::{DaysPastDue, Dealings};
    use model::{About, AlertId, AlertState, Explanation, Finding, Millis, Severity};

    const PLAY: Play = Play { seed: 3, vehicles: 500, days: 60, show: 0 };

    pub(crate) fn life_of(part: Part, fits: impl Fn(&Life) -> bool) -> Life {
        cast(PLAY).into_iter().find(|life| life.plays(part) && fits(life)).unwrap()
    }

    /// Raised of a car by a book of that freshness.
    pub(crate) fn alert(life: &Life, rule: Rule, opened_at: Timestamp, fresh: bool) -> Alert {
        let terminal = life.fittings[0].terminal;
        let standing = Standing::Overdue(DaysPastDue(20));
        let loan = row(&life.debt, life.vehicle, opened_at);
        Alert {
            id: AlertId("one".into()),
            rule,
            about: About::Vehicle(life.vehicle),
            episode: opened_at,
            severity: Severity::P3,
            state: AlertState::Open,
            version: 1,
            opened_at,
            event_time: opened_at,
            cleared_at: None,
            told_at: None,
            told_again_at: None,
            triage: Triage::default(),
            explanation: Explanation {
                finding: Finding::TooFast { terminal, at: opened_at },
                fixes_used: Vec::new(),
                fixes_rejected: Vec::new(),
                loan: Some(LoanSnapshot {
                    loan,
                    standing,
                    fresh,
                    book_as_of: None,
                    dealings: Dealings::default(),
                    course: None,
                }),
                rule_set: "default".into(),
                rules_version: 1,
            },
        }
    }

    #[test]
    fn silence_told_after_an_outage_is_false_by_every_rule_and_severity() {
        let life = life_of(Part::Commuter, |_| true);
        let lives = BTreeMap::from([(life.vehicle, &life)]);
        let told = |rule, after_ms: Millis| {
            let alerts = [alert(&life, rule, start().plus(OUTAGES[0].from + after_ms), true)];
            false_silences(&lives, &alerts, &OUTAGES[0]).len()
        };
        for rule in SILENCES {
            assert_eq!(
                (told(rule, -1), told(rule, 0), told(rule, OUTAGES[0].long + HOUR_MS)),
                (0, 1, 1),
                "{rule}"
            );
        }
        assert_eq!(told(Rule::Tow, 0), 0);
    }

    #[test]
    fn a_car_that_is_gone_is_silent_by_whatever_rule() {
        let down_at = start().plus(OUTAGES[1].from);
        let life = life_of(Part::Vanisher, |life| {
            life.facts.iter().any(|fact| fact.rule == Rule::OverdueOffline && fact.from <= down_at)
        });
        let lives = BTreeMap::from([(life.vehicle, &life)]);
        let alerts = [alert(&life, Rule::PersonAndCarLost, down_at, true)];
        assert_eq!(false_silences(&lives, &alerts, &OUTAGES[1]), Vec::new());
    }

    #[test]
    fn a_device_that_overslept_has_missed_its_hour_and_its_car_is_not_silent() {
        let overslept = |life: &Life| {
            let is_long_before =
                |fact: &&Fact| life.is_lost_from().is_none_or(|lost| lost > fact.to.plus(2 * DAY_MS));
            let missed = life.facts.iter().filter(|fact| fact.rule == Rule::WirelessMissed);
            missed.into_iter().find(is_long_before).map(|fact| fact.from)
        };
        let life = life_of(Part::Daily, |life| overslept(life).is_some());
        let (lives, missed_at) = (BTreeMap::from([(life.vehicle, &life)]), overslept(&life).unwrap());
        let outage = Outage { from: missed_at.since(start()), long: 3 * HOUR_MS, echo: 3 * HOUR_MS };
        let told = |rule, at| false_silences(&lives, &[alert(&life, rule, at, true)], &outage).len();
        assert_eq!(told(Rule::WirelessMissed, missed_at.plus(HOUR_MS)), 0);
        assert_eq!(told(Rule::OverdueOffline, missed_at.plus(HOUR_MS)), 1, "once is no silence of the car");
    }

    #[test]
    fn arrears_by_a_stale_book_are_overstated_whatever_the_server_calls_fresh() {
        let failing = life_of(Part::Holiday, |life| life.debt.lender == Lender::Failing);
        let steady = life_of(Part::Holiday, |life| life.debt.lender == Lender::Steady);
        let told = |life: &Life, rule, hours: i64, fresh| {
            let at = start().plus(hours * HOUR_MS);
            overstates(life, at, &alert(life, rule, at, fresh))
        };
        // Its book of the eleventh day, at one o'clock, is the last before the sixteenth.
        let last = 11 * 24 + 1;
        for fresh in [true, false] {
            assert!(!told(&failing, Rule::OverdueMoved, last + 26, fresh));
            assert!(told(&failing, Rule::OverdueMoved, last + 27, fresh));
            assert!(!told(&failing, Rule::OverdueMoved, 16 * 24 + 2, fresh));
            assert!(!told(&steady, Rule::OverdueMoved, last + 27, fresh));
        }
        // What happened to a car is told by a stale book too, without the days.
        assert!(told(&failing, Rule::Tow, last + 27, true) && !told(&failing, Rule::Tow, last + 27, false));
    }
}
