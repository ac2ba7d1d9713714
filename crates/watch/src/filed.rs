//! Bytes of values that are seldom asked for: in a file, with only their places in memory.
//!
//! The file has no name and goes with its owner: it is no record of anything, what it holds stands in the store. A value is read
//! when somebody asks, within the call: some microseconds while the system has the page at hand, a disk's own time else.
//!
//! ```text
//! memory: hash of a key -> slot      file, at the slot: check, key, value
//! ```
//! A key takes more room than where its value lies, and so lies with it. Two keys of one hash are a matter of chance (one in thirty
//! million for a million keys): the second one is refused. A disk that lost a write gives zeros or what lay there before, whole and
//! well-formed: the check is over key and value, and over the hash and the round of the writing, which are known in memory only.
//!
//! What is given up is taken again by values of the same length; once more than half of the file is free, it is closed up. Behind a
//! writing it is never longer than twice what lives in it and [`FREE_GRAINS_MAX`] (8 MiB), and one value more.
//!
//! Shape: a key and its bytes. Units: bytes, slots in grains of [`GRAIN`]. Errors: those of the file, and what was not written so;
//! the owner of a value that could not be written keeps it in memory.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::hash::{BuildHasher, Hash, RandomState};
use std::io::{Error, ErrorKind, Result};
use std::marker::PhantomData;
use std::os::unix::fs::FileExt;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Values in a file.
#[derive(Debug)]
pub(crate) struct Filed<K> {
    file: File,
    hasher: RandomState,
    slots: HashMap<u64, Slot>,
    /// Slots that were given up, by their grains.
    free: BTreeMap<u32, Vec<u32>>,
    /// Grains of all slots that are taken.
    live: u32,
    /// The first grain behind all slots.
    end: u32,
    /// Of the last writing.
    round: u16,
    keys: PhantomData<K>,
}

/// Where a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    grain: u32,
    /// Of the whole record.
    bytes: u16,
    /// In which it was written: what lay here before is of another one.
    round: u16,
}

impl<K> Filed<K> {
    /// What one value takes in memory.
    pub(crate) const ENTRY_BYTES: usize = size_of::<(u64, Slot)>();
}

impl<K: Hash + Eq + Serialize + DeserializeOwned> Filed<K> {
    /// Opens a file without a name on the disk of a directory, readable for its owner only.
    pub(crate) fn on(dir: &Path) -> Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(dir)?,
            hasher: RandomState::new(),
            slots: HashMap::new(),
            free: BTreeMap::new(),
            live: 0,
            end: 0,
            round: 0,
            keys: PhantomData,
        })
    }

    /// Writes a value, in place of the one that the key had. Refused are one whose hash another key has
    /// ([`ErrorKind::AlreadyExists`]) and one of more than 64 KiB ([`ErrorKind::InvalidInput`]): the next one may be taken.
    pub(crate) fn put(&mut self, key: &K, value: &[u8]) -> Result<()> {
        let hash = self.hasher.hash_one(key);
        if self.is_taken(hash, key)? {
            return Err(Error::new(ErrorKind::AlreadyExists, "another key has the same hash"));
        }
        let key_bytes = postcard::to_stdvec(key).map_err(Error::other)?;
        let bytes = CHECK_BYTES + key_bytes.len() + value.len();
        let bytes = u16::try_from(bytes).map_err(|_| ErrorKind::InvalidInput)?;
        self.close_up()?;
        let slot = self.slot(bytes)?;
        let mut record = vec![0; CHECK_BYTES];
        record.extend_from_slice(&key_bytes);
        record.extend_from_slice(value);
        if let Some((check, rest)) = record.split_first_chunk_mut::<CHECK_BYTES>() {
            *check = slot.check(hash, rest);
        }
        if let Err(error) = self.file.write_all_at(&record, offset(slot.grain)) {
            self.give_up(slot);
            return Err(error);
        }
        if let Some(former) = self.slots.insert(hash, slot) {
            self.give_up(former);
        }
        Ok(())
    }

    /// A key's value; `None` where it has none.
    pub(crate) fn get(&self, key: &K) -> Option<Result<Vec<u8>>> {
        let hash = self.hasher.hash_one(key);
        let slot = self.slots.get(&hash)?;
        // Another key that was well written is this one's twin: this one was refused, and lies with the owner.
        let read = self.read(hash, *slot).map(|(own, value)| (own == *key).then_some(value));
        read.transpose()
    }

    /// Forgets a key's value. One that cannot be read may be another key's, and stays.
    pub(crate) fn remove(&mut self, key: &K) -> Result<()> {
        let hash = self.hasher.hash_one(key);
        if !self.is_taken(hash, key)?
            && let Some(slot) = self.slots.remove(&hash)
        {
            self.give_up(slot);
        }
        Ok(())
    }

    /// All keys and their values, read from the file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Result<(K, Vec<u8>)>> {
        self.slots.iter().map(|(hash, slot)| self.read(*hash, *slot))
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes of all values, with their keys.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.values().map(|slot| usize::from(slot.bytes)).sum()
    }

    /// Another key has this hash.
    fn is_taken(&self, hash: u64, key: &K) -> Result<bool> {
        self.slots.get(&hash).map_or(Ok(false), |slot| Ok(self.read(hash, *slot)?.0 != *key))
    }

    fn read(&self, hash: u64, slot: Slot) -> Result<(K, Vec<u8>)> {
        let mut record = vec![0; usize::from(slot.bytes)];
        self.file.read_exact_at(&mut record, offset(slot.grain))?;
        let (check, rest) = record.split_first_chunk::<CHECK_BYTES>().ok_or(ErrorKind::InvalidData)?;
        if *check != slot.check(hash, rest) {
            return Err(Error::new(ErrorKind::InvalidData, "not what was written there"));
        }
        let (key, value) = postcard::take_from_bytes(rest).map_err(Error::other)?;
        let before = record.len() - value.len();
        record.drain(..before);
        Ok((key, record))
    }

    /// One that was given up, or a new one at the end.
    fn slot(&mut self, bytes: u16) -> Result<Slot> {
        let grains = grains(bytes);
        let given_up = self.free.get_mut(&grains).and_then(Vec::pop);
        let grain = given_up.unwrap_or(self.end);
        if given_up.is_none() {
            self.end = self.end.checked_add(grains).ok_or(ErrorKind::StorageFull)?;
        }
        self.live += grains;
        self.round = self.round.wrapping_add(1);
        Ok(Slot { grain, bytes, round: self.round })
    }

    fn give_up(&mut self, slot: Slot) {
        let grains = grains(slot.bytes);
        self.live -= grains;
        self.free.entry(grains).or_default().push(slot.grain);
    }

    /// Moves all records to the beginning, where too much between them is free. That is rare, as values must have changed their
    /// lengths that fill half of the file: some seconds for a million. A record is taken as it is: whether it is what was written is
    /// checked when somebody asks.
    fn close_up(&mut self) -> Result<()> {
        if self.end - self.live <= self.live.saturating_add(FREE_GRAINS_MAX) {
            return Ok(());
        }
        let mut slots: Vec<&mut Slot> = self.slots.values_mut().collect();
        slots.sort_unstable_by_key(|slot| slot.grain);
        // Not true any more behind the first move, even if the second one fails.
        self.free.clear();
        let mut end = 0;
        for slot in slots {
            if slot.grain > end {
                let mut record = vec![0; usize::from(slot.bytes)];
                self.file.read_exact_at(&mut record, offset(slot.grain))?;
                self.file.write_all_at(&record, offset(end))?;
                slot.grain = end;
            }
            end += grains(slot.bytes);
        }
        self.end = end;
        self.file.set_len(offset(end))
    }
}

#[cfg(test)]
impl<K: Hash> Filed<K> {
    /// Goes on with another file; gives the one so far.
    pub(crate) fn change_file(&mut self, file: File) -> File {
        std::mem::replace(&mut self.file, file)
    }

    /// The disk lost what was written of a key.
    pub(crate) fn lose(&self, key: &K) {
        if let Some(slot) = self.slots.get(&self.hasher.hash_one(key)) {
            let lost = self.file.write_all_at(&vec![0; usize::from(slot.bytes)], offset(slot.grain));
            assert!(lost.is_ok());
        }
    }
}

impl Slot {
    /// Of the rest of a record, under its key's hash.
    fn check(self, hash: u64, rest: &[u8]) -> [u8; CHECK_BYTES] {
        let [a, b, c, d, ..] = xxh3_64_with_seed(rest, hash ^ u64::from(self.round)).to_le_bytes();
        [a, b, c, d]
    }
}

fn offset(grain: u32) -> u64 {
    u64::from(grain) * u64::from(GRAIN)
}

fn grains(bytes: u16) -> u32 {
    u32::from(bytes.div_ceil(GRAIN)).max(1)
}

/// A profile is pressed to some hundred bytes and changes a little from stay to stay: it mostly fits where it was. 4 G grains are
/// 128 GiB.
const GRAIN: u16 = 32;
/// Free grains beyond as many as live: 8 MiB are not worth the trouble.
const FREE_GRAINS_MAX: u32 = 8 * 1_024 * 1_024 / 32;
const CHECK_BYTES: usize = 4;

#[cfg(test)]
mod tests;
