//! Cuts logins, pings and packets out of a stream, and seals packets.
//!
//! Shape: buffered bytes → [`Cut`]; the content of a packet → bytes. `Frame::content` is the digits of a login, the
//! byte of a ping, and of a packet what its length counts: codec to second count. Units: bytes. Errors: what is none
//! of the three is skipped up to the next packet; the connection is never given up. Source: SPEC.md §1.
//!
//! ```text
//! Begin --frame--> Aligned     Begin --bytes of no frame--> Noise     Noise --login or packet--> Aligned
//! Aligned --bytes of no frame--> Lost     Lost --packet--> Aligned
//! ```
//! A login is not looked for where a stream is `Lost`: fifteen digits behind their length also stand in records, and
//! would give the rest of the connection to a terminal that does not exist.

mod inside;

use self::inside::holds_good_packet;
use crate::codec::Codec;
use crate::{command, record};
use bytes::{BufMut, Bytes, BytesMut};
use crc::{CRC_16_ARC, Crc, Table};
use wire::{Checksum, Cut, Frame, SkipReason, Sniff};

/// Whether a connection that begins with these bytes speaks Teltonika: a login, or a packet, after pings or not.
pub(crate) fn sniff(first: &[u8]) -> Sniff {
    let first = without_pings(first);
    match (login(first), header(first)) {
        (Front::Frame { .. }, _) => Sniff::Yes,
        (_, Header::Packet { codec: Some(codec), .. }) if codec.is_listed() => Sniff::Yes,
        (Front::Need, _) | (_, Header::Need | Header::Packet { codec: None, .. }) => Sniff::More,
        (Front::Broken, Header::None | Header::Packet { .. }) => Sniff::No,
    }
}

/// What follows the pings that a stream begins with.
pub(crate) fn without_pings(bytes: &[u8]) -> &[u8] {
    let pings = bytes.iter().take_while(|byte| **byte == PING).count();
    bytes.get(pings..).unwrap_or_default()
}

/// What a frame that was cut is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Login,
    Ping,
    Packet,
}

impl Shape {
    /// Of the bytes of a frame as they came.
    pub(crate) fn of(wire: &[u8]) -> Self {
        match wire {
            [PING] => Self::Ping,
            _ if wire.starts_with(&PREAMBLE) => Self::Packet,
            _ => Self::Login,
        }
    }
}

/// A packet around its content, codec to second count. Content beyond [`DATA_MAX`] is cut, which no caller has.
pub(crate) fn packet(content: &[u8]) -> Bytes {
    let content = content.get(..DATA_MAX).unwrap_or(content);
    let mut packet = BytesMut::with_capacity(HEAD + content.len() + CRC_SIZE);
    packet.put_slice(&PREAMBLE);
    packet.put_u32(u32::try_from(content.len()).unwrap_or(0));
    packet.put_slice(content);
    packet.put_u32(u32::from(ARC.checksum(content)));
    packet.freeze()
}

/// A login: the length of the digits, and the digits.
pub(crate) fn login_frame(digits: &str) -> Bytes {
    let mut frame = BytesMut::with_capacity(2 + digits.len());
    frame.put_u16(u16::try_from(digits.len()).unwrap_or(0));
    frame.put_slice(digits.as_bytes());
    frame.freeze()
}

/// The checksum of a packet as sent and as it should be.
pub(crate) fn checksums(packet: &[u8]) -> Option<(u32, u32)> {
    let (covered, sent) = packet.split_last_chunk::<CRC_SIZE>()?;
    Some((u32::from_be_bytes(*sent), u32::from(ARC.checksum(covered.get(HEAD..)?))))
}

/// Where the front of the buffer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// Nothing has been cut or skipped.
    #[default]
    Begin,
    /// Bytes of no frame have been skipped, and no frame was cut before them.
    Noise,
    /// Behind a whole frame.
    Aligned,
    /// Behind bytes of no frame, which came after a frame.
    Lost,
}

/// The deframer of one connection.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    place: Place,
}

impl Deframer {
    /// Cuts the next frame off the buffer.
    ///
    /// The decision about the front of the buffer falls at the same byte however the stream was split: every question
    /// is asked of a prefix whose end does not depend on what came after it.
    pub(crate) fn cut(&mut self, input: &mut BytesMut) -> Cut {
        if input.is_empty() {
            return Cut::Need;
        }
        match self.front(input) {
            Front::Need => Cut::Need,
            Front::Frame { size, checksum } => {
                self.place = Place::Aligned;
                Cut::Frame(seal(input.split_to(size).freeze(), checksum))
            }
            Front::Broken => {
                let reason = match header(input) {
                    Header::Packet { .. } => SkipReason::Broken,
                    Header::Need | Header::None => SkipReason::Garbage,
                };
                self.place = match self.place {
                    Place::Begin | Place::Noise => Place::Noise,
                    Place::Aligned | Place::Lost => Place::Lost,
                };
                let next = (1..input.len()).find(|at| self.may_begin(input.get(*at..).unwrap_or_default()));
                Cut::Skipped { bytes: input.split_to(next.unwrap_or(input.len())).freeze(), reason }
            }
        }
    }

    fn front(&self, input: &[u8]) -> Front {
        let is_aligned = matches!(self.place, Place::Begin | Place::Aligned);
        if is_aligned && input.first() == Some(&PING) {
            return Front::Frame { size: 1, checksum: Checksum::Absent };
        }
        match header(input) {
            Header::Need => Front::Need,
            Header::Packet { codec: Some(codec), .. } if !is_aligned && !codec.is_listed() => Front::Broken,
            Header::Packet { size, .. } => whole(input, size),
            Header::None if self.place == Place::Lost => Front::Broken,
            Header::None => login(input),
        }
    }

    /// Whether a frame may begin here, behind bytes of no frame.
    fn may_begin(&self, tail: &[u8]) -> bool {
        match header(tail) {
            Header::Need | Header::Packet { codec: None, .. } => true,
            Header::Packet { codec: Some(codec), .. } => codec.is_listed(),
            Header::None => self.place == Place::Noise && login(tail) != Front::Broken,
        }
    }
}

/// What the front of a buffer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Front {
    Need,
    Frame { size: usize, checksum: Checksum },
    Broken,
}

/// | offset | size | field  | unit / coding      |
/// |      0 |    2 | length | 14 to 16           |
/// |      2 |    n | digits | ASCII, 0x30 to 0x39 |
fn login(input: &[u8]) -> Front {
    let (length, digits) = match *input {
        [] | [0] => return Front::Need,
        [0, length, ref digits @ ..] if LOGIN_DIGITS.contains(&length) => (usize::from(length), digits),
        _ => return Front::Broken,
    };
    match digits.get(..length) {
        Some(digits) if digits.iter().all(u8::is_ascii_digit) => {
            Front::Frame { size: 2 + length, checksum: Checksum::Absent }
        }
        None if digits.iter().all(u8::is_ascii_digit) => Front::Need,
        Some(_) | None => Front::Broken,
    }
}

/// What the head of a packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    /// It may be one.
    Need,
    /// It is one, so long; the codec may still be missing.
    Packet { size: usize, codec: Option<Codec> },
    /// It is none.
    None,
}

/// | offset | size | field    | unit / coding                            |
/// |      0 |    4 | preamble | 0                                        |
/// |      4 |    4 | length   | bytes from the codec to the second count |
/// |      8 |    1 | codec    |                                          |
fn header(input: &[u8]) -> Header {
    let preamble = input.get(..PREAMBLE.len()).unwrap_or(input);
    if preamble.iter().any(|byte| *byte != 0) {
        return Header::None;
    }
    let Some(length) = input.get(PREAMBLE.len()..).and_then(<[u8]>::first_chunk::<4>) else {
        return Header::Need;
    };
    match usize::try_from(u32::from_be_bytes(*length)) {
        Ok(length @ DATA_MIN..=DATA_MAX) => {
            Header::Packet { size: HEAD + length + CRC_SIZE, codec: input.get(HEAD).copied().map(Codec) }
        }
        _ => Header::None,
    }
}

/// A packet that says how long it is. A good packet inside it proves that it lies; a wrong checksum is believed only
/// where what is inside adds up to its last byte.
fn whole(input: &[u8], size: usize) -> Front {
    let span = input.get(..size).unwrap_or(input);
    if holds_good_packet(span) {
        return Front::Broken;
    }
    let Some(packet) = input.get(..size) else { return Front::Need };
    match checksum(packet) {
        Checksum::Bad if !adds_up(content(packet)) => Front::Broken,
        checksum => Front::Frame { size, checksum },
    }
}

/// Whether the fields of a packet fill it to its last byte, and its two counts agree.
fn adds_up(content: &[u8]) -> bool {
    let [codec, count, .., last] = *content else { return false };
    count == last && (record::fills(content) || (Codec(codec).is_listed() && command::fills(content)))
}

fn seal(wire: Bytes, checksum: Checksum) -> Frame {
    let content = match Shape::of(&wire) {
        Shape::Ping => 0..wire.len(),
        Shape::Login => 2..wire.len(),
        Shape::Packet => HEAD..HEAD + content(&wire).len(),
    };
    Frame::within(wire, content, checksum)
}

/// What the length of a whole packet counts.
fn content(packet: &[u8]) -> &[u8] {
    packet.get(HEAD..packet.len().saturating_sub(CRC_SIZE)).unwrap_or_default()
}

fn checksum(packet: &[u8]) -> Checksum {
    match checksums(packet) {
        Some((sent, computed)) if sent == computed => Checksum::Ok,
        Some(_) | None => Checksum::Bad,
    }
}

static ARC: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_ARC);

/// What a device sends to keep its link open.
pub(crate) const PING: u8 = 0xFF;
pub(crate) const PREAMBLE: [u8; 4] = [0; 4];
/// Preamble and length.
pub(crate) const HEAD: usize = 8;
/// Two zeros and the checksum.
pub(crate) const CRC_SIZE: usize = 4;
/// An IMEI has 15 digits; 14 are one without its check digit, 16 one with its software version.
pub(crate) const LOGIN_DIGITS: std::ops::RangeInclusive<u8> = 14..=16;
/// Codec and two counts: a packet of no records.
pub(crate) const DATA_MIN: usize = 3;
/// The maker's longest packet has 1,280 bytes. What re-sends for other devices packs more records into one, at most 255;
/// beyond this the length is broken, and waiting for it would hold up the packets behind it.
pub(crate) const DATA_MAX: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the maker's text: one record of Codec 8.
    const PUBLISHED: &str = "000000000000003608010000016B40D8EA30010000000000000000000000000000000105021503010101425E0F01F10000601A014E0000000000000000010000C7CF";
    const LOGIN: &str = "000F333536333037303432343431303133";

    fn cuts(digits: &str) -> Vec<Cut> {
        let (mut deframer, mut input) =
            (Deframer::default(), BytesMut::from(&hex::decode(digits).unwrap()[..]));
        std::iter::from_fn(|| Some(deframer.cut(&mut input)).filter(|cut| *cut != Cut::Need)).collect()
    }

    fn frames(digits: &str) -> Vec<String> {
        let frame =
            |cut| if let Cut::Frame(frame) = cut { Some(hex::encode_upper(frame.wire)) } else { None };
        cuts(digits).into_iter().filter_map(frame).collect()
    }

    #[test]
    fn the_published_packet_has_a_right_checksum() {
        let packet = hex::decode(PUBLISHED).unwrap();
        assert_eq!(checksums(&packet), Some((0xC7CF, 0xC7CF)));
        assert_eq!(super::packet(content(&packet)), packet);
    }

    #[test]
    fn a_login_a_ping_and_a_packet_are_cut() {
        assert_eq!(frames(&format!("{LOGIN}FF{PUBLISHED}FF")), [LOGIN, "FF", PUBLISHED, "FF"]);
    }

    #[test]
    fn a_ping_inside_garbage_is_garbage_however_it_is_split() {
        assert_eq!(frames(&format!("{LOGIN}AAFFBBFF{PUBLISHED}")), [LOGIN, PUBLISHED]);
        let (mut deframer, mut input) = (Deframer::default(), BytesMut::new());
        let mut heard = Vec::new();
        for byte in hex::decode(format!("{LOGIN}AAFFBBFF{PUBLISHED}")).unwrap() {
            input.put_u8(byte);
            while let cut @ (Cut::Frame(_) | Cut::Skipped { .. }) = deframer.cut(&mut input) {
                heard.extend(if let Cut::Frame(frame) = cut {
                    Some(hex::encode_upper(frame.wire))
                } else {
                    None
                });
            }
        }
        assert_eq!(heard, [LOGIN, PUBLISHED]);
    }

    #[test]
    fn a_login_is_found_behind_noise_but_not_where_a_stream_is_lost() {
        assert_eq!(frames(&format!("AA{LOGIN}")), [LOGIN]);
        assert_eq!(frames(&format!("{PUBLISHED}AA{LOGIN}{PUBLISHED}")), [PUBLISHED, PUBLISHED]);
    }

    #[test]
    fn a_packet_whose_length_lies_does_not_eat_the_next() {
        let longer = PUBLISHED.replacen("00000036", "00000136", 1);
        assert_eq!(frames(&format!("{longer}{PUBLISHED}{PUBLISHED}")), [PUBLISHED, PUBLISHED]);
        let shorter = PUBLISHED.replacen("00000036", "00000026", 1);
        assert_eq!(frames(&format!("{shorter}{PUBLISHED}")), [PUBLISHED]);
        let endless = PUBLISHED.replacen("00000036", "00002001", 1);
        assert_eq!(frames(&format!("{endless}{PUBLISHED}")), [PUBLISHED]);
    }

    #[test]
    fn a_wrong_checksum_is_a_frame_only_where_the_records_add_up() {
        let wrong = PUBLISHED.replace("C7CF", "C7CE");
        let [Cut::Frame(frame)] = &cuts(&wrong)[..] else { panic!("one frame") };
        assert_eq!(frame.checksum, Checksum::Bad);
        let senseless = wrong.replacen("0105021503", "0105031503", 1);
        assert_eq!(frames(&format!("{senseless}{PUBLISHED}")), [PUBLISHED]);
    }

    #[test]
    fn a_connection_is_recognised_by_its_login_or_its_first_packet() {
        for (first, expected) in [
            ("", Sniff::More),
            ("00", Sniff::More),
            ("000F", Sniff::More),
            ("FF", Sniff::More),
            (LOGIN, Sniff::Yes),
            (&format!("FFFF{LOGIN}"), Sniff::Yes),
            ("000000000000003608", Sniff::Yes),
            ("000000000000003609", Sniff::No),
            ("00000000000000", Sniff::More),
            ("0000000000000000", Sniff::No),
            ("FF7878", Sniff::No),
            ("000F4142", Sniff::No),
            ("003DCAFE0105000F33", Sniff::No),
        ] {
            assert_eq!(sniff(&hex::decode(first).unwrap()), expected, "{first}");
        }
    }
}
