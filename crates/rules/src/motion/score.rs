//! What speaks for a departure and against it, in points.
//!
//! The points are for people: a departure is confirmed by its fixes (see `departure`), whatever they come to. Of the signs of
//! the source those count that the remembered fixes show. A position by cells never becomes a fix here, and neither
//! odometer nor vibration is remembered with one.
//!
//! Shape: the fixes used and rejected in, signs with their points out. Errors: none. Source: `domain.md` §8.

use super::Departure;
use crate::belief::RADIUS_M;
use model::alert::Rejection;
use model::finding::{MovementScore, MovementSign, Scored};

impl Departure {
    /// What speaks for it and against it, in the order of the source.
    pub(crate) fn score(&self) -> MovementScore {
        let fast = self.used.iter().filter(|seen| seen.is_fast()).count();
        let was_rejected = |reason| self.rejected.iter().any(|(_, other)| *other == reason);
        let imprecise = self.used.iter().any(|seen| seen.threshold_m > RADIUS_M);
        let signs = [
            (fast >= TWICE, MovementSign::Speed, 3),
            (self.used.len() >= FIXES, MovementSign::Displacement, 3),
            (self.used.iter().any(|seen| seen.ignition == Some(true)), MovementSign::Ignition, 2),
            (imprecise || was_rejected(Rejection::FewSatellites), MovementSign::Imprecise, -2),
            (was_rejected(Rejection::Settling), MovementSign::AfterGap, -2),
            (was_rejected(Rejection::Drift), MovementSign::BackAtAnchor, -3),
        ];
        let counted = signs.into_iter().filter(|(is_there, _, _)| *is_there);
        MovementScore(counted.map(|(_, sign, points)| Scored { sign, points }).collect())
    }
}

/// One reflection may have any speed [domain.md §8].
const TWICE: usize = 2;
/// M of the taxonomy.
const FIXES: usize = 3;
