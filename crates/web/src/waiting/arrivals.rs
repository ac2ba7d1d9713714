//! Terminals as they arrive: how far each has come, from its first frame to the first place that is stored of it.
//!
//! Shape: the store's rows in, those that were heard for the first time last out, and whoever knocks again behind them. Units: UTC.
//! Errors: none but of the store. Nothing says where a vehicle is. Bounded, each found by a key: a fleet may have a million of them.

use crate::caller::Caller;
use crate::desk::Desk;
use crate::devices::DeviceView;
use crate::problem::Problem;
use model::{Attempt, TerminalId, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;
use store::{DeviceRecord, Store, TerminalStatus};
use utoipa::ToSchema;

/// A terminal that was heard.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ArrivalView {
    #[serde(flatten)]
    device: DeviceView,
    #[schema(value_type = String)]
    standing: Standing,
    #[schema(value_type = Option<String>, format = DateTime)]
    approved_at: Option<Timestamp>,
    /// When the first of its reports with a place was received that is stored.
    #[schema(value_type = Option<String>, format = DateTime)]
    first_fix_at: Option<Timestamp>,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    /// It was entered, and nothing has come from it.
    Unheard,
    /// It waits for somebody to approve it.
    Quarantined,
    /// It is not ours: nothing of it is kept.
    Rejected,
    /// It is ours, and on no vehicle.
    Approved,
    /// It is on a vehicle, and no place is stored of it.
    Bound,
    /// It is on a vehicle, and places are stored of it.
    Fixed,
}

impl Standing {
    fn of(record: &DeviceRecord) -> Self {
        match record.status {
            TerminalStatus::Rejected => Self::Rejected,
            _ if record.protocol.is_empty() => Self::Unheard,
            TerminalStatus::Quarantined => Self::Quarantined,
            TerminalStatus::Approved if record.on.is_none() => Self::Approved,
            TerminalStatus::Approved if record.first_fix_at.is_none() => Self::Bound,
            TerminalStatus::Approved => Self::Fixed,
        }
    }
}

impl ArrivalView {
    pub(super) fn of(record: &DeviceRecord, desk: &Desk, caller: &Caller) -> Self {
        Self {
            device: DeviceView::of(record, desk, caller),
            standing: Standing::of(record),
            approved_at: record.approved_at.filter(|_| record.status == TerminalStatus::Approved),
            first_fix_at: record.first_fix_at,
        }
    }
}

/// The terminals that were heard for the first time last, the newest first; then those that the last connections are of and that were
/// heard long before.
pub(super) async fn arrivals(
    store: &Store,
    attempts: &[Attempt],
    now: Timestamp,
) -> Result<Vec<DeviceRecord>, Problem> {
    let mut found = store.newest_heard(now, NEWEST_MAX).await?;
    let mut listed: BTreeSet<TerminalId> = found.iter().map(|record| record.terminal).collect();
    let knocking = attempts.iter().filter_map(|attempt| attempt.terminal);
    let others: Vec<TerminalId> =
        knocking.filter(|terminal| listed.insert(*terminal)).take(KNOCKING_MAX).collect();
    for terminal in others {
        // What has not been folded yet is not known yet.
        found.extend(store.device(terminal, now).await?);
    }
    Ok(found)
}

/// More than anybody sets up at once, and no longer than the list beside it on a screen.
const NEWEST_MAX: u32 = 12;
/// Each is looked up by itself, and the page is asked for every three seconds.
const KNOCKING_MAX: usize = 8;
