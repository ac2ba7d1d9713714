//! A dead man's switch outside is held as long as the server's own device is heard all the way into the store.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use stories::postgres::Postgres;
use stories::server::{ALONE, Site};

/// Somebody outside who counts how often the switch is held.
fn outside() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ping/secret", listener.local_addr().unwrap());
    let (sender, holds) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut head) = (stream.unwrap(), [0; 1024]);
            let read = stream.read(&mut head).unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            let head = head.get(..read).unwrap();
            if sender.send(String::from_utf8_lossy(head).into_owned()).is_err() {
                return;
            }
        }
    });
    (url, holds)
}

fn held_by(site: Site, url: &str) -> Site {
    let switch = format!("LIENWATCH_NOTIFY__SWITCH_URL={url}");
    site.launched_by(&["/usr/bin/env", &switch, "LIENWATCH_NOTIFY__WEBHOOK_ALLOW_PRIVATE=true"])
}

/// Whether a step of the last round failed.
fn failed(metrics: &str, step: &str) -> bool {
    metrics.contains(&format!("lienwatch_watchdog_failed{{step=\"{step}\"}} 1"))
}

#[tokio::test]
async fn the_switch_is_held_while_all_is_well_and_let_go_with_the_store() {
    let _alone = ALONE.lock().await;
    let (url, holds) = outside();
    let postgres = Postgres::start().unwrap();
    let site = held_by(Site::at(&postgres.create_database("switch").await.unwrap()).unwrap(), &url);
    let server = site.serve().unwrap();
    let head = holds.recv_timeout(HELD_MAX).unwrap();
    assert!(head.starts_with("POST /ping/secret HTTP/1.1"), "{head}");
    // Before that its position was in the store; people are not shown it as one of a car.
    let positions = |of: &[&str]| -> Vec<serde_json::Value> {
        let asked = ["positions", "--purpose", "ops", "-o", "json"];
        serde_json::from_str(&site.cli(&[&asked[..], of].concat()).unwrap().stdout).unwrap()
    };
    let own = positions(&["--terminal", "001017000000018"]);
    assert!(own.iter().any(|row| row["fixed"] == true && row["vehicle"].is_null()), "{own:?}");
    assert_eq!(positions(&[]), Vec::<serde_json::Value>::new());
    let metrics = server.get("/metrics").unwrap().1;
    assert!(metrics.contains("lienwatch_watchdog_well 1") && !failed(&metrics, "fold"), "{metrics}");
    assert!(server.stop().unwrap().success());
    let log = site.log().unwrap();
    assert!(!log.contains("secret"), "{log}");

    // A new server without its store: trackers are served, and the switch is not held.
    postgres.stop_immediate().unwrap();
    let server = site.serve().unwrap();
    let log = || site.log().unwrap();
    let let_go = stories::server::until("the switch let go", LET_GO_MAX, || {
        Ok(log().contains("the switch outside is not held").then_some(()))
    });
    let_go.unwrap();
    let metrics = server.get("/metrics").unwrap().1;
    assert!(metrics.contains("lienwatch_watchdog_well 0") && failed(&metrics, "fold"), "{metrics}");
    assert!(holds.try_recv().is_err());
    drop(server);
    postgres.start_again().unwrap();
}

/// The first round begins with the server.
const HELD_MAX: Duration = Duration::from_secs(30);
/// The fold has half a minute for what the device said.
const LET_GO_MAX: Duration = Duration::from_mins(1);
