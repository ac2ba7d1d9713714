//! What happens in a history, and how often.

use super::history::{History, LEAVE_MAX};
use super::line::{Stage, UpEnd};
use crate::end::End;
use crate::exchange;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

impl History {
    /// One event, by the dice.
    #[rustfmt::skip]
    pub(super) fn step(&mut self) {
        self.trace.begin();
        let device = self.dice.below(self.devices.len());
        match self.dice.between(1, 100) {
            1..=8 => self.arrive(device),
            9..=24 => self.report(device),
            25..=29 => self.message(device),
            30..=35 => self.talk_nonsense(device),
            36..=55 => self.deliver(),
            56..=63 => self.catch_up(device),
            64..=66 => self.vanish(device),
            67..=68 => self.hang_up(device),
            69..=76 => self.commit(),
            77..=79 => self.stall(),
            80..=82 => self.jump(),
            83..=97 => self.pass(),
            98 => self.impostor(device),
            99 => self.panic(),
            _ => self.end_process(),
        }
        // A task that was woken runs soon, and mostly before anything else happens.
        if !self.dice.once_in(4) {
            self.turn_all(0);
        }
    }

    /// Connects; a connection that the device still has goes on without it.
    fn arrive(&mut self, device: usize) {
        // Above all one that waits for an acknowledgement in vain.
        let mut lines = self.lines.values();
        let detained =
            lines.find(|line| matches!(line.stage, Stage::Detained { .. })).map(|line| line.device);
        let device = detained.unwrap_or(device);
        let before = self.devices[device].line;
        if before.is_some() && !self.dice.once_in(3) {
            return;
        }
        self.come(device);
        if let Some(line) = self.devices[device].line.filter(|line| Some(*line) != before) {
            self.note(&format!("device {device} comes on line {line}, its last is {before:?}"));
        }
    }

    pub(super) fn come(&mut self, device: usize) {
        let Some(number) = self.connect(device) else { return };
        let device = &mut self.devices[device];
        let hello = device.on_connected(number) + &device.resend();
        self.say(number, &hello);
    }

    pub(super) fn say(&mut self, number: u32, text: &str) {
        if let Some(line) = self.lines.get_mut(&number) {
            line.up.extend_from_slice(text.as_bytes());
        }
    }

    fn report(&mut self, device: usize) {
        let text = self.devices[device].report(&mut self.dice);
        self.send(device, &text);
    }

    fn message(&mut self, device: usize) {
        let text = self.devices[device].message(&mut self.dice);
        self.send(device, &text);
    }

    /// Sends it if there is a connection; what is to be kept goes with the next one otherwise.
    pub(super) fn send(&mut self, device: usize, text: &str) {
        let line = self.devices[device].line;
        self.note(&format!("device {device} says {text:?} on line {line:?}"));
        if let Some(line) = line {
            self.say(line, text);
        }
    }

    fn talk_nonsense(&mut self, device: usize) {
        let text = match self.dice.between(1, 12) {
            1 => "#U\n".to_owned(),
            2 => format!("#U{}\n", "0".repeat(1_900)),
            3 => "#P9;9\n".to_owned(),
            4 => "x".repeat(self.dice.below(12_000)),
            5 => "#U!\n".repeat(self.dice.below(15)),
            6 => "#".to_owned() + &"0".repeat(2_100),
            7 => "$L16\n".to_owned(),
            8 => "#T40:1\n#T41:2\n#T42:3\n".to_owned(),
            9 => "#U\n".repeat(self.dice.below(400)),
            // The line end never comes.
            _ => "#P1".to_owned(),
        };
        self.note(&format!("device {device} talks nonsense: {:.30?}, {} bytes", text, text.len()));
        if let Some(line) = self.devices[device].line {
            self.say(line, &text);
        }
    }

    /// Bytes of one connection reach the server: all, or as many as the network likes.
    fn deliver(&mut self) {
        let Some(number) = self.any_line() else { return };
        let waiting = self.lines[&number].up.len();
        let bytes = if self.dice.once_in(3) { self.dice.below(waiting + 1) } else { waiting };
        self.note(&format!("{bytes} of {waiting} bytes reach line {number}"));
        self.turn(number, bytes);
    }

    fn any_line(&mut self) -> Option<u32> {
        let numbers: Vec<u32> = self.lines.keys().copied().collect();
        (!numbers.is_empty()).then(|| numbers[self.dice.below(numbers.len())])
    }

    pub(super) fn catch_up(&mut self, device: usize) {
        let Some(number) = self.devices[device].line else { return };
        let Some(line) = self.lines.get_mut(&number) else { return };
        let answers = self.devices[device].hear(&line.down);
        line.down.clear();
        line.up.extend_from_slice(answers.as_bytes());
    }

    /// Half-open: the device is gone, and the server is not told. Some of what it sent is lost on the way.
    fn vanish(&mut self, device: usize) {
        let Some(number) = self.devices[device].line.take() else { return };
        let Some(line) = self.lines.get_mut(&number) else { return };
        let kept = self.dice.below(line.up.len() + 1);
        line.up.truncate(kept);
        self.seen.count("a half-open connection", 1);
        self.note(&format!("device {device} vanishes from line {number}"));
    }

    pub(super) fn hang_up(&mut self, device: usize) {
        let Some(number) = self.devices[device].line.take() else { return };
        let Some(line) = self.lines.get_mut(&number) else { return };
        line.up_end = if self.dice.once_in(2) { UpEnd::Closed } else { UpEnd::Reset };
        let end = line.up_end;
        self.note(&format!("device {device} hangs up line {number}: {end:?}"));
    }

    fn commit(&mut self) {
        if !self.is_stalled {
            let calls = self.dice.below(self.ledger.waiting() + 1) + 1;
            self.note(&format!("{calls} calls are committed"));
            self.ledger.commit(calls, self.moment().time);
            self.say_farewell();
        }
    }

    fn stall(&mut self) {
        self.is_stalled = !self.is_stalled;
        self.note(if self.is_stalled { "the disk is full" } else { "the disk has room" });
    }

    /// The wall clock is set, by minutes, days or years, on or back. The devices' patience has nothing to do with it.
    fn jump(&mut self) {
        let (minute, day) = (60_000, 86_400_000);
        let largest = [minute, 20 * minute, 2 * day, 400 * day][self.dice.below(4)];
        let by = i64::try_from(self.dice.between(0, 2 * largest)).unwrap() - i64::try_from(largest).unwrap();
        self.seen.count(if by < 0 { "a clock set back" } else { "a clock set on" }, 1);
        self.note(&format!("the wall clock jumps by {by} ms"));
        self.wall_ms += by;
    }

    fn pass(&mut self) {
        let longest = [20, 1_000, 20_000, 300_000, 1_200_000][self.dice.below(5)];
        let ms = self.dice.between(1, longest);
        if !self.is_stalled && !self.dice.once_in(4) {
            self.commit_all();
        }
        self.note(&format!("{ms} ms pass"));
        self.pass_by(Duration::from_millis(ms));
    }

    pub(super) fn commit_all(&mut self) {
        while self.ledger.waiting() + self.farewells.len() > 0 {
            self.ledger.commit(usize::MAX, self.moment().time);
            self.turn_all(0);
            self.say_farewell();
        }
    }

    /// Time goes on from timer to timer.
    pub(super) fn pass_by(&mut self, time: Duration) {
        let until = self.now + time;
        self.turn_all(0);
        while let Some(due) = self.next_timer().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.turn_all(0);
            assert!(
                self.next_timer().is_none_or(|next| next > self.now),
                "a timer that is due changes nothing"
            );
        }
        self.now = until;
    }

    fn next_timer(&self) -> Option<Instant> {
        let timers = self.lines.values().filter_map(|line| match &line.stage {
            Stage::Live => {
                let deadline = line.exchange.deadline(self.now, &self.house);
                Some(line.wake.map_or(deadline, |wake| wake.min(deadline)))
            }
            Stage::Detained { .. } => None,
            Stage::Leaving { since, .. } => Some(*since + LEAVE_MAX),
        });
        timers.min()
    }

    pub(super) fn turn_all(&mut self, arrived: usize) {
        let numbers: Vec<u32> = self.lines.keys().copied().collect();
        for number in numbers {
            self.turn(number, arrived);
        }
    }

    /// Somebody without the code says that he is this device.
    fn impostor(&mut self, device: usize) {
        let Some(number) = self.connect(device) else { return };
        let login = self.devices[device].login;
        let times = self.dice.below(7);
        self.note(&format!("an impostor of {login} comes on line {number}"));
        let text = match self.dice.between(1, 3) {
            1 => "GET / HTTP/1.1\r\n".to_owned(),
            2 => "#P1\n".repeat(times),
            _ => format!("#F{login}\n").repeat(times),
        };
        self.say(number, &text);
        self.turn(number, usize::MAX);
    }

    /// A connection's task is gone: a protocol panicked. It is dropped without a word.
    fn panic(&mut self) {
        let Some(number) = self.any_line() else { return };
        let Some(mut line) = self.lines.remove(&number) else { return };
        self.note(&format!("the task of line {number} panics"));
        self.seen.count("a panic", 1);
        if let Stage::Detained { heard, .. } = &line.stage {
            exchange::refuse(heard, &self.house);
        }
        // Nobody is left to append its goodbye.
        drop(line.exchange.leave(End::Failed(ErrorKind::Other), &self.house));
        self.panicked.insert(line.session);
        self.gone(line);
    }

    fn end_process(&mut self) {
        match self.dice.between(1, 3) {
            1 => {
                self.note("the process dies");
                self.seen.count("a crash", 1);
            }
            2 => {
                self.note("the journal fails");
                self.ledger.fail();
                self.turn_all(0);
                self.check_counters();
            }
            _ => {
                self.note("the server stops");
                self.stop();
            }
        }
        self.note_totals();
        self.begin_again();
    }
}
