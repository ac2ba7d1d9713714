//! What a vehicle does, in one of five words: offline is not one state.
//!
//! Shape: when it was heard and seen, and what is remembered of it, in; a word and since when out. Units: journal time. Errors: none.
//! Source: `ux.md` §0.3 (online, no new fix, offline); constants marked [P] are ours.

use model::{Millis, Timestamp};
use rules::VehicleState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a vehicle does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Doing {
    /// Is under way.
    Moving,
    /// Stands.
    Parked,
    /// Its devices talk, and do not say where it is.
    Unseen,
    /// It has not been heard for longer than a day.
    Dark,
    /// None of its devices was ever heard.
    Never,
}

impl Doing {
    /// The word, with since when it is so.
    pub(crate) fn of(
        heard_at: Option<Timestamp>,
        seen_at: Option<Timestamp>,
        state: Option<&VehicleState>,
        now: Timestamp,
    ) -> (Self, Option<Timestamp>) {
        let Some(heard_at) = heard_at else { return (Self::Never, None) };
        if now.since(heard_at) > DARK_MS {
            return (Self::Dark, Some(heard_at));
        }
        let is_recent = seen_at.is_some_and(|seen_at| now.since(seen_at) <= UNDER_WAY_MS);
        match state {
            Some(state) if state.parked_since().is_some() => (Self::Parked, state.parked_since()),
            Some(state) if state.is_moving() && is_recent => (Self::Moving, seen_at),
            Some(_) | None => (Self::Unseen, seen_at),
        }
    }
}

/// A hidden device wakes once a day, at an hour that drifts [P].
const DARK_MS: Millis = 26 * 3_600_000;
/// Nobody knows whether a car that was under way a quarter of an hour ago still is [P].
const UNDER_WAY_MS: Millis = 15 * 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);

    #[test]
    fn a_car_that_talks_without_a_place_is_unseen_and_a_silent_one_dark() {
        let of =
            |heard_ago: Option<Millis>| Doing::of(heard_ago.map(|ago| NOW.plus(-ago)), None, None, NOW).0;
        assert_eq!(of(None), Doing::Never);
        assert_eq!(of(Some(60_000)), Doing::Unseen);
        assert_eq!((of(Some(DARK_MS)), of(Some(DARK_MS + 1))), (Doing::Unseen, Doing::Dark));
        let state = VehicleState::begun_anew(NOW, 0);
        assert_eq!(
            Doing::of(Some(NOW), Some(NOW), Some(&state), NOW).0,
            Doing::Unseen,
            "too few fixes to say"
        );
    }
}
