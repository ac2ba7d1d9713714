//! What is told of a vehicle, to whom, and what stands in the audit log before.

use crate::testing::town::{DRIVES, NORTHERN, SECOND_MS, SETTLED, TERMINAL, Town, plain};
use crate::testing::{Answer, NOW, Office, Person};
use model::staff::Role;
use model::{Event, Fix, Position};
use serde_json::{Value, json};

fn ids(answer: &Answer) -> Vec<String> {
    let data = answer.json()["data"].as_array().unwrap().clone();
    data.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// As it stands in an address.
fn path(vehicle: &str, rest: &str) -> String {
    let escaped = vehicle.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
    format!("/vehicles/{escaped}{rest}")
}

async fn collector(office: &Office, lender: &str) -> Person {
    office.person_for(Role::Collector, Some(&[lender])).await.with("x-purpose", "collect")
}

#[tokio::test]
async fn vehicles_are_found_by_what_is_known_of_them_by_those_whose_they_are() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let all = office.person(Role::Admin).await;
    assert_eq!(ids(&office.get(&all, "/vehicles").await), [DRIVES, NORTHERN, SETTLED]);
    for named in ["B10001", "C1", "123456789012345", "%E7%B2%A4b10001"] {
        assert_eq!(ids(&office.get(&all, &format!("/vehicles?q={named}")).await), [DRIVES], "{named}");
    }
    let first = office.get(&all, "/vehicles?limit=2").await;
    assert_eq!(ids(&first), [DRIVES, NORTHERN]);
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_owned();
    let second = office.get(&all, &format!("/vehicles?limit=2&cursor={cursor}")).await;
    assert_eq!((ids(&second), second.json()["next_cursor"].is_null()), (vec![SETTLED.to_owned()], true));

    let row = office.get(&all, "/vehicles?dpd_min=20").await.json()["data"][0].clone();
    assert_eq!((row["state"].as_str(), row["days_past_due"].as_u64()), (Some("parked"), Some(20)), "{row}");
    assert_eq!((row["contract"].as_str(), row["lender"].as_str()), (Some("C1"), Some("main")));
    assert!(ids(&office.get(&all, "/vehicles?dpd_min=21").await).is_empty());
    assert_eq!(ids(&office.get(&all, "/vehicles?state=never&lender=north").await), [NORTHERN]);

    // Another lender's and a settled one do not exist.
    let main = collector(&office, "main").await;
    assert_eq!(ids(&office.get(&main, "/vehicles").await), [DRIVES]);
    for hidden in [NORTHERN, SETTLED, "粤B99999"] {
        assert_eq!(office.get(&main, &path(hidden, "")).await.code(), (404, "not_found".into()), "{hidden}");
        assert_eq!(office.get(&main, &path(hidden, "/track")).await.code().0, 404, "{hidden}");
    }
    // Who keeps devices sees vehicles, and no money.
    let ops = office.person(Role::Ops).await;
    let row = office.get(&ops, "/vehicles?q=B10001").await.json()["data"][0].clone();
    assert_eq!(
        (&row["contract"], &row["days_past_due"], row["id"].as_str()),
        (&Value::Null, &Value::Null, Some(DRIVES))
    );
    office.close().await;
}

#[tokio::test]
async fn a_car_whose_device_talks_below_ground_is_parked_out_of_sight_wherever_it_is_told() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    for _ in 0..9 {
        office.clock_moves(600 * SECOND_MS);
        town.tick().await;
        let none = Position { fix: Fix::None, speed: None, course: None, ..plain(town.now(), 0, 0) };
        town.heard(TERMINAL, vec![Event::Position(Box::new(none))]).await;
    }
    office.settle().await;
    let asks = collector(&office, "main").await;
    let state = office.get(&asks, &path(DRIVES, "/state")).await.json();
    assert_eq!(
        (state["state"].as_str(), state["since"].is_null()),
        (Some("parked_unseen"), false),
        "{state}"
    );
    assert_eq!(ids(&office.get(&asks, "/vehicles?state=parked_unseen").await), [DRIVES]);
    assert!(ids(&office.get(&asks, "/vehicles?state=parked").await).is_empty());
    let rows = office.get(&asks, "/fleet?state=parked_unseen").await.json()["rows"].clone();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0][4]), (1, &json!("parked_unseen")));
    let detail = office.get(&asks, &path(DRIVES, "")).await.json();
    let [zh, en] = ["zh", "en"].map(|language| detail["text"][language].as_str().unwrap().to_owned());
    assert!(zh.starts_with("停放") && zh.contains("没有新定位"), "{zh}");
    assert!(en.starts_with("parked for ") && en.contains(", out of sight for 1 h "), "{en}");
    office.close().await;
}

#[tokio::test]
async fn where_a_vehicle_is_takes_a_purpose_and_an_audit_line() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let mute = office.person_for(Role::Collector, Some(&["main"])).await;
    for rest in ["/state", "/track", "/stays", "/trips", "/whereabouts"] {
        assert_eq!(
            office.get(&mute, &path(DRIVES, rest)).await.code(),
            (403, "purpose_required".into()),
            "{rest}"
        );
    }
    assert_eq!(office.get(&mute, "/fleet").await.code(), (403, "purpose_required".into()));
    let before = office.audit().await.len();
    let asks = mute.with("x-purpose", "collect");
    let state = office.get(&asks, &path(DRIVES, "/state")).await.json();
    assert_eq!(
        (state["state"].as_str(), state["source"].as_str()),
        (Some("parked"), Some(TERMINAL)),
        "{state}"
    );
    assert!((state["lat"].as_f64().unwrap() - 22.6227).abs() < 0.01, "{state}");
    let lines = office.audit().await;
    assert_eq!(lines.len(), before + 1, "{lines:?}");
    assert!(lines[before].starts_with("collector1") || lines[before].starts_with("collector0"), "{lines:?}");
    assert!(lines[before].contains("粤B10001"), "{lines:?}");

    let supervisor = office.person(Role::Supervisor).await;
    let viewers = office.get(&supervisor, &path(DRIVES, "/viewers")).await.json();
    let viewers = viewers.as_array().cloned().unwrap_or_else(|| viewers["data"].as_array().unwrap().clone());
    assert_eq!((viewers.len(), viewers[0]["purpose"].as_str()), (1, Some("collect")), "{viewers:?}");
    office.close().await;
}

#[tokio::test]
async fn a_day_of_a_vehicle_is_its_track_its_strip_and_its_stays() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let asks = collector(&office, "main").await;
    let track = office.get(&asks, &path(DRIVES, "/track")).await.json();
    let points = track["points"].as_array().unwrap().clone();
    assert_eq!(
        (track["datum"].as_str(), track["simplified"].as_bool()),
        (Some("wgs84"), Some(false)),
        "so few are not simplified"
    );
    assert!(track["total"].as_u64().unwrap() >= 110, "{}", track["total"]);
    let whole = office.get(&asks, &path(DRIVES, "/track?tolerance_m=0")).await.json();
    // What lies on a straight line says nothing more, whatever the tolerance.
    assert!(whole["points"].as_array().unwrap().len() <= points.len());
    let few = office.get(&asks, &path(DRIVES, "/track?points_max=2")).await.json();
    assert_eq!(few["points"].as_array().unwrap().len(), 2, "{few}");
    // A map on which China is somewhere else.
    let shifted = office.get(&asks, &path(DRIVES, "/track?datum=gcj02&points_max=2")).await.json();
    let (here, there) = (&few["points"][0], &shifted["points"][0]);
    let off = (there[1].as_f64().unwrap() - here[1].as_f64().unwrap()).abs();
    assert!((0.001..0.01).contains(&off), "{here} {there}");

    let strip = office.get(&asks, &path(DRIVES, "/strip?day=2026-11-18")).await.json();
    let kinds: Vec<&str> = strip["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|segment| segment["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"moving") && kinds.contains(&"parked"), "{strip}");
    // The server first listened on that day: nothing of before was missed, and of later days nothing of after.
    assert_eq!(strip["coverage_from"], json!(NOW), "{strip}");
    let begin_and_end = async |day: &str| {
        let strip = office.get(&asks, &path(DRIVES, &format!("/strip?day={day}"))).await.json();
        ["coverage_from", "from", "to"].map(|field| strip[field].clone())
    };
    let [first, _, end] = begin_and_end("2026-11-17").await;
    assert_eq!(first, end, "the day before");
    let [first, begin, _] = begin_and_end("2026-11-19").await;
    assert_eq!(first, begin, "the day behind");
    let stays = office.get(&asks, &path(DRIVES, "/stays")).await.json();
    let stays = stays.as_array().unwrap();
    assert_eq!((stays.len(), &stays[0]["to"]), (1, &Value::Null), "{stays:?}");
    let trips = office.get(&asks, &path(DRIVES, "/trips")).await.json();
    let trip = &trips[0];
    assert_eq!(
        (trips.as_array().unwrap().len(), &trip["to"]),
        (1, &stays[0]["from"]),
        "it ended where it stands: {trips}"
    );
    assert!(trip["distance_m"].as_u64().unwrap() > 200 && trip["fixes"].as_u64().unwrap() > 50, "{trips}");
    // The same for a stretch that ended before now: it stood there then already.
    let before = office.now().plus(-1_000);
    let told =
        async |what: &str| office.get(&asks, &path(DRIVES, &format!("/{what}?to={before}"))).await.json();
    assert_eq!(told("trips").await, trips);
    assert_eq!(told("stays").await.as_array().unwrap(), stays);
    let detail = office.get(&asks, &path(DRIVES, "")).await.json();
    assert_eq!(detail["devices"][0]["terminal"].as_str(), Some(TERMINAL), "{detail}");
    assert!(detail["text"]["zh"].as_str().is_some_and(|text| !text.is_empty()), "{detail}");
    assert_eq!(office.get(&asks, &path(DRIVES, "/whereabouts")).await.status, 200);
    for wrong in [
        "/track?points_max=1",
        "/track?tolerance_m=-1",
        "/track?from=2026-11-19T00:00:00Z&to=2026-11-18T00:00:00Z",
    ] {
        assert_eq!(office.get(&asks, &path(DRIVES, wrong)).await.code(), (422, "invalid".into()), "{wrong}");
    }
    office.close().await;
}

#[tokio::test]
async fn the_map_has_a_row_for_each_vehicle_that_was_seen() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let asks = collector(&office, "main").await;
    let fleet = office.get(&asks, "/fleet").await.json();
    let fields: Vec<&str> =
        fleet["fields"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
    let rows = fleet["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{fleet}");
    let at = |field| &rows[0][fields.iter().position(|other| *other == field).unwrap()];
    assert_eq!(
        (at("id").as_str(), at("state").as_str(), at("dpd").as_u64()),
        (Some(DRIVES), Some("parked"), Some(20))
    );
    let count = async |query: &str| {
        office.get(&asks, &format!("/fleet?{query}")).await.json()["rows"].as_array().unwrap().len()
    };
    assert_eq!(count("bbox=113,22,115,23").await, 1);
    assert_eq!(count("bbox=115,22,116,23").await, 0);
    assert_eq!(count("state=moving").await, 0);
    let northern = collector(&office, "north").await;
    assert_eq!(office.get(&northern, "/fleet").await.json()["rows"].as_array().unwrap().len(), 0);
    office.close().await;
}

/// Cars beside those of the town, each with a device that has a fix: the third report behind a gap is believed.
async fn cars(office: &Office, town: &mut Town<'_>, count: i64) -> Vec<(String, String)> {
    let car = |number: i64| (format!("{:015}", 860_000_000_000_000 + number), format!("粤C{number:05}"));
    let cars: Vec<(String, String)> = (0..count).map(car).collect();
    for some in cars.chunks(1_000) {
        town.bind_all(some).await;
    }
    for _ in 0..3 {
        office.clock_moves(10 * SECOND_MS);
        for some in cars.chunks(1_000) {
            let report = Event::Position(Box::new(plain(town.now(), 0, 0)));
            town.all_heard(some.iter().map(|(on, _)| (on.as_str(), report.clone())).collect()).await;
        }
        town.tick().await;
    }
    office.settle().await;
    cars
}

#[tokio::test]
async fn some_thousands_of_cars_are_one_answer_of_less_than_a_hundred_bytes_each() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let cars = cars(&office, &mut town, measured("LIENWATCH_FLEET_CARS", 2_000)).await;
    let asks = office.person(Role::Admin).await.with("x-purpose", "collect");
    let before = office.audit().await.len();
    let answer = office.get(&asks, "/fleet").await;
    let fleet = answer.json();
    let rows = fleet["rows"].as_array().unwrap();
    let seen: Vec<&str> = rows.iter().map(|row| row[0].as_str().unwrap()).collect();
    let mut expected: Vec<&str> = cars.iter().map(|(_, car)| car.as_str()).chain([DRIVES]).collect();
    expected.sort_unstable();
    assert_eq!((seen, fleet["more"].as_bool()), (expected, Some(false)));
    assert!(answer.body.len() < 100 * rows.len(), "{} bytes, {} cars", answer.body.len(), rows.len());
    let lines = office.audit().await;
    assert_eq!(lines.len(), before + 1, "one line for all");
    assert!(lines[before].ends_with(" read fleet bbox=all"), "{}", lines[before]);

    let some = office.get(&asks, "/fleet?limit=500").await.json();
    assert_eq!((some["rows"].as_array().unwrap().len(), some["more"].as_bool()), (500, Some(true)));
    assert_eq!(some["rows"].as_array().unwrap()[..], rows[..500], "in one order");
    let all = office.get(&asks, &format!("/fleet?limit={}", rows.len())).await.json();
    assert_eq!((&all["rows"], all["more"].as_bool()), (&fleet["rows"], Some(false)));
    assert_eq!(office.get(&asks, "/fleet?limit=50001").await.code(), (422, "invalid".into()));
    office.close().await;
}

/// How many, unless somebody measures with more: `LIENWATCH_TRACK_POSITIONS=100000 cargo test --release -p web vehicles:: -- --nocapture`.
fn measured(variable: &str, usual: i64) -> i64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

/// Ten drives a day through a town that is no straight line, for a month.
fn drive(step: i64) -> (i64, u16) {
    let within = step % 400;
    let kmh = if within < 300 { 36 } else { 0 };
    let wave = (step * 37 % 61) - 30;
    (within.min(300) * 100 + wave, kmh)
}

#[tokio::test]
async fn a_month_of_a_car_is_a_line_of_less_than_300_kb() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let reports = measured("LIENWATCH_TRACK_POSITIONS", 4_000);
    let begin = town.now().plus(-reports * 20_000);
    for batch in 0..reports / 200 {
        let report = |step: i64| {
            let (north_m, kmh) = drive(step);
            Event::Position(Box::new(plain(begin.plus(step * 20_000), north_m, kmh)))
        };
        town.heard(TERMINAL, (0..200).map(|item| report(batch * 200 + item)).collect()).await;
    }
    office.settle().await;
    let asks = collector(&office, "main").await;
    let since = std::time::Instant::now();
    let answer = office.get(&asks, &path(DRIVES, &format!("/track?from={}", begin.plus(-1)))).await;
    let took = since.elapsed();
    let track = answer.json();
    assert!(track["total"].as_u64().unwrap() >= reports.cast_unsigned(), "{}", track["total"]);
    println!(
        "{} points of {} in {took:?}, {} bytes",
        track["points"].as_array().unwrap().len(),
        track["total"],
        answer.body.len()
    );
    assert!(answer.body.len() <= 300_000, "{}", answer.body.len());
    office.close().await;
}
