//! Bytes that nobody vouches for, to every protocol of the list: the inputs that the fuzzer kept, and golden frames after
//! a bad line.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use protocols::ALL;
use std::path::PathBuf;
use wire::Protocol;
use wire::testing::{self, listen, live_max, survives};

fn folder(protocol: &dyn Protocol, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(protocol.name()).join(name)
}

fn is_survived_in_little_memory(protocol: &dyn Protocol, bytes: &[u8]) {
    let memory = allocation_counter::measure(|| listen(protocol, bytes));
    assert!(memory.bytes_max <= live_max(bytes.len()), "{} bytes live at once", memory.bytes_max);
    assert_eq!(memory.bytes_current, 0, "nothing is left behind");
    survives(protocol, bytes);
}

#[test]
fn every_kept_input_is_survived() {
    for protocol in ALL {
        for (path, bytes) in testing::kept(&folder(*protocol, "fuzz/kept")) {
            println!("{}", path.display());
            is_survived_in_little_memory(*protocol, &bytes);
        }
    }
}

#[test]
fn every_golden_frame_is_survived() {
    for protocol in ALL {
        for golden in testing::golden(&folder(*protocol, "frames")) {
            println!("{} {}", protocol.name(), golden.name);
            is_survived_in_little_memory(*protocol, &golden.bytes);
        }
    }
}

#[test]
fn a_frame_without_an_end_is_given_up() {
    for protocol in ALL {
        testing::a_frame_without_an_end_is_given_up(*protocol, &folder(*protocol, "frames"));
    }
}

#[test]
fn a_bad_line_is_survived() {
    for protocol in ALL {
        let frames = testing::golden(&folder(*protocol, "frames"));
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) };
        let choices = prop::collection::vec(any::<u64>(), 1..6);
        let survived = TestRunner::new(config).run(&choices, |choices| {
            is_survived_in_little_memory(*protocol, &testing::damaged(&frames, &choices));
            Ok(())
        });
        assert!(survived.is_ok(), "{}: {survived:?}", protocol.name());
    }
}
