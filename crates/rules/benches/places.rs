//! What a report costs with places: observed and judged by all rules, with none, and with ten thousand fences in the city.
//!
//! Shape: an overdue car drives up and down a road that leads between the fences, or through them. Units: time a report.
//! Target: 5 µs with 10,000 fences.

use divan::Bencher;
use model::loan::Dealings;
use model::place::{Area, Crossing, PlaceKind, Scope};
use model::unit::Speed;
use model::{
    Alarms, Attribute, ContractId, Coordinates, Date, DeviceTime, Fix, LenderId, Loan, Measured, Millis,
    Place, PlaceId, Position, Seq, TerminalId, Timestamp, VehicleId, ZoneOffset, ZoneSource,
};
use rules::{
    Earshots, Facts, Interruptions, KnownProfiles, LoanFacts, Observation, Outages, Places, RuleSet,
    Surroundings, VehicleState, judge, observe,
};

fn main() {
    divan::main();
}

/// The road between the fences: one look into an index that holds nothing there.
#[divan::bench(args = [0, 100, 10_000])]
fn in_no_fence(bencher: Bencher<'_, '_>, fences: u32) {
    run(bencher, fences, BETWEEN_E7);
}

/// The road through them: half of all reports are within one.
#[divan::bench(args = [100, 10_000])]
fn through_fences(bencher: Bencher<'_, '_>, fences: u32) {
    run(bencher, fences, 0);
}

fn run(bencher: Bencher<'_, '_>, fences: u32, east_e7: i64) {
    let mut car = Car::new(fences, east_e7);
    for _ in 0..WARM_REPORTS {
        car.reports();
    }
    bencher.bench_local(|| car.reports());
}

struct Car {
    id: VehicleId,
    terminal: TerminalId,
    loan: Loan,
    places: Places,
    rule_set: RuleSet,
    state: VehicleState,
    now: Timestamp,
    step: i64,
    east_e7: i64,
}

impl Car {
    fn new(fences: u32, east_e7: i64) -> Self {
        let now = Timestamp::parse("2026-11-20T04:00:00Z").expect("a moment");
        let id = VehicleId::parse("粤B12345").expect("a plate");
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), id, now);
        Self {
            id,
            terminal: TerminalId::parse("868120240000015").expect("an IMEI"),
            loan: Loan { oldest_unpaid_due: Date::parse("2026-11-01"), amount_overdue: 1, ..bare },
            places: Places::new((0..fences).map(fence)),
            rule_set: RuleSet::default(),
            state: VehicleState::default(),
            now,
            step: 0,
            east_e7,
        }
    }

    fn reports(&mut self) {
        self.step += 1;
        self.now = self.now.plus(REPORTS_MS);
        let position = self.position();
        let observation = Observation::Report {
            seq: Seq(self.step),
            terminal: self.terminal,
            role: model::input::Role::Main,
            bound_at: None,
            received_at: self.now,
            position: &position,
        };
        let around = Surroundings { places: &self.places, vehicle: Some(self.id) };
        observe(&mut self.state, &observation, COVERAGE_MS, &around);
        let facts = Facts {
            vehicle: self.id,
            now: self.now,
            coverage_ms: COVERAGE_MS,
            run_coverage_ms: COVERAGE_MS,
            loan: Some(LoanFacts {
                loan: &self.loan,
                book_as_of: self.now,
                paid_at: None,
                in_book: true,
                dealings: &Dealings::default(),
                recovery_basis: None,
            }),
            rule_set: &self.rule_set,
            interruptions: &Interruptions::default(),
            outages: &Outages::default(),
            earshots: &Earshots::default(),
            places: &self.places,
            profiles: &KnownProfiles::default(),
            alerts: &[],
        };
        divan::black_box(judge(&self.state, &facts));
    }

    /// Up and down the road.
    fn position(&self) -> Position {
        let turned = (self.step % (2 * ROAD_STEPS) - ROAD_STEPS).abs();
        let place =
            Coordinates::from_e7(SOUTH_E7 + turned * STEP_E7, WEST_E7 + self.east_e7).expect("on the globe");
        Position {
            time: DeviceTime::Clock { wall: self.now, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
            fix: Fix::Gnss(place),
            speed: Some(Speed::from_kmh(36)),
            course: None,
            altitude: None,
            satellites: Some(9),
            buffered: false,
            alarms: Alarms::NONE,
            attributes: [Attribute::Ignition(true)].into_iter().collect(),
            measured: Measured { version: 1, hash: 0 },
        }
    }
}

/// A hundred columns of a hundred, four kilometres apart, each a kilometre wide.
fn fence(number: u32) -> Place {
    let (row, column) = (i64::from(number % 100), i64::from(number / 100));
    let centre =
        Coordinates::from_e7(SOUTH_E7 + row * APART_E7, WEST_E7 + column * APART_E7).expect("on the globe");
    let id = PlaceId::parse(&format!("fence-{number}")).expect("an id");
    let area = Area::Circle { centre, radius_m: 1_000 };
    Place { id, name: id.to_string(), kind: PlaceKind::Fence(Crossing::In), area, scope: Scope::Everyone }
}

const SOUTH_E7: i64 = 225_000_000;
const WEST_E7: i64 = 1_140_000_000;
const APART_E7: i64 = 360_000;
const BETWEEN_E7: i64 = APART_E7 / 2;
/// 300 m, half a minute at 36 km/h.
const STEP_E7: i64 = 27_000;
const REPORTS_MS: Millis = 30_000;
const ROAD_STEPS: i64 = 1_000;
const WARM_REPORTS: u32 = 3_000;
const COVERAGE_MS: Millis = 30 * 86_400_000;
