//! The frame: `78 78` length(1) or `79 79` length(2), number, content, serial, CRC-16/X-25, `0D 0A`.
//!
//! Shape: buffered bytes → [`Cut`]; (number, content, serial) → bytes. `Frame::content` runs from the message number
//! to the serial, both included. Units: the length counts number, content, serial and CRC.
//! Errors: garbage and broken frames are skipped up to the next start mark; the connection is never given up.
//! Source: SPEC.md §1.

use bytes::{BufMut, Bytes, BytesMut};
use memchr::memchr2_iter;
use std::ops::Range;
use wire::checksum::crc_x25;
use wire::{Checksum, Cut, Frame, SkipReason, Sniff};

/// Whether a connection that begins with these bytes speaks GT06.
pub(crate) fn sniff(first: &[u8]) -> Sniff {
    match first {
        [a, b, ..] if is_mark(*a, *b) => Sniff::Yes,
        [] | [SHORT | LONG] => Sniff::More,
        _ => Sniff::No,
    }
}

/// Cuts the next frame off the buffer.
///
/// The decision about the front of the buffer falls at the same byte however the stream was split: every question
/// below is asked of a prefix whose end does not depend on what came after it.
pub(crate) fn deframe(input: &mut BytesMut) -> Cut {
    if sniff(input) != Sniff::Yes {
        return match next_mark(input, 0) {
            0 => Cut::Need,
            garbage => skip(input, garbage, SkipReason::Garbage),
        };
    }
    match front(input) {
        Front::Need => Cut::Need,
        Front::Frame { size } => Cut::Frame(seal(input.split_to(size).freeze())),
        Front::Broken => {
            let next = next_mark(input, 1);
            skip(input, next, SkipReason::Broken)
        }
    }
}

/// The short frame of a message: number, content, serial of the sender. Content beyond [`SHORT_CONTENT_MAX`] is cut.
pub(crate) fn short_frame(number: u8, content: &[u8], serial: u16) -> Bytes {
    let content = content.get(..SHORT_CONTENT_MAX).unwrap_or(content);
    let length = u8::try_from(content.len() + LENGTH_MIN).unwrap_or(u8::MAX);
    // Not a byte more than is needed, or `Bytes` allocates again to remember how much there is.
    let mut frame = Vec::with_capacity(content.len() + LENGTH_MIN + 5);
    frame.extend([SHORT, SHORT, length, number]);
    frame.extend(content);
    frame.extend(serial.to_be_bytes());
    let crc = crc_x25(frame.get(2..).unwrap_or_default());
    frame.extend(crc.to_be_bytes());
    frame.extend(STOP);
    frame.into()
}

/// The extended frame of an answer without content.
pub(crate) fn extended_answer(number: u8, serial: u16) -> Bytes {
    extended_frame(number, &[], serial)
}

/// The extended frame of a message: number, content, serial of the sender. Content beyond its two bytes of length is cut.
pub(crate) fn extended_frame(number: u8, content: &[u8], serial: u16) -> Bytes {
    let content = content.get(..EXTENDED_CONTENT_MAX).unwrap_or(content);
    let length = u16::try_from(content.len() + LENGTH_MIN).unwrap_or(u16::MAX);
    let mut frame = BytesMut::with_capacity(content.len() + LENGTH_MIN + 6);
    frame.put_slice(&[LONG, LONG]);
    frame.put_u16(length);
    frame.put_u8(number);
    frame.put_slice(content);
    frame.put_u16(serial);
    let crc = crc_x25(frame.get(2..).unwrap_or_default());
    frame.put_u16(crc);
    frame.put_slice(&STOP);
    frame.freeze()
}

/// Where the parts of a cut frame are: the layout that [`seal`] found, for `explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Start mark and length.
    pub(crate) head: usize,
    /// The length says where the stop mark is.
    pub(crate) length_agrees: bool,
}

impl Layout {
    /// Of a frame that was cut by [`deframe`].
    pub(crate) fn of(wire: &[u8]) -> Self {
        Self { head: head_size(wire), length_agrees: declared(wire) == Declared::Total(wire.len()) }
    }
}

/// What the front of a buffer that begins with a start mark is.
enum Front {
    Need,
    Frame { size: usize },
    Broken,
}

fn front(input: &[u8]) -> Front {
    match declared(input) {
        Declared::Need => Front::Need,
        Declared::Impossible => without_length(input),
        Declared::Total(size) => {
            let span = input.get(..size).unwrap_or(input);
            if holds_good_frame(span) {
                without_length(input)
            } else if input.len() < size {
                Front::Need
            } else if span.ends_with(&STOP) {
                Front::Frame { size }
            } else {
                without_length(input)
            }
        }
    }
}

/// The length is not to be believed: the frame ends at the next stop mark, as clones with a wrong length byte need,
/// unless a frame whose own length agrees begins before it. Nothing beyond [`FRAME_MAX`] is looked at.
fn without_length(input: &[u8]) -> Front {
    let window = input.get(..FRAME_MAX).unwrap_or(input);
    let body = head_size(input) + 1;
    let searched = window.get(body..).unwrap_or_default();
    let Some(stop) = searched.windows(STOP.len()).position(|pair| pair == STOP).map(|at| body + at) else {
        return if input.len() < FRAME_MAX { Front::Need } else { Front::Broken };
    };
    let inner: Vec<Whole> = marks(window, 1..stop).map(|at| whole(window, at)).collect();
    if inner.contains(&Whole::Yes) {
        Front::Broken
    } else if inner.contains(&Whole::Need) && input.len() < FRAME_MAX {
        Front::Need
    } else {
        Front::Frame { size: stop + STOP.len() }
    }
}

/// A frame with a right checksum begins inside and ends no later than the span: the outer length is wrong. By chance
/// this happens to one mark in 2^32.
fn holds_good_frame(span: &[u8]) -> bool {
    next_good(span).is_some()
}

#[derive(PartialEq, Eq)]
enum Whole {
    Yes,
    No,
    Need,
}

/// Whether a frame whose length agrees with its stop mark begins here. A good frame inside it proves that it does not,
/// and ends the wait for the rest of it.
fn whole(window: &[u8], at: usize) -> Whole {
    let inner = window.get(at..).unwrap_or_default();
    match declared(inner) {
        Declared::Need => Whole::Need,
        Declared::Impossible => Whole::No,
        Declared::Total(size) => match inner.get(..size) {
            _ if holds_good_frame(inner.get(..size).unwrap_or(inner)) => Whole::No,
            Some(frame) if frame.ends_with(&STOP) => Whole::Yes,
            Some(_) => Whole::No,
            None => Whole::Need,
        },
    }
}

/// How long a frame says it is, in bytes on the wire.
#[derive(PartialEq, Eq)]
enum Declared {
    Need,
    Total(usize),
    Impossible,
}

fn declared(frame: &[u8]) -> Declared {
    let Some(total) = frame_size(frame) else { return Declared::Need };
    let least = head_size(frame) + LENGTH_MIN + STOP.len();
    if total < least || total > FRAME_MAX { Declared::Impossible } else { Declared::Total(total) }
}

/// How long a frame is by its length field, whether that is possible or not; `None` before the field ends.
pub(crate) fn frame_size(frame: &[u8]) -> Option<usize> {
    let length = match *frame {
        [SHORT, _, length, ..] => usize::from(length),
        [LONG, _, high, low, ..] => usize::from(u16::from_be_bytes([high, low])),
        _ => return None,
    };
    Some(head_size(frame) + length + STOP.len())
}

/// Where the first frame with a right checksum begins behind the front.
pub(crate) fn next_good(input: &[u8]) -> Option<usize> {
    marks(input, 1..input.len()).find(|at| {
        let inner = input.get(*at..).unwrap_or_default();
        let Declared::Total(size) = declared(inner) else { return false };
        inner.get(..size).is_some_and(|frame| frame.ends_with(&STOP) && checksum(frame) == Checksum::Ok)
    })
}

/// Content and verdict of a frame whose end is known.
pub(crate) fn seal(wire: Bytes) -> Frame {
    let checksum = checksum(&wire);
    let trailer = if checksum == Checksum::Absent { STOP.len() } else { CRC_SIZE + STOP.len() };
    let content = head_size(&wire)..wire.len().saturating_sub(trailer);
    Frame::within(wire, content, checksum)
}

/// The verdict on a whole frame; `Absent` if it has no room for serial and checksum.
fn checksum(frame: &[u8]) -> Checksum {
    let smallest = head_size(frame) + LENGTH_MIN + STOP.len();
    match (frame.len() >= smallest, checksums(frame)) {
        (true, Some((found, computed))) if found == computed => Checksum::Ok,
        (true, Some(_)) => Checksum::Bad,
        _ => Checksum::Absent,
    }
}

/// The checksum of a frame as sent and as it should be.
pub(crate) fn checksums(frame: &[u8]) -> Option<(u16, u16)> {
    let (covered, trailer) = frame.split_at_checked(frame.len().checked_sub(CRC_SIZE + STOP.len())?)?;
    let [high, low, ..] = *trailer else { return None };
    Some((u16::from_be_bytes([high, low]), crc_x25(covered.get(2..)?)))
}

fn skip(input: &mut BytesMut, size: usize, reason: SkipReason) -> Cut {
    Cut::Skipped { bytes: input.split_to(size).freeze(), reason }
}

/// Where the next start mark may begin, at or after `from`: the last byte may be the first half of one.
fn next_mark(input: &[u8], from: usize) -> usize {
    let whole = marks(input, from..input.len()).next();
    whole.unwrap_or_else(|| match input.last() {
        Some(&(SHORT | LONG)) if input.len() > from => input.len() - 1,
        _ => input.len(),
    })
}

/// The first start marks that begin within a range; see [`MARKS_MAX`].
fn marks(input: &[u8], within: Range<usize>) -> impl Iterator<Item = usize> {
    let searched = input.get(within.start..input.len().min(within.end + 1)).unwrap_or_default();
    let doubled = memchr2_iter(SHORT, LONG, searched).filter(|at| searched.get(*at) == searched.get(at + 1));
    doubled.map(move |at| within.start + at).take(MARKS_MAX)
}

const fn is_mark(a: u8, b: u8) -> bool {
    a == b && matches!(a, SHORT | LONG)
}

fn head_size(frame: &[u8]) -> usize {
    if is_extended(frame) { 4 } else { 3 }
}

/// Whether a frame has the two-byte length.
pub(crate) fn is_extended(frame: &[u8]) -> bool {
    frame.first() == Some(&LONG)
}

const SHORT: u8 = 0x78;
const LONG: u8 = 0x79;
pub(crate) const STOP: [u8; 2] = [0x0D, 0x0A];
pub(crate) const CRC_SIZE: usize = 2;
/// Number, serial and CRC: a frame with empty content.
const LENGTH_MIN: usize = 5;
/// What the length byte of a short frame can count, less number, serial and CRC.
const SHORT_CONTENT_MAX: usize = 250;
/// The longest extended frame that a published manual or capture holds is below 600 bytes; a length beyond this is
/// a broken length, and waiting for it would hold up the frames behind it.
pub(crate) const FRAME_MAX: usize = 1024;
const EXTENDED_CONTENT_MAX: usize = FRAME_MAX - LENGTH_MIN - 6;
/// How many start marks inside a doubtful frame are looked into. Damage leaves a handful; a stream made of marks would
/// otherwise cost the square of its length.
const MARKS_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT: &str = "78780A13460403000100037E930D0A";

    fn cuts(hex: &str) -> Vec<Cut> {
        let mut input = BytesMut::from(hex::decode(hex).unwrap().as_slice());
        std::iter::from_fn(|| Some(deframe(&mut input)).filter(|cut| *cut != Cut::Need)).collect()
    }

    fn frames(hex: &str) -> Vec<String> {
        let whole = cuts(hex).into_iter();
        whole
            .filter_map(|cut| if let Cut::Frame(f) = cut { Some(hex::encode_upper(f.wire)) } else { None })
            .collect()
    }

    #[test]
    fn a_frame_is_cut_by_its_length() {
        let cuts = cuts(HEARTBEAT);
        let [Cut::Frame(frame)] = cuts.as_slice() else { panic!("one frame, not {cuts:?}") };
        assert_eq!(frame.checksum, Checksum::Ok);
        assert_eq!(hex::encode_upper(frame.content()), "1346040300010003");
    }

    #[test]
    fn garbage_before_a_frame_is_skipped() {
        assert_eq!(frames(&format!("FF78{HEARTBEAT}")), [HEARTBEAT]);
        assert_eq!(frames(&format!("7878{HEARTBEAT}")), [HEARTBEAT]);
        assert_eq!(frames(&format!("0D0A{HEARTBEAT}7878")), [HEARTBEAT]);
    }

    #[test]
    fn a_frame_whose_length_lies_ends_at_its_stop_mark() {
        let lying = HEARTBEAT.replace("78780A", "787820");
        assert_eq!(frames(&format!("{lying}{HEARTBEAT}")), [lying.as_str(), HEARTBEAT]);
        let zero = "78780069112233445566";
        assert_eq!(frames(&format!("{zero}0D0A{HEARTBEAT}")), [format!("{zero}0D0A").as_str(), HEARTBEAT]);
    }

    #[test]
    fn a_frame_that_lost_its_end_does_not_eat_the_next() {
        assert_eq!(frames(&format!("78780A134604{HEARTBEAT}")), [HEARTBEAT]);
        assert_eq!(frames(&format!("7878FF134604{HEARTBEAT}")), [HEARTBEAT]);
        assert_eq!(frames(&format!("7979FFFF134604{HEARTBEAT}")), [HEARTBEAT]);
    }

    #[test]
    fn a_stop_mark_inside_the_content_does_not_end_a_frame() {
        let frame = hex::encode_upper(short_frame(0x94, &[0x0D, 0x0A, 0x78, 0x78, 0x05], 7));
        assert_eq!(frames(&format!("{frame}{HEARTBEAT}")), [frame.as_str(), HEARTBEAT]);
    }

    #[test]
    fn a_frame_without_an_end_is_given_up_at_the_limit() {
        let endless = format!("7979FFFF{}", "00".repeat(FRAME_MAX));
        assert!(matches!(cuts(&endless).first(), Some(Cut::Skipped { reason: SkipReason::Broken, .. })));
        assert!(cuts(&format!("7979FFFF{}", "00".repeat(100))).is_empty());
    }

    #[test]
    fn the_published_acknowledgement_is_built() {
        assert_eq!(hex::encode_upper(short_frame(0x01, &[], 1)), "787805010001D9DC0D0A");
    }

    #[test]
    fn a_connection_is_recognised_by_its_start_mark() {
        assert_eq!(sniff(&[0x78]), Sniff::More);
        assert_eq!(sniff(&[0x79, 0x79]), Sniff::Yes);
        assert_eq!(sniff(b"GET / HTTP/1.1"), Sniff::No);
        assert_eq!(sniff(&[0x78, 0x79]), Sniff::No);
    }
}
