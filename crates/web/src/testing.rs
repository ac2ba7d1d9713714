//! An office for tests: the routes over a real journal, a real store and a running fold, with people who are logged in.
//!
//! Shape: [`Office::open`], [`Office::person`], [`Office::send`]. The clock stands still until it is moved, for sessions too.

mod said;
pub(crate) mod town;

use crate::desk::Desk;
use crate::gate::{Gate, Network, Peer};
use crate::rights::BASE;
use crate::routes::routes;
use crate::secret::Secret;
use crate::{Applied, Config, Health, Sources};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use journal::{ClockSpec, FoldLock, Journal};
use metrics_exporter_prometheus::PrometheusBuilder;
use model::staff::{Grant, Role};
use model::{Attempt, LenderId, Seq, Timestamp, UserId};
use said::Said;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use store::{NewUser, Store};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt;
use watch::Sender;

pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);

pub(crate) struct Office {
    pub(crate) desk: Desk,
    pub(crate) store: Store,
    pub(crate) applied: Sender<Applied>,
    pub(crate) folder: tempfile::TempDir,
    /// What was said to it, for whoever reads the log again.
    pub(crate) said: Arc<Said>,
    router: Router,
    stop: Sender<bool>,
    fold: Mutex<Option<JoinHandle<()>>>,
}

/// Somebody who asks.
#[derive(Clone, Default)]
pub(crate) struct Person {
    pub(crate) id: Option<UserId>,
    pub(crate) headers: HeaderMap,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {} {}", self.status, String::from_utf8_lossy(&self.body))
        })
    }

    /// Status and code of a problem; `""` for what is none.
    pub(crate) fn code(&self) -> (u16, String) {
        let is_problem =
            self.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
        let code = if is_problem { self.json()["code"].as_str().unwrap().to_owned() } else { String::new() };
        (self.status.as_u16(), code)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Person {
    /// With another header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        self
    }

    /// As whoever holds a session's cookie, with its CSRF token.
    pub(crate) fn of_session(token: &str) -> Self {
        let csrf = Secret::presented(token).csrf();
        Self::default().with("cookie", &format!("lw_session={token}")).with("x-csrf-token", csrf.reveal())
    }

    /// As whoever got an answer that set a cookie.
    pub(crate) fn who_got(answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        Self::of_session(cookie.strip_prefix("lw_session=").unwrap())
    }

    /// As a program with a token.
    pub(crate) fn program(token: &str) -> Self {
        Self::default().with("authorization", &format!("Bearer {token}"))
    }
}

impl Office {
    pub(crate) async fn open() -> Self {
        Self::open_with(Config::default()).await
    }

    pub(crate) async fn open_with(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: NOW };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        let lock = FoldLock::try_take(folder.path()).unwrap().unwrap();
        let (journal_of_fold, store_of_fold) = (journal.clone(), store.clone());
        // States are in the store with the step that made them.
        let config_of_fold = ::watch::Config { checkpoint_s: 0, ..::watch::Config::default() };
        let mut fold =
            ::watch::Fold::take(journal_of_fold, store_of_fold, config_of_fold, &lock, false).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let fold = tokio::spawn(async move {
            fold.run(stopped).await.unwrap();
            drop(lock);
        });
        let applied = Sender::new(Applied { seq: Seq(0), at: NOW, store_up: true });
        let health = Health {
            journal: journal.clone(),
            journal_health: journal.health_changes(),
            store: Sender::new(Some(store.clone())).subscribe(),
            applied: applied.subscribe(),
            listening: Arc::new(AtomicBool::new(true)),
        };
        let recorder = PrometheusBuilder::new().build_recorder().handle();
        let wall = journal.clock();
        let ports = crate::Ports::closed();
        let (said, protocols) = (Arc::<Said>::default(), protocols::ALL);
        let (is_demo, has_receiver, reread) = (false, true, said.reread());
        let sources = Sources { health, protocols, recorder, wall, is_demo, has_receiver, ports, reread };
        let proxies = config.trusted_proxies.iter().map(|proxy| Network::parse(proxy).unwrap()).collect();
        let gate = Gate::new(&config.hosts, proxies, None);
        let desk = Desk::new(&config, sources, gate);
        let router = routes(desk.clone());
        Self { desk, store, applied, folder, said, router, stop, fold: Mutex::new(Some(fold)) }
    }

    /// The same office, where nobody is told of alerts.
    pub(crate) fn without_receiver(self) -> Self {
        let desk = Desk { has_receiver: false, ..self.desk };
        Self { router: routes(desk.clone()), desk, ..self }
    }

    /// The same office, where these were the last connections that came to nothing.
    pub(crate) fn with_attempts(self, attempts: Vec<Attempt>) -> Self {
        let ports = crate::Ports { attempts: Arc::new(move || attempts.clone()), ..crate::Ports::closed() };
        let desk = Desk { ports, ..self.desk };
        Self { router: routes(desk.clone()), desk, ..self }
    }

    /// Somebody who is logged in, for all lenders' loans.
    pub(crate) async fn person(&self, role: Role) -> Person {
        self.person_for(role, None).await
    }

    /// Somebody who is logged in, for the loans of some lenders. Their name is the role, with a number from the second on.
    pub(crate) async fn person_for(&self, role: Role, lenders: Option<&[&str]>) -> Person {
        let lenders =
            lenders.map(|lenders| lenders.iter().map(|lender| LenderId((*lender).into())).collect());
        self.person_given(role, Grant::of_lenders(lenders)).await
    }

    /// Somebody who is logged in, for some loans of vehicles from some regions.
    pub(crate) async fn person_given(&self, role: Role, own: Grant) -> Person {
        let number = self.store.user_count().await.unwrap();
        let name = format!("{role}{number}");
        let id = UserId(format!("u_{number}"));
        let user = NewUser {
            id: id.clone(),
            display_name: name.clone(),
            name,
            role,
            own,
            password: Some("none".into()),
        };
        self.store.add_user(&user, NOW).await.unwrap();
        let secret = Secret::random("");
        let expires_at = self.now().plus(7 * 24 * 3_600_000);
        self.store.open_session(&secret.hash(), &id, self.now(), expires_at).await.unwrap();
        Person { id: Some(id), ..Person::of_session(secret.reveal()) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.desk.wall.now()
    }

    pub(crate) fn clock_moves(&self, ms: i64) {
        let clock = self.desk.health.journal.clock();
        clock.step_to(clock.now().plus(ms));
    }

    pub(crate) async fn get(&self, who: &Person, path: &str) -> Answer {
        self.send(who, "GET", path, &Value::Null).await
    }

    /// A request below the interface's base, or with a whole path that begins with `//`.
    pub(crate) async fn send(&self, who: &Person, method: &str, path: &str, body: &Value) -> Answer {
        let body =
            if body.is_null() { None } else { Some(("application/json", body.to_string().into_bytes())) };
        self.send_bytes(who, method, path, body).await
    }

    /// A request with a body of some kind.
    pub(crate) async fn send_bytes(
        &self,
        who: &Person,
        method: &str,
        path: &str,
        body: Option<(&'static str, Vec<u8>)>,
    ) -> Answer {
        let answer = self.open_answer(who, method, path, body).await;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// An answer whose body is still to come.
    pub(crate) async fn open_answer(
        &self,
        who: &Person,
        method: &str,
        path: &str,
        body: Option<(&'static str, Vec<u8>)>,
    ) -> axum::response::Response {
        let path = path
            .strip_prefix('/')
            .filter(|path| path.starts_with('/'))
            .map_or_else(|| format!("{BASE}{path}"), ToOwned::to_owned);
        let mut request = Request::builder().method(method).uri(path);
        let headers = request.headers_mut().unwrap();
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        let body = body.map_or_else(Body::empty, |(kind, bytes)| {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            Body::from(bytes)
        });
        headers.extend(who.headers.clone());
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(Peer("203.0.113.9:4711".parse().unwrap())));
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Waits until everything that is in the journal is in the store.
    pub(crate) async fn settle(&self) {
        let head = self.desk.health.journal.head().await.unwrap();
        let since = Instant::now();
        while self.store.place().await.unwrap().is_none_or(|(cursor, _)| cursor.applied < head) {
            assert!(since.elapsed() < PATIENCE, "the fold did not catch up");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The audit log as `actor action subject`, the oldest first.
    pub(crate) async fn audit(&self) -> Vec<String> {
        self.settle().await;
        let lines = self.store.audit_after(0, 1_000).await.unwrap();
        lines.into_iter().map(|line| format!("{} {} {}", line.actor, line.action, line.subject)).collect()
    }

    /// Nothing is folded from now on.
    pub(crate) async fn fold_ends(&self) {
        self.stop.send_replace(true);
        let fold = self.fold.lock().await.take();
        fold.unwrap().await.unwrap();
    }

    pub(crate) async fn close(self) {
        self.fold_ends().await;
    }
}

/// A step that takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(30);
