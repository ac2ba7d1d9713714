//! A frame for a person: a head line, every byte in a table, what it says, what is wrong.
//!
//! Shape: [`Decoded`] → lines of text, with colours where the terminal has them. Units: columns as a terminal counts
//! them, so that wide characters stay aligned. Errors: none.

pub(crate) mod paint;
mod says;
mod table;

use model::Timestamp;
use model::unit::counted;
use paint::{BAD, BOLD, DIM, GOOD, NAME, Paint};
use wire::diagnosis::spaced;
use wire::{Checksum, Decoded, Field};

/// One frame, or the bytes that are none.
pub(crate) fn frame(decoded: &Decoded, bytes: &[u8], paint: &Paint) -> Vec<String> {
    let mut lines = vec![head(decoded, bytes, paint)];
    lines.extend(table::fields(&shown_fields(decoded, bytes), decoded.culprit, paint));
    if is_unescaped(decoded) {
        lines.push(paint.on(DIM, "        offsets count in the frame without its escapes"));
    }
    lines.extend(says::lines(decoded, paint));
    if let Some(problem) = &decoded.problem {
        lines.extend(paint.labelled("problem", BAD, &format!("{problem} ({})", problem.code())));
    } else if decoded.frame.as_ref().is_some_and(|frame| frame.checksum == Checksum::Bad) {
        let words =
            "the checksum is wrong; all else agrees with the length, so the frame is believed and flagged";
        lines.extend(paint.labelled("problem", BAD, words));
    }
    lines.push(String::new());
    lines
}

/// A frame of the server.
pub(crate) fn answer(decoded: &Decoded, words: &str, paint: &Paint) -> Vec<String> {
    let (Some(frame), Some(reaction)) = (&decoded.frame, &decoded.reaction) else { return Vec::new() };
    let digits = usize::from(reaction.number_digits);
    let protocol = paint.on(BOLD, decoded.protocol.unwrap_or_default());
    let number = format!("0x{:0digits$x}", reaction.number);
    let size = counted(frame.wire.len(), "byte");
    let mut lines = vec![format!("{protocol}  server {number}: {}  {size}", paint.on(NAME, words))];
    let culprit = (frame.checksum == Checksum::Bad).then_some(decoded.culprit).flatten();
    lines.extend(table::fields(&decoded.fields, culprit, paint));
    lines.push(String::new());
    lines
}

/// An answer of the server that is no frame.
pub(crate) fn bare_answer(bytes: &[u8], words: &str, paint: &Paint) -> Vec<String> {
    let size = counted(bytes.len(), "byte");
    vec![format!("server {}: {}  {size}", few(bytes), paint.on(NAME, words)), String::new()]
}

/// When a packet was captured.
pub(crate) fn captured(at: Timestamp) -> String {
    let ms = at.ms().rem_euclid(1000);
    format!("{}.{ms:03}", says::clock(at))
}

/// Bytes that belong to no frame.
pub(crate) fn surplus(bytes: &[u8], paint: &Paint) -> Vec<String> {
    let words = format!("{} behind the frame begin no other: {}", counted(bytes.len(), "byte"), few(bytes));
    let mut lines = paint.labelled("surplus", BAD, &words);
    lines.push(String::new());
    lines
}

/// The first bytes of many.
pub(crate) fn few(bytes: &[u8]) -> String {
    let shown = bytes.get(..FEW_BYTES).unwrap_or(bytes);
    format!("{}{}", spaced(shown), if shown.len() < bytes.len() { " …" } else { "" })
}

fn head(decoded: &Decoded, bytes: &[u8], paint: &Paint) -> String {
    let protocol = decoded.protocol.unwrap_or("no protocol");
    let size = counted(bytes.len(), "byte");
    let (Some(frame), Some(reaction)) = (&decoded.frame, &decoded.reaction) else {
        return format!("{}  {}  {size}", paint.on(BOLD, protocol), paint.on(BAD, "not a frame"));
    };
    let digits = usize::from(reaction.number_digits);
    let mut parts = vec![
        paint.on(BOLD, protocol),
        format!("{} 0x{:0digits$x}", paint.on(NAME, reaction.message), reaction.number),
    ];
    parts.extend(reaction.terminal.map(|terminal| format!("terminal {terminal}")));
    parts.extend(reaction.serial.map(|serial| format!("serial {serial}")));
    parts.push(match frame.checksum {
        Checksum::Ok => paint.on(GOOD, "checksum ok"),
        Checksum::Bad => paint.on(BAD, "checksum wrong"),
        Checksum::Absent => paint.on(DIM, "no checksum"),
    });
    parts.push(counted(frame.wire.len(), "byte"));
    parts.join("  ")
}

/// The explained fields; bytes that nobody explains are one.
fn shown_fields(decoded: &Decoded, bytes: &[u8]) -> Vec<Field> {
    if !decoded.fields.is_empty() {
        return decoded.fields.clone();
    }
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    let (value, meaning) = (String::new(), "not explained".to_owned());
    vec![Field { offset: 0, bytes, name: "bytes", value, meaning }]
}

/// Whether the fields are of other bytes than came.
fn is_unescaped(decoded: &Decoded) -> bool {
    let Some(frame) = &decoded.frame else { return false };
    let explained: usize = decoded.fields.iter().map(|field| field.bytes.len()).sum();
    explained != frame.wire.len()
}

/// Bytes in a sentence.
const FEW_BYTES: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use unicode_width::UnicodeWidthStr;

    /// Every example frame of every protocol.
    fn examples() -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocols");
        let mut frames = Vec::new();
        for protocol in protocols::ALL {
            for entry in std::fs::read_dir(folder.join(protocol.name()).join("frames")).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "hex") {
                    let text = std::fs::read_to_string(path).unwrap();
                    let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
                    frames.push(hex::decode(digits.split_whitespace().collect::<String>()).unwrap());
                }
            }
        }
        assert!(!frames.is_empty());
        frames
    }

    fn explained(bytes: &[u8], paint: &Paint) -> Vec<String> {
        frame(&wire::decode(protocols::ALL, bytes, None), bytes, paint)
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_byte_is_left_out() {
        let paint = Paint::plain(110);
        for bytes in examples() {
            let lines = explained(&bytes, &paint);
            let wide = lines.iter().find(|line| line.width() > 110);
            assert_eq!(wide, None, "{}", hex::encode(&bytes));
            let decoded = wire::decode(protocols::ALL, &bytes, None);
            let told: usize = decoded.fields.iter().map(|field| field.bytes.len()).sum();
            let Some(frame) = decoded.frame else { continue };
            assert!(told == frame.wire.len() || told == frame.content().len() + 3, "{}", hex::encode(&bytes));
        }
    }

    #[test]
    fn columns_stay_aligned_under_wide_characters_and_colours_change_no_text() {
        for bytes in examples() {
            let plain = explained(&bytes, &Paint::plain(110));
            let coloured = explained(&bytes, &Paint::coloured(110)).join("\n");
            let stripped = anstream::adapter::strip_str(&coloured).to_string();
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&stripped), words(&plain.join("\n")));
        }
    }

    #[test]
    fn a_date_that_does_not_exist_is_marked_where_it_stands() {
        let bytes =
            hex::decode("787822221a1e1e080f1ec9026b2a2c0c3cb19c24151301cc0028660eee0c010000000a7a1b0d0a");
        let lines = explained(&bytes.unwrap(), &Paint::plain(110));
        let marked: Vec<&String> = lines.iter().filter(|line| line.starts_with('►')).collect();
        assert_eq!(marked.len(), 1, "{lines:?}");
        assert!(marked[0].contains("date and time") && marked[0].contains("no such date"), "{marked:?}");
    }
}
