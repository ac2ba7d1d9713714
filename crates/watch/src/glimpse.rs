//! What is remembered of one vehicle, for people: as of the last checkpoint, seconds ago.
//!
//! Shape: a vehicle → its state, or its profile from before the arrears. Errors: those of the store; what is of another form is as good
//! as none, it is begun anew.

use crate::WatchError;
use model::VehicleId;
use model::finding::NightPlace;
use rules::{FormerUsualPlaces, FrozenProfile, UsualPlaces, VehicleState};
use std::collections::BTreeMap;
use store::{Store, UsualPlacesRow};

/// What is remembered of a vehicle.
pub async fn vehicle_state(store: &Store, vehicle: VehicleId) -> Result<Option<VehicleState>, WatchError> {
    let row = store.vehicle_state(vehicle).await?;
    Ok(row.and_then(|(format, bytes)| state_of(format, &bytes)))
}

/// What is remembered in a checkpoint's row.
pub fn state_of(format: i64, bytes: &[u8]) -> Option<VehicleState> {
    let is_current = format == i64::from(VehicleState::FORMAT);
    is_current.then(|| postcard::from_bytes(bytes).ok()).flatten()
}

/// Where a vehicle usually stood before the arrears that are open on it.
pub async fn frozen_profile(store: &Store, vehicle: VehicleId) -> Result<Option<FrozenProfile>, WatchError> {
    let row = store.frozen_profile(vehicle).await?;
    let current = row.filter(|row| row.format == i64::from(FrozenProfile::FORMAT));
    let bytes = current.and_then(|row| row.profile);
    Ok(bytes.and_then(|bytes| postcard::from_bytes::<Option<FrozenProfile>>(&bytes).ok()).flatten())
}

/// Where vehicles usually stand at night.
pub async fn night_places(store: &Store) -> Result<BTreeMap<VehicleId, NightPlace>, WatchError> {
    let rows = store.usual_places().await?;
    let night = |row: &UsualPlacesRow| Some((row.vehicle, usual_places(row)?.ok()?.night_place()?));
    Ok(rows.iter().filter_map(night).collect())
}

/// Where a vehicle usually stands, by a row of this form or of the one before it; of another one nothing is known.
pub(crate) fn usual_places(row: &UsualPlacesRow) -> Option<Result<UsualPlaces, postcard::Error>> {
    match u16::try_from(row.format).ok()? {
        UsualPlaces::FORMAT => Some(postcard::from_bytes(&row.places)),
        FormerUsualPlaces::FORMAT => {
            Some(postcard::from_bytes::<FormerUsualPlaces>(&row.places).map(UsualPlaces::from))
        }
        _ => None,
    }
}
