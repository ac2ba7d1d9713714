//! The fold's owner: reads the journal, steps, commits, and begins again where the store says it stands.
//!
//! Shape: [`Fold::take`] claims the store, [`Fold::catch_up`] folds what is there, [`Fold::run`] goes on until told to
//! stop. Errors: a store that is down is waited for; everything else ends the fold.

mod accept;
mod checkpoint;
mod commit;
mod doubt;
mod house;
mod stop;

use crate::config::Config;
use crate::needs::{Questions, needs_of};
use crate::newest::{AHEAD_MAX, Newest};
use crate::restore::restore;
use crate::retention::Retention;
use crate::sealing::Sealing;
use crate::step::{Step, stands_alone};
use crate::trimming::Trimming;
use crate::world::World;
use accept::accept;
use commit::{Made, Unanswered};
use doubt::Footing;
use journal::{Entry, FoldLock, Journal, JournalError};
use model::{Seq, Timestamp};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use stop::Stop;
use store::{Cursor, Mark, Store, StoreError};
use tokio::sync::watch;
use tokio::time::timeout;

/// How far the fold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The last input that is in the store.
    pub applied: Seq,
    /// Its journal time.
    pub applied_at: Timestamp,
    /// Counts changes of terminals and bindings.
    pub directory_version: i64,
    /// Where the last step ended that changed commands; where the fold was taken over, if there was none yet.
    pub commands_at: Seq,
    /// The store answers.
    pub store_up: bool,
}

/// Why the fold ends.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Inputs that were not folded are gone.
    #[error(
        "the journal begins after input {trimmed}, but the store stands at input {applied}: what lies between is gone. \
         Restore a newer store, or start with --accept-journal, which records the gap as uncovered time"
    )]
    Gap {
        /// Where the store stands.
        applied: Seq,
        /// The last input that was trimmed.
        trimmed: Seq,
    },
    /// The store is ahead of the journal.
    #[error(
        "the store stands at input {applied}, but the journal ends at {head}: this is an older copy of the journal. \
         Restore the newer one, or start with --accept-journal, which records the gap as uncovered time"
    )]
    Ahead {
        /// Where the store stands.
        applied: Seq,
        /// The journal's newest input.
        head: Seq,
    },
    /// The rule set in the store cannot be read.
    #[error("the rule set in the store does not read: {0}")]
    RuleSet(String),
    /// A state in the store cannot be read.
    #[error("a vehicle's state in the store does not read")]
    State,
}

/// Folds a journal into a store.
pub struct Fold {
    journal: Journal,
    store: Store,
    config: Config,
    /// Of the data directory, for what is seldom asked for.
    disk: PathBuf,
    cursor: Cursor,
    mark: Mark,
    world: World,
    progress: watch::Sender<Progress>,
    checkpointed: Instant,
    step_entries: u32,
    commands_at: Seq,
    sealing: Sealing,
    unanswered: Option<Unanswered>,
    /// The store's work is another process's.
    works_apart: bool,
    footing: Footing,
}

impl Fold {
    /// Takes the fold over; the lock proves that nobody else folds this data directory, and must outlive the fold.
    /// With `accept_journal` a foreign journal or a gap is accepted and recorded.
    pub async fn take(
        journal: Journal,
        store: Store,
        config: Config,
        lock: &FoldLock,
        accept_journal: bool,
    ) -> Result<Self, WatchError> {
        if accept_journal {
            accept(&journal, &store).await?;
        }
        let (cursor, mark) = store.claim(journal.id().as_str()).await?;
        let (trimmed, head) = (journal.trimmed_through().await?, journal.head().await?);
        // States are stepped again from the checkpoint: what follows it must be there too.
        let stands = cursor.applied.min(mark.checkpoint);
        if trimmed > stands {
            return Err(WatchError::Gap { applied: stands, trimmed });
        }
        if cursor.applied > head.max(trimmed) {
            return Err(WatchError::Ahead { applied: cursor.applied, head });
        }
        let disk = lock.data_dir().to_owned();
        let world = Self::restored(&journal, &store, &cursor, &mark, &disk).await?;
        let progress = watch::Sender::new(Progress {
            applied: cursor.applied,
            applied_at: mark.applied_at,
            directory_version: mark.directory_version,
            commands_at: cursor.applied,
            store_up: true,
        });
        let checkpointed = Instant::now();
        let (step_entries, commands_at) = (STEP_ENTRIES_MIN, cursor.applied);
        let sealing = Sealing::of(&store).await?;
        let works_apart = store.works_apart();
        Ok(Self {
            journal,
            store,
            config,
            disk,
            cursor,
            mark,
            world,
            progress,
            checkpointed,
            step_entries,
            commands_at,
            sealing,
            unanswered: None,
            works_apart,
            footing: Footing::Sure,
        })
    }

    /// The world as the store holds it, and what need not be looked for there: nobody else adds to it from now on.
    async fn restored(
        journal: &Journal,
        store: &Store,
        cursor: &Cursor,
        mark: &Mark,
        disk: &Path,
    ) -> Result<World, WatchError> {
        let mut world = restore(journal, store, cursor, mark, disk).await?;
        // A place where nothing was applied yet says nothing of the time.
        let now = mark.applied_at.max(journal.clock().now());
        world.newest = Newest::of(store.newest(Newest::bound(now), AHEAD_MAX).await?);
        Ok(world)
    }

    /// How far the fold is, for those who wait on it.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Folds until told to stop, then goes on for some seconds and writes every state, if the store answers. What is left stands in
    /// the journal for the next run.
    pub async fn run(&mut self, stop: watch::Receiver<bool>) -> Result<(), WatchError> {
        let (mut committed, mut stop) = (self.journal.committed(), Stop::new(stop));
        let (mut trimming, mut retention) = (Trimming::new(), Retention::new());
        loop {
            let folded = self.step_patiently(&mut stop, &mut trimming).await?;
            // Given up in the middle, all of this is done again by the next run.
            tokio::select! {
                kept = self.keep_house(&mut trimming, &mut retention, folded == 0) => kept?,
                () = stop.over() => self.doubt(),
            }
            if stop.is_drained() || (stop.is_told() && folded == 0) {
                // What is not sealed or not written by then is by the next run.
                timeout(SEALED_WITHIN, self.sealing.finish(&self.store)).await.unwrap_or(Ok(()))?;
                return self.checkpoint_within(STATES_WITHIN).await;
            }
            if folded > 0 {
                continue;
            }
            tokio::select! {
                // Both are watch channels: a lost wait loses no news.
                _ = committed.changed() => {}
                _ = stop.told() => {}
                () = tokio::time::sleep(IDLE_MAX) => tokio::select! {
                    rested = self.rest() => rested?,
                    () = stop.over() => self.doubt(),
                },
            }
        }
    }

    /// What is due while there is nothing to fold.
    async fn rest(&mut self) -> Result<(), WatchError> {
        self.checkpoint_if_due().await?;
        Ok(self.sealing.seal(&self.store, &self.cursor).await?)
    }

    /// Folds everything that is in the journal, for a command line that has no server to do it.
    pub async fn catch_up(&mut self) -> Result<Seq, WatchError> {
        while self.step().await? > 0 {}
        self.sealing.finish(&self.store).await?;
        self.checkpoint().await?;
        Ok(self.cursor.applied)
    }

    /// A step that waits while the store is down. Gives up waiting, not inputs, when told to stop.
    async fn step_patiently(
        &mut self,
        stop: &mut Stop,
        trimming: &mut Trimming,
    ) -> Result<usize, WatchError> {
        let mut wait = RETRY_MIN;
        loop {
            // Cancelled in the middle, a step is as good as one that was not answered.
            let stepped = tokio::select! {
                stepped = timeout(STEP_MAX, self.step()) => stepped.unwrap_or_else(|_| Err(unanswered())),
                () = stop.over() => Err(unanswered()),
            };
            let reason = match stepped {
                Ok(folded) => {
                    self.tell(true);
                    return Ok(folded);
                }
                // Nothing was made of what could not be read: a step on its way goes on.
                Err(WatchError::Journal(JournalError::Busy { reason })) => reason,
                Err(WatchError::Store(StoreError::Down(reason))) => {
                    // It may come back without its last steps, or without a seal alone.
                    self.doubt();
                    reason
                }
                Err(error) => return Err(error),
            };
            self.tell(false);
            tracing::warn!(reason, "cannot fold for now, the journal goes on");
            metrics::counter!("lienwatch_store_errors_total").increment(1);
            // What was applied before the store went away can go without it.
            if let Some(room) = trimming.due(&self.journal)
                && !stop.is_told()
            {
                trimming.trim(&self.journal, &self.store, self.applied(), room).await;
            }
            if stop.is_told() {
                return Ok(0);
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stop.told() => {}
            }
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// Folds the next entries; gives how many there were. Their rows may still be on their way to the store.
    async fn step(&mut self) -> Result<usize, WatchError> {
        if matches!(self.footing, Footing::Doubtful { .. }) {
            self.begin_again().await?;
        }
        let reached = self.unanswered.as_ref().map_or(self.cursor.applied, |unanswered| unanswered.to);
        let mut entries = self.journal.read(reached, self.step_entries).await?;
        #[cfg(feature = "sabotage")]
        crate::sabotage::mix_serials(&mut entries);
        let alone = entries.first().is_some_and(|entry| stands_alone(&entry.input));
        let until = entries.iter().position(|entry| stands_alone(&entry.input)).unwrap_or(entries.len());
        let is_full = u32::try_from(entries.len()).is_ok_and(|read| read >= self.step_entries);
        entries.truncate(if alone { 1 } else { until });
        let Some(to) = entries.last().map(|entry| entry.seq) else {
            self.answered().await?;
            return Ok(0);
        };
        let folded = entries.len();
        let is_checkpoint =
            alone || self.checkpointed.elapsed() >= Duration::from_secs(self.config.checkpoint_s);
        if alone || !self.leads() {
            self.answered().await?;
        }
        let questions = Questions::of(&entries, &self.world.newest);
        if !questions.is_empty() {
            // What the step asks of the store must hold the step before.
            self.answered().await?;
        }
        if alone {
            // It may append what has waited in quarantine, which is older than what is being sealed, or is sealed next.
            self.sealing.finish(&self.store).await?;
        }
        let made = self.make(entries, questions, to, is_checkpoint).await?;
        self.answered().await?;
        self.send(made);
        if alone {
            self.answered().await?;
        }
        self.step_entries = self.adapted(is_full);
        self.sealing.seal(&self.store, &self.cursor).await?;
        Ok(folded)
    }

    async fn make(
        &mut self,
        entries: Vec<Entry>,
        questions: Questions,
        to: Seq,
        is_checkpoint: bool,
    ) -> Result<Made, WatchError> {
        let needs = needs_of(&self.store, &entries, questions).await?;
        let mut step = Step::new(&mut self.world, needs);
        // Nearly every input is a frame with a position.
        step.batch.frames.reserve(entries.len());
        step.batch.positions.reserve(entries.len());
        for entry in entries {
            step.apply(entry);
        }
        let batch = step.finish(is_checkpoint.then_some(to));
        if self.world.is_damaged() {
            return Err(WatchError::State);
        }
        let before = self.unanswered.as_ref().map_or(&self.mark, |unanswered| &unanswered.mark);
        let mut mark = Mark {
            applied_at: self.world.globals.applied_at,
            directory_version: self.world.globals.directory_version,
            ..before.clone()
        };
        if is_checkpoint {
            mark.checkpoint = to;
            mark.checkpoint_coverage =
                serde_json::to_string(&self.world.globals.coverage).map_err(StoreError::from)?;
        }
        Ok(Made { to, mark, batch, is_checkpoint })
    }

    /// Larger steps while there is a backlog, smaller ones when there is none.
    fn adapted(&self, is_full: bool) -> u32 {
        let wanted = if is_full { self.step_entries.saturating_mul(2) } else { self.step_entries / 2 };
        wanted.clamp(STEP_ENTRIES_MIN, self.config.step_entries_max.max(STEP_ENTRIES_MIN))
    }

    fn tell(&self, store_up: bool) {
        let progress = Progress {
            applied: self.cursor.applied,
            applied_at: self.mark.applied_at,
            directory_version: self.mark.directory_version,
            commands_at: self.commands_at,
            store_up,
        };
        self.progress.send_if_modified(|old| {
            let modified = *old != progress;
            *old = progress;
            modified
        });
    }
}

fn unanswered() -> WatchError {
    StoreError::Down("no answer for too long".into()).into()
}

/// Entries in a step when there is no backlog: small steps keep alerts prompt.
const STEP_ENTRIES_MIN: u32 = 256;
/// How long a stop waits for tracks that are being sorted: some 200 ms, where the store answers.
const SEALED_WITHIN: Duration = Duration::from_secs(3);
/// How long a stop waits for states to be written; those that are not are stepped again.
const STATES_WITHIN: Duration = Duration::from_secs(5);
/// How long the fold sleeps without news at the most: the backstop for a lost signal, and the beat of checkpoints.
const IDLE_MAX: Duration = Duration::from_millis(500);
/// A step that takes longer has met a database that hangs; the largest loan book takes a tenth of it.
const STEP_MAX: Duration = Duration::from_mins(2);
/// First and longest pause while the store is down.
const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);
#[cfg(test)]
mod tests;
