//! A track with as few points as show the same way: a month of a car as a line that a browser draws at once.
//!
//! ```text
//! spots --stands collapse to their ends--> ways between stands and gaps --Douglas-Peucker each--> fewer spots
//! ```
//! Shape: spots in their order in, some of them out. Units: metres on a plane that touches the globe in the track's middle;
//! milliseconds. Errors: none. Where a limit of points is given, the tolerance grows until it is kept. Constants marked [P] are ours.

use geo::{Coord, LineString, SimplifyIdx as _};
use model::{Coordinates, Millis, Speed, Timestamp};

/// A point of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot {
    pub(crate) at: Timestamp,
    pub(crate) place: Coordinates,
    pub(crate) speed: Option<Speed>,
}

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wanted {
    /// No point is further from the line than this, metres.
    Within(f64),
    /// No more points than this.
    AtMost(usize),
}

/// A track, and how far it is off.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Simplified {
    pub(crate) spots: Vec<Spot>,
    pub(crate) tolerance_m: f64,
}

/// The track with fewer points.
pub(crate) fn simplified(spots: Vec<Spot>, wanted: Wanted) -> Simplified {
    let (mut tolerance_m, points_max) = match wanted {
        Wanted::Within(tolerance_m) => (tolerance_m, usize::MAX),
        Wanted::AtMost(points_max) if spots.len() <= points_max => {
            return Simplified { spots, tolerance_m: 0.0 };
        }
        Wanted::AtMost(points_max) => (TOLERANCE_M, points_max),
    };
    let plane = Plane::of(&spots);
    let mut ways = ways(&plane, &spots);
    shorten(&plane, &mut ways, tolerance_m);
    while total(&ways) > points_max {
        match () {
            // More stands than points: the line alone counts.
            () if ways.len() > 1 && ways.len() * 2 > points_max => ways = vec![ways.concat()],
            () if tolerance_m >= TOLERANCE_M_MAX => break,
            () => tolerance_m *= STEP,
        }
        shorten(&plane, &mut ways, tolerance_m);
    }
    let mut spots = ways.concat();
    if spots.len() > points_max {
        let every = spots.len().div_ceil(points_max.max(1));
        spots = spots.into_iter().step_by(every).collect();
    }
    Simplified { spots, tolerance_m }
}

fn total(ways: &[Vec<Spot>]) -> usize {
    ways.iter().map(Vec::len).sum()
}

/// Metres on a plane.
struct Plane {
    east_m: f64,
}

impl Plane {
    fn of(spots: &[Spot]) -> Self {
        let lats = || spots.iter().map(|spot| spot.place.lat());
        let middle = f64::midpoint(lats().fold(90.0, f64::min), lats().fold(-90.0, f64::max));
        Self { east_m: METRES_PER_DEGREE * middle.to_radians().cos() }
    }

    fn coord(&self, place: Coordinates) -> Coord {
        Coord { x: place.lon() * self.east_m, y: place.lat() * METRES_PER_DEGREE }
    }

    fn apart_m(&self, one: &Spot, other: &Spot) -> f64 {
        let (one, other) = (self.coord(one.place), self.coord(other.place));
        (one.x - other.x).hypot(one.y - other.y)
    }
}

/// Ways end where the car stands and where nothing was heard: those ends stay, so that times are told truly.
fn ways(plane: &Plane, spots: &[Spot]) -> Vec<Vec<Spot>> {
    let mut ways = vec![Vec::new()];
    let mut rest = spots;
    while let Some((first, behind)) = rest.split_first() {
        let last = ways.last().and_then(|way: &Vec<Spot>| way.last());
        if last.is_some_and(|last| first.at.since(last.at) > GAP_MS) {
            ways.push(Vec::new());
        }
        if let Some(way) = ways.last_mut() {
            way.push(*first);
        }
        let stood = stand(plane, first, behind);
        if let Some(departure) = stood.and_then(|count| behind.get(count.checked_sub(1)?)) {
            ways.push(vec![*departure]);
        }
        rest = behind.get(stood.unwrap_or(0)..).unwrap_or_default();
    }
    ways
}

/// How many of the spots behind belong to a stand that begins with this one; `None` = it does not stand.
fn stand(plane: &Plane, first: &Spot, behind: &[Spot]) -> Option<usize> {
    let near = behind.iter().take_while(|spot| plane.apart_m(first, spot) <= DRIFT_M);
    let count = near.count();
    let last = behind.get(count.checked_sub(1)?)?;
    (count >= 2 && last.at.since(first.at) >= STAND_MS).then_some(count)
}

fn shorten(plane: &Plane, ways: &mut [Vec<Spot>], tolerance_m: f64) {
    for way in ways.iter_mut().filter(|way| way.len() > POINTS_MIN) {
        let line: LineString = way.iter().map(|spot| plane.coord(spot.place)).collect();
        let indices = line.simplify_idx(tolerance_m);
        *way = indices.into_iter().filter_map(|index| way.get(index).copied()).collect();
    }
}

/// What a receiver is off by; as close as a screen shows of a city.
const TOLERANCE_M: f64 = 5.0;
/// Half a country is a line then.
const TOLERANCE_M_MAX: f64 = 500_000.0;
const STEP: f64 = 2.0;
/// A line.
const POINTS_MIN: usize = 2;
/// A parked receiver drifts [P].
const DRIFT_M: f64 = 40.0;
/// A traffic light is no stand [P].
const STAND_MS: Millis = 3 * 60_000;
/// Behind it another way begins [P].
const GAP_MS: Millis = 10 * 60_000;
const METRES_PER_DEGREE: f64 = 111_195.08;

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(second: i64, north_m: f64, east_m: f64) -> Spot {
        let place =
            Coordinates::from_degrees(22.5 + north_m / 111_195.0, 114.0 + east_m / 102_732.0).unwrap();
        Spot { at: Timestamp::from_ms(second * 1_000), place, speed: None }
    }

    /// Drives a wave to the north, stands for an hour with drift, drives on.
    fn day(points: i64) -> Vec<Spot> {
        let wave = |step: i64, from: f64| {
            #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "small numbers")]
            let metres = step as f64 * 20.0;
            spot(step, from + metres, 300.0 * (metres / 700.0).sin())
        };
        let ride = points / 3;
        let parked = (0..ride).map(|step| {
            let drift = f64::from(i32::try_from(step % 7).unwrap()) * 3.0;
            Spot { at: Timestamp::from_ms((ride + step * 30) * 1_000), ..spot(0, 20_000.0 + drift, drift) }
        });
        let again = (0..ride)
            .map(|step| Spot { at: Timestamp::from_ms((ride * 32 + step) * 1_000), ..wave(step, 20_000.0) });
        (0..ride).map(|step| wave(step, 0.0)).chain(parked).chain(again).collect()
    }

    #[test]
    fn what_is_left_out_is_no_further_from_the_line_than_asked() {
        let spots: Vec<Spot> = day(3_000).into_iter().take(1_000).collect();
        let plane = Plane::of(&spots);
        let Simplified { spots: kept, .. } = simplified(spots.clone(), Wanted::Within(10.0));
        assert!(kept.len() < spots.len() / 5, "{}", kept.len());
        for spot in &spots {
            let nearest = kept.windows(2).map(|pair| {
                let (a, b) = (plane.coord(pair[0].place), plane.coord(pair[1].place));
                let p = plane.coord(spot.place);
                let (dx, dy) = (b.x - a.x, b.y - a.y);
                let along = (((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
                (p.x - a.x - along * dx).hypot(p.y - a.y - along * dy)
            });
            assert!(nearest.fold(f64::INFINITY, f64::min) <= 10.01);
        }
    }

    #[test]
    fn a_stand_is_its_arrival_and_its_departure() {
        let Simplified { spots, .. } = simplified(day(3_000), Wanted::Within(10.0));
        let parked: Vec<i64> = spots
            .iter()
            .map(|spot| spot.at.ms() / 1_000)
            .filter(|second| (1_000..32_002).contains(second))
            .collect();
        assert_eq!(
            parked,
            [1_000, 32_001],
            "as long as it is within forty metres, whatever was not heard meanwhile"
        );
    }

    #[test]
    fn a_limit_of_points_is_kept_and_the_ends_stay() {
        let spots = day(90_000);
        for points_max in [2, 100, 5_000] {
            let Simplified { spots: kept, .. } = simplified(spots.clone(), Wanted::AtMost(points_max));
            assert!(kept.len() <= points_max && kept.len() >= 2.min(points_max), "{}", kept.len());
            assert_eq!(kept.first(), spots.first());
        }
        let few = simplified(day(90), Wanted::AtMost(100));
        assert_eq!((few.spots, few.tolerance_m), (day(90), 0.0), "what is few already stays as it is");
    }

    #[test]
    fn nothing_and_one_point_are_themselves() {
        assert_eq!(simplified(Vec::new(), Wanted::Within(10.0)).spots, []);
        let one = vec![spot(0, 0.0, 0.0)];
        assert_eq!(simplified(one.clone(), Wanted::Within(10.0)).spots, one);
    }
}
