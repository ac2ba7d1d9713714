//! What must not come of an outage of the store: a full journal that drops something, a place that goes backwards, a
//! notice of what is over.
//!
//! Shape: one function a scenario. Units: bytes of the journal, journal time. Source: `reliability.md` §1 row 10, F12; issue
//! of the faults, point 6.

use crate::disk::{says_full, stands_still};
use crate::latest::{followed, is_newer, settled};
use crate::options::Plan;
use crate::receiver::{Receiver, told_everything};
use crate::stage::{Stage, Totals, Volume, progresses};
use anyhow::ensure;
use std::collections::BTreeSet;
use std::time::Duration;
use stories::collection::{Car, Collection, FACTOR};
use stories::postgres::Postgres;
use stories::server::{Server, Site, until};

/// The store is away until the journal has reached its bound: first an alarm, then nothing is read any more, and nothing is
/// evicted; with the store back, what is applied makes room.
pub(crate) async fn bounded(plan: Plan) -> anyhow::Result<String> {
    let postgres = Postgres::start()?;
    let site = Site::at(&postgres.create_database("bounded").await?)?;
    let limit = |key: &str, bytes: u64| format!("LIENWATCH_JOURNAL__{key}={bytes}");
    let limits = [limit("SIZE_ALARM_BYTES", BOUND_BYTES * 8 / 10), limit("SIZE_MAX_BYTES", BOUND_BYTES)];
    let [alarm, most] = limits.each_ref();
    let stage = Stage::on(site.launched_by(&["env", alarm, most]), Volume::Steady, plan);
    let (server, load) = stage.begin()?;
    postgres.stop_immediate()?;
    until("the size alarm", FILLED_MAX, || Ok(alarmed(&server)?.then_some(())))?;
    progresses(&load)?;
    eprintln!("   alarm at 80 % of {BOUND_BYTES} bytes, and acknowledgements go on");
    until("a full journal", FILLED_MAX, || Ok(server.get("/readyz")?.1.contains("disk_full").then_some(())))?;
    says_full(&server)?;
    stands_still(&load).await?;
    ensure!(server.get("/healthz")?.0 == 200, "nobody can look");
    eprintln!("   full: nothing is acknowledged");
    postgres.start_again()?;
    progresses(&load)?;
    until("the end of the alarm", FILLED_MAX, || Ok((!alarmed(&server)?).then_some(())))?;
    let seen = stage.prove(server, load).await?;
    Ok(format!("{BOUND_BYTES} bytes filled, alarm before, room again after; {seen}"))
}

fn alarmed(server: &Server) -> anyhow::Result<bool> {
    Ok(Totals::of(server)?.sum("lienwatch_journal_size_alarm") > 0)
}

/// Cars leave while the store is away, and some of their loans are paid before it is back: in the drain their alerts open
/// and end, and nobody is told. Trackers that empty their memories move no place back.
pub(crate) async fn alerts(_: Plan) -> anyhow::Result<String> {
    let (postgres, receiver) = (Postgres::start()?, Receiver::start()?);
    let site = receiver.told_by(Site::at(&postgres.create_database("alerts").await?)?)?;
    let desk = Collection::prepare(&site).await?;
    let server = site.serve()?;
    let mut cars = desk.enter(&site, &server, CARS)?;
    desk.park(&mut cars)?;
    let places = settled(&site, CARS)?;
    postgres.stop_immediate()?;
    desk.drive(&mut cars, AWAY)?;
    desk.remember(&mut cars)?;
    let paid: BTreeSet<String> = cars.iter().take(PAID).map(|car| car.vehicle.clone()).collect();
    for Car { contract, .. } in cars.iter().take(PAID) {
        let pending = site.cli(&["loan", "event", "payment", "--contract", contract])?;
        ensure!(pending.code == Some(PENDING), "{pending:?}");
    }
    postgres.start_again()?;
    followed(&site, &places, |newest| {
        let is_folded =
            server.get("/readyz")?.0 == 200 && Totals::of(&server)?.sum("lienwatch_fold_lag_inputs") == 0;
        Ok(is_folded && is_newer(&places, newest))
    })?;
    told(&site, server, &receiver, &paid)
}

/// Each alert that stands was told, and none that is over.
fn told(site: &Site, server: Server, receiver: &Receiver, paid: &BTreeSet<String>) -> anyhow::Result<String> {
    #[derive(Debug, serde::Deserialize)]
    struct Alert {
        id: String,
        vehicle: String,
        state: String,
    }
    told_everything(&server)?;
    let alerts: Vec<Alert> = site.rows(&["alerts", "list", "--rule", "OVERDUE_MOVED"])?;
    ensure!(server.stop()?.success(), "it did not stop well");
    ensure!(alerts.len() == CARS, "{} alerts of {CARS} cars", alerts.len());
    let heard = receiver.alerts();
    for alert in &alerts {
        let is_over = alert.state == "withdrawn";
        ensure!(is_over == paid.contains(&alert.vehicle), "{alert:?}");
        ensure!(heard.contains(&alert.id) != is_over, "{alert:?}; told of {heard:?}");
    }
    Ok(format!("{CARS} alerts of the outage, {} of them over before its end and not told", paid.len()))
}

/// Some 40 s of a thousand reports a second; the size is looked at each 5 s.
const BOUND_BYTES: u64 = 12 << 20;
const FILLED_MAX: Duration = Duration::from_mins(3);
const CARS: usize = 4;
const PAID: usize = 2;
/// Journal time on the road, ms: until each departure is confirmed.
const AWAY: i64 = 3_000 * FACTOR;
/// Recorded, and done when the store is back.
const PENDING: i32 = 6;
