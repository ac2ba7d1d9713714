//! Stories of the journal: what goes in comes out, in order, and only what is durable is released.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows only functions marked as tests; here everything is one"
)]

mod append;
mod form;
mod parts;
mod processes;
mod room;
mod samples;
mod trimmed;

use journal::{ClockSpec, Config, Entry, Journal};
use model::{Input, Seq, Timestamp};
use std::path::Path;
use std::time::Duration;

/// Journal time at which stepped clocks start.
const ORIGIN: Timestamp = Timestamp::from_ms(1_800_000_000_000);
/// No story takes longer; one that hangs fails with its name.
const PATIENCE: Duration = Duration::from_secs(30);

async fn open(dir: &Path) -> Journal {
    open_with(dir, Config::default()).await
}

async fn open_with(dir: &Path, config: Config) -> Journal {
    Journal::open(dir, config, ClockSpec::Stepped { origin: ORIGIN }).await.unwrap()
}

async fn read_all(journal: &Journal) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map_or(Seq(0), |entry| entry.seq);
        let more = journal.read(after, 1_000).await.unwrap();
        if more.is_empty() {
            return entries;
        }
        entries.extend(more);
    }
}

/// An input that a test can tell from others.
fn numbered(number: usize) -> Input {
    Input::RunStart { build: format!("input {number}"), rules_version: 1 }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it took too long")
}
