//! The command line as scripts see it: exit codes, stdout as data, stderr as talk, with and without a running server.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed step must stop the test")]

use serde_json::Value;
use std::path::Path;
use stories::collection::Collection;
use stories::server::{Output, Site, frames};

fn site() -> Site {
    Site::on_sqlite().unwrap()
}

/// A site with a journal, as one that served before.
async fn begun() -> (Site, Collection) {
    let site = site();
    let desk = Collection::prepare(&site).await.unwrap();
    (site, desk)
}

fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[track_caller]
fn ends(output: &Output, code: i32, stderr: &str) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert!(output.stderr.contains(stderr), "no \"{stderr}\" in {output:?}");
}

#[test]
fn decode_prints_for_every_golden_frame_the_object_that_is_expected_and_its_hex() {
    for protocol in protocols::ALL.iter().map(|protocol| protocol.name()) {
        let golden = wire::testing::golden(&frames(protocol));
        let lines: Vec<String> = golden.iter().map(|frame| hex::encode(&frame.bytes)).collect();
        let decoded = site()
            .cli_reading(&lines.join("\n"), &["decode", "--json", "--protocol", protocol, "-"])
            .unwrap();
        assert_eq!(decoded.stdout.lines().count(), golden.len(), "{decoded:?}");
        for ((frame, hex), line) in golden.iter().zip(&lines).zip(decoded.stdout.lines()) {
            let mut expected = expected(&frames(protocol), &frame.name);
            expected.as_object_mut().unwrap().insert("hex".into(), hex.clone().into());
            assert_eq!(json(line), expected, "{}", frame.name);
        }
    }
}

fn expected(folder: &Path, name: &str) -> Value {
    json(&std::fs::read_to_string(folder.join(format!("{name}.expect"))).unwrap())
}

#[test]
fn decode_says_by_its_exit_code_whether_all_frames_were_good() {
    let good = "78780d010868120240000015000170e50d0a";
    ends(&site().cli(&["decode", "--json", good]).unwrap(), 0, "");
    let mixed = site().cli(&["decode", "--json", good, "78zz"]).unwrap();
    ends(&mixed, 3, "");
    assert_eq!(json(mixed.stdout.lines().nth(1).unwrap())["error"]["code"], "not_hex");
    ends(&site().cli(&["decode", "--json"]).unwrap(), 2, "no frame given");
    ends(&site().cli(&["decode", "--protocol", "h02", good]).unwrap(), 2, "gt06, jt808");
    let table = site().cli(&["decode", good]).unwrap();
    assert!(table.stdout.contains("checksum"), "{table:?}");
}

#[test]
fn what_encode_builds_decode_reads() {
    let place = ["--lat", "22.5431", "--lon", "114.0579", "--time", "2026-11-20T03:10:00Z", "--speed", "36"];
    for protocol in protocols::ALL.iter().map(|protocol| protocol.name()) {
        let terminal = fleet::number::terminal(protocol, 1).unwrap();
        let terminal = terminal.as_str();
        let position = [["encode", protocol, "position", "--terminal", terminal].as_slice(), &place].concat();
        let frame = site().done(&position).unwrap();
        let decoded = json(&site().done(&["decode", "--json", frame.trim()]).unwrap());
        let event = &decoded["events"][0];
        assert_eq!(event["lat"], 22.5431, "{decoded}");
        assert_eq!(event["lon"], 114.0579, "{decoded}");
        assert_eq!(event["speed_kmh"], 36.0, "{decoded}");
        assert_eq!(event["fix_time"], "2026-11-20T03:10:00Z", "{decoded}");
        let login = site().done(&["encode", protocol, "login", "--terminal", terminal]).unwrap();
        let decoded = json(&site().done(&["decode", "--json", login.trim()]).unwrap());
        assert_eq!(decoded["events"][0]["terminal"], terminal, "{decoded}");
    }
}

#[test]
fn a_folder_without_data_is_said_to_be_one() {
    for command in [["positions"].as_slice(), &["alerts", "list"], &["devices", "list"], &["audit", "verify"]]
    {
        ends(&site().cli(command).unwrap(), 4, "--data-dir");
    }
}

#[test]
fn no_command_and_an_unknown_one_are_usage() {
    let alone = std::process::Command::new(stories::program::lienwatch().unwrap()).output().unwrap();
    assert_eq!(alone.status.code(), Some(2));
    ends(&site().cli(&["track"]).unwrap(), 2, "track");
}

#[tokio::test]
async fn a_new_site_lists_nothing_and_says_so() {
    let (site, _) = begun().await;
    for command in [["positions"].as_slice(), &["alerts", "list"], &["devices", "list"]] {
        let listed = site.cli(&[command, &["-o", "ndjson"]].concat()).unwrap();
        ends(&listed, 0, "");
        assert_eq!(listed.stdout, "");
    }
    ends(&site.cli(&["alerts", "list"]).unwrap(), 0, "no alerts");
    ends(&site.cli(&["devices", "list"]).unwrap(), 0, "no terminals yet");
}

const ENGLISH: &str = "contract,plate,oldest_unpaid_due,amount_overdue,principal_outstanding\n";

/// A book of so many loans.
fn book(rows: usize) -> String {
    let row = |n: usize| format!("HT-{n},粤B{:05},2025-01-{:02},1250.00,86400.00\n", 10_000 + n, n + 1);
    (0..rows).map(row).fold(ENGLISH.to_owned(), |book, row| book + &row)
}

fn import(site: &Site, book: impl AsRef<[u8]>, more: &[&str]) -> Output {
    let file = site.file("book.csv", book).unwrap();
    site.cli(&[&["import", "loans", &file], more].concat()).unwrap()
}

const AS_OF: [&str; 2] = ["--as-of", "2026-11-20T00:00:00Z"];

#[tokio::test]
async fn a_book_in_gbk_with_chinese_headers_is_the_book_in_utf8() {
    let chinese = book(3).replace(ENGLISH, "合同号,车牌号,最早未还日,逾期金额,剩余本金\n");
    let (gbk, _, lossy) = encoding_rs::GBK.encode(&chinese);
    assert!(!lossy);
    let (first, _) = begun().await;
    ends(&import(&first, gbk, &AS_OF), 0, "");
    // The same in UTF-8, with the mark that Excel writes, changes nothing.
    let again = import(&first, format!("\u{feff}{chinese}"), &[AS_OF.as_slice(), &["--dry-run"]].concat());
    ends(&again, 0, "");
    let diff = json(&again.stdout);
    assert_eq!((&diff["unchanged"], &diff["rows_before"]), (&3.into(), &3.into()), "{diff}");
}

#[tokio::test]
async fn what_excel_has_damaged_is_refused_by_line_and_column() {
    let (site, _) = begun().await;
    let damaged = book(3).replace("HT-1,", "8.68E+14,");
    let imported = import(&site, damaged, &AS_OF);
    ends(&imported, 3, "line 3");
    assert!(imported.stderr.contains("contract"), "{imported:?}");
    assert!(imported.stderr.contains("8.68E+14"), "{imported:?}");
}

#[tokio::test]
async fn an_older_book_is_refused() {
    let (site, _) = begun().await;
    ends(&import(&site, book(3), &AS_OF), 0, "");
    let older = import(&site, book(3), &["--as-of", "2026-11-19T00:00:00Z"]);
    ends(&older, 5, "older");
}

#[tokio::test]
async fn a_book_that_shrinks_by_more_than_a_fifth_wants_a_yes() {
    let (site, _) = begun().await;
    ends(&import(&site, book(10), &AS_OF), 0, "");
    let next = ["--as-of", "2026-11-21T00:00:00Z"];
    ends(&import(&site, book(7), &next), 5, "--yes");
    ends(&import(&site, book(7), &[next.as_slice(), &["--yes"]].concat()), 0, "");
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (site, _) = begun().await;
    let dry = import(&site, book(3), &[AS_OF.as_slice(), &["--dry-run"]].concat());
    ends(&dry, 0, "");
    assert_eq!(json(&dry.stdout)["new"]["count"], 3);
    ends(&pay(&site, "HT-0"), 4, "HT-0");
}

fn pay(site: &Site, contract: &str) -> Output {
    site.cli(&["loan", "event", "payment", "--contract", contract]).unwrap()
}

#[tokio::test]
async fn a_book_and_a_payment_count_with_and_without_a_server() {
    let (site, _) = begun().await;
    ends(&import(&site, book(3), &AS_OF), 0, "");
    ends(&pay(&site, "HT-0"), 0, "");
    ends(&pay(&site, "HT-9"), 4, "HT-9");
    let server = site.serve().unwrap();
    ends(&pay(&site, "HT-1"), 0, "");
    ends(&pay(&site, "HT-9"), 4, "HT-9");
    let next = import(&site, book(4), &["--as-of", "2026-11-21T00:00:00Z"]);
    ends(&next, 0, "");
    ends(&site.cli(&["devices", "bind", "990000000000001", "粤B10000"]).unwrap(), 0, "");
    let devices = site.rows::<Value>(&["devices", "list"]).unwrap();
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0]["vehicle"], "粤B10000");
    assert!(server.stop().unwrap().success());
    assert_eq!(site.rows::<Value>(&["devices", "list"]).unwrap(), devices);
    ends(&site.cli(&["audit", "verify"]).unwrap(), 0, "");
}

#[tokio::test]
async fn two_people_who_handle_one_alert_are_told() {
    let (site, desk) = begun().await;
    let server = site.serve().unwrap();
    let mut cars = desk.enter(&site, &server, 1).unwrap();
    let id = desk.alert(&site, &mut cars).unwrap();
    let version = json(&site.done(&["alerts", "show", &id, "-o", "json"]).unwrap())["version"].to_string();

    ends(&site.cli(&["alerts", "ack", &id, "--version", &version, "--note", "on it"]).unwrap(), 0, "");
    ends(&site.cli(&["alerts", "ack", &id, "--version", &version]).unwrap(), 7, "");
    ends(
        &site.cli(&["alerts", "close", &id, "--verdict", "confirmed", "--version", &version]).unwrap(),
        7,
        "",
    );
    ends(&site.cli(&["alerts", "close", &id, "--verdict", "maybe"]).unwrap(), 2, "false_alarm");
    ends(&site.cli(&["alerts", "close", &id, "--verdict", "false_alarm"]).unwrap(), 0, "");
    ends(&site.cli(&["alerts", "ack", &id]).unwrap(), 7, "");
    ends(&site.cli(&["alerts", "ack", "0000000000000000"]).unwrap(), 4, "no alert");
    assert!(server.stop().unwrap().success());
}

#[test]
fn the_demo_ends_with_one_line_and_leaves_nothing_behind() {
    let temp = tempfile::tempdir().unwrap();
    let mut demo = std::process::Command::new(stories::program::lienwatch().unwrap());
    let demo = demo.args(["demo", "--seconds", "40"]).env("TMPDIR", temp.path()).output().unwrap();
    let said = String::from_utf8(demo.stderr).unwrap();
    assert!(demo.status.success(), "{said}");
    let out = String::from_utf8(demo.stdout).unwrap();
    assert_eq!(out.lines().count(), 1, "{out}");
    let summary = json(&out);
    let count = |name: &str| summary[name].as_u64().unwrap_or_else(|| panic!("no {name} in {summary}"));
    assert!(count("sent") >= count("acknowledged"), "{summary}");
    assert!(count("stored") >= count("acknowledged"), "{summary}");
    assert!(count("acknowledged") > 0, "{summary}");
    assert_eq!(count("rejected"), 0, "{summary}");
    assert!(count("duplicate") <= count("sent"), "{summary}");
    assert!(summary["alerts"]["OVERDUE_MOVED"].as_u64() >= Some(1), "{summary}\n{said}");
    assert!(said.contains("ALERT"), "{said}");
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
}
