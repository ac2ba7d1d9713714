//! Teltonika (Codec 8, 8 Extended, 16, 12 to 15), one published wire format, both ways: records up, counts and
//! commands down, and the terminal's own side. Pure.
//!
//! Shape: bytes → `Frame` → `Reaction` ([`TELTONIKA`] opens the session). Units: km/h, metres, 1e-7 degree, milliseconds
//! of UTC. Errors: `wire::Problem`, never a panic, never a closed connection.
//! Source: SPEC.md beside this crate.

mod codec;
mod command;
mod diagnose;
mod event;
mod explain;
mod field;
mod framing;
mod io;
mod models;
mod record;
mod report;
mod session;
mod terminal;

use wire::{Authenticator, DeviceModel, Diagnosis, Protocol, Session, Sniff, Terminal};

/// The protocol, for the list.
pub static TELTONIKA: Teltonika = Teltonika;

/// Teltonika's codecs over TCP.
#[derive(Debug, Clone, Copy)]
pub struct Teltonika;

impl Protocol for Teltonika {
    fn name(&self) -> &'static str {
        "teltonika"
    }

    fn sniff(&self, first: &[u8]) -> Sniff {
        framing::sniff(first)
    }

    fn diagnose(&self, bytes: &[u8]) -> Option<Diagnosis> {
        Some(diagnose::diagnose(bytes))
    }

    fn open(&self, _: Authenticator) -> Box<dyn Session> {
        Box::new(session::Link::default())
    }

    fn terminal(&self, id: model::TerminalId) -> Box<dyn Terminal> {
        Box::new(terminal::Device::new(id))
    }

    fn terminal_form(&self) -> &'static str {
        "an IMEI of 15 digits, or a number of 14 or 16 digits that does not begin with 0"
    }

    fn models(&self) -> &'static [&'static DeviceModel] {
        models::MODELS
    }
}
