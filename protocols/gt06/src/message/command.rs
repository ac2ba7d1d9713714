//! Commands and their replies, numbers 0x80, 0x15, 0x81 and 0x21.
//!
//! Shape: server flag and text → `Event::CommandReply`. Units: none. Errors: an inner length that does not fit the
//! frame is ignored, the text goes to the end; bytes that are no text are replaced. Source: SPEC.md §4.5.

use crate::field::{Parsed, Rows};
use crate::message::Said;
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
        let mut said = Said::one(Event::CommandReply { token: Some(token), text });
        said.events.extend(card.map(|attributes| Event::Status { attributes }));
        said
    }

    pub(crate) fn describe(&self, rows: &mut Rows) {
        match self {
            Self::Short(short) => short.describe(rows),
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
        self.0.describe(rows);
    }
}

impl ShortText<'_> {
    fn describe(&self, rows: &mut Rows) {
        rows.add(1, "inner length", self.length, "of flag and text");
        rows.add(4, "server flag", format!("{:#010x}", self.flag), "token of the command");
        rows.add(self.text.len(), "text", ascii(self.text), "free text");
        rows.add_raw("language", self.tail, "1 Chinese, 2 English");
    }
}

/// The one reply with a known form: `<ICCID:digits>`.
fn iccid(text: &str) -> Option<String> {
    let digits = text.strip_prefix("<ICCID:")?.strip_suffix('>')?;
    (!digits.is_empty()).then(|| digits.to_owned())
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

const FLAG_SIZE: usize = 4;
const UTF_16: u8 = 2;
