//! Where a vehicle stood.
//!
//! Shape: a stretch of time in, stays out, in their order, each with how often the vehicle was there within the stretch and which
//! watched place that is. Units: WGS-84 degrees, or another datum's. Errors: `purpose_required`, `invalid`.

use super::Found;
use super::place::OnMap;
use super::track::stretch;
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use model::place::{Scope, Watched};
use model::{Coordinates, Millis, Stay, Timestamp, VehicleId};
use rules::Places;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Store, Stretch};
use utoipa::ToSchema;

/// Which part of it.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StaysQuery {
    /// From; thirty days before `to` unless said.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// To; now unless said.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
}

impl StaysQuery {
    /// Which one is meant.
    pub(super) fn stretch(&self, now: Timestamp) -> Result<(Timestamp, Timestamp), Problem> {
        let to = self.to.unwrap_or(now);
        stretch(self.from.or(Some(to.plus(-MONTH_MS))), Some(to), now)
    }
}

/// A stay.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StayView {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Null while it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    lat: f64,
    lon: f64,
    /// Stays at this place within the stretch, this one too.
    visits: usize,
    /// The watched place that it is in.
    place: Option<PlaceName>,
}

/// A watched place.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PlaceName {
    id: String,
    name: String,
    kind: &'static str,
}

/// Where a vehicle stood, the stay that goes on too.
#[utoipa::path(get, path = "/vehicles/{id}/stays", tag = "vehicles",
    params(("id" = String, Path, description = "id, plate or VIN"), StaysQuery, OnMap),
    responses((status = 200, body = Vec<StayView>)))]
pub(crate) async fn stays(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
    Asked(query): Asked<StaysQuery>,
    Asked(on_map): Asked<OnMap>,
) -> Result<Json<Vec<StayView>>, Problem> {
    caller.purpose()?;
    let (store, now) = (desk.store()?, desk.now());
    let (from, to) = query.stretch(now)?;
    let found = Found::by_name(&store, &caller, &name, now).await?;
    let vehicle = found.record.vehicle;
    let (stays, goes_on) = stays_within(&store, &found, (from, to), now).await?;
    let count = u32::try_from(stays.len()).unwrap_or(u32::MAX);
    desk.reads(&caller, &format!("stays vehicle={vehicle} from={from} to={to}"), count).await?;
    let places: Vec<Watched> =
        store.places().await?.into_iter().filter(|it| concerns(it, vehicle, &caller)).collect();
    let places = Places::new(places);
    let visits = visits(&stays);
    let last = stays.len().saturating_sub(usize::from(goes_on));
    let view = |(number, (stay, visits)): (usize, (&Stay, usize))| {
        let shown = on_map.datum().shown(stay.place);
        let to = (number < last).then_some(stay.to);
        let place = places.at(stay.place).map(|place| PlaceName {
            id: place.id.to_string(),
            name: place.name.clone(),
            kind: place.kind.code(),
        });
        StayView { from: stay.from, to, lat: shown.lat(), lon: shown.lon(), visits, place }
    };
    Ok(Json(stays.iter().zip(visits).enumerate().map(view).collect()))
}

/// The stays of a stretch in their order, and whether the last of them goes on.
pub(super) async fn stays_within(
    store: &Store,
    found: &Found,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<(Vec<Stay>, bool), Problem> {
    let mut stays = store.stays(found.record.vehicle, Stretch { from, to }).await?;
    let stands = found.state.as_ref().and_then(rules::VehicleState::stands);
    // It goes on as well where the stretch ends before now.
    let goes_on = stands.filter(|(_, since)| *since < to);
    stays.extend(goes_on.map(|(place, since)| Stay { place, from: since, to: now.max(to) }));
    Ok((stays, goes_on.is_some()))
}

/// Places of other vehicles are nobody's business here, nor are other lenders' own.
fn concerns(watched: &Watched, vehicle: VehicleId, caller: &Caller) -> bool {
    match &watched.place.scope {
        Scope::Everyone => true,
        Scope::Lender(lender) => caller.scope.reaches(lender),
        Scope::Vehicle(other) => *other == vehicle,
    }
}

/// How many stays there are at the place of each, as near as a parking place is to itself: of those in the same strip of latitude.
fn visits(stays: &[Stay]) -> Vec<usize> {
    let strip = |place: Coordinates| place.lat_e7().div_euclid(STRIP_E7);
    let strips = stays.iter().fold(BTreeMap::<i32, Vec<Coordinates>>::new(), |mut strips, stay| {
        strips.entry(strip(stay.place)).or_default().push(stay.place);
        strips
    });
    let near = |one: Coordinates, other: Coordinates| {
        let north_m = (one.lat() - other.lat()) * METRES_PER_DEGREE;
        let east_m = (one.lon() - other.lon()) * METRES_PER_DEGREE * one.lat().to_radians().cos();
        north_m.hypot(east_m) <= SAME_PLACE_M
    };
    let count = |stay: &Stay| {
        let at = strip(stay.place);
        let others = strips.range(at - 1..=at + 1).flat_map(|(_, places)| places);
        others.filter(|other| near(stay.place, **other)).count()
    };
    stays.iter().map(count).collect()
}

const MONTH_MS: Millis = 30 * 24 * 3_600_000;
/// A parking place is elsewhere each evening, along the same street [P].
const SAME_PLACE_M: f64 = 150.0;
/// Somewhat higher than that.
const STRIP_E7: i32 = 20_000;
const METRES_PER_DEGREE: f64 = 111_195.08;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_was_visited_as_often_as_there_are_stays_near_it() {
        let stay = |lat| Stay {
            place: Coordinates::from_degrees(lat, 114.0).unwrap(),
            from: Timestamp::default(),
            to: Timestamp::default(),
        };
        assert_eq!(visits(&[stay(22.0), stay(22.0005), stay(22.5)]), [2, 2, 1]);
    }
}
