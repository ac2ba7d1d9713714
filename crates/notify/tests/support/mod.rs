//! A desk without a server: a real journal and store, a fold that knows only deliveries, and a receiver.
//!
//! Shape: a [`Tick`](Input::Tick) applies the next scripted batch, a `Delivery` moves its entry, all else moves the
//! cursor. The fold can be held, the receiver answers as told and can be made to hesitate.

mod receiver;

pub(crate) use receiver::Receiver;

use journal::{Clock, ClockSpec, Journal};
use model::alert::{LoanSnapshot, Notice, Triage};
use model::finding::Finding;
use model::input::DeliveryResult;
use model::loan::{Dealings, Standing};
use model::{
    About, Alert, AlertId, AlertState, ContractId, Explanation, Input, LenderId, Loan, Reminder, Rule, Seq,
    Severity, Timestamp, VehicleId,
};
use notify::{Config, Notify};
use std::collections::VecDeque;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Batch, DeliveryRow, LoanNotes, LoanRow, OutboxRow, OutboxState, Owed, Store};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);
pub(crate) const PLATE: &str = "粤B12345";
pub(crate) const SECRET: &[u8; 32] = b"a secret of the test, 32 bytes..";

pub(crate) struct Desk {
    pub(crate) journal: Journal,
    pub(crate) store: Store,
    applied: watch::Receiver<Seq>,
    hold: watch::Sender<bool>,
    script: Arc<Mutex<VecDeque<Batch>>>,
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal =
            Journal::open(folder.path(), journal::Config::default(), ClockSpec::Stepped { origin: NOW })
                .await;
        let journal = journal.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let hold = watch::Sender::new(false);
        let (progress, applied) = watch::channel(Seq(0));
        let script = Arc::default();
        let fold = fold(journal.clone(), store.clone(), hold.subscribe(), progress, Arc::clone(&script));
        tokio::spawn(fold);
        Self { journal, store, applied, hold, script, folder }
    }

    /// Applies rows with an input of their own.
    pub(crate) async fn happens(&self, change: impl FnOnce(Seq) -> Batch) -> Seq {
        let seq = self.waits(change).await;
        self.applied.clone().wait_for(|applied| *applied >= seq).await.unwrap();
        seq
    }

    /// The same, but the fold may not have come to it yet.
    pub(crate) async fn waits(&self, change: impl FnOnce(Seq) -> Batch) -> Seq {
        let next = Seq(self.journal.head().await.unwrap().0 + 1);
        self.script.lock().unwrap().push_back(change(next));
        let seq = self.journal.append(vec![Input::Tick { listening: true }.into()]).await.unwrap();
        assert_eq!(seq, next, "nothing else may append meanwhile");
        seq
    }

    pub(crate) fn hold_the_fold(&self, hold: bool) {
        self.hold.send_replace(hold);
    }

    pub(crate) fn clock(&self) -> Clock {
        self.journal.clock()
    }

    pub(crate) fn config(&self, url: String) -> Config {
        let file = self.secret_file(0o600);
        Config {
            webhook_url: Some(url),
            webhook_secret_file: Some(file),
            webhook_allow_private: true,
            ..Config::default()
        }
    }

    pub(crate) fn secret_file(&self, mode: u32) -> PathBuf {
        use base64::Engine;
        let file = self.folder.path().join("webhook.secret");
        let secret = base64::engine::general_purpose::STANDARD.encode(SECRET);
        std::fs::write(&file, format!("whsec_{secret}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    pub(crate) fn notify(&self, config: &Config) -> Result<Notify, notify::NotifyError> {
        Notify::new(self.journal.clone(), self.store.clone(), self.applied.clone(), config)
    }

    /// Starts delivering.
    pub(crate) fn start(&self, config: &Config) -> Run {
        Run::of(self.notify(config).unwrap())
    }

    /// (notice, state) of an alert's entries.
    pub(crate) async fn states(&self, alert: &Alert) -> Vec<(String, String)> {
        self.states_of(&alert.id.0).await
    }

    async fn states_of(&self, subject: &str) -> Vec<(String, String)> {
        self.store.outbox_of(subject, Seq(i64::MAX)).await.unwrap()
    }

    /// Waits until an alert's entries stand like this.
    pub(crate) async fn until(&self, alert: &Alert, wanted: &[(&str, &str)]) {
        self.until_of(&alert.id.0, wanted).await;
    }

    /// The same of any subject.
    pub(crate) async fn until_of(&self, subject: &str, wanted: &[(&str, &str)]) {
        let wanted: Vec<_> =
            wanted.iter().map(|(notice, state)| ((*notice).into(), (*state).into())).collect();
        let mut applied = self.applied.clone();
        let wait = async {
            while self.states_of(subject).await != wanted {
                applied.changed().await.unwrap();
            }
        };
        let came = timeout(PATIENCE, wait).await.is_ok();
        assert!(came, "wanted {wanted:?}, found {:?}", self.states_of(subject).await);
    }

    /// When the alert's entry is tried again, once that many attempts have failed.
    pub(crate) async fn failed(&self, alert: &Alert, attempts: u32) -> Timestamp {
        self.failed_of(&alert.id.0, attempts).await
    }

    /// The same of any subject.
    pub(crate) async fn failed_of(&self, subject: &str, attempts: u32) -> Timestamp {
        let mut applied = self.applied.clone();
        let wait = async {
            loop {
                let pending = self.store.outbox_due(Timestamp::from_ms(i64::MAX), 100, 100).await.unwrap();
                let tried =
                    pending.iter().find(|due| due.owed.subject() == subject && due.attempt == attempts);
                if let Some(tried) = tried {
                    return tried.next_at;
                }
                applied.changed().await.unwrap();
            }
        };
        timeout(PATIENCE, wait).await.unwrap()
    }
}

/// A running [`Notify`].
pub(crate) struct Run {
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), notify::NotifyError>>,
}

impl Run {
    pub(crate) fn of(notify: Notify) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { stop, task: tokio::spawn(notify.run(stopped)) }
    }

    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        self.task.await.unwrap().unwrap();
    }

    /// As `kill -9` would: nothing more is sent or written.
    pub(crate) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

async fn fold(
    journal: Journal,
    store: Store,
    mut held: watch::Receiver<bool>,
    progress: watch::Sender<Seq>,
    script: Arc<Mutex<VecDeque<Batch>>>,
) {
    let (mut cursor, mark) = store.claim(journal.id().as_str()).await.unwrap();
    let mut committed = journal.committed();
    loop {
        for entry in journal.read(cursor.applied, 1).await.unwrap() {
            held.wait_for(|held| !held).await.unwrap();
            let batch = match entry.input {
                Input::Tick { .. } => script.lock().unwrap().pop_front().unwrap_or_default(),
                Input::Delivery { entry, attempt, result } => {
                    let (state, next_at, error) = match result {
                        DeliveryResult::Delivered => (OutboxState::Delivered, NOW, None),
                        DeliveryResult::Retry { at, error } => (OutboxState::Pending, at, Some(error)),
                        DeliveryResult::Dead { error } => (OutboxState::Dead, NOW, Some(error)),
                        DeliveryResult::Cancelled => (OutboxState::Cancelled, NOW, None),
                    };
                    let row = DeliveryRow { entry, state, attempt: i64::from(attempt), next_at, error };
                    Batch { deliveries: vec![row], ..Batch::default() }
                }
                _ => Batch::default(),
            };
            store.commit(&cursor, entry.seq, &mark, batch).await.unwrap();
            cursor.applied = entry.seq;
            progress.send_replace(entry.seq);
        }
        if *committed.borrow_and_update() <= cursor.applied && committed.changed().await.is_err() {
            return;
        }
    }
}

/// An alert with its entry in the outbox.
pub(crate) fn told(notice: Notice, alert: &Alert) -> impl FnOnce(Seq) -> Batch + use<> {
    told_as(notice.as_str(), alert)
}

pub(crate) fn told_as(notice: &'static str, alert: &Alert) -> impl FnOnce(Seq) -> Batch + use<> {
    let alert = alert.clone();
    move |seq| {
        let entry = format!("{}:{}", alert.id, alert.version);
        let row = OutboxRow { entry, seq, owed: Owed::Alert(Box::new(alert.clone())), notice, due_at: NOW };
        Batch { alerts: vec![(seq, alert)], outbox: vec![row], ..Batch::default() }
    }
}

/// A loan as it stands, and the reminder that was owed before it stood like that.
pub(crate) fn reminded(loan: Loan) -> impl FnOnce(Seq) -> Batch + use<> {
    move |seq| {
        let vehicle = loan.vehicle;
        let entry = OutboxRow::of_reminder(seq, Reminder::due_soon(&owing_of(&loan), NOW).unwrap(), NOW);
        let row = LoanRow { loan, vehicle, in_book: true, paid_at: None, notes: LoanNotes::default() };
        Batch { loans: vec![row], outbox: vec![entry], ..Batch::default() }
    }
}

/// The reminder of [`owing`].
pub(crate) fn reminder() -> Reminder {
    Reminder::due_soon(&owing(), NOW).unwrap()
}

/// A loan that is due in three days.
pub(crate) fn owing() -> Loan {
    let loan = loan(VehicleId::parse(PLATE).unwrap());
    let due = loan.today(NOW).unwrap().plus_days(3);
    Loan { oldest_unpaid_due: due, ..loan }
}

fn owing_of(loan: &Loan) -> Loan {
    Loan { contract: loan.contract.clone(), ..owing() }
}

/// The alert one version on.
pub(crate) fn then(alert: &Alert, state: AlertState) -> Alert {
    Alert { state, version: alert.version + 1, ..alert.clone() }
}

pub(crate) fn alert(id: &str) -> Alert {
    let vehicle = VehicleId::parse(PLATE).unwrap();
    Alert {
        id: AlertId(id.into()),
        rule: Rule::OverdueOffline,
        about: About::Vehicle(vehicle),
        episode: NOW.plus(-7_200_000),
        severity: Severity::P1,
        state: AlertState::Open,
        version: 1,
        opened_at: NOW.plus(-60_000),
        event_time: NOW.plus(-3_600_000),
        cleared_at: None,
        told_at: None,
        told_again_at: None,
        triage: Triage::default(),
        explanation: Explanation {
            finding: Finding::Silent {
                last_heard: NOW.plus(-7_200_000),
                last_place: Some(model::Coordinates::from_degrees(22.5431, 114.0579).unwrap()),
                place_at: None,
                silent_ms: 7_000_000,
                threshold_ms: 3_600_000,
                was_moving: false,
                tampered: false,
            },
            fixes_used: Vec::new(),
            fixes_rejected: Vec::new(),
            loan: Some(LoanSnapshot {
                loan: loan(vehicle),
                standing: Standing::Current,
                fresh: true,
                dealings: Dealings::default(),
                course: None,
                book_as_of: Some(NOW),
            }),
            rule_set: "default".into(),
            rules_version: 1,
        },
    }
}

fn loan(vehicle: VehicleId) -> Loan {
    let bare = Loan::bare(ContractId("CONTRACT-778".into()), LenderId("lender".into()), vehicle, NOW);
    Loan { amount_overdue: 123_456, principal_outstanding: 9_876_543, ..bare }
}

/// A step that takes longer than this has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
