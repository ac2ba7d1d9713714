//! Borders with more points than are compared with each report, drawn with fewer.
//!
//! Shape: an area in, an area with few enough points out, with a remark how far its border moved. Units: metres on a plane that
//! touches the globe at the ring's middle; good enough to say how far. Errors: a border that would have to move too far.

use geo::{Coord, LineString, Simplify as _};
use model::Coordinates;
use model::place::{Area, POINTS_MAX};

/// The area, and what was done to it.
pub(crate) fn simplified(area: Area) -> Result<(Area, Option<String>), String> {
    let before = area.points().count();
    if before <= POINTS_MAX {
        return Ok((area, None));
    }
    let mut tolerance_m = TOLERANCE_M_MIN;
    while tolerance_m <= TOLERANCE_M_MAX {
        let fewer = within(&area, tolerance_m);
        let after = fewer.points().count();
        if after <= POINTS_MAX {
            let gone = rings(&area) - rings(&fewer);
            let islands = if gone == 0 { String::new() } else { format!(", {gone} small rings left out") };
            return Ok((
                fewer,
                Some(format!("{before} points drawn with {after}, at most {tolerance_m:.0} m off{islands}")),
            ));
        }
        tolerance_m *= TOLERANCE_STEP;
    }
    Err(format!(
        "{before} points, at most {POINTS_MAX}, and to draw it with fewer would move it by {TOLERANCE_M_MAX:.0} m"
    ))
}

fn rings(area: &Area) -> usize {
    match area {
        Area::Polygon { rings } => rings.len(),
        Area::Circle { .. } | Area::Corridor { .. } => 0,
    }
}

fn within(area: &Area, tolerance_m: f64) -> Area {
    match area {
        Area::Circle { .. } => area.clone(),
        Area::Corridor { line, half_width_m } => {
            Area::Corridor { line: drawn(line, tolerance_m), half_width_m: *half_width_m }
        }
        Area::Polygon { rings } => {
            let fewer = rings.iter().map(|ring| drawn(ring, tolerance_m));
            Area::Polygon { rings: fewer.filter(|ring| ring.len() >= RING_POINTS_MIN).collect() }
        }
    }
}

/// A line with fewer points, each of which it had before.
fn drawn(line: &[Coordinates], tolerance_m: f64) -> Vec<Coordinates> {
    let lats = || line.iter().map(|point| point.lat());
    let middle = f64::midpoint(lats().fold(90.0, f64::min), lats().fold(-90.0, f64::max));
    let east_m = METRES_PER_DEGREE * middle.to_radians().cos();
    let on_plane =
        |point: &Coordinates| Coord { x: point.lon() * east_m, y: point.lat() * METRES_PER_DEGREE };
    let plane: LineString = line.iter().map(on_plane).collect();
    let kept = plane.simplify(tolerance_m);
    let mut kept = kept.coords().peekable();
    // What is kept is found again in its order, so that no point is moved by the way to the plane and back.
    line.iter().filter(|point| kept.next_if(|next| **next == on_plane(point)).is_some()).copied().collect()
}

/// Less than a receiver's error.
const TOLERANCE_M_MIN: f64 = 5.0;
/// More would make a region another one [P].
const TOLERANCE_M_MAX: f64 = 5_000.0;
const TOLERANCE_STEP: f64 = 1.5;
/// Closed: a triangle and its first corner again.
const RING_POINTS_MIN: usize = 4;
const METRES_PER_DEGREE: f64 = 111_195.08;

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(points: u32, radius_deg: f64, lat: f64) -> Vec<Coordinates> {
        let at = |step: u32| {
            let angle = f64::from(step % points) * std::f64::consts::TAU / f64::from(points);
            Coordinates::from_degrees(lat + radius_deg * angle.sin(), 114.0 + radius_deg * angle.cos())
                .unwrap()
        };
        (0..=points).map(at).collect()
    }

    #[test]
    fn a_border_with_few_points_stays_as_it_is() {
        let area = Area::Polygon { rings: vec![circle(1_999, 1.0, 22.0)] };
        assert_eq!(simplified(area.clone()), Ok((area, None)));
    }

    #[test]
    fn a_long_border_keeps_its_own_points_and_says_how_far_it_is_off() {
        let ring = circle(20_000, 1.0, 22.0);
        let (area, remark) =
            simplified(Area::Polygon { rings: vec![ring.clone(), circle(50, 0.000_01, 30.0)] }).unwrap();
        let Area::Polygon { rings } = &area else { panic!("{area:?}") };
        assert_eq!(rings.len(), 1, "an island of a metre is left out");
        assert!((100..=POINTS_MAX).contains(&rings[0].len()), "{}", rings[0].len());
        assert!(rings[0].iter().all(|point| ring.contains(point)));
        assert_eq!(rings[0].first(), rings[0].last());
        let remark = remark.unwrap();
        assert!(
            remark.contains("20052 points") && remark.contains("1 small ring") && remark.contains("m off"),
            "{remark}"
        );
    }
}
