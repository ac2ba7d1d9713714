//! What stands behind the store: the fold and the delivery. Both wait until it answers; the ports do not.

use crate::config::Config;
use ::watch::{Fold, Progress, WatchError};
use anyhow::{Result, anyhow};
use futures_util::FutureExt as _;
use journal::{FoldLock, Journal};
use model::input::{Action, Human, Input};
use notify::Notify;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use store::{Store, StoreError};
use tokio::sync::watch;

/// The fold with the store it waits for.
pub(crate) struct StoreSide {
    config: Config,
    journal: Journal,
    lock: FoldLock,
    accept_journal: bool,
    store: watch::Sender<Option<Store>>,
    progress: watch::Sender<Progress>,
}

impl StoreSide {
    pub(crate) fn new(config: &Config, journal: Journal, lock: FoldLock, accept_journal: bool) -> Self {
        let (store, progress) = (watch::Sender::new(None), watch::Sender::new(Progress::default()));
        Self { config: config.clone(), journal, lock, accept_journal, store, progress }
    }

    pub(crate) fn store(&self) -> watch::Receiver<Option<Store>> {
        self.store.subscribe()
    }

    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Waits for the store, then folds until told to stop. What stands against folding at the start ends the server;
    /// what comes up later does not: trackers are served from the journal, `/readyz` says so, and the fold is taken over
    /// again and again.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) -> Result<()> {
        let Some(store) = self.connected(&mut stop).await? else { return Ok(()) };
        enter_rules(&self.config, &self.journal, &store).await?;
        let Some(mut fold) = self.taken(&store, &mut stop).await? else { return Ok(()) };
        // Progress before the store: delivery takes what was applied before this run for inherited.
        self.progress.send_replace(*fold.progress().borrow());
        self.store.send_replace(Some(store.clone()));
        loop {
            let folded = unless_panicked(self.folded(&mut fold, stop.clone())).await;
            let Err(error) = folded else { return Ok(()) };
            tracing::error!(%error, "the fold stopped; trackers are still served, alerts are not raised");
            self.progress.send_modify(|progress| progress.store_up = false);
            fold = loop {
                if !waited(&mut stop).await {
                    return Ok(());
                }
                match self.taken(&store, &mut stop).await {
                    Ok(Some(fold)) => break fold,
                    Ok(None) => return Ok(()),
                    Err(error) => tracing::error!(%error, "the fold cannot be taken over"),
                }
            };
        }
    }

    /// Folds until told to stop, and tells how far it is.
    async fn folded(&self, fold: &mut Fold, stop: watch::Receiver<bool>) -> Result<(), WatchError> {
        let mut told = fold.progress();
        let telling = async {
            loop {
                self.progress.send_replace(*told.borrow_and_update());
                if told.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            ended = fold.run(stop) => ended,
            () = telling => Ok(()),
        }
    }

    async fn connected(&self, stop: &mut watch::Receiver<bool>) -> Result<Option<Store>> {
        loop {
            match Store::connect(&self.config.store).await {
                Ok(store) => return Ok(Some(store)),
                Err(StoreError::Down(reason)) => {
                    tracing::warn!(
                        reason,
                        "the store is down, waiting; trackers are served from the journal"
                    );
                }
                Err(error) => return Err(error.into()),
            }
            if !waited(stop).await {
                return Ok(None);
            }
        }
    }

    async fn taken(&self, store: &Store, stop: &mut watch::Receiver<bool>) -> Result<Option<Fold>> {
        loop {
            let (journal, store, config) = (self.journal.clone(), store.clone(), self.config.watch.clone());
            match Fold::take(journal, store, config, &self.lock, self.accept_journal).await {
                Ok(fold) => return Ok(Some(fold)),
                Err(WatchError::Store(StoreError::Down(reason))) => {
                    tracing::warn!(reason, "the store went down again");
                }
                Err(error) => return Err(error.into()),
            }
            if !waited(stop).await {
                return Ok(None);
            }
        }
    }
}

/// A fold that panics is an error like another: it is taken over from where the store stands.
async fn unless_panicked(folding: impl Future<Output = Result<(), WatchError>>) -> Result<()> {
    let ended = AssertUnwindSafe(folding).catch_unwind().await;
    ended.map_err(|cause| anyhow!("it panicked, which is a bug: {}", reason_of(&*cause)))?.map_err(Into::into)
}

fn reason_of(cause: &(dyn Any + Send)) -> &str {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("it did not say why")
}

/// Pauses between two attempts; false when told to stop.
async fn waited(stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(RETRY) => true,
        _ = stop.changed() => false,
    }
}

/// Puts the configured rule set in force, unless it is.
async fn enter_rules(config: &Config, journal: &Journal, store: &Store) -> Result<()> {
    let Some(file) = &config.rules else { return Ok(()) };
    let text = std::fs::read_to_string(file)?;
    let in_force = store.rule_set().await?;
    if in_force.is_some_and(|row| row.text == text) {
        return Ok(());
    }
    let human = Human {
        id: crate::site::new_input_id(),
        actor: crate::site::actor(),
        action: Action::RuleSet { text },
    };
    journal.append(vec![Input::Human(Box::new(human)).into()]).await?;
    Ok(())
}

/// Delivers the outbox once the store answers.
pub(crate) async fn deliver(
    config: notify::Config,
    journal: Journal,
    mut store: watch::Receiver<Option<Store>>,
    progress: watch::Receiver<Progress>,
    mut stop: watch::Receiver<bool>,
) {
    let open = tokio::select! {
        open = store.wait_for(Option::is_some) => open.ok().and_then(|open| open.clone()),
        _ = stop.changed() => None,
    };
    let Some(open) = open else { return };
    let (applied, telling) = told(progress, stop.clone(), |now| now.applied);
    let delivering = async {
        let delivered = match Notify::new(journal, open, applied, &config) {
            Ok(notify) => notify.run(stop).await,
            Err(error) => Err(error),
        };
        if let Err(error) = delivered {
            tracing::error!(%error, "alerts are not delivered");
        }
    };
    tokio::join!(delivering, telling);
}

/// The fold's progress in other words, and what goes on telling it until the stop.
pub(crate) fn told<T: Send + Sync>(
    mut progress: watch::Receiver<Progress>,
    mut stop: watch::Receiver<bool>,
    words: fn(Progress) -> T,
) -> (watch::Receiver<T>, impl Future<Output = ()>) {
    let (sender, receiver) = watch::channel(words(*progress.borrow()));
    let telling = async move {
        loop {
            sender.send_replace(words(*progress.borrow_and_update()));
            tokio::select! {
                changed = progress.changed() => if changed.is_err() { return },
                _ = stop.changed() => return,
            }
        }
    };
    (receiver, telling)
}

/// Between two attempts to reach the store.
const RETRY: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fold_that_panics_is_an_error_and_no_end_of_the_server() {
        let panics = async { panic!("a bug in a rule") };
        let error = unless_panicked(panics).await.unwrap_err();
        assert!(error.to_string().contains("a bug in a rule"), "{error}");
        assert!(unless_panicked(async { Ok(()) }).await.is_ok());
    }
}
