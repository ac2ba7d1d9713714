//! Bytes of values that are seldom asked for: in a file, with only their places in memory.
//!
//! The file has no name and goes with its owner: it is no record of anything, what it holds stands in the store. A value is read
//! when somebody asks, within the call: some microseconds while the system has the page at hand, a disk's own time else.
//!
//! ```text
//! memory: hash of a key -> slot      file, at the slot: key, value
//! ```
//! A key takes more room than where its value lies, and so lies with it. Two keys of one hash are a matter of chance (one in thirty
//! million for a million keys): the second one is refused. Shape: a key and its bytes. Units: bytes, slots in grains of [`GRAIN`].
//! Errors: those of the file; the owner of a value that could not be written keeps it in memory.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::hash::{BuildHasher, Hash, RandomState};
use std::io::{Error, ErrorKind, Result};
use std::marker::PhantomData;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Values in a file.
#[derive(Debug)]
pub(crate) struct Filed<K> {
    file: File,
    hasher: RandomState,
    slots: HashMap<u64, Slot>,
    /// Slots that were given up, by their grains.
    free: BTreeMap<u32, Vec<u32>>,
    /// The first grain behind all slots.
    end: u32,
    keys: PhantomData<K>,
}

/// Where a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    grain: u32,
    bytes: u32,
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
            end: 0,
            keys: PhantomData,
        })
    }

    /// Writes a value, in place of the one that the key had.
    pub(crate) fn put(&mut self, key: &K, value: &[u8]) -> Result<()> {
        let hash = self.hasher.hash_one(key);
        if self.is_taken(hash, key)? {
            return Err(Error::new(ErrorKind::AlreadyExists, "another key has the same hash"));
        }
        let mut bytes = postcard::to_stdvec(key).map_err(Error::other)?;
        bytes.extend_from_slice(value);
        let slot = self.slot(u32::try_from(bytes.len()).map_err(|_| ErrorKind::FileTooLarge)?)?;
        if let Err(error) = self.file.write_all_at(&bytes, slot.offset()) {
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
        let slot = self.slots.get(&self.hasher.hash_one(key))?;
        let read = self.read(*slot).map(|(own, value)| (own == *key).then_some(value));
        read.transpose()
    }

    /// Forgets a key's value. One that cannot be read is nobody's any more.
    pub(crate) fn remove(&mut self, key: &K) {
        let hash = self.hasher.hash_one(key);
        if !matches!(self.is_taken(hash, key), Ok(true))
            && let Some(slot) = self.slots.remove(&hash)
        {
            self.give_up(slot);
        }
    }

    /// All keys, read from the file.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Result<K>> {
        self.slots.values().map(|slot| self.read(*slot).map(|(key, _)| key))
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Bytes of all values, with their keys.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.values().filter_map(|slot| usize::try_from(slot.bytes).ok()).sum()
    }

    /// Another key has this hash.
    fn is_taken(&self, hash: u64, key: &K) -> Result<bool> {
        self.slots.get(&hash).map_or(Ok(false), |slot| Ok(self.read(*slot)?.0 != *key))
    }

    fn read(&self, slot: Slot) -> Result<(K, Vec<u8>)> {
        let mut bytes = vec![0; usize::try_from(slot.bytes).map_err(|_| ErrorKind::FileTooLarge)?];
        self.file.read_exact_at(&mut bytes, slot.offset())?;
        let (key, value) = postcard::take_from_bytes(&bytes).map_err(Error::other)?;
        let key_bytes = bytes.len() - value.len();
        bytes.drain(..key_bytes);
        Ok((key, bytes))
    }

    /// One that was given up, or a new one at the end.
    fn slot(&mut self, bytes: u32) -> Result<Slot> {
        let grains = grains(bytes);
        if let Some(grain) = self.free.get_mut(&grains).and_then(Vec::pop) {
            return Ok(Slot { grain, bytes });
        }
        let grain = self.end;
        self.end = self.end.checked_add(grains).ok_or(ErrorKind::FileTooLarge)?;
        Ok(Slot { grain, bytes })
    }

    fn give_up(&mut self, slot: Slot) {
        self.free.entry(grains(slot.bytes)).or_default().push(slot.grain);
    }
}

impl Slot {
    fn offset(self) -> u64 {
        u64::from(self.grain) * u64::from(GRAIN)
    }
}

fn grains(bytes: u32) -> u32 {
    bytes.div_ceil(GRAIN).max(1)
}

/// A profile is pressed to some hundred bytes and changes a little from stay to stay: it mostly fits where it was. 4 G grains are
/// 128 GiB.
const GRAIN: u32 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn value(key: u32, round: u32) -> Vec<u8> {
        let len = usize::try_from((key * 37 + round * 11) % 400).unwrap();
        (0..len).map(|at| u8::try_from((at + usize::try_from(key + round).unwrap()) % 251).unwrap()).collect()
    }

    #[test]
    fn values_of_any_length_read_back_in_whatever_order_they_change_and_go() {
        let dir = tempfile::tempdir().unwrap();
        let mut filed = Filed::on(dir.path()).unwrap();
        for round in 0..5 {
            for key in (0..200).filter(|key| (key + round) % 3 != 0) {
                filed.put(&key, &value(key, round)).unwrap();
            }
            for key in (0..200).filter(|key| (key + round) % 7 == 0) {
                filed.remove(&key);
            }
        }
        let last = |key: u32| {
            let put = (0..5).rev().find(|round| !u32::is_multiple_of(key + round, 3));
            let removed = (0..5).rev().find(|round| u32::is_multiple_of(key + round, 7));
            put.filter(|round| removed.is_none_or(|removed| removed < *round)).map(|round| value(key, round))
        };
        for key in 0..200 {
            assert_eq!(filed.get(&key).map(|bytes| bytes.unwrap()), last(key), "{key}");
        }
        let mut keys: Vec<u32> = filed.keys().map(|key| key.unwrap()).collect();
        keys.sort_unstable();
        assert_eq!(keys, (0..200).filter(|key| last(*key).is_some()).collect::<Vec<_>>());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the file has no name");
    }

    #[test]
    fn what_was_given_up_is_used_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut filed = Filed::on(dir.path()).unwrap();
        for key in 0..100_u32 {
            filed.put(&key, &[1; 100]).unwrap();
        }
        let whole = filed.file.metadata().unwrap().len();
        for round in 0..50_u8 {
            for key in 0..100_u32 {
                filed.put(&key, &[round; 110]).unwrap();
            }
        }
        assert!(filed.file.metadata().unwrap().len() <= whole + 2 * u64::from(GRAIN) * 4);
        assert_eq!((filed.len(), filed.bytes()), (100, 11_100));
    }

    #[test]
    fn of_two_keys_with_one_hash_the_second_is_refused_and_harms_nothing() {
        /// Every key has the hash of every other one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        struct Alike(u32);

        impl Hash for Alike {
            fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
        }

        let dir = tempfile::tempdir().unwrap();
        let mut filed = Filed::on(dir.path()).unwrap();
        filed.put(&Alike(1), &[7]).unwrap();
        assert!(filed.put(&Alike(2), &[8]).is_err());
        assert!(filed.get(&Alike(2)).is_none());
        filed.remove(&Alike(2));
        filed.put(&Alike(1), &[9]).unwrap();
        assert_eq!(filed.get(&Alike(1)).unwrap().unwrap(), [9]);
    }

    #[test]
    fn a_file_that_cannot_be_written_keeps_what_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let mut filed = Filed::on(dir.path()).unwrap();
        filed.put(&1_u32, &[7; 10]).unwrap();
        let path = dir.path().join("read-only");
        let key = postcard::to_stdvec(&1_u32).unwrap();
        std::fs::write(&path, [key, vec![7; 10]].concat()).unwrap();
        filed.file = File::open(path).unwrap();
        assert!(filed.put(&1, &[8; 10]).is_err());
        assert_eq!(filed.get(&1).unwrap().unwrap(), [7; 10]);
    }
}
