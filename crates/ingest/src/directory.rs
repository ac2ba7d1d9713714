//! Which terminals are known, in memory: the look-up on the way of a frame cannot fail and waits for nothing.
//!
//! Shape: a [`Listing`] from the store, amended by what changes; a copy in the data dir lets a restart go on while the
//! store is out, and spares it the reading of a million rows. It chooses profile and admission only: known or unknown in
//! law is decided by the fold at the input's own seq. Errors: [`IngestError::CopyFile`], [`IngestError::CopyFormat`]. Source: DESIGN.md §4.

mod copy;

use crate::IngestError;
use model::{Profile, TerminalId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use wire::Admission;

/// The terminals that are known. Clones share it.
#[derive(Debug, Clone)]
pub struct Directory {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    // Held for one look-up or one change, never across an await.
    listing: RwLock<Listing>,
    room: AtomicU64,
}

/// Everything the store says of terminals, at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The store's `directory_version`.
    pub version: i64,
    /// The terminals.
    pub terminals: HashMap<TerminalId, Listed>,
    /// How many more frames the quarantine takes.
    pub quarantine_room: u64,
}

/// What is known of one terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Listed {
    /// Somebody has let it out of quarantine.
    pub approved: bool,
    /// Somebody has said that it is not ours: its frames are dropped, and take nobody's room.
    pub muted: bool,
    /// Its habits.
    pub profile: Profile,
}

impl Default for Listing {
    /// What a new store says: nobody is known, and the quarantine is empty.
    fn default() -> Self {
        Self { version: 0, terminals: HashMap::new(), quarantine_room: QUARANTINE_FRAMES_MAX }
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self::new(Listing::default())
    }
}

impl Directory {
    /// A directory that says this.
    pub fn new(listing: Listing) -> Self {
        let room = AtomicU64::new(listing.quarantine_room);
        Self { inner: Arc::new(Inner { listing: RwLock::new(listing), room }) }
    }

    /// Puts another listing in force, at the next frame of every connection.
    pub fn replace(&self, listing: Listing) {
        self.inner.room.store(listing.quarantine_room, Ordering::Relaxed);
        let mut current = self.inner.listing.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, listing);
        drop(current);
        // A million entries take a while to free: not under the lock.
        drop(old);
    }

    /// Puts in force what has changed, at the next frame of every connection: the listing names only that.
    pub fn amend(&self, changes: Listing) {
        let mut current = self.inner.listing.write().unwrap_or_else(PoisonError::into_inner);
        current.version = current.version.max(changes.version);
        current.terminals.extend(changes.terminals);
        drop(current);
        self.inner.room.store(changes.quarantine_room, Ordering::Relaxed);
    }

    /// How to treat a terminal's frames.
    pub fn admission(&self, terminal: TerminalId) -> Admission {
        let listing = self.inner.listing.read().unwrap_or_else(PoisonError::into_inner);
        match listing.terminals.get(&terminal) {
            Some(listed) if listed.approved => Admission::Known(listed.profile),
            Some(_) | None => Admission::Unknown,
        }
    }

    /// The listing's version.
    pub fn version(&self) -> i64 {
        self.inner.listing.read().unwrap_or_else(PoisonError::into_inner).version
    }

    /// Takes the place of a terminal's frame in the quarantine; false if it is full. What is dropped needs no place.
    pub fn take_quarantine_room(&self, terminal: TerminalId) -> bool {
        let listing = self.inner.listing.read().unwrap_or_else(PoisonError::into_inner);
        if listing.terminals.get(&terminal).is_some_and(|listed| listed.muted) {
            return true;
        }
        drop(listing);
        self.inner.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(1)).is_ok()
    }

    /// Writes the copy: to a temporary file, synced, renamed. Blocks on the disk.
    pub fn save_copy(&self, path: &Path) -> Result<(), IngestError> {
        let mut listing = self.inner.listing.read().unwrap_or_else(PoisonError::into_inner).clone();
        listing.quarantine_room = self.inner.room.load(Ordering::Relaxed);
        copy::save(&listing, path)
    }

    /// Reads the copy; `None` if there is none yet. Blocks on the disk.
    pub fn load_copy(path: &Path) -> Result<Option<Self>, IngestError> {
        Ok(copy::load(path)?.map(Self::new))
    }
}

/// Frames that wait in quarantine at most: 20 of each of 5,000 devices, a day's deliveries of a large lender [B26].
pub const QUARANTINE_FRAMES_MAX: u64 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use model::ChecksumPolicy;

    fn terminal(text: &str) -> TerminalId {
        TerminalId::parse(text).unwrap()
    }

    fn listing() -> Listing {
        let strict = Profile { checksum: Some(ChecksumPolicy::Strict), ..Profile::default() };
        let terminals = HashMap::from([
            (terminal("111"), Listed { approved: true, profile: strict, ..Listed::default() }),
            (terminal("222"), Listed::default()),
        ]);
        Listing { version: 7, terminals, quarantine_room: 2 }
    }

    #[test]
    fn only_an_approved_terminal_is_known() {
        let directory = Directory::new(listing());
        assert!(
            matches!(directory.admission(terminal("111")), Admission::Known(p) if p.checksum == Some(ChecksumPolicy::Strict))
        );
        assert_eq!(directory.admission(terminal("222")), Admission::Unknown);
        assert_eq!(directory.admission(terminal("333")), Admission::Unknown);
    }

    #[test]
    fn an_approval_reaches_every_clone() {
        let directory = Directory::new(listing());
        let clone = directory.clone();
        let mut newer = listing();
        newer.version = 8;
        newer.terminals.insert(terminal("222"), Listed { approved: true, ..Listed::default() });
        directory.amend(newer);
        assert_eq!(
            (clone.version(), clone.admission(terminal("222"))),
            (8, Admission::Known(Profile::default()))
        );
    }

    #[test]
    fn a_change_leaves_the_others_as_they_were() {
        let directory = Directory::new(listing());
        let terminals = HashMap::from([(terminal("222"), Listed { approved: true, ..Listed::default() })]);
        directory.amend(Listing { version: 9, terminals, quarantine_room: 1 });
        assert!(matches!(directory.admission(terminal("222")), Admission::Known(_)));
        assert!(
            matches!(directory.admission(terminal("111")), Admission::Known(p) if p.checksum == Some(ChecksumPolicy::Strict))
        );
        assert_eq!(directory.version(), 9);
        assert!(
            directory.take_quarantine_room(terminal("333"))
                && !directory.take_quarantine_room(terminal("333"))
        );
    }

    #[test]
    fn the_quarantine_has_as_much_room_as_the_listing_says() {
        let directory = Directory::new(listing());
        let taken: Vec<bool> = (0..4).map(|_| directory.take_quarantine_room(terminal("333"))).collect();
        assert_eq!(taken, [true, true, false, false]);
    }

    #[test]
    fn what_is_dropped_takes_nobodys_room() {
        let mut listing = listing();
        listing.terminals.insert(terminal("444"), Listed { muted: true, ..Listed::default() });
        let directory = Directory::new(listing);
        assert_eq!(directory.admission(terminal("444")), Admission::Unknown);
        assert!((0..10).all(|_| directory.take_quarantine_room(terminal("444"))));
        assert!(directory.take_quarantine_room(terminal("333")));
    }

    #[test]
    fn a_restart_during_a_store_outage_goes_on_from_the_copy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("directory.copy");
        assert!(Directory::load_copy(&path).unwrap().is_none());
        let directory = Directory::new(listing());
        assert!(directory.take_quarantine_room(terminal("333")));
        directory.save_copy(&path).unwrap();
        directory.save_copy(&path).unwrap();
        let again = Directory::load_copy(&path).unwrap().unwrap();
        assert_eq!(again.version(), 7);
        assert_eq!(again.admission(terminal("111")), directory.admission(terminal("111")));
        assert!(again.take_quarantine_room(terminal("333")) && !again.take_quarantine_room(terminal("333")));
    }
}
