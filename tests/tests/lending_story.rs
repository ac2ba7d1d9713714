//! What collection staff do with the command line: lists, contacts, visits, files of events.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use model::time::wall_digits;
use model::{Date, ZoneOffset};
use serde_json::Value;
use std::fmt::Write as _;
use stories::collection::Collection;
use stories::device::now;
use stories::server::Site;

/// Long past due, ten days past due, and due in three.
const DUE: [(&str, i32); 3] = [("HT-0", -100), ("HT-1", -10), ("HT-2", 3)];

async fn lent() -> Site {
    let site = Site::on_sqlite().unwrap();
    Collection::prepare(&site).await.unwrap();
    let (year, month, day, ..) = wall_digits(now(), ZoneOffset::CHINA).unwrap();
    let today =
        Date::new(year.try_into().unwrap(), month.try_into().unwrap(), day.try_into().unwrap()).unwrap();
    let mut book = String::from("contract,plate,oldest_unpaid_due,amount_overdue,principal_outstanding\n");
    for (contract, days) in DUE {
        let due = today.plus_days(days).unwrap();
        let plate = contract.replace("HT-", "粤B1000");
        writeln!(book, "{contract},{plate},{due},3280.00,86400.00").unwrap();
    }
    let file = site.file("book.csv", book).unwrap();
    site.done(&["import", "loans", &file, "--as-of", "now", "--yes"]).unwrap();
    site
}

fn contracts(site: &Site, list: &str) -> Vec<String> {
    let rows: Vec<Value> = site.rows(&["worklist", list]).unwrap();
    rows.iter().map(|row| row["contract"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_call_takes_a_loan_off_the_phone_list_and_lists_show_their_points() {
    let site = lent().await;
    assert_eq!(contracts(&site, "phone"), ["HT-0", "HT-1"], "the riskiest first");
    site.done(&["loan", "contacted", "HT-1", "--channel", "phone", "--result", "no_answer"]).unwrap();
    assert_eq!(contracts(&site, "phone"), ["HT-0"]);
    let rows: Vec<Value> = site.rows(&["worklist", "visit"]).unwrap();
    assert_eq!(rows.len(), 1);
    let factors = rows[0]["factors"].as_str().unwrap();
    let shown: u64 =
        factors.split('+').skip(1).filter_map(|rest| rest.split(',').next()?.parse::<u64>().ok()).sum();
    assert_eq!(rows[0]["score"].as_u64(), Some(shown), "{factors}");
    let csv = site.done(&["worklist", "phone", "-o", "csv"]).unwrap();
    assert!(csv.starts_with("\u{feff}score,contract,") && csv.lines().count() == 2, "{csv}");
    let usage = site.cli(&["loan", "contacted", "HT-1", "--channel", "pigeon", "--result", "sent"]).unwrap();
    assert!(usage.code == Some(2) && usage.stderr.contains("wechat"), "{usage:?}");
}

#[tokio::test]
async fn a_visit_and_special_attention_are_shown_with_the_loan() {
    let site = lent().await;
    let visit =
        ["loan", "visit", "HT-0", "--result", "seen", "--place", "22.5431,114.0579", "--note", "in the yard"];
    site.done(&visit).unwrap();
    site.done(&["loan", "attention", "HT-0", "--reason", "heard of a sale", "--until", "2099-01-01"])
        .unwrap();
    let shown: Value =
        serde_json::from_str(&site.done(&["loan", "show", "HT-0", "-o", "json"]).unwrap()).unwrap();
    assert_eq!((&shown["bucket"], &shown["tier"]), (&"M4".into(), &"severe".into()), "{shown}");
    assert_eq!(shown["dealings"]["attention"]["reason"], "heard of a sale");
    let events = shown["events"].as_array().unwrap();
    assert_eq!((events.len(), &events[1]["event"]), (2, &"visit".into()), "{shown}");
    assert_eq!(events[1]["lat"], 22.5431, "{shown}");
    let words = site.done(&["loan", "show", "HT-0"]).unwrap();
    assert!(words.contains("100 days past due") && words.contains("in the yard"), "{words}");
    let absent = site.cli(&["loan", "show", "HT-9"]).unwrap();
    assert_eq!(absent.code, Some(4), "{absent:?}");
    site.done(&["audit", "verify"]).unwrap();
}

#[tokio::test]
async fn what_other_systems_know_comes_by_file_and_counts_once() {
    let site = lent().await;
    // After the book, which knows what was paid before it; the site's clock is ahead of ours.
    let paid_at = now().plus(3_600_000);
    let rows = format!(
        "合同号,发生时间,事件,详情\n\
         HT-2,2026-11-20 09:00,短信失败,\n\
         HT-1,{paid_at},还款,100.00\n\
         HT-1,2026-11-20 09:00,拖车,\n\
         HT-9,2026-11-20 09:00,扣款失败,\n"
    );
    let file = site.file("events.csv", rows).unwrap();
    let dry = site.cli(&["import", "events", &file, "--dry-run"]).unwrap();
    assert!(dry.code == Some(3) && dry.stdout.contains("1 payment"), "{dry:?}");
    assert_eq!(contracts(&site, "sms-failed"), Vec::<String>::new());
    let imported = site.cli(&["import", "events", &file]).unwrap();
    assert_eq!(imported.code, Some(3), "{imported:?}");
    assert!(imported.stderr.contains("line 4") && imported.stderr.contains("HT-9"), "{imported:?}");
    assert_eq!(contracts(&site, "sms-failed"), ["HT-2"]);
    let again = site.cli(&["import", "events", &file]).unwrap();
    assert!(
        again.code == Some(3) && again.stderr.contains("HT-9"),
        "what is left out is told each time: {again:?}"
    );
    assert!(again.stdout.contains("0 events recorded, 2 were recorded before"), "{again:?}");
    let shown: Value =
        serde_json::from_str(&site.done(&["loan", "show", "HT-1", "-o", "json"]).unwrap()).unwrap();
    assert_eq!(shown["loan"]["amount_overdue"], 318_000, "{shown}");
    let columns = site.rows::<Value>(&["import", "events", "--columns"]).unwrap();
    assert_eq!(columns.len(), 5);
}

#[tokio::test]
async fn addresses_come_with_a_book_once_and_a_promise_that_is_over_is_refused() {
    let site = lent().await;
    let book = "contract,plate,oldest_unpaid_due,住址纬度,住址经度\nHT-2,粤B10002,,22.5431,114.0579\n";
    let file = site.file("addresses.csv", book).unwrap();
    let import = ["import", "loans", &file, "--as-of", "now", "--delta", "--yes"];
    let told = site.done(&import).unwrap();
    assert!(told.contains("addresses: 1 event recorded"), "{told}");
    let again = site.done(&import).unwrap();
    assert!(!again.contains("addresses"), "the same each day is no news: {again}");
    let shown: Value =
        serde_json::from_str(&site.done(&["loan", "show", "HT-2", "-o", "json"]).unwrap()).unwrap();
    assert!(shown["filed"]["home"]["lat"] == 22.5431 && shown["filed"]["work"].is_null(), "{shown}");
    assert_eq!((&shown["hints"], &shown["course"]), (&Value::Array(Vec::new()), &Value::Null));
    let past =
        site.cli(&["loan", "event", "promise", "--contract", "HT-1", "--until", "2020-01-01"]).unwrap();
    assert!(past.code == Some(5) && past.stderr.contains("2020-01-01 is past"), "{past:?}");
    assert_eq!(contracts(&site, "phone"), ["HT-0", "HT-1"], "nothing is held by it");
}
