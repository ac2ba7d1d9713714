//! Dumps over several lines: `hexdump -C`, `xxd`, `tcpdump -X`, Wireshark.
//!
//! Shape: lines in order → the bytes of a whole block. A block begins at offset 0 and goes on while offsets follow each
//! other. Units: offsets in bytes, hex. Errors: none; a line that is none ends the block.

/// The block that is being read.
#[derive(Debug, Default)]
pub(crate) struct Hexdump {
    bytes: Vec<u8>,
}

/// What a line is to the block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Its next line.
    Yes,
    /// Not part of a dump.
    No,
}

impl Hexdump {
    /// Takes a line that continues the block, or begins one. `0000` may also begin a line of plain hex: the caller asks
    /// [`Self::is_open`], and whether a protocol knows the line as it is.
    pub(crate) fn take(&mut self, line: &str) -> Taken {
        match parse(line) {
            Some((offset, bytes)) if offset == self.bytes.len() && self.bytes.len() < BLOCK_BYTES_MAX => {
                // The last line of `hexdump` is the offset of the end alone.
                if bytes.is_empty() && self.bytes.is_empty() {
                    return Taken::No;
                }
                self.bytes.extend(bytes);
                Taken::Yes
            }
            _ => Taken::No,
        }
    }

    /// Whether a block has begun.
    pub(crate) fn is_open(&self) -> bool {
        !self.bytes.is_empty()
    }

    /// The bytes so far; the next line begins a new block.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// Offset and bytes of one line; the text column is left alone.
fn parse(line: &str) -> Option<(usize, Vec<u8>)> {
    let line = line.trim_start();
    let digits = line.strip_prefix("0x").unwrap_or(line);
    let count = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
    let (offset, rest) = digits.split_at_checked(count)?;
    let (marked, rest) = match rest.strip_prefix(':') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let is_offset = OFFSET_DIGITS.contains(&count) && (rest.is_empty() || rest.starts_with([' ', '\t']));
    let offset = usize::from_str_radix(offset, 16).ok().filter(|_| is_offset)?;
    let bytes = bytes_of(rest);
    (!bytes.is_empty() || (rest.trim().is_empty() && !marked)).then_some((offset, bytes))
}

/// Pairs and fours, up to the gap before the text column.
fn bytes_of(mut rest: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < LINE_BYTES {
        let blanks = rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let gap_max = if bytes.is_empty() { FIRST_GAP_MAX } else { GAP_MAX };
        if !(1..=gap_max).contains(&blanks) {
            break;
        }
        let word = rest.get(blanks..).unwrap_or_default();
        let count = word.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (digits, behind) = word.split_at_checked(count).unwrap_or_default();
        let ends = behind.is_empty() || behind.starts_with([' ', '\t']);
        let Some(word) = hex::decode(digits).ok().filter(|word| ends && [1, 2, 4].contains(&word.len()))
        else {
            break;
        };
        bytes.extend(word);
        rest = behind;
    }
    bytes
}

/// Digits of an offset in the programs named above.
const OFFSET_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;
/// Bytes on one line of all of them.
const LINE_BYTES: usize = 16;
/// Blanks behind the offset.
const FIRST_GAP_MAX: usize = 3;
/// Blanks between two words, also in the middle of a line.
const GAP_MAX: usize = 2;
/// One TCP segment with all its headers, several times over.
const BLOCK_BYTES_MAX: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<Taken>) {
        let mut dump = Hexdump::default();
        let taken = text.lines().map(|line| dump.take(line)).collect();
        (hex::encode(dump.finish()), taken)
    }

    const LOGIN: &str = "78780d010868120240000015000170e50d0a";

    #[test]
    fn the_dumps_of_several_programs_are_read_over_their_lines() {
        for dump in [
            "00000000  78 78 0d 01 08 68 12 02  40 00 00 15 00 01 70 e5  |xx...h..@.....p.|\n\
             00000010  0d 0a                                             |..|\n00000012",
            "00000000: 7878 0d01 0868 1202 4000 0015 0001 70e5  xx...h..@.....p.\n\
             00000010: 0d0a                                     ..",
            "\t0x0000:  7878 0d01 0868 1202 4000 0015 0001 70e5  xx...h..@.....p.\n\t0x0010:  0d0a  ..",
            "0000   78 78 0d 01 08 68 12 02 40 00 00 15 00 01 70 e5   xx...h..@.....p.\n0010   0d 0a   ..",
        ] {
            let (bytes, taken) = read(dump);
            assert_eq!(bytes, LOGIN, "{dump}");
            assert!(taken.iter().all(|taken| *taken == Taken::Yes), "{dump}");
        }
    }

    #[test]
    fn a_line_that_does_not_follow_is_no_part_of_the_block() {
        let (bytes, taken) = read("0000  78 78 0d 01\n0010  0d 0a\n2026  11 20");
        assert_eq!((bytes.as_str(), taken), ("78780d01", vec![Taken::Yes, Taken::No, Taken::No]));
        assert_eq!(read("0000").1, [Taken::No]);
        assert_eq!(read("7878 0d01 0868").1, [Taken::No]);
    }
}
