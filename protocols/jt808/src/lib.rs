//! JT/T 808 (2011, 2013, 2019): one published wire format, both ways, and the terminal's own side. Pure.
//!
//! Shape: bytes → [`wire::Frame`] → header + body → [`wire::Reaction`]. Units: km/h in tenths, degrees, metres, clock
//! at GMT+8; converted once, in `message`. Errors: [`wire::Problem`]. Source: SPEC.md.

mod acknowledgement;
mod alarm;
mod assembly;
mod code;
mod context;
mod deframe;
mod diagnose;
mod dispatch;
mod escape;
mod explain;
mod field;
mod header;
mod item;
mod learned;
mod message;
mod models;
mod number;
#[cfg(test)]
mod resealed;
mod session;
mod spoken;
mod status;
mod terminal;

use model::TerminalId;
use wire::{Authenticator, DeviceModel, Diagnosis, Protocol, Session, Sniff, Terminal};

/// The protocol, for the list of protocols.
pub static JT808: Jt808 = Jt808;

/// JT/T 808 in all its editions.
#[derive(Debug, Clone, Copy)]
pub struct Jt808;

impl Protocol for Jt808 {
    fn name(&self) -> &'static str {
        "jt808"
    }

    fn sniff(&self, first: &[u8]) -> Sniff {
        match first.first() {
            Some(&escape::DELIMITER) => Sniff::Yes,
            Some(_) => Sniff::No,
            None => Sniff::More,
        }
    }

    fn diagnose(&self, bytes: &[u8]) -> Option<Diagnosis> {
        Some(diagnose::diagnose(bytes))
    }

    fn open(&self, authenticator: Authenticator) -> Box<dyn Session> {
        Box::new(session::Link::new(authenticator))
    }

    fn terminal(&self, id: TerminalId) -> Box<dyn Terminal> {
        Box::new(terminal::Device::new(id))
    }

    fn terminal_form(&self) -> &'static str {
        "a terminal number of up to 12 digits (2013 edition)"
    }

    fn models(&self) -> &'static [&'static DeviceModel] {
        models::MODELS
    }
}
