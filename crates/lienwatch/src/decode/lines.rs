//! Frames in text: lines of hex, log lines, dumps over several lines.
//!
//! Shape: lines in order → [`Found`]s; a line of plain hex is one frame or an error, a log line may hold frames or none.
//! Errors: a line that was plainly meant as hex and is none comes as [`Said::NotHex`]; other text is counted in
//! [`Passed`].

use super::frames::{Piece, Readers};
use super::hex_text::{Sender, is_meant_as_hex, runs, sender, whole};
use super::hexdump::{Hexdump, Taken};
use std::io::{self, BufRead, Read as _};
use wire::Decoded;

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// On the command line, where a file's name may stand as well.
    Argument,
    /// In a file, or on stdin.
    File,
}

/// Something in the text that is a frame, or was meant as one.
#[derive(Debug)]
pub(crate) struct Found {
    /// Number of the line, from 1.
    pub(crate) line: u64,
    pub(crate) said: Said,
}

/// What was found.
#[derive(Debug)]
pub(crate) enum Said {
    /// A frame, or bytes that begin as one.
    Frame {
        decoded: Box<Decoded>,
        bytes: Vec<u8>,
        /// What stands before it in a log line.
        before: Option<String>,
        /// The server sent it, as far as the log says.
        from_server: bool,
    },
    /// Bytes behind a frame that begin no other.
    Surplus(Vec<u8>),
    /// Not hex.
    NotHex { shown: String, why: &'static str },
}

/// Lines without a frame.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    pub(crate) count: u64,
    pub(crate) first: Vec<u64>,
}

/// Reads one source, line after line.
pub(crate) struct Lines<'a> {
    readers: &'a Readers,
    source: Source,
    line: u64,
    dump: Hexdump,
    pub(crate) passed: Passed,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(readers: &'a Readers, source: Source) -> Self {
        Self { readers, source, line: 0, dump: Hexdump::default(), passed: Passed::default() }
    }

    /// Takes the next line.
    pub(crate) fn take(&mut self, line: &str) -> Vec<Found> {
        self.line += 1;
        let text = line.trim();
        if self.dump.is_open() {
            if self.dump.take(text) == Taken::Yes {
                return Vec::new();
            }
            let mut found = self.finish_dump(self.line - 1);
            found.extend(self.one(text));
            return found;
        }
        self.one(text)
    }

    /// No line follows.
    pub(crate) fn end(&mut self) -> Vec<Found> {
        if self.dump.is_open() { self.finish_dump(self.line) } else { Vec::new() }
    }

    fn one(&mut self, text: &str) -> Vec<Found> {
        if text.is_empty() || text.starts_with('#') {
            return Vec::new();
        }
        let plain = whole(text);
        let claimed = plain.as_ref().is_some_and(|bytes| self.readers.claimed(bytes).is_some());
        if !claimed && self.dump.take(text) == Taken::Yes {
            return Vec::new();
        }
        if let Some(bytes) = plain {
            return self.plain(&bytes);
        }
        let found = self.log(text);
        if !found.is_empty() {
            return found;
        }
        if self.source == Source::Argument || is_meant_as_hex(text) {
            return vec![self.not_hex(text)];
        }
        self.passed.count += 1;
        if self.passed.first.len() < PASSED_NAMED_MAX {
            self.passed.first.push(self.line);
        }
        Vec::new()
    }

    fn plain(&self, bytes: &[u8]) -> Vec<Found> {
        let found = self.readers.plain(bytes);
        let is_one = found.pieces.len() == 1;
        let frames = found.pieces.into_iter().map(|piece| {
            // A line of one frame is repeated as it is, with whatever stands behind the frame.
            let bytes = if is_one { bytes.to_vec() } else { wire_bytes(&piece, bytes) };
            (piece.at.start, frame(piece, bytes, None, false))
        });
        let surplus = found
            .behind
            .into_iter()
            .map(|at| (at.start, Said::Surplus(bytes.get(at).unwrap_or_default().to_vec())));
        let mut all: Vec<(usize, Said)> = frames.chain(surplus).collect();
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, said)| Found { line: self.line, said }).collect()
    }

    fn log(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        for run in runs(text) {
            let before = text.chars().take(run.column.saturating_sub(1)).collect::<String>();
            let sender = sender(&before);
            for piece in self.readers.in_run(&run) {
                // A device writes logs as well; what it sends can be read as a device's.
                let from_server = match sender {
                    Sender::Server => true,
                    Sender::Writer => piece.decoded.problem.is_some() && piece.decoded.frame.is_some(),
                    Sender::Unknown => false,
                };
                let bytes = wire_bytes(&piece, &run.bytes);
                let said = frame(piece, bytes, Some(before.trim_end().to_owned()), from_server);
                found.push(Found { line: self.line, said });
            }
        }
        found
    }

    fn finish_dump(&mut self, line: u64) -> Vec<Found> {
        let bytes = self.dump.finish();
        let pieces = self.readers.in_dump(&bytes).into_iter();
        let frames = pieces.map(|piece| {
            let bytes = wire_bytes(&piece, &bytes);
            Found { line, said: frame(piece, bytes, None, false) }
        });
        frames.collect()
    }

    fn not_hex(&self, text: &str) -> Found {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let all_hex = digits.chars().all(|c| c.is_ascii_hexdigit());
        let why = match self.source {
            _ if all_hex => "an odd number of hex digits: one is missing, or one too many",
            Source::Argument => "no such file, and not hex: a frame is written as pairs of 0-9 and a-f",
            Source::File => "not hex: a frame is written as pairs of 0-9 and a-f",
        };
        let shown = digits.chars().take(SHOWN_MAX).collect();
        Found { line: self.line, said: Said::NotHex { shown, why } }
    }
}

fn frame(piece: Piece, bytes: Vec<u8>, before: Option<String>, from_server: bool) -> Said {
    Said::Frame { decoded: Box::new(piece.decoded), bytes, before, from_server }
}

/// The frame as it would stand alone: one that shares its delimiter has its own copy.
fn wire_bytes(piece: &Piece, bytes: &[u8]) -> Vec<u8> {
    match &piece.decoded.frame {
        Some(frame) => frame.wire.to_vec(),
        None => bytes.get(piece.at.clone()).unwrap_or_default().to_vec(),
    }
}

/// The next line of a reader, without its end; a longer one comes in pieces. Bytes that are no UTF-8 are replaced: logs
/// come in every encoding, hex does not care.
pub(crate) fn next_line(reader: &mut dyn BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let count = reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
    Ok((count > 0).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Characters of a line that is not hex, repeated to the person who wrote it.
const SHOWN_MAX: usize = 80;
/// Lines named of those that were passed over.
const PASSED_NAMED_MAX: usize = 5;
/// A frame of the longest kind, escaped and spelled with prefixes, and a long log line around it, many times over.
const LINE_BYTES_MAX: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str = "78780d010868120240000015000170e50d0a";

    fn read(source: Source, text: &str) -> (Vec<String>, u64) {
        let readers = Readers { protocols: protocols::ALL.to_vec(), zone: None };
        let mut lines = Lines::new(&readers, source);
        let mut found: Vec<Found> = text.lines().flat_map(|line| lines.take(line)).collect();
        found.extend(lines.end());
        let words = |found: Found| match found.said {
            Said::Frame { decoded, .. } => {
                let name = decoded.reaction.as_ref().map_or("refused", |reaction| reaction.message);
                format!("{} {name}", found.line)
            }
            Said::Surplus(bytes) => format!("{} surplus {}", found.line, bytes.len()),
            Said::NotHex { shown, .. } => format!("{} not hex {shown}", found.line),
        };
        (found.into_iter().map(words).collect(), lines.passed.count)
    }

    #[test]
    fn a_log_with_one_bad_token_and_two_frames_passes_over_the_rest() {
        let log = format!(
            "2026-11-20 03:10:00 server started\n# a note\n\n03:10:01 HEX: {LOGIN} (len 18)\n78zz\n{LOGIN}\n"
        );
        assert_eq!(
            read(Source::File, &log),
            (vec!["4 login".into(), "5 not hex 78zz".into(), "6 login".into()], 1)
        );
    }

    #[test]
    fn a_dump_between_log_lines_is_one_frame() {
        let dump = "received:\n0000  78 78 0d 01 08 68 12 02  40 00 00 15 00 01 70 e5  xx...h..@.....p.\n\
                    0010  0d 0a  ..\ndone";
        assert_eq!(read(Source::File, dump), (vec!["3 login".into()], 2));
    }

    #[test]
    fn an_argument_that_holds_no_frame_is_an_error() {
        assert_eq!(read(Source::Argument, "no frame").0, ["1 not hex noframe"]);
        assert_eq!(read(Source::File, "no frame"), (vec![], 1));
    }

    #[test]
    fn a_plain_line_accounts_for_every_byte() {
        assert_eq!(
            read(Source::File, &format!("{LOGIN}aabb{LOGIN}")).0,
            ["1 login", "1 surplus 2", "1 login"]
        );
        assert_eq!(read(Source::File, "20261120031000").0, ["1 refused"]);
    }

    #[test]
    fn a_line_without_an_end_comes_in_pieces() {
        let long = vec![b'7'; 1_500_000];
        let mut reader = io::BufReader::new(&long[..]);
        let mut sizes = Vec::new();
        while let Some(line) = next_line(&mut reader).unwrap() {
            sizes.push(line.len());
        }
        assert_eq!(sizes, [1024 * 1024, 1_500_000 - 1024 * 1024]);
    }
}
