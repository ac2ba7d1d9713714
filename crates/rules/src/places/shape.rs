//! Where the border of a place is.
//!
//! Shape: an area in, its box and a point's distance from its border out. A polygon's inside is decided in integers, exactly;
//! distances are taken on a plane that touches the globe at the point, good to 0.5 % within some hundred kilometres. Units:
//! degrees, whole metres, negative inside. Errors: none.

use crate::geometry::{distance_m, whole_metres};
use geo::{Coord, Distance, Euclidean, Line, Point};
use model::{Area, Coordinates};

/// An area, as it is measured.
#[derive(Debug)]
pub(super) struct Shape {
    area: Area,
    low: [f64; 2],
    high: [f64; 2],
    depth_m: u32,
}

impl Shape {
    pub(super) fn of(area: &Area) -> Self {
        let (low, high) = corners(area);
        let depth_m = match area {
            Area::Circle { radius_m, .. } => *radius_m,
            Area::Corridor { half_width_m, .. } => *half_width_m,
            Area::Polygon { .. } => half_width_m(low, high),
        };
        Self { area: area.clone(), low, high, depth_m }
    }

    /// South-west and north-east, each longitude and latitude in degrees; a little more than the area.
    pub(super) const fn corners(&self) -> ([f64; 2], [f64; 2]) {
        (self.low, self.high)
    }

    /// How far its middle is from its border, about.
    pub(super) const fn depth_m(&self) -> u32 {
        self.depth_m
    }

    /// Metres from a point to the border, negative inside.
    pub(super) fn distance_m(&self, point: Coordinates) -> i32 {
        match &self.area {
            Area::Circle { centre, radius_m } => {
                signed(distance_m(*centre, point)).saturating_sub_unsigned(*radius_m)
            }
            Area::Corridor { line, half_width_m } => {
                let edges = line.iter().zip(line.iter().skip(1));
                signed(nearest_m(point, edges)).saturating_sub_unsigned(*half_width_m)
            }
            Area::Polygon { rings } => {
                let border_m = signed(nearest_m(point, rings.iter().flat_map(|ring| edges(ring))));
                let crossed =
                    rings.iter().flat_map(|ring| edges(ring)).filter(|edge| is_east(*edge, point)).count();
                if crossed % 2 == 1 { -border_m } else { border_m }
            }
        }
    }
}

type Edge<'a> = (&'a Coordinates, &'a Coordinates);

/// The edges of a ring, closed by itself.
fn edges(ring: &[Coordinates]) -> impl Iterator<Item = Edge<'_>> {
    ring.iter().zip(ring.iter().skip(1).chain(ring.first()))
}

/// Whether an edge crosses the parallel of a point east of it.
fn is_east((from, to): Edge<'_>, point: Coordinates) -> bool {
    if (from.lat_e7() > point.lat_e7()) == (to.lat_e7() > point.lat_e7()) {
        return false;
    }
    let lat = |of: Coordinates| i128::from(of.lat_e7()) - i128::from(from.lat_e7());
    let lon = |of: Coordinates| i128::from(of.lon_e7()) - i128::from(from.lon_e7());
    let side = lat(point) * lon(*to) - lon(point) * lat(*to);
    if lat(*to) > 0 { side > 0 } else { side < 0 }
}

/// Metres from a point to the nearest of some edges.
fn nearest_m<'a>(point: Coordinates, edges: impl Iterator<Item = Edge<'a>>) -> u32 {
    let east_m = METRES_PER_E7 * point.lat().to_radians().cos();
    let on_plane = |of: &Coordinates| Coord {
        x: (f64::from(of.lon_e7()) - f64::from(point.lon_e7())) * east_m,
        y: (f64::from(of.lat_e7()) - f64::from(point.lat_e7())) * METRES_PER_E7,
    };
    let here = Point::new(0.0, 0.0);
    let nearest = edges
        .map(|(from, to)| Euclidean.distance(&here, &Line::new(on_plane(from), on_plane(to))))
        .fold(f64::INFINITY, f64::min);
    whole_metres(nearest)
}

fn corners(area: &Area) -> ([f64; 2], [f64; 2]) {
    let margin_m = match area {
        Area::Circle { radius_m, .. } => *radius_m,
        Area::Corridor { half_width_m, .. } => *half_width_m,
        Area::Polygon { .. } => 0,
    };
    let (mut low, mut high) = ([180.0_f64, 90.0_f64], [-180.0_f64, -90.0_f64]);
    let margin_deg = f64::from(margin_m) * MARGIN / METRES_PER_DEGREE;
    for point in area.points() {
        // A circle's widest parallel is nearer to the pole than its centre.
        let widest = (point.lat().abs() + margin_deg).min(LAT_MAX).to_radians().cos();
        low = [low[0].min(point.lon() - margin_deg / widest), low[1].min(point.lat() - margin_deg)];
        high = [high[0].max(point.lon() + margin_deg / widest), high[1].max(point.lat() + margin_deg)];
    }
    (low, high)
}

/// Half of the shorter side of a box.
fn half_width_m([west, south]: [f64; 2], [east, north]: [f64; 2]) -> u32 {
    let middle = f64::midpoint(south, north).to_radians().cos();
    let (wide, high) = ((east - west) * middle, north - south);
    whole_metres(wide.min(high) * METRES_PER_DEGREE / 2.0)
}

fn signed(metres: u32) -> i32 {
    i32::try_from(metres).unwrap_or(i32::MAX)
}

/// On the mean sphere, as [`distance_m`] has it.
const METRES_PER_DEGREE: f64 = 111_195.08;
const METRES_PER_E7: f64 = METRES_PER_DEGREE / 1e7;
/// A box may be larger than its area, and never smaller.
const MARGIN: f64 = 1.02;
/// Nobody drives nearer to a pole.
const LAT_MAX: f64 = 89.0;
