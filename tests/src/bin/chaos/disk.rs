//! The disk: a sync that fails, no room, and a power cut.
//!
//! Shape: one function a scenario. Units: bytes, counts of system calls. Source: `reliability.md` §1 rows 2, 4, 11; F3, F6, F7.

use crate::image::Disk;
use crate::kill::pause;
use crate::options::Plan;
use crate::stage::{Red, Stage, Volume, progresses};
use crate::tracer::Tracer;
use anyhow::{Context as _, ensure};
use fleet::LoadHandle;
use fleet::dice::Dice;
use sqlx::error::DatabaseError;
use sqlx::{Connection as _, SqliteConnection};
use std::path::{Path, PathBuf};
use std::time::Duration;
use stories::device::{Device, now, position};
use stories::server::{Server, Site, until};

/// The journal's sync fails: whoever waits for it hears nothing, the process ends, the next one starts clean. Once with a
/// lone report, of which it is certain which sync it waits for, then under load, at other syncs.
pub(crate) async fn failed_syncs(plan: Plan) -> anyhow::Result<String> {
    alone_without_a_sync()?;
    let stage = Stage::on(Site::on_sqlite()?, Volume::Steady, plan);
    let (mut server, load) = stage.begin()?;
    for when in SYNCS {
        let tracer = Tracer::attach(&server, &log_of(&stage.site), SYNC, ("EIO", when))?;
        let ended = server.ended_within(END_MAX).with_context(|| format!("EIO at sync {when}"))?;
        ensure!(!ended.success(), "it ended as if nothing had happened");
        ensure!(tracer.injected()? > 0, "no sync has failed");
        eprintln!("   EIO at sync {when}: {ended}");
        server = stage.site.serve()?;
        progresses(&load)?;
    }
    // The log's move into the database is synced too, on the database; what that sync loses no later one brings back.
    let tracer = Tracer::attach(&server, &stage.site.data_dir().join("journal.db"), SYNC, ("EIO", "1"))?;
    let ended = server.ended_within(END_MAX).context("EIO as the log is moved")?;
    ensure!(!ended.success(), "it ended as if nothing had happened");
    ensure!(tracer.injected()? > 0, "no sync of the database has failed");
    eprintln!("   EIO as the log is moved into the database: {ended}");
    drop(tracer);
    server = stage.site.serve()?;
    progresses(&load)?;
    stage
        .prove(server, load)
        .await
        .map(|seen| format!("EIO at syncs {SYNCS:?}, of a lone report and of a move; {seen}"))
}

fn alone_without_a_sync() -> anyhow::Result<()> {
    let site = Site::on_sqlite()?;
    let server = site.serve()?;
    site.done(&["devices", "approve", TERMINAL])?;
    let mut device = Device::login(&server, "gt06", TERMINAL)?;
    let report = position(now(), 22.54, 114.05, 30)?;
    let tracer = Tracer::attach(&server, &log_of(&site), SYNC, ("EIO", "1+"))?;
    ensure!(device.report(&report).is_err(), "acknowledged, though its sync failed");
    ensure!(!server.ended_within(END_MAX)?.success(), "it ended as if nothing had happened");
    drop(tracer);
    let server = site.serve()?;
    let mut device = Device::login(&server, "gt06", TERMINAL)?;
    device.report(&report)?;
    ensure!(server.stop()?.success(), "it did not stop well");
    let rows = site.rows::<serde_json::Value>(&["positions", "--include", "late"])?;
    ensure!(rows.len() == 1, "{} rows of one report", rows.len());
    Ok(())
}

/// Writes to the journal's log find no room for a while.
pub(crate) async fn failed_writes(plan: Plan) -> anyhow::Result<String> {
    let stage = Stage::on(Site::on_sqlite()?, Volume::Steady, plan);
    let (server, load) = stage.begin()?;
    for round in 1..=2 {
        let tracer = Tracer::attach(&server, &log_of(&stage.site), "pwrite64,write", ("ENOSPC", "1+"))?;
        says_full(&server)?;
        stands_still(&load).await?;
        eprintln!("   ENOSPC {round}: {} writes failed", tracer.injected()?);
        drop(tracer);
        progresses(&load)?;
    }
    stage.prove(server, load).await.map(|seen| format!("ENOSPC twice; {seen}"))
}

/// The disk of journal and store is full, really, and has room again.
pub(crate) async fn full(plan: Plan) -> anyhow::Result<String> {
    let stage = Stage::on(Site::on_sqlite()?, Volume::Steady, plan);
    let disk = Disk::of(48 << 20, &stage.site.data_dir())?;
    let (server, load) = stage.begin()?;
    for round in 1..=FULL {
        let filler = disk.fill()?;
        says_full(&server)?;
        stands_still(&load).await?;
        ensure!(server.get("/healthz")?.0 == 200, "nobody can look");
        std::fs::remove_file(filler)?;
        progresses(&load)?;
        eprintln!("   full {round} of {FULL}, and room again");
    }
    sound(&stage.site).await?;
    let seen = stage.prove(server, load).await?;
    Ok(format!("full {FULL} times; {seen}"))
}

/// The power goes: what the disk holds at a moment is all that the next server gets.
pub(crate) async fn power_cuts(plan: Plan) -> anyhow::Result<String> {
    cut(Site::on_sqlite()?, plan, plan.share(2), SOON).await
}

/// The same while the journal is short of room and lets go of whatever is applied: that must have reached the disk.
pub(crate) async fn power_cuts_when_short(plan: Plan) -> anyhow::Result<String> {
    let site = Site::on_sqlite()?.launched_by(&["env", "LIENWATCH_JOURNAL__SIZE_ALARM_BYTES=1048576"]);
    cut(site, plan, plan.share(4), TRIMMED).await
}

/// Cuts the power of a site under load so many times, each after a while of this many ms.
pub(crate) async fn cut(
    site: Site,
    plan: Plan,
    cuts: u32,
    (low, high): (i64, i64),
) -> anyhow::Result<String> {
    let stage = Stage::on(site, Volume::Steady, plan);
    let data_dir = stage.site.data_dir();
    let mut disk = Disk::of(512 << 20, &data_dir)?;
    let (mut server, load) = stage.begin()?;
    let mut dice = Dice::of(plan.seed, &[CUTS]);
    for cut in 1..=cuts {
        pause(&mut dice, low, high).await;
        let still = stopped(&mut server);
        stage.blamed(&mut server, still)?;
        let copy = disk.copy(&format!("cut{cut}.img"))?;
        server.kill_9()?;
        drop(disk);
        disk = Disk::mounted(copy, &data_dir)?;
        server = served_again(&stage, &load).await?;
        eprintln!("   cut {cut} of {cuts}: {} acknowledged so far", load.counters().acknowledged);
    }
    let seen = stage.prove(server, load).await?;
    drop(disk);
    Ok(format!("{cuts} cuts; {seen}"))
}

async fn served_again(stage: &Stage, load: &LoadHandle) -> anyhow::Result<Server> {
    let mut server = stage.served_again()?;
    sound(&stage.site).await?;
    let going_on = progresses(load).with_context(|| stage.last_words());
    stage.blamed(&mut server, going_on)?;
    Ok(server)
}

/// Stops every thread, and waits until they have: a system call under way is ended first.
fn stopped(server: &mut Server) -> anyhow::Result<()> {
    server.signal("STOP")?;
    until("a stopped server", END_MAX, || {
        ensure!(server.ended()?.is_none(), "it has ended instead of stopping");
        let mut threads = std::fs::read_dir(format!("/proc/{}/task", server.id()))?.flatten();
        let is_stopped = |status: String| status.lines().any(|line| line.starts_with("State:\tT"));
        Ok(threads
            .all(|thread| std::fs::read_to_string(thread.path().join("status")).is_ok_and(is_stopped))
            .then_some(()))
    })
}

/// Asks SQLite whether its files are in order.
async fn sound(site: &Site) -> anyhow::Result<()> {
    for name in ["journal.db", "store.db"] {
        let url = format!("sqlite:{}", site.data_dir().join(name).display());
        let found = match checked(&url).await {
            Err(error) if is_corrupt(&error) => vec![error.to_string()],
            found => found?,
        };
        if found != ["ok"] {
            return Err(Red::Unusable(format!("{name}: {found:?}")).into());
        }
    }
    Ok(())
}

async fn checked(url: &str) -> sqlx::Result<Vec<String>> {
    let mut connection = SqliteConnection::connect(url).await?;
    let found = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut connection).await?;
    connection.close().await?;
    Ok(found)
}

/// Whether SQLite takes a file for a broken one, or for none of its own; not, say, for one that is busy.
fn is_corrupt(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    let code = code.and_then(|code| code.parse::<i32>().ok());
    code.is_some_and(|code| CORRUPT.contains(&(code & PRIMARY)))
}

/// The server has noticed that there is no room, and says so.
pub(crate) fn says_full(server: &Server) -> anyhow::Result<()> {
    until("a server that says that there is no room", FULL_SEEN_MAX, || {
        let (status, body) = server.get("/readyz")?;
        Ok((status == 503 && body.contains("disk_full")).then_some(()))
    })
}

/// Nothing is acknowledged, after what was on its way.
pub(crate) async fn stands_still(load: &LoadHandle) -> anyhow::Result<()> {
    tokio::time::sleep(LANDED).await;
    let before = load.counters().acknowledged;
    tokio::time::sleep(STILL).await;
    let more = load.counters().acknowledged - before;
    ensure!(more == 0, "{more} reports were acknowledged without room for them");
    Ok(())
}

fn log_of(site: &Site) -> PathBuf {
    let log: &Path = &site.data_dir();
    log.join("journal.db-wal")
}

const TERMINAL: &str = "990000000000881";
const SYNC: &str = "fsync,fdatasync";
/// Which sync of the log fails, counted from the attachment on.
const SYNCS: [&str; 4] = ["1", "2", "7", "25"];
/// The first promise asks for a second on a machine of its own.
const END_MAX: Duration = Duration::from_secs(20);
/// The log has room within itself until its next checkpoint.
const FULL_SEEN_MAX: Duration = Duration::from_mins(1);
const FULL: u32 = 3;
/// A reply that was released before needs no longer on its way.
const LANDED: Duration = Duration::from_millis(500);
const STILL: Duration = Duration::from_secs(2);
/// Between two power cuts, ms.
pub(crate) const SOON: (i64, i64) = (300, 1_500);
/// Just after the first trim of a short journal, which comes 5 s after the start.
const TRIMMED: (i64, i64) = (5_000, 6_500);
const CUTS: u64 = 3;
/// `SQLITE_CORRUPT` and `SQLITE_NOTADB`; the low byte of an extended code is the primary one.
const CORRUPT: [i32; 2] = [11, 26];
const PRIMARY: i32 = 0xff;
