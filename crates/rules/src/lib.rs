//! Which alerts open, change or close, and why. Pure.
//!
//! Shape: [`observe`] folds what terminals say into a [`VehicleState`] of measurements; [`judge`] holds state, loan
//! and rule set against the vehicle's alerts and gives the changes. Units: milliseconds, metres, 1e-7 degrees, km/h.
//! Errors: only a rule set's text ([`RuleSetError`]) and staff actions ([`Refusal`]) can be refused.
//! Source: DESIGN.md §1 and §4; `domain.md` §2, §3b, §8; `reliability.md` §5.

mod belief;
mod geometry;
mod haunts;
mod judge;
mod motion;
mod observe;
mod oddities;
mod pair;
mod rule_set;
mod signals;
mod staff;
mod state;
mod trips;

pub use judge::{Change, Facts, Judgement, LoanFacts, judge, sentences};
pub use model::alert::Notice;
pub use observe::{Observation, Timeliness, observe};
pub use rule_set::{RuleSet, RuleSetError};
pub use staff::{Refusal, acknowledge, alert_id, close, withdraw};
pub use state::VehicleState;

/// Version of this code: the same inputs give the same alerts for one version. Raise it with every change of a
/// constant or a decision in this crate.
pub const RULES_VERSION: u32 = 2;
