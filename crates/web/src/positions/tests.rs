//! The log and its files, and the frames that they come from.

use crate::testing::town::{
    CUT_SHORT, LOGIN, REPORT, SECOND_MS, STRANGER, TERMINAL, Town, loan, report, terminal, vehicle,
};
use crate::testing::{Office, Person};
use model::Loan;
use model::input::Action;
use model::staff::Role;
use serde_json::{Value, json};

const WORKS: &str = "ops";

async fn ops(office: &Office) -> Person {
    office.person(Role::Ops).await.with("x-purpose", WORKS)
}

async fn rows(office: &Office, who: &Person, query: &str) -> (Vec<Value>, Value) {
    let answer = office.get(who, &format!("/positions?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", String::from_utf8_lossy(&answer.body));
    let json = answer.json();
    (json["data"].as_array().unwrap().clone(), json["next_cursor"].clone())
}

/// The rows of page after page.
async fn paged(office: &Office, who: &Person, query: &str) -> Vec<Value> {
    let (mut paged, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let behind = cursor.as_str().map_or(String::new(), |cursor| format!("&cursor={cursor}"));
        let (page, next) = rows(office, who, &format!("{query}{behind}")).await;
        paged.extend(page);
        cursor = next;
        if cursor.is_null() {
            return paged;
        }
    }
}

#[tokio::test]
async fn the_log_goes_on_where_a_page_ended() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let mute = office.person(Role::Ops).await;
    assert_eq!(office.get(&mute, "/positions").await.code(), (403, "purpose_required".into()));
    let ops = ops(&office).await;
    let whole = rows(&office, &ops, &format!("terminal={TERMINAL}&limit=500&include=late")).await.0;
    let in_time = rows(&office, &ops, &format!("terminal={TERMINAL}&limit=500")).await.0;
    assert_eq!(whole.iter().filter(|row| row["late"] == true).count(), whole.len() - in_time.len());
    assert!(whole.len() > in_time.len(), "the one that was kept back");

    // Page after page the same rows, each once, whether of one or of everybody.
    for of in [format!("terminal={TERMINAL}&"), String::new()] {
        let paged = paged(&office, &ops, &format!("{of}limit=20&include=late")).await;
        assert_eq!(paged, whole, "{of}");
    }
    let backwards =
        rows(&office, &ops, &format!("terminal={TERMINAL}&limit=500&include=late&order=desc")).await.0;
    assert!(backwards.iter().eq(whole.iter().rev()));

    let none = office
        .get(
            &ops,
            &format!("/positions?terminal={TERMINAL}&from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z"),
        )
        .await
        .json();
    assert!(none["nearest"]["after"].is_string(), "{none}");
    office.close().await;
}

#[tokio::test]
async fn a_car_known_by_its_vin_stands_in_the_log_with_its_plate() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let vin = "LSVAA4182E2184847";
    let known = Loan { plate: Some(vehicle("粤B77777")), ..loan("C9", "east", vin, None) };
    town.book("east", vec![known]).await;
    town.bind("868120240000777", vin).await;
    town.heard("868120240000777", vec![report(town.now(), 0, 0)]).await;
    office.clock_moves(SECOND_MS);
    office.settle().await;
    let ops = ops(&office).await;
    let (rows, _) = rows(&office, &ops, "terminal=868120240000777").await;
    let named: Vec<_> = rows.iter().map(|row| (&row["vehicle"], &row["plate"])).collect();
    assert_eq!(named, [(&json!(vin), &json!("粤B77777"))]);
    office.close().await;
}

#[tokio::test]
async fn the_servers_own_device_is_no_car_in_everybodys_log() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let [own, _] = model::id::OWN_DEVICES;
    town.wants(Action::Approve { terminal: terminal(own) }).await;
    for from in [own, TERMINAL] {
        town.heard_frame(from, REPORT).await;
        office.clock_moves(SECOND_MS);
    }
    office.settle().await;
    let ops = ops(&office).await;
    assert_eq!(rows(&office, &ops, &format!("terminal={own}&include=late")).await.0.len(), 1);
    for of_all in ["include=late", "limit=500&include=late,duplicate"] {
        let shown = paged(&office, &ops, of_all).await;
        assert!(!shown.is_empty() && shown.iter().all(|row| row["terminal"] != own), "{of_all}");
    }
    office.close().await;
}

/// What became of a row: whose it is, whether it is a duplicate, why it was rejected.
fn fate(row: &Value) -> (&str, bool, Option<&str>) {
    (row["terminal"].as_str().unwrap(), row["duplicate"].as_bool().unwrap(), row["rejected"].as_str())
}

#[tokio::test]
async fn what_was_said_twice_and_what_was_not_understood_stand_in_the_log_with_why() {
    let office = Office::open().await;
    let mut town = Town::build(&office).await;
    let first = town.heard_frame(TERMINAL, REPORT).await.0;
    office.clock_moves(10 * SECOND_MS);
    let second = town.heard_frame(TERMINAL, REPORT).await.0;
    let cut = town.heard_frame(TERMINAL, CUT_SHORT).await.0;
    office.clock_moves(SECOND_MS);
    town.tick().await;
    office.settle().await;
    let ops = ops(&office).await;

    let (stored, twice) = ((TERMINAL, false, None), (TERMINAL, true, None));
    let (short, strange) = ((TERMINAL, false, Some("short")), (STRANGER, false, Some("quarantine")));
    let own = format!("terminal={TERMINAL}&limit=500&include=");
    let shown: &[(String, &[_])] = &[
        (format!("{own}duplicate"), &[stored, twice]),
        (format!("{own}rejected"), &[stored, short]),
        (format!("{own}rejected,duplicate"), &[stored, twice, short]),
        ("limit=500&include=rejected".into(), &[strange, stored, short]),
        (format!("terminal={STRANGER}&include=duplicate"), &[]),
    ];
    for (query, expected) in shown {
        let found = rows(&office, &ops, query).await.0;
        assert_eq!(found.iter().map(fate).collect::<Vec<_>>(), *expected, "{query}");
    }
    let all = rows(&office, &ops, &format!("{own}rejected,duplicate")).await.0;
    assert_eq!(all.iter().map(|row| row["seq"].as_i64().unwrap()).collect::<Vec<_>>(), [first, second, cut]);
    assert_eq!([&all[0]["hex"], &all[1]["hex"], &all[2]["hex"]], [REPORT, REPORT, CUT_SHORT]);
    assert_eq!((&all[1]["fix_time"], &all[1]["lat"]), (&all[0]["fix_time"], &all[0]["lat"]));
    assert_eq!((&all[2]["lat"], all[2]["fixed"].as_bool()), (&Value::Null, Some(false)));
    assert_eq!(all[2]["rejected_text"]["zh"].as_str(), Some("消息体过短"), "{}", all[2]);
    let few = format!("terminal={TERMINAL}&limit=50&include=rejected,duplicate");
    assert_eq!(paged(&office, &ops, &few).await, all, "page after page they come once each");

    // Without being asked for neither is there: the report is once in the log of what is stored.
    let plain = rows(&office, &ops, &format!("terminal={TERMINAL}&limit=500")).await.0;
    let of_report: Vec<&Value> = plain.iter().filter(|row| row["hex"] == REPORT).collect();
    assert_eq!(of_report.iter().map(|row| row["seq"].as_i64()).collect::<Vec<_>>(), [Some(first)]);
    assert!(plain.iter().all(|row| fate(row) == stored));
    office.close().await;
}

#[tokio::test]
async fn a_file_of_each_form_is_whole_and_its_reading_is_written_down() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let ops = ops(&office).await;
    let count = rows(&office, &ops, &format!("terminal={TERMINAL}&limit=500")).await.0.len();
    let before = office.audit().await.len();
    let forms = [
        ("csv", "text/csv"),
        ("ndjson", "application/x-ndjson"),
        ("gpx", "application/gpx+xml"),
        ("kml", "application/vnd.google-earth.kml+xml"),
        ("geojson", "application/geo+json"),
    ];
    for (form, media_type) in forms {
        let answer =
            office.get(&ops, &format!("/positions?terminal={TERMINAL}&format={form}&datum=gcj02")).await;
        assert_eq!(answer.status, 200, "{form}");
        assert!(
            answer.header("content-type").starts_with(media_type),
            "{form}: {}",
            answer.header("content-type")
        );
        assert!(answer.header("content-disposition").contains(&format!("gcj02.{form}")), "{form}");
        let text = String::from_utf8(answer.body).unwrap();
        let found = match form {
            "csv" => {
                assert!(text.starts_with('\u{feff}'), "{text:.80}");
                csv::Reader::from_reader(text.as_bytes()).into_records().flatten().count()
            }
            "ndjson" => text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count(),
            "gpx" => text.matches("<trkpt").count(),
            "kml" => text.matches("<when>").count(),
            _ => serde_json::from_str::<Value>(&text).unwrap()["features"].as_array().unwrap().len(),
        };
        let placed = if form == "csv" || form == "ndjson" { count } else { found };
        assert!(found > 0 && found == placed, "{form}: {found} of {count}");
    }
    assert_eq!(office.audit().await.len(), before + forms.len());
    assert_eq!(office.get(&ops, "/positions?format=gpx").await.code(), (422, "invalid".into()));
    office.close().await;
}

#[tokio::test]
async fn a_frame_is_explained_byte_by_byte() {
    let office = Office::open().await;
    let _town = Town::build(&office).await;
    let ops = ops(&office).await;
    let frames = office.get(&ops, &format!("/frames?terminal={TERMINAL}&limit=5")).await.json();
    let login = &frames["data"][0];
    assert_eq!((login["bytes"].as_u64(), login["status"].as_str()), (Some(18), Some("stored")), "{frames}");
    let frame = office.get(&ops, &format!("/frames/{}", login["seq"])).await.json();
    assert_eq!((frame["hex"].as_str(), frame["terminal"].as_str()), (Some(LOGIN), Some(TERMINAL)), "{frame}");
    let covered: u64 =
        frame["fields"].as_array().unwrap().iter().map(|field| field["length"].as_u64().unwrap()).sum();
    assert_eq!(covered, 18, "every byte is in one field");
    let pasted = office.send(&ops, "POST", "/frames:decode", &json!({ "hex": LOGIN })).await.json();
    assert_eq!(
        (pasted["protocol"].as_str(), pasted["checksum"].as_str()),
        (Some("gt06"), Some("ok")),
        "{pasted}"
    );
    for (body, pointer) in
        [(json!({ "hex": "zz" }), "/hex"), (json!({ "hex": "00", "protocol": "x" }), "/protocol")]
    {
        let wrong = office.send(&ops, "POST", "/frames:decode", &body).await;
        assert_eq!(
            (wrong.code().0, wrong.json()["errors"][0]["pointer"].as_str()),
            (422, Some(pointer)),
            "{body}"
        );
    }
    let kept = office.get(&ops, &format!("/frames?terminal={STRANGER}")).await.json();
    assert_eq!(kept["data"][0]["status"].as_str(), Some("quarantine"), "{kept}");
    assert_eq!(office.get(&ops, "/frames/999999").await.code().0, 404);
    office.close().await;
}
