//! The handle that the rest of the server holds.
//!
//! Shape: clones share one queue, one writer, one follower and a few readers. Units: see each method. Errors:
//! [`JournalError`]. Source: DESIGN.md §1, §3, §4.

use crate::call::Call;
use crate::follower::{self, Follower};
use crate::writer::{Submission, Unsettled, Writer};
use crate::{
    Clock, ClockSpec, Committed, Config, Entry, Health, Item, JournalError, JournalId, KeptPart, Pending,
    database, header, parts, rows, trim,
};
use model::{Seq, Timestamp};
use sqlx::sqlite::SqlitePool;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// An open journal.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

struct Shared {
    data_dir: PathBuf,
    config: Config,
    header: header::Header,
    queue: mpsc::Sender<Submission>,
    trims: mpsc::Sender<trim::Request>,
    room: Arc<Semaphore>,
    readers: SqlitePool,
    committed: watch::Receiver<Seq>,
    health: watch::Receiver<Health>,
    size_bytes: Arc<AtomicU64>,
    tasks: Mutex<Vec<Task>>,
}

/// A task, and how to end it. Without its handle's sender it ends by itself.
struct Task {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Task {
    async fn end(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.running.await {
            tracing::error!(%error, "a task of the journal ended badly");
        }
    }
}

impl Journal {
    /// Opens the journal of a data directory, and makes both if there is none. `clock` is for a new journal only: one
    /// that exists keeps the clock it was made with.
    pub async fn open(data_dir: &Path, config: Config, clock: ClockSpec) -> Result<Self, JournalError> {
        config.check()?;
        clock.check()?;
        let mut connection = database::open_writer(data_dir, &config).await?;
        let header = header::open(&mut connection, clock).await?;
        let head = rows::head(&mut connection).await?;
        let size_bytes = Arc::new(AtomicU64::new(follower::size_bytes(&mut connection).await?));
        let (queue, queued) = mpsc::channel(config.queue_items_max);
        let (trims, trims_asked) = mpsc::channel(TRIMS_MAX);
        let (committed, committed_seen) = watch::channel(head);
        let (health, health_seen) = watch::channel(Health::Ok);
        let (stop_follower, follower_stopped) = watch::channel(false);
        let (stop_writer, writer_stopped) = watch::channel(false);
        let room = Arc::new(Semaphore::new(config.queue_items_max));
        let follower = Follower {
            connection: database::open_reader(data_dir).await?,
            committed: committed.clone(),
            size_bytes: Arc::clone(&size_bytes),
            stop: follower_stopped,
        };
        let writer = Writer {
            connection,
            clock: header.clock.clone(),
            entries_per_commit_max: config.entries_per_commit_max,
            queue: queued,
            trims: trims_asked,
            room: Arc::clone(&room),
            stop: writer_stopped,
            committed,
            health,
            unsettled: Unsettled::new(config.entries_per_commit_max),
        };
        Ok(Self(Arc::new(Shared {
            data_dir: data_dir.to_owned(),
            config,
            header,
            queue,
            trims,
            room,
            readers: database::open_readers(data_dir),
            committed: committed_seen,
            health: health_seen,
            size_bytes,
            tasks: Mutex::new(vec![
                Task { stop: stop_follower, running: tokio::spawn(follower.run()) },
                Task { stop: stop_writer, running: tokio::spawn(writer.run()) },
            ]),
        })))
    }

    /// The journal's random name.
    pub fn id(&self) -> &JournalId {
        &self.0.header.id
    }

    /// The data directory: what else belongs to this server lies beside the journal.
    pub fn folder(&self) -> &Path {
        &self.0.data_dir
    }

    /// The clock of the journal, for stamps, ticks and lag.
    pub fn clock(&self) -> Clock {
        self.0.header.clock.clone()
    }

    /// The key from which authentication codes of terminals are made; as old as the journal.
    pub fn authentication_key(&self) -> [u8; 32] {
        self.0.header.authentication_key
    }

    /// The limits it was opened with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Queues items, waiting while the queue is full. The [`Pending`] resolves when they are durable. All items of one
    /// call commit together and in order, and calls made one after the other commit in that order.
    ///
    /// Cancel-safe: a call that is dropped before it resolves has queued nothing.
    pub async fn submit(&self, items: Vec<Item>) -> Result<Pending, JournalError> {
        self.enter(self.call(items)?).await
    }

    /// Makes items ready for the queue.
    pub fn call(
        &self,
        items: impl IntoIterator<Item = Item, IntoIter: ExactSizeIterator>,
    ) -> Result<Call, JournalError> {
        let (items, config) = (items.into_iter(), &self.0.config);
        let refuse = |items, max| Err(JournalError::TooMany { items, max });
        match items.len() {
            0 => return Err(JournalError::Empty),
            count if count > config.entries_per_commit_max => {
                return refuse(count, config.entries_per_commit_max);
            }
            _ => {}
        }
        let call = Call::of(items)?;
        let cost = usize::try_from(call.cost).unwrap_or(usize::MAX);
        if cost > config.queue_items_max { refuse(cost, config.queue_items_max) } else { Ok(call) }
    }

    /// Queues a call if there is room for it now; gives it back if there is none, or if nothing is taken any more.
    pub fn try_enter(&self, call: Call) -> Result<Pending, Call> {
        match Arc::clone(&self.0.room).try_acquire_many_owned(call.cost) {
            Ok(room) => self.enqueue(call, room),
            Err(_) => Err(call),
        }
    }

    /// Queues a call, waiting while the queue is full; otherwise as [`Self::submit`].
    pub async fn enter(&self, call: Call) -> Result<Pending, JournalError> {
        let room = Arc::clone(&self.0.room).acquire_many_owned(call.cost).await;
        self.enqueue(call, room.map_err(|_| self.refusal())?).map_err(|_| self.refusal())
    }

    fn enqueue(&self, call: Call, room: OwnedSemaphorePermit) -> Result<Pending, Call> {
        let (resolve, outcome) = oneshot::channel();
        // Never full: each call in it holds room for at least one item.
        match self.0.queue.try_send(Submission { call, outcome: resolve, room }) {
            Ok(()) => Ok(Pending { outcome }),
            Err(TrySendError::Full(refused) | TrySendError::Closed(refused)) => Err(refused.call),
        }
    }

    /// Queues items and waits until they are durable. The seq is that of the last one.
    pub async fn append(&self, items: Vec<Item>) -> Result<Seq, JournalError> {
        let Committed { last, .. } = self.submit(items).await?.await?;
        Ok(last)
    }

    /// The entries after a seq in order, at most `entries_max` and some MiB, at least one if there is one.
    pub async fn read(&self, after: Seq, entries_max: u32) -> Result<Vec<Entry>, JournalError> {
        rows::read(&self.0.readers, after, entries_max).await
    }

    /// The parts of split messages that are not whole, in the order in which they came.
    pub async fn parts(&self) -> Result<Vec<KeptPart>, JournalError> {
        parts::read(&self.0.readers).await
    }

    /// The newest committed seq of any process, 0 if there was none. Asks the database.
    pub async fn head(&self) -> Result<Seq, JournalError> {
        rows::head(&self.0.readers).await
    }

    /// The newest committed seq as it rises: at once for commits of this process, within 100 ms or so for others.
    pub fn committed(&self) -> watch::Receiver<Seq> {
        self.0.committed.clone()
    }

    /// The oldest seq that has not been trimmed; `None` when there is no entry.
    pub async fn oldest(&self) -> Result<Option<Seq>, JournalError> {
        rows::oldest(&self.0.readers).await
    }

    /// Takes away entries up to and including `through` that are stamped before `older_than`, in slices between which
    /// commits go on; what shares a block goes when all of it may. Says how many seqs that were, gaps among them. Only for whoever holds the
    /// [`crate::FoldLock`].
    pub async fn trim(&self, through: Seq, older_than: Timestamp) -> Result<u64, JournalError> {
        self.trim_some(through, older_than, u64::MAX).await
    }

    /// The same, and no more slices once so many entries are gone.
    pub async fn trim_some(
        &self,
        through: Seq,
        older_than: Timestamp,
        enough: u64,
    ) -> Result<u64, JournalError> {
        let mut removed = 0;
        loop {
            let (outcome, answer) = oneshot::channel();
            let request = trim::Request { bound: trim::Bound { through, older_than }, outcome };
            self.0.trims.send(request).await.map_err(|_| self.refusal())?;
            match answer.await.map_err(|_| self.refusal())?? {
                0 => return Ok(removed),
                entries => removed += entries,
            }
            if removed >= enough {
                return Ok(removed);
            }
        }
    }

    /// Lets the next input's seq be above this one. For a journal that takes over a store which another one filled:
    /// seqs are keys there.
    pub async fn raise_above(&self, seq: Seq) -> Result<(), JournalError> {
        let mut connection = database::open_writer(&self.0.data_dir, &self.0.config).await?;
        rows::raise_above(&mut connection, seq).await
    }

    /// The highest seq that has been trimmed, 0 if none: a cursor below it has a gap before it.
    pub async fn trimmed_through(&self) -> Result<Seq, JournalError> {
        header::trimmed_through(&self.0.readers).await
    }

    /// Bytes in use now, without what a trim has freed and without the write-ahead log.
    pub async fn size_bytes(&self) -> Result<u64, JournalError> {
        follower::size_bytes(&self.0.readers).await
    }

    /// Whether the size has reached the alarm. Looked at each 5 s.
    pub fn size_alarm(&self) -> bool {
        self.0.size_bytes.load(Ordering::Relaxed) >= self.0.config.size_alarm_bytes
    }

    /// Whether room is short, by its own bound or by the disk's: whoever trims should not wait for the retention.
    pub fn is_short_of_room(&self) -> bool {
        self.size_alarm() || self.health() == Health::DiskFull
    }

    /// Whether it can store.
    pub fn health(&self) -> Health {
        self.0.health.borrow().clone()
    }

    /// The health as it changes. On [`Health::Failed`] the process must exit.
    pub fn health_changes(&self) -> watch::Receiver<Health> {
        self.0.health.clone()
    }

    /// How much of the queue is taken, in items, and its limit.
    pub fn queue(&self) -> (usize, usize) {
        let max = self.0.config.queue_items_max;
        (max.saturating_sub(self.0.room.available_permits()), max)
    }

    /// Takes no more items, stores what is queued, moves the log into the database and closes the file.
    pub async fn close(&self) {
        self.0.room.close();
        self.0.readers.close().await;
        // The writer is the last: only a connection that may write moves the log into the database as it closes.
        let tasks = std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            task.end().await;
        }
    }

    fn refusal(&self) -> JournalError {
        match self.health() {
            Health::Failed(reason) => JournalError::Failed { reason },
            Health::Ok | Health::DiskFull => JournalError::Closed,
        }
    }
}

/// Only the fold trims, one slice at a time.
const TRIMS_MAX: usize = 4;
