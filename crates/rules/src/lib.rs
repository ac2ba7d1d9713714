//! Which alerts open, change or close, and why. Pure.
//!
//! Shape: [`observe`] folds what terminals say into a [`VehicleState`] of measurements; [`judge`] holds state, loan
//! and rule set against the vehicle's alerts and gives the changes; [`examine`] says for each rule why it raises one or
//! does not. Units: milliseconds, metres, 1e-7 degrees, km/h.
//! Errors: only a rule set's text ([`RuleSetError`]) and staff actions ([`Refusal`]) can be refused.
//! Source: DESIGN.md §1 and §4; `domain.md` §2, §3b, §8; `reliability.md` §5.

mod areas;
mod belief;
mod doing;
mod escalation;
mod filed;
pub mod fleet;
mod frozen_profile;
mod geometry;
mod haunts;
mod judge;
mod local_time;
mod mining;
mod motion;
mod observe;
mod oddities;
mod pair;
mod places;
mod profiles;
mod rule_set;
mod sentences_zh;
mod share;
mod signals;
mod staff;
mod state;
mod stays;
mod trips;
mod usual_places;
mod wakings;
mod whereabouts;

pub use areas::Surroundings;
pub use doing::Doing;
pub use filed::{ADDRESS_M, Absence, absence};
pub use fleet::{Earshot, Earshots, Interruptions, Outage, Outages};
pub use frozen_profile::{Delinquency, FrozenProfile, ProfileTurn};
pub use judge::{Change, Examined, Facts, Judgement, LoanFacts, Verdict, examine, judge, sentences};
pub use mining::{Candidate, RADIUS_M_MIN, Tracked, mine};
pub use model::alert::Notice;
pub use model::loan::LoanBar;
pub use observe::{LAG_MS_MAX, Observation, Observed, Timeliness, observe};
pub use places::{Places, PlacesError};
pub use profiles::{KnownProfiles, Profiles};
pub use rule_set::{RuleSet, RuleSetError};
pub use sentences_zh::sentence_zh;
pub use share::Share;
pub use staff::{Refusal, acknowledge, alert_id, assign, close, noted, snooze, unacknowledge, withdraw};
pub use state::{Device, VehicleState};
pub use usual_places::{FormerUsualPlaces, Frequented, UsualPlaces};
pub use whereabouts::{Compared, Likely, PlaceKind, Question, UsualPlace, Whereabouts, whereabouts};

/// Version of this code: the same inputs give the same alerts for one version. Raise it with every change of a
/// constant or a decision in this crate.
pub const RULES_VERSION: u32 = 11;
