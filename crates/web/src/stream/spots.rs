//! Where vehicles were seen last: of each only the newest, however often it reports.
//!
//! Shape: live positions in, numbered; the vehicles that were seen behind a number out. What a row needs is read for all of them at
//! once, not listener by listener. Units: see the rows. Errors: those of the store.

use crate::fleet::Dot;
use crate::vehicles::row::{by_id, by_vehicle};
use crate::vehicles::state_of;
use model::{Seq, TerminalId, VehicleId};
use rules::VehicleState;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Heading, LiveAlerts, LoanRow, Seen, Store, StoreError, VehicleRecord};

/// A vehicle that was seen.
pub(super) struct Spot {
    pub(super) record: VehicleRecord,
    state: Option<VehicleState>,
    pub(super) loans: Vec<LoanRow>,
    live: Vec<LiveAlerts>,
    pub(super) heading: (TerminalId, Heading),
}

/// The newest of each vehicle, with its number.
#[derive(Default)]
pub(super) struct Spots {
    of: BTreeMap<VehicleId, u64>,
    by_number: BTreeMap<u64, Arc<Spot>>,
    last: u64,
    /// Up to this number not all are here.
    gone_through: u64,
}

impl Spot {
    /// As a map draws it.
    pub(super) fn dot(&self) -> Dot<'_> {
        Dot { record: &self.record, state: self.state.clone(), loans: &self.loans, live: &self.live }
    }
}

/// What a row needs of some positions, of each vehicle the newest.
pub(super) async fn spots_of(store: &Store, seen: Vec<Seen>) -> Result<Vec<Spot>, StoreError> {
    let newest: BTreeMap<VehicleId, Seen> = seen.into_iter().map(|seen| (seen.vehicle, seen)).collect();
    let vehicles: Vec<VehicleId> = newest.keys().copied().collect();
    let records = store.vehicle_records(&vehicles).await?;
    let mut loans = by_vehicle(store.loans_on(&vehicles).await?);
    let mut live = by_id(store.live_alerts_on(&vehicles).await?);
    let spot = |record: VehicleRecord| {
        let seen = newest.get(&record.vehicle)?;
        let state = state_of(&record);
        // What is remembered is as of the last checkpoint, seconds ago.
        let heard_at = record.heard_at.max(Some(seen.received_at));
        let at = (seen.heading.fix_time, seen.place);
        Some(Spot {
            state,
            loans: loans.remove(&record.vehicle).unwrap_or_default(),
            live: live.remove(&record.vehicle).unwrap_or_default(),
            heading: (seen.terminal, seen.heading),
            record: VehicleRecord { heard_at, seen: Some(at), ..record },
        })
    };
    Ok(records.into_iter().filter_map(spot).collect())
}

/// The last input among positions.
pub(super) fn last_of(seen: &[Seen], before: Seq) -> Seq {
    seen.last().map_or(before, |seen| seen.seq)
}

impl Spots {
    pub(super) fn push(&mut self, spot: Spot) {
        self.last = self.last.saturating_add(1);
        let vehicle = spot.record.vehicle;
        if let Some(before) = self.of.insert(vehicle, self.last) {
            self.by_number.remove(&before);
        }
        self.by_number.insert(self.last, Arc::new(spot));
        while self.by_number.len() > SPOTS_MAX {
            let Some((number, spot)) = self.by_number.pop_first() else { break };
            self.of.remove(&spot.record.vehicle);
            self.gone_through = number;
        }
    }

    /// Nobody listens: what is here is let go, and what comes is not looked at.
    pub(super) fn cut(&mut self) {
        self.of.clear();
        self.by_number.clear();
        self.last = self.last.saturating_add(1);
        self.gone_through = self.last;
    }

    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// The vehicles that were seen behind a number; `None` where some of them are gone.
    pub(super) fn behind(&self, number: u64, most: usize) -> Option<Vec<(u64, Arc<Spot>)>> {
        if number < self.gone_through || number > self.last {
            return None;
        }
        let these = self.by_number.range(number.saturating_add(1)..).take(most);
        Some(these.map(|(number, spot)| (*number, Arc::clone(spot))).collect())
    }
}

/// More vehicles than move at once in a large fleet; a few KB each.
const SPOTS_MAX: usize = 20_000;
