//! DEVICE_CHECK_DUE: a due date is near, and a device on the vehicle does not do what it should. For those who look after
//! devices, while nothing is past due yet.
//!
//! Shape: silence, batteries and fixes of each device in, onset and phase out. Episode: the day on which the window before the due
//! date opened, so that one due date is told once. Units: milliseconds of covered time. Errors: none. Source: `domain.md` §2.1.

use super::battery::{LOW_DEVICE_BATTERY, LOW_VEHICLE_BATTERY, LowBattery};
use super::definition::{Definition, Look, Onset, Phase};
use super::gate::Demand;
use super::silence::{Silence, usual_of_backup};
use crate::rule_set::{Thresholds, hours};
use crate::state::Terminal;
use model::finding::{DeviceFault, DeviceTrouble};
use model::input::Role;
use model::loan::PRE_DUE_DAYS;
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp};

pub(super) struct DeviceCheckDue;

impl Definition for DeviceCheckDue {
    fn rule(&self) -> Rule {
        Rule::DeviceCheckDue
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.device_check;
        format!(
            "in the {PRE_DUE_DAYS} days before a due date a device is silent for {} of its usual intervals and at least {} h, its \
             battery or the vehicle's is low, it has reported without a fix for {} h, or its clock is behind; for those who look after devices",
            set.silent_intervals, set.silent_least_h, set.no_fix_h
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::ComingDue
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let due = look.gate.coming_due()?;
        let opened_at = look.gate.start_of(due.plus_days(-PRE_DUE_DAYS)?)?;
        let troubles = troubles(look);
        let first = troubles.iter().map(|trouble| trouble.since).min()?;
        let finding = Finding::DeviceCheck { due, troubles };
        Some(Onset { episode: opened_at, event_time: first.max(opened_at), finding })
    }

    /// Over when the devices do what they should, or the due date is another one.
    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Finding::DeviceCheck { due, troubles: told } = &alert.explanation.finding else {
            return Phase::Between;
        };
        match () {
            () if look.gate.coming_due() != Some(*due) => Phase::Over,
            () if !troubles(look).is_empty() => Phase::Holds,
            () => between_if(told.iter().any(|trouble| !may_be_over(look, trouble))),
        }
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let of = |terminal: &Terminal| {
            let low_at = BATTERIES.iter().filter_map(|(_, battery)| battery.low_since(terminal));
            low_at
                .map(|low_at| LowBattery::persists_at(look, low_at))
                .chain([silence(look, terminal).holds_at(look)])
                .filter(|at| *at > look.facts.now)
                .min()
        };
        look.state.terminals.iter().filter_map(of).min()
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let Some(due) = look.gate.coming_due() else {
            return format!("nothing is due within {PRE_DUE_DAYS} days");
        };
        let told = |trouble: DeviceTrouble| {
            format!("terminal {}: {} since {}", trouble.terminal, trouble.what, trouble.since)
        };
        let troubles: Vec<String> = troubles(look).into_iter().map(told).collect();
        let troubles = if troubles.is_empty() {
            "each device does what it should".to_owned()
        } else {
            troubles.join(", ")
        };
        format!("due {due}; {troubles}")
    }
}

/// What is wrong with the devices, each thing once.
fn troubles(look: &Look<'_>) -> Vec<DeviceTrouble> {
    let of = |terminal: &Terminal| {
        let silent = silence(look, terminal);
        let low = BATTERIES.map(|(fault, battery)| {
            let low_at = battery.low_since(terminal)?;
            look.is_past(LowBattery::persists_at(look, low_at)).then_some((fault, low_at))
        });
        let others = [
            silent.holds().then_some((DeviceFault::Silent, terminal.heard.at)),
            unfixed_since(look, terminal).map(|at| (DeviceFault::NoFix, at)),
            behind_since(look, terminal).map(|at| (DeviceFault::ClockBehind, at)),
        ];
        let (id, found) = (terminal.id, others.into_iter().chain(low).flatten());
        found.map(move |(what, since)| DeviceTrouble { terminal: id, what, since })
    };
    look.state.terminals.iter().flat_map(of).collect()
}

const fn between_if(is_unknown: bool) -> Phase {
    if is_unknown { Phase::Between } else { Phase::Over }
}

/// That it is no more is known: the device was heard, and its word is another one. A state begun anew knows neither.
fn may_be_over(look: &Look<'_>, trouble: &DeviceTrouble) -> bool {
    look.terminal(trouble.terminal).is_some_and(|terminal| match trouble.what {
        DeviceFault::Silent => true,
        DeviceFault::LowBattery => LOW_DEVICE_BATTERY.is_good(terminal),
        DeviceFault::LowVehicleBattery => LOW_VEHICLE_BATTERY.is_good(terminal),
        DeviceFault::NoFix => terminal.fixed_at.is_some(),
        DeviceFault::ClockBehind => terminal.live_at.is_some(),
    })
}

fn silence(look: &Look<'_>, terminal: &Terminal) -> Silence {
    let usual_ms = usual_ms(terminal);
    Silence::of_device(
        look,
        terminal,
        allowed_ms(look, usual_ms, look.thresholds().device_check.silent_least_h),
        usual_ms,
    )
}

fn usual_ms(terminal: &Terminal) -> Millis {
    match terminal.role {
        Some(Role::Main) => terminal.usual_interval_ms.unwrap_or(0),
        Some(Role::Backup) | None => usual_of_backup(terminal),
    }
}

/// Some of its own intervals, and not less than so many hours: a wired device that speaks each minute may miss two.
fn allowed_ms(look: &Look<'_>, usual_ms: Millis, least_h: u32) -> Millis {
    usual_ms.saturating_mul(look.thresholds().device_check.silent_intervals.into()).max(hours(least_h))
}

/// Since when its clock is behind, so that nothing that it says is of now.
fn behind_since(look: &Look<'_>, terminal: &Terminal) -> Option<Timestamp> {
    let behind = terminal.oddities()?.behind;
    let enough = behind.times >= look.thresholds().implausible.reports_min && behind.lasts();
    enough.then_some(behind.since)
}

/// Since when it has reported without a fix, if for too long. A device that only says that it lives while the car stands has
/// not failed to find itself.
fn unfixed_since(look: &Look<'_>, terminal: &Terminal) -> Option<Timestamp> {
    let fixed_at = terminal.fixed_at.unwrap_or(terminal.first_heard_at);
    let allowed = allowed_ms(look, usual_ms(terminal), look.thresholds().device_check.no_fix_h);
    (terminal.live_at?.since(fixed_at) >= allowed).then_some(fixed_at)
}

/// Each is in trouble for itself.
static BATTERIES: [(DeviceFault, &LowBattery); 2] =
    [(DeviceFault::LowBattery, &LOW_DEVICE_BATTERY), (DeviceFault::LowVehicleBattery, &LOW_VEHICLE_BATTERY)];
