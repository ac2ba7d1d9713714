//! The header, in its two layouts, read and written.
//!
//! Shape: unescaped content → [`Header`] + body. Units: none. Errors: [`Problem::Header`] where the content is shorter
//! than its header; a body of another length than declared is read as far as it goes and flagged.
//! Source: SPEC.md §2.

use crate::escape;
use crate::field::{Missing, Parsed, field};
use crate::number::Number;
use bytes::Bytes;
use model::TerminalId;
use nom::Parser;
use nom::number::complete::{be_u8, be_u16};
use wire::{Checksum, Frame, Problem, bcd};

/// The shorter header without packets; a piece that is not longer is no frame.
pub(crate) const HEADER_MIN: usize = 12;

/// The longest header that we write.
const HEADER_MAX: usize = 21;

/// What stands before the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) number: Number,
    pub(crate) properties: Properties,
    pub(crate) phone: Phone,
    pub(crate) serial: u16,
    pub(crate) packet: Option<Packet>,
    /// The body is as long as the header declares.
    pub(crate) length_agrees: bool,
}

/// Bits 0-9 body length, 10-12 encryption, 13 split, 14 version flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Properties(pub(crate) u16);

impl Properties {
    const LENGTH: u16 = 0x03FF; // bits 0-9
    const SPLIT: u16 = 0x2000; // bit 13
    const VERSION_FLAG: u16 = 0x4000; // bit 14

    pub(crate) fn body_length(self) -> usize {
        usize::from(self.0 & Self::LENGTH)
    }

    pub(crate) const fn encryption(self) -> u8 {
        let [high, _] = self.0.to_be_bytes();
        (high >> 2) & 0b111 // bits 10-12
    }

    /// Bit 15: reserved by the standard; a compact message that wants an answer.
    pub(crate) const fn wants_compact_answer(self) -> bool {
        self.0 & 0x8000 != 0
    }

    pub(crate) const fn is_split(self) -> bool {
        self.0 & Self::SPLIT != 0
    }

    pub(crate) const fn is_2019(self) -> bool {
        self.0 & Self::VERSION_FLAG != 0
    }
}

/// The terminal number as sent: it is copied back byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phone {
    /// 2011 and 2013.
    Six([u8; 6]),
    /// A maker's short messages: a serial of one byte behind it.
    Compact([u8; 6]),
    /// 2019, with its protocol version.
    Ten { version: u8, digits: [u8; 10] },
}

impl Phone {
    /// Bytes of a header with such a number, without packets.
    const fn header_size(&self) -> usize {
        match self {
            Self::Six(_) => 12,
            Self::Compact(_) => 11,
            Self::Ten { .. } => 17,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Six(digits) | Self::Compact(digits) => digits,
            Self::Ten { digits, .. } => digits,
        }
    }
}

/// Which packet of a split message a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) total: u16,
    /// From 1.
    pub(crate) number: u16,
}

impl Packet {
    pub(crate) const fn is_possible(self) -> bool {
        self.number >= 1 && self.number <= self.total
    }

    /// A split message of one packet is a whole one.
    pub(crate) const fn is_whole(self) -> bool {
        self.total == 1 && self.number == 1
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Year2013,
    Year2019,
    Compact,
}

impl Layout {
    /// Bytes before the body.
    const fn length(self, properties: Properties) -> usize {
        let packets = if properties.is_split() { 4 } else { 0 };
        match self {
            Self::Year2013 => 12 + packets,
            Self::Year2019 => 17 + packets,
            Self::Compact => 11,
        }
    }

    fn fits(self, properties: Properties, content: &[u8]) -> bool {
        self.length(properties) + properties.body_length() == content.len()
    }
}

impl Header {
    /// Splits a frame into header and body.
    pub(crate) fn read(frame: &Frame) -> Result<(Self, &[u8]), Problem> {
        let content = frame.content();
        let read = || {
            let (_, (number, properties)) = properties(content)?;
            let layout = match number {
                number if number.is_compact() => Layout::Compact,
                _ => layout(properties, content, frame.checksum),
            };
            let (body, mut header) = parse(layout, content)?;
            header.length_agrees = layout.fits(properties, content);
            Ok((header, body))
        };
        read().map_err(|_: nom::Err<Missing>| Problem::Header { reason: "shorter than its fields" })
    }

    /// Whom the frame speaks for: the digits, or the bytes in hex where they are not decimal.
    pub(crate) fn terminal(&self) -> Option<TerminalId> {
        let bytes = self.phone.bytes();
        let text = bcd::digits(bytes).unwrap_or_else(|| hex::encode(bytes));
        TerminalId::parse(&text).ok()
    }

    /// Encryption bits; compact messages use them for something else.
    pub(crate) const fn encryption(&self) -> u8 {
        match self.phone {
            Phone::Compact(_) => 0,
            Phone::Six(_) | Phone::Ten { .. } => self.properties.encryption(),
        }
    }

    /// Bytes of the serial.
    pub(crate) const fn serial_width(&self) -> usize {
        match self.phone {
            Phone::Compact(_) => 1,
            Phone::Six(_) | Phone::Ten { .. } => 2,
        }
    }

    /// A frame from the platform in the layout of this one: same flag, same number, own serial.
    pub(crate) fn answer(&self, number: Number, serial: u16, body: &[u8]) -> Bytes {
        let properties = Properties(self.properties.0 & Properties::VERSION_FLAG);
        let head = Head { number, properties, phone: &self.phone, serial, packet: None };
        let body = fitting(body);
        let mut frame = escape::begin(self.phone.header_size() + body.len());
        head.put(body, &mut frame);
        escape::finish(frame)
    }
}

/// The content of a frame: header and body.
pub(crate) fn write(header: Header, body: &[u8]) -> Vec<u8> {
    let Header { number, properties, ref phone, serial, packet, .. } = header;
    let mut content = Vec::with_capacity(HEADER_MAX + body.len());
    Head { number, properties, phone, serial, packet }.put(fitting(body), &mut content);
    content
}

/// Bodies are short by construction; what is beyond the length field's range would be cut off.
fn fitting(body: &[u8]) -> &[u8] {
    body.get(..BODY_MAX).unwrap_or(body)
}

/// The values of a header that is written. The number is borrowed: to copy what was just read holds up the processor.
struct Head<'a> {
    number: Number,
    properties: Properties,
    phone: &'a Phone,
    serial: u16,
    packet: Option<Packet>,
}

impl Head<'_> {
    /// Writes it, and a body that is [`fitting`] behind it.
    fn put(&self, body: &[u8], content: &mut Vec<u8>) {
        let length = u16::try_from(body.len()).unwrap_or(Properties::LENGTH);
        let split = if self.packet.is_some() { Properties::SPLIT } else { 0 };
        let properties = (self.properties.0 & !Properties::LENGTH) | length | split;
        content.extend(self.number.0.to_be_bytes());
        content.extend(properties.to_be_bytes());
        if let Phone::Ten { version, .. } = self.phone {
            content.push(*version);
        }
        content.extend(self.phone.bytes());
        match self.phone {
            // The maker's serial has one byte: ours wraps sooner there.
            Phone::Compact(_) => content.push(self.serial.to_be_bytes()[1]),
            Phone::Six(_) | Phone::Ten { .. } => content.extend(self.serial.to_be_bytes()),
        }
        if let Some(packet) = self.packet {
            content.extend(packet.total.to_be_bytes());
            content.extend(packet.number.to_be_bytes());
        }
        content.extend(body);
    }
}

/// The longest body that the ten-bit length field can declare.
pub(crate) const BODY_MAX: usize = 1_023;

/// The layout the version flag names, unless only the other one explains the declared length: some devices set the
/// flag and send six bytes of number, or the reverse. A wrong checksum explains nothing.
fn layout(properties: Properties, content: &[u8], checksum: Checksum) -> Layout {
    let (flagged, other) = if properties.is_2019() {
        (Layout::Year2019, Layout::Year2013)
    } else {
        (Layout::Year2013, Layout::Year2019)
    };
    let only_other_fits = !flagged.fits(properties, content) && other.fits(properties, content);
    if only_other_fits && checksum == Checksum::Ok { other } else { flagged }
}

/// | offset | size | field      | unit / coding |
/// |      0 |    2 | number     |               |
/// |      2 |    2 | properties | bits          |
fn properties(i: &[u8]) -> Parsed<'_, (Number, Properties)> {
    let (i, number) = field("message number", be_u16)(i)?;
    let (i, properties) = field("properties", be_u16)(i)?;
    Ok((i, (Number(number), Properties(properties))))
}

/// | 2013 | 2019  | size   | field            | unit / coding     |
/// |    0 |     0 |      2 | number           |                   |
/// |    2 |     2 |      2 | properties       | bits              |
/// |    - |     4 |      1 | version          | counts from 1     |
/// |    4 |     5 | 6 / 10 | terminal number  | BCD               |
/// |   10 |    15 |      2 | serial           |                   |
/// |   12 |    17 |      2 | packets          | only if split     |
/// |   14 |    19 |      2 | packet           | only if split     |
fn parse(layout: Layout, i: &[u8]) -> Parsed<'_, Header> {
    let (i, number) = field("message number", be_u16)(i)?;
    let (i, properties) = field("properties", be_u16)(i)?;
    let properties = Properties(properties);
    let (i, phone) = match layout {
        Layout::Year2013 => six(i)?,
        Layout::Year2019 => ten(i)?,
        Layout::Compact => compact(i)?,
    };
    let (i, serial) = match layout {
        Layout::Compact => field("serial", be_u8.map(u16::from))(i)?,
        _ => field("serial", be_u16)(i)?,
    };
    let is_split = properties.is_split() && layout != Layout::Compact;
    let (i, packet) = if is_split { packet(i)? } else { (i, None) };
    Ok((i, Header { number: Number(number), properties, phone, serial, packet, length_agrees: true }))
}

fn six(i: &[u8]) -> Parsed<'_, Phone> {
    let (i, digits) = octets("terminal number", i)?;
    Ok((i, Phone::Six(*digits)))
}

fn compact(i: &[u8]) -> Parsed<'_, Phone> {
    let (i, digits) = octets("terminal number", i)?;
    Ok((i, Phone::Compact(*digits)))
}

fn ten(i: &[u8]) -> Parsed<'_, Phone> {
    let (i, version) = field("version", be_u8)(i)?;
    let (i, digits) = octets("terminal number", i)?;
    Ok((i, Phone::Ten { version, digits: *digits }))
}

fn packet(i: &[u8]) -> Parsed<'_, Option<Packet>> {
    let (i, total) = field("packets", be_u16)(i)?;
    let (i, number) = field("packet", be_u16)(i)?;
    Ok((i, Some(Packet { total, number })))
}

/// By reference: see [`Head`].
fn octets<'a, const N: usize>(name: &'static str, i: &'a [u8]) -> Parsed<'a, &'a [u8; N]> {
    let (octets, i) = i.split_first_chunk().ok_or(nom::Err::Error(Missing(name)))?;
    Ok((i, octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(content: &str, checksum: Checksum) -> Frame {
        let content = Bytes::from(hex::decode(content).unwrap());
        Frame::unescaped(Bytes::new(), content, checksum)
    }

    #[test]
    fn a_wrong_version_flag_is_seen_by_the_length() {
        let flagged = frame("000240000139123456780003", Checksum::Ok);
        let (header, body) = Header::read(&flagged).unwrap();
        assert_eq!(header.phone, Phone::Six([0x01, 0x39, 0x12, 0x34, 0x56, 0x78]));
        assert!(header.length_agrees && body.is_empty());
        let unflagged = frame("0002000001000000000139123456780003", Checksum::Ok);
        let (header, _) = Header::read(&unflagged).unwrap();
        assert!(matches!(header.phone, Phone::Ten { version: 1, .. }));
        assert!(Header::read(&frame("000240000139123456780003", Checksum::Bad)).is_err());
    }

    #[test]
    fn a_terminal_number_that_is_not_decimal_is_read_as_hex() {
        let odd = frame("0002000001A9123456780003", Checksum::Ok);
        let (header, _) = Header::read(&odd).unwrap();
        assert_eq!(header.terminal().map(|id| id.to_string()), Some("1A912345678".to_owned()));
    }

    #[test]
    fn an_answer_repeats_number_and_flag() {
        let asked = frame("0002400001000000000139123456780003", Checksum::Ok);
        let (header, _) = Header::read(&asked).unwrap();
        let answer = header.answer(Number::PLATFORM_ANSWER, 7, &[0, 3, 0, 2, 0]);
        assert_eq!(hex::encode(answer), "7e80014005010000000001391234567800070003000200f37e");
    }
}
