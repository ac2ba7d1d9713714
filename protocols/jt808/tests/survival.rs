//! Bytes that nobody vouches for: the inputs that the fuzzer kept, and golden frames after a bad line.

use jt808::JT808;
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;
use wire::testing::{self, Golden, listen, live_max, survives};

static FRAMES: LazyLock<Vec<Golden>> = LazyLock::new(|| testing::golden(&folder("frames")));

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn is_survived_in_little_memory(bytes: &[u8]) {
    let memory = allocation_counter::measure(|| listen(&JT808, bytes));
    assert!(memory.bytes_max <= live_max(bytes.len()), "{} bytes live at once", memory.bytes_max);
    assert_eq!(memory.bytes_current, 0, "nothing is left behind");
    survives(&JT808, bytes);
}

#[test]
fn every_kept_input_is_survived() {
    for (path, bytes) in testing::kept(&folder("fuzz/kept")) {
        println!("{}", path.display());
        is_survived_in_little_memory(&bytes);
    }
}

#[test]
fn every_golden_frame_is_survived() {
    for golden in FRAMES.iter() {
        println!("{}", golden.name);
        is_survived_in_little_memory(&golden.bytes);
    }
}

#[test]
fn a_frame_without_an_end_is_given_up() {
    testing::a_frame_without_an_end_is_given_up(&JT808, &folder("frames"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_bad_line_is_survived(choices in prop::collection::vec(any::<u64>(), 1..6)) {
        is_survived_in_little_memory(&testing::damaged(&FRAMES, &choices));
    }
}
