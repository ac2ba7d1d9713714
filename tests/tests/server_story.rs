//! A server as trackers and people meet it: real TCP, real commands, both databases.
//!
//! Shape: one function a story, two tests each. Waits poll until a deadline; nothing is concluded from a pause.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must stop the test")]

use fleet::{Load, LoadConfig};
use model::Timestamp;
use serde_json::Value;
use std::time::{Duration, Instant};
use stories::collection::Collection;
use stories::device::{Device, Wire, now, position};
use stories::proof::{self, Row};
use stories::rows::Rows;
use stories::server::{ALONE, ANSWER_MAX, Server, Site, frames, until};

/// `on_both!(story)` makes the tests `sqlite::story` and `postgres::story`.
macro_rules! on_both {
    ($($story:ident),*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story(super::Site::on_sqlite().unwrap()).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() { super::$story(super::Site::on_postgres().await.unwrap()).await; })*
        }
    };
}

on_both!(
    a_gt06_tracker_logs_in_and_reports_in_the_bytes_of_its_specification,
    a_jt808_tracker_registers_authenticates_reports_and_empties_its_memory,
    a_stranger_is_acknowledged_kept_apart_and_taken_in_by_approval,
    a_binding_counts_within_two_seconds,
    a_payment_withdraws_an_alert_within_two_seconds,
    bad_input_harms_nothing_else,
    a_server_that_stops_under_load_keeps_its_promises
);

/// What a command changes in a running server, it changes within this.
const EFFECT_MAX: Duration = Duration::from_secs(2);
const GT06: &str = "990000000000051";
const JT808: &str = "10000000051";

async fn a_gt06_tracker_logs_in_and_reports_in_the_bytes_of_its_specification(site: Site) {
    let _alone = ALONE.lock().await;
    let server = site.serve().unwrap();
    // The terminal of the golden login.
    site.done(&["devices", "bind", "868120240000015", "粤B10001", "--from", "2026-01-01"]).unwrap();
    let mut wire = Wire::connect(&server).unwrap();
    for name in ["login_id_only", "location"] {
        let golden = Golden::read("gt06", name);
        wire.send(&golden.bytes).unwrap();
        assert_eq!(hex::encode(wire.read(golden.reply.len()).unwrap()), hex::encode(&golden.reply), "{name}");
    }
    let row = one_position(&site, "868120240000015");
    let golden = Golden::read("gt06", "location");
    let event = &golden.expected["events"][0];
    for field in ["fix_time", "fixed", "lat", "lon", "speed_kmh", "course"] {
        assert_eq!(row[field], event[field], "{field} in {row}");
    }
    assert_eq!((&row["protocol"], &row["serial"]), (&"gt06".into(), &golden.expected["serial"]));
    assert_eq!(row["vehicle"], "粤B10001");
    assert_eq!(row["hex"], hex::encode(&golden.bytes));
    people_are_answered(&server);
    let second = site.cli(&["serve", "--listen", "127.0.0.1:0", "--http", ""]).unwrap();
    assert_eq!(second.code, Some(7), "{second:?}");
    assert!(second.stderr.contains("--data-dir"), "{second:?}");
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
    assert_eq!(site.cli(&["audit", "verify"]).unwrap().code, Some(0));
}

fn people_are_answered(server: &Server) {
    assert_eq!(server.get("/healthz").unwrap().0, 200);
    let ready = || Ok(Some(server.get("/readyz")?).filter(|(status, _)| *status == 200));
    until("readiness", ANSWER_MAX, ready).unwrap();
    let (status, metrics) = server.get("/metrics").unwrap();
    assert_eq!(status, 200);
    assert!(metrics.lines().any(|line| line.starts_with("lienwatch_") && line.ends_with(" 1")), "{metrics}");
}

async fn a_jt808_tracker_registers_authenticates_reports_and_empties_its_memory(site: Site) {
    let _alone = ALONE.lock().await;
    let server = site.serve().unwrap();
    site.done(&["devices", "approve", JT808]).unwrap();
    let mut device = Device::login(&server, "jt808", JT808).unwrap();
    let at = now().plus(-600_000);
    let upload = device.frame(&position(at, 22.5431, 114.0579, 60).unwrap());
    device.wire().send(&upload.bytes).unwrap();
    // The platform's own serial counts its answers: 0 the registration, 1 the authentication.
    let expected = jt808_answer(JT808, 2, upload.serial, 0x0200);
    assert_eq!(hex::encode(device.wire().read(expected.len()).unwrap()), hex::encode(&expected));
    // The memory holds the report that was acknowledged, too: a batch repeats it, and it stays one row.
    let kept: Vec<_> =
        (0..5).map(|n| position(at.plus(n * 60_000), 22.5431, 114.0579, 60).unwrap()).collect();
    let batch = device.batch(&kept).unwrap();
    device.wire().send(&batch.bytes).unwrap();
    device.acknowledged(batch.serial).unwrap();
    let rows = until("five positions", ANSWER_MAX, || {
        let rows = site.rows::<Value>(&["positions", "--terminal", JT808])?;
        Ok((rows.len() >= 5).then_some(rows))
    });
    let rows = rows.unwrap();
    let times: Vec<Timestamp> = rows.iter().map(time).collect();
    let sent: Vec<Timestamp> = (0..5).map(|n| at.plus(n * 60_000)).collect();
    assert_eq!(times, sent);
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
}

fn time(row: &Value) -> Timestamp {
    Timestamp::parse(row["fix_time"].as_str().unwrap()).unwrap()
}

/// The platform's general answer 0x8001, sealed as the specification says: escape, exclusive-or, 0x7E around.
fn jt808_answer(phone: &str, platform_serial: u16, serial: u16, message: u16) -> Vec<u8> {
    let phone = hex::decode(format!("{phone:0>12}")).unwrap();
    let mut plain = [&[0x80, 0x01, 0x00, 0x05], phone.as_slice()].concat();
    plain.extend(platform_serial.to_be_bytes());
    plain.extend([serial.to_be_bytes(), message.to_be_bytes()].concat());
    plain.push(0);
    plain.push(plain.iter().fold(0, |sum, byte| sum ^ byte));
    let mut sealed = vec![0x7E];
    for byte in plain {
        match byte {
            0x7E => sealed.extend([0x7D, 0x02]),
            0x7D => sealed.extend([0x7D, 0x01]),
            _ => sealed.push(byte),
        }
    }
    sealed.push(0x7E);
    sealed
}

async fn a_stranger_is_acknowledged_kept_apart_and_taken_in_by_approval(site: Site) {
    let _alone = ALONE.lock().await;
    let server = site.serve().unwrap();
    for (protocol, id) in [("gt06", GT06), ("jt808", JT808)] {
        let mut device = Device::login(&server, protocol, id).unwrap();
        for n in 0..3 {
            device.report(&position(now().plus(-60_000 + n * 1000), 22.5431, 114.0579, 30).unwrap()).unwrap();
        }
        let listed = until("a stranger in quarantine", ANSWER_MAX, || {
            let rows = site.rows::<Value>(&["devices", "list", "--quarantined"])?;
            Ok(rows
                .into_iter()
                .find(|row| row["terminal"] == id && row["quarantined_frames"].as_i64() >= Some(3)))
        });
        assert_eq!(listed.unwrap()["protocol"], protocol);
        assert!(site.rows::<Value>(&["positions", "--terminal", id]).unwrap().is_empty());
        let rejected = site.rows::<Value>(&["positions", "--terminal", id, "--include", "rejected"]).unwrap();
        assert!(
            rejected.iter().all(|row| row["rejected"] == "quarantine") && rejected.len() >= 3,
            "{rejected:?}"
        );

        let asked = Instant::now();
        site.done(&["devices", "approve", id]).unwrap();
        let kept = site.rows::<Value>(&["positions", "--terminal", id]).unwrap();
        assert!(asked.elapsed() < EFFECT_MAX, "approval took {:?}", asked.elapsed());
        assert_eq!(kept.len(), 3);
        assert!(kept.iter().all(|row| row["late"] == true), "{kept:?}");
        let at = now();
        device.report(&position(at, 22.5441, 114.0579, 30).unwrap()).unwrap();
        let live = until("a live position", ANSWER_MAX, || {
            Ok(site.rows::<Value>(&["positions", "--terminal", id])?.into_iter().nth(3))
        });
        let live = live.unwrap();
        assert_eq!((time(&live), &live["late"]), (at, &false.into()), "{live}");
    }
    assert!(site.rows::<Value>(&["devices", "list", "--quarantined"]).unwrap().is_empty());
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
}

async fn a_binding_counts_within_two_seconds(site: Site) {
    let _alone = ALONE.lock().await;
    let server = site.serve().unwrap();
    let mut device = Device::login(&server, "gt06", GT06).unwrap();
    let asked = Instant::now();
    site.done(&["devices", "bind", GT06, "粤B10002", "--from", "1h"]).unwrap();
    device.report(&position(now(), 22.5431, 114.0579, 30).unwrap()).unwrap();
    let row = one_position(&site, GT06);
    assert!(asked.elapsed() < EFFECT_MAX, "it took {:?}", asked.elapsed());
    assert_eq!(row["vehicle"], "粤B10002", "{row}");
    // The other terminal of that car, on its way to another one: an overlap is refused, the old binding stays.
    let overlap = site.cli(&["devices", "bind", GT06, "粤B10003", "--from", "2h", "--to", "30m"]).unwrap();
    assert_eq!(overlap.code, Some(5), "{overlap:?}");
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
    logs_name_nobody(&site, &[GT06, "粤B10002"]);
}

fn logs_name_nobody(site: &Site, names: &[&str]) {
    let log = site.log().unwrap();
    assert!(log.contains("listening for trackers"), "{log}");
    for name in names {
        assert!(!log.contains(name), "{name} in {log}");
    }
}

async fn a_payment_withdraws_an_alert_within_two_seconds(site: Site) {
    let _alone = ALONE.lock().await;
    let desk = Collection::prepare(&site).await.unwrap();
    let server = site.serve().unwrap();
    let mut cars = desk.enter(&site, &server, 2).unwrap();
    let id = desk.alert(&site, &mut cars).unwrap();
    let car = cars.first().unwrap();
    let asked = Instant::now();
    site.done(&["loan", "event", "payment", "--contract", &car.contract]).unwrap();
    let alert: Value =
        serde_json::from_str(&site.done(&["alerts", "show", &id, "-o", "json"]).unwrap()).unwrap();
    assert!(asked.elapsed() < EFFECT_MAX, "it took {:?}", asked.elapsed());
    assert!(alert["state"].to_string().contains("ithdrawn"), "{alert}");
    assert!(site.rows::<Value>(&["alerts", "list", "--live"]).unwrap().is_empty());
    let plate = car.vehicle.clone();
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
    logs_name_nobody(&site, &[&plate]);
}

async fn bad_input_harms_nothing_else(site: Site) {
    let _alone = ALONE.lock().await;
    let server = site.serve().unwrap();
    for id in [GT06, JT808, "868120240000015", "13912345678"] {
        site.done(&["devices", "approve", id]).unwrap();
    }
    let mut honest = Honest { device: Device::login(&server, "gt06", GT06).unwrap(), sent: 0 };
    for (name, bytes) in [
        ("garbage", b"\x00\x01garbage\xff\xfe".to_vec()),
        ("a wrong checksum", Golden::read("gt06", "heartbeat_length_lies_and_wrong_checksum").bytes),
        ("a wrong length", Golden::read("gt06", "heartbeat_short").bytes),
    ] {
        next_frame_is_heard(&server, &bytes, name);
        honest.is_unharmed();
    }
    pieces_make_a_frame(&server);
    honest.is_unharmed();
    for scanner in
        [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice(), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]
    {
        let mut wire = Wire::connect(&server).unwrap();
        wire.send(scanner).unwrap();
        assert_eq!(wire.read_to_close().unwrap(), b"");
        honest.is_unharmed();
    }
    answered_as_golden(
        &server,
        &["login_id_only", "unknown_number", "location_date_zero", "location_null_island"],
    );
    honest.is_unharmed();
    nothing_before_login(&server);
    honest.is_unharmed();

    let rows = until("the honest tracker's positions", ANSWER_MAX, || {
        let rows = site.rows::<Value>(&["positions", "--terminal", GT06])?;
        Ok((rows.len() == honest.sent).then_some(rows))
    });
    assert!(rows.unwrap().iter().all(|row| row["fixed"] == true));
    odd_positions_have_no_place(&site);
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
    let frames = Rows::of(site.store_url(), &[]).await.unwrap();
    let unknown = frames.0["frames"].iter().any(|row| row.contains("problem=unknown_message"));
    assert!(unknown, "the unknown message is not in the frame log");
    logs_name_nobody(&site, &[GT06, JT808, "868120240000015"]);
}

/// A tracker that does everything right, on a connection of its own.
struct Honest {
    device: Device,
    sent: usize,
}

impl Honest {
    fn is_unharmed(&mut self) {
        self.sent += 1;
        let at = now().plus(-3_600_000 + i64::try_from(self.sent).unwrap() * 1000);
        self.device.report(&position(at, 22.5431, 114.0579, 30).unwrap()).unwrap();
    }
}

/// Bad bytes after a login, and a good frame right behind them: the good one is answered, whatever came before.
fn next_frame_is_heard(server: &Server, bad: &[u8], name: &str) {
    let (login, good) = (Golden::read("gt06", "login_id_only"), Golden::read("gt06", "location"));
    let mut wire = Wire::connect(server).unwrap();
    wire.send(&login.bytes).unwrap();
    wire.read(login.reply.len()).unwrap();
    wire.send(&[bad, &good.bytes].concat()).unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(&good.reply) {
        assert!(heard.len() < 200, "{name}: {}", hex::encode(&heard));
        heard.extend(wire.read(1).unwrap());
    }
}

/// A frame of each protocol, a byte or a half at a time.
fn pieces_make_a_frame(server: &Server) {
    let login = Golden::read("gt06", "login_id_only");
    let mut wire = Wire::connect(server).unwrap();
    for byte in &login.bytes {
        wire.send(&[*byte]).unwrap();
    }
    assert_eq!(wire.read(login.reply.len()).unwrap(), login.reply);
    let mut device = Device::login(server, "jt808", JT808).unwrap();
    let upload = device.frame(&position(now(), 22.5431, 114.0579, 30).unwrap());
    let (head, tail) = upload.bytes.split_at(upload.bytes.len() / 2);
    device.wire().send(head).unwrap();
    device.wire().send(tail).unwrap();
    device.acknowledged(upload.serial).unwrap();
}

fn answered_as_golden(server: &Server, names: &[&str]) {
    let mut wire = Wire::connect(server).unwrap();
    for name in names {
        let golden = Golden::read("gt06", name);
        wire.send(&golden.bytes).unwrap();
        assert_eq!(hex::encode(wire.read(golden.reply.len()).unwrap()), hex::encode(&golden.reply), "{name}");
    }
}

/// A location of nobody is not answered: the first thing the server says is its answer to the login behind it.
fn nothing_before_login(server: &Server) {
    let (login, location) = (Golden::read("gt06", "login_id_only"), Golden::read("gt06", "location_plain"));
    let mut wire = Wire::connect(server).unwrap();
    wire.send(&location.bytes).unwrap();
    wire.send(&login.bytes).unwrap();
    assert_eq!(wire.read(login.reply.len()).unwrap(), login.reply);
}

/// Of the golden terminal: the good location, once however often it was sent, and two reports without a place.
fn odd_positions_have_no_place(site: &Site) {
    let rows = site.rows::<Value>(&["positions", "--terminal", "868120240000015"]).unwrap();
    let fixed: Vec<&Value> = rows.iter().filter(|row| row["fixed"] == true).collect();
    assert_eq!(fixed.len(), 1, "{rows:?}");
    let without: Vec<&Value> = rows.iter().filter(|row| row["fixed"] == false).collect();
    assert_eq!(without.len(), 2, "{rows:?}");
    assert!(without.iter().all(|row| row["lat"].is_null() && row["lon"].is_null()), "{rows:?}");
    assert_eq!(without.iter().filter(|row| row["fix_time"].is_null()).count(), 1, "{rows:?}");
}

async fn a_server_that_stops_under_load_keeps_its_promises(site: Site) {
    let _alone = ALONE.lock().await;
    let server = site.serve().unwrap();
    let config = LoadConfig {
        connections: 20,
        window: 8,
        seed: 5,
        first_terminal: 3_000,
        start: now().plus(-7 * 86_400_000),
        rate: std::num::NonZeroU32::new(20),
        reports: None,
    };
    let terminals = config.terminals(protocols::ALL).into_iter().enumerate();
    let bindings: Vec<String> = terminals.map(|(n, terminal)| format!("{terminal},粤B{n:05}")).collect();
    let file = site.file("bindings.csv", format!("terminal,plate\n{}\n", bindings.join("\n"))).unwrap();
    site.done(&["import", "bindings", &file]).unwrap();
    let load = Load::start(server.tracker, protocols::ALL, &config);
    until("some load", ANSWER_MAX, || Ok((load.counters().acknowledged >= 1_000).then_some(()))).unwrap();
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
    let ledger = load.stop().await;
    let rows = site.rows::<Row>(&["positions", "--include", "late"]).unwrap();
    let counts = proof::check(&ledger.reports(), rows).unwrap();
    assert!(counts.acknowledged >= 1_000, "{counts:?}");
    assert_eq!(site.cli(&["audit", "verify"]).unwrap().code, Some(0));
}

/// The only stored position of a terminal, once it is stored.
fn one_position(site: &Site, terminal: &str) -> Value {
    let found = until("a position", ANSWER_MAX, || {
        Ok(Some(site.rows::<Value>(&["positions", "--terminal", terminal])?).filter(|rows| !rows.is_empty()))
    });
    let mut rows = found.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// A golden frame with what its `.expect` says.
struct Golden {
    bytes: Vec<u8>,
    reply: Vec<u8>,
    expected: Value,
}

impl Golden {
    fn read(protocol: &str, name: &str) -> Self {
        let folder = frames(protocol);
        let golden = wire::testing::golden(&folder).into_iter().find(|frame| frame.name == name).unwrap();
        let expected = std::fs::read_to_string(folder.join(format!("{name}.expect"))).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let reply = expected["reply"].as_str().map(|reply| hex::decode(reply).unwrap()).unwrap_or_default();
        Self { bytes: golden.bytes, reply, expected }
    }
}

/// The alarm is below what an empty journal takes.
#[tokio::test]
async fn a_journal_at_its_alarm_is_said_in_the_log_once() {
    let site = Site::on_sqlite().unwrap();
    let site = site.launched_by(&["env", "LIENWATCH_JOURNAL__SIZE_ALARM_BYTES=1"]);
    let server = site.serve().unwrap();
    let said = || site.log().unwrap().matches("the journal runs out of room").count();
    until("the alarm", ANSWER_MAX, || Ok((said() > 0).then_some(()))).unwrap();
    assert!(server.stop().unwrap().success());
    assert_eq!(said(), 1);
}
