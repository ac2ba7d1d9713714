//! The coverage clock's beat: an input each ten seconds of journal time, while the server listens.

use ingest::Counters;
use journal::Journal;
use model::Millis;
use model::input::Input;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Appends ticks until told to stop; `listening` shows the newest one's word to whoever asks.
pub(crate) async fn tick(
    journal: Journal,
    counters: Arc<Counters>,
    listening: Arc<AtomicBool>,
    mut stop: watch::Receiver<bool>,
) {
    let clock = journal.clock();
    let mut pause = PORTS_OPEN;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
        listening.store(counters.take_listening(), Ordering::Relaxed);
        let tick = Input::Tick { listening: listening.load(Ordering::Relaxed) };
        let appended = tokio::select! {
            appended = journal.append(vec![tick.into()]) => appended,
            // A full disk holds the tick back for as long as it is full; a server that stops does not wait for it.
            _ = stop.changed() => return,
        };
        if let Err(error) = appended {
            tracing::error!(%error, "no tick: time is not covered");
            return;
        }
        // From now on, not from when it was due: after a stall one tick follows, not a burst; and a clock that was
        // set back does not stop the beat.
        pause = clock.real_until(clock.now().plus(EVERY_MS));
    }
}

/// Between two ticks (DESIGN.md §1). Alerts of silence are at most this late.
const EVERY_MS: Millis = 10_000;
/// The first tick waits until the ports surely are open: a tick before says that nobody listened.
const PORTS_OPEN: Duration = Duration::from_millis(200);
