//! What the parent tells the generator, and what it hears back: one JSON object a line.
//!
//! Shape: [`Job`] in; `ready`, [`Measured`] and [`Sent`] out, in this order. Units: in the names. Errors: the generator
//! ends with a text on stderr.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What to send, where, and how fast.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    /// The server.
    pub(crate) target: SocketAddr,
    /// Its process, for its CPU time.
    pub(crate) process: u32,
    /// Numbers of the cars, one connection each.
    pub(crate) cars: Vec<u32>,
    /// Device time of each car's first report, UTC milliseconds.
    pub(crate) start_ms: i64,
    pub(crate) pace: Pace,
    pub(crate) answers: Answers,
    /// Time under load before anything counts.
    pub(crate) warm_s: f64,
    /// Time that counts.
    pub(crate) seconds: f64,
    pub(crate) then: Then,
}

/// What follows the measured seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Then {
    /// More load, until the server is gone.
    UntilKilled,
    /// The last answers, and the end.
    Stop,
}

/// How fast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Pace {
    /// As fast as so many unanswered frames a connection allow.
    Window(u32),
    /// Frames a second over all connections, whether answered or not.
    Rate(f64),
    /// Only logged in.
    Idle,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answers {
    /// The protocol's acknowledgement.
    Acknowledged,
    /// The same bytes.
    Echoed,
}

/// What the generator says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Said {
    /// Everybody is logged in; this took so long.
    Ready {
        seconds: f64,
    },
    Measured(Measured),
    Sent(Vec<Sent>),
}

/// What was measured.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Frames whose intended time fell into the measured seconds, those that never left included; for a window those answered.
    pub(crate) offered: u64,
    /// Of them answered.
    pub(crate) answered: u64,
    /// Answers that came in the measured seconds, a second.
    pub(crate) frames_per_s: f64,
    /// The same for each second of CPU that the server took.
    pub(crate) frames_per_cpu_s: f64,
    /// From the intended time to the answer.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) max_ms: f64,
    /// How late the generator itself was, in 99 of 100 frames.
    pub(crate) late_p99_ms: f64,
    /// CPU that the generator took of its core.
    pub(crate) generator_share: f64,
}

/// What one connection sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) car: u32,
    pub(crate) first_serial: u16,
    pub(crate) reports: u32,
    /// The first so many.
    pub(crate) acknowledged: u32,
}
