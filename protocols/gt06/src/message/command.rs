//! Commands and their replies, numbers 0x80, 0x15, 0x81 and 0x21.
//!
//! Shape: server flag and text ↔ body; a reply → `Event::CommandReply`, or `CommandRefused` where its words plainly say
//! so. Units: none. Errors: an inner length that does not fit the frame is ignored, the text goes to the end; bytes that
//! are no text are replaced. Source: SPEC.md §4.5.

use crate::field::{Parsed, Rows};
use crate::message::Said;
use crate::models;
use model::{Attribute, Event};
use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::rest;
use nom::error::context;
use nom::number::complete::{be_u8, be_u32};

/// A command on its way to the device: seen by `decode` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command<'a>(ShortText<'a>);

/// A reply as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CommandReply<'a> {
    Short(ShortText<'a>),
    Long { flag: u32, encoding: u8, text: &'a [u8] },
}

/// The body that 0x80, 0x15 and 0x81 share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShortText<'a> {
    length: u8,
    flag: u32,
    text: &'a [u8],
    tail: &'a [u8],
}

/// | offset | size | field    | coding                                           |
/// |      0 |    1 | length   | of flag and text; 0 on devices that pad the text |
/// |      1 |    4 | flag     | the command's token                              |
/// |      5 |  L-4 | text     | ASCII                                            |
/// |        |  0/2 | language | 1 Chinese, 2 English                             |
fn short_text(i: &[u8]) -> Parsed<'_, ShortText<'_>> {
    let (i, length) = context("inner length", be_u8).parse(i)?;
    let (i, flag) = context("server flag", be_u32).parse(i)?;
    let counted = usize::from(length).checked_sub(FLAG_SIZE).filter(|size| *size <= i.len());
    let (i, text) = take(counted.unwrap_or(i.len())).parse(i)?;
    let (i, tail) = rest(i)?;
    Ok((i, ShortText { length, flag, text, tail }))
}

/// The body of 0x80 or 0x15; a text beyond [`TEXT_MAX`] is cut.
pub(crate) fn body(flag: u32, text: &str, language: &[u8]) -> Vec<u8> {
    let text = text.as_bytes();
    let text = text.get(..TEXT_MAX).unwrap_or(text);
    let length = u8::try_from(FLAG_SIZE + text.len()).unwrap_or(u8::MAX);
    [&[length][..], &flag.to_be_bytes(), text, language].concat()
}

/// Flag and text of a command, for the device side.
pub(crate) fn asked(body: &[u8]) -> Option<(u32, String)> {
    let (_, ShortText { flag, text, .. }) = short_text(body).ok()?;
    Some((flag, ascii(text)))
}

/// Numbers 0x15 and 0x81.
pub(crate) fn short_reply(i: &[u8]) -> Parsed<'_, CommandReply<'_>> {
    short_text.map(CommandReply::Short).parse(i)
}

/// Number 0x80.
pub(crate) fn command(i: &[u8]) -> Parsed<'_, Command<'_>> {
    short_text.map(Command).parse(i)
}

/// Number 0x21.
///
/// | offset | size | field    | coding                  |
/// |      0 |    4 | flag     | the command's token     |
/// |      4 |    1 | encoding | 1 ASCII, 2 UTF-16BE     |
/// |      5 | rest | text     |                         |
pub(crate) fn long_reply(i: &[u8]) -> Parsed<'_, CommandReply<'_>> {
    let (i, flag) = context("server flag", be_u32).parse(i)?;
    let (i, encoding) = context("encoding", be_u8).parse(i)?;
    let (i, text) = rest(i)?;
    Ok((i, CommandReply::Long { flag, encoding, text }))
}

impl CommandReply<'_> {
    pub(crate) fn said(&self) -> Said {
        let (token, text) = match self {
            Self::Short(short) => (short.flag, ascii(short.text)),
            Self::Long { flag, encoding: UTF_16, text } => (*flag, utf_16(text)),
            Self::Long { flag, text, .. } => (*flag, ascii(text)),
        };
        let card = iccid(&text).map(|card| [Attribute::Iccid(card)].into_iter().collect());
        let token = Some(token);
        let mut said = Said::one(if is_refusal(&text) {
            Event::CommandRefused { token, text }
        } else {
            Event::CommandReply { token, text }
        });
        said.events.extend(card.map(|attributes| Event::Status { attributes }));
        said
    }

    pub(crate) fn describe(&self, rows: &mut Rows) {
        match self {
            Self::Short(short) => short.describe("free text of the device".to_owned(), rows),
            Self::Long { flag, encoding, text } => {
                rows.add(4, "server flag", format!("{flag:#010x}"), "token of the command");
                rows.add(1, "encoding", encoding, "1 ASCII, 2 UTF-16");
                let shown = if *encoding == UTF_16 { utf_16(text) } else { ascii(text) };
                rows.add(text.len(), "text", shown, "free text of the device");
            }
        }
    }
}

impl Command<'_> {
    pub(crate) fn describe(&self, rows: &mut Rows) {
        let text = ascii(self.0.text);
        let words =
            models::understood(&text).map_or_else(|| "no text of ours".to_owned(), |it| it.to_string());
        self.0.describe(words, rows);
    }
}

impl ShortText<'_> {
    fn describe(&self, meaning: String, rows: &mut Rows) {
        rows.add(1, "inner length", self.length, "of flag and text");
        rows.add(4, "server flag", format!("{:#010x}", self.flag), "token of the command");
        rows.add(self.text.len(), "text", ascii(self.text), meaning);
        rows.add_raw("language", self.tail, "1 Chinese, 2 English");
    }
}

/// The one reply with a known form: `<ICCID:digits>`.
fn iccid(text: &str) -> Option<String> {
    let digits = text.strip_prefix("<ICCID:")?.strip_suffix('>')?;
    (!digits.is_empty()).then(|| digits.to_owned())
}

/// Whether a device says that it did not do what it was told. Only the words before the first semicolon count: what
/// follows them is a list of states, in which anything may have failed.
fn is_refusal(text: &str) -> bool {
    let said = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    REFUSED_FROM.iter().any(|words| said.starts_with(words))
        || REFUSED_IN.iter().any(|words| said.contains(words))
}

/// Text without the zeros that devices pad it with.
fn ascii(text: &[u8]) -> String {
    String::from_utf8_lossy(text).trim_end_matches('\0').to_owned()
}

fn utf_16(text: &[u8]) -> String {
    let units: Vec<u16> =
        text.chunks_exact(2).map(|pair| pair.iter().fold(0, |u, b| (u << 8) | u16::from(*b))).collect();
    String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
}

/// How a refusal begins.
const REFUSED_FROM: &[&str] = &["error", "fail", "command error", "invalid", "unknown command", "illegal"];
/// What a refusal holds. The makers' texts for a relay that stays as it is name the reason behind the equals sign.
const REFUSED_IN: &[&str] =
    &["=fail", ":fail", ": fail", " failed", " error!", "=speed limit", "=unvalued fix", "not supported"];
const FLAG_SIZE: usize = 4;
/// What is left of the 250 bytes of a short frame: inner length, flag and language stand around it.
pub(crate) const TEXT_MAX: usize = 250 - 1 - FLAG_SIZE - 2;
const UTF_16: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_by_its_plain_words_and_nothing_else_is_one() {
        for text in [
            "DYD=Fail!",
            "DYD=Unvalued Fix",
            "DYD=Speed Limit, Speed 40km/h",
            "Cut off the fuel supply: Fail!",
            "ERROR:The domain name or IP is locked,not allowed to modify.",
            "Command Error!",
            "TIMER set failed",
            "Error!",
        ] {
            assert!(is_refusal(text), "{text}");
        }
        for text in [
            "OK!",
            "",
            "DYD=Success!",
            "Already in the state of fuel supply to resume, the command is not running!",
            "EXT-POWER:12.14V;BATTERY:84%;GPRS:FAIL;GSM Signal:H;",
            "Current position!Lat:N22.543100,Lon:E114.057900",
            "TIMER:10,10; HBT:3,3",
        ] {
            assert!(!is_refusal(text), "{text}");
        }
    }

    #[test]
    fn a_text_beyond_the_frame_is_cut_and_still_counted_right() {
        let body = body(7, &"A".repeat(400), &[0, 2]);
        assert_eq!(body.len(), 250);
        let (_, read) = short_text(&body).unwrap();
        assert_eq!((read.flag, read.text.len(), read.tail), (7, TEXT_MAX, &[0, 2][..]));
    }
}
