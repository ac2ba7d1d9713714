//! Kills between two halves of one promise: the parts of a split message, the sending of a notice and its mark.
//!
//! Shape: one function a scenario. Units: kills. Source: `reliability.md` §1 row 24, §5; issue of the faults, point 4.

use crate::options::Plan;
use crate::receiver::{NOTICE_MAX, Receiver, told_everything};
use crate::stage::prove_each;
use anyhow::{Context as _, ensure};
use fleet::Ledger;
use fleet::dice::Dice;
use model::{Position, TerminalId};
use std::collections::{BTreeMap, BTreeSet};
use stories::collection::{Collection, FACTOR};
use stories::device::{Device, now, position};
use stories::packets::split;
use stories::server::{Server, Site, until};

/// Messages in packets, with kills behind packets by chance: what was acknowledged is not sent again, and each message is
/// stored whole, once.
pub(crate) fn parts(plan: Plan) -> anyhow::Result<String> {
    let (messages, mut kills) = (plan.share(2), 0);
    let site = Site::on_sqlite()?;
    let mut server = site.serve()?;
    site.done(&["devices", "approve", TERMINAL])?;
    let (ledger, mut dice) = (Ledger::default(), Dice::of(plan.seed, &[PARTS]));
    for message in 1..=messages {
        let kept = backlog(message)?;
        let mut device = Device::login(&server, "jt808", TERMINAL)?;
        let total = u16::try_from(dice.between(3, 6))?;
        let first = 500 + u16::try_from(message)? * 10;
        let packets = split(&device.batch(&kept)?.bytes, first, total)?;
        // The row of a message names its last packet.
        let ids = noted(&ledger, first + total - 1, &kept)?;
        for (serial, packet) in (first..).zip(&packets) {
            device.wire().send(packet)?;
            device.acknowledged(serial).with_context(|| format!("message {message}, packet {serial}"))?;
            // Behind the first one in any case: chance alone may choose none.
            if kills == 0 || dice.percent(40) {
                kills += 1;
                server.kill_9()?;
                server = site.serve()?;
                device = Device::login(&server, "jt808", TERMINAL)?;
            }
        }
        for id in ids {
            ledger.acknowledged(id);
        }
    }
    let counts = prove_each(&site, server, &ledger)?;
    Ok(format!(
        "{kills} kills between the packets of {messages} messages; {} reports stored and counted once",
        counts.stored
    ))
}

/// Reports that are stored, and whose acknowledgement no tracker hears: they come again under other serials, now and then
/// behind a kill, and are one report each.
pub(crate) async fn resends(site: Site, plan: Plan) -> anyhow::Result<String> {
    let (rounds, mut kills) = (plan.share(2), 0);
    let mut server = site.serve()?;
    for (_, terminal) in TERMINALS {
        site.done(&["devices", "approve", terminal])?;
    }
    let (ledger, mut dice) = (Ledger::default(), Dice::of(plan.seed, &[RESENDS]));
    for round in 0..rounds {
        for (protocol, id) in TERMINALS {
            let terminal = TerminalId::parse(id)?;
            let at = now().plus(-3_600_000 + i64::from(round) * 10_000);
            let unheard = position(at, 22.54, 114.05, 30)?;
            let mut device = Device::login(&server, protocol, id)?;
            let frame = device.frame(&unheard);
            let again = ledger.sent(terminal, protocol, frame.serial, &unheard).context("a full ledger")?;
            device.wire().send(&frame.bytes)?;
            device.acknowledged(frame.serial)?;
            drop(device);
            if dice.percent(30) {
                kills += 1;
                server.kill_9()?;
                server = site.serve()?;
            }
            let mut device = Device::login(&server, protocol, id)?;
            // One before it, so that it has another serial.
            let heard = position(at.plus(1_000), 22.55, 114.05, 30)?;
            let frame = device.frame(&heard);
            let first = ledger.sent(terminal, protocol, frame.serial, &heard).context("a full ledger")?;
            device.wire().send(&frame.bytes)?;
            device.acknowledged(frame.serial)?;
            ledger.acknowledged(first);
            let frame = device.frame(&unheard);
            ledger.resent(again, frame.serial);
            device.wire().send(&frame.bytes)?;
            device.acknowledged(frame.serial)?;
            ledger.acknowledged(again);
        }
    }
    let counts = prove_each(&site, server, &ledger)?;
    Ok(format!(
        "{} reports, half of them sent twice and counted as doubled, {kills} kills between; {} stored",
        counts.sent, counts.stored
    ))
}

fn noted(ledger: &Ledger, serial: u16, kept: &[Position]) -> anyhow::Result<Vec<fleet::ledger::ReportId>> {
    let terminal = TerminalId::parse(TERMINAL)?;
    kept.iter()
        .map(|report| ledger.sent(terminal, "jt808", serial, report).context("a full ledger"))
        .collect()
}

fn backlog(message: u32) -> anyhow::Result<Vec<Position>> {
    let from = now().plus(-86_400_000 + i64::from(message) * 3_600_000 / 4);
    (0..20_u16)
        .map(|n| {
            let at = from.plus(i64::from(n) * 1000);
            Ok(Position { buffered: true, ..position(at, 22.54, 114.0 + f64::from(n) * 0.001, 40)? })
        })
        .collect()
}

/// The receiver has a notice, and the server is killed before it can write that down: it is sent again under the same id,
/// and none is left out.
pub(crate) async fn outbox(plan: Plan) -> anyhow::Result<String> {
    let kills = plan.share(4);
    let receiver = Receiver::start()?;
    let site = Site::on_sqlite()?;
    let site = receiver.told_by(site)?;
    let desk = Collection::prepare(&site).await?;
    let mut server = site.serve()?;
    let mut cars = desk.enter(&site, &server, CARS)?;
    desk.park(&mut cars)?;
    receiver.hold(true);
    desk.drive(&mut cars, AWAY)?;
    drop(cars);
    for kill in 1..=kills {
        let heard = receiver.heard().values().sum::<u32>();
        until("a notice on its way", NOTICE_MAX, || {
            Ok((receiver.heard().values().sum::<u32>() > heard).then_some(()))
        })?;
        server.kill_9()?;
        // The last one may say that it has understood.
        receiver.hold(kill < kills);
        eprintln!("   kill {kill} of {kills}, with a notice received and not marked");
        server = site.serve()?;
    }
    delivered(&site, server, &receiver).map(|seen| format!("{kills} kills between send and mark; {seen}"))
}

/// Every alert was told, under ids of its own, and the outbox is empty.
fn delivered(site: &Site, server: Server, receiver: &Receiver) -> anyhow::Result<String> {
    #[derive(Debug, serde::Deserialize)]
    struct Alert {
        id: String,
    }
    told_everything(&server)?;
    let alerts: BTreeSet<String> =
        site.rows::<Alert>(&["alerts", "list"])?.into_iter().map(|alert| alert.id).collect();
    ensure!(server.stop()?.success(), "it did not stop well");
    let heard: BTreeMap<String, u32> = receiver.heard();
    let told = receiver.alerts();
    ensure!(alerts.len() >= CARS, "only {} alerts", alerts.len());
    ensure!(told == alerts, "alerts {alerts:?}, told of {told:?}");
    let again = heard.values().filter(|times| **times > 1).count();
    ensure!(again > 0, "no notice came twice: no kill came between send and mark");
    Ok(format!("{} alerts, {} notices, {again} of them again under the same id", alerts.len(), heard.len()))
}

const TERMINAL: &str = "10000000063";
const CARS: usize = 4;
/// Journal time on the road, ms: until each departure is confirmed.
const AWAY: i64 = 3_000 * FACTOR;
const TERMINALS: [(&str, &str); 2] = [("gt06", "990000000000882"), ("jt808", "10000000064")];
const PARTS: u64 = 4;
const RESENDS: u64 = 5;
