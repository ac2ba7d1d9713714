//! Wishes that belong together, as the portions of a file do: all of them are in the journal before one is waited for.
//!
//! Shape: actions in, [`Together`] out: what became of those that are folded, in order. Whether it is waited for or not, all of them
//! will be done. Errors: those of the journal; exit 6 or 130 from [`Together::whole`].

use super::{Site, actor, new_input_id};
use crate::exit::{Exit, Failure};
use anyhow::Result;
use journal::FoldLock;
use model::InputId;
use model::input::{Action, Human, Input, Outcome};
use std::time::{Duration, Instant};
use store::StoreError;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What became of wishes.
#[derive(Debug)]
pub(crate) struct Together {
    /// Of the first ones; the others are in the journal.
    pub(crate) outcomes: Vec<Outcome>,
    asked: usize,
    end: End,
}

/// Why nobody waits any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Waited,
    Interrupted,
}

impl Together {
    /// Fails where some are not folded yet.
    pub(crate) fn whole(&self) -> Result<()> {
        let (folded, asked) = (self.outcomes.len(), self.asked);
        let exit = match self.end {
            _ if folded == asked => return Ok(()),
            End::Waited => Exit::Unreachable,
            End::Interrupted => Exit::Interrupted,
        };
        let message =
            format!("{folded} of {asked} portions are done; the rest is in the journal and will be done");
        Err(Failure::error(exit, message))
    }

    /// The messages of those that were done; fails with the first one that was not.
    pub(crate) fn done(&self) -> Result<Vec<&str>> {
        self.outcomes.iter().map(message).collect()
    }
}

fn message(outcome: &Outcome) -> Result<&str> {
    match outcome {
        Outcome::Done { message } => Ok(message),
        Outcome::Conflict { message } => Err(Failure::error(Exit::Conflict, message)),
        Outcome::Refused { message } => Err(Failure::error(Exit::Refused, message)),
        Outcome::NotFound { message } => Err(Failure::error(Exit::NotFound, message)),
    }
}

impl Site {
    /// Wants several things. Ctrl-C while they enter the journal is heard when all of them are in it.
    pub(crate) async fn ask_together(&self, actions: Vec<Action>) -> Result<Together> {
        if actions.is_empty() {
            // A file that says nothing new.
            return Ok(Together { outcomes: Vec::new(), asked: 0, end: End::Waited });
        }
        let mut stop = signal(SignalKind::interrupt())?;
        let lock = FoldLock::try_take(&self.data_dir)?;
        let fold = match &lock {
            Some(lock) => Some(self.fold(lock).await?),
            None => None,
        };
        let human = |action| Human { id: new_input_id(), actor: actor(), action };
        let humans: Vec<Human> = actions.into_iter().map(human).collect();
        let asked: Vec<InputId> = humans.iter().map(|human| human.id.clone()).collect();
        let inputs = humans.into_iter().map(|human| Input::Human(Box::new(human))).collect();
        watch::enter(&self.journal, inputs).await?;
        let mut end = End::Waited;
        if let Some(mut fold) = fold {
            tokio::select! {
                folded = fold.catch_up() => folded.map(drop)?,
                _ = stop.recv() => end = End::Interrupted,
            }
        }
        let mut outcomes = Vec::with_capacity(asked.len());
        if end == End::Waited {
            end = self.wait_for(&asked, &mut outcomes, &mut stop).await?;
        }
        Ok(Together { outcomes, asked: asked.len(), end })
    }

    /// Waits until all are folded, as long as one after the other is.
    async fn wait_for(
        &self,
        asked: &[InputId],
        outcomes: &mut Vec<Outcome>,
        stop: &mut Signal,
    ) -> Result<End> {
        let mut since = Instant::now();
        while let Some(next) = asked.get(outcomes.len()) {
            match self.store.outcome(next).await {
                Ok(Some(outcome)) => {
                    outcomes.push(outcome);
                    since = Instant::now();
                }
                Ok(None) | Err(StoreError::Down(_)) if since.elapsed() >= watch::WAIT_MAX => break,
                Ok(None) | Err(StoreError::Down(_)) => tokio::select! {
                    () = tokio::time::sleep(POLL) => {}
                    _ = stop.recv() => return Ok(End::Interrupted),
                },
                Err(error) => return Err(error.into()),
            }
        }
        Ok(End::Waited)
    }
}

/// How often the outcome is looked for.
const POLL: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    #[test]
    fn what_is_not_folded_yet_is_said_with_its_number() {
        let done = || Outcome::Done { message: "3 places in force".into() };
        let half = Together { outcomes: vec![done()], asked: 3, end: End::Waited };
        let error = half.whole().unwrap_err();
        assert_eq!(crate::exit::exit_of(&error), Exit::Unreachable);
        assert!(
            error.to_string().starts_with("1 of 3 portions are done; the rest is in the journal"),
            "{error}"
        );
        let stopped = Together { end: End::Interrupted, ..half };
        assert_eq!(crate::exit::exit_of(&stopped.whole().unwrap_err()), Exit::Interrupted);
        let whole = Together { outcomes: vec![done()], asked: 1, end: End::Interrupted };
        assert!(whole.whole().is_ok());
        let refused = Outcome::Refused { message: "too many".into() };
        let refused = Together { outcomes: vec![done(), refused], asked: 2, end: End::Waited };
        assert_eq!(crate::exit::exit_of(&refused.done().unwrap_err()), Exit::Refused);
    }

    /// A site with a journal.
    async fn begun(folder: &tempfile::TempDir, queue_items_max: usize) -> Site {
        let data_dir = Some(folder.path().to_owned());
        let mut config = Config::load(None, Overrides { data_dir, ..Overrides::default() }).unwrap();
        config.journal.queue_items_max = queue_items_max;
        let begun =
            journal::Journal::open(&config.data_dir, config.journal.clone(), journal::ClockSpec::System);
        begun.await.unwrap().close().await;
        Site::open(&config).await.unwrap()
    }

    fn reads(count: usize) -> Vec<Action> {
        let action = |number| Action::Read { subject: format!("{number}"), purpose: "ops".into() };
        (0..count).map(action).collect()
    }

    #[tokio::test]
    async fn a_kill_amid_an_import_leaves_all_of_its_portions_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let site = begun(&folder, 16_384).await;
        let folds_nothing = FoldLock::try_take(folder.path()).unwrap().unwrap();
        let (journal, mut committed) = (site.journal.clone(), site.journal.committed());
        committed.mark_unchanged();
        let import = tokio::spawn(async move { site.ask_together(reads(64)).await.map(drop) });
        committed.changed().await.unwrap();
        import.abort();
        assert!(import.await.unwrap_err().is_cancelled());
        assert_eq!(journal.read(model::Seq(0), 1_000).await.unwrap().len(), 64);
        journal.close().await;
        drop(folds_nothing);
    }

    #[tokio::test]
    async fn more_than_the_journal_takes_at_once_enters_in_order_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let site = begun(&folder, 256).await;
        let together = site.ask_together(reads(600)).await.unwrap();
        let told: Vec<String> = together.done().unwrap().into_iter().map(str::to_owned).collect();
        assert_eq!(told, (0..600).map(|number| format!("read {number}")).collect::<Vec<_>>());
        site.close().await;
    }

    #[tokio::test]
    async fn all_portions_are_in_the_journal_before_one_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let site = begun(&folder, 16_384).await;
        let action = |subject: &str| Action::Read { subject: subject.into(), purpose: "ops".into() };
        let folds_nothing = FoldLock::try_take(folder.path()).unwrap().unwrap();
        let together = site.ask_together(vec![action("a"), action("b"), action("c")]).await.unwrap();
        assert_eq!(crate::exit::exit_of(&together.whole().unwrap_err()), Exit::Unreachable);
        assert_eq!(site.journal.read(model::Seq(0), 100).await.unwrap().len(), 3);
        drop(folds_nothing);
        let together = site.ask_together(vec![action("d")]).await.unwrap();
        assert_eq!(together.done().unwrap(), ["read d"]);
        site.close().await;
    }
}
