//! Boots the real server, plays frames over TCP, both databases, fault stories, tidy test.
//!
//! Shape: what several stories need stands here, the stories are the files of `tests/`. Every instance, port and folder
//! is private to one test process and gone when it ends. Errors: `anyhow`, since a story only ever stops.
//! Source: DESIGN.md §2 and §8.

pub mod back_test;
pub mod capture;
pub mod collection;
pub mod device;
pub mod packets;
pub mod postgres;
pub mod program;
pub mod proof;
pub mod rows;
pub mod server;
