//! A packet inside another, which proves that the outer one's length lies.
//!
//! Shape: the bytes up to where a packet says it ends → whether a good one begins behind their front. Units: bytes.
//! Errors: none. Source: SPEC.md §1.

use super::{Header, checksum, header};
use wire::Checksum;

/// A packet with a right checksum begins inside, and ends no later than the span.
pub(super) fn holds_good_packet(span: &[u8]) -> bool {
    let inside = heads(span).filter_map(|inner| match header(inner) {
        Header::Packet { size, codec: Some(codec) } if codec.is_listed() => Some((inner, size)),
        _ => None,
    });
    inside
        .take(STARTS_MAX)
        .any(|(inner, size)| inner.get(..size).is_some_and(|packet| checksum(packet) == Checksum::Ok))
}

/// Wherever the zeros of a head stand behind the front. Every packet is searched to its end: a byte that is not zero
/// rules out the places up to its own, so that six bytes are passed at once.
fn heads(span: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 1;
    std::iter::from_fn(move || {
        loop {
            let inner = span.get(at..)?;
            let Some(last) = inner.get(..ZEROS)?.iter().rposition(|byte| *byte != 0) else {
                at += 1;
                return Some(inner);
            };
            at += last + 1;
        }
    })
}

/// The preamble, and the upper half of the length: [`super::DATA_MAX`] fits into the lower.
const ZEROS: usize = 6;
/// How many heads inside a doubtful packet are looked into. Damage leaves a handful; a stream made of heads would
/// otherwise cost the square of its length.
const STARTS_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_head_is_passed_over() {
        for pattern in 0_u16..1 << 14 {
            let span: Vec<u8> = (0..14).map(|bit| u8::from(pattern & 1 << bit != 0)).collect();
            let found: Vec<usize> = heads(&span).map(|inner| span.len() - inner.len()).collect();
            let all: Vec<usize> = (1..span.len()).filter(|at| span[*at..].starts_with(&[0; ZEROS])).collect();
            assert_eq!(found, all, "{pattern:014b}");
        }
    }
}
