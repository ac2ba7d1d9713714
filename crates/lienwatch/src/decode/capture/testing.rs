//! Captures for tests, written by hand: one device, one server, any link type and file format.
//!
//! Shape: a builder of segments → the bytes of a file. For tests only.

use etherparse::{LinuxSllHeader, PacketBuilder};

/// What a packet is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Ethernet,
    EthernetV6,
    Vlan,
    Cooked,
    Cooked2,
    Raw,
    Loopback,
}

impl Wire {
    pub(crate) const ALL: [Self; 7] = [
        Self::Ethernet,
        Self::EthernetV6,
        Self::Vlan,
        Self::Cooked,
        Self::Cooked2,
        Self::Raw,
        Self::Loopback,
    ];

    const fn link(self) -> u32 {
        match self {
            Self::Ethernet | Self::EthernetV6 | Self::Vlan => 1,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
            Self::Raw => 101,
            Self::Loopback => 0,
        }
    }

    fn header(self) -> Vec<u8> {
        match self {
            Self::Ethernet => [&[2; 12][..], &[0x08, 0x00]].concat(),
            Self::EthernetV6 => [&[2; 12][..], &[0x86, 0xDD]].concat(),
            Self::Vlan => [&[2; 12][..], &[0x81, 0x00, 0x00, 0x2A, 0x08, 0x00]].concat(),
            Self::Cooked => [&[0; LinuxSllHeader::LEN - 2][..], &[0x08, 0x00]].concat(),
            Self::Cooked2 => [&[0x08, 0x00][..], &[0; 18]].concat(),
            Self::Raw => Vec::new(),
            Self::Loopback => vec![2, 0, 0, 0],
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Micro,
    NanoBigEndian,
    NextGeneration,
}

/// A capture that is being written; the device counts its bytes from 1000, the server from 5000.
#[derive(Debug, Clone)]
pub(crate) struct Pcap {
    format: Format,
    wire: Wire,
    file: Vec<u8>,
    at_ms: u64,
    device_port: u16,
    device: u32,
    server: u32,
    /// Places of what was said, to say it again.
    said: Vec<(Vec<u8>, u32)>,
}

impl Pcap {
    pub(crate) fn micro(wire: Wire) -> Self {
        let header = [0xA1B2_C3D4, 0x0004_0002, 0, 0, 65_535, wire.link()].map(u32::to_le_bytes).concat();
        Self::new(Format::Micro, wire, header)
    }

    pub(crate) fn nano_big_endian(wire: Wire) -> Self {
        let header = [0xA1B2_3C4D, 0x0002_0004, 0, 0, 65_535, wire.link()].map(u32::to_be_bytes).concat();
        Self::new(Format::NanoBigEndian, wire, header)
    }

    /// A section, and one interface that counts milliseconds.
    pub(crate) fn next_generation(wire: Wire) -> Self {
        let section =
            [0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, u32::MAX, u32::MAX, 28].map(u32::to_le_bytes).concat();
        let option = [&9_u16.to_le_bytes()[..], &1_u16.to_le_bytes(), &[3, 0, 0, 0], &[0; 4]].concat();
        let interface = [1, 32, wire.link(), 65_535].map(u32::to_le_bytes).concat();
        let file = [section, interface, option, 32_u32.to_le_bytes().to_vec()].concat();
        Self::new(Format::NextGeneration, wire, file)
    }

    fn new(format: Format, wire: Wire, file: Vec<u8>) -> Self {
        let said = Vec::new();
        Self {
            format,
            wire,
            file,
            at_ms: 1_795_144_200_000,
            device_port: 40_000,
            device: 1_000,
            server: 5_000,
            said,
        }
    }

    /// From here on another device speaks.
    pub(crate) fn other_device(self, port: u16) -> Self {
        Self { device_port: port, ..self }
    }

    /// The device goes on from this byte of its stream.
    pub(crate) fn at(self, device: u32) -> Self {
        Self { device, ..self }
    }

    /// Time goes by.
    pub(crate) fn wait_ms(self, ms: u64) -> Self {
        Self { at_ms: self.at_ms + ms, ..self }
    }

    pub(crate) fn connect(self) -> Self {
        self.connect_with(1_000)
    }

    /// The same ports, other numbers.
    pub(crate) fn connect_anew(self) -> Self {
        self.connect_with(900_000)
    }

    fn connect_with(mut self, device: u32) -> Self {
        (self.device, self.server) = (device, 5_000);
        let (device, server) = (self.device - 1, self.server - 1);
        self.packet(true, device, None, "S", &[]).packet(false, server, Some(device + 1), "S", &[])
    }

    pub(crate) fn device(mut self, payload: impl AsRef<[u8]>) -> Self {
        let (payload, at, server) = (payload.as_ref().to_vec(), self.device, self.server);
        self.said.push((payload.clone(), at));
        self.device += u32::try_from(payload.len()).unwrap();
        self.packet(true, at, Some(server), "", &payload)
    }

    /// The device says it, the capture has it not.
    pub(crate) fn skip(mut self, payload: impl AsRef<[u8]>) -> Self {
        let payload = payload.as_ref().to_vec();
        self.device += u32::try_from(payload.len()).unwrap();
        self.said.push((payload.clone(), self.device - u32::try_from(payload.len()).unwrap()));
        self
    }

    /// What was said or skipped before, at its old place.
    pub(crate) fn again(self, payload: impl AsRef<[u8]>) -> Self {
        let (payload, at) = self.said.iter().find(|(said, _)| said == payload.as_ref()).cloned().unwrap();
        let server = self.server;
        self.packet(true, at, Some(server), "", &payload)
    }

    pub(crate) fn server(mut self, payload: impl AsRef<[u8]>) -> Self {
        let (payload, at, device) = (payload.as_ref().to_vec(), self.server, self.device);
        self.server += u32::try_from(payload.len()).unwrap();
        self.packet(false, at, Some(device), "", &payload)
    }

    /// The server has everything, also what the capture has not.
    pub(crate) fn acknowledged(self) -> Self {
        let (server, device) = (self.server, self.device);
        self.packet(false, server, Some(device), "", &[])
    }

    pub(crate) fn reset(self) -> Self {
        let device = self.device;
        self.packet(true, device, None, "R", &[])
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.file
    }

    fn packet(mut self, from_device: bool, seq: u32, ack: Option<u32>, flag: &str, payload: &[u8]) -> Self {
        let (device, server) = (([10, 0, 0, 5], self.device_port), ([10, 0, 0, 1], 7018));
        let ((from, from_port), (to, to_port)) =
            if from_device { (device, server) } else { (server, device) };
        let wide = |address: [u8; 4]| {
            let mut wide = [0; 16];
            wide[..4].copy_from_slice(&[0xFD, 0, 0, 1]);
            wide[12..].copy_from_slice(&address);
            wide
        };
        let builder = match self.wire {
            Wire::EthernetV6 => PacketBuilder::ipv6(wide(from), wide(to), 64),
            _ => PacketBuilder::ipv4(from, to, 64),
        };
        let mut builder = builder.tcp(from_port, to_port, seq, 65_535);
        if let Some(ack) = ack {
            builder = builder.ack(ack);
        }
        builder = match flag {
            "S" => builder.syn(),
            "R" => builder.rst(),
            _ => builder,
        };
        let mut packet = self.wire.header();
        builder.write(&mut packet, payload).unwrap();
        // A short Ethernet frame is padded on the wire.
        if matches!(self.wire, Wire::Ethernet) && packet.len() < 60 {
            packet.resize(60, 0);
        }
        self.record(&packet);
        self
    }

    fn record(&mut self, packet: &[u8]) {
        let size = u32::try_from(packet.len()).unwrap();
        self.at_ms += 1;
        let (seconds, ms) =
            (u32::try_from(self.at_ms / 1_000).unwrap(), u32::try_from(self.at_ms % 1_000).unwrap());
        let header = match self.format {
            Format::Micro => [seconds, ms * 1_000, size, size].map(u32::to_le_bytes).concat(),
            Format::NanoBigEndian => [seconds, ms * 1_000_000, size, size].map(u32::to_be_bytes).concat(),
            Format::NextGeneration => {
                let (high, low) = (
                    u32::try_from(self.at_ms >> 32).unwrap(),
                    u32::try_from(self.at_ms & 0xFFFF_FFFF).unwrap(),
                );
                let whole = 32 + size.next_multiple_of(4);
                [6, whole, 0, high, low, size, size].map(u32::to_le_bytes).concat()
            }
        };
        self.file.extend(header);
        self.file.extend(packet);
        if let Format::NextGeneration = self.format {
            let whole = 32 + size.next_multiple_of(4);
            self.file.resize(self.file.len() + usize::try_from(size.next_multiple_of(4) - size).unwrap(), 0);
            self.file.extend(whole.to_le_bytes());
        }
    }
}
