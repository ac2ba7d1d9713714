//! Somebody knocked at a tracker port and did not become a device of ours: what whoever sets up a tracker has to know.
//!
//! Shape: plain values; told by ingest, shown by the waiting room. Units: journal time. Errors: none. Source: `ux.md` §2.3.

use crate::code::codes;
use crate::{ProtocolName, TerminalId, Timestamp};
use serde::Serialize;

codes! {
    /// Why a connection came to nothing, or to less than it should.
    pub enum AttemptReason {
        /// A web browser, or a program that speaks HTTP.
        Http = "http",
        /// A TLS client: tracker ports are not encrypted.
        Tls = "tls_hello",
        /// An SSH client.
        Ssh = "ssh",
        /// A remote desktop client.
        Rdp = "rdp",
        /// It connected and said nothing.
        SaidNothing = "said_nothing",
        /// Bytes that begin no protocol's frame.
        UnknownBytes = "unknown_bytes",
        /// A frame began and did not end in time.
        SlowFrame = "slow_frame",
        /// A frame longer than any frame is.
        TooLong = "too_long",
        /// Frames whose checksum is wrong and which made no sense.
        BadChecksums = "bad_checksums",
        /// Reports before a login.
        NoLogin = "no_login",
        /// Wrong authentication codes.
        WrongCode = "wrong_code",
        /// More terminals than one connection may carry.
        TooManyTerminals = "too_many_terminals",
        /// Another protocol than this port's.
        OtherProtocol = "other_protocol",
        /// It is understood, and nobody has approved it: its frames are kept in quarantine.
        Unapproved = "unapproved",
        /// As many connections as the server takes.
        ServerFull = "server_full",
        /// As many connections as one address may have.
        AddressFull = "address_full",
    }
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// When it was seen last.
    pub at: Timestamp,
    /// From where, with the port of the last one.
    pub peer: String,
    /// Why it came to nothing.
    pub reason: AttemptReason,
    /// What it spoke, where that is known.
    pub protocol: Option<ProtocolName>,
    /// Who it said it was.
    pub terminal: Option<TerminalId>,
    /// How often, one after the other.
    pub times: u32,
}
