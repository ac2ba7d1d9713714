//! ABANDONED: an overdue vehicle has not moved for days, while its devices live.
//!
//! Shape: the parking place, the usual ones and the watched ones in. Episode: since when it stands. Units: days of device time.
//! Errors: none. Source: `domain.md` §3b (three days; thirty after an accident; where it stands [E:10]).

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::examine::span;
use super::gate::Demand;
use super::silence::{Silence, Usual};
use super::watched::locality_of;
use crate::rule_set::{Thresholds, days};
use model::finding::Locality;
use model::{Alert, Coordinates, Finding, PlaceKind, Rule, Severity, Timestamp};

pub(super) struct Abandoned;

impl Definition for Abandoned {
    fn rule(&self) -> Rule {
        Rule::Abandoned
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.abandoned;
        format!(
            "a vehicle {} or more days past due has stood for {} days, {} after an accident, while its devices live; it says \
             whether that is a usual place, a black point, a lot for towed cars, a dealer's, a repair shop or elsewhere",
            set.dpd_min, set.days, set.accident_days
        )
    }

    fn demand(&self, look: &Look<'_>) -> Demand {
        Demand::PastDue(look.thresholds().abandoned.dpd_min)
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (stood, place) = (look.state.parked_since()?, look.state.motion.anchor()?);
        let is_so = look.is_past(self.starts_at(look)?) && lives(look);
        let finding = || Finding::Immobile { place, since: stood, locality: locality(look, place) };
        is_so.then(|| since(stood, finding()))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Finding::Immobile { place, since, .. } = alert.explanation.finding else { return Phase::Between };
        over_if(look.has_left(place, since))
    }

    /// Wherever it stands: what is graver of a black point or a tow lot is for their own rules.
    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let thresholds = &look.thresholds().abandoned;
        let long = if look.gate.had_accident() { thresholds.accident_days } else { thresholds.days };
        Some(look.state.parked_since()?.plus(days(long)))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let (Some(stood), Some(told_at)) = (look.state.parked_since(), self.starts_at(look)) else {
            return "it does not stand".to_owned();
        };
        let (stands, counts) = (span(look.facts.now.since(stood)), span(told_at.since(stood)));
        let silent = if lives(look) { "" } else { ", and its devices are silent" };
        format!("it has stood for {stands} since {stood}; {counts} count{silent}")
    }
}

/// A usual place first: that a car stands long where it always does says least.
fn locality(look: &Look<'_>, place: Coordinates) -> Option<Locality> {
    let stands_in = look.visits().filter(|(visit, _)| visit.stood).map(|(_, here)| here.kind);
    // The gravest kind first.
    let mut grounds: Vec<PlaceKind> = stands_in.collect();
    grounds.sort_unstable();
    let ground = grounds.into_iter().find_map(locality_of);
    let elsewhere = look.knows_its_habits().then_some(Locality::Elsewhere);
    look.habitual_at(place).map(|_| Locality::UsualPlace).or(ground).or(elsewhere)
}

/// One that is silent is another rule's: nobody knows where it is.
pub(super) fn lives(look: &Look<'_>) -> bool {
    let Some(heard) = look.state.heard else { return false };
    let usual = Usual::of(look, heard);
    let threshold_ms = match usual {
        Usual::Main(_) => look.thresholds().overdue_offline.silent_parked_ms(),
        Usual::Backups(usual_ms) => look.thresholds().overdue_offline.silent_backup_ms(usual_ms),
    };
    Silence::of(look, heard, threshold_ms, usual.ms()).is_within()
}
