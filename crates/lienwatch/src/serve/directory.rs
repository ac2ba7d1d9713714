//! Keeps ingest's directory and its open orders like the store's: read at start, followed by what the fold tells; the
//! directory is copied to the data directory, so that a restart can go on while the store is down.

use crate::config::Config;
use ::watch::Progress;
use anyhow::Result;
use ingest::{Directory, Listed, Listing, OpenOrders, Order, OrderDesk, QUARANTINE_FRAMES_MAX, Stage};
use model::CommandState;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use store::{CommandRow, Store, StoreError, TerminalStatus};
use tokio::sync::watch;

/// The directory a server starts with: the copy, and what has changed in the store since; without a copy all that the
/// store says. While the store is down, the copy; without either an empty one, in which nobody is known but everybody's
/// frames are kept.
pub(crate) async fn at_start(config: &Config) -> Result<Directory> {
    let path = copy_path(&config.data_dir);
    let copy = tokio::task::spawn_blocking(move || Directory::load_copy(&path)).await?;
    // A damaged copy is no loss while the store answers: it is written anew.
    let usable = copy.as_ref().ok().cloned().flatten();
    match brought_up(config, usable).await {
        Ok(directory) => Ok(directory),
        Err(StoreError::Down(reason)) => {
            let copy = copy?;
            let copied = copy.is_some();
            tracing::warn!(reason, copied, "the store is down, starting from the copy of the directory");
            Ok(copy.unwrap_or_default())
        }
        Err(error) => Err(error.into()),
    }
}

async fn brought_up(config: &Config, copy: Option<Directory>) -> Result<Directory, StoreError> {
    let store = Store::connect(&config.store).await?;
    let (version, _) = store.directory_version().await?;
    // A copy that is ahead is not of this store as it stands now: an older one was put back.
    let copy = copy.filter(|copy| copy.version() <= version);
    let changes = read(&store, copy.as_ref().map(Directory::version)).await;
    store.close().await;
    let directory = copy.unwrap_or_default();
    directory.amend(changes?);
    Ok(directory)
}

/// Follows the store's directory until told to stop.
pub(crate) async fn follow(
    (directory, desk): (Directory, OrderDesk),
    mut store: watch::Receiver<Option<Store>>,
    mut progress: watch::Receiver<Progress>,
    copy: PathBuf,
    mut stop: watch::Receiver<bool>,
) {
    let (mut copies, mut ordered) = (Copies::of(copy), None);
    loop {
        let open = store.borrow_and_update().clone();
        let commands_at = progress.borrow_and_update().commands_at;
        if let Some(open) = open {
            if ordered != Some(commands_at) {
                match open_orders(&open).await {
                    Ok(orders) => {
                        desk.replace(orders);
                        ordered = Some(commands_at);
                    }
                    Err(error) => tracing::warn!(%error, "open commands could not be read; they wait"),
                }
            }
            // Behind the commands, which are few.
            match amend(&directory, &open).await {
                // An order may have come before the approval that it rests on.
                Ok(true) => desk.look_again(),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "the directory could not be read; the old one stays in force");
                }
            }
            copies.keep_up(&directory).await;
        }
        tokio::select! {
            // Both are watch channels: a lost wait loses no news. The sleep is the backstop.
            _ = progress.changed() => tokio::time::sleep(PAUSE).await,
            _ = store.changed() => {}
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => return copies.save(&directory).await,
        }
    }
}

/// Takes over what has changed in the store; says whether anything had.
async fn amend(directory: &Directory, store: &Store) -> Result<bool, StoreError> {
    let (version, _) = store.directory_version().await?;
    let known = directory.version();
    if version == known {
        return Ok(false);
    }
    if version > known {
        directory.amend(read(store, Some(known)).await?);
    } else {
        // An older store was put back: what was known beyond it is not so.
        directory.replace(read(store, None).await?);
    }
    Ok(true)
}

/// The copy in the data directory.
struct Copies {
    path: PathBuf,
    /// The version that is copied.
    copied: Option<i64>,
    /// Not before.
    next: Instant,
}

impl Copies {
    fn of(path: PathBuf) -> Self {
        Self { path, copied: None, next: Instant::now() }
    }

    /// Copies what is new, unless the last copy took so long that it is too soon.
    async fn keep_up(&mut self, directory: &Directory) {
        if self.copied != Some(directory.version()) && Instant::now() >= self.next {
            self.save(directory).await;
        }
    }

    /// A copy that fails is no reason to stop: the store has it all.
    async fn save(&mut self, directory: &Directory) {
        let (version, began) = (directory.version(), Instant::now());
        if self.copied == Some(version) {
            return;
        }
        let (directory, path) = (directory.clone(), self.path.clone());
        // Writing a million entries to the disk is no work for a socket's thread.
        let saved = tokio::task::spawn_blocking(move || directory.save_copy(&path)).await;
        match saved {
            Ok(Ok(())) => self.copied = Some(version),
            Ok(Err(error)) => tracing::warn!(%error, "the directory could not be copied"),
            Err(error) => tracing::warn!(%error, "the directory could not be copied"),
        }
        self.next = Instant::now() + began.elapsed() * COPY_PAUSES;
    }
}

async fn read(store: &Store, behind: Option<i64>) -> Result<Listing, StoreError> {
    let listing = store.directory(behind).await?;
    Ok(Listing {
        version: listing.version,
        terminals: listing.terminals.iter().map(|row| (row.terminal, listed(*row))).collect(),
        quarantine_room: room(listing.quarantined),
    })
}

/// A terminal in the words of ingest.
fn listed(row: store::Listed) -> Listed {
    let (approved, muted) = match row.status {
        TerminalStatus::Approved => (true, false),
        TerminalStatus::Rejected => (false, true),
        TerminalStatus::Quarantined => (false, false),
    };
    Listed { approved, muted, profile: row.profile }
}

async fn open_orders(store: &Store) -> Result<OpenOrders, StoreError> {
    let mut orders = OpenOrders::new();
    for row in store.open_commands().await? {
        orders.entry(row.terminal).or_default().extend(order(row));
    }
    Ok(orders)
}

fn order(row: CommandRow) -> Option<Order> {
    let stage = match row.state {
        CommandState::Pending => Stage::Pending,
        CommandState::Sending { session, .. } => Stage::Sending(session),
        CommandState::Sent { .. } => Stage::Sent,
        _ => return None,
    };
    Some(Order { id: row.command, seq: row.seq, command: row.order, stage })
}

fn room(quarantined: i64) -> u64 {
    QUARANTINE_FRAMES_MAX.saturating_sub(u64::try_from(quarantined).unwrap_or(0))
}

/// Where the copy is kept.
pub(crate) fn copy_path(data_dir: &Path) -> PathBuf {
    data_dir.join("directory.copy")
}

/// Progress changes with every step of the fold; the version is asked for at most this often.
const PAUSE: Duration = Duration::from_millis(200);
/// Between two copies passes so many times what the last one took: a twentieth of the time at the most goes into them.
const COPY_PAUSES: u32 = 20;
/// The backstop when no progress is told.
const EVERY: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Profile, Seq, TerminalId, Timestamp};
    use store::{Batch, Cursor, Mark, TerminalRow};
    use wire::Admission;

    struct Site {
        _folder: tempfile::TempDir,
        config: Config,
        store: Store,
        cursor: Cursor,
    }

    impl Site {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
            config.store.url = format!("sqlite:{}", folder.path().join("store.db").display());
            let store = Store::connect(&config.store).await.unwrap();
            let (cursor, _) = store.claim("journal").await.unwrap();
            Self { _folder: folder, config, store, cursor }
        }

        /// Approves a terminal as the fold would, as this version of the directory.
        async fn approve(&mut self, text: &str, version: i64) {
            let row = TerminalRow {
                terminal: terminal(text),
                protocol: "gt06".into(),
                status: TerminalStatus::Approved,
                first_seen: Timestamp::from_ms(0),
                first_seq: Seq(1),
                approved_at: None,
                first_fix_at: None,
                profile: Profile::default(),
            };
            let mark = Mark { directory_version: version, ..Mark::default() };
            let to = Seq(self.cursor.applied.0 + 1);
            let batch = Batch { terminals: vec![row], ..Batch::default() };
            self.store.commit(&self.cursor, to, &mark, batch).await.unwrap();
            self.cursor.applied = to;
        }
    }

    fn terminal(text: &str) -> TerminalId {
        TerminalId::parse(text).unwrap()
    }

    fn knows(directory: &Directory, text: &str) -> bool {
        matches!(directory.admission(terminal(text)), Admission::Known(_))
    }

    #[tokio::test]
    async fn a_start_takes_the_copy_and_what_has_changed_since() {
        let mut site = Site::new().await;
        site.approve("111", 1).await;
        let directory = at_start(&site.config).await.unwrap();
        // What only the copy says shows that it was read, and not the whole store again.
        let extra = [(terminal("999"), Listed { approved: true, ..Listed::default() })];
        directory.amend(Listing { terminals: extra.into(), ..Listing::default() });
        let mut copies = Copies::of(copy_path(&site.config.data_dir));
        copies.keep_up(&directory).await;
        site.approve("222", 2).await;

        let again = at_start(&site.config).await.unwrap();
        assert_eq!(again.version(), 2);
        assert!(knows(&again, "111") && knows(&again, "222") && knows(&again, "999"));
        assert!(amend(&directory, &site.store).await.unwrap() && knows(&directory, "222"));
        assert!(!amend(&directory, &site.store).await.unwrap());
        directory.amend(Listing { version: 9, ..Listing::default() });
        assert!(amend(&directory, &site.store).await.unwrap());
        assert_eq!(
            (directory.version(), knows(&directory, "999"), knows(&directory, "222")),
            (2, false, true)
        );
    }

    #[tokio::test]
    async fn a_copy_that_is_ahead_of_the_store_or_damaged_is_not_believed() {
        let mut site = Site::new().await;
        site.approve("111", 1).await;
        let path = copy_path(&site.config.data_dir);
        let extra = [(terminal("999"), Listed { approved: true, ..Listed::default() })];
        let ahead = Listing { version: 7, terminals: extra.into(), ..Listing::default() };
        Directory::new(ahead).save_copy(&path).unwrap();
        let directory = at_start(&site.config).await.unwrap();
        assert_eq!(
            (directory.version(), knows(&directory, "999"), knows(&directory, "111")),
            (1, false, true)
        );
        std::fs::write(&path, b"no copy").unwrap();
        assert!(knows(&at_start(&site.config).await.unwrap(), "111"));
    }
}
