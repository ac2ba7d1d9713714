//! What is true of a vehicle now, held against the alerts it has.
//!
//! Shape: state and [`Facts`] in, [`Judgement`] out: changed alerts, what people are told, when to look again.
//! Units: milliseconds of journal time and of covered time. Errors: none.
//! Source: `domain.md` §3b common rules; DESIGN.md §1 fine print 6 and 9, §4.

mod battery;
mod black_points;
mod blind;
mod definition;
mod device_check;
mod dwell;
mod examine;
mod fences;
mod gate;
mod habits;
mod handling;
mod immobile;
mod implausible;
mod lifecycle;
mod overdue_moved;
mod overdue_offline;
mod pair;
mod person_and_car;
mod power_cut;
mod recovery_window;
mod regions;
mod severe_boundary;
mod silence;
mod trips;
mod vanished;
mod watched;
mod wireless_missed;

use crate::rule_set::Thresholds;
use crate::{Earshots, Interruptions, Outages, Places, Profiles, RuleSet, VehicleState};
use definition::{Look, TABLE};
pub(crate) use examine::span;
pub use examine::{Examined, Verdict, examine};
use gate::Gate;
use model::alert::Notice;
use model::loan::Dealings;
use model::{Alert, LegalBasis, LenderId, Loan, Millis, Rule, Timestamp, VehicleId};
pub(crate) use silence::Patience;

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
    /// When the server itself could not listen.
    pub interruptions: &'a Interruptions,
    /// When some vehicles could not be heard.
    pub outages: &'a Outages,
    /// Where devices are heard well.
    pub earshots: &'a Earshots,
    /// The loan on this vehicle, if one was ever known.
    pub loan: Option<LoanFacts<'a>>,
    /// In force.
    pub rule_set: &'a RuleSet,
    /// The places that are watched.
    pub places: &'a Places,
    /// Where it usually stands, and did before its loan fell behind: asked for by those who need it.
    pub profiles: &'a dyn Profiles,
    /// This vehicle's live alerts, and the most recently opened one of each rule that has ended.
    pub alerts: &'a [Alert],
}

impl Facts<'_> {
    /// Of the loan's lender.
    fn thresholds(&self) -> &Thresholds {
        self.rule_set.thresholds_for(self.loan.map(|known| &known.loan.lender))
    }
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
    /// What staff and the lender's systems had to do with the borrower since.
    pub dealings: &'a Dealings,
    /// What makes a recovery lawful, while a case is open.
    pub recovery_basis: Option<LegalBasis>,
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
    let thresholds = facts.thresholds();
    let gate = Gate::of(facts, thresholds);
    let look = Look { state, facts, thresholds, gate: &gate };
    let mut judgement = Judgement { changed: Vec::new(), wake_at: gate.wake_at() };
    for rule in TABLE {
        let wake_at = lifecycle::Case { look: &look, rule: *rule }.settle(&mut judgement.changed);
        judgement.wake_at = earlier(judgement.wake_at, wake_at);
    }
    judgement
}

/// Each rule in a sentence, with the thresholds that a rule set has for a lender, in the order of the codes.
pub fn sentences<'a>(
    rule_set: &'a RuleSet,
    lender: Option<&LenderId>,
) -> impl Iterator<Item = (Rule, String)> + use<'a> {
    let thresholds = rule_set.thresholds_for(lender);
    let of_vehicles = TABLE.iter().map(|rule| (rule.rule(), rule.sentence(thresholds)));
    of_vehicles.chain(crate::fleet::sentences(thresholds))
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
