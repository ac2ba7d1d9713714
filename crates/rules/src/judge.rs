//! What is true of a vehicle now, held against the alerts it has.
//!
//! Shape: state and [`Facts`] in, [`Judgement`] out: changed alerts, what people are told, when to look again.
//! Units: milliseconds of journal time and of covered time. Errors: none.
//! Source: `domain.md` §3b common rules; DESIGN.md §1 fine print 6 and 9, §4.

mod battery;
mod blind;
mod definition;
mod gate;
mod handling;
mod immobile;
mod implausible;
mod lifecycle;
mod overdue_moved;
mod overdue_offline;
mod pair;
mod power_cut;
mod silence;
mod trips;
mod wireless_missed;

use crate::{RuleSet, VehicleState};
use definition::{Look, TABLE};
use gate::Gate;
use model::alert::Notice;
use model::{Alert, Loan, Millis, Rule, Timestamp, VehicleId};

/// What is known beside the state when a vehicle is judged.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Journal time.
    pub now: Timestamp,
    /// Time for which the server could listen, cumulative.
    pub coverage_ms: Millis,
    /// The same since this run of the server started.
    pub run_coverage_ms: Millis,
    /// The loan on this vehicle, if one was ever known.
    pub loan: Option<LoanFacts<'a>>,
    /// In force.
    pub rule_set: &'a RuleSet,
    /// This vehicle's live alerts, and the most recently opened one of each rule that has ended.
    pub alerts: &'a [Alert],
}

/// What is known of a loan as of the input that is folded.
#[derive(Debug, Clone, Copy)]
pub struct LoanFacts<'a> {
    /// The row, with the events since applied.
    pub loan: &'a Loan,
    /// As of when the newest activated book of that lender states its rows.
    pub book_as_of: Timestamp,
    /// The newest payment.
    pub paid_at: Option<Timestamp>,
    /// False: the newest complete book no longer has the contract.
    pub in_book: bool,
}

/// What follows from a look at a vehicle.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// Changes in the order in which they happened; one alert may change twice.
    pub changed: Vec<Change>,
    /// Journal time at which judging again could change something without a new input.
    pub wake_at: Option<Timestamp>,
}

/// One alert changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The alert as it is now; its version is one up, or 1 for a new one.
    pub alert: Alert,
    /// What people are told; `None` = only stored.
    pub notice: Option<Notice>,
}

/// What is true of the vehicle now: opens, confirms, escalates, clears, closes, withdraws.
///
/// Idempotent: judging again with the changed alerts changes nothing.
pub fn judge(state: &VehicleState, facts: &Facts<'_>) -> Judgement {
    let gate = Gate::of(facts);
    let look = Look { state, facts, gate: &gate };
    let mut judgement = Judgement { changed: Vec::new(), wake_at: gate.wake_at(facts) };
    for rule in TABLE {
        let wake_at = lifecycle::Case { look: &look, rule: *rule }.settle(&mut judgement.changed);
        judgement.wake_at = earlier(judgement.wake_at, wake_at);
    }
    judgement
}

/// Each rule in a sentence, with the thresholds of a rule set, in the order of the codes.
pub fn sentences(rule_set: &RuleSet) -> impl Iterator<Item = (Rule, String)> {
    TABLE.iter().map(|rule| (rule.rule(), rule.sentence(rule_set.thresholds())))
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
