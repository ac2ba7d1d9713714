//! A replay of what is stored, held against what the live fold had stored.

use crate::stage::{Stage, connect};
use model::{Alert, AlertId, Event, Seq};
use std::collections::BTreeMap;
use store::FrameRow;
use watch::{Replay, Span};

/// What each frame said, by its place. The small fleet's frames have no bytes: this is their decoder.
pub(crate) type Said = BTreeMap<Seq, Vec<Event>>;

/// Every alert that a replay of the whole history gives, as it is at the end, the oldest first. The journal is not there.
pub(crate) async fn replayed(url: &str, said: &Said) -> Vec<Alert> {
    let store = connect(url).await;
    let until_seq = store.place().await.unwrap().unwrap().0.applied;
    let decode = |row: &FrameRow, _| said.get(&row.seq).cloned().unwrap_or_default();
    let mut replay = Replay::new(store.clone(), Span { until_seq, ..Span::default() }, decode);
    let mut alerts: BTreeMap<AlertId, Alert> = BTreeMap::new();
    while let Some(changed) = replay.step().await.unwrap() {
        for change in changed {
            alerts.insert(change.alert.id.clone(), change.alert);
        }
    }
    assert_eq!(replay.applied(), until_seq);
    store.close().await;
    let mut alerts: Vec<Alert> = alerts.into_values().collect();
    sort(&mut alerts);
    alerts
}

/// The alerts of a store in the same order.
pub(crate) async fn stored(stage: &Stage, url: &str) -> Vec<Alert> {
    let mut alerts = stage.alerts(url).await;
    sort(&mut alerts);
    alerts
}

fn sort(alerts: &mut [Alert]) {
    alerts.sort_by(|one, other| (one.opened_at, &one.id).cmp(&(other.opened_at, &other.id)));
}

/// Says which alert differs first: two whole lists are no reading.
pub(crate) fn same_alerts(seed: u64, claim: &str, live: &[Alert], again: &[Alert]) {
    let differing = live.iter().zip(again).find(|(live, again)| live != again);
    assert!(
        differing.is_none(),
        "seed {seed}: {claim}\nlive   {:?}\nagain  {:?}",
        differing.unwrap().0,
        differing.unwrap().1
    );
    assert_eq!(live.len(), again.len(), "seed {seed}: {claim}: so many alerts");
}
