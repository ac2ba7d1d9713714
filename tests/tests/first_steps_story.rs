//! What somebody meets who tries the server for the first time: a port that is taken, a terminal that knocks, a car that is bound
//! twice, and the README's recipe for an alert made by hand.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use serde_json::Value;
use std::net::TcpListener;
use std::time::Duration;
use stories::server::{Output, Site, until};

#[track_caller]
fn ends(output: &Output, code: i32, stderr: &str) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert!(output.stderr.contains(stderr), "no \"{stderr}\" in {output:?}");
}

/// Frames of a car: its login, and what `encode` makes of the words.
fn frames(site: &Site, batches: &[&[&str]]) -> String {
    let encode = ["encode", "gt06"];
    let mut lines = site.done(&[&encode[..], &["login", "--terminal", TERMINAL]].concat()).unwrap();
    for words in batches {
        let place = ["batch", "--terminal", TERMINAL, "--lat", "22.5431"];
        lines += &site.done(&[&encode[..], &place, words].concat()).unwrap();
    }
    lines
}

fn say(site: &Site, lines: &str) {
    let server = site.tracker().to_string();
    ends(&site.cli_reading(lines, &["replay", "-", "--to", &server]).unwrap(), 0, "");
}

#[test]
fn a_start_that_fails_leaves_no_folder_and_says_what_to_do() {
    let site = Site::on_sqlite().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let holder = TcpListener::bind(taken).unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    for (ports, word) in [
        (["--listen", taken.as_str(), "--http", "127.0.0.1:0"], "--listen ADDRESS"),
        (["--listen", "127.0.0.1:0", "--http", taken.as_str()], "--http ADDRESS"),
    ] {
        ends(&site.cli(&[&["serve"][..], &ports].concat()).unwrap(), 7, word);
        assert!(!site.data_dir().exists(), "{ports:?}");
    }
}

#[test]
fn an_empty_list_names_the_port_that_is_open() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let port = format!("port {},", site.tracker().port());
    ends(&site.cli(&["devices", "list"]).unwrap(), 0, &port);
    assert!(server.stop().unwrap().success());
    ends(&site.cli(&["devices", "list"]).unwrap(), 0, &port);
}

#[test]
fn a_binding_that_holds_already_and_a_second_main_device_are_said_to_be_so() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let bind = |terminal: &str, more: &[&str]| {
        site.cli(&[&["devices", "bind", terminal, PLATE][..], more].concat()).unwrap()
    };
    let first = bind(TERMINAL, &[]);
    assert!(!first.stdout.contains("already") && !first.stderr.contains("another"), "{first:?}");
    let again = bind(TERMINAL, &[]);
    assert!(again.stdout.contains("already; nothing changed"), "{again:?}");
    let hidden = bind("868120240000031", &["--role", "backup"]);
    assert!(!hidden.stderr.contains("another"), "{hidden:?}");
    ends(&bind("868120240000023", &[]), 0, &format!("another main device, {TERMINAL}"));
    assert!(server.stop().unwrap().success());
}

#[test]
fn what_lay_in_quarantine_is_of_the_past_and_who_lay_there_was_heard() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    say(&site, &frames(&site, &[&["--lon", "114.0579", "--count", "2", "--live"]]));
    let shown = || site.done(&["devices", "show", TERMINAL]).unwrap();
    let knocked = until("the terminal", WAIT_MAX, || {
        let listed = site.rows::<Value>(&["devices", "list", "--quarantined"])?;
        Ok((listed.len() == 1).then_some(()))
    });
    knocked.unwrap();
    let last_heard =
        |shown: String| shown.lines().find(|line| line.starts_with("last heard")).unwrap().to_owned();
    assert!(last_heard(shown()).ends_with("Z, in quarantine only"), "{}", shown());
    let bound = site.cli(&["devices", "bind", TERMINAL, PLATE]).unwrap();
    ends(&bound, 0, "bind it with --from");
    assert!(shown().contains("last heard       not since it was approved"), "{}", shown());
    assert!(server.stop().unwrap().success());
}

/// The recipe of the README, "An alert made by hand".
#[test]
fn an_alert_is_made_by_hand_as_the_readme_says() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let book = format!("contract,plate,days_past_due\nC-1,{PLATE},10\n");
    let book = site.file("book.csv", book).unwrap();
    site.done(&["import", "loans", &book, "--as-of", "now", "--yes"]).unwrap();
    site.done(&["devices", "bind", TERMINAL, PLATE, "--from", "1h"]).unwrap();
    let stands = ["--lon", "114.0579", "--ignition", "off", "--time", "70s"];
    let drives = ["--lon", "114.0635", "--ignition", "on", "--speed", "36", "--course", "90"];
    let batch = ["--live", "--count", "4", "--every", "10s"];
    say(&site, &frames(&site, &[&[&stands[..], &batch].concat(), &[&drives[..], &batch].concat()]));
    let alert = until("the alert", WAIT_MAX, || {
        let alerts: Vec<Value> =
            site.rows(&["alerts", "list", "--rule", "OVERDUE_MOVED", "--vehicle", PLATE])?;
        Ok(alerts.into_iter().next())
    });
    assert_eq!(alert.unwrap()["state"], "open");

    let of_car = |more: &[&str]| -> Vec<Value> {
        site.rows(&[&["positions", "--vehicle", PLATE][..], more].concat()).unwrap()
    };
    let all = of_car(&[]);
    assert_eq!((all.len(), &all[0]["vehicle"]), (8, &PLATE.into()));
    assert_eq!(of_car(&["--limit", "3"]), all[5..]);
    let newest: Vec<Value> = site.rows(&["positions", "--limit", "2"]).unwrap();
    assert_eq!(newest, all[6..]);
    ends(&site.cli(&["positions", "--vehicle", "粤B99999"]).unwrap(), 4, "粤B99999");

    // Without its server a list is as old as that.
    ends(&site.cli(&["alerts", "list"]).unwrap(), 0, "");
    assert!(!site.cli(&["alerts", "list"]).unwrap().stderr.contains("no server"));
    assert!(server.stop().unwrap().success());
    ends(&site.cli(&["alerts", "list"]).unwrap(), 0, "no server works on ");
}

const TERMINAL: &str = "868120240000015";
const PLATE: &str = "粤B12345";
/// A fold that does not hang is through in two seconds.
const WAIT_MAX: Duration = Duration::from_secs(20);
