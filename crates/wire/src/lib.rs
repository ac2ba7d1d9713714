//! What a protocol owes the server; BCD, CRC, bit helpers all protocols share. No socket, no clock. Pure.
//!
//! Shape: bytes → [`Frame`] → [`Reaction`]. Units are converted once, inside the protocol crate. Errors: [`Problem`]
//! says what was wrong with one frame; only [`Cut::Lost`] ends a connection. Source: DESIGN.md §3.

pub mod bcd;
pub mod checksum;
pub mod decode;
pub mod diagnosis;
pub mod frame;
pub mod measured;
pub mod problem;
pub mod profile;
pub mod protocol;
#[cfg(feature = "testing")]
pub mod testing;

pub use decode::{Decoded, decode};
pub use diagnosis::{Diagnosis, Fault};
pub use frame::{Checksum, Cut, Frame, Lost, SkipReason};
pub use problem::Problem;
pub use profile::{Admission, ChecksumPolicy, Profile};
pub use protocol::{
    Answer, Authenticator, Field, Protocol, Reaction, Reply, Session, Sniff, Terminal, Upload,
};
