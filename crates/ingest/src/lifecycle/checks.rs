//! What holds after every event of a history.

use super::history::History;
use super::ledger::Proof;
use super::line::{Line, Stage};
use crate::allowance::Rate;
use crate::conduct::{Pause, Reading};
use crate::end::End;
use crate::exchange::{READ_BYTES, UNSENT_BYTES_MAX};
use crate::registry::{DAMPER_WINDOW, TAKEOVERS_MAX};
use model::{SessionId, TerminalId};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

impl History {
    pub(super) fn check(&self) {
        self.check_counters();
        self.check_registry();
        self.check_damper();
        for line in self.lines.values() {
            check_buffers(line, self.house.config.frames_in_flight_max);
            if matches!(line.stage, Stage::Live) && line.ending.said().is_none() {
                self.check_patience(line);
            }
        }
        assert_eq!(self.roster.count(), self.lines.len(), "places in the roster");
    }

    /// `frames_in = journalled + refused + in_flight`, and what is in flight is on its way somewhere.
    pub(super) fn check_counters(&self) {
        let totals = self.house.counters.totals();
        assert_eq!(
            totals.frames_in,
            totals.journalled + totals.refused + totals.in_flight,
            "frames do not add up: {totals:?}"
        );
        let in_flight: u32 = self.lines.values().map(Line::in_flight).sum();
        assert_eq!(totals.in_flight, u64::from(in_flight), "frames in flight");
    }

    /// Each terminal is held by the newest connection that was believed to speak for it, and by nobody if there is none.
    fn check_registry(&self) {
        let mut newest: BTreeMap<TerminalId, (u64, &Line)> = BTreeMap::new();
        for line in self.lines.values().filter(|line| !line.is_leaving()) {
            for (terminal, belief) in &line.saw.believed {
                let held = newest.entry(*terminal).or_insert((*belief, line));
                if *belief > held.0 {
                    *held = (*belief, line);
                }
            }
        }
        let mut held: BTreeMap<TerminalId, SessionId> = self.house.registry().holders().collect();
        for (terminal, (_, line)) in newest {
            let holder = held.remove(&terminal);
            // The newer one it was told to make room for may be gone before it is.
            let makes_room = holder.is_none() && line.ending.said() == Some(End::TakenOver);
            assert!(
                makes_room || holder == Some(line.session),
                "{terminal:?} is held by {holder:?}, and line {} speaks for it",
                line.number
            );
        }
        assert!(held.is_empty(), "held, and nobody speaks for them: {held:?}");
    }

    /// Two devices with one number end each other a few times, and not for ever.
    fn check_damper(&self) {
        for (terminal, instants) in &self.takeovers {
            let recent = instants.iter().filter(|at| **at + DAMPER_WINDOW > self.now).count();
            // One window may end where the next begins.
            let most = 2 * usize::from(TAKEOVERS_MAX);
            assert!(recent <= most, "{recent} takeovers of {terminal:?} within {DAMPER_WINDOW:?}");
        }
    }

    /// Nobody is waited for longer than its patience, by instants, whatever the wall clock says.
    fn check_patience(&self, line: &Line) {
        let (saw, patience) = (&line.saw, self.house.config.patience());
        let waits = |since: Option<Instant>, patience: Duration, what: &str| {
            if let Some(since) = since {
                let waited = self.now - since.max(saw.excuse(line.saw.accepted));
                assert!(waited < patience, "line {} waits for {what} since {waited:?}", line.number);
            }
        };
        if line.exchange.reading() == Reading::On {
            let (since, whole) = match saw.frame {
                Some(frame) => (frame, patience.idle),
                None => (saw.accepted, patience.handshake),
            };
            waits(Some(since), whole, "a frame");
            waits(saw.partial, patience.frame, "the end of a frame");
        }
        waits(saw.unsent, patience.write, "its peer to read");
    }

    /// Nobody is sent away for a silence that was not its own.
    pub(super) fn check_end(&self, line: &Line, end: End) {
        let (saw, patience) = (&line.saw, self.house.config.patience());
        let excuse = saw.excuse(saw.accepted);
        let silent = |since: Option<Instant>, patience: Duration| {
            let since = since.unwrap_or(saw.accepted).max(excuse);
            let silence = self.now - since;
            assert!(silence >= patience, "line {} ends by {end:?} after {silence:?}", line.number);
        };
        match end {
            End::Idle => silent(saw.good_frame, patience.idle),
            End::Handshake => silent(None, patience.handshake),
            End::SlowFrame => silent(saw.partial, patience.frame),
            End::SlowReader => {
                let since = saw.unsent.expect("nothing is unsent").max(saw.detained.unwrap_or(saw.accepted));
                assert!(self.now - since >= patience.write, "line {} is no slow reader", line.number);
            }
            End::TakenOver => {
                let registry = self.house.registry();
                let mut terminals = saw.believed.keys();
                // By a newer one; that one may be gone again.
                let is_lost = terminals.any(|terminal| registry.holder(*terminal) != Some(line.session));
                assert!(is_lost, "line {} was not taken over", line.number);
            }
            _ => {}
        }
    }

    /// What the server says is true: no acknowledgement before its commit.
    pub(super) fn check_said(&self, line: &mut Line) {
        while let Some(end) = line.said.iter().position(|byte| *byte == b'\n') {
            let said = line.said.split_to(end + 1);
            let text = std::str::from_utf8(&said[..end]).unwrap();
            if let Some(name) = text.strip_prefix("ack ") {
                line.durable_replies += 1;
                for proof in self.promised(line.device, name) {
                    assert!(
                        self.ledger.holds(proof),
                        "{text:?} leaves on line {} before {proof:?} is committed",
                        line.number
                    );
                }
            } else if text == "general" {
                line.durable_replies += 1;
            }
        }
        let kept = self.ledger.frames_of(line.session);
        assert!(
            line.durable_replies <= kept,
            "line {}: {} durable replies for {kept} committed frames",
            line.number,
            line.durable_replies
        );
    }

    /// Nonsense is acknowledged too, and promises nothing that a device waits for.
    fn promised(&self, device: usize, name: &str) -> &[Proof] {
        self.devices[device].sent.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

impl super::line::Saw {
    /// Until when the server itself did not listen.
    fn excuse(&self, accepted: Instant) -> Instant {
        [self.paused, self.detained].into_iter().flatten().max().unwrap_or(accepted)
    }
}

/// Whoever is read has not said more than it may: what comes with that read is taken whole.
pub(super) fn check_rate(line: &Line, rate: Rate, now: Instant) {
    let seconds = (now - line.saw.accepted).as_secs();
    let rate = u64::from(rate.burst) + u64::from(rate.frames_per_s) * (seconds + 1);
    let terminals = u64::try_from(line.exchange.talk.terminals().max(1)).unwrap();
    let frames = line.saw.frames;
    assert!(frames <= rate * terminals, "line {} is read after {frames} frames in {seconds} s", line.number);
}

fn check_buffers(line: &Line, frames_in_flight_max: u32) {
    let (unread, exchange) = (line.exchange.input.len(), &line.exchange);
    assert!(unread <= exchange.talk.buffer_max() + READ_BYTES, "line {} holds {unread} bytes", line.number);
    // A read that was begun below the limits is taken whole.
    let frames_max = frames_in_flight_max + FRAMES_PER_READ_MAX;
    let frames = exchange.replies.frames_waiting();
    assert!(frames <= frames_max, "line {} has {frames} frames in flight", line.number);
    let unsent = exchange.replies.unsent().len();
    let replies = usize::try_from(frames_max).unwrap() * REPLY_BYTES_MAX;
    assert!(unsent <= UNSENT_BYTES_MAX + replies, "line {} has {unsent} bytes unsent", line.number);
    let promised = exchange.replies.promised();
    assert!(promised <= replies, "line {} has promised {promised} bytes", line.number);
    let busy = frames >= frames_in_flight_max || unsent >= UNSENT_BYTES_MAX;
    let busy = busy || exchange.reading() == Reading::Paused(Pause::Rate);
    assert!(
        busy || exchange.reading() == Reading::On
            || !matches!(line.stage, Stage::Live)
            || line.ending.said().is_some(),
        "line {} is not read",
        line.number
    );
}

/// Of three bytes each, beside what the buffer held.
const FRAMES_PER_READ_MAX: u32 = 2 * 4096 / 3;
const REPLY_BYTES_MAX: usize = 16;
