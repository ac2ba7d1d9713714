//! A few log lines a minute, then silence that is counted: a scanner or a broken firmware must not fill the disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Allows [`LINES_MAX`] lines per window.
#[derive(Debug, Default)]
pub(crate) struct LogLimit(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    since: Option<Instant>,
    lines: u32,
    suppressed: u64,
}

impl LogLimit {
    /// Whether a line may be written at `now`; if so, how many were swallowed since the last one.
    pub(crate) fn permits(&self, now: Instant) -> Option<u64> {
        // Counts cannot be half done by a panic elsewhere.
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.since.is_none_or(|since| now.saturating_duration_since(since) >= WINDOW) {
            window.since = Some(now);
            window.lines = 0;
        }
        if window.lines >= LINES_MAX {
            window.suppressed = window.suppressed.saturating_add(1);
            return None;
        }
        window.lines += 1;
        Some(std::mem::take(&mut window.suppressed))
    }
}

/// Enough to see what is going on, too few to hurt.
const LINES_MAX: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_ten_lines_a_minute_and_a_count() {
        let (limit, t0) = (LogLimit::default(), Instant::now());
        let written = (0..1000).filter(|_| limit.permits(t0).is_some()).count();
        assert_eq!(written, 10);
        assert_eq!(limit.permits(t0 + WINDOW), Some(990));
        assert_eq!(limit.permits(t0 + WINDOW), Some(0));
    }
}
