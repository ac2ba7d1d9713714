//! Which protocol a connection speaks.
//!
//! ```text
//! Unheard --first bytes of a protocol--> Sniffed     Unheard --of a scanner--> End::Scanner
//! Sniffed --a whole frame--> Spoken                  Sniffed --skips what may begin another--> Unheard
//! Spoken (and a port with a fixed protocol) stays
//! ```
//! Going back from Sniffed matters: a byte of line noise may look like another protocol's start mark.

use super::House;
use crate::end::End;
use crate::scanner::{Scan, scan};
use bytes::BytesMut;
use model::ProtocolName;
use wire::{Authenticator, Cut, Protocol, Session, SkipReason, Sniff};

pub(super) enum Tongue {
    /// Nothing that tells.
    Unheard,
    /// As the first bytes say; no whole frame yet.
    Sniffed(Speech),
    /// As the port or a whole frame says.
    Spoken(Speech),
}

pub(super) struct Speech {
    protocol: ProtocolName,
    session: Box<dyn Session>,
}

impl Tongue {
    /// That of a port with one protocol.
    pub(super) fn fixed(protocol: &'static dyn Protocol, authenticator: Authenticator) -> Self {
        speech(protocol, authenticator).map_or(Self::Unheard, Self::Spoken)
    }

    /// The protocol's name and session; `None` before the first frame.
    pub(super) fn spoken(&mut self) -> Option<(ProtocolName, &mut dyn Session)> {
        match self {
            Self::Unheard => None,
            Self::Sniffed(speech) | Self::Spoken(speech) => Some((speech.protocol, speech.session.as_mut())),
        }
    }

    /// Cuts the next frame off the buffer.
    pub(super) fn cut(&mut self, input: &mut BytesMut, house: &House) -> Result<Cut, End> {
        loop {
            match self {
                Self::Spoken(speech) => return Ok(speech.session.deframe(input)),
                Self::Sniffed(speech) => {
                    let cut = speech.session.deframe(input);
                    return Ok(self.on_first_cut(cut, input, house));
                }
                Self::Unheard if input.is_empty() => return Ok(Cut::Need),
                Self::Unheard => match sniff(house.protocols, input) {
                    (Sniff::Yes, Some(protocol)) => *self = sniffed(protocol, house.authenticator),
                    (Sniff::More, _) => return Ok(Cut::Need),
                    (Sniff::Yes | Sniff::No, _) => return unknown(house.protocols, input),
                },
            }
        }
    }

    /// A frame proves the protocol. Skipped bytes in which another protocol may begin disprove it: they go back into
    /// the buffer from there on.
    fn on_first_cut(&mut self, cut: Cut, input: &mut BytesMut, house: &House) -> Cut {
        match (cut, std::mem::replace(self, Self::Unheard)) {
            (Cut::Frame(frame), Self::Sniffed(speech)) => {
                *self = Self::Spoken(speech);
                Cut::Frame(frame)
            }
            (Cut::Skipped { mut bytes, reason }, Self::Sniffed(speech)) => {
                match other_start(house.protocols, speech.protocol, &bytes) {
                    Some(start) => {
                        let mut again = BytesMut::from(&bytes.split_off(start)[..]);
                        again.unsplit(std::mem::take(input));
                        *input = again;
                    }
                    None => *self = Self::Sniffed(speech),
                }
                Cut::Skipped { bytes, reason }
            }
            (cut, same) => {
                *self = same;
                cut
            }
        }
    }
}

fn speech(protocol: &'static dyn Protocol, authenticator: Authenticator) -> Option<Speech> {
    let name = ProtocolName::parse(protocol.name()).ok()?;
    Some(Speech { protocol: name, session: protocol.open(authenticator) })
}

fn sniffed(protocol: &'static dyn Protocol, authenticator: Authenticator) -> Tongue {
    speech(protocol, authenticator).map_or(Tongue::Unheard, Tongue::Sniffed)
}

/// The first protocol that says yes; else more if any might.
fn sniff(
    protocols: &'static [&'static dyn Protocol],
    bytes: &[u8],
) -> (Sniff, Option<&'static dyn Protocol>) {
    let mut verdict = Sniff::No;
    for protocol in protocols {
        match protocol.sniff(bytes) {
            Sniff::Yes => return (Sniff::Yes, Some(*protocol)),
            Sniff::More => verdict = Sniff::More,
            Sniff::No => {}
        }
    }
    (verdict, None)
}

/// Where in skipped bytes a protocol other than `first` may begin.
fn other_start(
    protocols: &'static [&'static dyn Protocol],
    first: ProtocolName,
    bytes: &[u8],
) -> Option<usize> {
    (1..bytes.len()).find(|at| {
        let tail = bytes.get(*at..).unwrap_or_default();
        protocols.iter().any(|other| other.name() != first.as_str() && other.sniff(tail) != Sniff::No)
    })
}

/// Bytes that begin no protocol: a scanner, or garbage up to the next byte that might begin a frame.
fn unknown(protocols: &'static [&'static dyn Protocol], input: &mut BytesMut) -> Result<Cut, End> {
    match scan(input) {
        Scan::Yes(kind) => return Err(End::Scanner(kind)),
        Scan::More => return Ok(Cut::Need),
        Scan::No => {}
    }
    let start = (1..input.len())
        .find(|at| input.get(*at..).is_some_and(|tail| sniff(protocols, tail).0 != Sniff::No))
        .unwrap_or(input.len());
    Ok(Cut::Skipped { bytes: input.split_to(start).freeze(), reason: SkipReason::Garbage })
}
