//! Overdue cars whose trackers are moved by hand, on a clock that runs faster: what it takes to see an alert in seconds.
//!
//! Shape: [`Collection::prepare`] makes the journal with its clock before the server does; [`Collection::enter`] brings
//! loans, bindings and trackers; then cars park and drive. Units: journal time, ms. Source: `domain.md` §3b.

use crate::device::{Device, position};
use crate::server::{Server, Site, until};
use anyhow::Context as _;
use journal::{Clock, ClockSpec, Journal};
use std::fmt::Write as _;
use std::time::Duration;

/// The clock of the story.
#[derive(Debug)]
pub struct Collection {
    clock: Clock,
}

/// A car on the road, or beside it.
pub struct Car {
    /// Its plate.
    pub vehicle: String,
    /// Its loan.
    pub contract: String,
    device: Device,
    lat: f64,
    lon: f64,
}

impl Collection {
    /// Makes the site's journal, with a clock that runs [`FACTOR`] times as fast.
    pub async fn prepare(site: &Site) -> anyhow::Result<Self> {
        let factor = f64::from(u32::try_from(FACTOR)?);
        let spec = ClockSpec::Scaled { origin: crate::device::now(), factor };
        let journal = Journal::open(&site.data_dir(), journal::Config::default(), spec).await?;
        let clock = journal.clock();
        journal.close().await;
        Ok(Self { clock })
    }

    /// Enters so many overdue cars, as files are, and connects their trackers, of both protocols in turn.
    pub fn enter(&self, site: &Site, server: &Server, cars: usize) -> anyhow::Result<Vec<Car>> {
        let (mut loans, mut bindings) = (String::from(LOANS), String::from("terminal,plate,role\n"));
        for n in 0..cars {
            writeln!(loans, "{},{},{OVERDUE_SINCE},3280.00,86400.00", contract(n), plate(n))?;
            writeln!(bindings, "{},{},main", terminal(n).1, plate(n))?;
        }
        site.done(&["import", "loans", &site.file("loans.csv", loans)?, "--as-of", "now", "--yes"])?;
        site.done(&["import", "bindings", &site.file("bindings.csv", bindings)?])?;
        (0..cars).map(|n| car(server, n)).collect()
    }

    /// Lets them stand until their place is known.
    pub fn park(&self, cars: &mut [Car]) -> anyhow::Result<()> {
        self.pass(cars, PARKED_MS, 0)
    }

    /// Lets them drive north.
    pub fn drive(&self, cars: &mut [Car], ms: i64) -> anyhow::Result<()> {
        self.pass(cars, ms, KMH)
    }

    /// The trackers empty their memories: a place far away, of hours ago, comes behind the newest.
    pub fn remember(&self, cars: &mut [Car]) -> anyhow::Result<()> {
        let then = self.clock.now().plus(-6 * 3_600_000);
        cars.iter_mut().try_for_each(|car| car.device.report(&position(then, car.lat - 1.0, car.lon, 0)?))
    }

    /// Lets the first car stand and then drive off until its alert is there; gives the alert's id.
    pub fn alert(&self, site: &Site, cars: &mut [Car]) -> anyhow::Result<String> {
        #[derive(Debug, serde::Deserialize)]
        struct Line {
            id: String,
        }
        let car = cars.get_mut(..1).context("a car")?;
        self.park(car)?;
        until("an alert", ALERT_MAX, || {
            self.drive(car, 0)?;
            Ok(site.rows::<Line>(&["alerts", "list", "--live"])?.pop().map(|alert| alert.id))
        })
    }

    /// A report of each car for each step of journal time. The waits are the story's own pace, nothing is concluded
    /// from them.
    fn pass(&self, cars: &mut [Car], ms: i64, kmh: u16) -> anyhow::Result<()> {
        let end = self.clock.now().plus(ms);
        loop {
            let now = self.clock.now();
            for car in &mut *cars {
                car.lat += f64::from(kmh) * STEP_DEGREES_PER_KMH;
                car.device.report(&position(now, car.lat, car.lon, kmh)?)?;
            }
            if now >= end {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(u64::try_from(STEP_MS / FACTOR)?));
        }
    }
}

fn car(server: &Server, n: usize) -> anyhow::Result<Car> {
    let (protocol, id) = terminal(n);
    let east = f64::from(u32::try_from(n)?) * 0.01;
    Ok(Car {
        vehicle: plate(n),
        contract: contract(n),
        device: Device::login(server, protocol, &id).with_context(|| format!("{protocol} {id}"))?,
        lat: 22.54,
        lon: 114.05 + east,
    })
}

fn terminal(n: usize) -> (&'static str, String) {
    if n.is_multiple_of(2) { ("gt06", format!("9900000{n:08}")) } else { ("jt808", format!("100{n:08}")) }
}

fn plate(n: usize) -> String {
    format!("粤B{:05}", 70_000 + n)
}

fn contract(n: usize) -> String {
    format!("HT-{n}")
}

/// How much faster the clock runs: at this a fix that is sent at once is live, though a process may stall for a second.
pub const FACTOR: i64 = 100;
const LOANS: &str = "contract,plate,oldest_unpaid_due,amount_overdue,principal_outstanding\n";
/// Long ago: overdue whatever today is.
const OVERDUE_SINCE: &str = "2025-01-10";
/// A place is one where a car stood for five minutes; this is eight.
const PARKED_MS: i64 = 8 * 60_000;
/// Between two reports: a tenth of a real second.
const STEP_MS: i64 = 100 * FACTOR;
const KMH: u16 = 60;
/// A departure is confirmed by the third fix or so.
const ALERT_MAX: Duration = Duration::from_secs(20);
/// So far north comes a car in one step for each km/h.
const STEP_DEGREES_PER_KMH: f64 = 10.0 / 3.6 / 111_195.0;
