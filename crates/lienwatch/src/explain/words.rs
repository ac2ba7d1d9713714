//! What `explain` says, in words: facts and figures, no judgement of a person.

use crate::alerts::{place, span};
use crate::zone::Local;
use model::unit::counted;
use model::{Coordinates, DaysPastDue, LenderId, TerminalId, Timestamp};
use rules::{Doing, Examined, Facts, FrozenProfile, LoanBar, LoanFacts, RuleSet, VehicleState, Verdict};
use watch::Stated;

/// A rule set, and for whose loans.
type Thresholds<'a> = (&'a RuleSet, Option<&'a LenderId>);

/// What was known of the vehicle, a line each.
pub(super) fn known(
    state: &VehicleState,
    facts: &Facts<'_>,
    bound: &[TerminalId],
    local: &Local,
) -> Vec<String> {
    let plate = facts.loan.and_then(|known| known.loan.plate);
    let plate = plate.map(|plate| format!(", plate {plate}")).unwrap_or_default();
    let mut lines =
        vec![format!("vehicle    {}{plate}, at {} ({})", facts.vehicle, local.say(facts.now), local.name())];
    let none = || "loan       none is known".to_owned();
    lines.push(facts.loan.map_or_else(none, |known| loan(known, facts, local)));
    let frozen = facts.profiles.frozen().filter(|_| may_say_past_due(facts));
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
    if bound.is_empty() && state.devices().next().is_none() {
        lines.push("device     none is on it; what one said before is in `positions` and `stays`".to_owned());
    }
    lines.push(format!("motion     {}", motion(state, thresholds(facts), facts.now, local)));
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

/// The thresholds that count of it: those of its loan's lender.
pub(super) fn thresholds<'a>(facts: &Facts<'a>) -> Thresholds<'a> {
    (facts.rule_set, facts.loan.map(|known| &known.loan.lender))
}

/// What it does; of one that is dark, what it did by its last word too.
fn motion(state: &VehicleState, thresholds: Thresholds<'_>, now: Timestamp, local: &Local) -> String {
    let doing = state.doing(thresholds, now);
    let seen = seen(state.last_place(), local);
    match doing {
        Doing::Dark { heard_at } => {
            let before = in_words(state.doing(thresholds, heard_at), state.is_moving(), &seen, local);
            format!("not heard since {}; {before}", local.say(heard_at))
        }
        Doing::Moving { .. }
        | Doing::Parked { .. }
        | Doing::ParkedUnseen { .. }
        | Doing::Unseen { .. }
        | Doing::Never => in_words(doing, state.is_moving(), &seen, local),
    }
}

fn seen(last: Option<(Coordinates, Timestamp)>, local: &Local) -> String {
    last.map_or_else(
        || "not seen yet".to_owned(),
        |(at, time)| format!("last seen {} at {}", local.say(time), place(at)),
    )
}

/// Nobody knows whether a car that was under way hours ago still is.
fn in_words(doing: Doing, was_moving: bool, seen: &str, local: &Local) -> String {
    match doing {
        Doing::Parked { since, .. } => format!("stands since {}; {seen}", local.say(since)),
        Doing::ParkedUnseen { since, .. } => {
            format!("stands since {}, out of sight; {seen}", local.say(since))
        }
        Doing::Moving { .. } => format!("under way; {seen}"),
        Doing::Unseen { .. } | Doing::Dark { .. } if was_moving => format!("was under way when {seen}"),
        Doing::Unseen { .. } | Doing::Dark { .. } => format!("too few fixes to say; {seen}"),
        Doing::Never => "not known: no device that is on it was heard on it".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_that_was_under_way_hours_ago_is_not_said_to_be() {
        let (local, seen_at) = (Local::usual(), Timestamp::parse("2026-11-20T04:51:00Z").unwrap());
        let seen = seen(Coordinates::from_degrees(22.5, 114.0).ok().map(|at| (at, seen_at)), &local);
        assert!(seen.starts_with("last seen 2026-11-20 12:51:00+08:00 at "), "{seen}");
        let said = |doing| in_words(doing, true, &seen, &local);
        assert_eq!(said(Doing::Moving { seen_at }), format!("under way; {seen}"));
        assert_eq!(said(Doing::Unseen { seen_at: Some(seen_at) }), format!("was under way when {seen}"));
    }

    #[test]
    fn a_car_below_ground_is_said_to_stand_out_of_sight() {
        let (local, seen_at) = (Local::usual(), Timestamp::parse("2026-11-20T04:51:00Z").unwrap());
        let anchor = Coordinates::from_degrees(22.5, 114.0).unwrap();
        let said = |doing| in_words(doing, false, "last seen then", &local);
        assert_eq!(
            said(Doing::ParkedUnseen { anchor, since: seen_at, seen_at }),
            "stands since 2026-11-20 12:51:00+08:00, out of sight; last seen then"
        );
    }

    #[test]
    fn a_dark_car_is_said_to_be_that_first() {
        let (local, heard_at) = (Local::usual(), Timestamp::parse("2026-11-20T04:51:00Z").unwrap());
        let state = VehicleState::begun_anew(heard_at, 0);
        let rule_set = RuleSet::default();
        let said = |hours: i64| motion(&state, (&rule_set, None), heard_at.plus(hours * 3_600_000), &local);
        assert_eq!(said(26), "too few fixes to say; not seen yet");
        assert_eq!(said(27), "not heard since 2026-11-20 12:51:00+08:00; too few fixes to say; not seen yet");
        assert_eq!(state.doing((&rule_set, None), heard_at.plus(27 * 3_600_000)).code(), "dark");
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
