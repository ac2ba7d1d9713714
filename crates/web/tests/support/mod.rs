//! A web server on a free port with a real journal and store, whose parts can be put down by hand.

#![expect(dead_code, reason = "each test program uses a part of it")]

use journal::{Clock, ClockSpec, Journal};
use model::alert::{LoanSnapshot, Notice, Triage};
use model::finding::Finding;
use model::loan::{Dealings, Standing};
use model::{
    About, Alert, AlertId, AlertState, ContractId, Coordinates, Explanation, Input, LenderId, Loan, Rule,
    Seq, Severity, TerminalId, Timestamp, VehicleId, WithdrawReason,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::{Batch, Cursor, OutboxRow, Store, TerminalRow, TerminalStatus};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use web::{Applied, Config, Health, PrometheusHandle, Sources, Web, WebError};

const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);
/// What no page may show.
pub(crate) const SECRETS: [&str; 4] = ["粤B12345", "868120240000015", "CONTRACT-778", "225431"];

pub(crate) struct Desk {
    pub(crate) address: Option<SocketAddr>,
    pub(crate) journal_health: watch::Sender<journal::Health>,
    pub(crate) store: watch::Sender<Option<Store>>,
    pub(crate) applied: watch::Sender<Applied>,
    pub(crate) listening: Arc<AtomicBool>,
    journal: Journal,
    health: Health,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), WebError>>,
    _folder: tempfile::TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::open_at("127.0.0.1:0").await
    }

    pub(crate) async fn open_at(http: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: NOW };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let journal_health = watch::Sender::new(journal::Health::Ok);
        let store = watch::Sender::new(Some(store));
        let applied = watch::Sender::new(Applied { seq: Seq(0), at: NOW, store_up: true });
        let listening = Arc::new(AtomicBool::new(true));
        let health = Health {
            journal: journal.clone(),
            journal_health: journal_health.subscribe(),
            store: store.subscribe(),
            applied: applied.subscribe(),
            listening: Arc::clone(&listening),
        };
        let web = bound(http, &health).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let address = web.local_address();
        let task = tokio::spawn(web.run(stopped));
        Self {
            address,
            journal_health,
            store,
            applied,
            listening,
            journal,
            health,
            stop,
            task,
            _folder: folder,
        }
    }

    pub(crate) async fn bind(&self, http: &str) -> Result<Web, WebError> {
        bound(http, &self.health).await
    }

    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.task).await.unwrap().unwrap().unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut socket = TcpStream::connect(self.address.unwrap()).await.unwrap();
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut text = Vec::new();
        timeout(PATIENCE, socket.read_to_end(&mut text)).await.unwrap().unwrap();
        let text = String::from_utf8(text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Answer { status, headers, body: body.to_owned() }
    }

    /// The parts that `/readyz` says are not ok.
    pub(crate) async fn down(&self) -> Vec<String> {
        let answer = self.get("/readyz").await;
        let parts: BTreeMap<String, serde_json::Value> = serde_json::from_str(&answer.body).unwrap();
        let down = parts.iter().filter(|(_, part)| part["ok"] == false);
        let down: Vec<_> = down.map(|(name, _)| name.clone()).collect();
        assert_eq!(parts["ready"], down.is_empty());
        assert_eq!(answer.status, if down.is_empty() { 200 } else { 503 });
        down
    }

    pub(crate) fn clock_moves(&self, ms: i64) {
        let clock = self.journal.clock();
        clock.step_to(clock.now().plus(ms));
    }

    pub(crate) async fn append(&self, inputs: usize) -> Seq {
        let tick = Input::Tick { listening: true };
        self.journal.append(vec![tick.into(); inputs]).await.unwrap()
    }

    /// One open alert with its entry, one terminal, seven stored positions.
    pub(crate) async fn fill(&self) {
        self.append(1).await;
        let terminal = TerminalRow {
            terminal: TerminalId::parse("868120240000015").unwrap(),
            protocol: "gt06".into(),
            status: TerminalStatus::Approved,
            first_seen: NOW,
            first_seq: Seq(1),
            approved_at: None,
            first_fix_at: None,
            profile: model::Profile::default(),
        };
        let entry = OutboxRow::of_alert(Seq(1), alert(AlertState::Open), Notice::Opened, NOW);
        let batch = Batch {
            terminals: vec![terminal],
            outbox: vec![entry],
            alerts: vec![(Seq(1), alert(AlertState::Open))],
            counters: vec![("stored", 7)],
            ..Batch::default()
        };
        self.commit(batch).await;
    }

    pub(crate) async fn withdraw(&self) {
        let withdrawn = alert(AlertState::Withdrawn { reason: WithdrawReason::Paid, at: NOW });
        self.commit(Batch { alerts: vec![(Seq(2), withdrawn)], ..Batch::default() }).await;
    }

    async fn commit(&self, batch: Batch) {
        let store = self.store.borrow().clone().unwrap();
        let (cursor, mark): (Cursor, _) = store.claim(self.journal.id().as_str()).await.unwrap();
        store.commit(&cursor, Seq(cursor.applied.0 + 1), &mark, batch).await.unwrap();
    }
}

async fn bound(http: &str, health: &Health) -> Result<Web, WebError> {
    let config = Config { http: http.into(), ..Config::default() };
    let (health, wall) = (health.clone(), Clock::system());
    let ports = web::Ports::closed();
    let (is_demo, has_receiver, recorder) = (false, true, recorder());
    let reread = web::Reread::nothing();
    let sources = Sources { health, protocols: &[], recorder, wall, is_demo, has_receiver, ports, reread };
    Web::bind(&config, sources).await
}

/// One recorder a process.
fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| web::install_recorder().unwrap()).clone()
}

fn alert(state: AlertState) -> Alert {
    let vehicle = VehicleId::parse("粤B12345").unwrap();
    let place = Coordinates::from_degrees(22.5431, 114.0579).unwrap();
    Alert {
        id: AlertId("a1".into()),
        rule: Rule::OverdueMoved,
        about: About::Vehicle(vehicle),
        episode: NOW,
        severity: Severity::P1,
        state,
        version: 1,
        opened_at: NOW,
        event_time: NOW,
        cleared_at: None,
        told_at: None,
        told_again_at: None,
        triage: Triage::default(),
        explanation: Explanation {
            finding: Finding::Moved {
                anchor: place,
                parked_since: NOW,
                left_at: NOW,
                distance_m: 900,
                threshold_m: 200,
                speed_max_tenths_kmh: 400,
                score: model::finding::MovementScore::default(),
                destination: None,
            },
            fixes_used: Vec::new(),
            fixes_rejected: Vec::new(),
            loan: Some(LoanSnapshot {
                loan: loan(vehicle),
                standing: Standing::Current,
                fresh: true,
                dealings: Dealings::default(),
                course: None,
                book_as_of: None,
            }),
            rule_set: "default".into(),
            rules_version: 1,
        },
    }
}

fn loan(vehicle: VehicleId) -> Loan {
    Loan::bare(ContractId("CONTRACT-778".into()), LenderId("lender".into()), vehicle, NOW)
}

/// A step that takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(30);
