//! One connection of a history: its exchange, a socket without a network, and what the history saw of it.

use super::ledger::Slot;
use crate::end::{End, Ending};
use crate::exchange::Exchange;
use crate::talk::Heard;
use bytes::BytesMut;
use journal::Item;
use model::{SessionId, TerminalId};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

pub(super) struct Line {
    pub(super) number: u32,
    pub(super) address: IpAddr,
    pub(super) session: SessionId,
    /// Which device opened it; it may have another one by now.
    pub(super) device: usize,
    pub(super) ending: Arc<Ending>,
    pub(super) exchange: Exchange<Slot>,
    pub(super) stage: Stage,
    /// Written by the device, not read by the server.
    pub(super) up: BytesMut,
    pub(super) up_end: UpEnd,
    /// Written by the server, not read by the device.
    pub(super) down: BytesMut,
    /// How much of that the socket takes.
    pub(super) window: usize,
    /// Written by the server, up to the last whole line.
    pub(super) said: BytesMut,
    pub(super) durable_replies: u64,
    /// When the session wants to be woken.
    pub(super) wake: Option<Instant>,
    pub(super) saw: Saw,
}

pub(super) enum Stage {
    Live,
    /// The journal has no room for what was heard.
    Detained {
        items: Vec<Item>,
        heard: Heard,
        since: Instant,
    },
    /// The socket closes when what was read is committed and acknowledged.
    Leaving {
        end: End,
        since: Instant,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpEnd {
    Open,
    Closed,
    Reset,
}

/// What the history saw, for itself: deadlines are held against this.
pub(super) struct Saw {
    pub(super) accepted: Instant,
    /// Cut from its stream, whatever became of them.
    pub(super) frames: u64,
    /// The last frame of any kind, and the last that reads well.
    pub(super) frame: Option<Instant>,
    pub(super) good_frame: Option<Instant>,
    pub(super) partial: Option<Instant>,
    pub(super) unsent: Option<Instant>,
    /// Until when the server did not read, and did not even write.
    pub(super) paused: Option<Instant>,
    pub(super) detained: Option<Instant>,
    /// Whom it was believed to speak for, and as the how manieth believed connection.
    pub(super) believed: BTreeMap<TerminalId, u64>,
}

impl Saw {
    pub(super) const fn new(accepted: Instant) -> Self {
        Self {
            accepted,
            frames: 0,
            frame: None,
            good_frame: None,
            partial: None,
            unsent: None,
            paused: None,
            detained: None,
            believed: BTreeMap::new(),
        }
    }
}

impl Line {
    pub(super) const fn is_leaving(&self) -> bool {
        matches!(self.stage, Stage::Leaving { .. })
    }

    /// Frames whose fate is open.
    pub(super) const fn in_flight(&self) -> u32 {
        let detained = match &self.stage {
            Stage::Detained { heard, .. } => heard.frames,
            Stage::Live | Stage::Leaving { .. } => 0,
        };
        self.exchange.replies.frames_waiting() + detained
    }
}
