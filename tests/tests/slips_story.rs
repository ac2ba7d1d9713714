//! What the command line says to whoever mistyped a name, asks for what nobody knows, or does not see that the server is gone.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use stories::device::{Device, now, position};
use stories::rows::Rows;
use stories::server::{Output, Server, Site, signal, until};

#[track_caller]
fn ends(output: &Output, code: i32, stderr: &str) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert!(output.stderr.contains(stderr), "no \"{stderr}\" in {output:?}");
}

#[track_caller]
fn says_nothing_of(output: &Output, word: &str) {
    assert!(!output.stderr.contains(word), "\"{word}\" in {output:?}");
}

/// A site with a server; `main` has a book of one loan that is past due, without sums.
fn with_a_loan() -> (Site, Server) {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let book = site.file("book.csv", format!("contract,plate,days_past_due\nC-1,{PLATE},10\n")).unwrap();
    site.done(&["import", "loans", &book, "--as-of", "now", "--yes"]).unwrap();
    (site, server)
}

/// What the audit log has of an action: actor left out.
fn audited(site: &Site, action: &str) -> Vec<(String, String)> {
    let rows: Vec<Value> = site.rows(&["audit", "list", "--action", action]).unwrap();
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "subject"), text(row, "outcome"))).collect()
}

#[test]
fn an_invitation_leads_to_where_the_server_answers() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let link = |arguments: &[&str]| site.cli(&[&["user"][..], arguments].concat()).unwrap();
    let answers_at = format!("http://{}/invite#", server.http);
    let added = link(&["add", "li.wei", "--role", "ops", "--all-lenders"]);
    assert!(added.stdout.starts_with(&answers_at), "{added:?}");
    assert!(link(&["passwd", "li.wei"]).stdout.starts_with(&answers_at));
    // A server that has left no word, as one of an older build.
    std::fs::remove_file(site.data_dir().join("http.address")).unwrap();
    let unknown = link(&["passwd", "li.wei"]);
    assert!(unknown.stdout.starts_with("/invite#"), "{unknown:?}");
    ends(&unknown, 0, "put its address before this path");
    assert!(server.stop().unwrap().success());
}

#[test]
fn a_vehicle_and_a_terminal_that_nobody_knows_are_bound_and_said_to_be_new() {
    let (site, server) = with_a_loan();
    let bind = |terminal: &str, vehicle: &str| site.cli(&["devices", "bind", terminal, vehicle]).unwrap();
    let new = bind(TERMINAL, "粤B12354");
    ends(&new, 0, "粤B12354 is a new vehicle: no loan book and no other binding has it");
    ends(&new, 0, &format!("terminal {TERMINAL} was never heard yet"));
    says_nothing_of(&new, "check digit");
    ends(&bind("868120240000023", "粤B12354"), 0, "粤B12354 is in no loan book");
    let slip = bind("868120240000030", PLATE);
    says_nothing_of(&slip, "loan book");
    ends(&slip, 0, "its last digit is not the check digit of an IMEI");
    site.done(&["devices", "unbind", TERMINAL]).unwrap();
    let (begun, ended) = (audited(&site, "bind"), audited(&site, "unbind"));
    assert_eq!((begun.len(), ended.len()), (3, 1), "{begun:?} {ended:?}");
    assert!(ended[0].0.starts_with(&format!("{TERMINAL} on 粤B12354 from ")), "{ended:?}");
    assert!(ended[0].0.contains(" to "), "{ended:?}");
    assert!(server.stop().unwrap().success());
}

#[test]
fn what_is_rejected_is_in_every_form_of_the_list() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let mut device = Device::login(&server, "gt06", TERMINAL).unwrap();
    // More than are read at once.
    for second in 0..250 {
        device.report(&position(now().plus(second * 1_000), 22.5, 114.0, 0).unwrap()).unwrap();
    }
    assert!(server.stop().unwrap().success());
    let in_form = |form: &str| site.done(&["positions", "--include", "rejected", "-o", form]).unwrap();
    let lines = in_form("ndjson");
    let seq = |line: &str| serde_json::from_str::<Value>(line).unwrap()["seq"].as_i64().unwrap();
    let seqs: Vec<i64> = lines.lines().map(seq).collect();
    assert!(seqs.len() >= 250 && seqs.is_sorted_by(|one, other| one < other), "{seqs:?}");
    let of_lines = seqs.len();
    let whole: Value = serde_json::from_str(&in_form("json")).unwrap();
    assert_eq!(whole.as_array().unwrap().len(), of_lines);
    assert_eq!(whole[0]["rejected"], "quarantine");
    assert_eq!(in_form("csv").lines().count(), of_lines + 1, "{}", in_form("csv"));
    assert_eq!(in_form("table").lines().count(), of_lines + 1, "{}", in_form("table"));
}

#[test]
fn who_watches_alerts_hears_that_the_server_has_stopped_and_that_one_works_again() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let told = site.file("told.txt", "").unwrap();
    let mut watch = Command::new(stories::program::lienwatch().unwrap());
    watch.args(["alerts", "watch", "--store-url", site.store_url(), "--data-dir"]).arg(site.data_dir());
    watch.stdin(Stdio::null()).stdout(Stdio::null()).stderr(std::fs::File::create(&told).unwrap());
    let mut watch = watch.spawn().unwrap();
    let says = |word: &str| {
        until(word, QUIET_MAX, || Ok(std::fs::read_to_string(&told)?.contains(word).then_some(()))).unwrap();
    };
    says("live alerts first");
    assert!(server.stop().unwrap().success());
    says("no server works on ");
    says("This goes on waiting");
    let server = site.serve().unwrap();
    says(" again");
    signal(watch.id(), "INT").unwrap();
    assert_eq!(watch.wait().unwrap().code(), Some(130));
    assert!(server.stop().unwrap().success());
}

#[test]
fn a_list_of_devices_or_commands_without_a_server_says_how_old_it_is() {
    let (site, server) = with_a_loan();
    site.done(&["devices", "bind", TERMINAL, PLATE]).unwrap();
    let commands = [&["devices", "list"][..], &["devices", "show", TERMINAL], &["command", "list"]];
    for command in commands {
        says_nothing_of(&site.cli(command).unwrap(), "no server");
    }
    // It was entered, and never heard.
    assert!(site.done(&["devices", "show", TERMINAL]).unwrap().contains("never heard"));
    let listed: Vec<Value> = site.rows(&["devices", "list"]).unwrap();
    assert_eq!(listed[0]["first_seen"], Value::Null);
    assert!(site.done(&["devices", "list"]).unwrap().contains(" never "));
    let mut device = Device::login(&server, "gt06", TERMINAL).unwrap();
    device.report(&position(now(), 22.5, 114.0, 0).unwrap()).unwrap();
    assert!(server.stop().unwrap().success());
    for command in commands {
        ends(&site.cli(command).unwrap(), 0, "no server works on ");
    }
    // Heard later than it was entered.
    let listed: Vec<Value> = site.rows(&["devices", "list"]).unwrap();
    let [bound] = &audited(&site, "bind")[..] else { unreachable!() };
    let entered = bound.0.rsplit(' ').next().unwrap();
    assert!(listed[0]["first_seen"].as_str().unwrap() > entered, "{listed:?} {bound:?}");
}

#[test]
fn a_sum_that_the_book_does_not_state_is_no_zero() {
    let (site, server) = with_a_loan();
    let shown = site.done(&["loan", "show", "C-1"]).unwrap();
    assert!(shown.contains("overdue —, principal —"), "{shown}");
    let shown: Value =
        serde_json::from_str(&site.done(&["loan", "show", "C-1", "-o", "json"]).unwrap()).unwrap();
    let loan = &shown["loan"];
    assert_eq!((&loan["amount_overdue"], &loan["principal_outstanding"]), (&Value::Null, &Value::Null));
    assert!(server.stop().unwrap().success());
}

#[test]
fn a_name_that_nothing_has_is_no_empty_answer() {
    let (site, server) = with_a_loan();
    let run = |words: &[&str]| site.cli(words).unwrap();
    ends(&run(&["rules", "list", "--lender", "nosuch"]), 4, "the lender nosuch. There are books of: main");
    ends(&run(&["rules", "list", "--lender", "main"]), 0, "everybody's");
    ends(&run(&["alerts", "list", "--vehicle", "粤B00000"]), 4, "粤B00000");
    says_nothing_of(&run(&["alerts", "list", "--vehicle", PLATE]), "error");
    let add =
        |name: &str, lender: &str| run(&["user", "add", name, "--role", "collector", "--lender", lender]);
    ends(&add("li.wei", "nosuch"), 0, "no loan book is of the lender nosuch");
    says_nothing_of(&add("wang", "main"), "no loan book");
    assert!(server.stop().unwrap().success());
}

#[test]
fn the_purposes_are_those_of_the_desk() {
    let (site, server) = with_a_loan();
    let asked = |purpose: &str| site.cli(&["positions", "--purpose", purpose]).unwrap();
    ends(&asked("curiosity"), 2, "collect, verify, legal, ops");
    ends(&asked("legal"), 0, "");
    assert!(server.stop().unwrap().success());
}

#[test]
fn what_was_asked_for_and_not_shown_is_said_to_have_failed_in_the_audit_log() {
    let (site, server) = with_a_loan();
    ends(&site.cli(&["explain", "粤B00000"]).unwrap(), 4, "粤B00000");
    ends(&site.cli(&["loan", "show", "C-9"]).unwrap(), 4, "C-9");
    let failed = audited(&site, "read_failed");
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert!(failed[0].0.starts_with("loan C-9: ") && failed[0].1 == "failed", "{failed:?}");
    assert!(failed[1].0.starts_with("explain vehicle=粤B00000 ") && failed[1].1 == "failed", "{failed:?}");
    assert!(server.stop().unwrap().success());
}

#[test]
fn a_file_that_is_not_there_is_not_read_as_hex() {
    let site = Site::on_sqlite().unwrap();
    for name in ["nosuch.log", "logs/nosuch", "868120240000015.txt"] {
        ends(&site.cli(&["decode", name]).unwrap(), 4, &format!("{name}: there is no such file"));
    }
    ends(&site.cli(&["decode", "78zz"]).unwrap(), 3, "");
}

#[tokio::test]
async fn explain_tells_every_time_in_the_zone_in_which_it_reads_them() {
    let (site, server) = with_a_loan();
    // It has listened from its first tick on, which comes a moment after its ports are open: all above may be over before.
    let deadline = Instant::now() + QUIET_MAX;
    while Rows::of(site.store_url(), &[]).await.unwrap().count("coverage").unwrap() == 0 {
        assert!(Instant::now() < deadline, "no tick came");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let early = site.cli(&["explain", PLATE, "--at", "2020-01-01"]).unwrap();
    ends(&early, 4, "2020-01-01 00:00:00+08:00 lies before everything");
    ends(&early, 4, "read as 2020-01-01 00:00:00+08:00 (Asia/Shanghai)");
    says_nothing_of(&early, "Z");
    assert!(server.stop().unwrap().success());
    let late = site.cli(&["explain", PLATE]).unwrap();
    ends(&late, 0, "no server works on ");
    let age = late.stderr.split("as of ").nth(1).unwrap();
    assert!(age.split(',').next().unwrap().ends_with("+08:00"), "{late:?}");
}

#[test]
fn a_demo_listens_where_it_is_told_to() {
    let site = Site::on_sqlite().unwrap();
    let at = site.tracker().to_string();
    let demo = Command::new(stories::program::lienwatch().unwrap())
        .args(["demo", "--seconds", "2", "--listen", &at, "--http", "127.0.0.1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8(demo.stderr).unwrap();
    assert!(demo.status.success(), "{said}");
    assert!(said.contains(&format!("trackers   {at}")) && !said.contains("127.0.0.1:8080"), "{said}");
    ends(&site.cli(&["demo", "--http", "8080"]).unwrap(), 2, "127.0.0.1:8080");
}

const TERMINAL: &str = "868120240000015";
const PLATE: &str = "粤B12345";
/// A server that is silent is missed after thirteen seconds.
const QUIET_MAX: Duration = Duration::from_secs(40);
