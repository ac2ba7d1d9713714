//! Deliver each outbox entry at least once.
//!
//! Shape: pending entries of the store → signed webhooks → one `Delivery` input each, by which the fold moves the
//! entry on. Units: retries wait real seconds, their times are journal time. Errors: [`NotifyError`] at start and
//! when the journal ends; everything else is waited for. Source: DESIGN.md §1 (fine print 2 and 8), §3 step 10;
//! Standard Webhooks.
//!
//! ```text
//! pending --fold past the head, still due--> sent --taken--------------------> delivered
//!    |                                        |----refused for good-----------> dead
//!    |                                        '----anything else--------------> pending, later
//!    |--no longer due, surely never sent--------------------------------------> cancelled
//!    '--no longer due, an attempt may have arrived----------------------------> dead, and the ending is sent
//! ```
//!
//! Without a receiver nothing is sent or marked: the entries stay pending and are delivered once there is one.

mod address;
mod config;
mod delivery;
mod error;
mod message;
mod release;
mod schedule;
mod secret;
mod switch;
mod webhook;

pub use config::Config;
pub use delivery::Notify;
pub use error::NotifyError;
pub use switch::Switch;
