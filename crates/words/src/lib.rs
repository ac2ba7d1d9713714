//! What rules and findings say, in Chinese and English. Pure.
//!
//! Shape: a value of the model in, a [`Name`] or a [`Said`] in both languages out; every match is exhaustive, so that a new code is
//! red until it has its words. Facts only, no judgement of a person. Units: metres, km/h, minutes or hours, each said with its figure.
//! Errors: none. Source: the glossary of `domain.md` §1; DESIGN.md §8 (the field's own terms, Chinese first).

mod alarm;
mod alert;
pub mod en;
mod figure;
mod finding;
mod frame;
mod loan;
mod said;
mod vehicle;
mod voice;
pub mod zh;

pub use alarm::alarm;
pub use alert::{alert_event, close_reason, notice, rejection, rule, severity, state, withdraw_reason};
pub use figure::{Figure, Value, figures};
pub use finding::{finding, summary};
pub use frame::{attempt, connection_end, problem, session_end};
pub use loan::{
    bar, bucket, channel, contact_result, contact_state, course, hold, legal_basis, level, loan_event,
    quadrant, reason, standing, tier, visit_result,
};
pub use said::{Name, Said};
pub use vehicle::{
    device_fault, exchange, implausibility, locality, movement_sign, place_kind, region_level, role,
    separation_cause,
};
pub use voice::{Voice, Whereabouts};

#[cfg(test)]
mod samples;
