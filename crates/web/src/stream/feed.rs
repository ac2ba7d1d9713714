//! What feeds the hub: the fold's progress.
//!
//! Shape: each time the fold has moved on, the alerts that changed since, whether devices did and, where somebody wants them, the newest position of each
//! vehicle. Errors: a store that does not answer is asked again; what was missed meanwhile is found by its place in the journal. Where
//! nobody has listened for a while nothing is asked, and whoever comes back is told to read everything again.

use super::hub::{Changed, Hub};
use super::spots::{last_of, spots_of};
use crate::desk::Desk;
use crate::vehicles::row::by_vehicle;
use model::{Seq, Timestamp, VehicleId};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use store::{InboxRow, LoanRow, Store, StoreError};
use tokio::sync::watch;
use tokio::time::sleep;

/// Feeds the hub until told to stop; then ends every stream, and is there until it is dropped.
pub(crate) async fn feed(desk: Desk, mut stop: watch::Receiver<bool>) {
    let mut applied = desk.health.applied.clone();
    let mut feeder = Feeder::at(&desk);
    loop {
        tokio::select! {
            // All of them are watch channels or timers: a lost wait loses no news.
            _ = stop.wait_for(|stop| *stop) => break,
            _ = applied.changed() => {}
            () = sleep(BEAT) => {}
        }
        if let Ok(store) = desk.store()
            && let Err(error) = feeder.step(&desk, &store).await
        {
            tracing::warn!(%error, "live streams wait for the store");
        }
        sleep(PAUSE).await;
    }
    desk.hub.stop();
    std::future::pending::<()>().await;
}

/// Up to where what happened was looked at.
pub(super) struct Feeder {
    alerts: Seq,
    positions: Seq,
    woken: Timestamp,
    listened_at: Instant,
    positions_at: Instant,
    devices_at: Instant,
    /// What was not looked at is cut off already.
    is_cut: bool,
    is_positions_cut: bool,
}

impl Feeder {
    pub(super) fn at(desk: &Desk) -> Self {
        let applied = desk.health.applied.borrow().seq;
        let (now, woken) = (Instant::now(), desk.now());
        Self {
            alerts: applied,
            positions: applied,
            woken,
            listened_at: now,
            positions_at: now,
            devices_at: now,
            is_cut: false,
            is_positions_cut: false,
        }
    }

    /// Looks at what happened since.
    pub(super) async fn step(&mut self, desk: &Desk, store: &Store) -> Result<(), StoreError> {
        let (hub, applied) = (&desk.hub, desk.health.applied.borrow().seq);
        if hub.seats.taken() > 0 {
            self.listened_at = Instant::now();
        } else if self.listened_at.elapsed() > UNHEARD_MAX {
            if !std::mem::replace(&mut self.is_cut, true) {
                hub.cut_alerts();
            }
            (self.alerts, self.woken) = (applied, desk.now());
        }
        if self.listened_at.elapsed() <= UNHEARD_MAX {
            self.is_cut = false;
            self.look_at_alerts(desk, store, applied).await?;
        }
        self.look_at_devices(hub, store).await?;
        self.look_at_positions(hub, store, applied).await
    }

    async fn look_at_devices(&mut self, hub: &Hub, store: &Store) -> Result<(), StoreError> {
        if hub.seats.taken() == 0 {
            hub.publish_devices(None);
        } else if self.devices_at.elapsed() >= DEVICES_EVERY {
            self.devices_at = Instant::now();
            let (version, _) = store.directory_version().await?;
            hub.publish_devices(Some(version));
        }
        Ok(())
    }

    async fn look_at_alerts(&mut self, desk: &Desk, store: &Store, applied: Seq) -> Result<(), StoreError> {
        loop {
            let rows = store.inbox_changes(self.alerts, ROWS_MAX).await?;
            let is_last = i64::try_from(rows.len()).is_ok_and(|rows| rows < ROWS_MAX);
            let last = rows.last().map_or(self.alerts, |row| row.seq);
            desk.hub.publish(changed(store, rows).await?, Vec::new());
            self.alerts = last;
            if is_last {
                break;
            }
        }
        // Everything up to there was committed before it was asked for.
        self.alerts = self.alerts.max(applied);
        let now = desk.now();
        let woken = store.inbox_woken(self.woken, now, ROWS_MAX).await?;
        desk.hub.publish(changed(store, woken).await?, Vec::new());
        self.woken = now;
        Ok(())
    }

    async fn look_at_positions(&mut self, hub: &Hub, store: &Store, applied: Seq) -> Result<(), StoreError> {
        if !hub.is_asked_for_positions() {
            if !std::mem::replace(&mut self.is_positions_cut, true) {
                hub.cut_positions();
            }
            self.positions = applied;
            return Ok(());
        }
        self.is_positions_cut = false;
        if self.positions_at.elapsed() < POSITIONS_EVERY {
            return Ok(());
        }
        self.positions_at = Instant::now();
        if applied.0.saturating_sub(self.positions.0) > BEHIND_MAX {
            // After an outage: reading everything again is less than telling each step.
            hub.cut_positions();
            self.positions = applied;
        }
        let seen = store.seen_since(self.positions, SEEN_MAX).await?;
        self.positions = last_of(&seen, self.positions);
        hub.publish(Vec::new(), spots_of(store, seen).await?);
        Ok(())
    }
}

async fn changed(store: &Store, rows: Vec<InboxRow>) -> Result<Vec<Changed>, StoreError> {
    let mut vehicles: Vec<VehicleId> = rows.iter().filter_map(|row| row.alert.about.vehicle()).collect();
    vehicles.sort_unstable();
    vehicles.dedup();
    let loans: BTreeMap<VehicleId, Vec<LoanRow>> = by_vehicle(store.loans_on(&vehicles).await?);
    let on = |row: &InboxRow| row.alert.about.vehicle().and_then(|vehicle| loans.get(&vehicle).cloned());
    Ok(rows.into_iter().map(|inbox| Changed { loans: on(&inbox).unwrap_or_default(), inbox }).collect())
}

/// The backstop for a lost signal, and the beat at which a snooze ends.
const BEAT: Duration = Duration::from_secs(1);
/// A fold that commits each few milliseconds is asked ten times a second.
const PAUSE: Duration = Duration::from_millis(100);
/// As long as the ring remembers.
const UNHEARD_MAX: Duration = Duration::from_mins(10);
/// Each vehicle once a second at most.
const POSITIONS_EVERY: Duration = Duration::from_secs(1);
/// As often as a list of devices is read again.
pub(super) const DEVICES_EVERY: Duration = Duration::from_secs(1);
/// Alerts that are read at once.
const ROWS_MAX: i64 = 500;
/// Positions that are read at once: two seconds of a busy server.
const SEEN_MAX: i64 = 20_000;
/// Inputs that are looked through for positions rather than cut off.
const BEHIND_MAX: i64 = 200_000;
