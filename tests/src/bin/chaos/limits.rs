//! What the system grants: memory, and the time.
//!
//! Shape: one function a scenario. Units: bytes, s. Errors: [`NotHere`] where there is no cgroup to write to or no libfaketime.
//! Source: `reliability.md` §1 rows 16, 28; F20, F30; cgroups(7), faketime(1).

use crate::clients::Crowd;
use crate::options::Plan;
use crate::stage::{Stage, Volume, progresses};
use crate::verdict::NotHere;
use anyhow::{Context as _, ensure};
use model::Timestamp;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use stories::device::now;
use stories::server::{Site, until};

/// Full load and two thousand idle clients within the memory that the limits of the server promise.
pub(crate) async fn memory(plan: Plan) -> anyhow::Result<String> {
    let group = Group::of(MEMORY)?;
    let enter = format!("echo $$ >'{}/cgroup.procs' && exec \"$@\"", group.folder.display());
    let site = Site::on_sqlite()?.launched_by(&["/bin/sh", "-c", &enter, "capped"]);
    let stage = Stage::on(site, Volume::Full, plan);
    let (server, load) = stage.begin()?;
    let crowd = Crowd::against(server.tracker, 2_000, 4);
    for _ in 0..10 {
        progresses(&load)?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    drop(crowd);
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().trim().to_owned();
    let killed = group.killed()?;
    ensure!(killed == 0, "the system has killed {killed} times for memory");
    let seen = stage.prove(server, load).await?;
    Ok(format!("{} MiB, at most {peak} used; {seen}", MEMORY >> 20))
}

/// The limit falls below what the server needs under load: the system kills it, in the middle of whatever it does.
pub(crate) async fn out_of_memory(plan: Plan) -> anyhow::Result<String> {
    let group = Group::of(MEMORY)?;
    let enter = format!("echo $$ >'{}/cgroup.procs' && exec \"$@\"", group.folder.display());
    let site = Site::on_sqlite()?.launched_by(&["/bin/sh", "-c", &enter, "starved"]);
    let stage = Stage::on(site, Volume::Full, plan);
    let (mut server, load) = stage.begin()?;
    let rounds = plan.share(STARVED_SHARE);
    for round in 1..=rounds {
        group.starve()?;
        until("the server killed for memory", KILLED_MAX, || {
            Ok((group.killed()? >= u64::from(round)).then_some(()))
        })?;
        drop(server);
        group.limit(MEMORY)?;
        server = stage.site.serve()?;
        progresses(&load)?;
    }
    stage.prove(server, load).await.map(|seen| format!("{rounds} kills by the system; {seen}"))
}

/// A memory group of its own, gone when dropped.
struct Group {
    folder: PathBuf,
    is_v1: bool,
}

impl Group {
    fn of(bytes: u64) -> anyhow::Result<Self> {
        let (parent, is_v1) = if Path::new("/sys/fs/cgroup/memory").is_dir() {
            ("/sys/fs/cgroup/memory", true)
        } else {
            ("/sys/fs/cgroup", false)
        };
        let scratch = std::env::temp_dir();
        let folder = Path::new(parent).join(scratch.file_name().context("a scratch folder")?);
        let group = Self { folder, is_v1 };
        let limit = if is_v1 { "memory.limit_in_bytes" } else { "memory.max" };
        fs::create_dir(&group.folder)
            .and_then(|()| fs::write(group.folder.join(limit), bytes.to_string()))
            .map_err(|error| NotHere(format!("no memory cgroup can be made in {parent}: {error}")))?;
        Ok(group)
    }

    fn limit(&self, bytes: u64) -> anyhow::Result<()> {
        let limit = if self.is_v1 { "memory.limit_in_bytes" } else { "memory.max" };
        fs::write(self.folder.join(limit), bytes.to_string())
            .with_context(|| format!("a limit of {bytes} bytes"))
    }

    /// Lowers the limit to little more than what a server needs that has just started; the load does the rest. The first
    /// generation of groups refuses a limit below what is in use.
    fn starve(&self) -> anyhow::Result<()> {
        let limits = (STARVED..MEMORY).step_by(STARVED_STEP);
        limits.map(|bytes| self.limit(bytes)).find(Result::is_ok).context("no lower limit is taken")?
    }

    /// How many processes the system has killed in it.
    fn killed(&self) -> anyhow::Result<u64> {
        let told = if self.is_v1 { "memory.oom_control" } else { "memory.events" };
        let text = fs::read_to_string(self.folder.join(told))?;
        let killed = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        Ok(killed.map_or(Ok(0), str::parse)?)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // A server that has just been killed leaves it a moment later.
        let gone = || Ok(fs::remove_dir(&self.folder).is_ok().then_some(()));
        let _ = until("an empty cgroup", Duration::from_secs(5), gone);
    }
}

/// The system's clock jumps an hour ahead, two back, and home.
pub(crate) async fn clock_jumps(plan: Plan) -> anyhow::Result<String> {
    let library = faketime()?;
    let site = Site::on_sqlite()?;
    let file = site.file("clock", "+0")?;
    let preload = format!("LD_PRELOAD={}", library.display());
    let told = format!("FAKETIME_TIMESTAMP_FILE={file}");
    let site =
        site.launched_by(&["env", &preload, &told, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"]);
    let stage = Stage::on(site, Volume::Steady, plan);
    let (server, load) = stage.begin()?;
    let lost = load.counters().lost;
    for jump in JUMPS {
        fs::write(&file, jump)?;
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(600)).await;
            progresses(&load)?;
        }
        eprintln!("   went on at {jump}");
    }
    ensure!(load.counters().lost == lost, "a tracker lost its connection");
    let seen = stage.prove(server, load).await?;
    let rows = stage.site.rows::<Received>(&["positions", "--include", "late"])?;
    let ahead = now().plus(30 * 60_000);
    ensure!(rows.iter().any(|row| row.received_at > ahead), "the server has not seen the clock jump");
    Ok(format!("{JUMPS:?}; {seen}"))
}

#[derive(serde::Deserialize)]
struct Received {
    received_at: Timestamp,
}

/// Where Debian puts the library.
fn faketime() -> anyhow::Result<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let found =
        folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|library| library.exists());
    found.ok_or_else(|| NotHere("there is no libfaketime (Debian package faketime)".into()).into())
}

/// `reliability.md` §1 row 16.
const MEMORY: u64 = 512 << 20;
/// Under load it needs more.
const STARVED: u64 = 48 << 20;
const STARVED_STEP: usize = 8 << 20;
/// Of the kills of a run; each costs as long as memory takes to fill.
const STARVED_SHARE: u32 = 7;
const KILLED_MAX: Duration = Duration::from_mins(1);
const JUMPS: [&str; 3] = ["+3600", "-3600", "+0"];
