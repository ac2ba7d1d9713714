//! The checks that every protocol owes its golden frames. For tests only: reads files.
//!
//! A golden frame is `frames/NAME.hex` (hex, blanks and `#` comment lines with its provenance) beside
//! `frames/NAME.expect` (the JSON object of [`crate::Decoded::json`], every field).

pub mod speed;

use crate::{Authenticator, Cut, Protocol, decode};
use bytes::BytesMut;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

mod damage;
mod downlink;
mod survival;

pub use damage::damaged;
use survival::hear;
pub use survival::{EVENTS_MAX, REPLY_MAX, WAITING_MAX, listen, live_max, survives};

/// One golden frame.
#[derive(Debug)]
pub struct Golden {
    /// File name without ending.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    expect: PathBuf,
}

/// Reads every golden frame of a folder, in name order.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "test support: a bad fixture must stop the test"
)]
pub fn golden(folder: &Path) -> Vec<Golden> {
    let mut found: Vec<Golden> = std::fs::read_dir(folder)
        .expect("the frames folder exists")
        .map(|entry| entry.expect("readable folder").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "hex"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("readable fixture");
            let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
            let digits: String = digits.split_whitespace().collect();
            let name = path.file_stem().expect("a file has a stem").to_string_lossy().into_owned();
            Golden { bytes: hex::decode(&digits).expect("hex"), name, expect: path.with_extension("expect") }
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!found.is_empty(), "no golden frames in {}", folder.display());
    found
}

/// Every golden frame decodes to its `.expect`, field by field.
///
/// With `GOLDEN_WRITE=1` missing `.expect` files are written, to be read by a person before they are committed.
#[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "test support")]
pub fn decodes_as_expected(protocol: &dyn Protocol, folder: &Path) {
    let mut wrong = Vec::new();
    for frame in golden(folder) {
        // Through text: a value would widen a float of 32 bits and show digits that no program prints.
        let text =
            serde_json::to_string(&decode(&[protocol], &frame.bytes, None).json()).expect("plain JSON");
        let found: serde_json::Value = serde_json::from_str(&text).expect("plain JSON");
        let pretty = serde_json::to_string_pretty(&found).expect("plain JSON") + "\n";
        if !frame.expect.exists() && std::env::var_os("GOLDEN_WRITE").is_some() {
            std::fs::write(&frame.expect, &pretty).expect("writable folder");
        }
        let expected = std::fs::read_to_string(&frame.expect).unwrap_or_default();
        if expected != pretty {
            wrong.push(format!("{}:\nexpected {expected}\nfound {pretty}", frame.name));
        }
    }
    assert!(wrong.is_empty(), "{} golden frames differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// However every golden frame, and every two that follow each other, are cut in two, the same is heard: frames, what
/// they mean, their answers, their explanations, and the bytes between them.
#[expect(clippy::missing_panics_doc, reason = "test support")]
pub fn splits_do_not_matter(protocol: &dyn Protocol, folder: &Path) {
    let frames = golden(folder);
    let pairs = frames.iter().zip(frames.iter().skip(1));
    let pairs = pairs.map(|(a, b)| (&b.name, [a.bytes.as_slice(), &b.bytes].concat()));
    for (name, stream) in frames.iter().map(|frame| (&frame.name, frame.bytes.clone())).chain(pairs) {
        let whole = hear(protocol, &stream, &[&stream]);
        for at in 0..=stream.len() {
            let (head, tail) = stream.split_at(at);
            assert!(hear(protocol, &stream, &[head, tail]) == whole, "{name} split at {at}");
        }
    }
}

/// What begins as a frame and never ends does not fill the buffer: every beginning of every golden frame, before a flood.
#[expect(clippy::missing_panics_doc, reason = "test support")]
pub fn a_frame_without_an_end_is_given_up(protocol: &dyn Protocol, folder: &Path) {
    let frames = golden(folder);
    let beginnings =
        frames.iter().flat_map(|frame| BEGINNINGS.iter().filter_map(|size| frame.bytes.get(..*size)));
    let beginnings: BTreeSet<&[u8]> = beginnings.collect();
    for beginning in beginnings {
        for filler in [0x00, 0x30, 0xFF] {
            let stream = [beginning, &vec![filler; 2 * WAITING_MAX]].concat();
            let heard = hear(protocol, &stream, &stream.chunks(4096).collect::<Vec<_>>());
            assert!(
                heard.left <= WAITING_MAX,
                "{beginning:02x?} and {filler:02x} for ever: {} wait",
                heard.left
            );
        }
    }
}

const BEGINNINGS: [usize; 8] = [1, 2, 3, 4, 5, 8, 12, 16];

/// The inputs that the fuzzer kept, in name order.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "test support: a bad fixture must stop the test"
)]
pub fn kept(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("the folder of kept inputs exists");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable folder").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no kept inputs in {}", folder.display());
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("readable input"))).collect()
}

/// Every prefix of every golden frame is waited for or skipped, never read past, never a panic.
#[expect(clippy::missing_panics_doc, reason = "test support")]
pub fn prefixes_are_waited_for(protocol: &dyn Protocol, folder: &Path) {
    for frame in golden(folder) {
        for at in 0..frame.bytes.len() {
            let (head, _) = frame.bytes.split_at(at);
            let cuts = cut_all(protocol, &[head]);
            let kept: usize = cuts.iter().map(Vec::len).sum();
            assert!(kept <= head.len(), "{} cut at {at}", frame.name);
            let _ = serde_json::to_string(&decode(&[protocol], head, None).json());
        }
    }
}

/// Every single-bit error in every golden frame is survived, and the next good frame is still found.
#[expect(clippy::missing_panics_doc, reason = "test support")]
pub fn one_bad_frame_never_eats_the_next(protocol: &dyn Protocol, folder: &Path, good: &[u8]) {
    for frame in golden(folder) {
        for bit in 0..frame.bytes.len() * 8 {
            let mut bad = frame.bytes.clone();
            if let Some(byte) = bad.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            // Two good frames: a bad length or delimiter may take the first with it, never the second.
            let cuts = cut_all(protocol, &[&bad, good, good, good]);
            assert!(cuts.iter().any(|cut| cut.as_slice() == good), "{} with bit {bit} flipped", frame.name);
        }
    }
}

/// Feeds chunks and returns the wire bytes of every frame cut; checks that consumed + rest = input.
fn cut_all(protocol: &dyn Protocol, chunks: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut session = protocol.open(Authenticator::Open);
    let (mut input, mut frames, mut consumed, mut fed) = (BytesMut::new(), Vec::new(), 0, 0);
    for chunk in chunks {
        input.extend_from_slice(chunk);
        fed += chunk.len();
        loop {
            let before = input.len();
            match session.deframe(&mut input) {
                Cut::Need => break,
                Cut::Frame(frame) => {
                    consumed += before - input.len();
                    frames.push(frame.wire.to_vec());
                }
                Cut::Skipped { bytes, .. } => {
                    assert!(!bytes.is_empty(), "a skip without bytes would loop for ever");
                    assert_eq!(before - input.len(), bytes.len(), "a skip says what it took");
                    consumed += bytes.len();
                }
                Cut::Lost(_) => return frames,
            }
            assert!(input.len() < before, "a cut without progress would loop for ever");
        }
    }
    assert_eq!(consumed + input.len(), fed, "consumed + rest = input");
    frames
}
