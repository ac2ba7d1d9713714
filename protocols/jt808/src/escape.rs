//! Delimiter, escaping and checksum of a frame, both ways.
//!
//! Shape: content ↔ `7E escaped(content, checksum) 7E`. Units: bytes. Errors: `None` where a `7D` is followed by
//! something that is no escape. Source: SPEC.md §1.

use bytes::{BufMut, Bytes, BytesMut};

pub(crate) const DELIMITER: u8 = 0x7E;
const ESCAPE: u8 = 0x7D;
const ESCAPED_ESCAPE: u8 = 0x01;
const ESCAPED_DELIMITER: u8 = 0x02;

/// Whether a piece between two delimiters must be copied to be read.
pub(crate) fn is_escaped(piece: &[u8]) -> bool {
    piece.contains(&ESCAPE)
}

/// The bytes that were escaped; `None` if they were not escaped by the rule.
pub(crate) fn unescape(piece: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(piece.len());
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

/// A whole frame around a header and body: checksum, escapes, delimiters.
pub(crate) fn seal(content: &[u8]) -> Bytes {
    let checksum = wire::checksum::xor(content);
    let mut frame = BytesMut::with_capacity(content.len() + ROOM);
    frame.put_u8(DELIMITER);
    for byte in content.iter().copied().chain([checksum]) {
        match byte {
            DELIMITER => frame.put_slice(&[ESCAPE, ESCAPED_DELIMITER]),
            ESCAPE => frame.put_slice(&[ESCAPE, ESCAPED_ESCAPE]),
            byte => frame.put_u8(byte),
        }
    }
    frame.put_u8(DELIMITER);
    frame.freeze()
}

/// The checksum a whole frame carries: its last byte before the delimiter, unescaped.
pub(crate) fn checksum_sent(frame: &[u8]) -> Option<u8> {
    match frame {
        [.., ESCAPE, escaped, DELIMITER] => original(*escaped),
        [.., checksum, DELIMITER] => Some(*checksum),
        _ => None,
    }
}

fn original(escaped: u8) -> Option<u8> {
    match escaped {
        ESCAPED_ESCAPE => Some(ESCAPE),
        ESCAPED_DELIMITER => Some(DELIMITER),
        _ => None,
    }
}

/// Two delimiters, the checksum, and a few escapes: more only costs one reallocation.
const ROOM: usize = 8;

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
