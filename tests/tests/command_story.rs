//! Commands to terminals, over the real server: asked for on the command line, sent once, answered; refused, cancelled,
//! and lost with a kill.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use journal::{ClockSpec, Journal};
use model::{AnswerKey, CommandStep, Input, InputId, Seq, SessionId, TerminalId, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stories::collection::Collection;
use stories::device::{Device, now, position};
use stories::server::{ANSWER_MAX, Site, until};

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    terminal: String,
    state: String,
}

#[derive(Debug, Deserialize)]
struct Dated {
    fix_time: Timestamp,
}

/// A terminal of each protocol that can be told to say where it is.
const TERMINALS: [(&str, &str); 3] =
    [("gt06", "868120240000015"), ("jt808", "13912345678"), ("teltonika", "356307042441013")];

fn state(site: &Site, id: &str) -> Option<String> {
    let rows = site.rows::<Row>(&["command", "list"]).unwrap();
    rows.into_iter().find(|row| row.id == id).map(|row| row.state)
}

fn reaches(site: &Site, id: &str, wanted: &str) {
    let look = || Ok((state(site, id).as_deref() == Some(wanted)).then_some(()));
    let reached = until(wanted, ANSWER_MAX, look);
    assert!(reached.is_ok(), "{reached:?}: {:?}\n{}", state(site, id), site.log().unwrap());
}

fn send(site: &Site, terminal: &str, order: &[&str]) -> String {
    let told = [&["command", "send", terminal, "--wait", "0"], order].concat();
    site.done(&told).unwrap().trim().to_owned()
}

#[test]
fn a_terminal_of_each_protocol_is_told_once_and_its_answer_is_shown() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    for (n, (protocol, terminal)) in TERMINALS.into_iter().enumerate() {
        site.done(&["devices", "bind", terminal, &format!("粤B1234{n}")]).unwrap();
        // Asked for before the terminal was ever heard: it waits.
        let id = send(&site, terminal, &["locate"]);
        assert_eq!(state(&site, &id).as_deref(), Some("pending"), "{protocol}");
        let mut device = Device::login(&server, protocol, terminal).unwrap();
        device.report(&position(now(), 22.54, 114.05, 0).unwrap()).unwrap();
        let reply = device.ordered().unwrap();
        reaches(&site, &id, "sent");
        device.wire().send(&reply).unwrap();
        reaches(&site, &id, "answered");
        let shown = site.done(&["command", "show", &id, "-o", "json"]).unwrap();
        assert!(shown.contains("\"text\""), "{shown}");
        // Nothing but acknowledgements follows: it was sent once.
        let next = device.frame(&position(now(), 22.55, 114.05, 0).unwrap());
        device.wire().send(&next.bytes).unwrap();
        device.acknowledged_among_others(next.serial).unwrap();
    }
    assert!(server.stop().unwrap().success());
    site.done(&["audit", "verify"]).unwrap();
}

#[test]
fn what_may_not_or_cannot_be_told_is_refused_with_its_exit_code() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let (_, terminal) = TERMINALS[0];
    let code = |arguments: &[&str]| site.cli(arguments).unwrap();
    assert_eq!(code(&["command", "send", terminal, "locate"]).code, Some(4));
    site.done(&["devices", "bind", terminal, "粤B12345"]).unwrap();
    for order in [["relay", "cut"], ["relay", "restore"]] {
        let refused = code(&[&["command", "send", terminal], &order[..]].concat());
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(5), ""), "{refused:?}");
    }
    let free = code(&["command", "send", terminal, "text", "send me the money"]);
    assert_eq!(free.code, Some(2), "{free:?}");
    let narrow = code(&["command", "send", terminal, "interval", "--moving", "1"]);
    assert_eq!(narrow.code, Some(2), "{narrow:?}");
    let id = send(&site, terminal, &["restart"]);
    assert!(site.done(&["command", "cancel", &id[..8]]).unwrap().contains("will not be sent"));
    assert_eq!(code(&["command", "cancel", &id]).code, Some(4), "it is not open any more");
    let waiting = code(&["command", "send", terminal, "restart", "--wait", "1"]);
    assert_eq!(waiting.code, Some(6), "{waiting:?}");
    assert!(server.stop().unwrap().success());
}

#[test]
fn a_profile_changes_what_is_believed_and_is_shown() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let (protocol, terminal) = TERMINALS[0];
    site.done(&["devices", "bind", terminal, "粤B12345"]).unwrap();
    let mut device = Device::login(&server, protocol, terminal).unwrap();
    device.report(&position(now(), 22.54, 114.05, 0).unwrap()).unwrap();
    site.done(&["devices", "profile", terminal, "--timezone", "+08:00", "--checksum", "strict"]).unwrap();
    let shown = site.done(&["devices", "show", terminal, "-o", "json"]).unwrap();
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["zone"], &shown["zone_by"]), (&"+08:00".into(), &"profile".into()));
    assert_eq!((&shown["checksum"], &shown["checksum_by"]), (&"strict".into(), &"profile".into()));
    // The device's digits are UTC; taken for +08:00 they are eight hours earlier.
    let earlier = now().plus(-7 * 3_600_000);
    let mut north = 22.54;
    let reached = until("a report in the new zone", ANSWER_MAX, || {
        // Each another one: the same report again would be a duplicate, whatever the zone.
        north += 0.001;
        device.report(&position(now(), north, 114.05, 0)?)?;
        let rows = site.rows::<Dated>(&["positions", "--include", "late"])?;
        Ok(rows.iter().any(|row| row.fix_time < earlier).then_some(()))
    });
    reached.unwrap();
    assert_eq!(site.cli(&["devices", "profile", terminal, "--model", "no_such"]).unwrap().code, Some(2));
    site.done(&["devices", "profile", terminal, "--timezone", "default"]).unwrap();
    assert!(site.done(&["devices", "show", terminal]).unwrap().contains("by the protocol"));
    assert!(server.stop().unwrap().success());
}

#[tokio::test]
async fn what_a_killed_server_had_claimed_is_unknown_and_is_not_sent() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let (protocol, terminal) = TERMINALS[0];
    site.done(&["devices", "bind", terminal, "粤B12345"]).unwrap();
    let id = send(&site, terminal, &["restart"]);
    server.kill_9().unwrap();
    claim_as_the_killed_one(&site, &id, terminal).await;
    let server = site.serve().unwrap();
    reaches(&site, &id, "unknown");
    let mut device = Device::login(&server, protocol, terminal).unwrap();
    // A command that waits behind it is sent; the unknown one is not.
    let next = send(&site, terminal, &["locate"]);
    let reply = device.ordered().unwrap();
    device.wire().send(&reply).unwrap();
    reaches(&site, &next, "answered");
    assert_eq!(state(&site, &id).as_deref(), Some("unknown"));
    assert!(server.stop().unwrap().success());
}

/// The input that the killed server's connection had written last.
async fn claim_as_the_killed_one(site: &Site, id: &str, terminal: &str) {
    let journal =
        Journal::open(&site.data_dir(), journal::Config::default(), ClockSpec::System).await.unwrap();
    let step =
        CommandStep::Claim { session: SessionId { run: Seq(1), connection: 1 }, key: AnswerKey::Flag(1) };
    let terminal = TerminalId::parse(terminal).unwrap();
    journal
        .append(vec![Input::Command { command: InputId(id.to_owned()), terminal, step }.into()])
        .await
        .unwrap();
    journal.close().await;
}

#[tokio::test]
async fn no_kill_sends_a_command_twice_or_calls_one_answered_that_never_came() {
    let site = Site::on_sqlite().unwrap();
    // Three minutes without an answer are two seconds.
    Collection::prepare(&site).await.unwrap();
    let (protocol, terminal) = TERMINALS[0];
    let mut server = site.serve().unwrap();
    site.done(&["devices", "bind", terminal, "粤B12345"]).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let device = std::thread::spawn({
        let (address, stop) = (site.tracker(), Arc::clone(&stop));
        move || obey(address, protocol, terminal, &stop)
    });
    for kill in 0..KILLS {
        for _ in 0..2 {
            send(&site, terminal, &["locate"]);
        }
        // Somewhere between asked for and answered; what is concluded does not rest on it.
        std::thread::sleep(Duration::from_millis(37 * kill % 211));
        server.kill_9().unwrap();
        server = site.serve().unwrap();
    }
    let quiet = || {
        let rows = site.rows::<Row>(&["command", "list", "--open"])?;
        Ok(rows.is_empty().then_some(()))
    };
    until("an end of every command", SETTLE_MAX, quiet).unwrap();
    stop.store(true, Ordering::Relaxed);
    assert!(server.stop().unwrap().success());
    let heard = device.join().unwrap();
    let twice: Vec<_> = heard.iter().filter(|(_, times)| **times > 1).collect();
    assert_eq!(twice, [], "commands that came twice");
    let rows = site.rows::<Row>(&["command", "list", "--terminal", terminal]).unwrap();
    let answered = rows.iter().filter(|row| row.state == "answered").count();
    assert!(rows.iter().all(|row| row.terminal == terminal), "{rows:?}");
    assert!(answered <= heard.len(), "{answered} answered, {} heard", heard.len());
    assert!(answered > 0, "{rows:?}");
}

/// A device that does what it is told, reconnects, and counts how often each command came, by its bytes: they hold a flag
/// of their own.
fn obey(server: SocketAddr, protocol: &str, terminal: &str, stop: &AtomicBool) -> HashMap<Vec<u8>, u32> {
    let mut heard = HashMap::new();
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut device) = Device::login_at(server, protocol, terminal) else { continue };
        while let Ok(reply) = device.ordered() {
            *heard.entry(reply.to_vec()).or_default() += 1;
            if device.wire().send(&reply).is_err() || stop.load(Ordering::Relaxed) {
                break;
            }
        }
    }
    heard
}

const KILLS: u64 = 8;
/// Two commands a kill, each waiting for an answer that a kill took until it is given up: two seconds on this clock.
const SETTLE_MAX: Duration = Duration::from_mins(2);
