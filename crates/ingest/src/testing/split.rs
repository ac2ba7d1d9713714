//! Split messages of the test protocol: `#C7:3:1` is part 1 of 3 of message 7. What is missing is asked for once, a
//! moment after the last part, and given up a moment later. Messages from 1000 on are patient: an hour is a moment to
//! them, and a part's acknowledgement names its message.

use bytes::{Bytes, BytesMut};
use model::{Event, PartSet, TerminalId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use wire::{Dropped, PartsChange, Wake};

/// Until it is asked for what is missing, and again until it is given up.
pub(crate) const ASK_AFTER_MS: i64 = 50;

const PATIENT_SINCE: u64 = 1000;
const PATIENT_MS: i64 = 3_600_000;

const fn ask_after_ms(set: u64) -> i64 {
    if set < PATIENT_SINCE { ASK_AFTER_MS } else { PATIENT_MS }
}

/// Whether this is a part of a patient message.
pub(super) fn is_patient(text: &str) -> bool {
    text.split(':').next().is_some_and(|set| set.parse().is_ok_and(|set: u64| set >= PATIENT_SINCE))
}

#[derive(Default)]
pub(super) struct Splits(BTreeMap<(TerminalId, u64), Split>);

struct Split {
    numbers: BTreeSet<u16>,
    asked: bool,
    wake_at: Timestamp,
}

impl Splits {
    pub(super) fn take(
        &mut self,
        terminal: TerminalId,
        text: &str,
        wire: &Bytes,
        now: Timestamp,
    ) -> (Vec<Event>, Vec<PartsChange>) {
        let numbers: Vec<u16> = text.split(':').map(|digits| digits.parse().unwrap()).collect();
        let [set, total, number] = numbers[..] else { panic!("{text}") };
        let key = (terminal, u64::from(set));
        self.put(key, number, now);
        let part = Event::Part { total, number, first_serial: set };
        let set = PartSet(u64::from(set));
        if self.0[&key].numbers.len() < usize::from(total) {
            let frame = Bytes::copy_from_slice(wire);
            return (vec![part], vec![PartsChange::Keep { set, number, frame }]);
        }
        self.0.remove(&key);
        let whole = Event::CommandReply { token: None, text: format!("whole {total}") };
        (vec![whole, part], vec![PartsChange::Drop { set, why: Dropped::Whole }])
    }

    pub(super) fn restore(&mut self, terminal: TerminalId, frames: &[Bytes], now: Timestamp) {
        self.0.retain(|(whose, _), _| *whose != terminal);
        for frame in frames {
            let text = std::str::from_utf8(frame).unwrap().trim_end();
            let numbers: Vec<u16> = text[2..].split(':').map(|digits| digits.parse().unwrap()).collect();
            self.put((terminal, u64::from(numbers[0])), numbers[2], now);
        }
    }

    fn put(&mut self, key: (TerminalId, u64), number: u16, now: Timestamp) {
        let split = self.0.entry(key).or_insert(Split {
            numbers: BTreeSet::new(),
            asked: false,
            wake_at: now.plus(ask_after_ms(key.1)),
        });
        split.numbers.insert(number);
    }

    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        self.0.values().map(|split| split.wake_at).min()
    }

    pub(super) fn wake(&mut self, now: Timestamp) -> Wake {
        let (mut send, mut asks, mut given_up) = (BytesMut::new(), 0, Vec::new());
        self.0.retain(|(terminal, set), split| {
            if split.wake_at > now {
                return true;
            }
            if split.asked {
                given_up.push((*terminal, PartSet(*set)));
                return false;
            }
            send.extend_from_slice(format!("again {set}\n").as_bytes());
            (asks, split.asked, split.wake_at) = (asks + 1, true, now.plus(ask_after_ms(*set)));
            true
        });
        Wake { send: send.freeze(), asks, given_up }
    }
}
