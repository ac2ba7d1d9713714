//! The durable, ordered log of inputs; the only crate whose commit releases an acknowledgement.
//!
//! Shape: [`Item`]s in through one queue and one writer, [`Entry`]s out in the order of their commits. Units: a [`Seq`]
//! is a place in that order, stamps are journal time. Errors: [`JournalError`]. Source: DESIGN.md §1, §3, §4.
//!
//! ```text
//! submit --> queue (bounded) --> writer: BEGIN IMMEDIATE, stamp, blocks, COMMIT (fdatasync) --> Pending resolves
//!                                                            |--> committed() rises --> read()
//! another process's commit ---- data_version, every 100 ms --'
//! ```
//!
//! [`Seq`]: model::Seq

mod block;
mod call;
mod clock;
pub mod codec;
mod config;
mod database;
mod error;
mod follower;
mod header;
mod item;
mod journal;
mod lock;
mod parts;
mod rows;
#[cfg(feature = "sabotage")]
pub mod sabotage;
mod trim;
mod writer;

pub use call::Call;
pub use clock::{Clock, ClockSpec, FACTOR_MAX};
pub use config::Config;
pub use error::JournalError;
pub use item::{Committed, Entry, Health, Item, JournalId, Pending};
pub use journal::Journal;
pub use lock::FoldLock;
pub use parts::{KeptPart, PartChange, PartKey};
