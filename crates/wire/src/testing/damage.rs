//! Golden frames as a bad line delivers them: most of the bytes right, some wrong, lost, doubled or invented.
//!
//! Shape: frames and choices → a stream. A pure function of its choices, so that a property test can shrink them.

use super::Golden;

/// A stream of one golden frame for each choice, each damaged as its choice says, or whole.
pub fn damaged(frames: &[Golden], choices: &[u64]) -> Vec<u8> {
    let mut stream = Vec::new();
    for choice in choices {
        let [kind, number @ ..] = choice.to_le_bytes();
        let [place @ .., length, value] = number.map(usize::from);
        let [which, at] = [place[0] << 8 | place[1], place[2] << 16 | place[3] << 8 | place[4]];
        let Some(golden) = frames.get(which % frames.len().max(1)) else { continue };
        stream.extend(wrong(
            &golden.bytes,
            kind % KINDS,
            at % golden.bytes.len().max(1),
            (length % 16, value),
        ));
    }
    stream
}

const KINDS: u8 = 8;

/// One thing that goes wrong at a place of a frame.
fn wrong(frame: &[u8], kind: u8, at: usize, (length, value): (usize, usize)) -> Vec<u8> {
    let (head, tail) = frame.split_at(at);
    let (hit, behind) = tail.split_at(length.min(tail.len()));
    let mark = match value % 2 {
        0 => frame.get(..2),
        _ => frame.get(frame.len().saturating_sub(2)..),
    };
    let one = |byte: u8| [head, &[byte], tail.get(1..).unwrap_or_default()].concat();
    match kind {
        0 => frame.to_vec(),
        1 => one(u8::try_from(value).unwrap_or(0)),
        // A length or a count at its limits.
        2 => one(LIMITS.get(value % LIMITS.len()).copied().unwrap_or(0)),
        3 => [head, behind].concat(),
        4 => [head, hit, hit, behind].concat(),
        // Marks where none belong.
        5 => [head, mark.unwrap_or_default(), tail].concat(),
        6 => [head, frame, tail].concat(),
        _ => head.to_vec(),
    }
}

const LIMITS: [u8; 8] = [0x00, 0x01, 0x03, 0x04, 0x7F, 0x80, 0xFE, 0xFF];
