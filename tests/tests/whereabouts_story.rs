//! Three weeks of a commuting car: its stays are stored once each, and say where it probably is, on both databases.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must stop the test")]

use journal::{ClockSpec, Item, Journal};
use model::{Event, Input, Millis, Position, ProtocolName, Reception, Seq, SessionId, TerminalId, Timestamp};
use serde_json::Value;
use store::Store;
use stories::device::{now, position};
use stories::server::Site;

const TERMINAL: &str = "868120240000015";
const PLATE: &str = "粤B12345";
const HOME: f64 = 22.50;
const WORK: f64 = 22.55;
const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;
const DAYS: i64 = 21;

/// Midnight in China, today.
fn midnight() -> Timestamp {
    let local_ms = now().ms() + 8 * HOUR;
    Timestamp::from_ms(local_ms.div_euclid(DAY) * DAY - 8 * HOUR)
}

/// From home at eight to work, and back at six, on each day; every half hour a fix where it stands.
fn reports() -> Vec<(Timestamp, f64, u16)> {
    let first = midnight().plus(-DAYS * DAY);
    let mut reports = Vec::new();
    for day in 0..DAYS {
        let at = |ms: Millis| first.plus(day * DAY + ms);
        let drive = |from: f64, to: f64, begin: Millis| {
            let step = (to - from) / 20.0;
            (1..20_i32).map(move |n| (at(begin + i64::from(n) * MINUTE / 2), from + step * f64::from(n), 36))
        };
        let stand = |lat: f64, from: Millis, to: Millis| {
            let soon = (0..6).map(move |n| (at(from + n * MINUTE), lat, 0));
            soon.chain((1..(to - from) / (30 * MINUTE)).map(move |n| (at(from + n * 30 * MINUTE), lat, 0)))
        };
        reports.extend(stand(HOME, 0, 8 * HOUR));
        reports.extend(drive(HOME, WORK, 8 * HOUR));
        reports.extend(stand(WORK, 8 * HOUR + 10 * MINUTE, 18 * HOUR));
        reports.extend(drive(WORK, HOME, 18 * HOUR));
        reports.extend(stand(HOME, 18 * HOUR + 10 * MINUTE, 24 * HOUR));
    }
    reports
}

fn reception(frame_no: u32, at: Timestamp, position: Position) -> Item {
    let reception = Reception {
        session: SessionId { run: Seq(1), connection: 1 },
        frame_no,
        terminal: TerminalId::parse(TERMINAL).unwrap(),
        protocol: ProtocolName::parse("gt06").unwrap(),
        number: 0x22,
        serial: None,
        received_at: at,
        checksum_ok: true,
        events: vec![Event::Position(Box::new(position))],
        problem: None,
    };
    Input::Reception(Box::new(reception)).into()
}

async fn journal(site: &Site) -> Journal {
    Journal::open(&site.data_dir(), journal::Config::default(), ClockSpec::System).await.unwrap()
}

async fn tell(site: &Site) {
    journal(site).await.close().await;
    let loans = format!("contract,plate,oldest_unpaid_due\nC-1,{PLATE},2025-01-10\n");
    let from = midnight().plus(-60 * DAY);
    let bindings = format!("terminal,plate,role,from\n{TERMINAL},{PLATE},main,{from}\n");
    site.done(&["import", "loans", &site.file("loans.csv", loans).unwrap(), "--as-of", "now", "--yes"])
        .unwrap();
    site.done(&["import", "bindings", &site.file("bindings.csv", bindings).unwrap()]).unwrap();
    let journal = journal(site).await;
    let items: Vec<Item> = (1..)
        .zip(reports())
        .map(|(number, (at, lat, kmh))| reception(number, at, position(at, lat, 114.0, kmh).unwrap()))
        .collect();
    for chunk in items.chunks(500) {
        journal.append(chunk.to_vec()).await.unwrap();
    }
    journal.close().await;
}

async fn answers(site: &Site) {
    tell(site).await;
    let mut stays: Vec<Value> = site.rows(&["stays", PLATE]).unwrap();
    // The last night has not ended.
    let last = stays.pop().unwrap();
    assert_eq!((&last["lat"], last["to"].is_null()), (&HOME.into(), true), "{last:#}");
    assert_eq!(stays.len(), 2 * usize::try_from(DAYS).unwrap(), "{stays:#?}");
    assert_eq!((&stays[1]["lat"], &stays[1]["hours"]), (&WORK.into(), &9.0.into()));
    // Folded again, nothing comes twice.
    let again = site.rows::<Value>(&["stays", PLATE, "--to", last["from"].as_str().unwrap()]).unwrap();
    assert_eq!(again, stays, "one that begins with the stretch's end is not in it");

    let noon = midnight().plus(-DAY + 12 * HOUR).to_string();
    let told = site.done(&["whereabouts", PLATE, "--at", &noon, "-o", "json"]).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    let likely = &told["likely"][0];
    assert_eq!((&likely["lat"], &likely["times"]), (&WORK.into(), &likely["of"]), "{told:#}");
    assert_eq!(told["hit_rate"]["value"], 1.0, "{told:#}");
    assert_eq!(told["present"].as_array().unwrap().len(), 2, "{told:#}");
    let table = site.done(&["whereabouts", PLATE, "--at", &noon, "--purpose", "legal"]).unwrap();
    assert!(table.contains("probably   22.55000,114.00000"), "{table}");
    // Its loan was in arrears before it was ever heard.
    assert_eq!(told["frozen"]["places"], serde_json::json!([]), "{told:#}");
    assert!(table.contains("usually until 2025-01-10, when it fell due: not known"), "{table}");

    // The stay that goes on is not stored yet, and is told from the state.
    let now = site.done(&["whereabouts", PLATE, "--purpose", "verify", "-o", "json"]).unwrap();
    let now: Value = serde_json::from_str(&now).unwrap();
    assert_eq!(now["seen"]["lat"], HOME, "{now:#}");
    assert_eq!(now["seen"]["stands_since"], last["from"], "{now:#}");
    let people = site.done(&["whereabouts", PLATE, "--purpose", "verify"]).unwrap();
    assert!(people.contains("last seen  ") && people.contains("stands there since "), "{people}");

    let nobody = site.cli(&["whereabouts", "粤B99999"]).unwrap();
    assert_eq!(nobody.code, Some(4), "{nobody:?}");
    let mined: Value = serde_json::from_str(&site.done(&["stays", "mine"]).unwrap()).unwrap();
    assert_eq!(mined["features"], serde_json::json!([]), "one vehicle is no place of many");
    witnessed(site).await;
}

/// Each look left its line, with its purpose.
async fn witnessed(site: &Site) {
    let store = Store::connect(&store::Config { url: site.store_url().to_owned(), ..Default::default() })
        .await
        .unwrap();
    let lines = store.audit_after(0, 100).await.unwrap();
    store.close().await;
    let reads = |beginning: &str, purpose: &str| {
        let is = |line: &&store::AuditRow| line.subject.starts_with(beginning) && line.purpose == purpose;
        lines.iter().filter(is).count()
    };
    assert_eq!(reads(&format!("stays vehicle={PLATE}"), "collect"), 2);
    assert_eq!(reads(&format!("whereabouts vehicle={PLATE}"), "collect"), 1);
    assert_eq!(reads(&format!("whereabouts vehicle={PLATE}"), "legal"), 1);
    assert_eq!(reads("stays mine", "verify"), 1);
}

#[tokio::test]
async fn a_commuting_car_is_where_it_was_on_such_days_on_sqlite() {
    answers(&Site::on_sqlite().unwrap()).await;
}

#[tokio::test]
async fn a_commuting_car_is_where_it_was_on_such_days_on_postgres() {
    answers(&Site::on_postgres().await.unwrap()).await;
}
