//! The coverage clock's beat: an input each ten seconds of journal time, while the server listens.

use ingest::Counters;
use journal::Journal;
use model::Millis;
use model::input::Input;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// Appends ticks until told to stop; `listening` shows the newest one's word to whoever asks.
pub(crate) async fn tick(
    journal: Journal,
    counters: Arc<Counters>,
    listening: Arc<AtomicBool>,
    mut stop: watch::Receiver<bool>,
) {
    let clock = journal.clock();
    let mut due = clock.now();
    loop {
        listening.store(counters.take_listening(), Ordering::Relaxed);
        let tick = Input::Tick { listening: listening.load(Ordering::Relaxed) };
        if let Err(error) = journal.append(vec![tick.into()]).await {
            tracing::error!(%error, "no tick: time is not covered");
            return;
        }
        // From now on, not from when it was due: after a stall one tick follows, not a burst.
        due = clock.now().max(due).plus(EVERY_MS);
        tokio::select! {
            () = tokio::time::sleep(clock.real_until(due)) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Between two ticks (DESIGN.md §1). Alerts of silence are at most this late.
const EVERY_MS: Millis = 10_000;
