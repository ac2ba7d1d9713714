//! What is remembered of one terminal of a vehicle.
//!
//! Shape: stepped as the vehicle's state is. Units: see each field. Errors: none. Source: DESIGN.md §1, fine print 3; constants marked
//! [P] are ours.

use super::{Heard, step_rare};
use crate::oddities::Oddities;
use crate::signals::{Signals, Sound};
use crate::wakings::Wakings;
use model::input::Role;
use model::{Coordinates, Millis, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};

/// What is remembered of one terminal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Terminal {
    pub(crate) id: TerminalId,
    /// Unknown until its first report: a heartbeat does not say.
    pub(crate) role: Option<Role>,
    /// Device time of its newest live report.
    pub(crate) live_at: Option<Timestamp>,
    /// Device time of its newest live fix with enough satellites.
    pub(crate) fixed_at: Option<Timestamp>,
    /// Between its last two such fixes.
    pub(crate) fix_gap_ms: Millis,
    /// Fixes still to be quarantined after a gap.
    pub(crate) settling: u8,
    pub(crate) heard: Heard,
    /// How often it usually speaks; of a backup device, how long it usually sleeps at the longest.
    pub(crate) usual_interval_ms: Option<Millis>,
    /// How long a backup device slept.
    wakings: Wakings,
    /// Since when it has been on this vehicle, by its binding.
    pub(crate) bound_at: Option<Timestamp>,
    /// When it was heard first on this vehicle.
    pub(crate) first_heard_at: Timestamp,
    /// Its newest live fix with enough satellites.
    pub(crate) fix: Option<TerminalFix>,
    /// Since when it talks and has no position, with the ignition on or under way.
    pub(crate) blind: Option<Blind>,
    /// When its ignition line was on last: it is connected, or was.
    pub(crate) ignition_on_at: Option<Timestamp>,
    /// What it called good since it is known.
    pub(crate) sound: Sound,
    /// Most devices never have anything to say of themselves: what they do is kept apart.
    signals: Option<Box<Signals>>,
    oddities: Option<Box<Oddities>>,
}

/// Where a terminal was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct TerminalFix {
    pub(crate) at: Timestamp,
    pub(crate) place: Coordinates,
    pub(crate) accuracy_m: u16,
}

/// A terminal talks and has no position.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Blind {
    pub(crate) since: Timestamp,
    /// The last report without one.
    pub(crate) until: Timestamp,
    pub(crate) was_moving: bool,
}

impl Terminal {
    pub(super) fn new(id: TerminalId, heard: Heard) -> Self {
        Self {
            id,
            role: None,
            live_at: None,
            fixed_at: None,
            fix_gap_ms: 0,
            settling: 0,
            heard,
            usual_interval_ms: None,
            wakings: Wakings::default(),
            bound_at: None,
            first_heard_at: heard.at,
            fix: None,
            blind: None,
            ignition_on_at: None,
            sound: Sound::default(),
            signals: None,
            oddities: None,
        }
    }

    /// What it says of itself, if it ever did.
    pub(crate) fn signals(&self) -> Option<&Signals> {
        self.signals.as_deref()
    }

    /// What was odd of it, if anything was.
    pub(crate) fn oddities(&self) -> Option<&Oddities> {
        self.oddities.as_deref()
    }

    pub(crate) fn step_signals(&mut self, step: impl FnOnce(&mut Signals) -> Sound) {
        let mut sound = self.sound;
        step_rare(&mut self.signals, |signals| sound = sound.and(step(signals)));
        self.sound = sound;
    }

    pub(crate) fn on_ignition(&mut self, ignition: Option<bool>, at: Timestamp) {
        if ignition == Some(true) {
            self.ignition_on_at = self.ignition_on_at.max(Some(at));
        }
    }

    /// It said that the ignition is on, has said nothing else for a while since, and that is not too old to count.
    pub(crate) fn is_under_power(&self, at: Timestamp) -> bool {
        self.ignition_on_at
            .is_some_and(|on_at| self.heard.at.since(on_at) <= LAST_WORD_MS && at.since(on_at) <= SAID_MS_MAX)
    }

    /// Its ignition line was on when the vehicle drove to where it stood last, or since. A line that was off on that drive is
    /// dead, and says nothing of the next.
    pub(crate) fn came_under_power(&self, came_at: Option<Timestamp>) -> bool {
        self.ignition_on_at
            .is_some_and(|on_at| came_at.is_none_or(|came_at| came_at.since(on_at) <= IGNITION_MS_MAX))
    }

    pub(crate) fn step_oddities(&mut self, step: impl FnOnce(&mut Oddities)) {
        step_rare(&mut self.oddities, step);
    }

    /// Learns from the covered time since the terminal was last heard, so that the server's downtime teaches nothing.
    ///
    /// A wired device speaks all the time: a slow mean. A backup wakes, says several things and sleeps: only the gaps
    /// between wakings count. One long outage must not teach: a gap counts for little more than twice the usual.
    pub(super) fn learn_interval(&mut self, coverage_ms: Millis) {
        let gap_ms = coverage_ms.saturating_sub(self.heard.coverage_ms);
        self.usual_interval_ms = match (self.role, self.usual_interval_ms) {
            (Some(Role::Main), None) if gap_ms > 0 => Some(gap_ms.min(DAY_MS)),
            (Some(Role::Main), Some(usual)) if gap_ms > 0 => {
                Some(usual + (gap_ms.min(capped_ms(usual)) - usual) / MEAN_SHARE)
            }
            (Some(Role::Backup) | None, usual) if gap_ms >= WAKING_MS => {
                // One that became the wired one, or is the hidden one now, begins with what is known of it.
                let most_ms = capped_ms(usual.unwrap_or(DAY_MS));
                self.wakings.on_gap(gap_ms.min(most_ms), coverage_ms);
                Some(self.wakings.usual_ms())
            }
            (_, usual) => usual,
        };
    }
}

const fn capped_ms(usual_ms: Millis) -> Millis {
    usual_ms.saturating_mul(2).saturating_add(SLACK_MS)
}

/// Frames closer together than this belong to one waking of a sleeping device [P].
const WAKING_MS: Millis = 10 * 60_000;
/// A wired device's mean follows by this part of each gap [P].
const MEAN_SHARE: Millis = 8;
/// What a gap may exceed twice the usual interval by, so that a device may change its schedule upwards [P].
const SLACK_MS: Millis = 6 * 3_600_000;
/// What is heard of it so shortly after its word is no other word, or one that costs the begin of a tow a minute [P].
const LAST_WORD_MS: Millis = 60_000;
/// Two heartbeats of a device whose ignition is on [P].
const SAID_MS_MAX: Millis = 10 * 60_000;
/// Before it stood, the ignition was on no longer ago than this: it may be seen first days after it was driven into a garage [P].
const IGNITION_MS_MAX: Millis = 2 * DAY_MS;
const DAY_MS: Millis = 24 * 3_600_000;
