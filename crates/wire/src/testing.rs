//! The checks that every protocol owes its golden frames. For tests only: reads files.
//!
//! A golden frame is `frames/NAME.hex` (hex, blanks and `#` comment lines with its provenance) beside
//! `frames/NAME.expect` (the JSON object of [`crate::Decoded::json`], every field).

pub mod speed;

use crate::{Authenticator, Cut, Protocol, decode};
use bytes::BytesMut;
use std::path::{Path, PathBuf};

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

/// However a stream of all golden frames is cut in two, the same frames come out, and every byte is accounted for.
#[expect(clippy::missing_panics_doc, reason = "test support")]
pub fn splits_do_not_matter(protocol: &dyn Protocol, folder: &Path) {
    for frame in golden(folder) {
        let whole = cut_all(protocol, &[&frame.bytes]);
        for at in 0..=frame.bytes.len() {
            let (head, tail) = frame.bytes.split_at(at);
            assert_eq!(cut_all(protocol, &[head, tail]), whole, "{} split at {at}", frame.name);
        }
    }
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
