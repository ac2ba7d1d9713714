//! Hex as people and programs write it, found in a line of text.
//!
//! Shape: a line → [`Run`]s of bytes with their column; whether they are frames is asked elsewhere. Spellings: `7878`,
//! `78 78`, `78:78`, `78,78`, `78-78`, `0x78, 0x78`, `\x78\x78`, `78h 78h`, in any case. Errors: none; what is no pair
//! of hex digits ends a run.

/// Bytes that stand in a line one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) bytes: Vec<u8>,
    /// Index of the first byte of each word that the text is written in.
    pub(crate) words: Vec<usize>,
    /// Where it begins in the line, from 1, in characters.
    pub(crate) column: usize,
    pub(crate) hint: Hint,
}

/// What the text around the bytes says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hint {
    /// Nothing: it may be a number, a date, a hash.
    Bare,
    /// Written byte by byte, or with letters among the digits and at some length.
    Bytes,
    /// A word before it says that it is data, like `HEX:` or `rx`.
    Named,
}

/// The bytes of a line that holds nothing but hex; brackets and quotes around it do not count.
pub(crate) fn whole(line: &str) -> Option<Vec<u8>> {
    let digits: String = line.chars().filter(|c| !c.is_whitespace()).collect();
    if let Ok(bytes) = hex::decode(&digits) {
        return Some(bytes).filter(|bytes| !bytes.is_empty());
    }
    let inner = line.trim().trim_matches(|c: char| "[]{}()<>\"'`,;".contains(c) || c.is_whitespace());
    let (run, end) = run_at(inner, 0)?;
    // A time of day is written in pairs as well.
    let spelled = run.hint == Hint::Bytes && run.bytes.len() >= SPELLED_BYTES_MIN;
    (end == inner.len() && spelled).then_some(run.bytes)
}

/// Every run of hex in a line, from left to right; see [`RUNS_MAX`].
pub(crate) fn runs(line: &str) -> Vec<Run> {
    let (mut runs, mut at) = (Vec::new(), 0);
    while at < line.len() && runs.len() < RUNS_MAX {
        match run_at(line, at) {
            Some((run, end)) => {
                let before = line.get(..at).unwrap_or_default();
                let hint = if is_named(before) { Hint::Named } else { run.hint };
                runs.push(Run { column: before.chars().count() + 1, hint, ..run });
                at = end;
            }
            None => at = next_start(line, at),
        }
    }
    runs
}

/// Whether somebody meant a line as hex and made a mistake: one word, or pairs, with digits, half of it hex at least, and
/// nothing that dates and addresses have.
pub(crate) fn is_meant_as_hex(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let characters = words.iter().map(|word| word.chars().count()).sum::<usize>();
    let hex = line.chars().filter(char::is_ascii_hexdigit).count();
    let pairs = words.iter().all(|word| word.len() <= 2);
    let plain = line.chars().any(|c| c.is_ascii_digit()) && !line.contains([':', '-', '/', '.', '=', '_']);
    characters >= MEANT_CHARACTERS_MIN && plain && hex * 2 >= characters && (words.len() == 1 || pairs)
}

/// Who sent what follows, as far as a log line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// A server, as in `[T1a2b: gt06 > 192.0.2.1] HEX: …`.
    Server,
    /// Whoever writes the log: it says `sent` or `tx`.
    Writer,
    Unknown,
}

/// Reads the text before a frame.
pub(crate) fn sender(before: &str) -> Sender {
    let before = before.to_ascii_lowercase();
    if before.contains('[') && before.contains(" > ") && !before.contains(" < ") {
        return Sender::Server;
    }
    let writes = words_of(&before).any(|word| WRITER_WORDS.contains(&word));
    if writes { Sender::Writer } else { Sender::Unknown }
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether the last word before a run says that data follows.
fn is_named(before: &str) -> bool {
    let tail = before.trim_end_matches(|c: char| c.is_whitespace() || ":=[]({<>\"'`|-".contains(c));
    if tail.len() == before.len() && !tail.is_empty() {
        return false;
    }
    let word = tail.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    DATA_WORDS.contains(&word.to_ascii_lowercase().as_str())
}

/// The run that begins exactly here, and where the text goes on.
fn run_at(line: &str, start: usize) -> Option<(Run, usize)> {
    let starts_word = line.get(..start)?.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
    if !starts_word {
        return None;
    }
    let (mut bytes, mut words, mut at, mut spelled, mut letters) =
        (Vec::new(), Vec::new(), start, true, false);
    while let Some((word, end)) = word_at(line, at) {
        spelled &= word.len() == 1;
        letters |= line.get(at..end)?.chars().any(|c| c.is_ascii_alphabetic());
        words.push(bytes.len());
        bytes.extend(word);
        let next = separator_end(line, end);
        if bytes.len() >= RUN_BYTES_MAX || word_at(line, next).is_none() {
            let long = letters && bytes.len() >= BARE_BYTES_MIN;
            let pairs = spelled && bytes.len() >= SPELLED_BYTES_MIN;
            let hint = if long || pairs { Hint::Bytes } else { Hint::Bare };
            return Some((Run { bytes, words, column: 0, hint }, end));
        }
        at = next;
    }
    None
}

/// One word of hex digits: its bytes, and where it ends. `\x` takes two digits, so that more may follow at once.
fn word_at(line: &str, at: usize) -> Option<(Vec<u8>, usize)> {
    let rest = line.get(at..)?;
    let escaped = rest.strip_prefix("\\x").or_else(|| rest.strip_prefix("\\X"));
    let prefixed = escaped.or_else(|| rest.strip_prefix("0x")).or_else(|| rest.strip_prefix("0X"));
    let body = prefixed.unwrap_or(rest);
    let limit = if escaped.is_some() { 2 } else { usize::MAX };
    let count = body.bytes().take(limit).take_while(u8::is_ascii_hexdigit).count();
    let digits = body.get(..count)?;
    let behind = body.get(count..)?;
    let behind = behind.strip_prefix(['h', 'H']).filter(|_| count == 2).unwrap_or(behind);
    let ends = escaped.is_some() || behind.chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '_');
    let bytes = hex::decode(digits).ok().filter(|bytes| ends && !bytes.is_empty())?;
    Some((bytes, line.len() - behind.len()))
}

/// Behind one mark of punctuation with blanks around it, or a few blanks.
fn separator_end(line: &str, at: usize) -> usize {
    let blanks = |at: usize| {
        let rest = line.get(at..).unwrap_or_default();
        at + rest.bytes().take(BLANKS_MAX).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    };
    let first = blanks(at);
    match line.as_bytes().get(first) {
        Some(b',' | b':' | b';' | b'-') => blanks(first + 1),
        _ => first,
    }
}

/// The next place where a word may begin.
fn next_start(line: &str, at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    rest.char_indices().nth(1).map_or(line.len(), |(next, _)| at + next)
}

/// Words that announce data in logs.
const DATA_WORDS: &[&str] = &[
    "hex", "raw", "rx", "tx", "recv", "received", "receive", "send", "sent", "data", "payload", "frame",
    "packet", "bytes", "msg", "message", "buffer", "upload", "uplink", "downlink", "in", "out",
];
/// Words that say that the program which writes the log has sent something.
const WRITER_WORDS: &[&str] = &["tx", "sent", "send", "sending", "reply", "replied", "downlink"];
/// Shorter words are counts.
const MEANT_CHARACTERS_MIN: usize = 4;
/// Pairs that are no time of day and no address.
const SPELLED_BYTES_MIN: usize = 7;
/// Letters and digits in one word that are no short id.
const BARE_BYTES_MIN: usize = 10;
/// Blanks between two words; the text column of a dump is further away.
const BLANKS_MAX: usize = 2;
/// More than the longest frame of any protocol, with everything escaped, several times over.
const RUN_BYTES_MAX: usize = 64 * 1024;
/// A log line has a handful of numbers.
const RUNS_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<(usize, Hint, String)> {
        runs(line).into_iter().map(|run| (run.column, run.hint, hex::encode(run.bytes))).collect()
    }

    #[test]
    fn every_spelling_of_a_line_of_hex_is_read() {
        let bytes = hex::decode("78780d01049015420a0d").unwrap();
        for line in [
            "78780D01049015420a0d",
            "7878 0d01 0490 1542 0a0d",
            "78:78:0d:01:04:90:15:42:0a:0d",
            "78-78-0D-01-04-90-15-42-0A-0D",
            "78, 78, 0d, 01, 04, 90, 15, 42, 0a, 0d",
            "{0x78, 0x78, 0x0D, 0x01, 0x04, 0x90, 0x15, 0x42, 0x0a, 0x0d};",
            "\"\\x78\\x78\\x0d\\x01\\x04\\x90\\x15\\x42\\x0a\\x0d\"",
            "78h 78h 0Dh 01h 04h 90h 15h 42h 0Ah 0Dh",
        ] {
            assert_eq!(whole(line).as_ref(), Some(&bytes), "{line}");
        }
        for line in ["2026-11-20", "03:10:00", "78 78 0", "", "zz", "login 7878"] {
            assert_eq!(whole(line), None, "{line}");
        }
    }

    #[test]
    fn a_log_line_gives_its_hex_with_place_and_hint() {
        let line = "2026-11-20 03:10:00 INFO [rx] 868120240000015 HEX: 78780d01 (len 18)";
        let found = found(line);
        assert!(found.contains(&(52, Hint::Named, "78780d01".into())), "{found:?}");
        assert!(found.iter().all(|(column, hint, _)| *hint == Hint::Bare || *column == 52), "{found:?}");
        let escaped = runs("got b\"\\x78\\x78\\x0d\\x01\\x08\\x68\\x12\" from");
        assert_eq!(escaped.iter().map(|run| run.hint).collect::<Vec<_>>(), [Hint::Bytes]);
    }

    #[test]
    fn only_what_is_plainly_meant_as_hex_is_a_mistake() {
        for line in ["78zz", "78780d0", "78 78 0g 01"] {
            assert!(is_meant_as_hex(line), "{line}");
        }
        for line in [
            "server started",
            "2026-11-20 03:10:00 connected",
            "disconnected",
            "ab",
            "2026-11-20",
            "10.0.0.1",
        ] {
            assert!(!is_meant_as_hex(line), "{line}");
        }
    }

    #[test]
    fn a_log_line_may_tell_who_sent_its_frame() {
        assert_eq!(sender("2026-11-20 INFO: [T1a2b: gt06 > 192.0.2.1] HEX: "), Sender::Server);
        assert_eq!(sender("2026-11-20 INFO: [T1a2b: gt06 < 192.0.2.1] HEX: "), Sender::Unknown);
        assert_eq!(sender("03:10:00 tx "), Sender::Writer);
        assert_eq!(sender("03:10:00 rx "), Sender::Unknown);
    }

    #[test]
    fn letters_of_any_script_do_not_break_the_columns() {
        assert_eq!(found("终端 上线 HEX: 7e0002").first().map(|(column, ..)| *column), Some(12));
    }
}
