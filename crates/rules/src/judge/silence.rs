//! Silence: time in which the server could listen and heard nothing. Its own downtime is none.
//!
//! Shape: what the state remembers of the terminals in, a [`Silence`] out. Units: milliseconds of covered time. Errors:
//! none. Source: `reliability.md` §5 (silence clock, start-up grace); `domain.md` §8 (a daily reporter is not offline).

use super::Facts;
use super::definition::Look;
use super::examine::span;
use crate::fleet::{Shared, groups, groups_of};
use crate::motion::Motion;
use crate::rule_set::Thresholds;
use crate::state::{Heard, Place, Terminal, VehicleState};
use model::input::Role;
use model::{Millis, Timestamp};

/// How long nothing was heard, and how long that may be.
pub(super) struct Silence {
    pub(super) heard: Heard,
    pub(super) silent_ms: Millis,
    pub(super) threshold_ms: Millis,
    /// What the server still has to listen before silence counts at all.
    grace_ms: Millis,
}

/// How often the devices of a vehicle usually speak.
pub(super) enum Usual {
    /// The wired one was alive when the vehicle was last heard.
    Main(Millis),
    /// Only those that sleep; the slowest says how long to wait.
    Backups(Millis),
}

impl Silence {
    /// Of the vehicle, last heard then by any of its devices, which may be silent for so long.
    pub(super) fn of(look: &Look<'_>, heard: Heard, threshold_ms: Millis, usual_ms: Millis) -> Self {
        let silent_ms = silent_ms(look, heard, || groups(look.state));
        Self::since(look, heard, silent_ms, threshold_ms, usual_ms)
    }

    /// Of one of its devices.
    pub(super) fn of_device(
        look: &Look<'_>,
        terminal: &Terminal,
        threshold_ms: Millis,
        usual_ms: Millis,
    ) -> Self {
        Self::since(look, terminal.heard, silent_ms_of(look, terminal), threshold_ms, usual_ms)
    }

    fn since(
        look: &Look<'_>,
        heard: Heard,
        silent_ms: Millis,
        threshold_ms: Millis,
        usual_ms: Millis,
    ) -> Self {
        let offline = &look.thresholds().overdue_offline;
        let grace_ms = offline.startup_grace_ms(usual_ms).saturating_sub(look.facts.run_coverage_ms);
        Self { heard, silent_ms, threshold_ms, grace_ms }
    }

    /// The same silence, held against another span.
    pub(super) const fn held_against(self, threshold_ms: Millis) -> Self {
        Self { threshold_ms, ..self }
    }

    /// Covered time until the condition holds; none or less if it does.
    pub(super) fn missing_ms(&self) -> Millis {
        self.threshold_ms.saturating_sub(self.silent_ms).max(self.grace_ms)
    }

    /// It is not silent for longer than it may be: it lives, whatever the server can say of others yet.
    pub(super) const fn is_within(&self) -> bool {
        self.silent_ms < self.threshold_ms
    }

    pub(super) fn holds(&self) -> bool {
        self.missing_ms() <= 0
    }

    /// In figures, for people.
    pub(super) fn figures(&self) -> String {
        let (silent, allowed, at) = (span(self.silent_ms), span(self.threshold_ms), self.heard.at);
        let grace = match self.grace_ms {
            1.. => format!("; the server must listen for {} more since its start", span(self.grace_ms)),
            _ => String::new(),
        };
        format!("silent for {silent} of {allowed} since {at}{grace}")
    }

    /// When the silence will be long enough: the coverage clock runs at most as fast as time.
    pub(super) fn holds_at(&self, look: &Look<'_>) -> Timestamp {
        look.facts.now.plus(self.missing_ms())
    }

    /// When it became long enough, if it is.
    pub(super) fn crossed_at(&self, look: &Look<'_>) -> Timestamp {
        let crossed_at = look.facts.now.plus(self.threshold_ms.saturating_sub(self.silent_ms));
        crossed_at.max(self.heard.at)
    }
}

/// How long nothing was heard of a device that could have been heard: its own network may be another than the vehicle's.
pub(super) fn silent_ms_of(look: &Look<'_>, terminal: &Terminal) -> Millis {
    silent_ms(look, terminal.heard, || groups_of(look.state, terminal))
}

fn silent_ms(look: &Look<'_>, heard: Heard, shared: impl FnOnce() -> Shared) -> Millis {
    let Facts { coverage_ms, outages, .. } = look.facts;
    let excused_ms = outages.excused_ms(shared, heard.coverage_ms, *coverage_ms);
    coverage_ms.saturating_sub(heard.coverage_ms).saturating_sub(excused_ms)
}

impl Usual {
    /// Of the devices on the vehicle.
    pub(super) fn of(look: &Look<'_>, heard: Heard) -> Self {
        Self::learned(look.state, heard, look.thresholds())
    }

    fn learned(state: &VehicleState, heard: Heard, thresholds: &Thresholds) -> Self {
        let alive_ms = thresholds.overdue_offline.silent_parked_ms();
        usual_of_main(state, heard, alive_ms)
            .map_or_else(|| Self::Backups(usual_of_backups(state)), Self::Main)
    }

    /// How long such a vehicle may be silent.
    pub(super) fn allowed_ms(
        &self,
        state: &VehicleState,
        thresholds: &Thresholds,
        was_moving: impl FnOnce() -> bool,
    ) -> Millis {
        let offline = &thresholds.overdue_offline;
        match self {
            Self::Main(_) if was_moving() => offline.silent_moving_ms(),
            Self::Main(_) => {
                offline.silent_parked_ms().max(unseen_ms(state).min(offline.silent_unseen_max_ms()))
            }
            Self::Backups(usual_ms) => offline.silent_backup_ms(*usual_ms),
        }
    }

    /// How far apart the last two fixes of those devices were, at the most.
    fn fix_gap_ms(&self, state: &VehicleState) -> Millis {
        let of_main = matches!(self, Self::Main(_));
        let theirs = state.terminals.iter().filter(|terminal| (terminal.role == Some(Role::Main)) == of_main);
        theirs.map(|terminal| terminal.fix_gap_ms).max().unwrap_or(0)
    }

    pub(super) const fn ms(&self) -> Millis {
        match self {
            Self::Main(ms) | Self::Backups(ms) => *ms,
        }
    }
}

/// What the schedule that a vehicle has shown allows it.
pub(crate) struct Patience {
    /// How long none of its devices need be heard.
    pub(crate) silent_ms: Millis,
    /// How far apart its fixes usually are, or its frames if that is more.
    pub(crate) sight_ms: Millis,
}

impl Patience {
    /// Of what the state knows alone: whether the server could listen is for others to say. `None` = no device is known.
    pub(crate) fn of(state: &VehicleState, thresholds: &Thresholds) -> Option<Self> {
        let heard = state.heard.filter(|_| !state.terminals.is_empty())?;
        let usual = Usual::learned(state, heard, thresholds);
        // A gap of days is a stay below, and no schedule.
        let fix_gap_ms = usual.fix_gap_ms(state).min(BACKUP_INTERVAL_MS);
        Some(Self {
            silent_ms: usual.allowed_ms(state, thresholds, || seemed_moving(state, heard)),
            sight_ms: usual.ms().max(fix_gap_ms),
        })
    }
}

/// A wired device that had already been silent says nothing of the others: a daily backup would look missing every day.
fn usual_of_main(state: &VehicleState, heard: Heard, alive_ms: Millis) -> Option<Millis> {
    (state.terminals.iter())
        .filter(|terminal| terminal.role == Some(Role::Main))
        .filter(|terminal| heard.coverage_ms.saturating_sub(terminal.heard.coverage_ms) < alive_ms)
        .map(|terminal| terminal.usual_interval_ms.unwrap_or(0))
        .max()
}

fn usual_of_backups(state: &VehicleState) -> Millis {
    let backups = state.terminals.iter().filter(|terminal| terminal.role != Some(Role::Main));
    backups.map(usual_of_backup).max().unwrap_or(BACKUP_INTERVAL_MS)
}

/// How often a hidden device reports.
pub(super) fn usual_of_backup(terminal: &Terminal) -> Millis {
    terminal.usual_interval_ms.unwrap_or(BACKUP_INTERVAL_MS)
}

/// Under way when last heard. A vehicle whose receiver had been blind for longer may have parked: in a garage the
/// heartbeats go on. So may one that was out of sight here before, and one that nobody could watch when it fell silent.
pub(super) fn was_moving(look: &Look<'_>, heard: Heard) -> bool {
    seemed_moving(look.state, heard) && !fell_silent_unwatched(look, heard)
}

/// The same, as far as its own state says.
fn seemed_moving(state: &VehicleState, heard: Heard) -> bool {
    let seen_lately = |last: &Place| heard.at.since(last.at) <= BLIND_MS_MAX;
    let seen_here_before =
        |last: &Place| state.habits().is_some_and(|habits| habits.haunts.has(last.coordinates));
    matches!(state.motion, Motion::Moving { .. })
        && state.last.as_ref().is_some_and(|last| seen_lately(last) && !seen_here_before(last))
}

/// It fell silent with the server or with its network, and went on who knows where.
pub(super) fn fell_silent_unwatched(look: &Look<'_>, heard: Heard) -> bool {
    let Facts { interruptions, outages, .. } = look.facts;
    interruptions.cut_off(heard.coverage_ms) || outages.has_silenced(look.state)
}

/// How long it may be silent where it was out of sight before: a quarter longer than ever.
fn unseen_ms(state: &VehicleState) -> Millis {
    let longest =
        state.last.zip(state.habits()).and_then(|(last, habits)| habits.haunts.longest_ms(last.coordinates));
    longest.map_or(0, |longest_ms| longest_ms + longest_ms / 4)
}

/// A wireless device reports once a day unless it shows otherwise [domain.md §8].
const BACKUP_INTERVAL_MS: Millis = 24 * 3_600_000;
/// Without a fix for longer, "moving" is old news [P].
const BLIND_MS_MAX: Millis = 30 * 60_000;
