//! What a replay of a store gives, held against what the store has.
//!
//! Shape: a store and the key of its server in, the alerts that differ out. Errors: those of the store and the replay.

use ingest::LogReader;
use model::{Alert, AlertId};
use std::collections::BTreeMap;
use store::{FrameRow, Store};
use watch::{Footprint, Replay, Span};
use wire::Authenticator;

/// Alerts live and back-tested.
#[derive(Debug)]
pub struct Compared {
    /// How many were raised live.
    pub live: usize,
    /// Those that a back-test has otherwise, or that only one of the two has.
    pub differing: Vec<(Option<Alert>, Option<Alert>)>,
    /// What the fold remembers at the end: states, and where vehicles usually stand.
    pub footprints: (Footprint, Footprint),
}

/// Replays everything that a store holds, from its frames' bytes, and compares with the alerts that were raised live.
pub async fn compared(
    store: &Store,
    live: Vec<Alert>,
    authenticator: Authenticator,
) -> anyhow::Result<Compared> {
    let mut live: BTreeMap<AlertId, Alert> =
        live.into_iter().map(|alert| (alert.id.clone(), alert)).collect();
    let count = live.len();
    let mut differing = Vec::new();
    let (alerts, footprints) = replayed(store, authenticator).await?;
    for (id, again) in alerts {
        let raised = live.remove(&id);
        if raised.as_ref() != Some(&again) {
            differing.push((raised, Some(again)));
        }
    }
    differing.extend(live.into_values().map(|raised| (Some(raised), None)));
    Ok(Compared { live: count, differing, footprints })
}

/// Every alert of a replay as it is at the end, and what is remembered then.
async fn replayed(
    store: &Store,
    authenticator: Authenticator,
) -> anyhow::Result<(BTreeMap<AlertId, Alert>, (Footprint, Footprint))> {
    let place = store.place().await?;
    let until_seq = place.map(|(cursor, _)| cursor.applied).unwrap_or_default();
    let mut reader = LogReader::new(protocols::ALL, authenticator);
    let decode = |row: &FrameRow, profile| {
        reader.read(&row.reception, row.frame.as_deref().unwrap_or_default(), profile)
    };
    let mut replay = Replay::new(store.clone(), Span { until_seq, ..Span::default() }, decode);
    let mut alerts = BTreeMap::new();
    while let Some(changed) = replay.step().await? {
        alerts.extend(changed.into_iter().map(|change| (change.alert.id.clone(), change.alert)));
    }
    Ok((alerts, replay.footprints()))
}
