//! PostgreSQL goes away under load and comes back: trackers notice nothing, nothing is lost, alerts resume in order.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use fleet::{Load, LoadConfig, LoadHandle};
use model::Timestamp;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use stories::collection::{Collection, FACTOR};
use stories::device::{Device, now, position};
use stories::postgres::Postgres;
use stories::proof::{self, Row};
use stories::server::{ALONE, ANSWER_MAX, Server, Site, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_without_postgres_delays_no_acknowledgement_and_loses_nothing() {
    let _alone = ALONE.lock().await;
    let postgres = Postgres::start().unwrap();
    let site = Site::at(&postgres.create_database("outage").await.unwrap()).unwrap();
    let server = site.serve().unwrap();
    let config = LoadConfig {
        connections: 20,
        window: 8,
        seed: 3,
        first_terminal: 2_000,
        start: now().plus(-86_400_000),
        rate: NonZeroU32::new(5),
        reports: None,
    };
    for terminal in config.terminals(protocols::ALL) {
        site.done(&["devices", "approve", terminal.as_str()]).unwrap();
    }
    let load = Load::start(server.tracker, protocols::ALL, &config);
    acknowledges(&load);

    postgres.stop_immediate().unwrap();
    let over = Instant::now() + OUTAGE;
    while Instant::now() < over {
        acknowledges(&load);
        assert_eq!(server.get("/healthz").unwrap().0, 200);
    }
    assert_eq!(load.counters().lost, 0, "a tracker lost its connection");
    postgres.start_again().unwrap();

    caught_up(&server);
    acknowledges(&load);
    let ledger = load.stop().await;
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
    let rows = site.rows::<Row>(&["positions", "--include", "late"]).unwrap();
    let counts = proof::check(&ledger.reports(), rows).unwrap();
    println!("{OUTAGE:?} without PostgreSQL: {counts:?}");
    assert!(counts.acknowledged >= 5_000, "that was no load: {counts:?}");
}

#[tokio::test]
async fn alerts_of_an_outage_come_after_it_in_the_order_of_what_happened() {
    let _alone = ALONE.lock().await;
    let postgres = Postgres::start().unwrap();
    let site = Site::at(&postgres.create_database("alerts").await.unwrap()).unwrap();
    let desk = Collection::prepare(&site).await.unwrap();
    let server = site.serve().unwrap();
    let mut cars = desk.enter(&site, &server, 3).unwrap();
    desk.park(&mut cars).unwrap();

    postgres.stop_immediate().unwrap();
    // One after the other they leave; each stays on the road until the end.
    for gone in 1..=cars.len() {
        desk.drive(cars.get_mut(..gone).unwrap(), AWAY).unwrap();
    }
    postgres.start_again().unwrap();

    let alerts = until("an alert of each car", ANSWER_MAX, || {
        let alerts = site.rows::<Alert>(&["alerts", "list", "--rule", "OVERDUE_MOVED"])?;
        Ok((alerts.len() == cars.len()).then_some(alerts))
    });
    // Newest first.
    let mut alerts = alerts.unwrap_or_else(|error| panic!("{error}\n{}", site.log().unwrap()));
    alerts.reverse();
    let vehicles: Vec<&str> = alerts.iter().map(|alert| alert.vehicle.as_str()).collect();
    let left: Vec<&str> = cars.iter().map(|car| car.vehicle.as_str()).collect();
    assert_eq!(vehicles, left);
    assert!(alerts.is_sorted_by_key(|alert| (alert.opened_at, alert.event_time)), "{alerts:?}");
    assert!(server.stop().unwrap().success());
}

#[tokio::test]
async fn a_server_that_starts_without_its_database_acknowledges_and_delivers_later() {
    let _alone = ALONE.lock().await;
    let postgres = Postgres::start().unwrap();
    let site = Site::at(&postgres.create_database("later").await.unwrap()).unwrap();
    let server = site.serve().unwrap();
    site.done(&["devices", "approve", TERMINAL]).unwrap();
    assert!(server.stop().unwrap().success());
    postgres.stop_immediate().unwrap();

    let server = site.serve().unwrap();
    assert_eq!(server.get("/readyz").unwrap().0, 503);
    report(&server, 0);
    // A question that needs the database says so at once.
    let unreachable = site.cli(&["positions"]).unwrap();
    assert_eq!(unreachable.code, Some(6), "{unreachable:?}");

    postgres.start_again().unwrap();
    caught_up(&server);
    let rows = site.rows::<Row>(&["positions"]).unwrap();
    assert_eq!(i64::try_from(rows.len()).unwrap(), REPORTS);
    assert!(server.stop().unwrap().success());
}

#[tokio::test]
async fn a_server_that_starts_while_its_database_hangs_acknowledges_ends_when_told_and_delivers_later() {
    let _alone = ALONE.lock().await;
    let postgres = Postgres::start().unwrap();
    let site = Site::at(&postgres.create_database("hanging").await.unwrap()).unwrap();
    let server = site.serve().unwrap();
    site.done(&["devices", "approve", TERMINAL]).unwrap();
    assert!(server.stop().unwrap().success());

    let hang = postgres.hang().unwrap();
    let server = site.serve().unwrap();
    assert_eq!(server.get("/readyz").unwrap().0, 503);
    report(&server, 0);
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
    let server = site.serve().unwrap();
    report(&server, REPORTS);
    drop(hang);

    caught_up(&server);
    let rows = site.rows::<Row>(&["positions"]).unwrap();
    assert_eq!(i64::try_from(rows.len()).unwrap(), 2 * REPORTS);
    assert!(server.stop().unwrap().success());
}

#[derive(Debug, serde::Deserialize)]
struct Alert {
    vehicle: String,
    opened_at: Timestamp,
    event_time: Timestamp,
}

/// Reports of [`REPORTS`] seconds are acknowledged, the first of them in so many.
fn report(server: &Server, after_s: i64) {
    let mut device = Device::login(server, "gt06", TERMINAL).unwrap();
    for second in after_s..after_s + REPORTS {
        device.report(&position(now().plus(second * 1000), 22.5431, 114.0579, 30).unwrap()).unwrap();
    }
}

/// More reports are acknowledged than before, within what a tracker waits.
fn acknowledges(load: &LoadHandle) {
    let before = load.counters().acknowledged;
    let more = || Ok((load.counters().acknowledged >= before + 200).then_some(()));
    until("two hundred acknowledgements", ANSWER_MAX, more).unwrap();
}

/// The fold has reached the database again.
fn caught_up(server: &Server) {
    let ready = || Ok((server.get("/readyz")?.0 == 200).then_some(()));
    until("the server is ready", CAUGHT_UP_MAX, ready).unwrap();
}

/// As the issue asks: a minute, real time.
const OUTAGE: Duration = Duration::from_mins(1);
/// PostgreSQL recovers, the pool finds it, the backlog is folded.
const CAUGHT_UP_MAX: Duration = Duration::from_secs(30);
/// Journal time between two departures, ms: three real seconds.
const AWAY: i64 = 3_000 * FACTOR;
const REPORTS: i64 = 20;
const TERMINAL: &str = "990000000000777";
