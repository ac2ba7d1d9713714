//! The replay of a back-test, on a thread of its own: devices are answered by others.
//!
//! Shape: a [`Backtest`] that has begun in, its end told to it. Units: inputs. Errors: [`End`].

use super::bench::{Backtest, Failure, State};
use super::view::Outcome;
use crate::Reread;
use rules::RuleSet;
use std::sync::Arc;
use store::{Store, StoreError};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use watch::backtest::{Run, Tales, Verdicts};
use watch::{Replay, Span, WatchError};

/// Works a back-test to its end. Whoever stops the server cancels it and waits.
pub(super) fn start(store: Store, reread: Reread, backtest: Arc<Backtest>) {
    let handle = Handle::current();
    tokio::spawn(async move {
        let worked = Arc::clone(&backtest);
        let worked = spawn_blocking(move || handle.block_on(Box::pin(work(&store, &reread, &worked)))).await;
        backtest.ends(match worked {
            Ok(Ok(outcome)) => State::Done(Arc::new(outcome)),
            Ok(Err(End::Cancelled)) => State::Cancelled,
            Ok(Err(End::Failed(failure))) => State::Failed(failure),
            Err(error) => {
                tracing::error!(%error, "a back-test broke off");
                State::Failed(Failure::Defect)
            }
        });
    });
}

/// Why it ended without an outcome.
enum End {
    Cancelled,
    Failed(Failure),
}

impl From<WatchError> for End {
    fn from(error: WatchError) -> Self {
        tracing::warn!(%error, "a back-test could not go on");
        let is_down = matches!(error, WatchError::Store(StoreError::Down(_)));
        Self::Failed(if is_down { Failure::StoreDown } else { Failure::Defect })
    }
}

async fn work(store: &Store, reread: &Reread, backtest: &Backtest) -> Result<Outcome, End> {
    let wish = &backtest.wish;
    let replays = if wish.against.is_some() { 2 } else { 1 };
    let tried =
        raised(store, reread, backtest, Part { rule_set: &wish.rule_set, number: 0, replays }).await?;
    let against = match &wish.against {
        Some(rule_set) => Some(raised(store, reread, backtest, Part { rule_set, number: 1, replays }).await?),
        None => None,
    };
    // Read last: what staff said meanwhile counts.
    let verdicts = Verdicts::of(store).await.map_err(WatchError::from)?;
    Ok(Outcome::of(wish, &verdicts, &tried, against.as_ref()))
}

/// One of its replays.
struct Part<'a> {
    rule_set: &'a RuleSet,
    number: u32,
    replays: u32,
}

async fn raised(
    store: &Store,
    reread: &Reread,
    backtest: &Backtest,
    Part { rule_set, number, replays }: Part<'_>,
) -> Result<Run, End> {
    let kept = backtest.wish.kept;
    let span = Span { until_seq: kept.last, rule_set: Some(rule_set.clone()), ..Span::default() };
    let mut replay = Replay::new(store.clone(), span, reread.reader());
    let mut tales = Tales::from(backtest.wish.from);
    let all = kept.last.0.saturating_sub(kept.first.0).max(1);
    while let Some(changed) = replay.step().await? {
        if backtest.is_cancelled() {
            return Err(End::Cancelled);
        }
        for changed in changed {
            tales.take(changed);
        }
        if tales.count() > ALERTS_MAX {
            return Err(End::Failed(Failure::TooMany));
        }
        let read = replay.applied().0.saturating_sub(kept.first.0).saturating_mul(1_000) / all;
        backtest.goes_on((number * 1_000 + u32::try_from(read).unwrap_or(0).min(1_000)) / replays);
    }
    Ok(tales.ended(&replay))
}

/// A desk that closes 500 alerts a day has as many in a quarter; 1 KB each without its fixes.
const ALERTS_MAX: usize = 50_000;
