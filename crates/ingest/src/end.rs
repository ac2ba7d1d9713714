//! Why a connection ends, and how it is told so from outside.
//!
//! Shape: [`End`] is what the server saw; [`SessionEndReason`] is what the journal keeps of it.

use crate::scanner::Scanner;
use model::input::SessionEndReason;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The peer closed.
    Closed,
    /// No whole frame for too long.
    Idle,
    /// It did not say who it is in time.
    Handshake,
    /// A frame began and did not end in time.
    SlowFrame,
    /// It does not read what it is sent.
    SlowReader,
    /// The same terminal connected again.
    TakenOver,
    /// The server stops.
    Stopped,
    /// A web browser, a port scanner: no tracker.
    Scanner(Scanner),
    /// Too many bytes that belong to no frame.
    Garbage,
    /// A frame longer than any frame is.
    TooLong,
    /// Too many frames with a wrong checksum that made no sense.
    BadChecksums,
    /// Reports before a login.
    NoLogin,
    /// Wrong authentication codes.
    WrongCodes,
    /// More terminals than one connection may carry.
    TooManyTerminals,
    /// The socket failed.
    Failed(std::io::ErrorKind),
    /// The journal did not take a frame: nothing may be acknowledged, the device has to send it again.
    Journal,
}

impl End {
    /// The code in metrics and logs.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Idle => "idle",
            Self::Handshake => "handshake",
            Self::SlowFrame => "slow_frame",
            Self::SlowReader => "slow_reader",
            Self::TakenOver => "taken_over",
            Self::Stopped => "stopped",
            Self::Scanner(_) => "scanner",
            Self::Garbage => "garbage",
            Self::TooLong => "too_long",
            Self::BadChecksums => "bad_checksums",
            Self::NoLogin => "no_login",
            Self::WrongCodes => "wrong_codes",
            Self::TooManyTerminals => "too_many_terminals",
            Self::Failed(_) => "failed",
            Self::Journal => "journal",
        }
    }

    /// What the journal keeps of it.
    pub(crate) const fn reason(self) -> SessionEndReason {
        match self {
            Self::Closed => SessionEndReason::Closed,
            Self::Idle | Self::Handshake => SessionEndReason::Idle,
            Self::TakenOver => SessionEndReason::TakenOver,
            Self::Stopped => SessionEndReason::Stopped,
            Self::SlowReader | Self::Failed(_) | Self::Journal => SessionEndReason::Failed,
            Self::SlowFrame
            | Self::Scanner(_)
            | Self::Garbage
            | Self::TooLong
            | Self::BadChecksums
            | Self::NoLogin
            | Self::WrongCodes
            | Self::TooManyTerminals => SessionEndReason::Protocol,
        }
    }

    /// Whether an operator should see it above debug: the peer did something that a tracker does not.
    pub(crate) const fn is_misbehaviour(self) -> bool {
        matches!(self.reason(), SessionEndReason::Protocol)
            || matches!(self, Self::SlowReader | Self::Journal)
    }
}

/// What others tell one connection: that it has to end (a takeover, the server's stop; the first word counts), or that
/// there are orders for its terminals.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    said: OnceLock<End>,
    orders: AtomicBool,
    wake: Notify,
}

/// What a connection was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It has to end.
    End(End),
    /// There may be orders for its terminals.
    Orders,
}

impl Ending {
    /// Ends the connection.
    pub(crate) fn tell(&self, end: End) {
        if self.said.set(end).is_ok() {
            // Stores a permit if nobody waits yet, so the word cannot be missed.
            self.wake.notify_one();
        }
    }

    /// Says that there may be orders.
    pub(crate) fn ring(&self) {
        self.orders.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    /// Waits for whatever is told; a word about orders is taken, several are one. Cancel-safe: it is taken in the poll
    /// that reports it.
    pub(crate) async fn told(&self) -> Told {
        loop {
            if let Some(end) = self.said.get() {
                return Told::End(*end);
            }
            if self.orders.swap(false, Ordering::AcqRel) {
                return Told::Orders;
            }
            self.wake.notified().await;
        }
    }

    /// Waits for the end only. Cancel-safe: the word stays, and so does one about orders.
    pub(crate) async fn told_to_end(&self) -> End {
        loop {
            if let Some(end) = self.said.get() {
                return *end;
            }
            self.wake.notified().await;
        }
    }

    #[cfg(test)]
    pub(crate) fn said(&self) -> Option<End> {
        self.said.get().copied()
    }
}
