//! What speaks for a departure and against it, in points.
//!
//! The points are for people: a departure is confirmed by its fixes (see `departure`), whatever they come to. Of the signs of
//! the source those count that the remembered fixes and their devices show. A position by cells never becomes a fix here, so that
//! no departure ever rests on it: that only cells moved is told by `examine` of a vehicle that has not left.
//!
//! Shape: the fixes used and rejected in, signs with their points out. Errors: none. Source: `domain.md` §8.

use super::{Departure, Seen};
use crate::VehicleState;
use model::Millis;
use model::alert::Rejection;
use model::finding::{MovementScore, MovementSign, Scored};

impl Departure {
    /// What speaks for it and against it, in the order of the source.
    pub(crate) fn score(&self, state: &VehicleState) -> MovementScore {
        let fast = self.used.iter().filter(|seen| seen.is_under_power()).count();
        let was_rejected = |reason| self.rejected.iter().any(|(_, other)| *other == reason);
        let imprecise =
            self.used.iter().filter_map(|seen| seen.hdop_tenths).any(|tenths| tenths > HDOP_TENTHS_MAX);
        let signs = [
            (fast >= TWICE, MovementSign::Speed, 3),
            (self.used.len() >= FIXES, MovementSign::Displacement, 3),
            (self.used.iter().any(|seen| seen.ignition == Some(true)), MovementSign::Ignition, 2),
            (self.is_driven(), MovementSign::Odometer, 2),
            (self.was_shaken(state), MovementSign::Vibration, 1),
            (imprecise || was_rejected(Rejection::FewSatellites), MovementSign::Imprecise, -2),
            (was_rejected(Rejection::Settling), MovementSign::AfterGap, -2),
            (was_rejected(Rejection::Drift), MovementSign::BackAtAnchor, -3),
        ];
        let counted = signs.into_iter().filter(|(is_there, _, _)| *is_there);
        MovementScore(counted.map(|(_, sign, points)| Scored { sign, points }).collect())
    }

    /// The odometer of one device grew between its fixes, by more than it rounds.
    fn is_driven(&self) -> bool {
        let read = |seen: &Seen| Some((seen.slot, seen.fix_time, seen.odometer_dam?));
        let later = |first: &Seen| {
            let first = read(first)?;
            let of_device = self.used.iter().filter_map(read).filter(|(slot, _, _)| *slot == first.0);
            let mut grown = of_device
                .filter(|(_, at, dam)| *at > first.1 && *dam >= first.2.saturating_add(DRIVEN_DAM_MIN));
            grown.next()
        };
        self.used.iter().any(|seen| later(seen).is_some())
    }

    /// A device felt it leave.
    fn was_shaken(&self, state: &VehicleState) -> bool {
        let last = self.used.iter().map(|seen| seen.fix_time).max().unwrap_or(self.left_at);
        let window = self.left_at.plus(-SHAKEN_MS)..=last.plus(LAG_MS_MAX);
        let shaken = state.terminals.iter().filter_map(|terminal| terminal.signals()?.shaken_at);
        shaken.into_iter().any(|at| window.contains(&at))
    }
}

/// One reflection may have any speed [domain.md §8].
const TWICE: usize = 2;
/// M of the taxonomy.
const FIXES: usize = 3;
/// [domain.md §8].
const HDOP_TENTHS_MAX: u16 = 40;
/// Odometers count whole or tenths of kilometres: a tenth more [P].
const DRIVEN_DAM_MIN: u32 = 10;
/// A car is shaken when somebody gets in, some minutes before it has left [P].
const SHAKEN_MS: Millis = 10 * 60_000;
/// Devices' clocks are right to two minutes, or their reports are not of now.
const LAG_MS_MAX: Millis = 120_000;
