//! Bind, answer, stop.
//!
//! Shape: [`Web::bind`] before anything is promised, [`Web::run`] until told to stop. Errors: [`WebError`].

use crate::routes::{Parts, routes};
use crate::{Config, Health, WebError};
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};

mod listener;

use listener::Limited;

/// The web server.
pub struct Web {
    listener: Option<TcpListener>,
    parts: Parts,
}

impl Web {
    /// Takes the address; with an empty one nobody is answered.
    pub async fn bind(config: &Config, health: Health, recorder: PrometheusHandle) -> Result<Self, WebError> {
        let parts = Parts { health, recorder };
        if config.http.is_empty() {
            return Ok(Self { listener: None, parts });
        }
        let refused = |source| WebError::Bind { address: config.http.clone(), source };
        let listener = TcpListener::bind(&config.http).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "health and metrics are open to the network, without a login");
        }
        Ok(Self { listener: Some(listener), parts })
    }

    /// Where it listens; the port is the real one if port 0 was asked for.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.listener.as_ref()?.local_addr().ok()
    }

    /// Answers until told to stop, then lets the answers under way end.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Result<(), WebError> {
        let recorder = self.parts.recorder.clone();
        let answering = answer(self.listener, self.parts, stop);
        tokio::select! {
            // Endless: it only ends with the other arm.
            () = upkeep(recorder) => Ok(()),
            ended = answering => ended,
        }
    }
}

async fn answer(
    listener: Option<TcpListener>,
    parts: Parts,
    stop: watch::Receiver<bool>,
) -> Result<(), WebError> {
    let Some(listener) = listener else {
        stopped(stop).await;
        return Ok(());
    };
    let served =
        axum::serve(Limited::new(listener), routes(parts)).with_graceful_shutdown(stopped(stop.clone()));
    let drained = async {
        stopped(stop).await;
        sleep(DRAIN_MAX).await;
    };
    tokio::select! {
        served = served.into_future() => served.map_err(WebError::Serve),
        () = drained => Ok(()),
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

/// Resolves when told to stop, or when nobody is left who could tell.
async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// How often samples are drained.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// How long answers under way may take at a stop.
const DRAIN_MAX: Duration = Duration::from_secs(5);
