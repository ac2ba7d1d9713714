//! What a protocol owes the server; BCD, CRC, bit helpers all protocols share. No socket, no clock. Pure.
//!
//! Shape: bytes → [`Frame`] → [`Reaction`]. Units are converted once, inside the protocol crate. Errors: [`Problem`]
//! says what was wrong with one frame; only [`Cut::Lost`] ends a connection. Source: DESIGN.md §3.

pub mod admission;
pub mod bcd;
pub mod checksum;
pub mod decode;
pub mod device;
pub mod diagnosis;
pub mod frame;
pub mod measured;
pub mod parts;
pub mod problem;
pub mod protocol;
#[cfg(feature = "testing")]
pub mod testing;

pub use admission::Admission;
pub use decode::{Decoded, decode};
pub use device::{AlarmCode, DeviceModel, Schedule};
pub use diagnosis::{Diagnosis, Fault};
pub use frame::{Checksum, Cut, Frame, Lost, SkipReason};
pub use parts::{Dropped, PartsChange, Wake};
pub use problem::Problem;
pub use protocol::{
    Answer, Authenticator, Downlink, Field, Protocol, Reaction, Reply, Session, Sniff, Terminal, Unsupported,
    Upload,
};
