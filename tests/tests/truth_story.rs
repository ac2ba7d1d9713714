//! A short story with a known truth: what must never happen does not, and what happens is told.

use serde_json::Value;
use std::process::Command;

/// A hundred cars say little of shares, for which there is `tests/truth`; they say whether anything is badly wrong.
#[test]
fn a_short_story_with_a_known_truth_is_told_as_it_is() {
    let played = Command::new(env!("CARGO_BIN_EXE_truth"))
        .args(["--seed", "3", "--vehicles", "100", "--days", "20", "--show", "20"])
        .output()
        .unwrap();
    let table = String::from_utf8_lossy(&played.stderr);
    let line: Value =
        serde_json::from_slice(&played.stdout).unwrap_or_else(|error| panic!("{error}\n{table}"));
    assert_eq!(line["false_silence_after_an_outage"], 0, "{table}");
    assert_eq!(line["false_silence_of_a_network"], 0, "{table}");
    assert_eq!(line["outages"].as_array().map(Vec::len), Some(1), "{table}");
    assert_eq!(line["delinquency_stated_of_stale_or_held"], 0, "{table}");
    // What is stored gives the same alerts once more, from the bytes of the frames.
    assert!(line["alerts"].as_u64() > Some(100), "{table}");
    assert_eq!(line["back_tested_otherwise"], 0, "{table}");
    // What these few cars say enough of is as it must be.
    assert_eq!(line["wrong"].as_array().map(Vec::len), Some(0), "{table}");
    let moved = &line["rules"]["OVERDUE_MOVED"];
    assert!(moved["precision"]["n"].as_u64() > Some(100), "{table}");
    assert!(moved["precision"]["value"].as_f64() > Some(0.95), "{table}");
    assert!(moved["recall"]["value"].as_f64() > Some(0.9), "{table}");
}
