//! REGION_CROSS: a vehicle is in another country, province or city than the one it belongs to.
//!
//! Shape: visits to regions and the regions of its first fixes in. Episode: when it came there. Units: metres, device time.
//! Errors: none. Source: `domain.md` §3b.

use super::definition::{Definition, Look, Onset, Phase, since};
use super::gate::Demand;
use crate::areas::{Regions, Visit};
use crate::rule_set::{Thresholds, hours, minutes};
use model::place::Level;
use model::{Alert, Finding, Place, PlaceId, PlaceKind, Rule, Severity, Timestamp};

pub(super) struct RegionCross;

/// A visit abroad.
struct Abroad<'a> {
    level: Level,
    region: &'a Place,
    home: PlaceId,
    visit: &'a Visit,
}

impl Definition for RegionCross {
    fn rule(&self) -> Rule {
        Rule::RegionCross
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.region;
        format!(
            "it is in another country, {} or more days past due in another province, {} or more in another city than where it was \
             first: {} fixes, {} km inside or for {} min; of one region not again within {} h; over when it is back, or elsewhere",
            set.dpd_min_province, set.dpd_min_city, set.fixes_min, set.deep_km, set.stay_min, set.again_h
        )
    }

    /// That of the gravest crossing, or of the alert there is, if that is graver and does not end: a country's waits for a
    /// verdict while the vehicle drives home through another province.
    fn demand(&self, look: &Look<'_>) -> Demand {
        let live = look.facts.alerts.iter().find(|alert| alert.rule == self.rule() && alert.state.is_live());
        let told = live.and_then(level_of);
        let stays =
            live.filter(|alert| alert.severity == Severity::P1 || self.phase(look, alert) != Phase::Over);
        let found = gravest(look).map(|abroad| abroad.level);
        let set = &look.thresholds().region;
        match found.into_iter().chain(stays.and_then(level_of)).min().or(told) {
            Some(Level::Country) => Demand::Collateral,
            Some(Level::Province) => Demand::PastDue(set.dpd_min_province),
            Some(Level::City) | None => Demand::PastDue(set.dpd_min_city),
        }
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let Abroad { level, region, home, visit } = gravest(look)?;
        let finding = Finding::Abroad {
            region: region.id,
            name: region.name.clone(),
            level,
            home: look.facts.places.place(home).map_or_else(|| home.to_string(), |home| home.name.clone()),
            since: visit.since,
            inside_m: visit.deepest_m,
        };
        Some(since(visit.since, finding))
    }

    /// Over at home, and where it went on to another one: that is news of its own.
    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let (Some(regions), Some((told, level))) = (regions(look), told_of(alert)) else {
            return Phase::Between;
        };
        if look.watched(told).is_none() || regions.home.contains(&told) {
            return Phase::Over;
        }
        if regions.visits.at(told).is_some() {
            let holds = news(look).any(|abroad| abroad.region.id == told);
            return if holds { Phase::Holds } else { Phase::Between };
        }
        let is_home = regions
            .visits
            .here()
            .any(|visit| regions.home.contains(&visit.place) && is_of(look, visit, level));
        let went_on = abroad(look).any(|abroad| abroad.level == level && abroad.region.id != told);
        if is_home || went_on { Phase::Over } else { Phase::Between }
    }

    fn severity(&self, _: &Look<'_>, finding: &Finding) -> Severity {
        match finding {
            Finding::Abroad { level: Level::Country, .. } => Severity::P1,
            _ => Severity::P2,
        }
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let regions = regions(look)?;
        let again_ms = hours(look.thresholds().region.again_h);
        let waits = |visit: &Visit| {
            let before = regions.visits.past_of(visit.place).find(|past| is_deep(look, &past.visit));
            before.map(|before| before.visit.since.plus(again_ms))
        };
        regions.visits.here().filter_map(waits).filter(|at| !look.is_past(*at)).min()
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let Some(regions) = regions(look) else { return "it was in no region that is listed".to_owned() };
        let strange = regions.visits.here().filter(|visit| !regions.home.contains(&visit.place));
        let strange = strange.filter_map(|visit| Some((visit, look.watched(visit.place)?)));
        strange.max_by_key(|(visit, _)| visit.since).map_or_else(
            || "it is where it was first".to_owned(),
            |(Visit { since, fixes, deepest_m, .. }, region)| {
                format!("in {} since {since}, {fixes} fixes, up to {deepest_m} m inside", region.name)
            },
        )
    }
}

fn regions<'a>(look: &Look<'a>) -> Option<&'a Regions> {
    look.state.areas.as_ref()?.regions.as_ref()
}

/// The crossing of the highest level, the newest of them.
fn gravest<'a>(look: &'a Look<'_>) -> Option<Abroad<'a>> {
    news(look).min_by_key(|abroad| (abroad.level, std::cmp::Reverse(abroad.visit.since)))
}

/// Regions that it is in, does not belong to, and was not in so lately.
fn news<'a>(look: &'a Look<'_>) -> impl Iterator<Item = Abroad<'a>> {
    let again_ms = hours(look.thresholds().region.again_h);
    let is_news = move |abroad: &Abroad<'_>| {
        let past = regions(look).into_iter().flat_map(|regions| regions.visits.past_of(abroad.region.id));
        let mut told = past.filter(|past| is_deep(look, &past.visit));
        // Told of at that visit, or of this one once the time is over.
        !told.any(|past| !look.is_past(past.visit.since.plus(again_ms)))
    };
    abroad(look).filter(is_news)
}

/// Whether it has come since a moment to a region that it does not belong to, and was not in since another one.
pub(super) fn has_crossed(look: &Look<'_>, since: Timestamp, new_since: Timestamp) -> bool {
    let is_new = |region: PlaceId| {
        let past = regions(look).into_iter().flat_map(|regions| regions.visits.past_of(region));
        past.into_iter().all(|past| past.left_at < new_since)
    };
    abroad(look).any(|abroad| abroad.visit.since >= since && is_new(abroad.region.id))
}

/// Regions that it is in, and does not belong to.
fn abroad<'a>(look: &'a Look<'_>) -> impl Iterator<Item = Abroad<'a>> {
    let of = regions(look)
        .into_iter()
        .flat_map(|regions| regions.visits.here().map(move |visit| (regions, visit)));
    of.filter_map(|(regions, visit)| {
        let region = look.watched(visit.place)?;
        let PlaceKind::Region(level) = region.kind else { return None };
        let at_level =
            |id: &&PlaceId| look.facts.places.place(**id).is_some_and(|place| place.kind == region.kind);
        let home = *regions.home.iter().find(at_level)?;
        // On a border it is in both, and at home.
        let is_home = home == visit.place || regions.visits.at(home).is_some();
        (!is_home && is_deep(look, visit)).then_some(Abroad { level, region, home, visit })
    })
}

/// Seen often enough, and far enough inside or for long enough.
fn is_deep(look: &Look<'_>, visit: &Visit) -> bool {
    let set = &look.thresholds().region;
    let long = visit.last_at.since(visit.since) >= minutes(set.stay_min);
    u32::from(visit.fixes) >= set.fixes_min && (long || visit.deepest_m >= set.deep_km.saturating_mul(1000))
}

fn is_of(look: &Look<'_>, visit: &Visit, level: Level) -> bool {
    look.facts.places.place(visit.place).is_some_and(|place| place.kind == PlaceKind::Region(level))
}

const fn told_of(alert: &Alert) -> Option<(PlaceId, Level)> {
    match &alert.explanation.finding {
        Finding::Abroad { region, level, .. } => Some((*region, *level)),
        _ => None,
    }
}

fn level_of(alert: &Alert) -> Option<Level> {
    told_of(alert).map(|(_, level)| level)
}
