//! The clock of a journal: the system's, or for demo and tests one that runs faster or moves by hand.
//!
//! Shape: a [`ClockSpec`] makes the journal's header, the header makes a [`Clock`], so that every process that opens
//! the journal has the same time. Units: UTC ms; a factor is journal seconds a real second. Errors: a factor that no
//! clock can have. Source: DESIGN.md §1, fine print 13, and §4.

use crate::JournalError;
use model::{Millis, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Which clock a new journal gets. A journal that exists keeps its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClockSpec {
    /// The system's.
    System,
    /// Starts at `origin` when the journal is made and runs `factor` times as fast as the system's.
    Scaled {
        /// Journal time at creation.
        origin: Timestamp,
        /// Journal seconds a real second.
        factor: f64,
    },
    /// Stands still until it is moved by [`Clock::step_to`]. For tests.
    Stepped {
        /// Journal time at creation.
        origin: Timestamp,
    },
}

impl ClockSpec {
    /// Refuses a factor that is no number, zero, negative or beyond [`FACTOR_MAX`].
    pub fn check(&self) -> Result<(), JournalError> {
        match self {
            Self::Scaled { factor, .. }
                if !(factor.is_finite() && *factor > 0.0 && *factor <= FACTOR_MAX) =>
            {
                Err(JournalError::Config {
                    key: "clock factor",
                    reason: "must be above 0 and at most 100,000",
                })
            }
            _ => Ok(()),
        }
    }
}

/// The fastest clock: at this a day takes less than a second, and a tick falls on every real 0.1 ms.
pub const FACTOR_MAX: f64 = 100_000.0;

/// A clock. Clones share it.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Scaled { origin: Timestamp, real_origin: Timestamp, factor: f64 },
    Stepped { now: Arc<AtomicI64> },
}

impl Clock {
    /// The clock that a header describes. `real_origin` is what the system's clock said when the journal was made.
    pub(crate) fn new(spec: ClockSpec, real_origin: Timestamp) -> Self {
        Self(match spec {
            ClockSpec::System => Kind::System,
            ClockSpec::Scaled { origin, factor } => Kind::Scaled { origin, real_origin, factor },
            ClockSpec::Stepped { origin } => Kind::Stepped { now: Arc::new(AtomicI64::new(origin.ms())) },
        })
    }

    /// The system's clock, for what runs without a journal.
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// Journal time.
    pub fn now(&self) -> Timestamp {
        self.at_real(real_now())
    }

    /// Whether this is the system's clock. Where it is not, every screen says so.
    pub fn is_system(&self) -> bool {
        matches!(self.0, Kind::System)
    }

    /// Journal seconds a real second; 0 for a clock that moves by hand.
    pub fn factor(&self) -> f64 {
        match self.0 {
            Kind::System => 1.0,
            Kind::Scaled { factor, .. } => factor,
            Kind::Stepped { .. } => 0.0,
        }
    }

    /// How long a real timer has to run until journal time `until`; zero if that is past. For a clock that moves by
    /// hand: a short time after which to look again.
    pub fn real_until(&self, until: Timestamp) -> Duration {
        self.real_span(until.since(self.now()))
    }

    fn real_span(&self, ahead_ms: Millis) -> Duration {
        let ahead = Duration::from_millis(u64::try_from(ahead_ms).unwrap_or(0));
        match self.0 {
            Kind::System => ahead,
            // The next full millisecond, since a timer that fires early would find nothing due.
            Kind::Scaled { factor, .. } if !ahead.is_zero() => {
                Duration::try_from_secs_f64(ahead.as_secs_f64() / factor)
                    .unwrap_or(Duration::MAX)
                    .saturating_add(Duration::from_millis(1))
            }
            Kind::Stepped { .. } if !ahead.is_zero() => STEPPED_LOOK_AGAIN,
            Kind::Scaled { .. } | Kind::Stepped { .. } => Duration::ZERO,
        }
    }

    /// Moves a stepped clock, back as well; any other clock goes its own way.
    pub fn step_to(&self, to: Timestamp) {
        if let Kind::Stepped { now } = &self.0 {
            now.store(to.ms(), Ordering::Release);
        }
    }

    fn at_real(&self, real: Timestamp) -> Timestamp {
        match &self.0 {
            Kind::System => real,
            Kind::Scaled { origin, real_origin, factor } => {
                origin.plus(scaled(real.since(*real_origin), *factor))
            }
            Kind::Stepped { now } => Timestamp::from_ms(now.load(Ordering::Acquire)),
        }
    }
}

/// A span of `real_ms` on a clock that runs `factor` times as fast.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a span of 280,000 years is exact in an f64, and the cast back saturates"
)]
fn scaled(real_ms: Millis, factor: f64) -> Millis {
    (real_ms as f64 * factor).floor() as i64
}

/// What the system's clock says. Before 1970 it is broken, and reads as 1970.
pub(crate) fn real_now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// How soon a waiter looks at a stepped clock again: well within what a test waits for.
const STEPPED_LOOK_AGAIN: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Timestamp = Timestamp::from_ms(1_800_000_000_000);
    const REAL: Timestamp = Timestamp::from_ms(1_700_000_000_000);

    #[test]
    fn a_scaled_clock_runs_from_its_origin_by_its_factor() {
        let clock = Clock::new(ClockSpec::Scaled { origin: ORIGIN, factor: 60.0 }, REAL);
        assert_eq!(clock.at_real(REAL), ORIGIN);
        assert_eq!(clock.at_real(REAL.plus(1_000)), ORIGIN.plus(60_000));
        assert_eq!(clock.at_real(REAL.plus(86_400_000)), ORIGIN.plus(60 * 86_400_000));
        let slow = Clock::new(ClockSpec::Scaled { origin: ORIGIN, factor: 0.5 }, REAL);
        assert_eq!(slow.at_real(REAL.plus(1_001)), ORIGIN.plus(500));
    }

    #[test]
    fn waiting_on_a_scaled_clock_takes_the_span_divided_by_the_factor() {
        let clock = Clock::new(ClockSpec::Scaled { origin: ORIGIN, factor: 60.0 }, REAL);
        assert_eq!(clock.real_span(6_000_000), Duration::from_millis(100_001));
        assert_eq!(clock.real_span(0), Duration::ZERO);
        assert_eq!(clock.real_span(-1), Duration::ZERO);
        let stepped = Clock::new(ClockSpec::Stepped { origin: ORIGIN }, REAL);
        assert_eq!(stepped.real_span(86_400_000), STEPPED_LOOK_AGAIN);
        assert_eq!(Clock::system().real_span(1_500), Duration::from_millis(1_500));
    }

    #[test]
    fn a_stepped_clock_moves_only_by_hand_and_for_all_its_clones() {
        let clock = Clock::new(ClockSpec::Stepped { origin: ORIGIN }, REAL);
        assert_eq!(clock.now(), ORIGIN);
        clock.clone().step_to(ORIGIN.plus(-5));
        assert_eq!(clock.now(), ORIGIN.plus(-5));
        assert!(!clock.is_system());
    }

    #[test]
    fn a_factor_that_no_clock_can_have_is_refused() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(ClockSpec::Scaled { origin: ORIGIN, factor }.check().is_err(), "{factor}");
        }
        assert!(ClockSpec::Scaled { origin: ORIGIN, factor: 60.0 }.check().is_ok());
    }
}
