//! What is remembered of one vehicle, for people: as of the last checkpoint, seconds ago.
//!
//! Shape: a vehicle → its state. Errors: those of the store; a state of another form is as good as none, it is begun anew.

use crate::WatchError;
use model::VehicleId;
use rules::VehicleState;
use store::Store;

/// What is remembered of a vehicle.
pub async fn vehicle_state(store: &Store, vehicle: VehicleId) -> Result<Option<VehicleState>, WatchError> {
    let row = store.vehicle_state(vehicle).await?;
    let current = row.filter(|(format, _)| *format == i64::from(VehicleState::FORMAT));
    Ok(current.and_then(|(_, bytes)| postcard::from_bytes(&bytes).ok()))
}
