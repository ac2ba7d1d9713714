//! What is remembered of one vehicle, for people: as of the last checkpoint, seconds ago.
//!
//! Shape: a vehicle → its state, or its profile from before the arrears. Errors: those of the store; what is of another form is as good
//! as none, it is begun anew.

use crate::WatchError;
use model::VehicleId;
use rules::{FrozenProfile, VehicleState};
use store::Store;

/// What is remembered of a vehicle.
pub async fn vehicle_state(store: &Store, vehicle: VehicleId) -> Result<Option<VehicleState>, WatchError> {
    let row = store.vehicle_state(vehicle).await?;
    let current = row.filter(|(format, _)| *format == i64::from(VehicleState::FORMAT));
    Ok(current.and_then(|(_, bytes)| postcard::from_bytes(&bytes).ok()))
}

/// Where a vehicle usually stood before the arrears that are open on it.
pub async fn frozen_profile(store: &Store, vehicle: VehicleId) -> Result<Option<FrozenProfile>, WatchError> {
    let row = store.frozen_profile(vehicle).await?;
    let current = row.filter(|row| row.format == i64::from(FrozenProfile::FORMAT));
    let bytes = current.and_then(|row| row.profile);
    Ok(bytes.and_then(|bytes| postcard::from_bytes::<Option<FrozenProfile>>(&bytes).ok()).flatten())
}
