//! The store: PostgreSQL that crashes, restarts or hangs, a SQLite file that somebody holds, a disk of its own that is full.
//!
//! Shape: one function a scenario; in each, acknowledgements go on from the journal and the fold catches up. Units: s of
//! outage. Source: `reliability.md` §1 row 9, F12, F13, F14, F18; issue of the faults, point 6.

use crate::image::Disk;
use crate::kill::pause;
use crate::latest::Witnesses;
use crate::options::Plan;
use crate::stage::{Stage, Volume, progresses};
use anyhow::ensure;
use fleet::LoadHandle;
use fleet::dice::Dice;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::time::{Duration, Instant};
use stories::postgres::Postgres;
use stories::server::{Server, Site, until};

/// Stopped as by a crash for a while, then restarted again and again in the middle of everything.
pub(crate) async fn crashes(plan: Plan) -> anyhow::Result<String> {
    let postgres = Postgres::start()?;
    let stage = Stage::on(Site::at(&postgres.create_database("crashes").await?)?, Volume::Steady, plan);
    let (server, load) = stage.begin()?;
    // The server has to know whose frames these are: of strangers it keeps so many and no more.
    tokio::time::sleep(KNOWN_WITHIN).await;
    postgres.stop_immediate()?;
    let outage = Duration::from_secs(plan.outage_s.into());
    goes_on(&server, &load, outage).await?;
    postgres.start_again()?;
    for restart in 1..=RESTARTS {
        tokio::time::sleep(Duration::from_millis(700)).await;
        postgres.stop_immediate()?;
        postgres.start_again()?;
        eprintln!("   restart {restart} of {RESTARTS}");
    }
    let seen = stage.prove(server, load).await?;
    Ok(format!("{outage:?} without it, {RESTARTS} restarts; {seen}"))
}

/// Stopped in its tracks, postmaster and backends: no connection is refused, none answers. Once for a while, then for as long as
/// the server that is told to stop meanwhile still lives.
pub(crate) async fn hangs(plan: Plan) -> anyhow::Result<String> {
    let postgres = Postgres::start()?;
    let stage = Stage::on(Site::at(&postgres.create_database("hangs").await?)?, Volume::Steady, plan);
    let (server, load) = stage.begin()?;
    let hang = postgres.hang()?;
    goes_on(&server, &load, HANGING).await?;
    drop(hang);
    until("a server that is ready again", CAUGHT_UP_MAX, || {
        Ok((server.get("/readyz")?.0 == 200).then_some(()))
    })?;
    let hang = postgres.hang()?;
    goes_on(&server, &load, HANGING / 4).await?;
    let told = Instant::now();
    server.signal("TERM")?;
    ensure!(server.ended_within(STOP_MAX)?.success(), "it did not stop well:\n{}", stage.last_words());
    let stopped = told.elapsed();
    drop(hang);
    let server = stage.site.serve()?;
    let seen = stage.prove(server, load).await?;
    Ok(format!("{HANGING:?} hanging, stopped within {stopped:.1?} of another hang; {seen}"))
}

/// It drops the server's connections again and again, with a step on its way and the next one made; then the server is told to stop, in
/// the doubt that leaves.
pub(crate) async fn cut_off(plan: Plan) -> anyhow::Result<String> {
    let postgres = Postgres::start()?;
    let stage = Stage::on(Site::at(&postgres.create_database("cut_off").await?)?, Volume::Full, plan);
    let (mut server, load) = stage.begin()?;
    tokio::time::sleep(KNOWN_WITHIN).await;
    let (mut dice, mut dropped) = (Dice::of(plan.seed, &[DROPPING]), 0);
    let stops = plan.share(4);
    for stop in 1..=stops {
        for _ in 0..DROPS {
            pause(&mut dice, 50, 400).await;
            dropped += drop_connections(&postgres).await?;
            progresses(&load)?;
        }
        ensure!(server.stop()?.success(), "it did not stop well:\n{}", stage.last_words());
        eprintln!("   stop {stop} of {stops}, {dropped} connections dropped so far");
        server = stage.site.serve()?;
    }
    let seen = stage.prove(server, load).await?;
    Ok(format!("{dropped} connections dropped, {stops} stops; {seen}"))
}

/// Ends whatever the server is connected by; how many that were.
async fn drop_connections(postgres: &Postgres) -> anyhow::Result<i64> {
    let mut connection = PgConnection::connect(&postgres.url()).await?;
    let dropped = sqlx::query_scalar(DROP).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(dropped)
}

const DROP: &str =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'lienwatch'";

/// Another process holds the SQLite store exclusively, for longer than anybody waits for a lock.
pub(crate) async fn locked(plan: Plan) -> anyhow::Result<String> {
    let stage = Stage::on(Site::on_sqlite()?, Volume::Steady, plan);
    let (server, load) = stage.begin()?;
    let mut witnesses = Witnesses::enter(&stage.site, &server, load.ledger())?;
    let lock = lock(&stage.site).await?;
    goes_on(&server, &load, LOCKED).await?;
    witnesses.drive(load.ledger())?;
    lock.close().await?;
    witnesses.followed(&stage.site, load.ledger())?;
    let seen = stage.prove(server, load).await?;
    Ok(format!("locked for {LOCKED:?}, no place went backwards; {seen}"))
}

/// The disk of the store is full, that of the journal is not.
pub(crate) async fn full(plan: Plan) -> anyhow::Result<String> {
    let journal = Site::on_sqlite()?;
    let folder = journal.data_dir().with_file_name("store");
    let disk = Disk::of(32 << 20, &folder)?;
    let url = format!("sqlite:{}", folder.join("store.db").display());
    let stage = Stage::on(Site::at(&url)?, Volume::Steady, plan);
    let (server, load) = stage.begin()?;
    let mut witnesses = Witnesses::enter(&stage.site, &server, load.ledger())?;
    let filler = disk.fill()?;
    goes_on(&server, &load, FULL).await?;
    witnesses.drive(load.ledger())?;
    let (status, body) = server.get("/readyz")?;
    ensure!(status == 503, "without room for the store it says {body}\n{}", stage.last_words());
    std::fs::remove_file(filler)?;
    witnesses.followed(&stage.site, load.ledger())?;
    let seen = stage.prove(server, load).await?;
    drop(disk);
    Ok(format!("full for {FULL:?}, no place went backwards; {seen}"))
}

/// A kill while the journal holds what the store does not: the next server folds it.
pub(crate) async fn kills_between(plan: Plan) -> anyhow::Result<String> {
    let kills = plan.share(4);
    let stage = Stage::on(Site::on_sqlite()?, Volume::Steady, plan);
    let (mut server, load) = stage.begin()?;
    for kill in 1..=kills {
        let lock = lock(&stage.site).await?;
        goes_on(&server, &load, BETWEEN).await?;
        server.kill_9()?;
        lock.close().await?;
        server = stage.site.serve()?;
        eprintln!("   kill {kill} of {kills}, with {BETWEEN:?} of reports in the journal only");
    }
    stage.prove(server, load).await.map(|seen| format!("{kills} kills before the fold; {seen}"))
}

/// Takes the store's write lock; closed, it lets go.
async fn lock(site: &Site) -> anyhow::Result<SqliteConnection> {
    let mut connection = SqliteConnection::connect(site.store_url()).await?;
    connection.execute("PRAGMA busy_timeout = 20000").await?;
    connection.execute("BEGIN EXCLUSIVE").await?;
    Ok(connection)
}

/// For so long, reports are acknowledged, no tracker loses its connection, and somebody can look.
async fn goes_on(server: &Server, load: &LoadHandle, span: Duration) -> anyhow::Result<()> {
    let (over, lost) = (Instant::now() + span, load.counters().lost);
    while Instant::now() < over {
        progresses(load)?;
        ensure!(server.get("/healthz")?.0 == 200, "nobody can look");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ensure!(load.counters().lost == lost, "a tracker lost its connection");
    Ok(())
}

/// A binding acts within two seconds.
const KNOWN_WITHIN: Duration = Duration::from_secs(3);
const RESTARTS: u32 = 4;
/// Before each stop.
const DROPS: u32 = 8;
/// Whose dice these are.
const DROPPING: u64 = 6;
/// Longer than a tracker waits for an answer.
const HANGING: Duration = Duration::from_secs(20);
/// What was not folded meanwhile.
const CAUGHT_UP_MAX: Duration = Duration::from_mins(2);
/// What a service manager gives a stop (`deploy/lienwatch.service`).
const STOP_MAX: Duration = Duration::from_secs(30);
/// Longer than a writer waits for a lock, 5 s.
const LOCKED: Duration = Duration::from_secs(12);
const FULL: Duration = Duration::from_secs(10);
const BETWEEN: Duration = Duration::from_secs(1);
