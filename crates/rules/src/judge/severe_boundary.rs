//! SEVERE_BOUNDARY: a loan is days away from severe overdue, and what is known of where its vehicle is.
//!
//! Shape: the loan's days past due in, onset and phase out. Episode: the day on which the loan came near the boundary. Units:
//! days past due. Errors: none. Source: `domain.md` §2.5 (the time before 60 days is the time to know the vehicle's places).

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::gate::Demand;
use crate::UsualPlaces;
use crate::rule_set::Thresholds;
use model::{Alert, Finding, Rule, Severity};

pub(super) struct SevereBoundary;

impl Definition for SevereBoundary {
    fn rule(&self) -> Rule {
        Rule::SevereBoundary
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        format!(
            "a loan is {} days past due, severe from more than {} on: where its vehicle was seen last, and where it usually stands at night; on the work list",
            thresholds.severe_boundary.dpd_min, thresholds.loan.severe_dpd_over
        )
    }

    fn demand(&self, look: &Look<'_>) -> Demand {
        Demand::PastDue(look.thresholds().severe_boundary.dpd_min)
    }

    /// A loan that is first known when it is severe already is no news of a boundary.
    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let near_since = look.gate.past_due_since(look.thresholds().severe_boundary.dpd_min)?;
        if look.gate.is_severe() {
            return None;
        }
        let last = look.state.last_place();
        let finding = Finding::NearSevere {
            severe_over: look.thresholds().loan.severe_dpd_over,
            last_place: last.map(|(place, _)| place),
            seen_at: last.map(|(_, at)| at),
            parked_since: look.state.parked_since(),
            night_place: look.places().and_then(UsualPlaces::night_place),
        };
        Some(since(near_since, finding))
    }

    /// Over once it is crossed: from there on every alert of the vehicle is graver by itself.
    fn phase(&self, look: &Look<'_>, _: &Alert) -> Phase {
        over_if(look.gate.is_severe())
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let dpd_min = look.thresholds().severe_boundary.dpd_min;
        match look.gate.past_due_since(dpd_min) {
            _ if look.gate.is_severe() => "it is severely past due".to_owned(),
            Some(since) if look.is_past(since) => format!("{dpd_min} days past due since {since}"),
            Some(_) | None => format!("it is not {dpd_min} days past due"),
        }
    }
}
