//! One connection without its socket: what it gives to the journal, what may leave, and when it has to go.
//!
//! ```text
//! bytes --hear--> Heard --queued--> promised --committed--> may leave     Heard --not queued--> refused
//! look: too much in flight or in a while --> reading pauses     a deadline passed --> the End
//! leave --> the registry forgets it, its goodbye is for the journal
//! ```
//! Waits for nothing and asks no clock: `connection` does. `P` is the promise of one call of the journal.
//! Errors: the [`End`] to close with. Source: DESIGN.md §3; `reliability.md` §3.

mod replies;

use crate::allowance::Allowance;
use crate::conduct::{Pause, Reading};
use crate::counters::Refusal;
use crate::end::End;
use crate::read_buffer;
use crate::talk::{Caller, Heard, House, Moment, Talk};
use bytes::BytesMut;
use journal::{Item, JournalError, Pending};
use model::Timestamp;
pub(crate) use replies::Released;
use replies::{Owed, Replies};
use std::time::{Duration, Instant};

/// One connection, as far as it waits for nothing.
pub(crate) struct Exchange<P = Pending> {
    pub(crate) talk: Talk,
    pub(crate) replies: Replies<P>,
    pub(crate) input: BytesMut,
    reading: Reading,
    allowance: Allowance,
}

impl<P> Exchange<P> {
    /// A connection that was accepted at `now`.
    pub(crate) fn new(house: &House, caller: Caller, now: Instant) -> Self {
        let talk = Talk::new(house, caller, now);
        let (replies, input) = (Replies::default(), BytesMut::new());
        Self { talk, replies, input, reading: Reading::On, allowance: Allowance::new(now) }
    }

    /// Whether the socket is to be read.
    pub(crate) const fn reading(&self) -> Reading {
        self.reading
    }

    /// How many bytes the next read may bring.
    pub(crate) fn room(&self) -> usize {
        self.talk.buffer_max().saturating_sub(self.input.len()).clamp(1, READ_BYTES)
    }

    /// Hears what was read. Replies that promise nothing may leave; its items are for one call of the journal.
    pub(crate) fn hear(&mut self, at: Moment, house: &House) -> Heard {
        let mut heard = self.talk.hear(&mut self.input, at, house);
        if self.input.is_empty() {
            self.input = BytesMut::new();
        } else if !heard.more {
            read_buffer::keep_apart(&mut self.input);
        }
        self.replies.send(std::mem::take(&mut heard.now));
        house.counters.in_flight.raise(heard.frames);
        self.allowance.spend(heard.cut, self.talk.terminals(), house.config.rate(), at.instant);
        heard
    }

    /// The journal has taken what was heard: it will be durable, unless the process dies first.
    pub(crate) fn on_queued(&mut self, heard: Heard, pending: P, now: Instant, house: &House) {
        self.talk.on_queued();
        house.parts.let_go(&heard.whole);
        let owed = Owed { replies: heard.durable, frames: heard.frames, acks: heard.acks };
        self.replies.promise(pending, owed, now);
    }

    /// The journal has taken items that promise the peer nothing.
    pub(crate) fn on_told(&mut self, pending: P, now: Instant) {
        self.replies.promise(pending, Owed::default(), now);
    }

    /// The journal had no room until now, and nothing was read or written meanwhile.
    pub(crate) fn on_detained(&mut self, now: Instant) {
        self.talk.conduct.on_detained(now);
    }

    /// Commits have released replies, or there will be none any more.
    pub(crate) fn on_committed(
        &mut self,
        outcome: Result<Released, JournalError>,
        now: Instant,
        house: &House,
    ) -> Result<(), JournalError> {
        let counters = &house.counters;
        match outcome {
            Ok(released) => {
                counters.in_flight.lower(released.frames);
                counters.journalled.add(u64::from(released.frames));
                counters.acks.add(u64::from(released.acks));
                if released.waited(now) >= STALL_AFTER {
                    counters.interrupt();
                }
                Ok(())
            }
            Err(error) => {
                self.give_up(house);
                Err(error)
            }
        }
    }

    /// Frames whose commit will not be heard of: not acknowledged, so the device sends them again.
    pub(crate) fn give_up(&mut self, house: &House) {
        let frames = self.replies.abandon();
        house.counters.in_flight.lower(frames);
        house.counters.refuse(Refusal::Unconfirmed, u64::from(frames));
    }

    /// The peer took this many bytes.
    pub(crate) fn on_written(&mut self, bytes: usize, now: Instant) {
        let left = self.replies.sent(bytes);
        self.talk.conduct.on_sent(left, now);
    }

    /// The peer takes nothing at the moment.
    pub(crate) fn on_unwritable(&mut self, now: Instant) {
        self.talk.conduct.on_unsent(now);
    }

    /// Decides whether to go on reading, and whether to go on at all.
    pub(crate) fn look(&mut self, now: Instant, house: &House) -> Result<(), End> {
        let pause = self.pause(now, house);
        match (self.reading, pause) {
            (Reading::Paused(_), None) => self.talk.conduct.on_resume(now),
            (Reading::On, Some(why)) => self.note_pause(why, now, house),
            _ => {}
        }
        self.reading = pause.map_or(Reading::On, Reading::Paused);
        let is_behind = matches!(pause, Some(Pause::InFlight | Pause::Unsent));
        if is_behind && self.replies.oldest_wait(now) >= STALL_AFTER {
            house.counters.interrupt();
        }
        self.talk.conduct.overdue(&house.config.patience(), self.reading, now).map_or(Ok(()), Err)
    }

    /// Counts it; of who says too much ops hear, since only its makers can mend that.
    fn note_pause(&self, why: Pause, now: Instant, house: &House) {
        house.counters.pause(why);
        if why == Pause::Rate
            && let Some(suppressed) = house.rate_log.permits(now)
        {
            self.talk.span().in_scope(|| {
                tracing::warn!(
                    frames_per_s_max = house.config.frames_per_s_max,
                    suppressed,
                    "a connection says more than its terminals may: it is read later, and nothing is lost"
                );
            });
        }
    }

    /// Why the socket is not to be read now, if it is not.
    fn pause(&self, now: Instant, house: &House) -> Option<Pause> {
        if self.replies.frames_waiting() >= house.config.frames_in_flight_max {
            return Some(Pause::InFlight);
        }
        if self.replies.unsent().len() >= UNSENT_BYTES_MAX {
            return Some(Pause::Unsent);
        }
        self.allowance.resumes(house.config.rate(), now).map(|_| Pause::Rate)
    }

    /// Until when to wait if nothing happens.
    pub(crate) fn deadline(&self, now: Instant, house: &House) -> Instant {
        let deadline = self.talk.conduct.deadline(&house.config.patience(), self.reading, now);
        self.allowance.resumes(house.config.rate(), now).map_or(deadline, |resumes| resumes.min(deadline))
    }

    /// Lets the session do what is due; says when it wants to be woken. Not while its terminal is not heard: what it
    /// waits for may be there already.
    pub(crate) fn wake(&mut self, time: impl Fn() -> Timestamp, house: &House) -> Option<Timestamp> {
        let at = self.talk.wake_at().filter(|_| self.reading == Reading::On)?;
        let time = time();
        if at > time {
            return Some(at);
        }
        let said = self.talk.wake(time, house);
        self.replies.send(said.into());
        self.talk.wake_at()
    }

    /// Ends it: what the journal keeps of the end, behind everything that was heard.
    pub(crate) fn leave(&mut self, end: End, house: &House) -> Vec<Item> {
        self.talk.close(end, house)
    }
}

/// What was heard does not get into the journal: that takes no more, or nobody waits for it any longer.
pub(crate) fn refuse(heard: &Heard, house: &House) {
    house.counters.in_flight.lower(heard.frames);
    house.counters.refuse(Refusal::Unconfirmed, u64::from(heard.frames));
    house.parts.owe_again(&heard.owed);
}

/// What one read may bring. Some 400 reports; larger reads were not faster.
pub(crate) const READ_BYTES: usize = 4 * 1024;
/// Reads of what a peer said before it was gone, 64 KiB in all: more than a tracker has on its way at once.
pub(crate) const LAST_READS_MAX: usize = 16;
/// Replies that wait for the peer to read; above it the peer is not read either.
pub(crate) const UNSENT_BYTES_MAX: usize = 16 * 1024;
/// A journal that takes this long is not keeping up: a commit takes milliseconds, and a tick lasts ten seconds.
pub(crate) const STALL_AFTER: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests;
