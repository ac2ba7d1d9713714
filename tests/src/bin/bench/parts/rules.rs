//! What the rules cost: a report observed and judged, with so many vehicles that no cache holds them.
//!
//! Shape: each vehicle in turn makes its next report while it drives, with an overdue loan, a home and a place of work that are usual of
//! it, and no alert, without fences and with ten thousand in its country → ns a report of one thread, in this process. In the figure are
//! the making of the report and all that the rules evaluate, those of habits too, with state and usual places open. Not in it is
//! what lies before: to open a state that is packed, and to read the places from their file (`watch::packed`, `watch::filed`). Nor
//! is a profile from before the arrears, or a live alert. Units: in the names. Errors: none but those of made-up values. Source:
//! issue, point 1.

use super::Plan;
use crate::cars::{Car, is_past_due, set_out};
use crate::spread::Spread;
use anyhow::Context as _;
use model::input::Role;
use model::loan::Dealings;
use model::place::{Area, Crossing, PlaceKind, Scope};
use model::{ContractId, Coordinates, Date, LenderId, Loan, Place, PlaceId, Seq, Stay, Timestamp, VehicleId};
use rules::{
    Earshots, Facts, Interruptions, KnownProfiles, LoanFacts, Observation, Outages, Places, RuleSet,
    Surroundings, UsualPlaces, VehicleState, judge, observe,
};
use serde_json::{Value, json};
use std::time::Instant;
use stories::device::now;

/// A vehicle as the fold holds it.
struct Vehicle {
    id: VehicleId,
    car: Car,
    loan: Loan,
    state: VehicleState,
    usual_places: UsualPlaces,
}

pub(super) async fn run(plan: Plan) -> anyhow::Result<Value> {
    // Nothing here waits; the others do.
    std::future::ready(()).await;
    let mut told = Vec::new();
    let many = plan.pick(100_000, 1_000_000);
    for (count, fences) in [(1_000_u32, 0), (many, 0), (many, FENCES)] {
        let places = Places::new((0..fences).map(fence).collect::<anyhow::Result<Vec<_>>>()?);
        let start = set_out(now().plus(-HISTORY_MS));
        let mut vehicles = numbers()
            .zip(0..count)
            .map(|(number, _)| vehicle(number, start))
            .collect::<anyhow::Result<Vec<_>>>()?;
        // So that there is a state to go on from.
        for second in 0..FIRST_REPORTS {
            turn(&mut vehicles, &places, start, second)?;
        }
        let mut costs = Vec::new();
        for round in 0..plan.repeats {
            let (began, mut reports) = (Instant::now(), 0);
            for second in 0..(REPORTS / count).max(1) {
                reports += turn(&mut vehicles, &places, start, FIRST_REPORTS + round * REPORTS + second)?;
            }
            costs.push(began.elapsed().as_secs_f64() * 1e9 / f64::from(reports));
        }
        let cost = Spread::of(costs);
        eprintln!("  {count:>9} vehicles, {fences:>5} fences: {cost} ns a report, made, observed and judged");
        told.push(json!({
            "vehicles": count, "fences": fences, "ns_a_report": cost, "state_bytes": size_of::<VehicleState>(),
        }));
    }
    Ok(Value::Array(told))
}

/// Those of the fleet that drive without a stop: of the others alerts would open.
fn numbers() -> impl Iterator<Item = u32> {
    (0..).filter(|number| !is_past_due(*number))
}

fn vehicle(number: u32, start: Timestamp) -> anyhow::Result<Vehicle> {
    let id = VehicleId::parse(&format!("BENCH{number}"))?;
    let lender = LenderId("main".into());
    let bare = Loan::bare(ContractId(format!("C{number}")), lender, id, now());
    let oldest_unpaid_due = Date::parse(DUE);
    let loan = Loan { oldest_unpaid_due, amount_overdue: 250_000, principal_outstanding: 8_000_000, ..bare };
    let car = Car::of(number)?;
    let usual_places = usual_places(&car, start)?;
    Ok(Vehicle { id, car, loan, state: VehicleState::default(), usual_places })
}

/// Some weeks of nights at the one end of its road and of days at the other one, up to the evening before: the first reports find it
/// at none of them any more.
fn usual_places(car: &Car, start: Timestamp) -> anyhow::Result<UsualPlaces> {
    let end = |second| car.report(start, second)?.fix.coordinates().context("a fix");
    let (home, work) = (end(0)?, end(WORK_S)?);
    let mut places = UsualPlaces::default();
    // By the sun there: eight o'clock.
    let midnight = start.ms() - start.ms() % DAY_MS - EAST_MS;
    for day in 1..=WEEKS * 7 {
        let morning = Timestamp::from_ms(midnight - (WEEKS * 7 + 1 - day) * DAY_MS + 8 * HOUR_MS);
        let stay = |place, from_h: i64, to_h: i64| Stay {
            place,
            from: morning.plus(from_h * HOUR_MS),
            to: morning.plus(to_h * HOUR_MS),
        };
        places.on_stay(&stay(home, -13, 0));
        places.on_stay(&stay(work, 1, 10));
    }
    let usual = places.frequented().filter(|place| place.nights.max(place.days) >= 10).count();
    anyhow::ensure!(usual == 2, "{usual} usual places: the rules of habits would not run");
    Ok(places)
}

/// A report of each; gives how many that were.
fn turn(vehicles: &mut [Vehicle], places: &Places, start: Timestamp, second: u32) -> anyhow::Result<u32> {
    let (rule_set, dealings) = (RuleSet::default(), Dealings::default());
    let (outages, earshots) = (Outages::default(), Earshots::default());
    let at = start.plus(i64::from(second) * 1_000);
    for Vehicle { id, car, loan, state, usual_places } in &mut *vehicles {
        let position = car.report(start, second)?;
        let seq = Seq(i64::from(second));
        let (terminal, received_at, role) = (car.terminal, at, Role::Main);
        let report =
            Observation::Report { seq, terminal, role, bound_at: None, received_at, position: &position };
        let around = Surroundings { places, vehicle: Some(*id) };
        observe(state, &report, COVERAGE_MS, &around);
        let facts = Facts {
            vehicle: *id,
            now: at,
            coverage_ms: COVERAGE_MS,
            run_coverage_ms: COVERAGE_MS,
            loan: Some(LoanFacts {
                loan,
                book_as_of: at,
                paid_at: None,
                in_book: true,
                dealings: &dealings,
                recovery_basis: None,
            }),
            interruptions: &Interruptions::default(),
            outages: &outages,
            earshots: &earshots,
            rule_set: &rule_set,
            places,
            profiles: &KnownProfiles { usual_places: Some(usual_places), frozen: None },
            alerts: &[],
        };
        std::hint::black_box(judge(state, &facts));
    }
    Ok(u32::try_from(vehicles.len())?)
}

/// A thousand columns of ten over the land where the cars have their roads, each two kilometres wide.
fn fence(number: u32) -> anyhow::Result<Place> {
    let (row, column) = (number % 10, number / 10);
    let centre = Coordinates::from_degrees(20.0 + f64::from(row) * 0.02, 100.0 + f64::from(column) * 0.0211)?;
    let id = PlaceId::parse(&format!("fence-{number}"))?;
    let area = Area::Circle { centre, radius_m: 1_000 };
    let (name, kind, scope) = (id.to_string(), PlaceKind::Fence(Crossing::In), Scope::Everyone);
    Ok(Place { id, name, kind, area, scope })
}

const FENCES: u32 = 10_000;
/// Reports of a measurement, over all vehicles.
const REPORTS: u32 = 1_000_000;
const FIRST_REPORTS: u32 = 3;
const COVERAGE_MS: i64 = 30 * 86_400_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const HISTORY_MS: i64 = 7 * DAY_MS;
/// How long the cars have been watched.
const WEEKS: i64 = 4;
/// The cars' roads lie at 100° east and beyond.
const EAST_MS: i64 = 7 * HOUR_MS;
/// When a car is far from where its road begins.
const WORK_S: u32 = 600;
/// Long ago: overdue whatever today is.
const DUE: &str = "2025-01-10";
