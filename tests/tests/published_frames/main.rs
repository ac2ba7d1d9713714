//! Frames that other decoders publish with what they make of them: ours makes the same of them.
//!
//! Shape: the folder named by `LIENWATCH_FRAMES` in, one line a file out; without it the test says NOT RUN. Every
//! claim that can be compared must hold, but for the differences listed here with their reason. The frames are facts
//! of other projects and no part of this one. Source: DESIGN.md §8.

mod claim;
mod peer;
mod row;
mod tally;

use crate::claim::{Claim, Ours};
use crate::row::{Row, Standing};
use crate::tally::Tally;
use anyhow::{Context as _, ensure};
use bytes::BytesMut;
use model::ZoneOffset;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use wire::{Authenticator, Cut, Protocol};

/// The variable that names the folder.
const FOLDER: &str = "LIENWATCH_FRAMES";

/// What we say otherwise on purpose: row, claim, why. The protocol's SPEC.md §11 says so too.
const DELIBERATE: &[(&str, &str, &str)] = &[
    ("rustgt06-002", "satellites", "the high nibble is the length of the block, not a number of satellites"),
    ("issue-009", "voltageByte", "the level is the byte behind the terminal information, as in issue-010"),
    (
        "traccar-gt06-dec-decode-021",
        "altitude",
        "the peer reads its cell too long and the altitude from the checksum",
    ),
    ("traccar-gt06-frame-decode-002", "frames", "too short for its length, alone on the line: waited for"),
    ("gojt808-095", "reply", "decode accepts every code; a server refuses this one as the peer does"),
    ("gojt808-234", "reply", "decode accepts every code; a server refuses this one as the peer does"),
    ("traccar-jt808-dec-decode-003", "fixed", "0/0 is no place"),
    ("traccar-jt808-dec-decode-003", "lat", "0/0 is no place"),
    ("traccar-jt808-dec-decode-003", "lon", "0/0 is no place"),
    ("traccar-jt808-dec-decode-099", "fixed", "0/0 is no place"),
    ("traccar-jt808-dec-decode-099", "lat", "0/0 is no place"),
    ("traccar-jt808-dec-decode-099", "lon", "0/0 is no place"),
    ("traccar-jt808-dec-decode-057", "low_battery", "bit 7 is the vehicle's supply: low_external"),
    (
        "traccar-jt808-dec-decode-046",
        "type",
        "0x0900 of kind F0 is the maker's own: kept, not read as a place",
    ),
    ("traccar-jt808-frame-decode-002", "frames", "six bytes are no frame: a header alone has twelve"),
];

/// What was reached when this was last changed: rows compared at least, attributes not carried at most. Worse is a
/// decoder that lost something.
const REACHED: &[(&str, usize, usize)] = &[
    ("gt06_others.jsonl", 37, 9),
    ("gt06_traccar.jsonl", 52, 8),
    ("jt808_gojt808.jsonl", 22, 0),
    ("jt808_issues.jsonl", 4, 0),
    ("jt808_jtframework.jsonl", 4, 9),
    ("jt808_smallchi.jsonl", 23, 11),
    ("jt808_smallchi_ext.jsonl", 8, 12),
    ("jt808_traccar.jsonl", 41, 15),
    ("jt808_xtream.jsonl", 1, 0),
    ("jt808_yezhihao.jsonl", 11, 0),
];

/// A family of files, the protocol they speak and the zone of its clocks.
struct Family {
    prefix: &'static str,
    protocol: &'static str,
    zone: ZoneOffset,
}

const FAMILIES: &[Family] = &[
    Family { prefix: "gt06_", protocol: "gt06", zone: ZoneOffset::UTC },
    Family { prefix: "jt808_", protocol: "jt808", zone: ZoneOffset::CHINA },
];

#[test]
fn published_frames_decode_as_published() -> anyhow::Result<()> {
    // Not `println!`: its text is shown only where a test fails.
    let mut out = std::io::stdout();
    let Some(folder) = std::env::var_os(FOLDER).filter(|folder| !folder.is_empty()) else {
        writeln!(out, "NOT RUN published frames: set {FOLDER}")?;
        return Ok(());
    };
    let mut tallies = Vec::new();
    for family in FAMILIES {
        for file in files(Path::new(&folder), family.prefix)? {
            tallies.push(compare(&file, family)?);
        }
    }
    ensure!(!tallies.is_empty(), "no published frames in {}", folder.display());
    for tally in &tallies {
        write!(out, "{tally}")?;
    }
    let faults = faults(&tallies);
    ensure!(faults.is_empty(), "\n{}", faults.join("\n"));
    Ok(())
}

fn files(folder: &Path, prefix: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(prefix) && name.ends_with(".jsonl") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn compare(file: &Path, family: &Family) -> anyhow::Result<Tally> {
    let zone = family.zone.to_string();
    let mut tally = Tally::new(&file.file_name().unwrap_or_default().to_string_lossy());
    for row in Row::read(file)? {
        // The id of a row that makes the decoder panic is worth more than where it did.
        let decoded = std::panic::catch_unwind(|| ours(family, &row.bytes));
        let ours = decoded.ok().with_context(|| format!("{} makes the decoder panic", row.id))??;
        let mut claims = peer::stream_claims(&row);
        let mut header = Vec::new();
        if row.standing() == Standing::Sound {
            claims.extend(peer::claims(&row, &zone));
            header = peer::header(&row);
        }
        tally.settle(&row, &claims, &header, &ours, DELIBERATE);
    }
    Ok(tally)
}

/// What our decoder says of the bytes, which must be something: a frame or what is wrong.
fn ours(family: &Family, bytes: &[u8]) -> anyhow::Result<Ours> {
    let protocols: Vec<_> =
        protocols::ALL.iter().copied().filter(|protocol| protocol.name() == family.protocol).collect();
    let decoded = wire::decode(&protocols, bytes, Some(family.zone));
    ensure!(decoded.frame.is_some() || decoded.problem.is_some(), "neither a frame nor a problem");
    let frames = protocols.into_iter().flat_map(|protocol| cut(protocol, bytes)).collect();
    Ok(Ours { json: serde_json::to_value(decoded.json())?, frames })
}

/// Every frame in the bytes, as a connection would cut them.
fn cut(protocol: &dyn Protocol, bytes: &[u8]) -> Vec<String> {
    let mut session = protocol.open(Authenticator::Open);
    let mut input = BytesMut::from(bytes);
    let mut frames = Vec::new();
    loop {
        match session.deframe(&mut input) {
            Cut::Frame(frame) => frames.push(hex::encode(&frame.wire)),
            Cut::Skipped { .. } => {}
            Cut::Need | Cut::Lost(_) => return frames,
        }
    }
}

fn faults(tallies: &[Tally]) -> Vec<String> {
    let mut faults: Vec<_> = tallies.iter().flat_map(|tally| tally.differing.clone()).collect();
    for (file, compared_min, not_carried_max) in REACHED {
        let Some(tally) = tallies.iter().find(|tally| tally.file == *file) else {
            faults.push(format!("{file}: missing"));
            continue;
        };
        if tally.compared < *compared_min {
            faults.push(format!("{file}: compared {}, at least {compared_min} expected", tally.compared));
        }
        if tally.not_carried() > *not_carried_max {
            let not_carried = tally.not_carried();
            faults.push(format!("{file}: not carried {not_carried}, at most {not_carried_max} expected"));
        }
    }
    for (id, claim, _) in DELIBERATE {
        let met = tallies.iter().any(|tally| tally.deliberate.contains(&format!("{id} {claim}")));
        if !met {
            faults.push(format!("{id} {claim}: listed as a deliberate difference, but there is none"));
        }
    }
    faults
}
