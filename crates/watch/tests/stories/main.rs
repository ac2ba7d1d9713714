//! The watch folded as a server would. One program for all stories: the store's queries are compiled once.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

mod commands;
mod feeds;
mod habits;
mod inbox;
mod lending;
mod looks;
mod places;
mod reversal;
