//! Frames that were cut are built again from their parts, byte for byte. Tests only.

use crate::deframe::Deframer;
use crate::escape::seal;
use crate::header::{Header, write};
use bytes::BytesMut;
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;
use wire::testing::{Golden, damaged, golden, kept};
use wire::{Checksum, Cut};

static FRAMES: LazyLock<Vec<Golden>> = LazyLock::new(|| golden(&folder("frames")));

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// How many frames were built again.
fn are_built_again(stream: &[u8]) -> usize {
    let (mut deframer, mut input) = (Deframer::new(), BytesMut::from(stream));
    let mut sealed = 0;
    loop {
        let frame = match deframer.cut(&mut input) {
            Cut::Frame(frame) => frame,
            Cut::Skipped { .. } => continue,
            Cut::Need | Cut::Lost(_) => return sealed,
        };
        if frame.checksum == Checksum::Ok {
            assert_eq!(seal(frame.content()), frame.wire);
            sealed += 1;
        }
        if let Ok((header, body)) = Header::read(&frame)
            && header.length_agrees
            && header.packet.is_none()
        {
            assert_eq!(hex::encode(write(header, body)), hex::encode(frame.content()));
        }
    }
}

#[test]
fn every_golden_frame_with_a_right_checksum_is_built_again() {
    let sealed: usize = FRAMES.iter().map(|frame| are_built_again(&frame.bytes)).sum();
    assert!(sealed > FRAMES.len() / 2, "{sealed} of {}", FRAMES.len());
}

#[test]
fn every_frame_that_the_fuzzer_kept_is_built_again() {
    let sealed: usize = kept(&folder("fuzz/kept")).iter().map(|(_, stream)| are_built_again(stream)).sum();
    assert!(sealed > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn every_frame_of_a_bad_line_is_built_again(choices in prop::collection::vec(any::<u64>(), 1..8)) {
        are_built_again(&damaged(&FRAMES, &choices));
    }

    #[test]
    fn any_content_comes_back_out_of_its_frame(content in prop::collection::vec(
        prop_oneof![1 => Just(0x7E), 1 => Just(0x7D), 1 => 0_u8..3, 3 => any::<u8>()], 12..200))
    {
        let mut input = BytesMut::from(&*seal(&content));
        match Deframer::new().cut(&mut input) {
            Cut::Frame(frame) => prop_assert_eq!((frame.content(), frame.checksum), (&*content, Checksum::Ok)),
            other => prop_assert!(false, "{:?}", other),
        }
        prop_assert!(input.is_empty());
    }
}
