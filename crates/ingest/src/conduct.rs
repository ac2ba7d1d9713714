//! How one connection behaves, and when it has to go. Pure: every instant is an argument.
//!
//! ```text
//! AwaitLogin --a terminal is believed--> Online      AwaitLogin --handshake deadline--> End::Handshake
//! Online --a whole frame--> Online                   Online --idle deadline, by the model--> End::Idle
//! any --frame begun, not ended in time--> End::SlowFrame     any --bytes unsent for too long--> End::SlowReader
//! any --too much garbage, bad checksums, reports without login--> the End of that name
//! ```
//! Errors: the [`End`] to close with. Source: `reliability.md` §3, B3, B7, B8, B22–B24, B28, B29.

use crate::config::Patience;
use crate::end::End;
use model::AttemptReason;
use std::time::{Duration, Instant};
use wire::Schedule;

/// One connection's record.
#[derive(Debug)]
pub(crate) struct Conduct {
    /// How long its terminal may be silent, where that is more than the operator's limit.
    sleepy: Duration,
    stage: Stage,
    partial_since: Option<Instant>,
    unsent_since: Option<Instant>,
    skipped: usize,
    without_login: u8,
    wrong_codes: u8,
    bad_checksums: BadChecksums,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    AwaitLogin { since: Instant },
    Online { heard: Instant },
}

#[derive(Debug, Clone, Copy)]
struct BadChecksums {
    since: Instant,
    count: u8,
}

impl Conduct {
    /// A connection that was accepted at `now`.
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            sleepy: Duration::ZERO,
            stage: Stage::AwaitLogin { since: now },
            partial_since: None,
            unsent_since: None,
            skipped: 0,
            without_login: 0,
            wrong_codes: 0,
            bad_checksums: BadChecksums { since: now, count: 0 },
        }
    }

    /// Whether a terminal was believed on this connection.
    pub(crate) const fn is_online(&self) -> bool {
        matches!(self.stage, Stage::Online { .. })
    }

    /// What was wrong with a connection that ended by itself before a terminal was believed, by what it did until then.
    pub(crate) const fn shortcoming(&self) -> AttemptReason {
        match self {
            Self { bad_checksums: BadChecksums { count: 1.., .. }, .. } => AttemptReason::BadChecksums,
            Self { wrong_codes: 1.., .. } => AttemptReason::WrongCode,
            Self { without_login: 1.., .. } => AttemptReason::NoLogin,
            Self { partial_since: Some(_), .. } => AttemptReason::SlowFrame,
            Self { skipped: 1.., .. } => AttemptReason::UnknownBytes,
            _ => AttemptReason::SaidNothing,
        }
    }

    /// A frame of a terminal that said who it is.
    pub(crate) const fn on_frame(&mut self, now: Instant) {
        self.stage = Stage::Online { heard: now };
        self.skipped = 0;
    }

    /// Who speaks here keeps this schedule.
    pub(crate) fn on_schedule(&mut self, schedule: Schedule) {
        let silence = Duration::from_secs(u64::from(schedule.silence_s_max().unwrap_or(0)));
        self.sleepy = silence.saturating_mul(INTERVALS_MISSED_MAX).min(SLEEPY_MAX);
    }

    /// Bytes that belong to no frame.
    pub(crate) const fn on_skipped(&mut self, bytes: usize) -> Result<(), End> {
        self.skipped = self.skipped.saturating_add(bytes);
        if self.skipped > SKIPPED_BYTES_MAX { Err(End::Garbage) } else { Ok(()) }
    }

    /// A report before a login.
    pub(crate) const fn on_no_login(&mut self) -> Result<(), End> {
        self.without_login = self.without_login.saturating_add(1);
        if self.without_login >= WITHOUT_LOGIN_MAX { Err(End::NoLogin) } else { Ok(()) }
    }

    /// A wrong authentication code.
    pub(crate) const fn on_wrong_code(&mut self) -> Result<(), End> {
        self.wrong_codes = self.wrong_codes.saturating_add(1);
        if self.wrong_codes >= WRONG_CODES_MAX { Err(End::WrongCodes) } else { Ok(()) }
    }

    /// A frame whose checksum is wrong and which made no sense either.
    pub(crate) fn on_bad_checksum(&mut self, now: Instant) -> Result<(), End> {
        if now.saturating_duration_since(self.bad_checksums.since) >= BAD_CHECKSUMS_WINDOW {
            self.bad_checksums = BadChecksums { since: now, count: 0 };
        }
        self.bad_checksums.count = self.bad_checksums.count.saturating_add(1);
        if self.bad_checksums.count > BAD_CHECKSUMS_MAX { Err(End::BadChecksums) } else { Ok(()) }
    }

    /// A read was cut up; `rest` says what is left of it.
    pub(crate) const fn on_rest(&mut self, rest: Rest, now: Instant) {
        self.partial_since = match (rest, self.partial_since) {
            (Rest::None, _) => None,
            (Rest::SameFrame, Some(since)) => Some(since),
            (Rest::SameFrame, None) | (Rest::NextFrame, _) => Some(now),
        };
    }

    /// Replies wait for the peer to read.
    pub(crate) fn on_unsent(&mut self, now: Instant) {
        self.unsent_since.get_or_insert(now);
    }

    /// The peer took bytes; `left` are still to go.
    pub(crate) const fn on_sent(&mut self, left: usize, now: Instant) {
        self.unsent_since = if left == 0 { None } else { Some(now) };
    }

    /// The server stopped reading for a while by its own will: silence in that time was not the peer's.
    pub(crate) fn on_resume(&mut self, now: Instant) {
        match &mut self.stage {
            Stage::AwaitLogin { since: waits } | Stage::Online { heard: waits } => *waits = now,
        }
        if let Some(since) = &mut self.partial_since {
            *since = now;
        }
    }

    /// The server neither read nor wrote for a while: what was unsent in that time is not held against the peer either.
    pub(crate) fn on_detained(&mut self, now: Instant) {
        self.on_resume(now);
        if let Some(since) = &mut self.unsent_since {
            *since = now;
        }
    }

    /// When this connection has to go if nothing more happens; `reading` says whether its socket is being read.
    pub(crate) fn deadline(&self, patience: &Patience, reading: Reading, now: Instant) -> Instant {
        let writing = self.unsent_since.map(|since| since + patience.write);
        let hearing = match reading {
            Reading::Paused(_) => None,
            Reading::On => Some(self.hearing_deadline(patience).0),
        };
        // With reading paused and nothing to send only the journal can wake the connection.
        [writing, hearing].into_iter().flatten().min().unwrap_or(now + PAUSED_LOOK)
    }

    /// Which deadline has passed at `now`, if any.
    pub(crate) fn overdue(&self, patience: &Patience, reading: Reading, now: Instant) -> Option<End> {
        if self.unsent_since.is_some_and(|since| since + patience.write <= now) {
            return Some(End::SlowReader);
        }
        let (deadline, end) = self.hearing_deadline(patience);
        (reading == Reading::On && deadline <= now).then_some(end)
    }

    fn hearing_deadline(&self, patience: &Patience) -> (Instant, End) {
        let whole = match self.stage {
            Stage::AwaitLogin { since } => (since + patience.handshake, End::Handshake),
            Stage::Online { heard } => (heard + patience.idle.max(self.sleepy), End::Idle),
        };
        match self.partial_since.map(|since| since + patience.frame) {
            Some(frame) if frame < whole.0 => (frame, End::SlowFrame),
            _ => whole,
        }
    }
}

/// Whether the socket is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Yes.
    On,
    /// No.
    Paused(Pause),
}

/// Why a socket is not read for a while. What comes meanwhile waits in the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    /// Too much is on its way to the journal.
    InFlight,
    /// Too much waits for the peer to read.
    Unsent,
    /// It says more than its terminals may.
    Rate,
}

impl Pause {
    /// In declaration order.
    pub(crate) const ALL: [Self; 3] = [Self::InFlight, Self::Unsent, Self::Rate];

    /// The code in metrics.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::InFlight => "in_flight",
            Self::Unsent => "unsent",
            Self::Rate => "rate",
        }
    }
}

/// What a read left in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing.
    None,
    /// The beginning of the frame that had begun before.
    SameFrame,
    /// The beginning of a frame that this read brought.
    NextFrame,
}

/// A tracker that has missed so many of its own intervals is half-open.
const INTERVALS_MISSED_MAX: u32 = 3;
/// Whatever a model's schedule says: a dead connection is not kept for a day.
const SLEEPY_MAX: Duration = Duration::from_hours(3);
/// Garbage since the last frame after which a stream is no tracker's: several of the largest frames.
const SKIPPED_BYTES_MAX: usize = 4096;
/// Reports without login: a tracker that lost its login needs one reconnect, not one per report [B22].
const WITHOUT_LOGIN_MAX: u8 = 3;
/// Wrong codes on one connection [B28].
const WRONG_CODES_MAX: u8 = 5;
/// Senseless frames with a wrong checksum per window [B3].
const BAD_CHECKSUMS_MAX: u8 = 10;
const BAD_CHECKSUMS_WINDOW: Duration = Duration::from_mins(1);
/// A paused connection has no deadline of its own, but looks whether the journal is stuck: ten times a tick.
const PAUSED_LOOK: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    const SECOND: Duration = Duration::from_secs(1);

    fn patience() -> Patience {
        Config::default().patience()
    }

    fn accepted() -> (Conduct, Instant) {
        let now = Instant::now();
        (Conduct::new(now), now)
    }

    #[test]
    fn who_says_nothing_goes_after_the_handshake_deadline() {
        let (conduct, t0) = accepted();
        assert_eq!(conduct.deadline(&patience(), Reading::On, t0), t0 + 15 * SECOND);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 14 * SECOND), None);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 15 * SECOND), Some(End::Handshake));
    }

    #[test]
    fn a_byte_now_and_then_does_not_extend_a_frame() {
        let (mut conduct, t0) = accepted();
        conduct.on_frame(t0);
        for s in 0..30 {
            conduct.on_rest(Rest::SameFrame, t0 + s * SECOND);
        }
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 29 * SECOND), None);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 30 * SECOND), Some(End::SlowFrame));
    }

    #[test]
    fn a_steady_stream_whose_reads_end_inside_frames_is_not_slow() {
        let (mut conduct, t0) = accepted();
        for s in 0..300 {
            conduct.on_frame(t0 + s * SECOND);
            conduct.on_rest(Rest::NextFrame, t0 + s * SECOND);
        }
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 300 * SECOND), None);
    }

    #[test]
    fn a_model_with_a_slow_schedule_may_be_silent_for_three_of_its_intervals() {
        let parked = |parked_s| Schedule { moving_s: Some(30), parked_s, heartbeat_s: None };
        for (schedule, idle_s) in [
            (Schedule::default(), 600),
            (Schedule { heartbeat_s: Some(60), parked_s: Some(86_400), moving_s: None }, 600),
            (Schedule { moving_s: Some(1_200), parked_s: Some(60), heartbeat_s: None }, 3_600),
            (parked(Some(1_200)), 3_600),
            (parked(Some(86_400)), 10_800),
        ] {
            let (mut conduct, t0) = accepted();
            conduct.on_frame(t0);
            conduct.on_schedule(schedule);
            let last = t0 + Duration::from_secs(idle_s);
            assert_eq!(
                conduct.overdue(&patience(), Reading::On, t0 + Duration::from_secs(idle_s - 1)),
                None,
                "{schedule:?}"
            );
            assert_eq!(conduct.overdue(&patience(), Reading::On, last), Some(End::Idle), "{schedule:?}");
        }
    }

    #[test]
    fn an_online_terminal_may_be_silent_until_the_idle_deadline() {
        let (mut conduct, t0) = accepted();
        conduct.on_frame(t0 + SECOND);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 600 * SECOND), None);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 601 * SECOND), Some(End::Idle));
    }

    #[test]
    fn time_in_which_the_server_did_not_read_is_not_held_against_the_peer() {
        let (mut conduct, t0) = accepted();
        conduct.on_frame(t0);
        conduct.on_rest(Rest::NextFrame, t0);
        assert_eq!(conduct.overdue(&patience(), Reading::Paused(Pause::InFlight), t0 + 7200 * SECOND), None);
        conduct.on_resume(t0 + 7200 * SECOND);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 7229 * SECOND), None);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 7230 * SECOND), Some(End::SlowFrame));
    }

    #[test]
    fn time_in_which_the_journal_had_no_room_is_not_held_against_the_peer() {
        let (mut conduct, t0) = accepted();
        conduct.on_frame(t0);
        conduct.on_rest(Rest::NextFrame, t0);
        conduct.on_unsent(t0);
        conduct.on_detained(t0 + 7200 * SECOND);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 7209 * SECOND), None);
        assert_eq!(conduct.overdue(&patience(), Reading::On, t0 + 7210 * SECOND), Some(End::SlowReader));
    }

    #[test]
    fn a_peer_that_never_reads_goes_even_while_reading_is_paused() {
        let (mut conduct, t0) = accepted();
        conduct.on_frame(t0);
        conduct.on_unsent(t0);
        conduct.on_unsent(t0 + 9 * SECOND);
        assert_eq!(
            conduct.overdue(&patience(), Reading::Paused(Pause::InFlight), t0 + 10 * SECOND),
            Some(End::SlowReader)
        );
        conduct.on_sent(0, t0 + 10 * SECOND);
        assert_eq!(conduct.overdue(&patience(), Reading::Paused(Pause::InFlight), t0 + 11 * SECOND), None);
    }

    #[test]
    fn eleven_bad_checksums_in_a_minute_end_it_ten_do_not() {
        let (mut conduct, t0) = accepted();
        for _ in 0..10 {
            assert_eq!(conduct.on_bad_checksum(t0), Ok(()));
        }
        assert_eq!(conduct.on_bad_checksum(t0 + 59 * SECOND), Err(End::BadChecksums));
        assert_eq!(conduct.on_bad_checksum(t0 + 60 * SECOND), Ok(()));
    }

    #[test]
    fn garbage_counts_from_the_last_good_frame() {
        let (mut conduct, t0) = accepted();
        assert_eq!(conduct.on_skipped(4000), Ok(()));
        conduct.on_frame(t0);
        assert_eq!(conduct.on_skipped(4000), Ok(()));
        assert_eq!(conduct.on_skipped(97), Err(End::Garbage));
    }

    #[test]
    fn the_third_report_without_login_ends_it() {
        let (mut conduct, _) = accepted();
        assert_eq!([(); 3].map(|()| conduct.on_no_login()), [Ok(()), Ok(()), Err(End::NoLogin)]);
    }
}
