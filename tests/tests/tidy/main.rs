//! The layout is the architecture: what may depend on what, what lies where, and words that must not appear.
//!
//! Shape: reads the checkout and `cargo metadata`; each test names what is wrong and where. A rule here is a line of
//! DESIGN.md §2 or of the style guide; whoever wants another one changes both. Source: DESIGN.md §2, §5.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must stop the test")]

mod charters;
mod checkout;
mod edges;
mod licences;
mod words;
