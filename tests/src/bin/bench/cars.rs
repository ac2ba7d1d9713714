//! Who sends what: cars with numbers that belong to nobody, on roads that never end.
//!
//! Shape: a car's number → its terminal, protocol and the report it makes at each second. Units: as in `model`. Errors:
//! a number beyond what the fleet may have. Everything is a function of the number, so that the parent knows what the
//! generator sent without being told. Source: `PERF.md` D.

use anyhow::Context as _;
use fleet::dice::Dice;
use fleet::{Report, number};
use model::{Position, TerminalId, Timestamp};
use std::collections::HashSet;
use stories::device::position;
use wire::Protocol;

/// A car with a tracker.
#[derive(Clone, Copy)]
pub(crate) struct Car {
    number: u32,
    pub(crate) terminal: TerminalId,
    pub(crate) protocol: &'static dyn Protocol,
}

impl Car {
    /// The car with a number. Protocols take turns.
    pub(crate) fn of(number: u32) -> anyhow::Result<Self> {
        let at = usize::try_from(number)? % SPOKEN.len();
        let name = SPOKEN.get(at).copied().unwrap_or_default();
        let known = protocols::ALL.iter().find(|known| known.name() == name);
        let protocol = *known.context("a protocol of the list")?;
        let terminal = number::terminal(name, number).context("a number of the fleet")?;
        Ok(Self { number, terminal, protocol })
    }

    /// The report that the car makes `second` seconds after `start`: it drives out and back again, on a road of its own, and
    /// goes on while nobody measures. Where it is follows from the time: one that jumped back with each run would be told of. One
    /// that is past due stops on the way: only of one that has stood it is seen that it leaves, which the rules are for.
    pub(crate) fn report(&self, start: Timestamp, second: u32) -> anyhow::Result<Position> {
        let time = start.plus(i64::from(second) * 1000);
        let seconds = time.ms().div_euclid(1000);
        let (way, kmh) = if is_past_due(self.number) {
            // At other moments than its neighbours.
            by_stops(on_road(seconds + i64::from(self.number / 20 * STAGGER_S))?)
        } else {
            (on_road(seconds)? * METRES_A_SECOND, KMH)
        };
        let north = way.min(2 * ROAD_M - way);
        let (row, column) = (self.number / ROADS_A_ROW % ROW_MAX, self.number % ROADS_A_ROW);
        // Hundred-thousandths of a degree: what every protocol carries unchanged.
        let lat = f64::from(2_000_000 + row * 97 + north) / 1e5;
        let lon = f64::from(10_000_000 + column * 211) / 1e5;
        position(time, lat, lon, kmh)
    }

    /// What the ledger says of that report.
    pub(crate) fn noted(&self, start: Timestamp, second: u32, first_serial: u16) -> anyhow::Result<Report> {
        let position = self.report(start, second)?;
        let later = u16::try_from(second % (u32::from(u16::MAX) + 1))?;
        Ok(Report {
            terminal: self.terminal,
            protocol: self.protocol.name(),
            serial: first_serial.wrapping_add(later),
            resent_as: Vec::new(),
            fix_time: position.fix_time(),
            place: position.fix.coordinates(),
            speed: position.speed,
            course: position.course,
            altitude: position.altitude,
            satellites: position.satellites,
            buffered: position.buffered,
            alarms: position.alarms,
            ignition: position.attributes.ignition(),
            acknowledged: false,
        })
    }
}

/// Whether a loan is past due on a car: on one of twenty, of either protocol.
pub(crate) const fn is_past_due(number: u32) -> bool {
    matches!(number % 40, 0 | 21)
}

/// The second of the way out and back.
fn on_road(seconds: i64) -> anyhow::Result<u32> {
    Ok(u32::try_from(seconds.rem_euclid(i64::from(2 * ROAD_S)))?)
}

/// How far a car that stops again and again has come by a second, and its speed: as far as the others, but faster.
fn by_stops(second: u32) -> (u32, u16) {
    let (legs, at) = (second / LEG_S * LEG_S * METRES_A_SECOND, second % LEG_S);
    match at.checked_sub(STOP_S) {
        Some(driven) if driven > 0 => (legs + driven * METRES_A_SECOND_BETWEEN, KMH_BETWEEN),
        _ => (legs, 0),
    }
}

/// The last time before another one at which cars are at the beginning of their roads.
pub(crate) fn set_out(before: Timestamp) -> Timestamp {
    before.plus(-before.ms().rem_euclid(i64::from(2 * ROAD_S) * 1000))
}

/// So many different cars of those that are known, at random: neighbours on the wire are no neighbours in an index.
pub(crate) fn chosen(count: u32, known: u32) -> Vec<u32> {
    let mut dice = Dice::of(SEED, &[u64::from(count), u64::from(known)]);
    let (mut taken, mut cars) = (HashSet::new(), Vec::new());
    while cars.len() < usize::try_from(count.min(known)).unwrap_or(0) {
        let number = u32::try_from(dice.between(0, i64::from(known) - 1)).unwrap_or(0);
        if taken.insert(number) {
            cars.push(number);
        }
    }
    cars
}

/// Protocols whose reports are answered one by one.
pub(crate) const SPOKEN: [&str; 2] = ["gt06", "jt808"];
const SEED: u64 = 4;
/// Out and back in five hours.
const ROAD_S: u32 = 9_000;
/// 40 km/h.
const METRES_A_SECOND: u32 = 10;
const KMH: u16 = 40;
const ROAD_M: u32 = ROAD_S * METRES_A_SECOND;
/// Some vehicles leave in each minute, and all within a run that is held for one at two reports a second.
const LEG_S: u32 = 120;
const STOP_S: u32 = 20;
/// What makes good for the stop.
const METRES_A_SECOND_BETWEEN: u32 = METRES_A_SECOND * LEG_S / (LEG_S - STOP_S);
const KMH_BETWEEN: u16 = 48;
/// No part of a leg.
const STAGGER_S: u32 = 7;
/// Roads beside each other, and rows of them: where there are more cars, some share a road.
const ROADS_A_ROW: u32 = 10_000;
const ROW_MAX: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cars_are_different_and_the_same_each_time() {
        let cars = chosen(500, 1_000);
        assert_eq!(cars.iter().collect::<HashSet<_>>().len(), 500);
        assert_eq!(cars, chosen(500, 1_000));
    }

    #[test]
    fn no_report_of_a_car_is_like_another() {
        let (car, start) = (Car::of(7).unwrap(), Timestamp::from_ms(1_700_000_000_000));
        let times: HashSet<_> =
            (0..20_000).map(|second| car.report(start, second).unwrap().fix_time()).collect();
        assert_eq!(times.len(), 20_000);
    }

    #[test]
    fn a_car_goes_on_from_run_to_run() {
        let (car, start) = (Car::of(7).unwrap(), Timestamp::from_ms(1_700_000_000_500));
        let place = |start, second| car.report(start, second).unwrap().fix.coordinates();
        assert_eq!(place(start, 100), place(start.plus(60_000), 40));
        assert_ne!(place(start, 100), place(start.plus(60_000), 41));
        let out = set_out(start);
        assert_eq!(place(out, 60), place(out, 2 * ROAD_S - 60));
    }

    #[test]
    fn a_car_that_is_past_due_stands_and_leaves_and_never_jumps() {
        let start = Timestamp::from_ms(1_700_000_000_000);
        for number in [0, 21, 40, 61] {
            assert!(is_past_due(number));
            let car = Car::of(number).unwrap();
            let reports: Vec<_> =
                (0..2 * ROAD_S + 5).map(|second| car.report(start, second).unwrap()).collect();
            let steps: Vec<f64> = reports
                .windows(2)
                .map(|two| {
                    let [from, to] = [&two[0], &two[1]].map(|one| one.fix.coordinates().unwrap().lat());
                    (to - from).abs() * 1e5
                })
                .collect();
            assert!(steps.iter().all(|step| *step < 12.5), "{number}");
            let stands = reports.iter().filter(|one| one.speed.unwrap().tenths() == 0).count();
            assert!((3_000..3_200).contains(&stands), "{number}: {stands}");
        }
    }
}
