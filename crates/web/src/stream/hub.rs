//! What listeners are told from: the ring of changed alerts, and where vehicles were seen last.
//!
//! Shape: [`Hub::publish`] by the feed, [`Hub::alerts_behind`] and [`Hub::spots_behind`] by each listener at its own pace. Units: see
//! `ring` and `spots`. Errors: none. No lock is held while anything waits.

use super::ring::{Behind, Ring};
use super::seats::Seats;
use super::spots::{Spot, Spots};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use store::{InboxRow, LoanRow};
use tokio::sync::watch;

/// What listeners are told from.
pub(crate) struct Hub {
    /// Tells this process from the one before it.
    pub(super) epoch: String,
    pub(super) seats: Seats,
    inner: Mutex<Inner>,
    moved: watch::Sender<u64>,
    stopping: watch::Sender<bool>,
    wants_positions: AtomicUsize,
    devices: watch::Sender<Option<i64>>,
}

struct Inner {
    alerts: Ring<Changed>,
    spots: Spots,
}

/// An alert that changed, with the loans on its vehicle.
pub(super) struct Changed {
    pub(super) inbox: InboxRow,
    pub(super) loans: Vec<LoanRow>,
}

/// Up to where somebody was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) alert: u64,
    pub(super) position: u64,
}

/// Somebody who wants positions, as long as it lives.
pub(super) struct WantsPositions(Arc<Hub>);

impl Hub {
    pub(crate) fn new() -> Self {
        Self::with_room(ALERTS_MAX)
    }

    pub(super) fn with_room(alerts_max: usize) -> Self {
        Self {
            epoch: hex::encode(rand::random::<[u8; 6]>()),
            seats: Seats::default(),
            inner: Mutex::new(Inner { alerts: Ring::new(alerts_max), spots: Spots::default() }),
            moved: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            wants_positions: AtomicUsize::new(0),
            devices: watch::Sender::new(None),
        }
    }

    pub(super) fn publish(&self, alerts: Vec<Changed>, spots: Vec<Spot>) {
        if alerts.is_empty() && spots.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut inner = self.inner();
        for alert in alerts {
            inner.alerts.push(alert, now);
        }
        for spot in spots {
            inner.spots.push(spot);
        }
        drop(inner);
        self.moved.send_modify(|moved| *moved = moved.wrapping_add(1));
    }

    /// The version of the directory of devices, which changes when one is heard for the first time, approved, bound or set otherwise;
    /// `None` = nobody looks. Another one than the one before is news.
    pub(super) fn publish_devices(&self, now: Option<i64>) {
        self.devices.send_if_modified(|known| {
            let is_news = known.is_some() && now.is_some() && *known != now;
            *known = now;
            is_news
        });
    }

    pub(super) fn devices(&self) -> watch::Receiver<Option<i64>> {
        self.devices.subscribe()
    }

    /// Changes of alerts that nobody looked at.
    pub(super) fn cut_alerts(&self) {
        self.inner().alerts.cut();
    }

    /// Positions that nobody looked at.
    pub(super) fn cut_positions(&self) {
        self.inner().spots.cut();
    }

    /// Where everything has been told.
    pub(super) fn head(&self) -> Place {
        let inner = self.inner();
        Place { alert: inner.alerts.last(), position: inner.spots.last() }
    }

    pub(super) fn alerts_behind(&self, number: u64, most: usize) -> Behind<Changed> {
        self.inner().alerts.behind(number, most)
    }

    pub(super) fn spots_behind(&self, number: u64, most: usize) -> Option<Vec<(u64, Arc<Spot>)>> {
        self.inner().spots.behind(number, most)
    }

    pub(super) fn moved(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Ends every stream, so that the server can.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(super) fn want_positions(self: &Arc<Self>) -> WantsPositions {
        self.wants_positions.fetch_add(1, Ordering::Relaxed);
        WantsPositions(Arc::clone(self))
    }

    pub(super) fn is_asked_for_positions(&self) -> bool {
        self.wants_positions.load(Ordering::Relaxed) > 0
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WantsPositions {
    fn drop(&mut self) {
        self.0.wants_positions.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Place {
    /// As the id of an event.
    pub(super) fn id(self, epoch: &str) -> String {
        format!("{epoch}-{}.{}", self.alert, self.position)
    }

    /// Of an id of this process; `None` of any other.
    pub(super) fn of(id: &str, epoch: &str) -> Option<Self> {
        let (alert, position) = id.strip_prefix(epoch)?.strip_prefix('-')?.split_once('.')?;
        Some(Self { alert: alert.parse().ok()?, position: position.parse().ok()? })
    }
}

/// Ten minutes of a bad night; some 4 KB each.
const ALERTS_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_from_its_id_and_from_no_others() {
        let place = Place { alert: 7, position: 1_205 };
        assert_eq!(Place::of(&place.id("ab12"), "ab12"), Some(place));
        for other in ["cd34-7.1205", "ab12-7", "ab12-x.1", "", "ab12"] {
            assert_eq!(Place::of(other, "ab12"), None, "{other}");
        }
    }
}
