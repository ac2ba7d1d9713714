//! Who listens is told what changes, once, and only what is theirs; who falls behind or is locked out is told that.

use super::super::feed::{DEVICES_EVERY, Feeder, feed};
use super::super::hub::Hub;
use super::super::topics::StreamQuery;
use super::*;
use crate::Applied;
use crate::scope::tests::given;
use crate::testing::town::{DRIVES, NORTHERN, STRANGER, TERMINAL, Town, plain};
use crate::testing::{Office, Person};
use axum::extract::Query;
use axum::http::{HeaderValue, Request};
use model::staff::Role;
use model::{Alarm, Position};
use std::sync::Arc;
use tokio::time::timeout;

/// A desk with a town whose streams are fed by hand.
struct Newsroom {
    office: Office,
    desk: Desk,
    feeder: Feeder,
}

impl Newsroom {
    async fn open(alerts_max: usize) -> Self {
        let office = Office::open().await;
        let desk = Desk { hub: Arc::new(Hub::with_room(alerts_max)), ..office.desk.clone() };
        let feeder = Feeder::at(&desk);
        let mut newsroom = Self { office, desk, feeder };
        Town::build(&newsroom.office).await;
        newsroom.step().await;
        newsroom
    }

    /// The fold has moved on, and the feed looks.
    async fn step(&mut self) {
        self.office.settle().await;
        let seq = self.office.store.place().await.unwrap().unwrap().0.applied;
        self.office.applied.send_replace(Applied { seq, at: self.office.now(), store_up: true });
        self.feeder.step(&self.desk, &self.office.store).await.unwrap();
    }

    async fn listener(&self, who: &Person, query: &str, last: Option<&str>) -> Listener {
        let mut headers = who.headers.clone();
        if let Some(last) = last {
            headers.insert(LAST_EVENT_ID, HeaderValue::from_str(last).unwrap());
        }
        let uri: Uri = format!("/api/v1/stream{query}").parse().unwrap();
        let caller = authentication::look_again(&self.desk, &headers, &uri).await.unwrap();
        let Query(asked) = Query::<StreamQuery>::try_from_uri(&uri).unwrap();
        let topics = Topics::of(&asked, &caller).unwrap();
        let seat = self.desk.hub.seats.take(&caller.user).unwrap();
        let (mut parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
        parts.headers = headers;
        Listener::new(self.desk.clone(), caller, topics, (seat, &parts))
    }

    /// A note on the alert of that terminal's car, by which it changes.
    async fn note(&mut self, by: &Person, alert: &str) {
        let said = json!({ "note": "seen" });
        let answer = self.office.send(by, "POST", &format!("/alerts/{alert}/note"), &said).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        self.step().await;
    }

    async fn removed(&mut self, terminal: &str) {
        let alarms = [Alarm::Removed].into_iter().collect();
        self.office.clock_moves(60_000);
        let now = self.office.now();
        let mut town = Town::goes_on(&self.office);
        town.heard(
            terminal,
            vec![model::Event::Position(Box::new(Position { alarms, ..plain(now, 8_850, 0) }))],
        )
        .await;
        town.tick().await;
        self.step().await;
    }

    /// The id of the alert of the device that was taken off the car.
    async fn alert(&self, who: &Person) -> String {
        let listed = self.office.get(who, "/alerts?rule=TAMPER_LIGHT").await.json();
        listed["data"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// What is told at once, as it is written; none if nothing is.
async fn told(listener: &mut Listener) -> Vec<String> {
    let mut told = Vec::new();
    while let Ok(event) = timeout(Duration::from_millis(300), listener.next()).await {
        let Some(event) = event else {
            told.push("over".to_owned());
            break;
        };
        told.push(format!("{event:?}"));
    }
    told
}

fn kinds(told: &[String]) -> Vec<&str> {
    let kind = |event: &str| {
        ["alert", "gone", "counts", "position", "device", "health", "resync", "end", "problem"]
            .into_iter()
            .find(|kind| event.contains(&format!("event: {kind}")))
    };
    told.iter().map(|event| kind(event).unwrap_or("over")).collect()
}

/// The id of the last event that has one.
fn last_id(told: &[String]) -> String {
    let id = |event: &String| {
        let rest = event.split_once("id: ")?.1;
        Some(
            rest.chars()
                .take_while(|letter| letter.is_ascii_alphanumeric() || "-.".contains(*letter))
                .collect(),
        )
    };
    told.iter().rev().find_map(id).unwrap()
}

#[tokio::test]
async fn what_changes_is_told_once_to_whose_it_is_and_again_to_who_was_away() {
    let mut news = Newsroom::open(64).await;
    let li = news.office.person_for(Role::Collector, Some(&["main"])).await;
    let north = news.office.person_for(Role::Collector, Some(&["north"])).await;
    let mut theirs = news.listener(&li, "?topics=alerts", None).await;
    let mut others = news.listener(&north, "?topics=alerts", None).await;
    let first = told(&mut theirs).await;
    assert_eq!(kinds(&first), ["counts"], "{first:?}");
    told(&mut others).await;
    news.removed(TERMINAL).await;
    let opened = told(&mut theirs).await;
    assert_eq!(kinds(&opened)[0], "alert", "{opened:?}");
    assert!(opened[0].contains("TAMPER_LIGHT") && opened[0].contains("B10001"), "{opened:?}");
    assert!(!kinds(&told(&mut others).await).contains(&"alert"));

    // Away for a moment: what happened since is told, and nothing before it.
    let at = last_id(&opened);
    drop(theirs);
    let alert = news.alert(&li).await;
    news.note(&li, &alert).await;
    let mut back = news.listener(&li, "?topics=alerts", Some(&at)).await;
    let missed = told(&mut back).await;
    assert_eq!(kinds(&missed).iter().filter(|kind| **kind == "alert").count(), 1, "{missed:?}");
    assert!(!kinds(&missed).contains(&"resync"), "{missed:?}");
    let mut of_others = news.listener(&li, "?topics=alerts", Some("abcdef-1.1")).await;
    assert_eq!(kinds(&told(&mut of_others).await)[0], "resync");
    news.office.close().await;
}

#[tokio::test]
async fn who_is_too_far_behind_reads_everything_again_and_nothing_waits_for_them() {
    let mut news = Newsroom::open(2).await;
    let li = news.office.person(Role::Supervisor).await;
    news.removed(TERMINAL).await;
    let alert = news.alert(&li).await;
    // This one reads nothing for a while.
    let mut slow = news.listener(&li, "?topics=alerts", None).await;
    told(&mut slow).await;
    for _ in 0..4 {
        news.note(&li, &alert).await;
    }
    assert!(slow.ready.is_empty(), "nothing is kept for who does not read");
    let behind = told(&mut slow).await;
    assert_eq!(kinds(&behind)[0], "resync", "{behind:?}");
    assert!(!kinds(&behind).contains(&"alert"), "{behind:?}");
    // From there on it goes on as before.
    news.note(&li, &alert).await;
    let on = told(&mut slow).await;
    assert_eq!(kinds(&on)[0], "alert", "{on:?}");
    news.office.close().await;
}

#[tokio::test]
async fn who_is_locked_out_or_has_other_rights_hears_it_at_the_next_look() {
    let mut news = Newsroom::open(64).await;
    let li = news.office.person_for(Role::Collector, Some(&["main"])).await;
    let mut listener = news.listener(&li, "?topics=alerts", None).await;
    told(&mut listener).await;
    let out = news.office.send(&li, "POST", "/logout", &json!({})).await;
    assert!(out.status.is_success(), "{}", out.status);
    listener.beats.checked = None;
    let told_now = told(&mut listener).await;
    assert_eq!(kinds(&told_now), ["end", "over"], "{told_now:?}");
    news.removed(TERMINAL).await;
    assert_eq!(told(&mut listener).await, ["over"]);
    news.office.close().await;
}

#[tokio::test]
async fn a_car_is_drawn_once_however_often_it_reports_and_that_it_was_seen_is_written_down_first() {
    let mut news = Newsroom::open(64).await;
    let li = news.office.person_for(Role::Collector, Some(&["main"])).await.with("x-purpose", "collect");
    let mut listener = news.listener(&li, "?topics=positions", None).await;
    told(&mut listener).await;
    let lines = news.office.audit().await.len();
    // The feed is asked for positions from now on.
    news.step().await;
    sleep(POSITIONS_EVERY).await;
    for _ in 0..5 {
        news.office.clock_moves(10_000);
        let now = news.office.now();
        let mut town = Town::goes_on(&news.office);
        for terminal in [TERMINAL, STRANGER] {
            town.heard(terminal, vec![model::Event::Position(Box::new(plain(now, 8_850, 0)))]).await;
        }
    }
    news.step().await;
    sleep(POSITIONS_EVERY).await;
    let drawn = told(&mut listener).await;
    assert_eq!(kinds(&drawn), ["position"], "{drawn:?}");
    assert!(drawn[0].contains("B10001"), "{drawn:?}");
    let audit = news.office.audit().await;
    assert!(audit[lines..].iter().any(|line| line.contains(DRIVES)), "{audit:?}");
    news.office.close().await;
}

#[tokio::test]
async fn that_devices_changed_is_told_to_who_looks_after_them_and_not_what() {
    let mut news = Newsroom::open(64).await;
    let (ops, collector) = (news.office.person(Role::Ops).await, news.office.person(Role::Collector).await);
    let mut theirs = news.listener(&ops, "?topics=quarantine", None).await;
    let mut others = news.listener(&collector, "?topics=devices", None).await;
    sleep(DEVICES_EVERY).await;
    news.step().await;
    // How they are at the beginning is no news.
    assert_eq!((told(&mut theirs).await.len(), told(&mut others).await.len()), (0, 0));
    sleep(DEVICES_EVERY).await;
    news.step().await;
    assert!(told(&mut theirs).await.is_empty(), "nothing changed");

    let mut town = Town::goes_on(&news.office);
    town.bind(TERMINAL, NORTHERN).await;
    sleep(DEVICES_EVERY).await;
    news.step().await;
    let heard = told(&mut theirs).await;
    assert_eq!(kinds(&heard), ["device"], "{heard:?}");
    assert!(!heard[0].contains(TERMINAL), "{heard:?}");
    assert!(told(&mut others).await.is_empty());
    // Who was away cannot know, and reads again.
    let place = format!("{}-0.0", news.desk.hub.epoch);
    let mut back = news.listener(&ops, "?topics=devices", Some(&place)).await;
    assert_eq!(kinds(&told(&mut back).await), ["device"]);
    news.office.close().await;
}

#[tokio::test]
async fn what_happens_in_other_regions_is_not_told() {
    let mut news = Newsroom::open(64).await;
    let here = given(None, Some(&["粤"]));
    let there = given(None, Some(&["浙"]));
    let mut listeners = Vec::new();
    for grant in [here, there] {
        let who = news.office.person_given(Role::Collector, grant).await.with("x-purpose", "collect");
        let mut listener = news.listener(&who, "?topics=alerts,positions", None).await;
        told(&mut listener).await;
        listeners.push(listener);
    }
    news.step().await;
    sleep(POSITIONS_EVERY).await;
    news.removed(TERMINAL).await;
    sleep(POSITIONS_EVERY).await;
    let [theirs, others] = listeners.as_mut_slice() else { unreachable!() };
    let heard = told(theirs).await;
    for kind in ["alert", "position"] {
        assert!(kinds(&heard).contains(&kind), "{kind}: {heard:?}");
    }
    let heard = told(others).await;
    assert!(!heard.iter().any(|event| event.contains("B10001")), "{heard:?}");
    for kind in ["alert", "gone", "position"] {
        assert!(!kinds(&heard).contains(&kind), "{kind}: {heard:?}");
    }
    news.office.close().await;
}

#[tokio::test]
async fn streams_end_with_the_server_and_nobody_takes_all_of_them() {
    let office = Office::open().await;
    let (stop, stopped) = watch::channel(false);
    let feed = tokio::spawn(feed(office.desk.clone(), stopped));
    let li = office.person(Role::Collector).await;
    let mut open = Vec::new();
    for _ in 0..6 {
        let answer = office.open_answer(&li, "GET", "/stream", None).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        open.push(answer);
    }
    assert_eq!(office.get(&li, "/stream").await.code(), (429, "too_many_requests".into()));
    let mute = office.get(&li, "/stream?topics=positions").await;
    assert_eq!(mute.code(), (403, "purpose_required".into()));
    stop.send_replace(true);
    for answer in open {
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX);
        timeout(Duration::from_secs(10), body).await.unwrap().unwrap();
    }
    feed.abort();
    office.close().await;
}
