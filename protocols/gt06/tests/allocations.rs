//! What a frame costs in allocations: its event and its answer, nothing else. The frame shares the read buffer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use allocation_counter::measure;
use gt06::GT06;
use std::path::Path;
use wire::testing::speed::{buffer, connection, read};

/// Allocations between the buffer and the reaction of a golden frame.
fn allocations(name: &str) -> u64 {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/frames"));
    let golden = wire::testing::golden(folder).into_iter().find(|golden| golden.name == name).unwrap();
    let mut session =
        connection(&GT06, &hex::decode("7878110108681202400000153601320100019E0E0D0A").unwrap());
    let (mut input, mut seen) = (buffer(&golden.bytes, 1), 0);
    let counted = measure(|| read(session.as_mut(), &mut input, |_| seen += 1));
    assert_eq!((seen, input.len()), (1, 0), "{name} is one frame");
    counted.count_total
}

/// The list of events, the position, its attributes, the list of one cell among them, the acknowledgement.
const LOCATION: u64 = 5;

#[test]
fn a_location_allocates_its_event_and_its_answer() {
    assert_eq!(allocations("location_plain"), LOCATION);
    assert_eq!(allocations("location_buffered_south_west"), LOCATION);
}

#[test]
fn an_alarm_allocates_no_more_than_a_location() {
    assert_eq!(allocations("alarm_removed"), LOCATION);
}

#[test]
fn what_a_location_does_not_say_is_not_allocated() {
    // Neither attributes nor a cell.
    assert_eq!(allocations("location_plain_without_cell"), LOCATION - 2);
}

#[test]
fn a_heartbeat_allocates_its_event_and_its_answer() {
    // The list of events, the attributes, the acknowledgement.
    assert_eq!(allocations("heartbeat"), 3);
}
