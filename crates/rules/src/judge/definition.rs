//! What a rule answers, and the table of all rules.
//!
//! Shape: each rule is one value of [`Definition`]; [`TABLE`] has one for each code, in the order of the codes. Units: journal
//! time. Errors: none; a test holds the table against the codes. Source: `domain.md` §3b.

use super::gate::{Demand, Gate};
use super::{
    Facts, battery, black_points, blind, device_check, dwell, fences, habits, handling, immobile,
    implausible, overdue_moved, overdue_offline, pair, person_and_car, power_cut, recovery_window, regions,
    severe_boundary, trips, wireless_missed,
};
use crate::belief::RADIUS_M;
use crate::geometry::distance_m;
use crate::rule_set::{Thresholds, days};
use crate::state::Terminal;
use crate::usual_places::{Known, UsualPlaces};
use crate::{FrozenProfile, VehicleState, local_time};
use model::alert::{Evidence, Notice, Rejected};
use model::{Alert, Coordinates, Finding, Millis, Rule, Severity, TerminalId, Timestamp};

/// A vehicle, what is known beside its state, and its loan.
pub(super) struct Look<'a> {
    pub(super) state: &'a VehicleState,
    pub(super) facts: &'a Facts<'a>,
    /// Of the lender.
    pub(super) thresholds: &'a Thresholds,
    pub(super) gate: &'a Gate<'a>,
}

/// A condition that holds and would raise an alert.
pub(super) struct Onset {
    pub(super) episode: Timestamp,
    pub(super) event_time: Timestamp,
    pub(super) finding: Finding,
}

/// How the condition of a live alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It holds.
    Holds,
    /// Neither: the open and close conditions differ, or the state was begun anew and nothing is known of it yet.
    Between,
    /// It is over.
    Over,
}

/// The fixes that a finding rests on.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) used: Vec<Evidence>,
    pub(super) rejected: Vec<Rejected>,
}

/// A rule.
pub(super) trait Definition: Sync {
    fn rule(&self) -> Rule;

    /// What it tells, with the thresholds in force, for people.
    fn sentence(&self, thresholds: &Thresholds) -> String;

    /// What it asks of the loan.
    fn demand(&self, look: &Look<'_>) -> Demand;

    /// The condition, if it holds.
    fn onset(&self, look: &Look<'_>) -> Option<Onset>;

    /// How the condition of its live alert stands.
    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase;

    /// How soon somebody must act on what was found.
    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity;

    /// The fixes that it rests on.
    fn proof(&self, _: &VehicleState) -> Proof {
        Proof::default()
    }

    /// For how long after an alert no other is raised, unless it is more severe.
    fn cool_down_ms(&self, _: &Thresholds) -> Millis {
        0
    }

    /// Whether what is found is told within that time all the same.
    fn defies_cool_down(&self, _: &Look<'_>, _: &Finding, _: &Alert) -> bool {
        false
    }

    /// For how long after an alert what happens again is the same event, where the alert waits for a verdict.
    fn same_event_ms(&self, thresholds: &Thresholds) -> Millis {
        self.cool_down_ms(thresholds)
    }

    /// What is found now, where it has grown so much that it is to be told although it is the same.
    fn grown(&self, _: &Look<'_>, _: &Alert) -> Option<Finding> {
        None
    }

    /// What was found, with how it ended; `None` where that adds nothing.
    fn ended(&self, _: &Look<'_>, _: &Alert) -> Option<Finding> {
        None
    }

    /// What people are told when a cleared condition holds again: news, unless it is the same event.
    fn resumed(&self) -> Option<Notice> {
        Some(Notice::Escalated)
    }

    /// When the condition of a live alert may change if nothing is heard until then.
    fn changes_at(&self, _: &Look<'_>, _: &Alert) -> Option<Timestamp> {
        None
    }

    /// When the condition may begin if nothing is heard until then.
    fn starts_at(&self, _: &Look<'_>) -> Option<Timestamp> {
        None
    }

    /// How its condition stands, in figures, for people who ask why there is no alert.
    fn figures(&self, look: &Look<'_>) -> String;
}

impl<'a> Look<'a> {
    pub(super) const fn thresholds(&self) -> &Thresholds {
        self.thresholds
    }

    /// One severity, or another one of a vehicle whose loan is known to be past due.
    pub(super) fn graver_if_overdue(&self, usual: Severity, overdue: Severity) -> Severity {
        if self.gate.is_overdue() { overdue } else { usual }
    }

    /// One severity higher where the loan is pressing.
    pub(super) fn raised(&self, usual: Severity) -> Severity {
        match usual {
            _ if !self.gate.is_pressing() => usual,
            Severity::P1 | Severity::P2 => Severity::P1,
            Severity::P3 => Severity::P2,
            Severity::P4 => Severity::P3,
        }
    }

    /// One severity lower where the lender's policy is not to press; people are told all the same.
    pub(super) fn eased(&self, usual: Severity) -> Severity {
        match usual {
            _ if !self.gate.is_eased() => usual,
            Severity::P1 => Severity::P2,
            Severity::P2 | Severity::P3 => Severity::P3,
            Severity::P4 => Severity::P4,
        }
    }

    /// What is remembered of a terminal; nothing of one that was not heard since the state was begun anew.
    pub(super) fn terminal(&self, id: TerminalId) -> Option<&'a Terminal> {
        self.state.terminals.iter().find(|terminal| terminal.id == id)
    }

    /// Where the vehicle usually stands and how long, as far as it is known.
    pub(super) fn places(&self) -> Option<&UsualPlaces> {
        self.facts.profiles.usual_places()
    }

    /// Its usual places.
    pub(super) fn habitual(&self) -> impl Iterator<Item = &Known> {
        self.places().into_iter().flat_map(UsualPlaces::iter).filter(|known| self.is_habitual(known))
    }

    /// The usual place here, if this is one.
    pub(super) fn habitual_at(&self, place: Coordinates) -> Option<&Known> {
        let here = self.habitual().filter(|known| known.reaches(place));
        here.min_by_key(|known| known.distance_m(place))
    }

    /// The profile from before the arrears, if anything was usual of the vehicle by then: a new loan tells nothing of before.
    pub(super) fn frozen(&self) -> Option<&FrozenProfile> {
        self.facts
            .profiles
            .frozen()
            .filter(|frozen| frozen.places.iter().any(|known| self.is_habitual(known)))
    }

    /// The usual places that its ways are held against: those from before the arrears, or of now where none are frozen.
    pub(super) fn accustomed(&self) -> impl Iterator<Item = &Known> {
        let places = self.frozen().map(|frozen| &frozen.places).or(self.places());
        places.into_iter().flat_map(UsualPlaces::iter).filter(|known| self.is_habitual(known))
    }

    /// Its usual places, those of now and those from before the arrears.
    pub(super) fn usual(&self) -> impl Iterator<Item = &Known> {
        self.accustomed().chain(self.habitual())
    }

    /// When it was last at one of its places, as it is known now.
    pub(super) fn last_at(&self, known: &Known) -> Timestamp {
        let now = self.places().into_iter().flat_map(UsualPlaces::iter);
        let here = now.filter(|other| other.reaches(known.centre)).map(|other| other.last_at);
        here.fold(known.last_at, Timestamp::max)
    }

    /// It has been watched for long enough to say what is usual of it.
    pub(super) fn knows_its_habits(&self) -> bool {
        let frozen = self.frozen().map(|frozen| &frozen.places);
        let known = frozen.into_iter().chain(self.places()).flat_map(UsualPlaces::iter);
        let is_old = known.min_by_key(|known| known.first_day).is_some_and(|known| {
            let since = local_time::starts_at(known.first_day, known.centre);
            self.is_past(since.plus(days(self.thresholds().habits.history_days)))
        });
        is_old && self.usual().next().is_some()
    }

    pub(super) fn is_habitual(&self, known: &Known) -> bool {
        known.is_habitual(&self.thresholds().habits)
    }

    /// It is under way, or stands elsewhere than where it stood since then. A state that was begun anew has it stand at the same
    /// place since a later moment.
    pub(super) fn has_left(&self, place: Coordinates, stood: Timestamp) -> bool {
        let stands_elsewhere = |(anchor, since)| since > stood && distance_m(anchor, place) > RADIUS_M;
        self.state.is_moving() || self.state.stands().is_some_and(stands_elsewhere)
    }

    /// Whether a moment has come.
    pub(super) fn is_past(&self, at: Timestamp) -> bool {
        at <= self.facts.now
    }
}

/// An onset whose fact is as old as its episode.
pub(super) const fn since(at: Timestamp, finding: Finding) -> Onset {
    Onset { episode: at, event_time: at, finding }
}

/// Over if it is, else it holds.
pub(super) const fn over_if(is_over: bool) -> Phase {
    if is_over { Phase::Over } else { Phase::Holds }
}

/// Every rule about one vehicle, in the order of its code.
pub(super) static TABLE: &[&dyn Definition] = &[
    &overdue_moved::OverdueMoved,
    &overdue_offline::OverdueOffline,
    &overdue_offline::OfflineNoLoan,
    &power_cut::PowerCut,
    &handling::TamperLight,
    &battery::LOW_VEHICLE_BATTERY,
    &battery::LOW_DEVICE_BATTERY,
    &blind::JamSuspect,
    &blind::IgnitionNoGps,
    &immobile::Abandoned,
    &pair::PairSeparated,
    &pair::PairLiveness,
    &trips::EbikeSignature,
    &trips::Tow,
    &implausible::JumpSpoof,
    &handling::Speed,
    &handling::DeviceMoved,
    &wireless_missed::WirelessMissed,
    &implausible::ClockQuality,
    &fences::FenceIn,
    &fences::FenceOut,
    &regions::RegionCross,
    &black_points::BlackpointPass,
    &black_points::BLACKPOINT_STAY,
    &black_points::IMPOUND,
    &person_and_car::PersonAndCarLost,
    &severe_boundary::SevereBoundary,
    &device_check::DeviceCheckDue,
    &dwell::DwellUnknown,
    &habits::HabitBreak,
    &habits::HabitReplaced,
    &recovery_window::RecoveryWindow,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_rule() {
        let rules: Vec<Rule> = TABLE.iter().map(|rule| rule.rule()).collect();
        let wide = crate::fleet::sentences(&Thresholds::default()).map(|(rule, _)| rule);
        assert_eq!([&rules[..], &wide[..]].concat(), Rule::ALL);
    }

    /// What makes two events of one code: of these an event is told once, however soon the next one comes.
    const ONCE_EACH: &[(Rule, &str)] = &[
        (Rule::OverdueOffline, "silence; told again after days"),
        (Rule::OfflineNoLoan, "silence"),
        (Rule::PowerCut, "cut"),
        (Rule::IgnitionNoGps, "turn of the key"),
        (Rule::Abandoned, "stop"),
        (Rule::PairSeparated, "separation"),
        (Rule::PairLiveness, "silence of the wired device"),
        (Rule::Tow, "tow"),
        (Rule::JumpSpoof, "row of jumps, each within a day of the one before"),
        (Rule::Speed, "spell in which the device says so"),
        (Rule::DeviceMoved, "change"),
        (Rule::WirelessMissed, "row of missed reports"),
        (Rule::ClockQuality, "row of such reports, each within a day of the one before"),
        (Rule::FenceIn, "crossing, beyond a guard against flapping"),
        (Rule::FenceOut, "crossing, beyond a guard against flapping"),
        (Rule::RegionCross, "region and day"),
        (Rule::BlackpointPass, "visit"),
        (Rule::BlackpointStay, "visit"),
        (Rule::Impound, "visit"),
        (Rule::PersonAndCarLost, "silence"),
        (Rule::SevereBoundary, "instalment"),
        (Rule::DeviceCheckDue, "due date"),
        (Rule::DwellUnknown, "place"),
    ];

    /// Printed for who asks. The key of an alert is what it is about, its code and its episode.
    #[test]
    fn every_code_says_how_often_it_is_told() {
        let thresholds = Thresholds::default();
        for rule in TABLE {
            let code = rule.rule();
            let cool_down_h = rule.cool_down_ms(&thresholds) / 3_600_000;
            let once = ONCE_EACH.iter().find(|(rule, _)| *rule == code).map(|(_, event)| *event);
            println!(
                "{:<20} {}",
                code.as_str(),
                match once {
                    Some(event) => format!("once each {event}"),
                    None => format!("not again within {cool_down_h} h"),
                }
            );
            assert_eq!(once.is_none(), cool_down_h > 0, "{code}: one or the other");
        }
    }
}
