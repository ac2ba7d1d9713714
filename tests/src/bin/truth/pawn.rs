//! Where pledged cars collect, and who really stands there.
//!
//! Shape: some corners of the city, and one place beside the home of each neighbour; of each life the stays within. Units: mm in
//! the city, metres for the server. Nothing here knows what the rules make of it.

use crate::Play;
use crate::cast::start;
use crate::life::{Fact, Life, Part};
use fleet::city::{City, Corner, Spot};
use fleet::dice::Dice;
use model::place::{Area, PlaceKind, Scope};
use model::{Fix, Millis, Place, PlaceId, Rule, Timestamp};

/// A place where pledged cars collect.
pub(crate) struct Pawn {
    spot: Spot,
    radius_m: u32,
}

/// All of them.
pub(crate) fn pawns(play: Play, lives: &[Life]) -> Vec<Pawn> {
    let lots = corners(play).into_iter().map(|corner| Pawn { spot: corner.spot(), radius_m: LOT_M });
    let neighbours = lives.iter().zip(0..).filter(|(life, _)| life.plays(Part::Neighbour));
    let beside = neighbours.map(|(life, number)| {
        let mut dice = Dice::of(play.seed, &[number, STREAM]);
        let away_m = i64::from(LOT_M) + dice.between(BESIDE_M_MIN, BESIDE_M_MAX);
        Pawn { spot: life.plan.truth(start()).spot.scattered(away_m, &mut dice), radius_m: LOT_M }
    });
    lots.chain(beside).collect()
}

/// One of the lots.
pub(crate) fn corner(play: Play, dice: &mut Dice) -> Corner {
    let corners = corners(play);
    let place = usize::try_from(dice.between(0, LOTS - 1)).unwrap_or(0);
    corners.get(place).copied().unwrap_or_else(|| Corner::random(dice))
}

fn corners(play: Play) -> Vec<Corner> {
    let mut dice = Dice::of(play.seed, &[STREAM]);
    (0..LOTS).map(|_| Corner::random(&mut dice)).collect()
}

/// What the server is told of them.
pub(crate) fn places(pawns: &[Pawn]) -> Vec<Place> {
    let place = |(pawn, number): (&Pawn, u32)| {
        let Fix::Gnss(centre) = City::SHENZHEN.fix(pawn.spot) else { return None };
        let (name, radius_m) = (format!("pawn-{number}"), pawn.radius_m);
        let (id, area) = (PlaceId::parse(&name).ok()?, Area::Circle { centre, radius_m });
        Some(Place { id, name, kind: PlaceKind::BlackPoint, area, scope: Scope::Everyone })
    };
    pawns.iter().zip(1..).filter_map(place).collect()
}

/// Stays of a car in one of them. Who came to leave the car there must be told of; who lives or works there may be.
pub(crate) fn stays(life: &Life, pawns: &[Pawn], end: Timestamp) -> Vec<Fact> {
    let first = life.drives.first().map_or(end, |(leaves, _)| *leaves);
    let next = life.drives.iter().skip(1).map(|(leaves, _)| *leaves).chain([end]);
    let later = life.drives.iter().zip(next).map(|((_, stands), leaves)| (*stands, leaves));
    let stays = [(start(), first)].into_iter().chain(later);
    let within = |stands: Timestamp| {
        let spot = life.plan.truth(stands).spot;
        pawns.iter().any(|pawn| distance_m(spot, pawn.spot) <= i64::from(pawn.radius_m) + NOISE_M)
    };
    let long = stays.filter(|(stands, leaves)| leaves.since(*stands) >= ERRAND_MS && within(*stands));
    let fact = |(stands, leaves): (Timestamp, Timestamp)| {
        let must = life.plays(Part::Pledger) && leaves == end;
        Fact { rule: Rule::BlackpointStay, from: stands.plus(-ARRIVAL_MS), to: leaves, at: stands, must }
    };
    long.map(fact).collect()
}

fn distance_m(one: Spot, other: Spot) -> i64 {
    let (north, east) = ((one.north_mm - other.north_mm) / 1000, (one.east_mm - other.east_mm) / 1000);
    (north * north + east * east).isqrt()
}

/// Of the dice.
const STREAM: u64 = 77;
/// Lots in the city.
const LOTS: i64 = 6;
/// A yard with its street.
const LOT_M: u32 = 100;
/// How far from the yard's border a neighbour parks.
const BESIDE_M_MIN: i64 = 150;
const BESIDE_M_MAX: i64 = 300;
/// On the border nobody can say.
const NOISE_M: i64 = 30;
/// Who stays for less runs an errand.
const ERRAND_MS: Millis = 15 * 60_000;
/// It is within before it stands.
const ARRIVAL_MS: Millis = 2 * 60_000;
