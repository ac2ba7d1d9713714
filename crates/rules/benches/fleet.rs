//! What the minute's look over a million vehicles costs: packed states are read, and counted into outages and groups.
//!
//! Shape: the states as bytes, as the watch holds them; nothing goes on, one outage does, or eight. Units: time a look. Target: a
//! second, of the sixty that it may take.

use divan::Bencher;
use model::{
    Alarms, Attribute, Coordinates, DeviceTime, Fix, Measured, Millis, Position, Seq, TerminalId, Timestamp,
    ZoneOffset, ZoneSource,
};
use rules::{Observation, Outage, Outages, Places, Surroundings, VehicleState, observe};

fn main() {
    divan::main();
}

/// Outages that go on somewhere else while everybody talks.
#[divan::bench(args = [0, 1, 8], sample_count = 5, sample_size = 1)]
fn a_look_over_a_million(bencher: Bencher<'_, '_>, outages: u32) {
    let (bytes, coverage_ms) = states();
    let recorded: Vec<Outage> = (0..outages).map(|number| outage(number, coverage_ms)).collect();
    let open = || bytes.iter().filter_map(|bytes| postcard::from_bytes::<VehicleState>(bytes).ok());
    bencher
        .with_inputs(|| Outages::as_of(&recorded, coverage_ms))
        .bench_local_values(|mut going_on| going_on.step(open, coverage_ms, coverage_ms));
}

fn outage(number: u32, coverage_ms: Millis) -> Outage {
    let group = model::Group::Carrier(number);
    let (from_ms, noticed_ms) = (coverage_ms - 30 * MINUTE_MS, coverage_ms - 20 * MINUTE_MS);
    Outage { group, since: Timestamp::from_ms(0), from_ms, noticed_ms, until_ms: None, silent: 10, of: 20 }
}

/// A million cars in as many places as fit a province, each of which has talked for an hour.
fn states() -> (Vec<Box<[u8]>>, Millis) {
    let start = Timestamp::parse("2026-11-20T04:00:00Z").expect("a moment");
    let kinds: Vec<Vec<u8>> = (0..KINDS).map(|kind| talked(start, kind)).collect();
    let cars = kinds.iter().cycle().take(CARS);
    (cars.map(|bytes| bytes.clone().into_boxed_slice()).collect(), 60 * MINUTE_MS)
}

fn talked(start: Timestamp, kind: i64) -> Vec<u8> {
    let mut state = VehicleState::default();
    let terminal = TerminalId::parse(&format!("8681202400{kind:05}")).expect("an IMEI");
    for minute in 1..=60 {
        let received_at = start.plus(minute * MINUTE_MS);
        let position = position(received_at, kind);
        let observation = Observation::Report {
            seq: Seq(minute),
            terminal,
            role: model::input::Role::Main,
            bound_at: None,
            received_at,
            position: &position,
        };
        let around = Surroundings { places: &Places::default(), vehicle: None };
        observe(&mut state, &observation, minute * MINUTE_MS, &around);
    }
    postcard::to_allocvec(&state).expect("into memory")
}

fn position(at: Timestamp, kind: i64) -> Position {
    let place = Coordinates::from_e7(225_000_000 + kind * 10_000, 1_140_000_000).expect("on the globe");
    Position {
        time: DeviceTime::Clock { wall: at, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        fix: Fix::Gnss(place),
        speed: None,
        course: None,
        altitude: None,
        satellites: Some(9),
        buffered: false,
        alarms: Alarms::NONE,
        attributes: [Attribute::Ignition(false)].into_iter().collect(),
        measured: Measured { version: 1, hash: 1 },
    }
}

const CARS: usize = 1_000_000;
const KINDS: i64 = 5_000;
const MINUTE_MS: Millis = 60_000;
