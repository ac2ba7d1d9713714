//! One direction of a TCP connection, put in order.
//!
//! Shape: segments as captured → [`Part`]s in order: bytes once each, and gaps where the capture lost some. Units: bytes;
//! sequence numbers unwrapped to 64 bits. Memory: see [`HELD_MAX`]. Errors: none.
//!
//! ```text
//! in order --> given at once;  ahead --> held;  held, and the peer has acknowledged what is missing --> gap, then given
//! ```

use std::collections::BTreeMap;

/// What comes next in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Bytes(Vec<u8>),
    /// So many bytes are not in the capture.
    Gap(u64),
}

/// One direction.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// The next byte expected; nothing was seen yet without it.
    next: Option<u64>,
    /// Number of the segment that opened it.
    opened: Option<u32>,
    /// Everything before this has arrived at the peer.
    acknowledged: u64,
    held: BTreeMap<u64, Vec<u8>>,
    held_bytes: usize,
}

impl Stream {
    /// The segment that opens the direction.
    pub(crate) fn open(&mut self, sequence: u32) {
        // One turn up, so that a retransmission from before the start stays positive.
        self.next.get_or_insert(TURN + u64::from(sequence) + 1);
        self.opened.get_or_insert(sequence);
    }

    /// A segment's bytes.
    pub(crate) fn take(&mut self, sequence: u32, payload: &[u8]) -> Vec<Part> {
        if payload.is_empty() {
            return Vec::new();
        }
        let next = *self.next.get_or_insert(TURN + u64::from(sequence));
        let at = unwrapped(next, sequence);
        let known = usize::try_from(next.saturating_sub(at)).unwrap_or(usize::MAX);
        let Some(fresh) = payload.get(known..).filter(|fresh| !fresh.is_empty()) else { return Vec::new() };
        let at = at.max(next);
        // The first copy of a byte counts, as it does for the receiver.
        let longer = self.held.get(&at).is_none_or(|held| held.len() < fresh.len());
        if longer && let Some(shorter) = self.held.insert(at, fresh.to_vec()) {
            self.held_bytes = self.held_bytes.saturating_sub(shorter.len());
        }
        self.held_bytes += if longer { fresh.len() } else { 0 };
        self.given()
    }

    /// The peer has everything before this.
    pub(crate) fn acknowledge(&mut self, number: u32) -> Vec<Part> {
        let Some(next) = self.next else { return Vec::new() };
        self.acknowledged = self.acknowledged.max(unwrapped(next, number));
        self.given()
    }

    /// Whether it was opened by a segment with this number, which may come twice.
    pub(crate) fn is_opened_by(&self, sequence: u32) -> bool {
        self.opened == Some(sequence)
    }

    /// Bytes held because something before them is missing.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Nothing follows, or nothing more may be held: what is held comes, with its gaps.
    pub(crate) fn flush(&mut self) -> Vec<Part> {
        self.acknowledged = u64::MAX;
        let parts = self.given();
        self.acknowledged = 0;
        parts
    }

    /// What may be given now.
    fn given(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        let Some(mut next) = self.next else { return parts };
        while let Some(entry) = self.held.first_entry() {
            let at = *entry.key();
            if at > next {
                let certainly_lost = self.acknowledged >= at || self.held_bytes > HELD_MAX;
                if !certainly_lost {
                    break;
                }
                parts.push(Part::Gap(at - next));
                next = at;
            }
            let bytes = entry.remove();
            self.held_bytes = self.held_bytes.saturating_sub(bytes.len());
            let known = usize::try_from(next - at).unwrap_or(usize::MAX);
            if let Some(fresh) = bytes.get(known..).filter(|fresh| !fresh.is_empty()) {
                next += u64::try_from(fresh.len()).unwrap_or(0);
                parts.push(Part::Bytes(fresh.to_vec()));
            }
        }
        self.next = Some(next);
        parts
    }
}

/// The sequence number nearest to where the stream is.
fn unwrapped(next: u64, sequence: u32) -> u64 {
    let low = next & (TURN - 1);
    let ahead = u64::from(sequence).wrapping_sub(low) & (TURN - 1);
    if ahead < TURN / 2 { next + ahead } else { (next + ahead).saturating_sub(TURN) }
}

/// Sequence numbers turn over here.
const TURN: u64 = 1 << 32;
/// Bytes of one direction that wait for a missing segment: four receive windows of 64 KiB.
const HELD_MAX: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Part {
        Part::Bytes(text.as_bytes().to_vec())
    }

    fn opened(sequence: u32) -> Stream {
        let mut stream = Stream::default();
        stream.open(sequence);
        stream
    }

    #[test]
    fn segments_out_of_order_come_in_order_and_each_byte_once() {
        let mut stream = opened(99);
        assert_eq!(stream.take(104, b"efgh"), []);
        assert_eq!(stream.take(100, b"abcd"), [bytes("abcd"), bytes("efgh")]);
        assert_eq!(stream.take(100, b"abcd"), [], "a retransmission");
        assert_eq!(stream.take(106, b"ghij"), [bytes("ij")], "an overlap");
        assert_eq!(stream.take(109, b"j"), [], "a keep-alive");
    }

    #[test]
    fn a_loss_is_said_when_the_peer_has_what_the_capture_has_not() {
        let mut stream = opened(99);
        assert_eq!(stream.take(105, b"xyz"), []);
        assert_eq!(stream.acknowledge(103), [], "only a part of it");
        assert_eq!(stream.acknowledge(108), [Part::Gap(5), bytes("xyz")]);
        assert_eq!(stream.take(108, b"!"), [bytes("!")]);
    }

    #[test]
    fn a_loss_at_the_end_is_said_at_the_end() {
        let mut stream = opened(99);
        assert_eq!(stream.take(105, b"xyz"), []);
        assert_eq!(stream.flush(), [Part::Gap(5), bytes("xyz")]);
        assert_eq!(stream.held_bytes(), 0);
    }

    #[test]
    fn what_waits_for_a_missing_segment_is_bounded() {
        let mut stream = opened(99);
        let mut given = Vec::new();
        for index in 0..300_u32 {
            given.extend(stream.take(200 + index * 1_000, &[0; 1_000]));
        }
        assert_eq!(given.first(), Some(&Part::Gap(100)));
        assert!(stream.held_bytes() <= HELD_MAX);
    }

    #[test]
    fn sequence_numbers_turn_over() {
        let mut stream = opened(u32::MAX - 3);
        assert_eq!(stream.take(2, b"g"), []);
        assert_eq!(stream.take(u32::MAX - 2, b"abcde"), [bytes("abcde"), bytes("g")]);
    }

    #[test]
    fn a_capture_that_begins_mid_stream_takes_its_first_segment_as_the_start() {
        let mut stream = Stream::default();
        assert_eq!(stream.take(5, b"abc"), [bytes("abc")]);
        assert_eq!(stream.take(1, b"zzzz"), []);
    }
}
