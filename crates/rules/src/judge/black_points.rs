//! BLACKPOINT_PASS, BLACKPOINT_STAY and IMPOUND: a vehicle drives through, or stands in, a place that says what became of it.
//!
//! Shape: visits and the parking place in. Episode: when the visit began. Units: device time; nights of the loan's zone.
//! Errors: none. Source: `domain.md` §3b (half an hour, nights, three times in a fortnight); constants marked [P] are ours.

use super::definition::{Definition, Look, Onset, Phase, since};
use super::earlier;
use super::examine::span;
use super::gate::Demand;
use super::watched::Seen;
use crate::areas::Visit;
use crate::rule_set::{Thresholds, days, hours, minutes};
use model::{Alert, Finding, Millis, Place, PlaceId, PlaceKind, Rule, Severity, Timestamp};

/// Through a place where pledged cars collect.
pub(super) struct BlackpointPass;

/// In a place of one kind, for so long.
pub(super) struct Stay {
    rule: Rule,
    kind: PlaceKind,
    /// To stand there for so long is told.
    long_ms: fn(&Thresholds) -> Millis,
    /// An absence that is shorter is none.
    away_ms: fn(&Thresholds) -> Millis,
}

/// Among pledged cars.
pub(super) const BLACKPOINT_STAY: Stay = Stay {
    rule: Rule::BlackpointStay,
    kind: PlaceKind::BlackPoint,
    long_ms: |thresholds| minutes(thresholds.black_point.stay_min),
    away_ms: |thresholds| minutes(thresholds.black_point.away_min),
};

/// Among towed cars.
pub(super) const IMPOUND: Stay = Stay {
    rule: Rule::Impound,
    kind: PlaceKind::TowLot,
    long_ms: |thresholds| hours(thresholds.impound.stay_h),
    away_ms: |_| 0,
};

impl Definition for BlackpointPass {
    fn rule(&self) -> Rule {
        Rule::BlackpointPass
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let _ = thresholds;
        "it drives through a black point; for the log".to_owned()
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let drives_through = |(_, place): &(_, &Place)| place.kind == PlaceKind::BlackPoint;
        let (visit, place) = look.visits().filter(drives_through).max_by_key(|(visit, _)| visit.since)?;
        look.state.is_moving().then(|| since(visit.since, inside(look, (visit, place), None, 0)))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let is_in = |id: PlaceId| look.visits().any(|(visit, _)| visit.place == id);
        match alert.explanation.finding.place() {
            Some(id) if is_in(id) => Phase::Holds,
            // Begun anew: it was seen nowhere yet.
            Some(_) if look.state.last.is_none() => Phase::Between,
            Some(_) | None => Phase::Over,
        }
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P4
    }

    fn figures(&self, look: &Look<'_>) -> String {
        look.is_in(PlaceKind::BlackPoint).map_or_else(
            || "it is in no black point".to_owned(),
            |(visit, place)| format!("it has been in {} since {}", place.name, visit.since),
        )
    }
}

impl Definition for Stay {
    fn rule(&self) -> Rule {
        self.rule
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let (stay_min, set) = ((self.long_ms)(thresholds) / 60_000, &thresholds.black_point);
        if self.kind == PlaceKind::TowLot {
            return format!("it stands in a lot for towed cars for {stay_min} min; over when it left");
        }
        format!(
            "it stands in a black point for {stay_min} min; graver after {} h of a night, or at the {}th stay in {} days; over \
             when it has been away for {} min",
            set.night_h, set.repeat_stays, set.repeat_days, set.away_min
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (visit, place, stood) = self.standing(look)?;
        let long = look.is_past(stood.plus((self.long_ms)(look.thresholds())));
        let begun = look.grounds()?.begun(visit, (self.away_ms)(look.thresholds()));
        let finding = inside(look, (visit, place), Some(stood), self.stays(look, visit, begun));
        long.then_some(Onset { episode: begun, event_time: visit.since, finding })
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Some(id) = alert.explanation.finding.place().filter(|id| look.watched(*id).is_some()) else {
            return Phase::Over;
        };
        if look.visits().any(|(visit, _)| visit.place == id) {
            let stays = self.onset(look).is_some_and(|onset| onset.finding.place() == Some(id));
            return if stays { Phase::Holds } else { Phase::Between };
        }
        match self.over_at(look, alert) {
            Some(at) if look.is_past(at) => Phase::Over,
            None if look.was_seen_outside(id) => Phase::Over,
            Some(_) | None => Phase::Between,
        }
    }

    /// Fees grow daily among towed cars; among pledged ones the car itself goes.
    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity {
        if self.kind == PlaceKind::TowLot {
            return Severity::P2;
        }
        let Finding::Inside { place, parked_since: Some(stood), stays, .. } = finding else {
            return Severity::P2;
        };
        let set = &look.thresholds().black_point;
        let stands = self.standing(look).is_some_and(|(_, here, _)| here.id == *place);
        let overnight = stands && night_at(look, *stood).is_some_and(|at| look.is_past(at));
        if overnight || *stays >= set.repeat_stays || look.gate.preserves_asset() {
            return Severity::P1;
        }
        look.graver_if_overdue(Severity::P2, Severity::P1)
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        let night = match &alert.explanation.finding {
            Finding::Inside { parked_since: Some(stood), .. } if self.kind == PlaceKind::BlackPoint => {
                night_at(look, *stood).filter(|at| !look.is_past(*at))
            }
            _ => None,
        };
        earlier(self.over_at(look, alert), night)
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let (_, _, stood) = self.standing(look)?;
        Some(stood.plus((self.long_ms)(look.thresholds())))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let counts = span((self.long_ms)(look.thresholds()));
        match (self.standing(look), look.is_in(self.kind)) {
            (Some((visit, place, stood)), _) => {
                let inside_m = visit.deepest_m;
                format!("it has stood in {}, {inside_m} m inside, since {stood}; {counts} count", place.name)
            }
            (None, Some((visit, place))) => {
                format!(
                    "it has been in {} since {}, and is not known to stand there",
                    place.name, visit.since
                )
            }
            (None, None) if self.kind == PlaceKind::TowLot => "it is in no lot for towed cars".to_owned(),
            (None, None) => "it is in no black point".to_owned(),
        }
    }
}

impl Stay {
    /// The visit in which it stands, and since when.
    fn standing<'a>(&self, look: &'a Look<'_>) -> Option<(&'a Visit, &'a Place, Timestamp)> {
        let stop = look.state.motion.stands_at()?;
        let (visit, place) = look.visits().find(|(visit, place)| visit.stood && place.kind == self.kind)?;
        // A place that is watched only since is not one in which it has stood for days.
        let stood = stop.since.max(visit.since);
        // Its last fix is elsewhere, and it was not seen here for long enough: whether it has left, the next ones say.
        let is_doubtful =
            look.state.motion.is_seen_away() && stop.last_at < stood.plus((self.long_ms)(look.thresholds()));
        (!is_doubtful).then_some((visit, place, stood))
    }

    /// Which of its stays there within the rule's days this is.
    fn stays(&self, look: &Look<'_>, visit: &Visit, begun: Timestamp) -> u32 {
        let (Some(grounds), set) = (look.grounds(), &look.thresholds().black_point) else { return 0 };
        if self.kind != PlaceKind::BlackPoint {
            return 0;
        }
        let from = begun.plus(-days(set.repeat_days));
        let (mut stays, mut later) = (1, begun);
        for past in grounds.past_of(visit.place).filter(|past| past.visit.stood && past.left_at >= from) {
            if later.since(past.left_at) >= (self.away_ms)(look.thresholds()) {
                stays += 1;
            }
            later = later.min(past.visit.since);
        }
        stays
    }

    /// When it will have been away for long enough, if it left.
    fn over_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        let (grounds, place) = (look.grounds()?, alert.explanation.finding.place()?);
        if grounds.at(place).is_some() {
            return None;
        }
        Some(grounds.past_of(place).next()?.left_at.plus((self.away_ms)(look.thresholds())))
    }
}

fn inside(
    look: &Look<'_>,
    (visit, place): (&Visit, &Place),
    parked_since: Option<Timestamp>,
    stays: u32,
) -> Finding {
    look.inside(&Seen { place, since: visit.since, inside_m: visit.deepest_m, parked_since, stays })
}

/// When it will have stood for enough hours of its first night.
fn night_at(look: &Look<'_>, stood: Timestamp) -> Option<Timestamp> {
    let zone = look.gate.zone();
    let long_ms = hours(look.thresholds().black_point.night_h);
    let today = stood.date_in(&zone)?;
    let nights = [Some(today), today.plus_days(1)].into_iter().flatten();
    nights.filter_map(|day| day.start_in(&zone)).find_map(|midnight| {
        let at = stood.max(midnight).plus(long_ms);
        (at <= midnight.plus(NIGHT_MS)).then_some(at)
    })
}

/// Until six [taxonomy].
const NIGHT_MS: Millis = 6 * 3_600_000;
