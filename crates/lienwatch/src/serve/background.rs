//! A runtime whose threads give way to the others: acknowledgements come first, whatever the fold is doing.
//!
//! Shape: [`Background::spawn`] as `tokio::spawn`; threads that its tasks start, those of the embedded store among them, give
//! way too. Units: nice values. Errors: no threads. Source: DESIGN.md §1: the watch never touches the acknowledgement.

use anyhow::{Context as _, Result};
use std::future::Future;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// The runtime, until it is dropped.
pub(crate) struct Background(Option<Runtime>);

impl Background {
    pub(crate) fn start() -> Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(THREADS).thread_name("background").on_thread_start(give_way).enable_all();
        Ok(Self(Some(builder.build().context("no thread for the fold")?)))
    }

    pub(crate) fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        match &self.0 {
            Some(runtime) => runtime.spawn(task),
            // Only a dropped one has none.
            None => tokio::spawn(task),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // A runtime that waits for its threads may not be dropped where others run.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn give_way() {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "the fold competes with acknowledgements for the cores");
    }
}

/// The fold is one task; the other thread waits for its database.
const THREADS: usize = 2;
/// On a busy core the fold gets a tenth of what the ports get, and all that they leave on any core.
const NICE: i32 = 10;
