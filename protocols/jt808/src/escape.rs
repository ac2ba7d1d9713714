//! Delimiter, escaping and checksum of a frame, both ways.
//!
//! Shape: content ↔ `7E escaped(content, checksum) 7E`. Units: bytes. Errors: `None` where a `7D` is followed by
//! something that is no escape. Source: SPEC.md §1.

use bytes::Bytes;
use memchr::{memchr, memchr_iter, memchr2, memchr2_iter};
use wire::checksum::xor;

pub(crate) const DELIMITER: u8 = 0x7E;
const ESCAPE: u8 = 0x7D;
const ESCAPED_ESCAPE: u8 = 0x01;
const ESCAPED_DELIMITER: u8 = 0x02;

/// Whether bytes must be copied to be read.
pub(crate) fn is_escaped(bytes: &[u8]) -> bool {
    memchr(ESCAPE, bytes).is_some()
}

/// The bytes that were escaped; `None` if they were not escaped by the rule.
pub(crate) fn unescape(piece: &[u8]) -> Option<Vec<u8>> {
    // Not a byte more than is needed, or `Bytes` allocates again to remember how much there is.
    let mut plain = Vec::with_capacity(piece.len() - memchr_iter(ESCAPE, piece).count());
    let mut bytes = piece.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            ESCAPE => original(*bytes.next()?)?,
            byte => byte,
        });
    }
    Some(plain)
}

/// Where the first escape byte is that escapes nothing.
pub(crate) fn bad_escape(piece: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = piece.get(at) {
        if byte == ESCAPE && piece.get(at + 1).copied().and_then(original).is_none() {
            return Some(at);
        }
        at += if byte == ESCAPE { 2 } else { 1 };
    }
    None
}

/// A whole frame around header and body: checksum, escapes, delimiters.
pub(crate) fn seal(content: &[u8]) -> Bytes {
    let mut frame = begin(content.len());
    frame.extend(content);
    finish(frame)
}

/// The opening delimiter of a frame, with room for so many bytes of header and body.
pub(crate) fn begin(room: usize) -> Vec<u8> {
    // Not a byte more than is needed, as in `unescape`.
    let mut frame = Vec::with_capacity(room + 3);
    frame.push(DELIMITER);
    frame
}

/// What makes header and body behind an opening delimiter a frame: checksum, escapes, delimiter.
pub(crate) fn finish(mut frame: Vec<u8>) -> Bytes {
    frame.push(xor(frame.get(1..).unwrap_or_default()));
    let inside = frame.get(1..).unwrap_or_default();
    if memchr2(DELIMITER, ESCAPE, inside).is_some() {
        frame = escape(inside);
    }
    frame.push(DELIMITER);
    frame.into()
}

/// An opening delimiter, and the bytes escaped; room for one more.
fn escape(inside: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(inside.len() + memchr2_iter(DELIMITER, ESCAPE, inside).count() + 2);
    frame.push(DELIMITER);
    for byte in inside {
        match *byte {
            DELIMITER => frame.extend([ESCAPE, ESCAPED_DELIMITER]),
            ESCAPE => frame.extend([ESCAPE, ESCAPED_ESCAPE]),
            byte => frame.push(byte),
        }
    }
    frame
}

/// Takes the checksum off the end of a piece between two delimiters; `None` if it is not escaped by the rule.
pub(crate) fn split_checksum(piece: &[u8]) -> Option<(&[u8], u8)> {
    match piece {
        [content @ .., ESCAPE, escaped] => Some((content, original(*escaped)?)),
        [.., ESCAPE] | [] => None,
        [content @ .., checksum] => Some((content, *checksum)),
    }
}

/// The checksum a whole frame carries: its last byte before the delimiter, unescaped.
pub(crate) fn checksum_sent(frame: &[u8]) -> Option<u8> {
    let (_, checksum) = split_checksum(frame.strip_suffix(&[DELIMITER])?)?;
    Some(checksum)
}

fn original(escaped: u8) -> Option<u8> {
    match escaped {
        ESCAPED_ESCAPE => Some(ESCAPE),
        ESCAPED_DELIMITER => Some(DELIMITER),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescaping_is_the_inverse_of_sealing() {
        let content = [0x7E, 0x7D, 0x01, 0x02, 0x7D];
        let frame = seal(&content);
        let piece = frame.get(1..frame.len() - 1).unwrap();
        let mut plain = unescape(piece).unwrap();
        assert_eq!(plain.pop(), checksum_sent(&frame));
        assert_eq!(plain, content);
    }

    #[test]
    fn a_stray_escape_is_refused() {
        assert_eq!(unescape(&[0x01, 0x7D, 0x03]), None);
        assert_eq!(unescape(&[0x01, 0x7D]), None);
    }

    #[test]
    fn an_escaped_checksum_is_read() {
        assert_eq!(checksum_sent(&[0x7E, 0x01, 0x7D, 0x02, 0x7E]), Some(0x7E));
        assert_eq!(checksum_sent(&[0x7E, 0x01, 0x02, 0x7E]), Some(0x02));
    }
}
