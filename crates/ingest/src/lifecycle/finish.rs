//! The end of a history: the disk has room, everybody gets time, and then everybody falls silent. What must hold then.

use super::history::History;
use super::ledger::{Proof, Stage};
use super::line::UpEnd;
use super::trace::Seen;
use crate::directory::{Listed, Listing};
use journal::PartKey;
use std::collections::BTreeSet;
use std::time::Duration;

/// Until every device has been acknowledged everything: more than two devices need that end each other.
const ROUNDS_MAX: u32 = 400;
const ROUND: Duration = Duration::from_millis(700);

impl History {
    pub(super) fn finish(&mut self) {
        self.note("quiet time");
        self.is_stalled = false;
        self.approve();
        for device in 0..self.devices.len() {
            let text = self.devices[device].say_parts(usize::MAX);
            self.send(device, &text);
        }
        let mut rounds = 0;
        while self.devices.iter().any(|device| !device.unacknowledged.is_empty()) {
            assert!(rounds < ROUNDS_MAX, "a device is not acknowledged: {:?}", self.owed());
            self.round(rounds % 10 == 9);
            rounds += 1;
        }
        self.commit_all();
        self.check();
        self.check_everything_is_there();
        self.leave_one_by_one();
        self.fall_silent();
        self.note_totals();
        self.stop();
        self.check_ends();
    }

    fn approve(&mut self) {
        let approved = Listed { approved: true, ..Listed::default() };
        let everybody = self.devices.iter().flat_map(|device| device.terminals.clone());
        let terminals = everybody.map(|terminal| (terminal, approved)).collect();
        self.house.directory.replace(Listing { version: 2, terminals, quarantine_room: 1_000_000 });
    }

    fn round(&mut self, resend: bool) {
        for device in 0..self.devices.len() {
            match self.devices[device].line {
                None => self.come(device),
                Some(line) if resend => {
                    let text = self.devices[device].resend();
                    self.say(line, &text);
                }
                Some(_) => {}
            }
        }
        self.commit_all();
        self.turn_all(usize::MAX);
        self.commit_all();
        for device in 0..self.devices.len() {
            self.catch_up(device);
        }
        self.pass_by(ROUND);
        self.check();
    }

    fn owed(&self) -> Vec<(usize, &str)> {
        let owed = self.devices.iter().enumerate();
        owed.flat_map(|(place, device)| {
            device.unacknowledged.iter().map(move |upload| (place, upload.name.as_str()))
        })
        .collect()
    }

    /// Each report that a device ever made is there, by identity once, and nothing that none made.
    fn check_everything_is_there(&mut self) {
        let sent: BTreeSet<Proof> =
            self.devices.iter().flat_map(|device| device.sent.values().flatten().copied()).collect();
        for proof in &sent {
            assert!(self.ledger.holds(proof), "{proof:?} is acknowledged and not in the journal");
        }
        let (held, owed) = self.house.parts.keys();
        let is_given_up = |terminal, set| {
            let is_this = |key: &&PartKey| (key.terminal, key.set.0) == (terminal, set);
            self.ledger.given_up.contains(&(terminal, set)) || owed.iter().any(|key| is_this(&key))
        };
        for (terminal, set) in self.devices.iter().flat_map(|device| device.messages.clone()) {
            let whole = Proof::Whole(terminal, set);
            assert!(
                self.ledger.holds(&whole) || is_given_up(terminal, set),
                "message {set} of {terminal:?} has come in all its parts and is not whole"
            );
        }
        for key in self.ledger.parts.keys() {
            assert!(held.contains(key) || owed.contains(key), "nobody will let go of {key:?} in the journal");
        }
        let wholes = self.ledger.proofs().filter(|proof| matches!(proof, Proof::Whole(..))).count();
        self.seen.count("a whole message", u64::try_from(wholes).unwrap());
        self.seen.count("a repeat after a lost acknowledgement", self.ledger.repeats());
    }

    /// Some go in order, so that whoever shares their number is alone again.
    fn leave_one_by_one(&mut self) {
        for _ in 0..2 {
            let device = self.dice.below(self.devices.len());
            self.hang_up(device);
            self.turn_all(0);
            self.check();
        }
    }

    /// Everybody is half-open now: each connection goes within its patience, and leaves nothing behind.
    fn fall_silent(&mut self) {
        self.note("silence");
        for device in &mut self.devices {
            device.line = None;
        }
        for line in self.lines.values_mut() {
            line.up_end = UpEnd::Open;
            line.up.clear();
        }
        let patience = self.house.config.patience();
        for _ in 0..3 {
            self.pass_by(patience.idle / 2);
            self.commit_all();
            self.check();
        }
        assert_eq!(self.lines.keys().collect::<Vec<_>>(), Vec::<&u32>::new(), "connections outlive silence");
    }

    /// The server stops in order: everybody is told to go, what was read is committed and acknowledged.
    pub(super) fn stop(&mut self) {
        self.is_stalled = false;
        self.roster.stop();
        self.seen.count("a stop", 1);
        while !self.lines.is_empty() {
            self.turn_all(0);
            self.commit_all();
            self.pass_by(Duration::from_millis(500));
        }
        self.commit_all();
        assert_eq!(self.house.registry().holders().count(), 0, "terminals are held by nobody");
        let totals = self.house.counters.totals();
        assert_eq!(totals.frames_in, totals.journalled + totals.refused, "{totals:?}");
        self.check_ends();
    }

    /// Each session of this run that has begun has ended, but for those whose task is gone.
    fn check_ends(&self) {
        let of_this_run =
            self.ledger.sessions.iter().filter(|((session, _), _)| session.run == self.ledger.run);
        for ((session, terminal), stage) in of_this_run {
            let ended = *stage == Stage::Ended || self.panicked.contains(session);
            assert!(ended, "session {session} of {terminal:?} has no end in the journal");
        }
    }

    pub(super) fn note_totals(&mut self) {
        let totals = self.house.counters.totals();
        self.seen.count("a frame", totals.frames_in);
        self.seen.count("a takeover", totals.takeovers);
        self.seen.count("a dispute", totals.conflicts);
    }

    pub(super) fn seen(self) -> Seen {
        self.seen
    }
}
