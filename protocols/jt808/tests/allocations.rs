//! What a frame costs in allocations: its event and its answer, nothing else. The frame shares the read buffer.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use allocation_counter::measure;
use jt808::JT808;
use std::path::Path;
use wire::testing::speed::{buffer, connection, read};

/// Allocations between the buffer and the reaction of a golden frame, on a connection that has seen one before.
fn allocations(name: &str) -> u64 {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/frames"));
    let golden = wire::testing::golden(folder).into_iter().find(|golden| golden.name == name).unwrap();
    let mut session = connection(&JT808, &golden.bytes);
    let (mut input, mut seen) = (buffer(&golden.bytes, 1), 0);
    let counted = measure(|| read(session.as_mut(), &mut input, |_| seen += 1));
    assert_eq!((seen, input.len()), (1, 0), "{name} is one frame");
    counted.count_total
}

/// The list of events, the position, its attributes, the answer.
const LOCATION: u64 = 4;

#[test]
fn a_location_allocates_its_event_and_its_answer() {
    assert_eq!(allocations("location_2013"), LOCATION);
    assert_eq!(allocations("location_2019"), LOCATION);
    assert_eq!(allocations("location_power_cut"), LOCATION);
}

#[test]
fn escapes_cost_one_copy_of_the_frame_and_one_of_an_answer_that_needs_them() {
    assert_eq!(allocations("location_escaped"), LOCATION + 2);
}

#[test]
fn each_location_of_a_batch_allocates_its_position_and_its_attributes() {
    // The list of events, two locations, the answer.
    assert_eq!(allocations("batch_backlog"), 1 + 2 * 2 + 1);
}

#[test]
fn a_heartbeat_allocates_its_event_and_its_answer() {
    // The list of events, the answer.
    assert_eq!(allocations("heartbeat_2013"), 2);
}
