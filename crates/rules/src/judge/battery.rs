//! LOW_VEH_BATT and LOW_DEV_BATT: a battery is low, and stays so.
//!
//! Shape: the condition of one kind of battery of each device in; the lowest for longest counts. Episode: its first word.
//! Units: the server's clock. Errors: none. Source: `domain.md` §3b (ten hours; resent weekly).

use super::definition::{Definition, Look, Onset, Phase, since};
use super::examine::span;
use super::gate::Demand;
use crate::rule_set::{Thresholds, hours};
use crate::signals::{Condition, Signals, Sound};
use crate::state::Terminal;
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp};

/// One kind of battery.
pub(super) struct LowBattery {
    rule: Rule,
    of: fn(&Signals) -> &Condition,
    is_sound: fn(Sound) -> bool,
}

pub(super) static LOW_VEHICLE_BATTERY: LowBattery = LowBattery {
    rule: Rule::LowVehicleBattery,
    of: |signals| &signals.vehicle_battery,
    is_sound: |sound| sound.vehicle_battery,
};

pub(super) static LOW_DEVICE_BATTERY: LowBattery = LowBattery {
    rule: Rule::LowDeviceBattery,
    of: |signals| &signals.device_battery,
    is_sound: |sound| sound.device_battery,
};

impl LowBattery {
    fn lowest<'a>(&self, look: &Look<'a>) -> Option<(&'a Terminal, Timestamp)> {
        let low =
            look.state.terminals.iter().filter_map(|terminal| Some((terminal, self.low_since(terminal)?)));
        low.min_by_key(|(_, low_at)| *low_at)
    }

    /// Since when it is low by the word of a device.
    pub(super) fn low_since(&self, terminal: &Terminal) -> Option<Timestamp> {
        (self.of)(terminal.signals()?).bad_since()
    }

    /// It was low and is no more, or the device has called it good since it is known. That another battery is good says nothing
    /// of it.
    pub(super) fn is_good(&self, terminal: &Terminal) -> bool {
        let mended = terminal.signals().is_some_and(|signals| (self.of)(signals).mended_at().is_some());
        mended || (self.is_sound)(terminal.sound)
    }

    fn is_good_again(&self, look: &Look<'_>, alert: &Alert) -> bool {
        let terminal = alert.explanation.finding.terminal().and_then(|id| look.terminal(id));
        terminal.is_some_and(|terminal| self.is_good(terminal))
    }

    /// When it will have been low for long enough.
    pub(super) fn persists_at(look: &Look<'_>, low_at: Timestamp) -> Timestamp {
        low_at.plus(hours(look.thresholds().battery.persist_h))
    }
}

impl Definition for LowBattery {
    fn rule(&self) -> Rule {
        self.rule
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.battery;
        let what = if self.rule == Rule::LowVehicleBattery {
            "the vehicle's battery"
        } else {
            "a device's own battery"
        };
        format!("{what} has been low for {} h; not again within {} h", set.persist_h, set.cool_down_h)
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (terminal, low_at) = self.lowest(look)?;
        let finding = Finding::LowBattery { terminal: terminal.id, since: low_at };
        look.is_past(Self::persists_at(look, low_at)).then_some(since(low_at, finding))
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        match () {
            () if self.lowest(look).is_some() => Phase::Holds,
            () if self.is_good_again(look, alert) => Phase::Over,
            () => Phase::Between,
        }
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P3
    }

    fn cool_down_ms(&self, thresholds: &Thresholds) -> Millis {
        hours(thresholds.battery.cool_down_h)
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        self.lowest(look).map(|(_, low_at)| Self::persists_at(look, low_at))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let counts = span(hours(look.thresholds().battery.persist_h));
        self.lowest(look).map_or_else(
            || "no device calls it low".to_owned(),
            |(terminal, low_at)| {
                format!("terminal {} calls it low since {low_at}; {counts} count", terminal.id)
            },
        )
    }
}
