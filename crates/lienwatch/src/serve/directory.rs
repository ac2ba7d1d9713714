//! Keeps ingest's directory and its open orders like the store's: read at start, followed by what the fold tells; the
//! directory is copied to the data directory, so that a restart can go on while the store is down.

use crate::config::Config;
use ::watch::Progress;
use anyhow::Result;
use ingest::{Directory, Listed, Listing, OpenOrders, Order, OrderDesk, QUARANTINE_FRAMES_MAX, Stage};
use model::CommandState;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{CommandRow, Store, StoreError, TerminalStatus};
use tokio::sync::watch;

/// The directory a server starts with: the store's, else the copy, else an empty one, in which nobody is known but
/// everybody's frames are kept.
pub(crate) async fn at_start(config: &Config) -> Result<Directory> {
    match read_once(config).await {
        Ok(listing) => Ok(Directory::new(listing)),
        Err(StoreError::Down(reason)) => {
            let copy = Directory::load_copy(&copy_path(&config.data_dir))?;
            tracing::warn!(
                reason,
                copy = copy.is_some(),
                "the store is down, starting from the copy of the directory"
            );
            Ok(copy.unwrap_or_default())
        }
        Err(error) => Err(error.into()),
    }
}

async fn read_once(config: &Config) -> Result<Listing, StoreError> {
    let store = Store::connect(&config.store).await?;
    let listing = read(&store).await;
    store.close().await;
    listing
}

/// Follows the store's directory until told to stop.
pub(crate) async fn follow(
    (directory, desk): (Directory, OrderDesk),
    mut store: watch::Receiver<Option<Store>>,
    mut progress: watch::Receiver<Progress>,
    copy: PathBuf,
    mut stop: watch::Receiver<bool>,
) {
    let (mut copied, mut ordered) = (None, None);
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
            // Behind the commands, which are few: a granted one is not held up by a million terminals.
            let known = copied;
            if let Err(error) = refresh(&directory, &open, &copy, &mut copied).await {
                tracing::warn!(%error, "the directory could not be read; the old one stays in force");
            }
            // An order may have come before the approval that it rests on.
            if known != copied {
                desk.look_again();
            }
        }
        tokio::select! {
            // Both are watch channels: a lost wait loses no news. The sleep is the backstop.
            _ = progress.changed() => tokio::time::sleep(PAUSE).await,
            _ = store.changed() => {}
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn refresh(directory: &Directory, store: &Store, copy: &Path, copied: &mut Option<i64>) -> Result<()> {
    let (version, _) = store.directory_version().await?;
    if *copied == Some(version) {
        return Ok(());
    }
    directory.replace(read(store).await?);
    let (directory, copy) = (directory.clone(), copy.to_owned());
    // Writing a million entries to the disk is no work for a socket's thread.
    tokio::task::spawn_blocking(move || directory.save_copy(&copy)).await??;
    *copied = Some(version);
    Ok(())
}

async fn read(store: &Store) -> Result<Listing, StoreError> {
    let listing = store.directory().await?;
    let listed = |row: &store::Listed| {
        (row.terminal, Listed { approved: row.status == TerminalStatus::Approved, profile: row.profile })
    };
    Ok(Listing {
        version: listing.version,
        terminals: listing.terminals.iter().map(listed).collect(),
        quarantine_room: room(listing.quarantined),
    })
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
/// The backstop when no progress is told.
const EVERY: Duration = Duration::from_secs(2);
