//! A lender's feed that stops: by a book of days ago nothing is stated, and by the next one everything is again.
//!
//! Shape: lives, what staff heard, of whom arrears were overstated → two shares of cars. Units: cars. Source: `domain.md` §3b (vi).

use crate::cast::{DAY_MS, start};
use crate::facts::plain_departures;
use crate::lender::Owing;
use crate::life::Life;
use crate::spread::Share;
use model::{Alert, Millis, Rule, Timestamp, VehicleId};
use std::collections::BTreeSet;

/// Cars that drove while the book was stale, as only who is past due is told of, and of which nothing of it was stated.
pub(crate) fn left_alone(lives: &[Life], overstated: &BTreeSet<VehicleId>) -> Share {
    let mut share = Share::default();
    for life in lives {
        let is_unknown = |at: Timestamp| {
            life.debt.at(start(), at) == Owing::Nothing && life.debt.owed(at) != Owing::Nothing
        };
        if life.facts.iter().any(|fact| fact.rule == Rule::OverdueMoved && is_unknown(fact.at)) {
            share.add(!overstated.contains(&life.vehicle));
        }
    }
    share
}

/// Cars that drove in the days after the feed came back, and were told of.
pub(crate) fn told_again(lives: &[Life], heard: &[(Timestamp, &Alert)]) -> Share {
    let mut share = Share::default();
    for life in lives {
        let Some(back) = life.debt.lender.is_back(start()) else { continue };
        let days = back..back.plus(BELIEVED_WITHIN_MS);
        if !plain_departures(life).iter().any(|leaves| days.contains(leaves)) {
            continue;
        }
        share.add(heard.iter().any(|(told_at, alert)| {
            let of_it = alert.about.vehicle() == Some(life.vehicle) && alert.rule == Rule::OverdueMoved;
            of_it && days.contains(told_at)
        }));
    }
    share
}

/// Each of them drives each day.
const BELIEVED_WITHIN_MS: Millis = 3 * DAY_MS;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lender::Lender;
    use crate::life::Part;
    use crate::promises::tests::{alert, life_of};

    /// A car that drives each day and whose lender fails.
    fn life() -> Life {
        life_of(Part::Commuter, |life| life.debt.lender == Lender::Failing)
    }

    #[test]
    fn who_drove_by_a_stale_book_and_was_told_of_was_not_left_alone() {
        let life = life();
        let overstated = |cars: &[VehicleId]| {
            let share = left_alone(std::slice::from_ref(&life), &cars.iter().copied().collect());
            (share.hits, share.of)
        };
        assert_eq!((overstated(&[]), overstated(&[life.vehicle])), ((1, 1), (0, 1)));
        let steady = life_of(Part::Commuter, |life| life.debt.lender == Lender::Steady);
        assert_eq!(left_alone(&[steady], &BTreeSet::new()).of, 0);
    }

    #[test]
    fn who_drives_when_the_feed_is_back_must_be_told_of() {
        let life = life();
        let back = life.debt.lender.is_back(start()).unwrap();
        let told = |rule, at: Timestamp| {
            let alert = alert(&life, rule, at, true);
            let share = told_again(std::slice::from_ref(&life), &[(at, &alert)]);
            (share.hits, share.of)
        };
        assert_eq!(told(Rule::OverdueMoved, back), (1, 1));
        assert_eq!(told(Rule::OverdueMoved, back.plus(-1)), (0, 1), "by a stale book");
        assert_eq!(told(Rule::Tow, back), (0, 1));
        let steady = life_of(Part::Commuter, |life| life.debt.lender == Lender::Steady);
        assert_eq!(told_again(&[steady], &[]).of, 0);
    }
}
