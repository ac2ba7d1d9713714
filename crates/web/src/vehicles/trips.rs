//! Where a vehicle drove from and to: what lies between its stays.
//!
//! Shape: a stretch of time in, trips out, in their order. A trip begins where a stay ended and ends where the next one began; before the
//! first stay and behind the last it is what was fixed there. Units: metres along the fixes, km/h, WGS-84 degrees, or another datum's.
//! Errors: `purpose_required`, `invalid`. Constants marked [P] are ours.

use super::Found;
use super::place::OnMap;
use super::row::Eyes;
use super::rule_set;
use super::simplify::Spot;
use super::stays::{StaysQuery, stays_within};
use super::track::spots;
use crate::asked::Asked;
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::{Code, Problem};
use axum::Json;
use axum::extract::{Path, State};
use geo::{Distance, Haversine, Point};
use model::{Coordinates, Datum, Speed, Stay, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A drive from one stay to the next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TripView {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Null while the vehicle is under way. Of one that fell silent on its way, its last fix.
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Latitude and longitude of its beginning.
    begin: (f64, f64),
    /// Latitude and longitude of its end, or of its newest fix.
    end: (f64, f64),
    /// Along the fixes, those too that no rule believes; a vehicle that was fixed seldom drove further.
    distance_m: u32,
    /// The highest speed that a device reported.
    speed_max_kmh: Option<f64>,
    /// Positions that were fixed on the way.
    fixes: usize,
}

/// The trips of a vehicle. One that the stretch cuts is told from or up to there only.
#[utoipa::path(get, path = "/vehicles/{id}/trips", tag = "vehicles",
    params(("id" = String, Path, description = "id, plate or VIN"), StaysQuery, OnMap),
    responses((status = 200, body = Vec<TripView>)))]
pub(crate) async fn trips(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
    Asked(query): Asked<StaysQuery>,
    Asked(on_map): Asked<OnMap>,
) -> Result<Json<Vec<TripView>>, Problem> {
    caller.purpose()?;
    let (store, now) = (desk.store()?, desk.now());
    let (from, to) = query.stretch(now)?;
    let found = Found::by_name(&store, &caller, &name, now).await?;
    let vehicle = found.record.vehicle;
    let (stays, _) = stays_within(&store, &found, (from, to), now).await?;
    let spots = spots(&store, vehicle, (from, to), None).await?;
    let trips = tokio::task::spawn_blocking(move || between(&stays, &spots)).await.map_err(|error| {
        tracing::error!(%error, "trips could not be told apart");
        Problem::from(Code::Internal)
    })?;
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now };
    let doing = eyes.doing(&found.record, found.state.as_ref(), &found.loans);
    let goes_on = to >= now && matches!(doing, rules::Doing::Moving { .. });
    let count = u32::try_from(trips.len()).unwrap_or(u32::MAX);
    desk.reads(&caller, &format!("trips vehicle={vehicle} from={from} to={to}"), count).await?;
    Ok(Json(trips.iter().map(|trip| trip.view(on_map.datum(), goes_on)).collect()))
}

/// A trip as it was.
#[derive(Debug, Clone, PartialEq)]
struct Trip {
    begin: (Timestamp, Coordinates),
    end: (Timestamp, Coordinates),
    /// A stay followed.
    is_over: bool,
    distance_m: f64,
    speed_max_kmh: Option<f64>,
    fixes: usize,
}

/// What lies between stays, both in their order. What is no further than a parking lot is wide is no trip.
fn between(stays: &[Stay], spots: &[Spot]) -> Vec<Trip> {
    let mut rest = spots;
    let mut trips = Vec::new();
    let before = std::iter::once(None).chain(stays.iter().map(Some));
    let behind = stays.iter().map(Some).chain(std::iter::once(None));
    for (before, behind) in before.zip(behind) {
        let begin = rest.partition_point(|spot| before.is_some_and(|stay| spot.at <= stay.to));
        let end = rest.partition_point(|spot| behind.is_none_or(|stay| spot.at < stay.from)).max(begin);
        let (passed, later) = rest.split_at(end);
        rest = later;
        trips.extend(Trip::of(before, passed.get(begin..).unwrap_or_default(), behind));
    }
    trips
}

impl Trip {
    fn of(before: Option<&Stay>, fixed: &[Spot], behind: Option<&Stay>) -> Option<Self> {
        let first = fixed.first().map(|spot| (spot.at, spot.place));
        let last = fixed.last().map(|spot| (spot.at, spot.place));
        let begin = before.map(|stay| (stay.to, stay.place)).or(first)?;
        let end = behind.map(|stay| (stay.from, stay.place)).or(last)?;
        let way: Vec<Coordinates> =
            std::iter::once(begin.1).chain(fixed.iter().map(|spot| spot.place)).chain([end.1]).collect();
        let distance_m = way.windows(2).map(|leg| leg.first().zip(leg.last()).map_or(0.0, metres)).sum();
        let speeds = fixed.iter().filter_map(|spot| spot.speed).map(Speed::kmh);
        let trip = Self {
            begin,
            end,
            is_over: behind.is_some(),
            distance_m,
            speed_max_kmh: speeds.reduce(f64::max),
            fixes: fixed.len(),
        };
        (distance_m >= TRIP_M_MIN).then_some(trip)
    }

    fn view(&self, datum: Datum, goes_on: bool) -> TripView {
        let shown = |(_, place): (Timestamp, Coordinates)| {
            let shown = datum.shown(place);
            (shown.lat(), shown.lon())
        };
        TripView {
            from: self.begin.0,
            to: Some(self.end.0).filter(|_| self.is_over || !goes_on),
            begin: shown(self.begin),
            end: shown(self.end),
            distance_m: whole(self.distance_m),
            speed_max_kmh: self.speed_max_kmh,
            fixes: self.fixes,
        }
    }
}

fn metres((from, to): (&Coordinates, &Coordinates)) -> f64 {
    let point = |place: &Coordinates| Point::new(place.lon(), place.lat());
    Haversine.distance(point(from), point(to))
}

/// Never further than the globe is round many times over.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float as u32 is cut at its ends"
)]
fn whole(metres: f64) -> u32 {
    metres.round() as u32
}

/// As far as a car is moved on a lot [P].
const TRIP_M_MIN: f64 = 200.0;

#[cfg(test)]
mod tests {
    use super::*;
    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(minute * 60_000)
    }

    fn place(lat: f64) -> Coordinates {
        Coordinates::from_degrees(lat, 114.0).unwrap()
    }

    fn stay(lat: f64, from: i64, to: i64) -> Stay {
        Stay { place: place(lat), from: at(from), to: at(to) }
    }

    fn spot(minute: i64, lat: f64, kmh: u16) -> Spot {
        Spot { at: at(minute), place: place(lat), speed: Some(Speed::from_kmh(kmh)) }
    }

    #[test]
    fn a_trip_leads_from_the_end_of_a_stay_to_the_beginning_of_the_next() {
        let stays = [stay(22.0, 0, 60), stay(22.2, 90, 200)];
        let spots = [spot(30, 22.0001, 0), spot(70, 22.1, 60), spot(80, 22.15, 80), spot(120, 22.2, 0)];
        let [trip] = between(&stays, &spots).try_into().unwrap();
        assert_eq!(
            (trip.begin, trip.end, trip.is_over),
            ((at(60), place(22.0)), (at(90), place(22.2)), true)
        );
        assert_eq!((trip.fixes, trip.speed_max_kmh), (2, Some(80.0)));
        assert!((trip.distance_m - 22_239.0).abs() < 30.0, "{}", trip.distance_m);
    }

    #[test]
    fn before_the_first_stay_and_behind_the_last_a_trip_is_what_was_fixed() {
        let spots = [spot(0, 22.0, 50), spot(10, 22.1, 50), spot(100, 22.2, 50), spot(110, 22.3, 50)];
        let trips = between(&[stay(22.15, 20, 90)], &spots);
        let ends: Vec<_> = trips.iter().map(|trip| (trip.begin.0, trip.end.0, trip.is_over)).collect();
        assert_eq!(ends, [(at(0), at(20), true), (at(90), at(110), false)]);
        assert_eq!(between(&[], &spots).len(), 1, "it never stood");
        assert!(between(&[], &[]).is_empty());
    }

    #[test]
    fn what_is_moved_on_a_lot_makes_no_trip_and_one_without_a_fix_is_told_by_its_ends() {
        assert!(between(&[stay(22.0, 0, 60), stay(22.001, 70, 90)], &[spot(65, 22.0005, 5)]).is_empty());
        let [trip] = between(&[stay(22.0, 0, 60), stay(22.1, 90, 99)], &[]).try_into().unwrap();
        assert_eq!((trip.fixes, trip.speed_max_kmh), (0, None));
        assert!(trip.distance_m > 11_000.0);
    }
}
