//! A loan book of 100,000 rows in GBK, through the desk: read and compared, put in force, and compared again with what is in force.
//!
//! `cargo bench -p web --bench imports --profile dist`: seconds of each step, the most memory that the process had in it, and how much more
//! that is than it held when the step began. The dry run is to take 20 s and 200 MB at the most.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the measurement")]
#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use journal::{ClockSpec, FoldLock, Journal};
use model::staff::{Grant, Role};
use model::{Seq, Timestamp, UserId};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use store::{NewUser, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use web::{Applied, Config, Health, Ports, Sources, Web};

const ROWS: u32 = 100_000;
const TOKEN: &str = "a-session-of-the-measurement";

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), journal::Config::default(), ClockSpec::System).await.unwrap();
    let url = format!("sqlite:{}", folder.path().join("store.db").display());
    let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
    let (stop, stopped) = watch::channel(false);
    let lock = FoldLock::try_take(folder.path()).unwrap().unwrap();
    let config = ::watch::Config::default();
    let mut fold = ::watch::Fold::take(journal.clone(), store.clone(), config, &lock, false).await.unwrap();
    let until = stopped.clone();
    let folding = tokio::spawn(async move { fold.run(until).await.unwrap() });
    let address = serve(&journal, &store, stopped).await;
    log_in(&store, journal.clock().now()).await;

    println!("{ROWS} rows; {} kB before", status_kb("VmRSS"));
    for (round, overdue) in [("a new book", 0), ("one that differs in every tenth row", 10)] {
        let bytes = book(overdue);
        println!("{round}: {} kB in GBK", bytes.len() / 1_000);
        let as_of = journal.clock().now();
        let query = format!("/api/v1/imports?kind=loans&lender=main&as_of={as_of}");
        let measured = Step::begin();
        let answer = post(address, &query, "text/csv", &bytes).await;
        measured.end("dry run");
        drop(bytes);
        let id = answer.split_once("\"id\":\"").unwrap().1.split('"').next().unwrap().to_owned();
        let measured = Step::begin();
        let mut answer =
            post(address, &format!("/api/v1/imports/{id}/apply"), "application/json", b"{}").await;
        while answer.contains("\"state\":\"applying\"") {
            tokio::time::sleep(Duration::from_millis(200)).await;
            answer = ask(address, "GET", &format!("/api/v1/imports/{id}"), "application/json", b"").await;
        }
        assert!(answer.contains("\"state\":\"applied\""), "{answer}");
        measured.end("in force");
    }
    stop.send_replace(true);
    folding.await.unwrap();
}

async fn serve(journal: &Journal, store: &Store, stopped: watch::Receiver<bool>) -> SocketAddr {
    let applied = watch::Sender::new(Applied { seq: Seq(0), at: journal.clock().now(), store_up: true });
    let health = Health {
        journal: journal.clone(),
        journal_health: journal.health_changes(),
        store: watch::Sender::new(Some(store.clone())).subscribe(),
        applied: applied.subscribe(),
        listening: Arc::new(AtomicBool::new(true)),
    };
    let (recorder, wall, ports) = (web::install_recorder().unwrap(), journal.clock(), Ports::closed());
    let (is_demo, has_receiver, reread) = (false, false, web::Reread::nothing());
    let sources = Sources { health, protocols: &[], recorder, wall, is_demo, has_receiver, ports, reread };
    let config = Config { http: "127.0.0.1:0".into(), ..Config::default() };
    let web = Web::bind(&config, sources).await.unwrap();
    let address = web.local_address().unwrap();
    tokio::spawn(async move {
        web.run(stopped).await.unwrap();
        drop(applied);
    });
    address
}

/// Somebody who imports, with a session that this program knows.
async fn log_in(store: &Store, now: Timestamp) {
    let id = UserId("u-1".into());
    let user = NewUser {
        id: id.clone(),
        name: "li".into(),
        display_name: "li".into(),
        role: Role::Admin,
        own: Grant::EVERYTHING,
        password: Some("none".into()),
    };
    store.add_user(&user, now).await.unwrap();
    let hash = hex::encode(Sha256::digest(TOKEN));
    store.open_session(&hash, &id, now, now.plus(86_400_000)).await.unwrap();
}

fn book(overdue_every: u32) -> Vec<u8> {
    let mut text = "合同号,车牌号,逾期天数,逾期金额,剩余本金,风险等级,还款意愿,实际使用人\n".to_owned();
    for row in 0..ROWS {
        let is_overdue = overdue_every > 0 && row % overdue_every == 0;
        let (days, owed) = if is_overdue { (row % 120 + 1, 3_500) } else { (0, 0) };
        writeln!(
            text,
            "HT-2026-{row:07},粤B{:05},{days},{owed}.00,{}.50,B,,王{row}",
            row % 100_000,
            40_000 + row
        )
        .unwrap();
    }
    encoding_rs::GBK.encode(&text).0.into_owned()
}

async fn post(address: SocketAddr, path: &str, kind: &str, body: &[u8]) -> String {
    ask(address, "POST", path, kind, body).await
}

async fn ask(address: SocketAddr, method: &str, path: &str, kind: &str, body: &[u8]) -> String {
    let csrf = hex::encode(Sha256::digest(format!("lienwatch csrf\0{TOKEN}")));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nCookie: lw_session={TOKEN}\r\nX-CSRF-Token: {csrf}\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    answer
}

/// A step that is measured.
struct Step {
    begun: Instant,
    held_kb: u64,
}

impl Step {
    /// The most that was held before is forgotten (proc(5), `clear_refs`).
    fn begin() -> Self {
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        Self { begun: Instant::now(), held_kb: status_kb("VmRSS") }
    }

    fn end(&self, what: &str) {
        let (seconds, peak) = (self.begun.elapsed().as_secs_f64(), status_kb("VmHWM"));
        println!(
            "  {what} after {seconds:.1} s, peak {peak} kB, {} kB more than before",
            peak.saturating_sub(self.held_kb)
        );
    }
}

fn status_kb(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
