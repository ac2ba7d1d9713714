//! Words that must not appear, names that say nothing, files too long to read.

use crate::checkout::{FILES, File, assert_none};
use std::path::Path;

/// Lines of code that hold one of some words, in files of which a claim is true.
fn found(of: impl Fn(&File) -> bool, words: &[&str], why: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in FILES.iter().filter(|file| of(file)) {
        for (number, line) in file.code() {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                wrong.push(format!("{}:{number}: \"{word}\": {why}", file.path));
            }
        }
    }
    wrong
}

/// A benchmark is no part of its crate: to ask the clock is what it is for.
fn is_pure(file: &File) -> bool {
    let pure = ["crates/model/", "crates/wire/", "crates/rules/", "protocols/"];
    let within = pure.iter().any(|folder| file.path.starts_with(folder));
    file.is_rust() && within && !file.path.contains("/benches/")
}

#[test]
fn pure_crates_ask_no_clock_and_throw_no_dice() {
    const CLOCKS: &[&str] =
        &["SystemTime", "Instant::now", "Timestamp::now", "Zoned::now", "Utc::now", "rand::"];
    assert_none(&found(is_pure, CLOCKS, "time and randomness are arguments"));
}

/// Else a rule would be held against itself.
#[test]
fn the_fleet_whose_truth_is_known_shares_nothing_with_the_rules() {
    let simulated = |file: &File| {
        let folders = ["tests/src/bin/truth/", "crates/fleet/src/"];
        file.is_rust() && folders.iter().any(|folder| file.path.starts_with(folder))
    };
    assert_none(&found(
        simulated,
        &["rules::", "use rules"],
        "what is true does not follow from what is told",
    ));
}

#[test]
fn protocols_have_no_if_by_device_model() {
    let protocols = |file: &File| file.is_rust() && file.path.starts_with("protocols/");
    assert_none(&found(
        protocols,
        &["model ==", "variant ==", "model !=", "variant !="],
        "differences are data",
    ));
}

#[test]
fn no_file_has_words_that_we_do_without() {
    assert_none(&found(File::is_rust, &["fn get_"], "name what it is, not that one gets it"));
    assert_none(&found(
        File::is_rust,
        &["#[ignore", "#[should_panic"],
        "a test runs, and says what it expects",
    ));
    assert_none(&found(File::is_rust, &["todo!"], "unfinished"));
    // But for naps, which are for that.
    let ours = |file: &File| {
        file.is_rust()
            && file.path.starts_with("crates/")
            && file.path != "crates/lienwatch/src/serve/turns.rs"
    };
    assert_none(&found(ours, &["thread::sleep"], "a thread is not for sleeping: wait for what is awaited"));
    let globs = FILES.iter().filter(|file| file.is_rust()).flat_map(|file| {
        let glob =
            |(_, line): &(usize, &str)| line.trim_start().starts_with("pub use ") && line.contains("::*");
        file.code()
            .filter(glob)
            .map(|(number, _)| format!("{}:{number}: one name, one path: no glob", file.path))
    });
    assert_none(&globs.collect::<Vec<_>>());
}

#[test]
fn no_module_is_named_after_nothing() {
    const EMPTY: &[&str] = &["util", "utils", "common", "helper", "helpers", "misc", "mod"];
    // Cargo knows no other way to share a module among the test files of a crate than a folder with a mod.rs.
    let shared = |file: &File| file.path.contains("/tests/") && file.path.ends_with("/mod.rs");
    let wrong = FILES.iter().filter(|file| file.is_rust() && !shared(file)).filter(|file| {
        let mut parts =
            Path::new(&file.path).iter().map(|part| part.to_str().unwrap().trim_end_matches(".rs"));
        parts.any(|part| EMPTY.contains(&part))
    });
    assert_none(&wrong.map(|file| format!("{}: name it after what it holds", file.path)).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_long_to_read() {
    let long = FILES.iter().filter(|file| file.is_rust() && file.text.lines().count() > LINES_MAX);
    let told =
        long.map(|file| format!("{}: {} lines, at most {LINES_MAX}", file.path, file.text.lines().count()));
    assert_none(&told.collect::<Vec<_>>());
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let places = ["work", "home", "root", "Users"].map(|top| format!("/{top}/"));
    let mut wrong = Vec::new();
    for file in FILES.iter() {
        for (number, line) in (1..).zip(file.text.lines()) {
            if places.iter().any(|place| line.contains(place.as_str())) {
                wrong.push(format!("{}:{number}: {line}", file.path));
            }
        }
    }
    assert_none(&wrong);
}

/// The rule is 400; this is the wall.
const LINES_MAX: usize = 500;
