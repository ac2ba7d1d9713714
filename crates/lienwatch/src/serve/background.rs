//! A runtime whose threads give way to the others: on a busy core, acknowledgements come before the fold.
//!
//! Shape: [`Background::spawn`] as `tokio::spawn`; threads that its tasks start, the embedded store's writer among them, give
//! way too. A PostgreSQL on the same machine does not. Units: nice values. Errors: no threads. Source: DESIGN.md §1: the
//! watch never touches the acknowledgement.

use anyhow::{Context as _, Result};
use std::future::Future;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// The runtime, until it is dropped.
pub(crate) struct Background {
    handle: Handle,
    /// Taken by the drop.
    runtime: Option<Runtime>,
}

impl Background {
    pub(crate) fn start() -> Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(THREADS).thread_name("background").on_thread_start(give_way).enable_all();
        let runtime = builder.build().context("no thread for the fold")?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    pub(crate) fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.handle.spawn(task)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // A runtime that waits for its threads may not be dropped where others run.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Of this thread alone, on Linux; absolute, since a thread inherits it from the one that starts it.
fn give_way() {
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "the fold competes with acknowledgements for the cores");
    }
}

/// The fold is one task; the other thread waits for its database.
const THREADS: usize = 2;
/// On a busy core the fold gets a tenth of what the ports get, and all that they leave on any core.
const NICE: i32 = 10;
