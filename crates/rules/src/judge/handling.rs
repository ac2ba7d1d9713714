//! TAMPER_LIGHT, DEVICE_MOVED and SPEED: what a device says once.
//!
//! Shape: the newest word of any device in. Episode: when it became known, so that what one device says late is news beside what
//! another said meanwhile. Units: the server's clock. Errors: none.
//! Source: `domain.md` §3b (a removed device never heals itself; the device's speed alarm is for the log only).

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::examine::span;
use super::gate::Demand;
use super::immobile::lives;
use super::watched::Seen;
use crate::areas::Visit;
use crate::rule_set::{Thresholds, days, hours};
use crate::signals::{Exchanged, Handled};
use crate::state::Terminal;
use model::input::Role;
use model::{Alert, Finding, Millis, Place, PlaceKind, Rule, Severity, Timestamp};

/// Hands on a device: staff close it.
pub(super) struct TamperLight;

/// A device that is not the one that it was, or never left the dealer's: staff close it.
pub(super) struct DeviceMoved;

/// Its own word for too fast.
pub(super) struct Speed;

impl Definition for TamperLight {
    fn rule(&self) -> Rule {
        Rule::TamperLight
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.tamper_light;
        format!(
            "a device says that it was uncovered, opened or taken off; on the work list only within {} h of its fitting, or in a \
             repair shop that is listed; not again within {} h; staff end it",
            set.installed_h, set.cool_down_h
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (terminal, Handled { alarm, at, known_at }) = handled(look)?;
        let finding = Finding::Tampered {
            terminal: terminal.id,
            alarm,
            at,
            place: look.state.last_place().map(|(place, _)| place),
            newly_bound: is_new(look, terminal, at),
            repair_shop: look.repair_shop_at(at),
        };
        is_recent(look, at).then_some(Onset { episode: known_at, event_time: at, finding })
    }

    fn phase(&self, _: &Look<'_>, _: &Alert) -> Phase {
        Phase::Holds
    }

    /// Fitters have their hands on a device too, and mechanics.
    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity {
        match finding {
            Finding::Tampered { newly_bound: true, .. } | Finding::Tampered { repair_shop: Some(_), .. } => {
                Severity::P3
            }
            _ => look.graver_if_overdue(Severity::P2, Severity::P1),
        }
    }

    fn cool_down_ms(&self, thresholds: &Thresholds) -> Millis {
        hours(thresholds.tamper_light.cool_down_h)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let Some((terminal, Handled { alarm, at, .. })) = handled(look) else {
            return "no device said that it was uncovered, opened or taken off".to_owned();
        };
        let said = format!("terminal {} said \"{alarm}\" at {at}", terminal.id);
        if is_recent(look, at) { said } else { format!("{said}: news for {} only", span(WORD_MS_MAX)) }
    }
}

impl Definition for DeviceMoved {
    fn rule(&self) -> Rule {
        Rule::DeviceMoved
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.device_moved;
        format!(
            "another SIM card is in a device, or it gives another number of its own or another plate than before; or, within {} days \
             of its binding, it comes to stand on a dealer's ground and stays for {} h; staff end it",
            set.bound_days, set.dealer_h
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        exchanged(look)
            .or_else(|| at_dealers(look).filter(|(at, _)| look.is_past(*at)).map(|(_, onset)| onset))
    }

    /// A device does not become again what it was; the car may leave the dealer's.
    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        match alert.explanation.finding {
            Finding::Inside { place, .. } => {
                over_if(look.watched(place).is_none() || look.was_seen_outside(place))
            }
            _ => Phase::Holds,
        }
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        at_dealers(look).map(|(at, _)| at)
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let last = look.state.latest(|terminal| Some(terminal.signals()?.exchanged?.at));
        match (last, at_dealers(look)) {
            (_, Some((told_at, _))) => {
                format!("it stands on a dealer's ground, which is long enough from {told_at} on")
            }
            (Some((terminal, at)), None) => format!("terminal {} gave another number at {at}", terminal.id),
            (None, None) => "no device gave another number, and it stands on no dealer's ground".to_owned(),
        }
    }
}

impl Definition for Speed {
    fn rule(&self) -> Rule {
        Rule::Speed
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let _ = thresholds;
        "a device calls the vehicle too fast; for the log".to_owned()
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (terminal, at) = look.state.latest(|terminal| terminal.signals()?.too_fast_at)?;
        let finding = Finding::TooFast { terminal: terminal.id, at };
        (!look.is_past(at.plus(SPEED_QUIET_MS))).then_some(since(at, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        over_if(look.is_past(slow_at(look, alert)))
    }

    /// For the log: how somebody drives is not the lender's affair.
    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P4
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        Some(slow_at(look, alert))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        look.state.latest(|terminal| terminal.signals()?.too_fast_at).map_or_else(
            || "no device called it too fast".to_owned(),
            |(terminal, at)| format!("terminal {} called it too fast at {at}", terminal.id),
        )
    }
}

fn slow_at(look: &Look<'_>, alert: &Alert) -> Timestamp {
    let last = look.state.latest(|terminal| terminal.signals()?.too_fast_at);
    last.map_or(alert.event_time, |(_, at)| at).plus(SPEED_QUIET_MS)
}

/// The device of whose hands was known last.
fn handled<'a>(look: &Look<'a>) -> Option<(&'a Terminal, Handled)> {
    let (terminal, _) = look.state.latest(|terminal| Some(terminal.signals()?.handled?.known_at))?;
    Some((terminal, terminal.signals()?.handled?))
}

fn exchanged(look: &Look<'_>) -> Option<Onset> {
    let (terminal, at) = look.state.latest(|terminal| Some(terminal.signals()?.exchanged?.at))?;
    let Exchanged { what, .. } = terminal.signals()?.exchanged?;
    is_recent(look, at).then_some(since(at, Finding::Exchanged { terminal: terminal.id, at, what }))
}

/// The device was put on the vehicle lately, and is on a dealer's ground: when it will have stood there for long enough.
fn at_dealers(look: &Look<'_>) -> Option<(Timestamp, Onset)> {
    let stood = look.state.parked_since()?;
    let is_dealers = |(visit, place): &(&Visit, &Place)| visit.stood && place.kind == PlaceKind::Dealer;
    let (visit, place) = look.visits().find(is_dealers)?;
    let mains = look.state.terminals.iter().filter(|terminal| terminal.role == Some(Role::Main));
    let bound_at = mains.filter_map(|main| main.bound_at).max()?;
    let set = &look.thresholds().device_moved;
    let parked_since = stood.max(visit.since);
    if parked_since.since(bound_at) > days(set.bound_days) || !lives(look) {
        return None;
    }
    let begun = parked_since.max(bound_at);
    let finding = look.inside(&Seen {
        place,
        since: visit.since,
        inside_m: visit.deepest_m,
        parked_since: Some(parked_since),
        stays: 0,
    });
    Some((begun.plus(hours(set.dealer_h)), since(begun, finding)))
}

fn is_new(look: &Look<'_>, terminal: &Terminal, at: Timestamp) -> bool {
    let window_ms = hours(look.thresholds().tamper_light.installed_h);
    let bound_at = terminal.bound_at.unwrap_or(terminal.first_heard_at);
    at.since(bound_at) < window_ms
}

/// What was said longer ago than this was known, and led to nothing, when it was news.
fn is_recent(look: &Look<'_>, at: Timestamp) -> bool {
    look.facts.now.since(at) <= WORD_MS_MAX
}

/// Two days: over a weekend's cool-down it is told late, after a holiday not at all [P].
const WORD_MS_MAX: Millis = 48 * 3_600_000;
/// Not said again for so long, it drives slower [P].
const SPEED_QUIET_MS: Millis = 10 * 60_000;
