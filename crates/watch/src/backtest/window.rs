//! From when until when alerts are counted, within what is stored.
//!
//! Shape: two times and the extent of the history in, [`Window`] out. Units: journal time. Errors: [`Unstored`].

use super::run::{Run, Tale};
use model::{Millis, Seq, Timestamp};
use store::{Store, StoreError};

/// Which part of the history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The first input; 1 where nothing is missing.
    pub first: Seq,
    /// Its journal time.
    pub begins_at: Timestamp,
    /// The last one that was folded.
    pub last: Seq,
    /// Its journal time.
    pub ends_at: Timestamp,
}

/// Nothing is stored between two times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing is stored between {from} and {to}: what is stored goes from {} to {}", kept.begins_at, kept.ends_at)]
pub struct Unstored {
    /// Wanted from here.
    pub from: Timestamp,
    /// Wanted to here.
    pub to: Timestamp,
    /// What there is.
    pub kept: Kept,
}

/// Which alerts are counted, and among how many vehicles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Raised at this time or later.
    pub from: Timestamp,
    /// Raised before this time.
    pub to: Timestamp,
    /// So many there are.
    pub vehicles: usize,
}

impl Kept {
    /// What a store keeps; `None` if nothing was ever folded.
    pub async fn of(store: &Store) -> Result<Option<Self>, StoreError> {
        let (begin, place) = (store.history_begin().await?, store.place().await?);
        Ok(begin.zip(place).map(|(begin, (cursor, mark))| Self {
            first: begin.seq,
            begins_at: begin.at,
            last: cursor.applied,
            ends_at: mark.applied_at,
        }))
    }

    /// The part of it that is wanted.
    pub fn narrowed(
        self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<(Timestamp, Timestamp), Unstored> {
        let behind = self.ends_at.plus(1);
        let (first, last) =
            (from.unwrap_or(self.begins_at).max(self.begins_at), to.unwrap_or(behind).min(behind));
        if first < last {
            return Ok((first, last));
        }
        Err(Unstored { from: from.unwrap_or(first), to: to.unwrap_or(last), kept: self })
    }
}

impl Window {
    /// A part of a run.
    pub fn of((from, to): (Timestamp, Timestamp), run: &Run) -> Self {
        Self { from, to, vehicles: run.vehicles }
    }

    /// Whether an alert was raised within it.
    pub fn has(&self, tale: &Tale) -> bool {
        self.holds(tale.alert.opened_at)
    }

    /// Whether a moment is within it.
    pub fn holds(&self, at: Timestamp) -> bool {
        (self.from..self.to).contains(&at)
    }

    /// Its length.
    pub fn days(&self) -> f64 {
        let minutes = u32::try_from(self.to.since(self.from) / MINUTE_MS).unwrap_or(u32::MAX);
        f64::from(minutes) / MINUTES_PER_DAY
    }
}

const MINUTE_MS: Millis = 60_000;
const MINUTES_PER_DAY: f64 = 1440.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_beside_what_is_stored_is_refused_and_one_over_its_edge_is_cut() {
        let at = Timestamp::from_ms;
        let kept = Kept { first: Seq(1), begins_at: at(100), last: Seq(9), ends_at: at(200) };
        assert_eq!(kept.narrowed(None, None), Ok((at(100), at(201))));
        assert_eq!(kept.narrowed(Some(at(50)), Some(at(150))), Ok((at(100), at(150))));
        for (from, to) in [(Some(at(201)), None), (None, Some(at(100))), (Some(at(150)), Some(at(150)))] {
            let error = kept.narrowed(from, to).unwrap_err();
            assert!(error.to_string().starts_with("nothing is stored between"), "{error}");
        }
    }
}
