//! The files: pcap and pcapng, either byte order, any resolution of time.
//!
//! Shape: a reader → packets with their time and link type. Memory: one record; see [`RECORD_MAX`]. Errors: a file that
//! is no capture; one that is damaged or cut ends with [`End::Cut`] after the last whole packet. Source: the IETF
//! opsawg drafts on PCAP and PCAPNG.

use crate::exit::{Exit, Failure};
use anyhow::Result;
use model::Timestamp;
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};
use std::io::{Cursor, Read};

/// One captured packet.
#[derive(Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) at: Timestamp,
    pub(crate) link: Linktype,
    pub(crate) bytes: &'a [u8],
}

/// How a file ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    /// Why no more could be read.
    Cut(String),
}

/// Whether a file that begins like this is a capture.
pub(crate) fn is_capture(begins: &[u8]) -> bool {
    MAGICS.iter().any(|magic| begins.starts_with(magic))
}

/// Reads every packet.
pub(crate) fn each_packet(
    mut reader: impl Read + Send + 'static,
    take: &mut dyn FnMut(Packet<'_>) -> Result<()>,
) -> Result<End> {
    // Whole at once: a pipe may give less than the header in its first read.
    let mut head = Vec::new();
    reader.by_ref().take(u64::try_from(READ_BYTES)?).read_to_end(&mut head)?;
    if !is_capture(&head) {
        return Err(Failure::error(Exit::Usage, no_capture(&head)));
    }
    let whole = Cursor::new(head).chain(reader);
    let Ok(mut reader) = create_reader(2 * READ_BYTES, whole) else {
        // It begins as a capture does.
        return Ok(End::Cut("its own header is cut off or damaged".into()));
    };
    let mut interfaces = Interfaces::default();
    loop {
        let stuck = match reader.next() {
            Ok((size, block)) => {
                if let Some(packet) = interfaces.packet(&block) {
                    take(packet)?;
                }
                reader.consume(size);
                continue;
            }
            Err(PcapError::Eof) => return Ok(End::Whole),
            Err(PcapError::Incomplete(_)) => Stuck::More,
            Err(PcapError::BufferTooSmall) => Stuck::Room,
            Err(PcapError::UnexpectedEof) => Stuck::End,
            Err(_) => Stuck::Damage,
        };
        if let Some(end) = go_on(reader.as_mut(), stuck) {
            return Ok(end);
        }
    }
}

/// Why there is no next record yet.
#[derive(Debug, Clone, Copy)]
enum Stuck {
    More,
    Room,
    End,
    Damage,
}

/// Makes the next record possible, or says how the file ends.
fn go_on(reader: &mut dyn PcapReaderIterator, stuck: Stuck) -> Option<End> {
    let why = match stuck {
        Stuck::More => {
            let before = reader.data().len();
            let refilled = reader.refill().is_ok();
            if refilled && (reader.data().len() > before || reader.reader_exhausted()) {
                return None;
            }
            if refilled { "a record is damaged".into() } else { "it cannot be read any further".into() }
        }
        Stuck::Room if reader.grow(RECORD_MAX) => return None,
        Stuck::Room => format!("a record says it has more than {RECORD_MAX} bytes"),
        Stuck::End if reader.data().is_empty() => return Some(End::Whole),
        Stuck::End => "it ends in the middle of a packet".into(),
        Stuck::Damage => "a record is damaged".into(),
    };
    Some(End::Cut(why))
}

fn no_capture(head: &[u8]) -> String {
    match head {
        [] => "it is empty, not a capture".into(),
        [0x1F, 0x8B, ..] => "it is packed with gzip; unpack it first: gunzip FILE".into(),
        _ if head.iter().take(64).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) => {
            "it is text, not a capture (pcap or pcapng); without --pcap it is read as frames and log lines"
                .into()
        }
        _ => "it is not a capture (pcap or pcapng)".into(),
    }
}

/// What the packets of a section rest on.
#[derive(Default)]
struct Interfaces {
    known: Vec<Interface>,
    /// Of a pcap file, which has one interface only.
    fraction: Fraction,
}

#[derive(Debug, Clone, Copy)]
struct Interface {
    link: Linktype,
    /// Parts of a second that times count.
    resolution: u64,
    offset_s: i64,
}

/// What the second number of a pcap time counts.
#[derive(Debug, Clone, Copy, Default)]
enum Fraction {
    #[default]
    Micro,
    Nano,
}

impl Interfaces {
    fn packet<'a>(&mut self, block: &'a PcapBlockOwned<'_>) -> Option<Packet<'a>> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                let fraction =
                    if header.is_nanosecond_precision() { Fraction::Nano } else { Fraction::Micro };
                self.fraction = fraction;
                self.known = vec![Interface { link: header.network, resolution: 1, offset_s: 0 }];
                None
            }
            PcapBlockOwned::Legacy(record) => {
                let ms = match self.fraction {
                    Fraction::Micro => record.ts_usec / 1_000,
                    Fraction::Nano => record.ts_usec / 1_000_000,
                };
                let at = Timestamp::from_ms(i64::from(record.ts_sec) * 1_000 + i64::from(ms));
                Some(Packet { at, link: self.known.first()?.link, bytes: record.data })
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => {
                self.known.clear();
                None
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(described)) => {
                let resolution = resolution(described.if_tsresol);
                let offset_s = described.if_tsoffset;
                if self.known.len() < INTERFACES_MAX {
                    self.known.push(Interface { link: described.linktype, resolution, offset_s });
                }
                None
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let interface = self.known.get(usize::try_from(packet.if_id).ok()?)?;
                let ticks = (u64::from(packet.ts_high) << 32) | u64::from(packet.ts_low);
                let link = interface.link;
                Some(Packet { at: interface.time(ticks), link, bytes: packet.packet_data() })
            }
            // It has no time: 1970 says so plainly.
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                let link = self.known.first()?.link;
                Some(Packet { at: Timestamp::from_ms(0), link, bytes: packet.packet_data() })
            }
            PcapBlockOwned::NG(_) => None,
        }
    }
}

impl Interface {
    fn time(self, ticks: u64) -> Timestamp {
        let (resolution, ticks) = (u128::from(self.resolution), u128::from(ticks));
        let ms = i64::try_from(ticks * 1_000 / resolution).unwrap_or(i64::MAX);
        Timestamp::from_ms(ms).plus(self.offset_s.saturating_mul(1_000))
    }
}

/// Bit 7 chooses between powers of two and of ten; what no clock has is read as microseconds.
fn resolution(exponent: u8) -> u64 {
    let parts = match exponent & 0x80 {
        0 => 10_u64.checked_pow(u32::from(exponent)),
        _ => 2_u64.checked_pow(u32::from(exponent & 0x7F)),
    };
    parts.unwrap_or(1_000_000)
}

/// How captures begin: pcap in micro- and nanoseconds, either byte order, Kuznetsov's variant, pcapng.
const MAGICS: &[&[u8]] = &[
    &[0xD4, 0xC3, 0xB2, 0xA1],
    &[0xA1, 0xB2, 0xC3, 0xD4],
    &[0x4D, 0x3C, 0xB2, 0xA1],
    &[0xA1, 0xB2, 0x3C, 0x4D],
    &[0x34, 0xCD, 0xB2, 0xA1],
    &[0x0A, 0x0D, 0x0D, 0x0A],
];
/// One read, and more than any packet of a usual capture.
const READ_BYTES: usize = 256 * 1024;
/// The largest record that is read: loopback captures hold packets of 64 KiB, options and secrets may be longer.
const RECORD_MAX: usize = 16 * 1024 * 1024;
/// Interfaces of one section; `any` of a large router has fewer.
const INTERFACES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::super::testing::{Pcap, Wire};
    use super::*;

    #[test]
    fn times_are_read_in_every_resolution() {
        assert_eq!(
            [resolution(6), resolution(9), resolution(0x83), resolution(99)],
            [1_000_000, 1_000_000_000, 8, 1_000_000]
        );
        let interface = Interface { link: Linktype(1), resolution: 1_000_000_000, offset_s: 1 };
        assert_eq!(interface.time(1_500_000_000).ms(), 2_500);
    }

    #[test]
    fn a_damaged_capture_is_read_as_far_as_it_goes() {
        for pcap in
            [Pcap::micro(Wire::Vlan), Pcap::nano_big_endian(Wire::Cooked), Pcap::next_generation(Wire::Raw)]
        {
            let good = pcap.connect().device("one").device("two").finish();
            for (at, value) in
                (4..good.len()).flat_map(|at| [0, 1, 4, 0x7F, 0x80, 0xFF].map(|value| (at, value)))
            {
                let mut bad = good.clone();
                bad[at] = value;
                let mut packets = 0;
                let end = each_packet(Cursor::new(bad), &mut |_| {
                    packets += 1;
                    Ok(())
                });
                // A record has a header of 16 bytes at least.
                assert!(end.is_ok() && packets <= good.len() / 16, "{at} {value}: {end:?} after {packets}");
            }
        }
    }

    #[test]
    fn what_is_no_capture_is_named() {
        let refused = |bytes: &'static [u8]| each_packet(bytes, &mut |_| Ok(())).unwrap_err().to_string();
        assert!(refused(b"").contains("empty"));
        assert!(refused(b"78780d01086812").contains("text"));
        assert!(refused(&[0x1F, 0x8B, 8]).contains("gunzip"));
        assert!(refused(&[0, 1, 2, 3]).contains("not a capture"));
    }
}
