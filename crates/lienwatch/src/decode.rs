//! `lienwatch decode`: what a frame says, for programs as one JSON object a line, for people byte by byte.
//!
//! Shape: hex arguments, text files and captures → one object or one table a frame. Errors: what is no frame is said in
//! its place and makes the exit code 3; what holds no frame is counted and passed over, on stderr.

pub(crate) mod capture;
pub(crate) mod frames;
mod hex_text;
mod hexdump;
mod json;
pub(crate) mod lines;
pub(crate) mod talk;
mod traffic;
mod view;

pub(crate) use view::paint::harmless;

use crate::cli::{Decode, DecodeForm};
use crate::config::protocol_name;
use crate::exit::{Exit, Failure};
use crate::listing;
use anyhow::{Context, Result};
use capture::is_capture;
use frames::Readers;
use lines::{Found, Lines, Passed, Said, Source, next_line};
use model::unit::counted;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::path::Path;
use view::paint::{DIM, Paint};

/// Decodes everything that is given.
pub(crate) fn decode(args: &Decode) -> Result<Exit> {
    let readers = Readers { protocols: chosen(&args.protocol)?, zone: args.timezone };
    if args.frames.is_empty() && args.pcap.is_empty() {
        return Err(Failure::error(Exit::Usage, NOTHING_GIVEN));
    }
    let mut teller = Teller { form: args.form(), paint: Paint::of_stdout(), told: 0, verdict: Verdict::Good };
    match as_one_frame(&args.frames) {
        Some(frame) => argument(args, &frame, &readers, &mut teller)?,
        None => args.frames.iter().try_for_each(|name| argument(args, name, &readers, &mut teller))?,
    }
    for file in &args.pcap {
        traffic::traffic(file, args, &readers, &mut teller)?;
    }
    if teller.told == 0 && teller.verdict == Verdict::Good {
        return Err(Failure::error(Exit::Usage, NOTHING_GIVEN));
    }
    Ok(match teller.verdict {
        Verdict::Good => Exit::Ok,
        Verdict::Partly => Exit::PartlyDone,
    })
}

/// Arguments of one byte each are a frame that was pasted without quotes.
fn as_one_frame(arguments: &[String]) -> Option<String> {
    let is_byte = |text: &String| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (arguments.len() > 1 && arguments.iter().all(is_byte)).then(|| arguments.concat())
}

/// One argument: stdin, a file of text, a capture, or hex.
fn argument(args: &Decode, name: &str, readers: &Readers, teller: &mut Teller) -> Result<()> {
    if name == "-" {
        return text("stdin", Source::File, &mut BufReader::new(std::io::stdin()), readers, teller);
    }
    let path = Path::new(name);
    if !path.is_file() {
        if names_a_file(name) {
            let what = if path.exists() { "is no file" } else { "there is no such file" };
            return Err(Failure::error(Exit::NotFound, format!("{name}: {what}")));
        }
        let source = if name.trim().contains('\n') { Source::File } else { Source::Argument };
        return text("the argument", source, &mut Cursor::new(name.as_bytes()), readers, teller);
    }
    let file = File::open(path).with_context(|| format!("opening {name}"))?;
    let mut reader = BufReader::new(file);
    let begins = reader.fill_buf().with_context(|| format!("reading {name}"))?;
    if is_capture(begins) {
        return traffic::traffic(path, args, readers, teller);
    }
    text(name, Source::File, &mut reader, readers, teller)
}

/// Whether an argument is meant as a file: hex has neither folders nor an ending, and a line of a log has blanks.
fn names_a_file(name: &str) -> bool {
    let is_word = !name.contains(char::is_whitespace);
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    let has_ending = ending.is_some_and(|ending| {
        (1..=ENDING_MAX).contains(&ending.len()) && ending.chars().all(char::is_alphanumeric)
    });
    is_word && (name.contains('/') || has_ending)
}

fn text(
    name: &str,
    source: Source,
    reader: &mut dyn BufRead,
    readers: &Readers,
    teller: &mut Teller,
) -> Result<()> {
    let mut lines = Lines::new(readers, source);
    let (told, mut is_binary) = (teller.told, false);
    while let Some(line) = next_line(reader).with_context(|| format!("reading {name}"))? {
        is_binary |= line.contains(char::REPLACEMENT_CHARACTER);
        for found in lines.take(&line) {
            teller.tell(&found, source)?;
        }
    }
    for found in lines.end() {
        teller.tell(&found, source)?;
    }
    if lines.passed.count > 0 {
        eprintln!("{name}: {}", passed_words(&lines.passed));
        if teller.told == told && is_binary {
            eprintln!("{name}: it is not text; write its bytes as hex: xxd -p FILE | lienwatch decode -");
        }
        if teller.told == told {
            teller.verdict = Verdict::Partly;
        }
    }
    Ok(())
}

/// The protocols that a person names.
pub(crate) fn chosen(name: &str) -> Result<Vec<&'static dyn wire::Protocol>> {
    if name == "auto" {
        return Ok(protocols::ALL.to_vec());
    }
    let name = protocol_name(name)?;
    Ok(protocols::ALL.iter().copied().filter(|protocol| protocol.name() == name).collect())
}

fn passed_words(passed: &Passed) -> String {
    let lines = counted(passed.count, "line");
    let numbers: Vec<String> = passed.first.iter().map(u64::to_string).collect();
    let more =
        if u64::try_from(numbers.len()).is_ok_and(|named| named < passed.count) { ", …" } else { "" };
    format!("{lines} without a frame passed over ({}{more})", numbers.join(", "))
}

/// Whether everything could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Partly,
}

/// Writes what is found, and remembers how it went.
struct Teller {
    form: DecodeForm,
    paint: Paint,
    told: u64,
    verdict: Verdict,
}

impl Teller {
    fn tell(&mut self, found: &Found, source: Source) -> Result<()> {
        match &found.said {
            Said::Frame { decoded, bytes, before, from_server: true } => {
                self.count(false);
                let words = decoded.protocol.and_then(|name| talk::words_of_server(name, bytes));
                let lines = [
                    vec![self.place(found.line, before.as_deref())],
                    view::answer(decoded, &words.unwrap_or_default(), &self.paint),
                ];
                match self.form {
                    // Programs are told what devices say.
                    DecodeForm::Ndjson => Ok(()),
                    DecodeForm::Table => listing::painted(&lines.concat().join("\n")),
                }
            }
            Said::Frame { decoded, bytes, before, from_server: false } => {
                self.count(decoded.problem.is_some());
                match self.form {
                    DecodeForm::Ndjson => listing::painted(&json::frame(bytes, decoded, None)?),
                    DecodeForm::Table => {
                        let mut lines = Vec::new();
                        if source == Source::File {
                            lines.push(self.place(found.line, before.as_deref()));
                        }
                        lines.extend(view::frame(decoded, bytes, &self.paint));
                        listing::painted(&lines.join("\n"))
                    }
                }
            }
            Said::Surplus(bytes) => match self.form {
                // The object of the frame has them in its hex, as long as there is one frame only.
                DecodeForm::Ndjson => Ok(()),
                DecodeForm::Table => listing::painted(&view::surplus(bytes, &self.paint).join("\n")),
            },
            Said::NotHex { shown, why } => {
                self.count(true);
                match self.form {
                    DecodeForm::Ndjson => listing::painted(&json::not_hex(shown, why).to_string()),
                    DecodeForm::Table => listing::painted(&format!("{shown}\n  {why}\n")),
                }
            }
        }
    }

    fn count(&mut self, is_bad: bool) {
        self.told += 1;
        if is_bad {
            self.verdict = Verdict::Partly;
        }
    }

    fn place(&self, line: u64, before: Option<&str>) -> String {
        let before: String = before.unwrap_or_default().chars().take(BEFORE_MAX).collect();
        let text = format!("line {line}  {}", harmless(&before));
        self.paint.on(DIM, text.trim_end())
    }
}

const NOTHING_GIVEN: &str = "no frame given: write hex arguments, name a file of frames or a log, or - for stdin; \
                             captures with --pcap FILE";
/// Bytes of a file's ending, as of `.pcapng`.
const ENDING_MAX: usize = 8;
/// Characters of a log line before its frame.
const BEFORE_MAX: usize = 100;
