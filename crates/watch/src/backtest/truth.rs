//! What is known to be true: which vehicle gave cause for which rule, from when until when.
//!
//! Shape: [`Cause`]s in; how many alerts have one, and how many of them were told, out. Units: journal time. Errors: a vehicle
//! that nobody knows.

use super::run::{Tale, overlap};
use model::{Rule, Timestamp, VehicleId};
use rules::Share;
use std::collections::BTreeSet;

/// Everything that is known to be true, of the rules of which it is known.
pub struct Truth {
    rules: BTreeSet<Rule>,
    causes: Vec<Cause>,
}

/// Cause for an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// Whose.
    pub vehicle: VehicleId,
    /// For an alert of this rule.
    pub rule: Rule,
    /// Within which its event lies.
    pub span: (Timestamp, Timestamp),
    /// To tell nothing would be a miss.
    pub must: bool,
}

impl Truth {
    /// Of these and no others.
    pub fn of(causes: Vec<Cause>) -> Self {
        Self { rules: causes.iter().map(|cause| cause.rule).collect(), causes }
    }

    /// The causes.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The same with every vehicle by the name that the replay has for it; fails with the first that it does not know. A plate
    /// that is misspelt would be a miss for ever.
    pub fn named(mut self, name: impl Fn(VehicleId) -> Option<VehicleId>) -> Result<Self, VehicleId> {
        for cause in &mut self.causes {
            cause.vehicle = name(cause.vehicle).ok_or(cause.vehicle)?;
        }
        Ok(self)
    }

    /// Whether it says what is true of a rule.
    pub fn is_of(&self, rule: Rule) -> bool {
        self.rules.contains(&rule)
    }

    /// The alerts of a rule whose event is one of these, of all that it raised.
    pub(super) fn precision(&self, rule: Rule, tales: &[&Tale]) -> Share {
        let is_right = |tale: &Tale| {
            let mut causes = self.causes.iter().filter(|cause| cause.rule == rule && cause.is_of(tale));
            let at = tale.alert.event_time;
            causes.any(|cause| cause.span.0 <= at && at <= cause.span.1)
        };
        share(tales.iter().map(|tale| is_right(tale)))
    }

    /// The causes of a rule that must be told and were, of those within a window. An alert tells of an event that lies within
    /// its own time: staff look at it once.
    pub(super) fn recall<'a>(
        &self,
        rule: Rule,
        is_in: impl Fn(Timestamp) -> bool,
        (tales, until): (impl Iterator<Item = &'a Tale> + Clone, Timestamp),
    ) -> Share {
        let wanted =
            self.causes.iter().filter(|cause| cause.rule == rule && cause.must && is_in(cause.span.0));
        share(wanted.map(|cause| {
            let mut told = tales.clone().filter(|tale| tale.alert.rule == rule && cause.is_of(tale));
            told.any(|tale| overlap(tale.span(until), cause.span))
        }))
    }
}

impl Cause {
    fn is_of(&self, tale: &Tale) -> bool {
        tale.alert.about.vehicle() == Some(self.vehicle)
    }
}

/// So many of so many.
pub(super) fn share(hits: impl Iterator<Item = bool>) -> Share {
    hits.fold(Share::default(), |share, hit| Share { hits: share.hits + u32::from(hit), of: share.of + 1 })
}
