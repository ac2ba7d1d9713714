//! Accept, deframe, decode, journal, acknowledge, command. Knows no protocol by name.
//!
//! Shape: TCP connections → inputs in the journal → acknowledgements. What a connection may do and what follows from
//! its bytes is decided by plain values without a socket ([`exchange`], [`talk`], [`conduct`], [`registry`], [`roster`]); only
//! [`connection`] and [`server`] wait for anything. Times: deadlines are monotonic instants, stamps come from the
//! journal's clock. Errors: [`IngestError`]. Source: DESIGN.md §3 and §4.

mod allowance;
mod attempts;
mod conduct;
mod config;
mod connection;
mod counters;
mod descriptors;
mod directory;
mod doorkeeper;
mod end;
mod error;
mod exchange;
#[cfg(test)]
mod lifecycle;
mod log_limit;
mod log_reader;
mod orders;
mod parts;
mod read_buffer;
mod registry;
mod roster;
mod scanner;
mod server;
#[cfg(test)]
mod stories;
mod talk;
#[cfg(test)]
mod testing;

pub use config::Config;
pub use counters::{Counters, Refusal, Totals};
pub use descriptors::people_max;
pub use directory::{Directory, Listed, Listing, QUARANTINE_FRAMES_MAX};
pub use doorkeeper::Doorkeeper;
pub use error::IngestError;
pub use log_reader::LogReader;
pub use orders::{OpenOrders, Order, OrderDesk, Stage};
pub use server::{Ingest, Listener};
