//! The sections of a rule set, each number with its default and its bounds.
//!
//! Shape: a section is a table of `key: default, least..=most`. Units: the end of each name (`_s`, `_min`, `_h`, `_days` spans,
//! `_kmh`, `_percent`, `dpd` days past due). Source: `domain.md` §3b; [P] where it gives none.

use super::lending::Quadrants;
use super::written::{section, within};
use super::{RuleSetError, order};
use model::Millis;
use serde::Deserialize;
use toml::Table;

/// Declares a section once: struct, defaults, bounds and the number of its keys.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident, $section:literal: $($(#[$key_doc:meta])* $key:ident: $default:literal, $least:literal..=$most:ident;)+) => {
        $(#[$doc])*
        #[allow(clippy::struct_field_names, reason = "the unit is the end of each name")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct $name { $($(#[$key_doc])* pub(crate) $key: u32),+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default),+ }
            }
        }

        impl $name {
            #[cfg(test)]
            const KEYS: usize = [$(stringify!($key)),+].len();

            fn check(written: &Table) -> Result<(), RuleSetError> {
                $(within(concat!($section, ".", stringify!($key)), written.get(stringify!($key)), $least..=$most)?;)+
                Ok(())
            }
        }
    };
}

/// Declares the sections once.
macro_rules! sections {
    ($($field:ident: $name:ident),+ $(,)?) => {
        /// Every threshold.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct Thresholds { $(pub(crate) $field: $name),+ }

        impl Thresholds {
            /// How many keys there are.
            #[cfg(test)]
            pub(super) const KEYS: usize = 0 $(+ $name::KEYS)+;

            /// Each number that is written, before it is read: the parser names the machine's types and no bounds.
            pub(super) fn check_numbers(written: &Table) -> Result<(), RuleSetError> {
                $(if let Some(section) = section(written, stringify!($field))? {
                    $name::check(section)?;
                })+
                Ok(())
            }

            pub(super) fn check_order(&self) -> Result<(), RuleSetError> {
                order::check(self)
            }
        }
    };
}

sections! {
    loan: Loan,
    quadrants: Quadrants,
    follow_up: FollowUp,
    overdue_moved: OverdueMoved,
    overdue_offline: OverdueOffline,
    offline_noloan: OfflineNoLoan,
    power_cut: PowerCut,
    tamper_light: TamperLight,
    battery: Battery,
    blind: Blind,
    abandoned: Abandoned,
    pair: Pair,
    ebike: Ebike,
    tow: Tow,
    implausible: Implausible,
    wireless_missed: WirelessMissed,
    gathering: Gathering,
    fence: Fence,
    region: Region,
    black_point: BlackPoint,
    impound: Impound,
    person_and_car_lost: PersonAndCarLost,
    severe_boundary: SevereBoundary,
    device_check: DeviceCheck,
    habits: Habits,
    dwell_unknown: DwellUnknown,
    habit_break: HabitBreak,
    habit_replaced: HabitReplaced,
    recovery_window: RecoveryWindow,
    escalation: Escalation,
    device_moved: DeviceMoved,
}

section! {
    /// What a loan must be for a rule to state anything.
    Loan, "loan":
    fresh_max_h: 26, 1..=SPAN_H_MAX;
    repeat_episodes_min: 3, 1..=COUNT_MAX;
    severe_dpd_over: 60, 1..=COUNT_MAX;
    attention_dpd_min: 1, 1..=COUNT_MAX;
    large_principal_yuan: 0, 0..=YUAN_MAX;
    poor_grade_from: 0, 0..=GRADE_MAX;
}

section! {
    /// When a borrower is called, and who on the very day on which a debit failed.
    FollowUp, "follow_up":
    dpd_min: 6, 1..=COUNT_MAX;
    principal_yuan: 150_000, 0..=YUAN_MAX;
    grade_from: 4, 0..=GRADE_MAX;
}

section! {
    /// When leaving the parking place is told.
    OverdueMoved, "overdue_moved":
    dpd_min: 6, 1..=COUNT_MAX;
    dpd_min_repeat: 1, 1..=COUNT_MAX;
    dormant_days: 3, 1..=COUNT_MAX;
    cool_down_h: 12, 0..=SPAN_H_MAX;
    parked_close_min: 15, 1..=SPAN_MIN_MAX;
    recent_max_h: 2, 1..=SPAN_H_MAX;
}

section! {
    /// When silence is told.
    OverdueOffline, "overdue_offline":
    dpd_min: 1, 1..=COUNT_MAX;
    dpd_min_repeat: 1, 1..=COUNT_MAX;
    silent_moving_h: 2, 1..=SPAN_H_MAX;
    silent_parked_h: 24, 1..=SPAN_H_MAX;
    silent_unseen_max_h: 120, 0..=SPAN_H_MAX;
    backup_interval_percent: 200, 100..=PERCENT_MAX;
    backup_extra_h: 6, 0..=SPAN_H_MAX;
    tamper_window_h: 2, 0..=SPAN_H_MAX;
    startup_grace_min: 10, 0..=SPAN_MIN_MAX;
    graver_h: 72, 1..=SPAN_H_MAX;
    again_days: 7, 1..=COUNT_MAX;
}

section! {
    /// When silence is told of a vehicle on which nothing is past due.
    OfflineNoLoan, "offline_noloan":
    silent_wired_h: 72, 1..=SPAN_H_MAX;
    backup_intervals: 3, 1..=COUNT_MAX;
}

section! {
    /// When the loss of the vehicle's supply is told.
    PowerCut, "power_cut":
    confirm_min: 5, 0..=SPAN_MIN_MAX;
    restored_min: 10, 1..=SPAN_MIN_MAX;
    silent_within_h: 24, 0..=SPAN_H_MAX;
}

section! {
    /// When a hand on a device is told.
    TamperLight, "tamper_light":
    installed_h: 24, 0..=SPAN_H_MAX;
    cool_down_h: 24, 0..=SPAN_H_MAX;
}

section! {
    /// When a low battery is told.
    Battery, "battery":
    persist_h: 10, 0..=SPAN_H_MAX;
    cool_down_h: 168, 0..=SPAN_H_MAX;
}

section! {
    /// When it is told that a talking device has no position.
    Blind, "blind":
    dpd_min: 1, 1..=COUNT_MAX;
    under_way_for_min: 10, 1..=SPAN_MIN_MAX;
    stands_for_min: 15, 1..=SPAN_MIN_MAX;
    silent_for_min: 30, 25..=SPAN_MIN_MAX;
    cool_down_h: 6, 0..=SPAN_H_MAX;
}

section! {
    /// When it is told that a vehicle does not move at all.
    Abandoned, "abandoned":
    dpd_min: 1, 1..=COUNT_MAX;
    days: 3, 1..=COUNT_MAX;
    accident_days: 30, 1..=COUNT_MAX;
}

section! {
    /// When two devices of one vehicle are told to be apart.
    Pair, "pair":
    occurrences: 2, 1..=BYTE_MAX;
    new_binding_h: 48, 0..=SPAN_H_MAX;
    main_silent_h: 24, 1..=SPAN_H_MAX;
}

section! {
    /// When a vehicle is told to be no faster than an electric bicycle.
    Ebike, "ebike":
    slower_than_kmh: 30, 5..=KMH_MAX;
    close_over_kmh: 60, 5..=KMH_MAX;
    cool_down_days: 30, 0..=COUNT_MAX;
}

section! {
    /// When it is told that a vehicle is towed.
    Tow, "tow":
    for_s: 120, 1..=SPAN_S_MAX;
    parked_close_min: 15, 1..=SPAN_MIN_MAX;
}

section! {
    /// When positions and times that cannot be are told.
    Implausible, "implausible":
    jumps_min: 3, 1..=COUNT_MAX;
    frozen_fixes_min: 5, 2..=COUNT_MAX;
    reports_min: 3, 1..=COUNT_MAX;
    no_fix_days: 3, 1..=COUNT_MAX;
    quiet_h: 24, 1..=SPAN_H_MAX;
}

section! {
    /// When the missed hours of a hidden device are told.
    WirelessMissed, "wireless_missed":
    grace_percent: 50, 0..=PERCENT_MAX;
}

section! {
    /// When vehicles are told to stand together.
    Gathering, "gathering":
    vehicles_min: 3, 2..=COUNT_MAX;
    within_m: 150, 10..=REACH_M_MAX;
    stood_h: 12, 1..=SPAN_H_MAX;
}

section! {
    /// When the crossing of a fence is told.
    Fence, "fence":
    flap_min: 30, 0..=SPAN_MIN_MAX;
}

section! {
    /// When it is told that a vehicle is in another region.
    Region, "region":
    dpd_min_province: 1, 1..=COUNT_MAX;
    dpd_min_city: 6, 1..=COUNT_MAX;
    fixes_min: 3, 2..=COUNT_MAX;
    deep_km: 5, 0..=COUNT_MAX;
    stay_min: 20, 0..=SPAN_MIN_MAX;
    again_h: 24, 0..=SPAN_H_MAX;
}

section! {
    /// When a stay where pledged cars collect is told.
    BlackPoint, "black_point":
    stay_min: 30, 1..=SPAN_MIN_MAX;
    away_min: 60, 0..=SPAN_MIN_MAX;
    night_h: 2, 1..=NIGHT_H_MAX;
    repeat_stays: 3, 2..=STAYS_MAX;
    repeat_days: 14, 1..=COUNT_MAX;
}

section! {
    /// When it is told that a vehicle stands among towed cars.
    Impound, "impound":
    stay_h: 2, 1..=SPAN_H_MAX;
}

section! {
    /// When it is told that neither the borrower nor the vehicle can be reached.
    PersonAndCarLost, "person_and_car_lost":
    dpd_min: 1, 1..=COUNT_MAX;
    silent_extra_h: 2, 0..=SPAN_H_MAX;
}

section! {
    /// When the boundary of severe overdue is told to be near.
    SevereBoundary, "severe_boundary":
    dpd_min: 55, 1..=COUNT_MAX;
}

section! {
    /// What a device must not be before a due date.
    DeviceCheck, "device_check":
    silent_intervals: 2, 1..=COUNT_MAX;
    silent_least_h: 24, 1..=SPAN_H_MAX;
    no_fix_h: 24, 1..=SPAN_H_MAX;
}

section! {
    /// What is usual of a vehicle.
    Habits, "habits":
    nights_min: 10, 1..=COUNT_MAX;
    days_min: 10, 1..=COUNT_MAX;
    history_days: 14, 1..=COUNT_MAX;
}

section! {
    /// When it is told that a vehicle stands at an unusual place.
    DwellUnknown, "dwell_unknown":
    dpd_min: 6, 1..=COUNT_MAX;
    hours: 24, 1..=SPAN_H_MAX;
}

section! {
    /// When it is told that a vehicle is at none of its usual places.
    HabitBreak, "habit_break":
    days: 5, 1..=COUNT_MAX;
    cool_down_days: 7, 0..=COUNT_MAX;
}

section! {
    /// When it is told that other places have taken the room of the usual ones.
    HabitReplaced, "habit_replaced":
    old_below_percent: 20, 1..=HUNDRED;
    new_percent_min: 50, 1..=HUNDRED;
    new_days: 20, 1..=COUNT_MAX;
    cool_down_days: 30, 0..=COUNT_MAX;
}

section! {
    /// When it is told that a vehicle stands for long where its recovery is lawful.
    RecoveryWindow, "recovery_window":
    remaining_h: 2, 1..=STAY_H_MAX;
    cool_down_h: 8, 0..=SPAN_H_MAX;
}

section! {
    /// When an alert that nobody has acknowledged is told once more; 0 is never.
    Escalation, "escalation":
    p1_unacknowledged_min: 30, 0..=SPAN_MIN_MAX;
    p2_unacknowledged_h: 4, 0..=SPAN_H_MAX;
}

section! {
    /// When it is told that a device is not where it was put.
    DeviceMoved, "device_moved":
    bound_days: 7, 1..=COUNT_MAX;
    dealer_h: 24, 1..=SPAN_H_MAX;
}

impl Loan {
    pub(crate) fn fresh_max_ms(self) -> Millis {
        hours(self.fresh_max_h)
    }
}

impl OverdueMoved {
    pub(crate) fn dormant_ms(&self) -> Millis {
        days(self.dormant_days)
    }

    pub(crate) fn cool_down_ms(&self) -> Millis {
        hours(self.cool_down_h)
    }

    pub(crate) fn parked_close_ms(&self) -> Millis {
        minutes(self.parked_close_min)
    }

    pub(crate) fn recent_max_ms(&self) -> Millis {
        hours(self.recent_max_h)
    }
}

impl OverdueOffline {
    pub(crate) fn silent_moving_ms(&self) -> Millis {
        hours(self.silent_moving_h)
    }

    pub(crate) fn silent_parked_ms(&self) -> Millis {
        hours(self.silent_parked_h)
    }

    pub(crate) fn silent_unseen_max_ms(&self) -> Millis {
        hours(self.silent_unseen_max_h)
    }

    /// Silence allowed to a backup device that usually reports at this interval.
    pub(crate) fn silent_backup_ms(&self, usual_interval_ms: Millis) -> Millis {
        let share = usual_interval_ms.saturating_mul(Millis::from(self.backup_interval_percent)) / 100;
        share.saturating_add(hours(self.backup_extra_h))
    }

    pub(crate) fn tamper_window_ms(&self) -> Millis {
        hours(self.tamper_window_h)
    }

    /// How long the server must have listened before silence of such a device counts.
    pub(crate) fn startup_grace_ms(&self, usual_interval_ms: Millis) -> Millis {
        minutes(self.startup_grace_min).max(usual_interval_ms.saturating_mul(2))
    }
}

pub(crate) fn minutes(count: u32) -> Millis {
    Millis::from(count) * MINUTE_MS
}

pub(crate) fn hours(count: u32) -> Millis {
    Millis::from(count) * HOUR_MS
}

pub(crate) fn days(count: u32) -> Millis {
    Millis::from(count) * DAY_MS
}

const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;
/// A car for more has not been financed yet; a larger number was meant in fen.
const YUAN_MAX: u32 = 100_000_000;
/// The letters of the alphabet.
const GRADE_MAX: u32 = 26;
/// A year: a longer span means that somebody mistook the unit.
const SPAN_H_MAX: u32 = 366 * 24;
/// A day of minutes, an hour of seconds: what is meant to be longer has the next unit's name.
const SPAN_MIN_MAX: u32 = 24 * 60;
const SPAN_S_MAX: u32 = 60 * 60;
/// What a state counts in a byte: more would never be reached.
const BYTE_MAX: u32 = 255;
/// The highest speed of a day is remembered in a byte too; no car that is financed drives faster.
const KMH_MAX: u32 = 250;
/// How long a vehicle usually stays is remembered up to 63 h 45 min.
const STAY_H_MAX: u32 = 63;
/// Ten years of days; days past due beyond that are a data fault.
const COUNT_MAX: u32 = 3660;
/// A quarter of a town is no gathering.
const REACH_M_MAX: u32 = 1_000;
/// The whole.
const HUNDRED: u32 = 100;
/// Ten intervals: who waits longer wants the rule off.
const PERCENT_MAX: u32 = 1000;
/// From midnight to six.
const NIGHT_H_MAX: u32 = 6;
/// So many stays in one place are remembered.
const STAYS_MAX: u32 = 4;
