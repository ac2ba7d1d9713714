//! What is asked of the past, as scripts see it: why there was an alert, what another rule set would have raised.
//!
//! Shape: one story a database; a car of each protocol drives off on a fast clock, and its frames are read again.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed step must stop the test"
)]

use model::Timestamp;
use serde_json::Value;
use std::time::Duration;
use store::{AlertQuery, Store};
use stories::back_test::compared;
use stories::collection::Collection;
use stories::server::{ALONE, Output, Site, until};
use wire::Authenticator;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_is_explained_back_tested_and_tested_on_sqlite() {
    the_past_is_explained_back_tested_and_tested(Site::on_sqlite().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_is_explained_back_tested_and_tested_on_postgres() {
    the_past_is_explained_back_tested_and_tested(Site::on_postgres().await.unwrap()).await;
}

async fn the_past_is_explained_back_tested_and_tested(site: Site) {
    let _alone = ALONE.lock().await;
    ends(&site.cli(&["explain", "粤B70000"]).unwrap(), 4, "no lienwatch data");
    let desk = Collection::prepare(&site).await.unwrap();
    let server = site.serve().unwrap();
    let mut cars = desk.enter(&site, &server, 2).unwrap();
    desk.park(&mut cars).unwrap();
    let alerts = until("two alerts", Duration::from_secs(20), || {
        desk.drive(&mut cars, 0)?;
        let alerts: Vec<Value> = site.rows(&["alerts", "list", "--rule", "OVERDUE_MOVED"])?;
        Ok((alerts.len() == 2).then_some(alerts))
    })
    .unwrap();
    while_it_runs_the_reason_is_given(&site, &alerts[0]);
    site.done(&["alerts", "close", alerts[0]["id"].as_str().unwrap(), "--verdict", "confirmed"]).unwrap();
    assert!(server.stop().unwrap().success(), "{}", site.log().unwrap());
    the_past_gives_the_same_alerts(&site).await;
    rule_sets_are_tried_out(&site);
    rules_are_held_against_a_truth(&site, &alerts);
    cases_are_held_against_rule_sets(&site, &alerts);
    assert_eq!(site.cli(&["audit", "verify"]).unwrap().code, Some(0));
}

fn while_it_runs_the_reason_is_given(site: &Site, alert: &Value) {
    let plate = alert["vehicle"].as_str().unwrap();
    let now = json(site, &["explain", plate, "-o", "json"]);
    let moved = rule(&now, "OVERDUE_MOVED");
    assert_eq!((&moved["alert"], &moved["holds"]), (&"live".into(), &true.into()), "{now}");
    assert!(moved["because"].as_str().unwrap().contains(alert["id"].as_str().unwrap()), "{now}");
    assert_eq!(now["known"]["devices"][0]["bound"], true, "{now}");
    assert_eq!(now["known"]["moving"], true, "{now}");
    // A moment before: it stood.
    let left_at = alert["explanation"]["finding"]["left_at"].as_str().unwrap();
    let before = Timestamp::parse(left_at).unwrap().plus(-30_000).to_string();
    let before = json(site, &["explain", plate, "--at", &before, "-o", "json"]);
    let moved = rule(&before, "OVERDUE_MOVED");
    assert_eq!(moved["alert"], "none", "{before}");
    assert!(moved["condition"].as_str().unwrap().starts_with("stands since"), "{before}");
    let offline = rule(&before, "OVERDUE_OFFLINE");
    assert!(offline["condition"].as_str().unwrap().contains("of 24 h"), "{before}");
    let people = site.done(&["explain", plate]).unwrap();
    assert!(people.contains("days past due") && people.contains("OVERDUE_MOVED"), "{people}");
    let why = site.done(&["alerts", "show", alert["id"].as_str().unwrap()]).unwrap();
    assert!(why.contains("signs      10 km/h or more twice"), "{why}");
    ends(&site.cli(&["explain", "粤Z00000"]).unwrap(), 4, "no vehicle 粤Z00000 was known");
    ends(
        &site.cli(&["explain", plate, "--at", "2001-01-01"]).unwrap(),
        4,
        "before everything that is stored",
    );
    ends(&site.cli(&["explain", plate, "--at", "2999-01-01"]).unwrap(), 2, "has not come yet");
}

/// From the bytes of both protocols, byte for byte.
async fn the_past_gives_the_same_alerts(site: &Site) {
    let (folder, config) = (site.data_dir(), journal::Config::default());
    let journal = journal::Journal::open(&folder, config, journal::ClockSpec::System).await.unwrap();
    let key = journal.authentication_key();
    journal.close().await;
    let config = store::Config { url: site.store_url().to_owned(), ..store::Config::default() };
    let store = Store::connect(&config).await.unwrap();
    let live = store.alerts(&AlertQuery::default()).await.unwrap();
    let compared = compared(&store, live, Authenticator::Keyed(key)).await.unwrap();
    store.close().await;
    assert!(compared.live >= 2);
    assert_eq!(compared.differing, []);
}

fn rule_sets_are_tried_out(site: &Site) {
    let patient =
        site.file("patient.toml", "[overdue_moved]\ndpd_min = 3660\ndpd_min_repeat = 3660\n").unwrap();
    let svg = site.file("chart.svg", "").unwrap();
    let told = json(site, &["rules", "backtest", "--diff", &patient, "--svg", &svg, "-o", "json"]);
    let figures = |set: usize, code: &str| -> Value {
        let rules = told["sets"][set]["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["rule"] == code).cloned().unwrap_or_default()
    };
    let moved = figures(0, "OVERDUE_MOVED");
    assert_eq!(
        (&moved["alerts"], &moved["told"], &moved["vehicles"]),
        (&2.into(), &2.into(), &2.into()),
        "{told}"
    );
    assert_eq!(
        (&moved["confirmed"], &moved["precision"], &moved["precision_n"]),
        (&1.into(), &1.0.into(), &1.into())
    );
    assert!(moved["precision_from"].as_f64() < Some(0.3), "one case says little: {moved}");
    assert_eq!(
        (&moved["truth"], &moved["recall"], &moved["recall_n"]),
        (&"staff".into(), &1.0.into(), &1.into())
    );
    // A rule set that is silent of what staff confirmed misses it.
    let silent = figures(1, "OVERDUE_MOVED");
    assert_eq!((&silent["alerts"], &silent["recall"]), (&0.into(), &0.0.into()), "{told}");
    assert!(told["sets"][0]["vehicles"][0]["vehicle"].as_str().unwrap().starts_with("**"), "{told}");
    let gone = told["differences"].as_array().unwrap().iter().filter(|one| one["kind"] == "gone");
    let gone: Vec<&Value> = gone.collect();
    assert_eq!(gone.len(), 2, "{told}");
    assert!(gone.iter().all(|one| one["about"].as_str().unwrap().starts_with("**")), "{told}");
    let chart = std::fs::read_to_string(svg).unwrap();
    assert!(chart.contains("OVERDUE_MOVED") && chart.contains("<title>recall 1, "), "{chart}");
    let named = json(site, &["rules", "backtest", "--diff", &patient, "--purpose", "verify", "-o", "json"]);
    assert!(named["differences"].to_string().contains("粤B70000"), "{named}");
    let people = site.done(&["rules", "backtest", "--rules", &patient]).unwrap();
    assert!(
        people.contains("patient.toml") && !people.contains("the vehicles of which it tells most"),
        "{people}"
    );
    ends(&site.cli(&["rules", "backtest", "--to", "2001-01-01"]).unwrap(), 4, "nothing is stored between");
    let broken = site.file("broken.toml", "[overdue_moved]\ndpd_mim = 1\n").unwrap();
    ends(&site.cli(&["rules", "backtest", "--rules", &broken]).unwrap(), 8, "dpd_mim");
}

fn rules_are_held_against_a_truth(site: &Site, alerts: &[Value]) {
    let event = |alert: &Value, rule: &str, late_ms: i64| {
        let at = Timestamp::parse(alert["event_time"].as_str().unwrap()).unwrap().plus(late_ms);
        let (vehicle, from, to) = (alert["vehicle"].as_str().unwrap(), at.plus(-60_000), at.plus(60_000));
        format!("{{\"vehicle\":\"{vehicle}\",\"rule\":\"{rule}\",\"from\":\"{from}\",\"to\":\"{to}\"}}\n")
    };
    // One of the two drove off when it is said, the other had been fed another place and nobody saw it.
    let truth = [event(&alerts[0], "OVERDUE_MOVED", 0), event(&alerts[1], "JUMP_SPOOF", 0)].concat();
    let file = site.file("truth.ndjson", &truth).unwrap();
    let told = json(site, &["rules", "backtest", "--truth", &file, "-o", "json"]);
    let rules = told["sets"][0]["rules"].as_array().unwrap();
    let of = |code: &str| rules.iter().find(|rule| rule["rule"] == code).unwrap();
    let (moved, fed) = (of("OVERDUE_MOVED"), of("JUMP_SPOOF"));
    assert_eq!(
        (&moved["truth"], &moved["precision"], &moved["precision_n"]),
        (&"file".into(), &0.5.into(), &2.into())
    );
    assert_eq!((&moved["recall"], &moved["recall_n"]), (&1.0.into(), &1.into()), "{told}");
    assert_eq!(
        (&fed["alerts"], &fed["recall"], &fed["recall_n"]),
        (&0.into(), &0.0.into(), &1.into()),
        "{told}"
    );
    assert!(fed["recall_to"].as_f64() > Some(0.7), "one case says little: {fed}");
    let stranger =
        site.file("stranger.csv", "vehicle,rule,from,to\nZ9,TOW,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n");
    ends(
        &site.cli(&["rules", "backtest", "--truth", &stranger.unwrap()]).unwrap(),
        5,
        "whom no binding and no book has",
    );
}

fn cases_are_held_against_rule_sets(site: &Site, alerts: &[Value]) {
    let plate = alerts[0]["vehicle"].as_str().unwrap();
    let case = |rule: &str, alerts: &str| {
        format!("[[expect]]\nvehicle = \"{plate}\"\nrule = \"{rule}\"\nalerts = {alerts}\n")
    };
    let known = case("OVERDUE_MOVED", "1") + &case("POWER_CUT", "\"none\"");
    let known = site.file("cases.toml", known).unwrap();
    ends(&site.cli(&["rules", "test", &known]).unwrap(), 0, "2 of 2 expectations met");
    let patient =
        site.file("patient.toml", "[overdue_moved]\ndpd_min = 3660\ndpd_min_repeat = 3660\n").unwrap();
    ends(&site.cli(&["rules", "test", &known, "--rules", &patient]).unwrap(), 8, "1 of 2 expectations met");
}

fn json(site: &Site, arguments: &[&str]) -> Value {
    let text = site.done(arguments).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn rule<'a>(answer: &'a Value, code: &str) -> &'a Value {
    answer["rules"].as_array().unwrap().iter().find(|line| line["rule"] == code).unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32, stderr: &str) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert!(output.stderr.contains(stderr), "no \"{stderr}\" in {output:?}");
}
