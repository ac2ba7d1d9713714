//! Behave like trackers: story, load, ledger.
//!
//! Shape: a source of steps (a scripted vehicle, or a load) drives a [`tracker::Tracker`] over real TCP; every report
//! it sends is noted in a [`Ledger`]. Truth ([`plan`]) comes before the receiver's noise ([`receiver`]) and shares
//! nothing with the rules. Units: as in `model`. Source: DESIGN.md §8; everything is a function of a seed.

pub mod city;
pub mod dice;
pub mod gauge;
pub mod ledger;
mod link;
pub mod load;
pub mod number;
mod outstanding;
pub mod plan;
pub mod probe;
pub mod receiver;
pub mod route;
pub mod story;
pub mod tracker;

#[cfg(test)]
mod fake;

pub use gauge::Counters;
pub use ledger::{Ledger, Report, Summary};
pub use load::{Load, LoadConfig, LoadHandle};
pub use story::{Pace, Story, StoryConfig, StoryEvent};
