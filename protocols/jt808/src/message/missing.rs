//! 0x8003: the platform asks for packets of a split message.
//!
//! Shape: first serial, packet numbers → body. Errors: none; what the count cannot hold is left out.
//! Source: SPEC.md §2.1.

use crate::header::{Header, Phone};
use bytes::BufMut;

/// | offset | size  | field        |                                       |
/// |      0 |     2 | first serial | names the message                     |
/// |      2 | 1 / 2 | count        | one byte before 2019                  |
/// |      . |    2n | packets      |                                       |
pub(crate) fn body(header: &Header, first_serial: u16, packets: &[u16]) -> Vec<u8> {
    let count = u8::try_from(packets.len()).unwrap_or(u8::MAX);
    let mut body = Vec::with_capacity(4 + 2 * packets.len());
    body.put_u16(first_serial);
    match header.phone {
        Phone::Ten { .. } => body.put_u16(u16::from(count)),
        Phone::Six(_) | Phone::Compact(_) => body.put_u8(count),
    }
    for packet in packets.iter().take(usize::from(count)) {
        body.put_u16(*packet);
    }
    body
}
