//! The command line as scripts see it: exit codes, stdout as data, stderr as talk, with and without a running server.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed step must stop the test")]

use serde_json::Value;
use std::path::Path;
use stories::capture::{Capture, Speaker};
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
fn a_batch_is_as_many_positions_as_were_asked_for() {
    for (protocol, terminal) in [("gt06", "990000000000001"), ("jt808", "10000000001")] {
        let batch = ["encode", protocol, "batch", "--terminal", terminal, "--lat", "22.5", "--lon", "114"];
        let more = ["--count", "30", "--every", "1m", "--alarm", "sos", "--time", "2026-11-20T03:10:00Z"];
        let frames = site().done(&[batch.as_slice(), &more].concat()).unwrap();
        let decoded = site().cli_reading(&frames, &["decode", "--json", "-"]).unwrap();
        ends(&decoded, 0, "");
        let events = decoded.stdout.lines().flat_map(|line| json(line)["events"].as_array().unwrap().clone());
        let positions: Vec<Value> = events.filter(|event| event["type"] == "position").collect();
        assert_eq!(positions.len(), 30, "{protocol}");
        assert!(positions.iter().all(|position| position["alarms"] == json("[\"sos\"]")), "{protocol}");
        assert_eq!(positions[28]["fix_time"], "2026-11-20T03:09:00Z");
    }
}

const LOGIN: &str = "78780d010868120240000015000170e50d0a";
const HEARTBEAT: &str = "7e0002000001391234567800030d7e";

#[test]
fn frames_are_found_in_a_log_and_its_other_lines_are_passed_over() {
    let log = format!(
        "2026-11-20 03:10:00 INFO server started on 7018\n\
         2026-11-20 03:10:01 INFO [rx] 868120240000015 HEX: {LOGIN} (len 18)\n\
         [T1a2b: jt808 < 192.0.2.1] HEX: {HEARTBEAT}\n\
         0000  78 78 0d 01 08 68 12 02  40 00 00 15 00 01 70 e5  xx...h..@.....p.\n\
         0010  0d 0a                                             ..\n\
         {LOGIN}{HEARTBEAT}\n"
    );
    let decoded = site().cli_reading(&log, &["decode", "--json", "-"]).unwrap();
    ends(&decoded, 0, "1 line without a frame passed over (1)");
    let messages: Vec<Value> = decoded.stdout.lines().map(|line| json(line)["message"].clone()).collect();
    assert_eq!(messages, ["login", "heartbeat", "login", "login", "heartbeat"]);
    ends(&site().cli_reading("nothing\nat all\n", &["decode", "--json", "-"]).unwrap(), 3, "2 lines");
    let people = site().cli_reading(&log, &["decode", "-"]).unwrap();
    assert!(people.stdout.contains("line 2  2026-11-20 03:10:01 INFO [rx]"), "{people:?}");
    assert!(!people.stdout.contains('\u{1b}'), "a pipe gets no colours: {people:?}");
}

#[test]
fn a_bad_frame_says_why_and_shows_what_could_be_read() {
    for (bad, why, field) in [
        (&LOGIN[..30], "3 of 18 bytes are missing", "terminal id"),
        (&LOGIN.replace("0d0a", "0d0b"), "no stop mark 0d 0a at offset 16", "checksum"),
        (
            &LOGIN.replacen("0d01", "2201", 1),
            "length and checksum are both wrong",
            "34 does not agree with the stop mark",
        ),
        (&HEARTBEAT[..28], "the closing mark 7e is missing", "terminal number"),
        (&HEARTBEAT.replacen("34", "7d34", 1), "bad escape at offset 8: 7d 34", "terminal number"),
        ("404000114f67", "frames begin with 78 78 or 79 79 (gt06), 7e (jt808)", "40 40 00"),
        (&LOGIN.replace("70e5", "70e6"), "should be 70e5 over bytes 2 to 13", "terminal id"),
    ] {
        let told = site().cli(&["decode", bad]).unwrap();
        let words = told.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(why) && words.contains(field), "{bad}: {}", told.stdout);
    }
    let refused = site().cli(&["decode", "--json", &LOGIN[..30]]).unwrap();
    ends(&refused, 3, "");
    let error = &json(refused.stdout.trim())["error"];
    assert_eq!(error["code"], "not_a_frame", "{error}");
    assert!(error["message"].as_str().unwrap().contains("3 of 18 bytes are missing"), "{error}");
}

/// A position of a terminal as its frame.
fn location(site: &Site, protocol: &str, terminal: &str, time: &str) -> Vec<u8> {
    let place = ["--lat", "22.5", "--lon", "114", "--time", time];
    let args = [["encode", protocol, "position", "--terminal", terminal].as_slice(), &place].concat();
    hex::decode(site.done(&args).unwrap().trim()).unwrap()
}

/// With the code that some other server gave out.
const AUTHENTICATION: &str = "7e01020004013912345678000141424344327e";

/// Two trackers at once; one login comes in two segments.
fn field(site: &Site) -> Capture {
    let login = hex::decode(LOGIN).unwrap();
    let (head, tail) = login.split_at(7);
    let (mut gt06, mut jt808) = (Speaker::device(40_000), Speaker::device(40_001));
    let capture = Capture::default().connect(&gt06).say(&mut gt06, head);
    let capture = capture.connect(&jt808).say(&mut jt808, &hex::decode(AUTHENTICATION).unwrap());
    let capture = capture.say(&mut jt808, &hex::decode(HEARTBEAT).unwrap());
    let capture = capture.say(&mut gt06, tail).wait_ms(60_000);
    let positions = ["2026-11-20T03:11:00Z", "2026-11-20T03:12:00Z", "2026-11-20T03:13:00Z"];
    positions.iter().fold(capture, |capture, time| {
        capture.say(&mut gt06, &location(site, "gt06", "868120240000015", time))
    })
}

#[test]
fn a_capture_is_explained_connection_by_connection() {
    let site = site();
    let pcap = site.file("field.pcap", field(&site).file()).unwrap();
    let decoded = site.cli(&["decode", "--json", "--pcap", &pcap]).unwrap();
    ends(&decoded, 0, "2 connections of trackers with 6 frames");
    let first = decoded.stdout.lines().nth(2).unwrap();
    assert!(first.ends_with(r#""captured_at":"2026-11-20T03:10:00Z","peer":"10.0.0.5:40000"}"#), "{first}");
    let terminals: Vec<Value> = decoded.stdout.lines().map(|line| json(line)["terminal"].clone()).collect();
    assert_eq!(terminals[2..], ["868120240000015"; 4]);
    // The same file named as if it were text is seen to be a capture.
    assert_eq!(site.cli(&["decode", "--json", &pcap]).unwrap().stdout, decoded.stdout);
    let people = site.done(&["decode", "--pcap", &pcap]).unwrap();
    assert!(people.contains("2026-11-20 03:11:00.000 10.0.0.5:40000 → 10.0.0.1:7018"), "{people}");
}

#[test]
fn a_capture_with_a_gap_or_without_its_end_is_partly_read_and_what_is_none_is_refused() {
    let site = site();
    let mut device = Speaker::device(40_000);
    let login = hex::decode(LOGIN).unwrap();
    let lost = Capture::default().connect(&device).say(&mut device, &login).miss(&mut device, &[0; 9]);
    let lost = site.file("lost.pcap", lost.say(&mut device, &login).file()).unwrap();
    let decoded = site.cli(&["decode", "--json", "--pcap", &lost]).unwrap();
    ends(&decoded, 3, "1 gap with 9 bytes lost");
    assert_eq!(decoded.stdout.lines().count(), 2, "{decoded:?}");
    let whole = field(&site).file();
    let cut = site.file("cut.pcap", &whole[..whole.len() - 5]).unwrap();
    ends(&site.cli(&["decode", "--json", "--pcap", &cut]).unwrap(), 3, "ends in the middle of a packet");
    let empty = site.file("empty.pcap", "").unwrap();
    ends(&site.cli(&["decode", "--pcap", &empty]).unwrap(), 2, "it is empty");
    let text = site.file("text.pcap", LOGIN).unwrap();
    ends(&site.cli(&["decode", "--pcap", &text]).unwrap(), 2, "it is text");
    ends(&site.cli(&["decode", "--pcap", "none.pcap"]).unwrap(), 4, "there is no file none.pcap");
}

#[tokio::test]
async fn a_replayed_capture_is_stored_as_if_the_devices_had_spoken() {
    let (site, _) = begun().await;
    let server = site.serve().unwrap();
    ends(&site.cli(&["devices", "bind", "868120240000015", "粤B10000"]).unwrap(), 0, "");
    let (pcap, to) = (site.file("field.pcap", field(&site).file()).unwrap(), server.tracker.to_string());
    let replayed = site.cli(&["replay", &pcap, "--to", &to, "-o", "json"]).unwrap();
    ends(&replayed, 0, "real inputs");
    let summary = json(replayed.stdout.trim());
    let counts =
        ["connections", "frames", "refused", "closed", "unanswered"].map(|name| summary[name].clone());
    assert_eq!(counts, [2, 6, 0, 0, 0], "{summary}");
    let again = site.cli(&["replay", &pcap, "--to", &to, "--terminal", "868120240000015", "--speed", "60"]);
    ends(&again.unwrap(), 0, "");
    assert!(server.stop().unwrap().success());
    let stored = site.rows::<Value>(&["positions"]).unwrap();
    let times: Vec<&Value> = stored.iter().map(|row| &row["fix_time"]).collect();
    assert_eq!(times.len(), 3, "played twice, stored once: {times:?}");
}

#[test]
fn a_replay_says_where_it_may_not_or_cannot_go() {
    let site = site();
    let pcap = site.file("field.pcap", field(&site).file()).unwrap();
    ends(&site.cli(&["replay", &pcap, "--to", "127.0.0.1:1"]).unwrap(), 6, "lienwatch serve");
    ends(&site.cli(&["replay", &pcap, "--to", "192.0.2.1:7018"]).unwrap(), 5, "--yes-remote");
    ends(&site.cli(&["replay", "none.pcap", "--to", "127.0.0.1:1"]).unwrap(), 4, "there is no file");
    let other = ["replay", &pcap, "--to", "127.0.0.1:1", "--terminal", "1"];
    ends(&site.cli(&other).unwrap(), 4, "no connection of 1");
    let text = site.file("frames.txt", LOGIN).unwrap();
    ends(&site.cli(&["replay", &text, "--to", "127.0.0.1:1", "--speed", "2"]).unwrap(), 2, "needs a capture");
}

#[test]
fn a_replay_that_is_interrupted_says_how_far_it_came() {
    let site = site();
    let pcap = site.file("field.pcap", field(&site).file()).unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = silent.local_addr().unwrap().to_string();
    let mut replay = std::process::Command::new(stories::program::lienwatch().unwrap());
    replay.args(["replay", &pcap, "--to", &to, "--speed", "0.01", "-o", "json"]);
    let replay = replay.stdout(std::process::Stdio::piped()).spawn().unwrap();
    // It has connected: its first frame is due.
    let _open = silent.accept().unwrap();
    let interrupt = ["-c", "kill -INT \"$1\"", "kill", &replay.id().to_string()];
    assert!(std::process::Command::new("/bin/sh").args(interrupt).status().unwrap().success());
    let output = replay.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let summary = json(String::from_utf8(output.stdout).unwrap().trim());
    assert_eq!(summary["interrupted"], true, "{summary}");
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
    let again = import(
        &first,
        format!("\u{feff}{chinese}"),
        &[AS_OF.as_slice(), &["--dry-run", "-o", "json"]].concat(),
    );
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
async fn a_book_that_has_lost_its_rows_is_told_to_those_who_look_after_feeds_and_changes_nothing() {
    let (site, _) = begun().await;
    let now = ["--as-of", "now"];
    ends(&import(&site, book(10), &now), 0, "");
    ends(&import(&site, book(7), &now), 5, "--yes");
    let alerts: Vec<Value> = site.rows(&["alerts", "list", "--rule", "LOAN_FEED_STALE"]).unwrap();
    let [alert] = &alerts[..] else { panic!("{alerts:?}") };
    let finding = &alert["explanation"]["finding"];
    assert_eq!(
        (&finding["type"], &finding["loans"], &finding["before"]),
        (&"feed_fell".into(), &7.into(), &10.into())
    );
    // The book in force is still the one with ten rows.
    ends(&import(&site, book(9), &["--as-of", "now", "--dry-run"]), 0, "");
    ends(&import(&site, book(7), &["--as-of", "now", "--dry-run"]), 5, "--yes");
    ends(&import(&site, book(7), &["--as-of", "now"]), 5, "--yes");
}

#[tokio::test]
async fn the_newest_book_is_taken_back_once_with_a_reason_and_another_lenders_never() {
    let (site, _) = begun().await;
    let back = |lender: &str, more: &[&str]| {
        site.cli(&[&["import", "rollback", "--lender", lender, "--reason", "旧文件"], more].concat()).unwrap()
    };
    ends(&back("main", &["--yes"]), 4, "No loan book was imported yet");
    ends(&import(&site, book(3), &AS_OF), 0, "");
    ends(&import(&site, book(4), &["--as-of", "2026-11-21T00:00:00Z"]), 0, "");
    ends(&back("other", &["--yes"]), 4, "There are books of: main");
    ends(&site.cli(&["import", "rollback", "--reason", " "]).unwrap(), 2, "--reason");
    // HT-3 is of the second book alone.
    ends(&back("main", &["--dry-run"]), 0, "of 3 loans");
    ends(&pay(&site, "HT-3"), 0, "");
    ends(&back("main", &[]), 2, "--yes");
    ends(&back("main", &["--yes"]), 0, "2026-11-20T00:00:00Z is in force");
    ends(&back("main", &["--yes"]), 5, "not kept");
    let audit = site.rows::<Value>(&["audit", "list"]).unwrap();
    let line = audit.iter().find(|line| line["action"] == "revert_book").expect("a line");
    assert!(line["subject"].as_str().unwrap().ends_with(": 旧文件"), "{line}");
    ends(&import(&site, book(3), &["--as-of", "2026-11-20T12:00:00Z"]), 0, "");
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (site, _) = begun().await;
    let dry = import(&site, book(3), &[AS_OF.as_slice(), &["--dry-run", "-o", "json"]].concat());
    ends(&dry, 0, "");
    assert_eq!(json(&dry.stdout)["new"]["count"], 3);
    let dry = import(&site, book(3), &[AS_OF.as_slice(), &["--dry-run"]].concat());
    ends(&dry, 0, "");
    assert!(dry.stdout.contains("3 new"), "what was asked for is the output: {dry:?}");
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
    let demo = demo.args(["demo", "--seconds", "40", "--data-dir", "elsewhere"]).env("TMPDIR", temp.path());
    let demo = demo.output().unwrap();
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
    assert!(said.contains("--data-dir, --store-url and --config are not used"), "{said}");
    assert!(!Path::new("elsewhere").exists());
    assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 0);
}
