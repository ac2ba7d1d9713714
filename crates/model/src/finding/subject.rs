//! What a finding is about beside the vehicle.
//!
//! Shape: a finding in, the terminal or the place that it names out. Errors: none: most name neither.

use super::Finding;
use crate::{PlaceId, TerminalId};

impl Finding {
    /// The device that it is about; of a pair the hidden one.
    pub const fn terminal(&self) -> Option<TerminalId> {
        match self {
            Self::Unpowered { terminal, .. }
            | Self::Tampered { terminal, .. }
            | Self::LowBattery { terminal, .. }
            | Self::Blind { terminal, .. }
            | Self::OneSilent { terminal, .. }
            | Self::Missed { terminal, .. }
            | Self::Implausible { terminal, .. }
            | Self::TooFast { terminal, .. }
            | Self::Exchanged { terminal, .. }
            | Self::Vanished { terminal, .. }
            | Self::Separated { backup: terminal, .. } => Some(*terminal),
            _ => None,
        }
    }

    /// What it is about beside the vehicle: two events of one kind are told apart by it.
    pub const fn subject(&self) -> (Option<TerminalId>, Option<PlaceId>) {
        (self.terminal(), self.place())
    }

    /// The watched place that it is about.
    pub const fn place(&self) -> Option<PlaceId> {
        match self {
            Self::Inside { place, .. } | Self::Outside { place, .. } | Self::Abroad { region: place, .. } => {
                Some(*place)
            }
            _ => None,
        }
    }
}
