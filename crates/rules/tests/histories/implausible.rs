//! Reports of what cannot be: they prove that a device lives, and neither move a car nor park it.

use crate::history::{DAY, HOUR, History, MINUTE, Report};
use model::finding::{Finding, Implausibility};
use model::{Millis, Rule};

/// A kind of report, by how many came before it.
type Kind = (Implausibility, fn(u16) -> Report);

const KINDS: [Kind; 4] = [
    (Implausibility::Frozen, |step| Report { speed_kmh: Some(20 + step % 60), ..Report::driving(0.0) }),
    (Implausibility::Future, |step| Report { lag_ms: -3 * HOUR, ..away(step) }),
    (Implausibility::Undated, |step| Report { dated: false, ..away(step) }),
    (Implausibility::NoFix, |step| Report { fixed: false, ..away(step) }),
];

/// Off north at ten metres a second, for a day.
fn away(step: u16) -> Report {
    Report::driving(6_000.0 * f64::from(step % 144))
}

/// Nothing but such reports, each ten minutes.
fn told(history: &mut History, report: fn(u16) -> Report, span: Millis) {
    let times = u16::try_from(span / (10 * MINUTE)).unwrap();
    history.trail(10 * MINUTE, (0..times).map(report));
}

/// What a rule for devices says of them.
fn implausible(history: &History) -> Option<Implausibility> {
    let alert = history.live(Rule::JumpSpoof).or(history.live(Rule::ClockQuality))?;
    match alert.explanation.finding {
        Finding::Implausible { what, .. } => Some(what),
        _ => None,
    }
}

#[test]
fn what_cannot_be_proves_life_and_is_no_departure_of_a_car_that_stands() {
    for (what, report) in KINDS {
        let mut history = History::parked(30);
        let stood = history.state.stands();
        told(&mut history, report, 4 * DAY);
        assert_eq!(implausible(&history), Some(what));
        assert_eq!(history.state.heard_at(), Some(history.now), "{what}");
        assert_eq!((history.state.stands(), history.stays.len()), (stood, 0), "{what}");
        assert_eq!(history.state.last_place().map(|(place, _)| place), stood.map(|(place, _)| place));
        let raised = [Rule::OverdueMoved, Rule::OverdueOffline, Rule::Tow, Rule::JamSuspect];
        assert!(!raised.into_iter().any(|rule| history.raised(rule)), "{what}");
        history.drive_off();
        assert!(history.raised(Rule::OverdueMoved), "what can be counts at once behind {what}");
    }
    let mut silent = History::parked(30);
    silent.wait(4 * DAY);
    assert!(silent.raised(Rule::OverdueOffline));
}

#[test]
fn what_cannot_be_parks_no_car_that_is_under_way() {
    let home: [Kind; 4] = [
        (Implausibility::Frozen, |step| Report {
            speed_kmh: Some(20 + step % 60),
            ..Report::driving(1_800.0)
        }),
        (Implausibility::Future, |_| Report { lag_ms: -3 * HOUR, ..Report::default() }),
        (Implausibility::Undated, |_| Report { dated: false, ..Report::default() }),
        (Implausibility::NoFix, |_| Report { fixed: false, ..Report::default() }),
    ];
    for (what, report) in home {
        let mut history = History::moved(30);
        let last = history.state.last_place();
        told(&mut history, report, HOUR);
        assert!(history.state.is_moving(), "{what}");
        assert_eq!(
            history.state.last_place().map(|(place, _)| place),
            last.map(|(place, _)| place),
            "{what}"
        );
        assert!(history.live(Rule::OverdueMoved).unwrap().cleared_at.is_none(), "{what}");
    }
}
