//! Bind, answer, stop.
//!
//! Shape: [`Web::bind`] before anything is promised, [`Web::run`] until told to stop. Errors: [`WebError`].

use crate::desk::Desk;
use crate::gate::{Gate, Peer};
use crate::routes::routes;
use crate::{Config, Health, Ports, Reread, WebError, lockout, stream};
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use journal::Clock;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use wire::Protocol;

mod listener;

use listener::Limited;

/// What answers come from.
#[derive(Clone)]
pub struct Sources {
    /// How the parts are.
    pub health: Health,
    /// What frames can be read by.
    pub protocols: &'static [&'static dyn Protocol],
    /// What was counted.
    pub recorder: PrometheusHandle,
    /// The real time, by which sessions and links end.
    pub wall: Clock,
    /// This is the demo.
    pub is_demo: bool,
    /// Whether anybody is told: a webhook is configured.
    pub has_receiver: bool,
    /// Who is at the tracker ports.
    pub ports: Ports,
    /// How the log is read again.
    pub reread: Reread,
}

/// The web server.
pub struct Web {
    listener: Option<TcpListener>,
    desk: Desk,
    connections_max: usize,
}

impl Web {
    /// Takes the address; with an empty one nobody is answered.
    pub async fn bind(config: &Config, sources: Sources) -> Result<Self, WebError> {
        let refused = |source| WebError::Bind { address: config.http.clone(), source };
        let listener = match config.http.as_str() {
            "" => None,
            http => Some(TcpListener::bind(http).await.map_err(refused)?),
        };
        let address = listener.as_ref().map(TcpListener::local_addr).transpose().map_err(refused)?;
        if let Some(address) = address.filter(|address| !address.ip().is_loopback()) {
            tracing::warn!(%address, "open to the network without TLS: put a proxy in front, and name it in trusted_proxies");
        }
        let proxies = config.networks().map_err(WebError::Config)?;
        let gate = Gate::new(&config.hosts, proxies, address);
        let desk = Desk::new(config, sources, gate);
        Ok(Self { listener, desk, connections_max: listener::CONNECTIONS_MAX })
    }

    /// The same with no more connections than this at one time: what the process may open is not only for people.
    #[must_use]
    pub fn limited_to(self, connections_max: u32) -> Self {
        let allowed = usize::try_from(connections_max).unwrap_or(usize::MAX).min(self.connections_max);
        if allowed < self.connections_max {
            let per_address = listener::per_address(allowed);
            tracing::info!(
                allowed,
                per_address,
                "people and programs get fewer connections: file descriptors; raise the limit (LimitNOFILE)"
            );
        }
        Self { connections_max: allowed, ..self }
    }

    /// Where it listens; the port is the real one if port 0 was asked for.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.listener.as_ref()?.local_addr().ok()
    }

    /// Answers until told to stop, then lets the answers under way end.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Result<(), WebError> {
        let (recorder, desk, bench) =
            (self.desk.recorder.clone(), self.desk.clone(), self.desk.bench.clone());
        let feeding = stream::feed(self.desk.clone(), stop.clone());
        let answering = answer(self.listener, self.connections_max, self.desk, stop);
        let ended = tokio::select! {
            // Endless: it only ends with the other arm.
            () = upkeep(recorder) => Ok(()),
            // What it asks of the store is much to carry about.
            () = Box::pin(forget(desk)) => Ok(()),
            () = feeding => Ok(()),
            ended = answering => ended,
        };
        bench.end().await;
        ended
    }
}

async fn answer(
    listener: Option<TcpListener>,
    connections_max: usize,
    desk: Desk,
    stop: watch::Receiver<bool>,
) -> Result<(), WebError> {
    let Some(listener) = listener else {
        stopped(stop).await;
        return Ok(());
    };
    let proxies = desk.gate.proxies.clone();
    let service = routes(desk).into_make_service_with_connect_info::<Peer>();
    let limited = Limited::new(listener, connections_max, proxies);
    let served = axum::serve(limited, service).with_graceful_shutdown(stopped(stop.clone()));
    let drained = async {
        stopped(stop).await;
        sleep(DRAIN_MAX).await;
    };
    tokio::select! {
        served = served.into_future() => served.map_err(WebError::Serve),
        () = drained => Ok(()),
    }
}

impl Connected<IncomingStream<'_, Limited>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Limited>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Histograms keep every sample until they are drained, scraped or not.
async fn upkeep(recorder: PrometheusHandle) {
    let mut beat = interval(UPKEEP_EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        recorder.run_upkeep();
    }
}

/// Sessions that are over, failures and answers of yesterday.
async fn forget(desk: Desk) {
    let mut beat = interval(FORGET_EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let Ok(store) = desk.store() else { continue };
        let now = desk.wall.now();
        let forgotten = async {
            lockout::forget(&store, now).await?;
            store.forget_sessions(now).await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "what is old was not forgotten");
        }
    }
}

/// Resolves when told to stop, or when nobody is left who could tell.
async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// How often samples are drained.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// A tenth of the shortest time that something is kept.
const FORGET_EVERY: Duration = Duration::from_mins(10);
/// How long answers under way may take at a stop.
const DRAIN_MAX: Duration = Duration::from_secs(5);
