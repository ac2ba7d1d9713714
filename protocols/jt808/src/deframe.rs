//! Cuts frames out of a stream: everything between two delimiters is one piece, whoever the delimiters belong to.
//!
//! Shape: buffered bytes → [`Cut`]. One `7E` may close a frame and open the next; the frame it opens then carries a
//! copy of it, so that it can be read on its own. Units: bytes. Errors: a piece that cannot be a frame is skipped as
//! broken, never the stream. Source: SPEC.md §1.
//!
//! ```text
//! Outside --7E--> Inside;  Inside --piece, 7E--> Shared;  Shared --7E or piece--> Inside;  Inside --too long--> Outside
//! ```

use crate::escape::{DELIMITER, is_escaped, split_checksum, unescape};
use crate::header::HEADER_MIN;
use bytes::{BufMut, Bytes, BytesMut};
use memchr::memchr;
use wire::{Checksum, Cut, Frame, SkipReason, checksum};

/// Longest frame between its delimiters, unescaped: header 21, body 1,023 and checksum 1 make 1,045; the rest is room
/// for devices whose body is longer than they declare.
pub(crate) const PIECE_MAX: usize = 1_200;

/// Longest frame on the wire: every byte escaped.
pub(crate) const PIECE_WIRE_MAX: usize = 2 * PIECE_MAX;

/// Where the front of the buffer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// No delimiter has been seen: what is not one is garbage.
    Outside,
    /// The delimiter that closed the last piece has left the buffer, and may also have opened this one.
    Shared,
}

/// The deframer of one connection.
#[derive(Debug)]
pub(crate) struct Deframer {
    place: Place,
}

impl Deframer {
    pub(crate) const fn new() -> Self {
        Self { place: Place::Outside }
    }

    pub(crate) fn cut(&mut self, input: &mut BytesMut) -> Cut {
        let own_delimiter = input.first() == Some(&DELIMITER);
        if !own_delimiter && self.place == Place::Outside {
            let garbage = until_delimiter(input).unwrap_or(input.len());
            return skip(input, garbage, SkipReason::Garbage);
        }
        let opening = usize::from(own_delimiter);
        let inside = input.get(opening..).unwrap_or_default();
        let Some(end) = until_delimiter(inside) else {
            return if inside.len() > PIECE_WIRE_MAX { self.too_long(input, input.len()) } else { Cut::Need };
        };
        if end == 0 {
            let empty = inside.iter().take_while(|byte| **byte == DELIMITER).count();
            self.place = Place::Outside;
            return skip(input, empty, SkipReason::Garbage);
        }
        if end > PIECE_WIRE_MAX {
            return self.too_long(input, opening + end);
        }
        self.place = Place::Shared;
        let taken = input.split_to(opening + end + 1).freeze();
        let wire = if own_delimiter { taken } else { with_delimiter(&taken) };
        match whole(wire) {
            Ok(frame) => Cut::Frame(frame),
            Err(wire) => Cut::Skipped { bytes: wire.slice(1 - opening..), reason: SkipReason::Broken },
        }
    }

    /// Drops up to the next delimiter, which opens the next piece.
    fn too_long(&mut self, input: &mut BytesMut, length: usize) -> Cut {
        self.place = Place::Outside;
        skip(input, length, SkipReason::Broken)
    }
}

fn until_delimiter(bytes: &[u8]) -> Option<usize> {
    memchr(DELIMITER, bytes)
}

fn skip(input: &mut BytesMut, length: usize, reason: SkipReason) -> Cut {
    if length == 0 {
        return Cut::Need;
    }
    Cut::Skipped { bytes: input.split_to(length).freeze(), reason }
}

fn with_delimiter(taken: &[u8]) -> Bytes {
    let mut whole = BytesMut::with_capacity(taken.len() + 1);
    whole.put_u8(DELIMITER);
    whole.put_slice(taken);
    whole.freeze()
}

/// A frame out of `7E piece 7E`; the bytes again if it cannot be one. Nothing is copied where nothing is escaped.
pub(crate) fn whole(wire: Bytes) -> Result<Frame, Bytes> {
    let Some((escaped, sent)) = wire.get(1..wire.len().saturating_sub(1)).and_then(split_checksum) else {
        return Err(wire);
    };
    let verdict = |content: &[u8]| match content.len() {
        HEADER_MIN..PIECE_MAX if checksum::xor(content) == sent => Some(Checksum::Ok),
        HEADER_MIN..PIECE_MAX => Some(Checksum::Bad),
        _ => None,
    };
    if !is_escaped(escaped) {
        let content = 1..1 + escaped.len();
        return match verdict(escaped) {
            Some(checksum) => Ok(Frame::within(wire, content, checksum)),
            None => Err(wire),
        };
    }
    let content = unescape(escaped);
    match content.as_deref().and_then(verdict) {
        Some(checksum) => Ok(Frame::unescaped(wire, content.unwrap_or_default().into(), checksum)),
        None => Err(wire),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::seal;

    const HEARTBEAT: [u8; 12] = [0x00, 0x02, 0, 0, 0x01, 0x39, 0x12, 0x34, 0x56, 0x78, 0, 3];

    fn cuts(chunks: &[&[u8]]) -> (Vec<Frame>, Vec<(usize, SkipReason)>) {
        let (mut deframer, mut input) = (Deframer::new(), BytesMut::new());
        let (mut frames, mut skips) = (Vec::new(), Vec::new());
        for chunk in chunks {
            input.extend_from_slice(chunk);
            loop {
                match deframer.cut(&mut input) {
                    Cut::Need => break,
                    Cut::Frame(frame) => frames.push(frame),
                    Cut::Skipped { bytes, reason } => skips.push((bytes.len(), reason)),
                    Cut::Lost(_) => unreachable!("JT/T 808 always finds the next delimiter"),
                }
            }
        }
        (frames, skips)
    }

    #[test]
    fn garbage_before_a_frame_is_skipped_whole() {
        let (frames, skips) = cuts(&[b"GET / HTTP/1.1\r\n", &seal(&HEARTBEAT)]);
        assert_eq!(skips, [(16, SkipReason::Garbage)]);
        assert_eq!(frames.first().map(|f| f.content().to_vec()), Some(HEARTBEAT.to_vec()));
    }

    #[test]
    fn one_delimiter_may_close_and_open() {
        let whole = seal(&HEARTBEAT);
        let stream = [&whole[..], &whole[1..]].concat();
        for at in 0..stream.len() {
            let (frames, skips) = cuts(&[&stream[..at], &stream[at..]]);
            assert_eq!(skips, [], "split at {at}");
            assert_eq!(
                frames.iter().map(|f| f.wire.clone()).collect::<Vec<_>>(),
                [whole.clone(), whole.clone()]
            );
        }
    }

    #[test]
    fn a_flood_of_delimiters_is_one_skip() {
        let flood = vec![DELIMITER; 10_000];
        let (frames, skips) = cuts(&[&flood, &seal(&HEARTBEAT)]);
        assert_eq!(frames.len(), 1);
        assert_eq!(skips, [(9_999, SkipReason::Garbage), (1, SkipReason::Garbage)]);
    }

    #[test]
    fn a_piece_over_the_limit_is_dropped_to_the_next_delimiter_however_it_is_split() {
        let long = [&[DELIMITER][..], &vec![0x55; PIECE_WIRE_MAX + 50], &seal(&HEARTBEAT)].concat();
        for at in [1, 100, PIECE_WIRE_MAX + 1, PIECE_WIRE_MAX + 2, PIECE_WIRE_MAX + 30, long.len()] {
            let (frames, skips) = cuts(&[&long[..at], &long[at..]]);
            assert_eq!(frames.len(), 1, "split at {at}");
            assert_eq!(skips.iter().map(|(bytes, _)| bytes).sum::<usize>(), PIECE_WIRE_MAX + 51);
            assert_eq!(skips.first().map(|(_, reason)| *reason), Some(SkipReason::Broken));
        }
    }

    #[test]
    fn a_stray_escape_and_a_stub_are_broken() {
        let (frames, skips) = cuts(&[&[0x7E, 0x7D, 0x05, 0x7E], &[0x7E, 1, 2, 3, 0x7E], &seal(&HEARTBEAT)]);
        assert_eq!(skips, [(4, SkipReason::Broken), (5, SkipReason::Broken)]);
        assert_eq!(frames.len(), 1);
    }

    #[test]
    fn a_frame_without_escapes_is_not_copied() {
        let (frames, _) = cuts(&[&seal(&HEARTBEAT)]);
        let frame = frames.first().unwrap();
        assert_eq!(frame.content().as_ptr(), frame.wire.get(1..).unwrap().as_ptr());
    }
}
