//! What `explain` says, in words: facts and figures, no judgement of a person.

use crate::alerts::{place, span};
use model::TerminalId;
use model::loan::Standing;
use rules::{Examined, Facts, LoanBar, LoanFacts, VehicleState, Verdict};

/// What was known of the vehicle, a line each.
pub(super) fn known(state: &VehicleState, facts: &Facts<'_>, bound: &[TerminalId]) -> Vec<String> {
    let mut lines = vec![format!("vehicle    {} at {}", facts.vehicle, facts.now)];
    lines.push(facts.loan.map_or_else(|| "loan       none is known".to_owned(), |known| loan(known, facts)));
    lines.extend(state.devices().map(|device| {
        let role = device.role.map_or("device", |role| role.as_str());
        let seen = device.fix.map(|(at, time)| format!(", position {time} at {}", place(at)));
        let left = if bound.contains(&device.terminal) { "" } else { " (not bound to it then)" };
        let (terminal, heard) = (device.terminal, device.heard_at);
        format!(
            "{role:<10} {terminal}{left}: heard {heard}{}",
            seen.unwrap_or_else(|| ", no position".to_owned())
        )
    }));
    for terminal in bound.iter().filter(|id| state.devices().all(|device| device.terminal != **id)) {
        lines.push(format!("device     {terminal}: never heard on it"));
    }
    lines.push(format!("motion     {}", motion(state)));
    lines.push(format!(
        "listened   {} in all, {} since the server's last start",
        span(facts.coverage_ms),
        span(facts.run_coverage_ms)
    ));
    lines.push(format!("rules      set {}, code version {}", facts.rule_set.hash(), rules::RULES_VERSION));
    lines
}

fn loan(known: LoanFacts<'_>, facts: &Facts<'_>) -> String {
    let LoanFacts { loan, book_as_of, paid_at, in_book, .. } = known;
    let standing = match loan.standing(facts.now) {
        Standing::Overdue(days) => format!("{} days past due", days.0),
        Standing::Held(hold) => format!("held: {hold}"),
        Standing::Current => "current".to_owned(),
        Standing::Settled => "settled".to_owned(),
    };
    let paid = paid_at.map(|at| format!(", last payment {at}")).unwrap_or_default();
    let gone = if in_book { "" } else { ", no longer in the book" };
    let (contract, lender, as_of) = (&loan.contract, &loan.lender, loan.as_of);
    format!(
        "loan       {contract} of {lender}: {standing}, as of {as_of}; its book is as of {book_as_of}{paid}{gone}"
    )
}

fn motion(state: &VehicleState) -> String {
    let seen = state.last_place().map(|(at, time)| format!("last seen {time} at {}", place(at)));
    let seen = seen.unwrap_or_else(|| "not seen yet".to_owned());
    match state.parked_since() {
        Some(since) => format!("stands since {since}; {seen}"),
        None if state.is_moving() => format!("under way; {seen}"),
        None => format!("too few fixes to say; {seen}"),
    }
}

/// A verdict's code, and what it says.
pub(super) fn verdict(examined: &Examined) -> (&'static str, String) {
    match &examined.verdict {
        Verdict::Live { alert, severity, state, cleared_at } => {
            let over = cleared_at.map(|at| format!(", condition over at {at}, waits for a verdict"));
            ("live", format!("{severity} {alert} is {state}{}", over.unwrap_or_default()))
        }
        Verdict::Barred(bar) => ("barred", barred(*bar)),
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

fn barred(bar: LoanBar) -> String {
    match bar {
        LoanBar::None => "no loan is known".to_owned(),
        LoanBar::Absent => "the newest complete book no longer has the loan".to_owned(),
        LoanBar::Settled => "the loan is settled".to_owned(),
        LoanBar::NotComingDue => "no due date is near, by a fresh book".to_owned(),
        LoanBar::Held(hold) => format!("the loan is held: {hold}"),
        LoanBar::Current => "nothing is past due".to_owned(),
        LoanBar::TooFewDays { has, needs } => format!("{has} days past due, it begins at {needs}"),
        LoanBar::Overdue { has } => format!("{has} days past due: that is for OVERDUE_OFFLINE"),
    }
}
