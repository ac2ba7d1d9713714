//! GT06 / Concox / Jimi, one published wire format, both ways: reports up, replies down, and the terminal's own side.
//! Pure.
//!
//! Shape: bytes → `Frame` → `Reaction` ([`GT06`] opens the session). Units: km/h, metres, 1/1_800_000 degree on the
//! wire, integer 1e-7 degree behind it. Errors: `wire::Problem`, never a panic, never a closed connection.
//! Source: SPEC.md beside this crate.

mod acknowledgement;
mod alarm_codes;
mod diagnose;
mod explain;
mod field;
mod framing;
mod message;
mod models;
#[cfg(test)]
mod resealed;
mod session;
mod template;
mod terminal;

use wire::{Authenticator, DeviceModel, Diagnosis, Protocol, Session, Sniff, Terminal};

/// The protocol, for the list.
pub static GT06: Gt06 = Gt06;

/// GT06 and its descendants.
#[derive(Debug, Clone, Copy)]
pub struct Gt06;

impl Protocol for Gt06 {
    fn name(&self) -> &'static str {
        "gt06"
    }

    fn sniff(&self, first: &[u8]) -> Sniff {
        framing::sniff(first)
    }

    fn diagnose(&self, bytes: &[u8]) -> Option<Diagnosis> {
        Some(diagnose::diagnose(bytes))
    }

    fn open(&self, _: Authenticator) -> Box<dyn Session> {
        Box::new(session::Gt06Session::new())
    }

    fn terminal(&self, id: model::TerminalId) -> Box<dyn Terminal> {
        Box::new(terminal::Gt06Terminal::new(id))
    }

    fn terminal_form(&self) -> &'static str {
        "an IMEI of 15 digits, or 16 hex digits that do not begin with 0"
    }

    fn models(&self) -> &'static [&'static DeviceModel] {
        models::MODELS
    }
}
