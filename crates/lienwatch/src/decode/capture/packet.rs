//! From the link layer to a TCP segment.
//!
//! Shape: packet bytes → [`Seen`]. Link types: Ethernet with VLAN tags, Linux cooked 1 and 2, raw IP, BSD loopback.
//! Errors: what is cut by the capture's length limit is read as far as it goes; everything else is [`Seen::Other`].
//! Source: the LINKTYPE registry of tcpdump.org.

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::Linktype;
use std::net::{IpAddr, SocketAddr};

/// What a packet is.
#[derive(Debug)]
pub(crate) enum Seen<'a> {
    Tcp(Segment<'a>),
    /// Part of an IP packet.
    Fragment,
    /// Its link type is not read.
    UnreadLink,
    /// Not TCP, or damaged.
    Other,
}

/// One TCP segment.
#[derive(Debug, Clone)]
pub(crate) struct Segment<'a> {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) sequence: u32,
    /// Everything before this has arrived at the sender.
    pub(crate) acknowledges: Option<u32>,
    pub(crate) flag: Flag,
    pub(crate) payload: &'a [u8],
}

/// What a segment does to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flag {
    /// Opens it: from the side that connects.
    Connect,
    /// Opens it: from the side that listens.
    Accept,
    /// Ends this direction.
    Finish,
    /// Ends both.
    Reset,
    None,
}

/// Reads a packet.
pub(crate) fn seen(link: Linktype, bytes: &[u8]) -> Seen<'_> {
    match sliced(link, bytes) {
        Link::Ip(packet) => of_ip(&packet),
        Link::Unread => Seen::UnreadLink,
        Link::Damaged => Seen::Other,
    }
}

enum Link<'a> {
    Ip(Box<LaxSlicedPacket<'a>>),
    Unread,
    Damaged,
}

/// | link type | size of header | network protocol        |
/// |         0 |              4 | an address family       |
/// |         1 |             14 | EtherType at 12, VLANs  |
/// |   101, 12 |              0 | first nibble            |
/// |       108 |              4 | an address family       |
/// |       113 |             16 | EtherType at 14         |
/// |  228, 229 |              0 | IPv4, IPv6              |
/// |       276 |             20 | EtherType at 0          |
fn sliced(link: Linktype, bytes: &[u8]) -> Link<'_> {
    let ip = |at: usize| LaxSlicedPacket::from_ip(bytes.get(at..).unwrap_or_default()).ok();
    let typed = |at: usize, size: usize| {
        let number = bytes.get(at..)?.first_chunk().map(|number| u16::from_be_bytes(*number))?;
        Some(LaxSlicedPacket::from_ether_type(EtherType(number), bytes.get(size..)?))
    };
    let packet = match link.0 {
        0 | 108 => ip(4),
        1 => LaxSlicedPacket::from_ethernet(bytes).ok(),
        12 | 14 | 101 | 228 | 229 => ip(0),
        113 => typed(14, 16),
        276 => typed(0, 20),
        _ => return Link::Unread,
    };
    packet.map_or(Link::Damaged, |packet| Link::Ip(Box::new(packet)))
}

fn of_ip<'a>(packet: &LaxSlicedPacket<'a>) -> Seen<'a> {
    let Some((from, to, fragmented)) = packet.net.as_ref().and_then(addresses) else { return Seen::Other };
    if fragmented {
        return Seen::Fragment;
    }
    let Some(TransportSlice::Tcp(tcp)) = &packet.transport else { return Seen::Other };
    let flag = match (tcp.rst(), tcp.syn(), tcp.ack(), tcp.fin()) {
        (true, ..) => Flag::Reset,
        (_, true, true, _) => Flag::Accept,
        (_, true, false, _) => Flag::Connect,
        (_, _, _, true) => Flag::Finish,
        _ => Flag::None,
    };
    Seen::Tcp(Segment {
        from: SocketAddr::new(from, tcp.source_port()),
        to: SocketAddr::new(to, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledges: tcp.ack().then(|| tcp.acknowledgment_number()),
        flag,
        payload: tcp.payload(),
    })
}

/// Source, destination, and whether the packet is a fragment.
fn addresses(net: &LaxNetSlice<'_>) -> Option<(IpAddr, IpAddr, bool)> {
    match net {
        LaxNetSlice::Ipv4(ip) => Some((
            IpAddr::V4(ip.header().source_addr()),
            IpAddr::V4(ip.header().destination_addr()),
            ip.payload().fragmented,
        )),
        LaxNetSlice::Ipv6(ip) => Some((
            IpAddr::V6(ip.header().source_addr()),
            IpAddr::V6(ip.header().destination_addr()),
            ip.payload().fragmented,
        )),
        LaxNetSlice::Arp(_) => None,
    }
}
