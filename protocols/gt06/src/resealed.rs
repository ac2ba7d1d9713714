//! Frames that were cut are built again from their parts, byte for byte. Tests only.

use crate::framing::{Layout, deframe, extended_answer, short_frame};
use crate::session::Parts;
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

/// How many frames were built again: those whose length and checksum are right.
fn are_built_again(stream: &[u8]) -> usize {
    let mut input = BytesMut::from(stream);
    let mut built = 0;
    loop {
        let frame = match deframe(&mut input) {
            Cut::Frame(frame) => frame,
            Cut::Skipped { .. } => continue,
            Cut::Need | Cut::Lost(_) => return built,
        };
        let sound = frame.checksum == Checksum::Ok && Layout::of(&frame.wire).length_agrees;
        let again = match Parts::of(&frame).filter(|_| sound) {
            Some(parts) if !parts.extended => short_frame(parts.number, parts.body, parts.serial),
            Some(parts) if parts.body.is_empty() => extended_answer(parts.number, parts.serial),
            _ => continue,
        };
        assert_eq!(again, frame.wire);
        built += 1;
    }
}

#[test]
fn every_short_golden_frame_that_is_sound_is_built_again() {
    let built: usize = FRAMES.iter().map(|frame| are_built_again(&frame.bytes)).sum();
    assert!(built > FRAMES.len() / 2, "{built} of {}", FRAMES.len());
}

#[test]
fn every_frame_that_the_fuzzer_kept_is_built_again() {
    let built: usize = kept(&folder("fuzz/kept")).iter().map(|(_, stream)| are_built_again(stream)).sum();
    assert!(built > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn every_frame_of_a_bad_line_is_built_again(choices in prop::collection::vec(any::<u64>(), 1..8)) {
        are_built_again(&damaged(&FRAMES, &choices));
    }

    #[test]
    fn any_content_comes_back_out_of_its_frame(number: u8, serial: u16, content in prop::collection::vec(
        prop_oneof![Just(0x78), Just(0x79), Just(0x0D), Just(0x0A), any::<u8>()], 0..=250))
    {
        let mut input = BytesMut::from(&*short_frame(number, &content, serial));
        match deframe(&mut input) {
            Cut::Frame(frame) => {
                let parts = Parts::of(&frame).expect("a serial");
                prop_assert_eq!((parts.number, parts.body, parts.serial), (number, &*content, serial));
            }
            other => prop_assert!(false, "{:?}", other),
        }
        prop_assert!(input.is_empty());
    }
}
