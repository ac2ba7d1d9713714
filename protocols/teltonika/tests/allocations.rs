//! What a packet costs in allocations: its events, the bytes of their identity, and its answer. The packet shares the
//! read buffer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use allocation_counter::measure;
use std::path::Path;
use teltonika::TELTONIKA;
use wire::testing::speed::{buffer, connection, read};

/// Allocations between the buffer and the reaction of a golden frame.
fn allocations(name: &str) -> u64 {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/frames"));
    let golden = wire::testing::golden(folder).into_iter().find(|golden| golden.name == name).unwrap();
    let mut session = connection(&TELTONIKA, b"\x00\x0F868120240000015");
    let (mut input, mut seen) = (buffer(&golden.bytes, 1), 0);
    let counted = measure(|| read(session.as_mut(), &mut input, |_| seen += 1));
    assert_eq!((seen, input.len()), (1, 0), "{name} is one frame");
    counted.count_total
}
/// The list of events, the position, its attributes, the bytes of its identity, the answer.
const LOCATION: u64 = 5;

#[test]
fn a_location_allocates_its_event_and_its_answer() {
    // The list of one cell, the list of items, four of them.
    assert_eq!(allocations("codec_8"), LOCATION + 1 + 1 + 4);
    // One item more than its list began with room for.
    assert_eq!(allocations("codec_8_extended"), LOCATION + 1 + 2 + 5);
    // One item.
    assert_eq!(allocations("codec_16"), LOCATION + 1 + 1);
}

#[test]
fn what_a_location_does_not_say_is_not_allocated() {
    // Neither attributes nor what states something.
    assert_eq!(allocations("codec_8_minimal"), LOCATION - 2);
}

#[test]
fn each_of_ten_records_allocates_its_position_its_attributes_and_its_identity() {
    // The list of events, ten locations, the answer.
    assert_eq!(allocations("codec_8_many"), 1 + 10 * 3 + 1);
}

#[test]
fn a_ping_allocates_its_event() {
    assert_eq!(allocations("ping"), 1);
}
