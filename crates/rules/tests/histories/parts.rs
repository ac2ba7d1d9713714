//! What one vehicle has to do with what is told of many, and why it has nothing to do with it.

use crate::fleet::{feed, part_of_outage};
use crate::gatherings::gathered;
use crate::habits::{HOME, commuted};
use crate::history::{HOUR, History, MINUTE};
use crate::places::{circle, watched};
use model::{Alert, PlaceKind, Rule};
use rules::RuleSet;
use rules::fleet::{Condition, Part, parts, settle};

/// What is told of a condition.
fn told(rule: Rule, conditions: &[Condition], history: &History) -> Vec<Alert> {
    let told = settle(rule, conditions, [].into_iter(), history.now, &RuleSet::default());
    told.into_iter().map(|change| change.alert).collect()
}

/// Of the vehicle, in the order of the codes.
fn of(history: &History, live: &[Alert]) -> [Part; 3] {
    history.looked_at(|state, facts| parts(state, facts, live))
}

/// Whether it is part of a gathering of three others that begins so many metres north of home, and what is said of that.
fn in_gathering(history: &History, north_m: i64) -> (bool, String) {
    let cars = [(north_m, 20), (north_m + 40, 15), (north_m + 80, 13)];
    let live = told(Rule::Gathering, &gathered(&cars, true), history);
    assert_eq!(live.len(), 1);
    let [part, _, _] = of(history, &live);
    assert_eq!(part.rule, Rule::Gathering);
    assert!(part.alert.as_ref().is_none_or(|alert| *alert == live[0].id));
    (part.alert.is_some(), part.figures)
}

#[test]
fn a_car_is_part_of_a_gathering_within_reach_of_where_it_has_stood_for_long_enough() {
    let mut history = History::parked(0);
    let (is_part, figures) = in_gathering(&history, 0);
    assert!(!is_part && figures.ends_with(", 1 h 57 min of 12 h"), "{figures}");
    history.stand(11 * HOUR, 10 * MINUTE);
    let (is_part, figures) = in_gathering(&history, 140);
    assert!(is_part && figures.ends_with(", 145 m of 150 m away"), "{figures}");
    let (is_part, figures) = in_gathering(&history, 160);
    assert!(!is_part && figures.ends_with(", and counts; none is told of within 150 m"), "{figures}");
    history.wait(49 * HOUR);
    let (is_part, figures) = in_gathering(&history, 0);
    assert!(!is_part && figures.contains("was not heard"), "{figures}");
    let (is_part, figures) = in_gathering(&History::moved(0), 1_800);
    assert_eq!((is_part, figures.as_str()), (false, "it does not stand"));
}

#[test]
fn a_car_at_home_or_at_a_dealers_is_part_of_no_gathering() {
    let mut home = commuted(15);
    home.stand_at(HOME, 13 * HOUR);
    let mut store = watched(0, [circle("store", PlaceKind::Dealer, 0.0, 200)]);
    store.stand(13 * HOUR, 10 * MINUTE);
    for history in [home, store] {
        let (is_part, figures) = in_gathering(&history, 0);
        assert!(!is_part && figures.ends_with("it counts in none"), "{figures}");
    }
}

#[test]
fn a_car_is_part_of_its_lenders_stale_feed_and_of_no_other() {
    let mut history = History::parked(0);
    let conditions: Vec<Condition> = feed(0, 27).into_iter().collect();
    let live = told(Rule::LoanFeedStale, &conditions, &history);
    let in_feed = |history: &History, live: &[Alert]| {
        let [_, part, _] = of(history, live);
        (part.rule, part.alert, part.figures)
    };
    let (rule, alert, figures) = in_feed(&history, &live);
    assert_eq!((rule, alert.as_ref()), (Rule::LoanFeedStale, Some(&live[0].id)), "{figures}");
    let (_, alert, figures) = in_feed(&history, &[]);
    assert!(
        alert.is_none() && figures.ends_with("by the book of main, of which nothing is told"),
        "{figures}"
    );
    history.loan().lender = model::LenderId("other".into());
    assert_eq!(in_feed(&history, &live).1, None);
    history.loan = None;
    let (_, alert, figures) = in_feed(&history, &live);
    assert_eq!((alert, figures.as_str()), (None, "no loan on it is known, and so no lender"));
}

#[test]
fn a_car_is_part_of_an_outage_if_it_fell_silent_with_what_it_shares() {
    let of_all = part_of_outage(|_| false, true);
    assert_eq!(of_all.rule, Rule::Outage);
    assert!(of_all.alert.is_some() && of_all.figures.starts_with("everyone: 60 of 60 fell silent from "));
    assert!(of_all.figures.ends_with(" on, and it with them"), "{}", of_all.figures);
    let untold = part_of_outage(|_| false, false);
    assert_eq!((untold.alert, untold.figures), (None, of_all.figures), "it is silent all the same");
    let heard = part_of_outage(|car| car == 0, true);
    assert!(
        heard.alert.is_none() && heard.figures.ends_with("and it did not with them"),
        "{}",
        heard.figures
    );
    let others = part_of_outage(|car| car < 31, true);
    assert_eq!(others.figures, "none goes on of what its devices share", "another make");
}
