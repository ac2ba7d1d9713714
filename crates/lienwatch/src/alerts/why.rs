//! Why an alert was raised, in words: what was seen, what it rests on, what was not believed, what the loan said.

use super::finding;
use super::sentence;
use model::alert::{Evidence, LoanSnapshot};
use model::loan::{Quadrant, Standing};
use model::unit::counted;
use model::{Alert, AlertState, DaysPastDue};
use words::en::known_money;

/// The alert with everything it rests on, for a person.
pub(super) fn why(alert: &Alert) -> String {
    let mut lines = vec![sentence(alert), String::new()];
    lines.push(format!("alert      {}  version {}  episode {}", alert.id, alert.version, alert.episode));
    lines.extend(handled(&alert.state));
    if let Some(at) = alert.cleared_at {
        lines.push(format!("cleared    {at}: the condition is over"));
    }
    if let Some(at) = alert.told_again_at {
        lines.push(format!("told again {at}: nobody had acknowledged it"));
    }
    lines.extend(finding::seen(&alert.explanation.finding));
    lines.push(alert.explanation.loan.as_ref().map_or_else(|| "loan       none is known".to_owned(), loan));
    lines.extend(alert.explanation.loan.iter().flat_map(borrower));
    lines.push(format!(
        "rules      set {}, code version {}",
        alert.explanation.rule_set, alert.explanation.rules_version
    ));
    for fix in &alert.explanation.fixes_used {
        lines.push(format!("used       {}", evidence(fix)));
    }
    for rejected in &alert.explanation.fixes_rejected {
        lines.push(format!("rejected   {}  because: {}", evidence(&rejected.fix), rejected.reason));
    }
    lines.join("\n")
}

fn handled(state: &AlertState) -> Vec<String> {
    let noted = |note: &Option<String>| note.as_ref().map(|note| format!("note       {note}"));
    match state {
        AlertState::Unconfirmed => {
            vec!["unconfirmed: the loan file is stale; waits for the next one, nothing was sent".to_owned()]
        }
        AlertState::Open => Vec::new(),
        AlertState::Acknowledged { by, at, note } => {
            [Some(format!("with       {by} since {at}")), noted(note)].into_iter().flatten().collect()
        }
        AlertState::Closed { reason, by, at, note } => {
            let by = by.as_deref().unwrap_or("nobody: the condition ended");
            [Some(format!("closed     {at} by {by}: {reason}")), noted(note)].into_iter().flatten().collect()
        }
        AlertState::Withdrawn { reason, at } => vec![format!("withdrawn  {at}: {reason}")],
    }
}

fn loan(snapshot: &LoanSnapshot) -> String {
    let loan = &snapshot.loan;
    let book = snapshot.book_as_of.filter(|book| *book != loan.as_of);
    let standing = match snapshot.standing {
        _ if !snapshot.fresh => "not stated: the loan file was stale".to_owned(),
        Standing::Overdue(days) => days.to_string(),
        Standing::Held(hold) => format!("held: {hold}"),
        Standing::Current => "current".to_owned(),
        Standing::Settled => "settled".to_owned(),
    };
    // Sums are of the debt, and are stated with it or not at all.
    let sums = || {
        let days = match snapshot.standing {
            Standing::Overdue(days) => days,
            Standing::Held(_) | Standing::Current | Standing::Settled => DaysPastDue(0),
        };
        let (overdue, principal) = (loan.known_overdue(days), loan.known_principal());
        format!("; overdue {}, principal {}", known_money(overdue), known_money(principal))
    };
    format!(
        "loan       {} of {}: {standing}, as of {}{}{}",
        loan.contract,
        loan.lender,
        loan.as_of,
        book.map(|book| format!(" (the book as of {book})")).unwrap_or_default(),
        if snapshot.states_debt() { sums() } else { String::new() }
    )
}

/// What is known of the borrower, as it was known then.
fn borrower(snapshot: &LoanSnapshot) -> impl Iterator<Item = String> {
    let (loan, attention) = (&snapshot.loan, snapshot.dealings.attention.as_ref());
    let quadrant = Quadrant::of(loan).filter(|_| snapshot.states_debt());
    let course = snapshot.course.map(|course| format!(": {course}")).unwrap_or_default();
    let known = [
        quadrant.map(|quadrant| format!("quadrant   {quadrant}{course}")),
        loan.reason.filter(|_| snapshot.fresh).map(|reason| format!("reason     {reason}")),
        loan.risk_grade.as_ref().map(|grade| format!("grade      {grade}")),
        loan.actual_user.as_ref().map(|user| format!("driven by  {user} (actual user)")),
        attention.map(|attention| format!("attention  {}, until {}", attention.reason, attention.until)),
    ];
    known.into_iter().flatten()
}

fn evidence(fix: &Evidence) -> String {
    let speed = fix.speed_tenths_kmh.map(|tenths| format!("  {} km/h", tenths / 10)).unwrap_or_default();
    let satellites =
        fix.satellites.map(|count| format!("  {}", counted(count, "satellite"))).unwrap_or_default();
    format!(
        "{}  {}{speed}{satellites}  (terminal {}, input {})",
        fix.fix_time,
        finding::place(fix.place),
        fix.terminal,
        fix.seq
    )
}
