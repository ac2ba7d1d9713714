//! A capture file, written by hand: Ethernet, IPv4, TCP, in the classic format.
//!
//! Shape: segments → the bytes of a pcap. Units: milliseconds of capture time. Errors: none.

/// A capture of devices that speak to one server on port 7018.
#[derive(Debug, Clone)]
pub struct Capture {
    file: Vec<u8>,
    at_ms: u32,
}

/// One direction of one connection, and how far it is.
#[derive(Debug, Clone, Copy)]
pub struct Speaker {
    port: u16,
    next: u32,
}

impl Speaker {
    /// The device that connects from a port.
    pub const fn device(port: u16) -> Self {
        Self { port, next: 1_000 }
    }
}

impl Default for Capture {
    fn default() -> Self {
        let header = [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 65_535, 1];
        Self { file: header.iter().flat_map(|word| word.to_le_bytes()).collect(), at_ms: 0 }
    }
}

impl Capture {
    /// The device connects.
    #[must_use]
    pub fn connect(mut self, speaker: &Speaker) -> Self {
        self.packet(speaker.port, speaker.next.wrapping_sub(1), SYN, &[]);
        self
    }

    /// The device says something.
    #[must_use]
    pub fn say(mut self, speaker: &mut Speaker, payload: &[u8]) -> Self {
        self.packet(speaker.port, speaker.next, ACK, payload);
        speaker.next = speaker.next.wrapping_add(u32::try_from(payload.len()).unwrap_or(0));
        self
    }

    /// The device says something that the capture misses.
    #[must_use]
    pub fn miss(self, speaker: &mut Speaker, payload: &[u8]) -> Self {
        speaker.next = speaker.next.wrapping_add(u32::try_from(payload.len()).unwrap_or(0));
        self
    }

    /// Time goes by.
    #[must_use]
    pub fn wait_ms(mut self, ms: u32) -> Self {
        self.at_ms += ms;
        self
    }

    /// The file.
    pub fn file(self) -> Vec<u8> {
        self.file
    }

    /// | layer    | bytes | of note                                |
    /// | record   |    16 | seconds, microseconds, size twice      |
    /// | Ethernet |    14 | type 0x0800                            |
    /// | IPv4     |    20 | no checksum: a capturing host has none |
    /// | TCP      |    20 | no checksum either                     |
    fn packet(&mut self, port: u16, sequence: u32, flags: u8, payload: &[u8]) {
        let size = u16::try_from(payload.len() + 40).unwrap_or(u16::MAX);
        let mut packet = [&[2_u8; 12][..], &[0x08, 0x00, 0x45, 0]].concat();
        packet.extend(size.to_be_bytes());
        packet.extend([0, 1, 0, 0, 64, 6, 0, 0, 10, 0, 0, 5, 10, 0, 0, 1]);
        packet.extend(port.to_be_bytes());
        packet.extend(7018_u16.to_be_bytes());
        packet.extend(sequence.to_be_bytes());
        packet.extend([0, 0, 0, 0, 0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
        packet.extend(payload);
        let length = u32::try_from(packet.len()).unwrap_or(0);
        let seconds = EPOCH_S + self.at_ms / 1_000;
        let header = [seconds, self.at_ms % 1_000 * 1_000, length, length];
        self.file.extend(header.iter().flat_map(|word| word.to_le_bytes()));
        self.file.extend(packet);
    }
}

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
/// 2026-11-20 03:10:00 UTC.
const EPOCH_S: u32 = 1_795_144_200;
