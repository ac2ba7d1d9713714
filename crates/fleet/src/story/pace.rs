//! The story's clock: virtual time that runs faster than real time. The caller owns the clock; nothing here reads one.

use model::{Millis, Timestamp};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// How virtual time passes.
#[derive(Clone)]
pub struct Pace {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    factor: NonZeroU32,
}

impl Pace {
    /// The server's own clock, and how many virtual seconds it makes of a real one.
    pub fn new(factor: NonZeroU32, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), factor }
    }

    /// Virtual now.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// How long a virtual span lasts in real time.
    pub fn real(&self, span: Millis) -> Duration {
        Duration::from_millis(u64::try_from(span).unwrap_or(0)) / self.factor.get()
    }

    /// Real time until a virtual moment; zero if it has passed.
    pub fn until(&self, at: Timestamp) -> Duration {
        self.real(at.since(self.now()))
    }
}
