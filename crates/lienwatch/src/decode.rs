//! `lienwatch decode`: what a frame says, for programs as one JSON object a line, for people byte by byte.

use crate::cli::Decode;
use crate::config::protocol_name;
use crate::exit::{Exit, Failure};
use crate::listing;
use anyhow::{Context, Result};
use serde_json::{Map, Value};
use std::io::{BufRead, BufReader};
use std::path::Path;
use wire::{Authenticator, Decoded, Protocol};

/// Decodes every line of what is given.
pub(crate) fn decode(args: &Decode) -> Result<Exit> {
    let protocols = chosen(&args.protocol)?;
    let mut all_good = true;
    let mut any = false;
    for (source, lines) in sources(&args.frames)? {
        for line in lines {
            let line = line.context("reading frames")?;
            let text = line.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            any = true;
            all_good &= one(args, &protocols, (source, text))?;
        }
    }
    if !any {
        let message =
            "no frame given: write hex arguments, name a file with one frame a line, or - for stdin";
        return Err(Failure::error(Exit::Usage, message));
    }
    Ok(if all_good { Exit::Ok } else { Exit::PartlyDone })
}

type Lines = Box<dyn Iterator<Item = std::io::Result<String>>>;

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// On the command line, where a file's name may stand as well.
    Argument,
    /// In a file, or on stdin.
    File,
}

fn sources(frames: &[String]) -> Result<Vec<(Source, Lines)>> {
    let mut sources: Vec<(Source, Lines)> = Vec::new();
    for frame in frames {
        if frame == "-" {
            sources.push((Source::File, Box::new(BufReader::new(std::io::stdin()).lines())));
        } else if Path::new(frame).is_file() {
            let file = std::fs::File::open(frame).with_context(|| format!("opening {frame}"))?;
            sources.push((Source::File, Box::new(BufReader::new(file).lines())));
        } else {
            sources.push((Source::Argument, Box::new(std::iter::once(Ok(frame.clone())))));
        }
    }
    Ok(sources)
}

fn chosen(name: &str) -> Result<Vec<&'static dyn Protocol>> {
    if name == "auto" {
        return Ok(protocols::ALL.to_vec());
    }
    let name = protocol_name(name)?;
    Ok(protocols::ALL.iter().copied().filter(|protocol| protocol.name() == name).collect())
}

fn one(args: &Decode, protocols: &[&dyn Protocol], (source, text): (Source, &str)) -> Result<bool> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let Ok(bytes) = hex::decode(&digits) else {
        let shown: String = digits.chars().take(SHOWN_MAX).collect();
        let why = match source {
            Source::Argument => "no such file, and not hex: a frame is written as pairs of 0-9 and a-f",
            Source::File => "not hex: a frame is written as pairs of 0-9 and a-f",
        };
        if args.json {
            listing::line(&not_hex(&shown, why).to_string())?;
        } else {
            listing::line(&format!("{shown}\n  {why}"))?;
        }
        return Ok(false);
    };
    let decoded = wire::decode(protocols, &bytes, args.timezone);
    if args.json {
        listing::line(&json_line(&digits, &decoded)?)?;
    } else {
        listing::line(&for_people(&decoded, protocols, &bytes))?;
    }
    Ok(decoded.problem.is_none())
}

/// The documented object: `hex` first, then what [`Decoded::json`] says.
fn json_line(digits: &str, decoded: &Decoded) -> Result<String> {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        hex: String,
        #[serde(flatten)]
        decoded: wire::decode::DecodedJson<'a>,
    }
    Ok(serde_json::to_string(&Line { hex: digits.to_ascii_lowercase(), decoded: decoded.json() })?)
}

fn not_hex(shown: &str, why: &str) -> Value {
    let error = serde_json::json!({"code": "not_hex", "message": why});
    let mut object = Map::new();
    object.insert("hex".into(), shown.into());
    for absent in ["protocol", "message", "number", "terminal", "serial", "checksum"] {
        object.insert(absent.into(), Value::Null);
    }
    object.insert("events".into(), Value::Array(Vec::new()));
    object.insert("reply".into(), Value::Null);
    object.insert("error".into(), error);
    Value::Object(object)
}

fn for_people(decoded: &Decoded, protocols: &[&dyn Protocol], bytes: &[u8]) -> String {
    let mut lines = Vec::new();
    let protocol = decoded.protocol.unwrap_or("unknown protocol");
    if let (Some(frame), Some(reaction)) = (&decoded.frame, &decoded.reaction) {
        let digits = usize::from(reaction.number_digits);
        lines.push(format!(
            "{protocol}  {} (0x{:0digits$x})   checksum {:?}   {} bytes",
            reaction.message,
            reaction.number,
            frame.checksum,
            frame.wire.len()
        ));
        lines.push(format!("{:>4}  {:<26} {:<18} {:<24} {}", "off", "bytes", "field", "value", "meaning"));
        let session = protocols
            .iter()
            .find(|known| Some(known.name()) == decoded.protocol)
            .map(|known| known.open(Authenticator::Open));
        for field in session.iter().flat_map(|session| session.explain(frame)) {
            lines.push(format!(
                "{:>4}  {:<26} {:<18} {:<24} {}",
                field.offset,
                shortened(&field.bytes),
                field.name,
                field.value,
                field.meaning
            ));
        }
        if let Some(reply) = reaction.reply.bytes() {
            lines.push(format!("reply expected   {}", hex::encode(reply)));
        }
    } else {
        lines.push(format!("{protocol}   {} bytes", bytes.len()));
    }
    if let Some(problem) = &decoded.problem {
        lines.push(format!("problem ({}): {problem}", problem.code()));
    }
    if decoded.rest > 0 {
        lines
            .push(format!("{} more bytes behind the frame; give each frame a line of its own", decoded.rest));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// At most eight bytes in a column; the value says the rest.
fn shortened(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(BYTES_SHOWN_MAX).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > BYTES_SHOWN_MAX { " …" } else { "" };
    format!("{}{more}", shown.join(" "))
}

/// Bytes in the column of an explained frame.
const BYTES_SHOWN_MAX: usize = 8;
/// Characters of a line that is not hex, repeated to the person who wrote it.
const SHOWN_MAX: usize = 80;
