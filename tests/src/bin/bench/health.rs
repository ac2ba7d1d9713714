//! How far the fold is, as the server tells everybody.
//!
//! Shape: `/readyz` → [`Fold`]. Units: inputs, real seconds. Errors: no answer, or one without a fold.

use crate::pace::work_ms;
use anyhow::Context as _;
use serde::Deserialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use stories::server::Server;

/// The fold's place behind the journal.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize)]
pub(crate) struct Fold {
    pub(crate) lag_inputs: i64,
    /// `None` before the first fold: nothing says since when inputs wait.
    pub(crate) lag_s: Option<f64>,
}

impl Fold {
    /// How long the oldest input that is not folded has waited, if that is known.
    fn waited_s(self) -> Option<f64> {
        if self.lag_inputs == 0 { Some(0.0) } else { self.lag_s }
    }
}

/// What the server says now; equal to the default when everything is folded.
pub(crate) fn fold(server: &Server) -> anyhow::Result<Fold> {
    #[derive(Deserialize)]
    struct Ready {
        fold: Fold,
    }
    let (_, body) = server.get("/readyz").context("the server does not say how far its fold is")?;
    let Ready { fold } = serde_json::from_str(&body)?;
    Ok(if fold.lag_inputs == 0 && fold.lag_s.is_some() { Fold::default() } else { fold })
}

/// What was seen at one moment of a measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    /// Since the first one.
    pub(crate) at_s: f64,
    /// `None` where inputs wait and the server does not know since when.
    pub(crate) lag_s: Option<f64>,
    /// See [`crate::pace`].
    pub(crate) work_ms: f64,
}

/// The lag while something else goes on.
pub(crate) fn watched<T: Send>(
    server: &Server,
    meanwhile: impl FnOnce() -> T + Send,
) -> anyhow::Result<(T, Vec<Look>)> {
    let (ended, began) = (AtomicBool::new(false), Instant::now());
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let mut seen = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                let lag_s = fold(server)?.waited_s();
                seen.push(Look { at_s: began.elapsed().as_secs_f64(), lag_s, work_ms: work_ms() });
                std::thread::sleep(EVERY);
            }
            anyhow::Ok(seen)
        });
        let done = meanwhile();
        ended.store(true, Ordering::Relaxed);
        let seen = looking.join().map_err(|_| anyhow::anyhow!("the look at the lag ended badly"))??;
        Ok((done, seen))
    })
}

/// A look costs the server a small answer.
const EVERY: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_that_nobody_knows_is_none_of_no_seconds() {
        let waited = |lag_inputs, lag_s| Fold { lag_inputs, lag_s }.waited_s();
        assert_eq!((waited(0, None), waited(0, Some(0.0))), (Some(0.0), Some(0.0)));
        assert_eq!((waited(7, Some(1.5)), waited(7, None)), (Some(1.5), None));
    }
}
