//! A device of a history: keeps each report until it is acknowledged, and sends it again on its next connection.

use super::dice::Dice;
use super::ledger::{Proof, proofs};
use bytes::BytesMut;
use model::TerminalId;
use std::collections::{HashMap, VecDeque};

pub(super) struct Device {
    pub(super) login: &'static str,
    /// For whom it speaks: itself, or as a relay for others.
    pub(super) terminals: Vec<TerminalId>,
    is_relay: bool,
    next: u16,
    set: u16,
    /// By the name under which each is acknowledged, the oldest first.
    pub(super) unacknowledged: Vec<Upload>,
    /// Everything it ever sent that is to be kept.
    pub(super) sent: HashMap<String, Vec<Proof>>,
    pub(super) messages: Vec<(TerminalId, u64)>,
    /// Parts that it has not come to send yet.
    later: VecDeque<(TerminalId, String)>,
    /// The connection it believes to have.
    pub(super) line: Option<u32>,
    heard: BytesMut,
}

#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) frame: String,
}

impl Device {
    /// `place` keeps the numbers of devices that share a terminal apart.
    pub(super) fn new(login: &'static str, terminals: &[&str], place: u16) -> Self {
        let ids = terminals.iter().map(|id| TerminalId::parse(id).unwrap()).collect();
        Self {
            login,
            terminals: ids,
            is_relay: terminals.len() > 1,
            next: 100 + place * 5_000,
            set: 1_000 + place * 1_000,
            unacknowledged: Vec::new(),
            sent: HashMap::new(),
            messages: Vec::new(),
            later: VecDeque::new(),
            line: None,
            heard: BytesMut::new(),
        }
    }

    /// What it says first on a new connection.
    pub(super) fn on_connected(&mut self, line: u32) -> String {
        self.line = Some(line);
        self.heard.clear();
        if self.is_relay { String::new() } else { format!("#L{}\n", self.login) }
    }

    pub(super) fn resend(&self) -> String {
        self.unacknowledged.iter().map(|upload| upload.frame.as_str()).collect()
    }

    /// A new report, or several in a frame.
    pub(super) fn report(&mut self, dice: &mut Dice) -> String {
        if !self.later.is_empty() && dice.once_in(2) {
            return self.say_parts(1);
        }
        let first = self.next;
        let terminal = self.terminals[dice.below(self.terminals.len())];
        // Some firmware computes checksums wrongly; what reads well is kept all the same.
        let mark = if dice.once_in(12) { "!" } else { "" };
        let count = u16::try_from(dice.between(2, 9)).unwrap();
        let (frame, taken) = match () {
            () if self.is_relay => (format!("#T{}:{first}{mark}\n", terminal.as_str()), 1),
            () if dice.once_in(3) => (format!("#B{count}:{first}{mark}\n"), count),
            () => (format!("#P{first}{mark}\n"), 1),
        };
        self.next += taken;
        self.keep(terminal, first.to_string(), frame)
    }

    /// A message in parts.
    pub(super) fn message(&mut self, dice: &mut Dice) -> String {
        if self.is_relay {
            return self.report(dice);
        }
        let (set, terminal, total) = (self.set, self.terminals[0], dice.between(2, 4));
        self.set += 1;
        self.messages.push((terminal, u64::from(set)));
        let mut numbers: Vec<u64> = (1..=total).collect();
        let first = dice.below(numbers.len());
        numbers.rotate_left(first);
        self.later.extend(numbers.iter().map(|number| (terminal, format!("{set}:{total}:{number}"))));
        let parts = dice.below(self.later.len() + 1);
        self.say_parts(parts)
    }

    /// The next parts of its messages, in order.
    pub(super) fn say_parts(&mut self, most: usize) -> String {
        let parts: Vec<_> = self.later.drain(..most.min(self.later.len())).collect();
        parts
            .into_iter()
            .map(|(terminal, name)| self.keep(terminal, name.clone(), format!("#C{name}\n")))
            .collect()
    }

    fn keep(&mut self, terminal: TerminalId, name: String, frame: String) -> String {
        self.sent.insert(name.clone(), proofs(terminal, frame.as_bytes()));
        self.unacknowledged.push(Upload { name, frame: frame.clone() });
        frame
    }

    /// Reads what the server said; gives what it answers.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> String {
        self.heard.extend_from_slice(bytes);
        let mut answers = String::new();
        while let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
            let line = self.heard.split_to(end + 1);
            let text = std::str::from_utf8(&line[..end]).unwrap();
            if let Some(name) = text.strip_prefix("ack ") {
                self.unacknowledged.retain(|upload| upload.name != name);
            } else if let Some(set) = text.strip_prefix("again ") {
                let mut again: Vec<&String> =
                    self.sent.keys().filter(|name| name.starts_with(&format!("{set}:"))).collect();
                again.sort();
                answers.extend(again.into_iter().map(|name| format!("#C{name}\n")));
            }
        }
        answers
    }
}
