//! The coverage clock's beat: an input each ten seconds of journal time, while the server listens.

use ingest::Counters;
use journal::Journal;
use model::Millis;
use model::input::Input;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Appends ticks until told to stop; `listening` shows the newest one's word to whoever asks, and is false while a tick is not
/// durable for too long: nothing is acknowledged then either, whatever holds the journal.
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
        let append = journal.append(vec![tick.into()]);
        let appended = tokio::select! {
            appended = told_if_late(append, &listening) => appended,
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

/// Waits for a tick, and says that nobody listens while it is late.
async fn told_if_late<T>(append: impl Future<Output = T>, listening: &AtomicBool) -> T {
    tokio::pin!(append);
    if let Ok(appended) = tokio::time::timeout(DURABLE_WITHIN, append.as_mut()).await {
        return appended;
    }
    tracing::error!(
        "the journal has not taken a tick for {} s: nothing is acknowledged until it does. Is its disk full, does it hang, or \
         does another process hold journal.db?",
        DURABLE_WITHIN.as_secs()
    );
    let before = listening.swap(false, Ordering::Relaxed);
    let appended = append.await;
    listening.store(before, Ordering::Relaxed);
    appended
}

/// A commit takes milliseconds; who waits for one longer than this waits for a lock, or for a disk.
const DURABLE_WITHIN: Duration = Duration::from_secs(5);
/// Between two ticks (DESIGN.md §1). Alerts of silence are at most this late.
const EVERY_MS: Millis = 10_000;
/// The first tick waits until the ports surely are open: a tick before says that nobody listened.
const PORTS_OPEN: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;
    use tokio::time::timeout;

    #[tokio::test(start_paused = true)]
    async fn while_the_journal_takes_no_tick_the_server_says_that_nobody_listens() {
        let listening = AtomicBool::new(true);
        let (durable, append) = oneshot::channel();
        let ticking = told_if_late(append, &listening);
        tokio::pin!(ticking);
        assert!(timeout(DURABLE_WITHIN / 2, ticking.as_mut()).await.is_err());
        assert!(listening.load(Ordering::Relaxed));
        assert!(timeout(DURABLE_WITHIN, ticking.as_mut()).await.is_err());
        assert!(!listening.load(Ordering::Relaxed));
        durable.send(()).unwrap();
        ticking.await.unwrap();
        assert!(listening.load(Ordering::Relaxed));
    }
}
