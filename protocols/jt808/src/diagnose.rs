//! Why bytes behind a delimiter are no frame.
//!
//! Shape: bytes that the deframer did not take → the fault and the fields up to it. Units: bytes; offsets of a bad escape
//! count on the wire, those of fields in the unescaped frame. Errors: none. Source: SPEC.md §1.

use crate::deframe::{PIECE_MAX, PIECE_WIRE_MAX};
use crate::escape::{DELIMITER, bad_escape, unescape};
use crate::explain::explain_partly;
use crate::header::{HEADER_MIN, Header};
use bytes::Bytes;
use wire::diagnosis::spaced;
use wire::{Checksum, Diagnosis, Fault, Frame};

/// Looks for the first thing that is wrong, in the order of the bytes.
pub(crate) fn diagnose(bytes: &[u8]) -> Diagnosis {
    let inside = bytes.strip_prefix(&[DELIMITER]).unwrap_or(bytes);
    let end = inside.iter().position(|byte| *byte == DELIMITER);
    let piece = inside.get(..end.unwrap_or(inside.len())).unwrap_or(inside);
    if let Some(at) = bad_escape(piece) {
        let found = spaced(piece.get(at..piece.len().min(at + 2)).unwrap_or_default());
        let fault = Fault::Escape { at: at + 1, found, allowed: "7d 01 and 7d 02" };
        return partial(fault, piece.get(..at).unwrap_or(piece), bytes);
    }
    let plain = unescape(piece).unwrap_or_default();
    let fault = match end {
        _ if piece.len() > PIECE_WIRE_MAX || plain.len() > PIECE_MAX => {
            Fault::TooLong { have: plain.len(), most: PIECE_MAX }
        }
        Some(_) => Fault::TooShort { have: plain.len(), least: HEADER_MIN + 1 },
        None => unclosed(&plain),
    };
    partial(fault, piece, bytes)
}

/// A header says how long its frame is: two delimiters, header, body and checksum.
fn unclosed(plain: &[u8]) -> Fault {
    let have = plain.len() + 1;
    match declared(plain).map(|size| size + 3) {
        None => Fault::CutShort { have },
        Some(expected) if have + 1 < expected => Fault::CutOff { expected, missing: expected - have },
        Some(_) => Fault::Open { mark: "7e", have },
    }
}

/// Bytes of header and body, if the header is whole.
fn declared(plain: &[u8]) -> Option<usize> {
    let frame = frame(plain.to_vec());
    let (header, body) = Header::read(&frame).ok()?;
    Some(plain.len() - body.len() + header.properties.body_length())
}

/// The fields of what can be unescaped; the last of them is to blame.
fn partial(fault: Fault, piece: &[u8], bytes: &[u8]) -> Diagnosis {
    let plain = unescape(piece).unwrap_or_default();
    let size = declared(&plain).unwrap_or(plain.len());
    let checksum = plain.get(size).copied();
    let content = plain.get(..size).unwrap_or(&plain).to_vec();
    let fields = match bytes.first() {
        Some(_) => explain_partly(&frame(content), checksum),
        None => Vec::new(),
    };
    let culprit = fields.len().checked_sub(1);
    Diagnosis { fault, fields, culprit }
}

fn frame(content: Vec<u8>) -> Frame {
    let content = Bytes::from(content);
    Frame::unescaped(content.clone(), content, Checksum::Absent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT: &str = "7e0002000001391234567800030d7e";

    fn of(hex: &str) -> Diagnosis {
        diagnose(&hex::decode(hex).unwrap())
    }

    fn blamed(found: &Diagnosis) -> &'static str {
        found.culprit.and_then(|at| found.fields.get(at)).map_or("", |field| field.name)
    }

    #[test]
    fn a_frame_without_its_closing_delimiter_says_so_or_how_much_is_missing() {
        assert_eq!(of(&HEARTBEAT[..28]).fault, Fault::Open { mark: "7e", have: 14 });
        let position = HEARTBEAT.replacen("00020000", "0200001c", 1);
        let found = of(&position[..28]);
        assert_eq!(found.fault, Fault::CutOff { expected: 43, missing: 29 });
        let found = of(&HEARTBEAT[..16]);
        assert_eq!(found.fault, Fault::CutShort { have: 8 });
        let names: Vec<&str> = found.fields.iter().map(|field| field.name).collect();
        assert_eq!(names, ["delimiter", "message id", "properties", "terminal number"]);
        assert_eq!(blamed(&found), "terminal number");
    }

    #[test]
    fn a_bad_escape_is_named_with_its_place_and_what_came_before_is_shown() {
        let found = of(&HEARTBEAT.replacen("34", "7d34", 1));
        let allowed = "7d 01 and 7d 02";
        assert_eq!(found.fault, Fault::Escape { at: 8, found: "7d 34".into(), allowed });
        assert_eq!(blamed(&found), "terminal number");
    }

    #[test]
    fn a_stub_is_too_short() {
        assert_eq!(of("7e0102037e").fault, Fault::TooShort { have: 3, least: 13 });
        assert_eq!(of("7e7e").fault, Fault::TooShort { have: 0, least: 13 });
    }
}
