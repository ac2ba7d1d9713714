//! Tells people when the journal runs out of room, and when it has some again: once each; and at the start, when its disk is too
//! small for an alarm before it is full.
//!
//! Shape: a task beside the others, which asks the journal as often as that looks at its size. Units: real time, bytes. Errors:
//! none. Source: `reliability.md` §4 (an alarm at four fifths of the bound; at the bound nothing is read, and nothing is dropped).

use journal::Journal;
use std::time::Duration;
use tokio::sync::watch;

/// Looks until told to stop.
pub(crate) async fn tell(journal: Journal, mut stop: watch::Receiver<bool>) {
    let mut was_short = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.changed() => return,
        }
        let is_short = journal.size_alarm();
        if is_short != was_short {
            say(&journal, is_short).await;
            was_short = is_short;
        }
    }
}

/// On a full disk inputs cannot leave the journal either, since that is written, too: the alarm has to come before.
pub(crate) fn warn_of_small_disk(journal: &Journal) {
    let (folder, alarm_bytes) = (journal.folder(), journal.config().size_alarm_bytes);
    let Ok(disk) = rustix::fs::statvfs(folder) else { return };
    let disk_bytes = disk.f_blocks.saturating_mul(disk.f_frsize);
    if disk_bytes < alarm_bytes {
        tracing::warn!(
            disk_bytes,
            alarm_bytes,
            "the disk of {} is full before the journal tells that it runs out of room: set journal.size_alarm_bytes and \
             journal.size_max_bytes below what the disk has",
            folder.display()
        );
    }
}

async fn say(journal: &Journal, is_short: bool) {
    let bytes = journal.size_bytes().await.unwrap_or_default();
    let config = journal.config();
    let (alarm_bytes, max_bytes) = (config.size_alarm_bytes, config.size_max_bytes);
    if is_short {
        tracing::warn!(
            bytes,
            alarm_bytes,
            max_bytes,
            "the journal runs out of room: at its bound trackers are acknowledged no more. Is the store away, or behind? What it has \
             taken leaves the journal early from now on"
        );
    } else {
        tracing::info!(bytes, alarm_bytes, "the journal has room again");
    }
}

/// As often as the journal looks at its size.
const LOOK_EVERY: Duration = Duration::from_secs(5);
