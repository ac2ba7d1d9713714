//! The process: killed, asked to stop, frozen.
//!
//! Shape: one function a scenario. Units: ms of chance between two faults. Source: `reliability.md` §1 rows 1, 5, 6, 13, F31.

use crate::options::Plan;
use crate::stage::{Stage, Volume, progresses, prove_each};
use anyhow::{Context as _, ensure};
use fleet::dice::Dice;
use fleet::{Ledger, LoadHandle};
use std::time::{Duration, Instant};
use stories::device::{Device, now, position};
use stories::server::{Server, Site};

/// `kill -9` at moments at which many reports have no answer.
pub(crate) async fn kills_on_sqlite(plan: Plan) -> anyhow::Result<String> {
    killed(Site::on_sqlite()?, plan, plan.kills).await
}

/// The journal is the same file in front of either store: fewer show that the fold goes on from its cursor there.
pub(crate) async fn kills_on_postgres(plan: Plan) -> anyhow::Result<String> {
    killed(Site::on_postgres().await?, plan, plan.share(4)).await
}

/// Kills so many servers of a site under load.
pub(crate) async fn killed(site: Site, plan: Plan, kills: u32) -> anyhow::Result<String> {
    let stage = Stage::on(site, Volume::Full, plan);
    let (mut server, load) = stage.begin()?;
    let mut dice = Dice::of(plan.seed, &[KILLS]);
    for kill in 1..=kills {
        // While it restores, while trackers log in, under full load.
        pause(&mut dice, 50, 400).await;
        let unanswered = loaded(&load)?;
        server.kill_9()?;
        eprintln!("   kill {kill} of {kills}, {unanswered} reports unanswered");
        server = stage.site.serve()?;
    }
    stage.prove(server, load).await.map(|seen| format!("{kills} kills; {seen}"))
}

/// SIGTERM while every tracker is connected and has been quiet for 200 ms: every complete frame that was received is
/// stored, whether anybody has read its acknowledgement or not.
pub(crate) async fn drains(plan: Plan) -> anyhow::Result<String> {
    let rounds = plan.share(2);
    let stage = Stage::on(Site::on_sqlite()?, Volume::Steady, plan);
    stage.site.serve()?.stop()?;
    stage.enter()?;
    let (ledger, mut slowest) = (Ledger::default(), Duration::ZERO);
    for round in 1..=rounds {
        let server = stage.site.serve()?;
        let silent = bursts(&stage, &server, &ledger, round)?;
        tokio::time::sleep(QUIET).await;
        let started = Instant::now();
        ensure!(server.stop()?.success(), "it did not stop well:\n{}", stage.last_words());
        slowest = slowest.max(started.elapsed());
        drop(silent);
    }
    // One more, to say what the fold has counted.
    let counts = prove_each(&stage.site, stage.site.serve()?, &ledger)?;
    ensure!(counts.stored == counts.sent, "{counts:?}: complete frames that were received are not stored");
    ensure!(slowest <= STOP_MAX, "a stop took {slowest:?}, more than {STOP_MAX:?}");
    let sent = counts.sent;
    Ok(format!("{rounds} stops, {sent} reports sent, stored and counted, the slowest took {slowest:.1?}"))
}

/// Every tracker logs in and says many things at once; nobody reads what is answered.
fn bursts(stage: &Stage, server: &Server, ledger: &Ledger, round: u32) -> anyhow::Result<Vec<Device>> {
    let mut devices = Vec::new();
    for who in stage.trackers() {
        let protocol = who.protocol.name();
        let mut device = Device::login(server, protocol, who.terminal.as_str())?;
        let mut burst = Vec::new();
        for n in 0..BURST {
            let at = now().plus(-86_400_000 + (i64::from(round) * BURST + n) * 1000);
            let report = position(at, 22.54, 114.05, 30)?;
            let frame = device.frame(&report);
            ledger.sent(who.terminal, protocol, frame.serial, &report).context("a full ledger")?;
            burst.extend_from_slice(&frame.bytes);
        }
        device.wire().send(&burst)?;
        devices.push(device);
    }
    Ok(devices)
}

/// SIGTERM in the middle of full load, again and again.
pub(crate) async fn stops_under_load(plan: Plan) -> anyhow::Result<String> {
    let stops = plan.share(4);
    let stage = Stage::on(Site::on_sqlite()?, Volume::Full, plan);
    let (mut server, load) = stage.begin()?;
    let mut dice = Dice::of(plan.seed, &[STOPS]);
    for stop in 1..=stops {
        pause(&mut dice, 200, 800).await;
        loaded(&load)?;
        let started = Instant::now();
        ensure!(server.stop()?.success(), "it did not stop well:\n{}", stage.last_words());
        eprintln!("   stop {stop} of {stops}: {:.1?}", started.elapsed());
        server = stage.site.serve()?;
    }
    stage.prove(server, load).await.map(|seen| format!("{stops} stops under load; {seen}"))
}

/// SIGSTOP and SIGCONT, for longer than a tracker waits for an answer, too.
pub(crate) async fn freezes(plan: Plan) -> anyhow::Result<String> {
    let stage = Stage::on(Site::on_sqlite()?, Volume::Steady, plan);
    let (server, load) = stage.begin()?;
    for frozen in FROZEN {
        server.signal("STOP")?;
        tokio::time::sleep(frozen).await;
        server.signal("CONT")?;
        progresses(&load)?;
        eprintln!("   went on after {frozen:?}");
    }
    stage.prove(server, load).await.map(|seen| format!("frozen for {FROZEN:?}; {seen}"))
}

/// Waits a moment by chance, ms.
pub(crate) async fn pause(dice: &mut Dice, low: i64, high: i64) {
    tokio::time::sleep(Duration::from_millis(dice.between(low, high).unsigned_abs())).await;
}

/// Waits until many reports have no answer: they are the ones that a wrong order would lose.
pub(crate) fn loaded(load: &LoadHandle) -> anyhow::Result<u64> {
    let deadline = Instant::now() + LOADED_MAX;
    loop {
        let unanswered = load.counters().in_flight;
        if unanswered >= IN_FLIGHT_MIN {
            return Ok(unanswered);
        }
        ensure!(Instant::now() < deadline, "only {unanswered} reports are unanswered: that is no load");
        std::thread::yield_now();
    }
}

const IN_FLIGHT_MIN: u64 = 100;
const LOADED_MAX: Duration = Duration::from_secs(30);
/// Reports of a tracker in one write.
const BURST: i64 = 20;
/// As `reliability.md` §1 row 13 says.
const QUIET: Duration = Duration::from_millis(200);
/// Row 13 asks for 5 s on a machine of its own.
const STOP_MAX: Duration = Duration::from_secs(10);
/// The last one is longer than a tracker waits, 15 s: it comes back on another connection.
const FROZEN: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(18)];
const KILLS: u64 = 1;
const STOPS: u64 = 2;
