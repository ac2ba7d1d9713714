//! What `explain` says, in words: facts and figures, no judgement of a person.

use crate::alerts::{place, span};
use crate::zone::Local;
use model::unit::counted;
use model::{Coordinates, DaysPastDue, Millis, TerminalId, Timestamp};
use rules::{Examined, Facts, FrozenProfile, LoanBar, LoanFacts, VehicleState, Verdict};
use watch::Stated;

/// What was known of the vehicle, a line each.
pub(super) fn known(
    state: &VehicleState,
    facts: &Facts<'_>,
    bound: &[TerminalId],
    local: &Local,
) -> Vec<String> {
    let mut lines =
        vec![format!("vehicle    {} at {} ({})", facts.vehicle, local.say(facts.now), local.name())];
    let none = || "loan       none is known".to_owned();
    lines.push(facts.loan.map_or_else(none, |known| loan(known, facts, local)));
    let frozen = facts.frozen.filter(|_| may_say_past_due(facts));
    lines.extend(frozen.map(|frozen| format!("habits     {}", habits(frozen, local))));
    lines.extend(state.devices().map(|device| {
        let role = device.role.map_or("device", |role| role.as_str());
        let seen = device.fix.map(|(at, time)| format!(", position {} at {}", local.say(time), place(at)));
        let left = if bound.contains(&device.terminal) { "" } else { " (not bound to it then)" };
        let (terminal, heard) = (device.terminal, local.say(device.heard_at));
        format!(
            "{role:<10} {terminal}{left}: heard {heard}{}",
            seen.unwrap_or_else(|| ", no position".to_owned())
        )
    }));
    for terminal in bound.iter().filter(|id| state.devices().all(|device| device.terminal != **id)) {
        lines.push(format!("device     {terminal}: never heard on it"));
    }
    lines.push(format!("motion     {}", motion(state, facts.now, local)));
    lines.push(format!(
        "listened   {} in all, {} since the server's last start",
        span(facts.coverage_ms),
        span(facts.run_coverage_ms)
    ));
    lines.push(format!("rules      set {}, code version {}", facts.rule_set.hash(), rules::RULES_VERSION));
    lines
}

fn loan(known: LoanFacts<'_>, facts: &Facts<'_>, local: &Local) -> String {
    let LoanFacts { loan, book_as_of, paid_at, .. } = known;
    let stated = Stated::of_facts(&known, facts.rule_set, facts.now);
    let course = facts.rule_set.course(loan).filter(|_| stated.shows_debt());
    let policy = course.map(|course| format!(", {course} by the policy")).unwrap_or_default();
    let standing = format!("{}{policy}", stated.in_words());
    let paid = paid_at.map(|at| format!(", last payment {}", local.say(at))).unwrap_or_default();
    let (contract, lender) = (&loan.contract, &loan.lender);
    format!(
        "loan       {contract} of {lender}: {standing}, as of {}; its book is as of {}{paid}",
        local.say(loan.as_of),
        local.say(book_as_of)
    )
}

/// Days past due are told nowhere else than where a fresh book states them; nor is what they have frozen.
pub(super) fn may_say_past_due(facts: &Facts<'_>) -> bool {
    let stated = facts.loan.as_ref().map(|known| Stated::of_facts(known, facts.rule_set, facts.now));
    stated.and_then(Stated::past_due).is_some()
}

fn habits(frozen: &FrozenProfile, local: &Local) -> String {
    let day = local.civil(frozen.at, "%F");
    match frozen.places.frequented().count() {
        0 => format!("profile of {day}, frozen: no place was known by then"),
        places => {
            format!("profile of {day}, frozen: {}, of which the usual ones count", counted(places, "place"))
        }
    }
}

/// What it was doing when it was seen last.
#[derive(Debug, Clone, Copy)]
enum Doing {
    StandsSince(Timestamp),
    UnderWay,
    Unknown,
}

fn motion(state: &VehicleState, now: Timestamp, local: &Local) -> String {
    let doing = match state.parked_since() {
        Some(since) => Doing::StandsSince(since),
        None if state.is_moving() => Doing::UnderWay,
        None => Doing::Unknown,
    };
    in_words(doing, state.last_place(), now, local)
}

/// Nobody knows whether a car that was under way hours ago still is.
fn in_words(doing: Doing, last: Option<(Coordinates, Timestamp)>, now: Timestamp, local: &Local) -> String {
    let seen = last.map_or_else(
        || "not seen yet".to_owned(),
        |(at, time)| format!("last seen {} at {}", local.say(time), place(at)),
    );
    let is_news = last.is_some_and(|(_, time)| now.since(time) <= NEWS_MS_MAX);
    match doing {
        Doing::StandsSince(since) => format!("stands since {}; {seen}", local.say(since)),
        Doing::UnderWay if is_news => format!("under way; {seen}"),
        Doing::UnderWay => format!("was under way when {seen}"),
        Doing::Unknown => format!("too few fixes to say; {seen}"),
    }
}

/// A verdict's code, and what it says.
///
/// Days past due stand in it only where they may be said.
pub(super) fn verdict(examined: &Examined, stated: Option<Stated>) -> (&'static str, String) {
    match &examined.verdict {
        Verdict::Live { alert, severity, state, cleared_at } => {
            let over = cleared_at.map(|at| format!(", condition over at {at}, waits for a verdict"));
            ("live", format!("{severity} {alert} is {state}{}", over.unwrap_or_default()))
        }
        Verdict::Barred(bar) => ("barred", barred(*bar, stated.and_then(Stated::past_due))),
        Verdict::Unmet => ("none", unmet(examined)),
        Verdict::Told { alert } => ("told", format!("what holds was told by {alert}, which has ended")),
        Verdict::CoolingDown { alert, until } => {
            ("cooling_down", format!("it holds; {alert} was raised so recently that it waits until {until}"))
        }
        Verdict::Due => ("due", "it holds, and is raised when the vehicle is looked at next".to_owned()),
    }
}

fn unmet(examined: &Examined) -> String {
    if examined.is_stale {
        "the condition does not hold; the book is stale: it would be observed, and not told".to_owned()
    } else {
        "the condition does not hold".to_owned()
    }
}

/// What bars a rule; with the days past due where they may be said.
fn barred(bar: LoanBar, said: Option<DaysPastDue>) -> String {
    match bar {
        LoanBar::TooFewDays { needs, .. } if said.is_none() => {
            format!("it begins at {} past due; the book is stale and states none", counted(needs, "day"))
        }
        LoanBar::Overdue { .. } | LoanBar::AlreadyDue { .. } if said.is_none() => {
            "it is for loans on which nothing is past due; the book is stale and does not say so".to_owned()
        }
        bar => words::bar(bar).en,
    }
}

/// What was seen longer ago than this may have changed since: two of the usual reports on the road and a pause [P].
const NEWS_MS_MAX: Millis = 5 * 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_that_was_under_way_hours_ago_is_not_said_to_be() {
        let (local, seen_at) = (Local::usual(), Timestamp::parse("2026-11-20T04:51:00Z").unwrap());
        let last = Coordinates::from_degrees(22.5, 114.0).ok().map(|at| (at, seen_at));
        let said = |later_ms: Millis| in_words(Doing::UnderWay, last, seen_at.plus(later_ms), &local);
        assert!(
            said(60_000).starts_with("under way; last seen 2026-11-20 12:51:00+08:00 at "),
            "{}",
            said(0)
        );
        assert!(
            said(9 * 3_600_000).starts_with("was under way when last seen 2026-11-20 12:51:00+08:00 at ")
        );
    }

    #[test]
    fn a_stale_book_bars_a_rule_without_saying_how_many_days() {
        for bar in [
            LoanBar::TooFewDays { has: 16, needs: 20 },
            LoanBar::Overdue { has: 16 },
            LoanBar::AlreadyDue { has: 16 },
        ] {
            assert!(barred(bar, Some(DaysPastDue(16))).contains("16"), "{bar:?}");
            assert!(!barred(bar, None).contains("16"), "{bar:?}");
        }
    }
}
