//! What is true of a life, and therefore to be told, or allowed to be.
//!
//! Shape: a life, its hour and the end of the story → facts. Units: as in `model`. Nothing here knows what a device makes of it.

use crate::cast::{CHANGED_DAYS, DAY_MS, HOUR_MS, MINUTE_MS, network_is_back, network_is_down, start};
use crate::lender::{Lender, Owing};
use crate::life::{Fact, Life, Mishap, NIGHT_MS, Part, rested};
use crate::verdict::SCORED;
use model::{Rule, Timestamp};
use std::fmt::Write as _;

/// Everything of one car; `hour` is when what it is there for happens.
pub(crate) fn facts(life: &Life, hour: Timestamp, end: Timestamp) -> Vec<Fact> {
    let mut facts = departures(life, end);
    facts.extend(silences(life, end));
    facts.extend(overslept(life));
    facts.extend(jumps(life));
    let of = |rule, from, to, must| Fact { rule, from, to, at: hour, must };
    for part in life.parts {
        match part {
            Part::Tampered => {
                // Where there is no network its word is heard late, and never of a car that is gone by then.
                let must = !network_is_down(hour);
                facts.push(of(Rule::TamperLight, hour.plus(-MINUTE_MS), hour.plus(5 * MINUTE_MS), must));
            }
            Part::Split => {
                let standing = life.drives.last().map_or(hour, |(_, to)| *to);
                // The hidden device must have woken twice.
                let must = end.since(standing) > 4 * DAY_MS;
                facts.push(of(Rule::PairSeparated, hour, end, must));
            }
            Part::MovedHome => {
                // Where the book is stale it is on the work list only; and ten days must have passed.
                let must =
                    life.debt.lender == Lender::Steady && end.since(hour) > CHANGED_DAYS * DAY_MS - DAY_MS;
                facts.push(of(Rule::HabitReplaced, hour.plus(-DAY_MS), hour.plus(DAY_MS), must));
            }
            Part::Towed => {
                facts.push(of(Rule::Tow, hour.plus(-MINUTE_MS), hour.plus(30 * MINUTE_MS), true));
            }
            _ => {}
        }
    }
    facts
}

/// The facts of the rules that are scored, as a back-test takes them: which vehicle, which rule, within which time, and whether it
/// must be told.
pub(crate) fn table(lives: &[Life]) -> String {
    let mut table = "vehicle,rule,from,to,must\n".to_owned();
    for life in lives {
        for Fact { rule, from, to, must, .. } in life.facts.iter().filter(|fact| SCORED.contains(&fact.rule))
        {
            let _ = writeln!(table, "{},{rule},{from},{to},{must}", life.vehicle);
        }
    }
    table
}

/// A receiver that was fed other places. To miss it for hours is a miss.
fn jumps(life: &Life) -> Vec<Fact> {
    let fact = |mishap: &Mishap| {
        let Mishap::Jumps { from, to } = *mishap else { return None };
        let is_heard = !network_is_down(from) && !network_is_down(to);
        let must = is_heard && to.since(from) >= FED_MS;
        Some(Fact { rule: Rule::JumpSpoof, from, to: to.plus(HOUR_MS), at: from, must })
    };
    life.mishaps.iter().filter_map(fact).collect()
}

/// Departures of a car that is known to be at least six days past due. To miss one after a day's rest is a miss; in
/// between, twelve hours of quiet are agreed upon.
fn departures(life: &Life, end: Timestamp) -> Vec<Fact> {
    let seen = life.is_wired();
    let last = life.is_lost_from().unwrap_or(end);
    let mut facts = Vec::new();
    let mut rested_from = start();
    for (leaves, stands) in life.drives.iter().copied() {
        let (owed, known) = (life.debt.owed(leaves), life.debt.at(start(), leaves) != Owing::Nothing);
        let rested_ms = leaves.since(rested_from);
        rested_from = stands;
        if !matches!(owed, Owing::Days(days) if days >= WATCHED_FROM_DAY) {
            continue;
        }
        if let Some(heard_at) = life.is_unheard_until(leaves) {
            let must = known && seen && rested_ms >= NIGHT_MS;
            facts.extend(gone_unheard(life, leaves, heard_at).map(|fact| Fact { must, ..fact }));
            continue;
        }
        let is_plain = leaves < last && stands.since(leaves) >= 5 * MINUTE_MS;
        let is_heard = !network_is_down(leaves) && !network_is_down(stands);
        let must =
            known && seen && is_plain && is_heard && rested_ms >= DAY_MS && leaves.since(start()) > DAY_MS;
        // A short drive may be seen by the next report of where it stands only; what happened without a network, by what is
        // heard when it is back.
        let to = if is_heard {
            stands.plus(35 * MINUTE_MS)
        } else {
            stands.max(network_is_back()).plus(2 * HOUR_MS)
        };
        facts.push(Fact {
            rule: Rule::OverdueMoved,
            from: leaves.plus(-2 * MINUTE_MS),
            to,
            at: leaves,
            must,
        });
    }
    facts
}

/// What a device tells late is history; that the car is elsewhere when it is heard again is not.
fn gone_unheard(life: &Life, leaves: Timestamp, heard_at: Timestamp) -> Option<Fact> {
    let spot = |at: Timestamp| life.plan.truth(at).spot;
    let is_elsewhere = spot(heard_at).axis_distance_mm(spot(leaves)) >= ELSEWHERE_MM;
    // It was last seen where it stood half an hour before it left.
    let (from, to) = (leaves.plus(-35 * MINUTE_MS), heard_at.plus(4 * HOUR_MS));
    is_elsewhere.then_some(Fact { rule: Rule::OverdueMoved, from, to, at: heard_at, must: true })
}

/// The departures by which the lender's word can be told: owed for long enough, seen by a device that says when it leaves, and
/// behind a night of rest.
pub(crate) fn plain_departures(life: &Life) -> Vec<Timestamp> {
    let hidden = life.plays(Part::Garaged) || life.plays(Part::DeadWire) || !life.is_wired();
    let lost_from = life.is_lost_from();
    let is_plain = |(leaves, stands): &(Timestamp, Timestamp)| {
        !hidden
            && stands.since(*leaves) >= 5 * MINUTE_MS
            && lost_from.is_none_or(|lost_from| *leaves < lost_from)
            && !network_is_down(*leaves)
            && life.is_unheard_until(*leaves).is_none()
            && matches!(life.debt.owed(*leaves), Owing::Days(days) if days >= WATCHED_FROM_DAY)
    };
    rested(&life.drives).filter(is_plain).map(|(leaves, _)| leaves).collect()
}

/// A car that was underground for a day or longer may be told of: it has not been heard.
fn long_nights(life: &Life) -> Vec<Fact> {
    let mut unheard: Vec<(Timestamp, Timestamp)> = Vec::new();
    for mishap in &life.mishaps {
        let Mishap::Underground { from, to } = *mishap else { continue };
        match unheard.last_mut() {
            // Round the block: up the ramp and down the next before it has said anything.
            Some((_, last)) if from.since(*last) < SAID_NOTHING_MS => *last = to,
            _ => unheard.push((from, to)),
        }
    }
    let nights =
        unheard.into_iter().filter(|(from, to)| to.since(*from) >= 23 * HOUR_MS).map(|(from, _)| from);
    let fact = |at: Timestamp| {
        let (from, to) = (at.plus(-HOUR_MS), at.plus(HOUR_MS));
        Fact { rule: Rule::OverdueOffline, from, to, at, must: false }
    };
    nights.map(fact).collect()
}

/// A device that did not wake has missed its hour: of one that reports once a day it is known the next day, later where its network
/// is down.
fn overslept(life: &Life) -> Vec<Fact> {
    let mishaps = life.mishaps.iter().filter_map(|mishap| match mishap {
        Mishap::Overslept { day } => Some(start().plus(day * DAY_MS)),
        _ => None,
    });
    let fact = |from: Timestamp| {
        let to = from.plus(2 * DAY_MS);
        Fact { rule: Rule::WirelessMissed, from, to, at: from, must: false }
    };
    mishaps.map(fact).collect()
}

/// A car that fell silent for good.
fn silences(life: &Life, end: Timestamp) -> Vec<Fact> {
    let gone = life.mishaps.iter().find_map(|mishap| match mishap {
        Mishap::Gone { from } => Some(*from),
        _ => None,
    });
    let Some(from) = gone else { return long_nights(life) };
    // A day of silence and a night for the book; and days enough for somebody to be told.
    let known = (24..72).all(|hour| life.debt.at(start(), from.plus(hour * HOUR_MS)) != Owing::Nothing);
    let must = known && end.since(from) > 3 * DAY_MS;
    let fact = |rule, must| Fact { rule, from: from.plus(-2 * DAY_MS), to: end, at: from, must };
    // The hidden device is silent too, and what it misses may be told.
    vec![fact(Rule::OverdueOffline, must), fact(Rule::WirelessMissed, false)]
}

/// Some blocks away.
const ELSEWHERE_MM: i64 = 800_000;
/// Two reports of a device under way.
const SAID_NOTHING_MS: i64 = MINUTE_MS;
/// Collection staff ask to be told from the sixth day on.
const WATCHED_FROM_DAY: i32 = 6;
/// A device that stands says its place twice an hour.
pub(crate) const FED_MS: i64 = 6 * HOUR_MS;

#[cfg(test)]
mod tests {
    use crate::Play;
    use crate::cast::cast;
    use crate::verdict::SCORED;

    #[test]
    fn five_hundred_cars_are_thirty_cases_and_more_of_each_scored_rule() {
        for seed in 1..=5 {
            let lives = cast(Play { seed, vehicles: 500, days: 60, show: 0 });
            let facts: Vec<_> = lives.iter().flat_map(|life| &life.facts).filter(|fact| fact.must).collect();
            for rule in SCORED {
                let cases = facts.iter().filter(|fact| fact.rule == rule).count();
                assert!(cases >= 30, "seed {seed} {rule}: {cases}");
            }
        }
    }
}
