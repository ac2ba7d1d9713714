//! Why bytes with a start mark are no frame.
//!
//! Shape: bytes that `deframe` did not take → the fault and the fields up to it. Units: bytes on the wire. Errors: none.
//! Source: SPEC.md §1.

use crate::alarm_codes::Dialect;
use crate::explain;
use crate::field::clock::{Habits, Zone};
use crate::framing::{FRAME_MAX, Layout, STOP, frame_size, next_good, seal};
use bytes::Bytes;
use model::{ZoneOffset, ZoneSource};
use wire::diagnosis::spaced;
use wire::{Checksum, Diagnosis, Fault, Frame};

/// Looks for the first thing that is wrong, in the order of the bytes.
pub(crate) fn diagnose(bytes: &[u8]) -> Diagnosis {
    let layout = Layout::of(bytes);
    let Some(declared) = frame_size(bytes) else {
        return partial(Fault::CutShort { have: bytes.len() }, bytes, bytes.len());
    };
    let least = layout.head + 5 + STOP.len();
    let stop = bytes.get(layout.head + 1..).unwrap_or_default();
    let stop = stop.windows(STOP.len()).position(|pair| pair == STOP);
    let stop = stop.map(|at| layout.head + 1 + at + STOP.len());
    match (stop, next_good(bytes)) {
        (_, Some(at)) => partial(Fault::Interrupted { at }, bytes.get(..at).unwrap_or(bytes), declared),
        _ if declared < least || declared > FRAME_MAX => {
            let fault = Fault::Impossible { declared, least, most: FRAME_MAX };
            blamed_on_length(partial(fault, bytes, declared))
        }
        (Some(found), None) if found == bytes.len() => {
            let fault = Fault::Length { declared, found, mark: MARK };
            let fields = explain::explain(&seal(Bytes::copy_from_slice(bytes)), HABITS);
            blamed_on_length(Diagnosis { fault, fields, culprit: None })
        }
        _ if bytes.len() < declared => {
            let fault = Fault::CutOff { expected: declared, missing: declared - bytes.len() };
            partial(fault, bytes, declared)
        }
        _ => {
            let at = declared - STOP.len();
            let found = spaced(bytes.get(at..declared).unwrap_or_default());
            partial(Fault::NoStop { mark: MARK, at, found }, bytes.get(..declared).unwrap_or(bytes), declared)
        }
    }
}

/// The fields of a frame of which only the beginning is there; the last of them is to blame.
fn partial(fault: Fault, bytes: &[u8], declared: usize) -> Diagnosis {
    let head = Layout::of(bytes).head.min(bytes.len());
    let wire = Bytes::copy_from_slice(bytes);
    let content = head..wire.len();
    let frame = Frame::within(wire, content, Checksum::Absent);
    let fields = explain::explain_partly(&frame, declared, HABITS);
    let culprit = fields.len().checked_sub(1);
    Diagnosis { fault, fields, culprit }
}

fn blamed_on_length(diagnosis: Diagnosis) -> Diagnosis {
    let culprit = diagnosis.fields.iter().position(|field| field.name == "length");
    Diagnosis { culprit, ..diagnosis }
}

const MARK: &str = "0d 0a";
/// Nobody has logged in.
const HABITS: Habits = Habits {
    zone: Zone { offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
    dialect: Dialect { codes: &[], classes: &[] },
};

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str = "78780d010868120240000015000170e50d0a";

    fn of(hex: &str) -> Diagnosis {
        let bytes = hex::decode(hex).unwrap();
        let found = diagnose(&bytes);
        let said: Vec<u8> = found.fields.iter().flat_map(|field| field.bytes.to_vec()).collect();
        assert!(bytes.starts_with(&said), "the fields of {hex} are its bytes, in order");
        found
    }

    fn blamed(found: &Diagnosis) -> &'static str {
        found.culprit.and_then(|at| found.fields.get(at)).map_or("", |field| field.name)
    }

    #[test]
    fn a_frame_that_is_cut_off_says_how_much_is_missing_and_shows_what_is_there() {
        let found = of(&LOGIN[..30]);
        assert_eq!(found.fault, Fault::CutOff { expected: 18, missing: 3 });
        let names: Vec<&str> = found.fields.iter().map(|field| field.name).collect();
        assert_eq!(names, ["start", "length", "protocol number", "terminal id", "serial", "checksum"]);
        assert_eq!(blamed(&found), "checksum");
        assert_eq!(blamed(&of(&LOGIN[..14])), "terminal id");
        assert_eq!(of("7878").fault, Fault::CutShort { have: 2 });
    }

    #[test]
    fn a_latitude_without_its_hemisphere_is_neither_north_nor_south() {
        let found = of("7878222220141a0b1403c9026b2a2c0c3cb19c24");
        let latitude = found.fields.iter().find(|field| field.name == "latitude").unwrap();
        assert_eq!(latitude.meaning, "depends on what is cut off");
    }

    #[test]
    fn a_length_that_the_stop_mark_contradicts_is_to_blame() {
        let longer = LOGIN.replacen("0d01", "2201", 1);
        let found = of(&longer);
        assert_eq!(found.fault, Fault::Length { declared: 39, found: 18, mark: MARK });
        assert_eq!(blamed(&found), "length");
        assert_eq!(found.fields.len(), 7, "all fields are shown: {found:?}");
    }

    #[test]
    fn a_missing_stop_mark_is_named_with_what_stands_there() {
        let found = of(&LOGIN.replace("0d0a", "0d0d"));
        assert_eq!(found.fault, Fault::NoStop { mark: MARK, at: 16, found: "0d 0d".into() });
        assert_eq!(blamed(&found), "stop");
    }

    #[test]
    fn a_length_that_no_frame_has_is_named() {
        assert_eq!(of("7878020100").fault, Fault::Impossible { declared: 7, least: 10, most: 1024 });
        assert_eq!(of("7979ffff0100").fault, Fault::Impossible { declared: 65541, least: 11, most: 1024 });
    }

    #[test]
    fn a_frame_that_another_one_interrupts_says_where() {
        let found = of(&format!("{}{LOGIN}", &LOGIN[..20]));
        assert_eq!(found.fault, Fault::Interrupted { at: 10 });
    }
}
