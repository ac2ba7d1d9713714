//! The stored form: journals outlive programs, so its bytes are pinned here.

use crate::samples::{self, AT, every_input, human, kind, position, reception};
use journal::{JournalError, codec};
use model::input::Action;
use model::{Event, Input};

#[test]
fn every_input_reads_back_as_it_was() {
    let inputs = every_input();
    for input in &inputs {
        let form = codec::encode(input).unwrap();
        assert_eq!(&codec::decode(&form).unwrap(), input);
        assert_eq!(form[..2], [1, kind(input)], "version and kind of {input:?}");
    }
    for number in 0..samples::KINDS {
        assert!(inputs.iter().any(|input| kind(input) == number), "no sample of kind {number}");
    }
}

/// Red here means that a program of today cannot read the journal of yesterday: put the new variant or field at the
/// end, or raise the version and keep a decoder of the old one. A new sample is a new line at its place in the file.
#[test]
fn the_stored_bytes_do_not_change() {
    let inputs = every_input();
    let pinned: Vec<&str> = include_str!("forms.hex").lines().collect();
    for (place, input) in inputs.iter().enumerate() {
        let form = hex::encode(codec::encode(input).unwrap());
        assert_eq!(pinned.get(place).copied(), Some(form.as_str()), "line {} of forms.hex", place + 1);
    }
    assert_eq!(pinned.len(), inputs.len());
}

/// Worked out by hand from the form's definition, byte by byte.
#[test]
fn small_inputs_have_the_bytes_of_the_definition() {
    // Version, kind, run 7 (zigzag), connection 3, frame 2, terminal, protocol, number, some serial 7, stamp, checksum
    // right, no events, no problem.
    let silent = "0104 0e 03 02 0f 383638313230323430303030303135 04 67743036 22 0107 80b083c59868 01 00 00";
    let cases = [
        (Input::Tick { listening: true }, "010501".to_owned()),
        (Input::RunStop, "0101".to_owned()),
        (reception(vec![]), silent.replace(' ', "")),
    ];
    for (input, bytes) in cases {
        assert_eq!(hex::encode(codec::encode(&input).unwrap()), bytes, "{input:?}");
    }
}

#[test]
fn a_form_cut_anywhere_or_followed_by_a_byte_is_refused() {
    let form = codec::encode(&reception(vec![Event::Position(Box::new(position()))])).unwrap();
    for cut in 0..form.len() {
        assert!(codec::decode(&form[..cut]).is_err(), "cut at {cut}");
    }
    let longer = [form.as_slice(), &[0]].concat();
    assert!(matches!(codec::decode(&longer), Err(JournalError::Corrupt { .. })));
}

#[test]
fn a_newer_form_is_refused_by_its_number() {
    assert!(matches!(codec::decode(&[2, 1]), Err(JournalError::Format { found: 2, known: 1 })));
}

#[test]
fn an_input_of_more_than_64_kib_is_refused_by_its_size() {
    let text = |bytes| human(Action::RuleSet { text: "x".repeat(bytes) });
    assert!(codec::encode(&text(65_000)).is_ok());
    let refused = codec::encode(&text(65_536)).unwrap_err();
    assert!(
        matches!(refused, JournalError::TooLarge { part: "input", bytes, max: 65_536, .. } if bytes > 65_536),
        "{refused}"
    );
    assert_eq!(AT.ms(), 1_790_000_000_000, "the samples' stamps stand in the pinned bytes");
}
