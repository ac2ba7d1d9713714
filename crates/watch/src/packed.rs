//! A map of many values of which some are in use: those are open, the others are bytes, and the step at hand lies over both.
//!
//! ```text
//! over --merge--> young --a generation is full--> old --and the next one--> base (bytes) --entry--> over
//! ```
//! A million vehicles are remembered, some ten thousand talk at once. Bytes take a third of the room, pressed by what they
//! have in common ([`Press`]) a sixth, and where few ask for them they lie in a file ([`Filed`]); a value that was stepped lately is
//! not packed for nothing. Shape: as [`crate::layered::Layered`], with values that may have to be read and decoded when somebody
//! looks. Errors: bytes of another form are refused when they are restored; our own read back, and if they ever do not, the map is
//! damaged and says so.

mod footprint;

use crate::filed::Filed;
use crate::press::Press;
use foldhash::HashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::io::{Error, ErrorKind, Result as Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

pub use footprint::Footprint;

/// Committed values, packed or open, and over them the values of a step that is not committed yet. A committed value is in
/// one of the four maps.
#[derive(Debug)]
pub(crate) struct Packed<K, V> {
    base: HashMap<K, Box<[u8]>>,
    /// Nothing until there is enough in the base to learn from; from then on all of it is pressed.
    press: Option<Press>,
    /// On whose disk the bytes lie once they are pressed; `None` = they stay in the base.
    disk: Option<PathBuf>,
    /// What lies there.
    filed: Option<Filed<K>>,
    intake: Intake,
    old: HashMap<K, V>,
    young: HashMap<K, V>,
    over: BTreeMap<K, V>,
    damaged: AtomicBool,
}

/// Whether the file takes values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Intake {
    #[default]
    Open,
    /// It refused one: no other one of the same generation is tried, as each would be refused, and told of.
    Shut,
    /// It did, a generation ago, and nobody knows whether it still does.
    Doubtful,
}

impl<K, V> Default for Packed<K, V> {
    fn default() -> Self {
        let (old, young) = (HashMap::default(), HashMap::default());
        let (over, damaged) = (BTreeMap::new(), AtomicBool::new(false));
        let (disk, filed, intake) = (None, None, Intake::Open);
        Self { base: HashMap::default(), press: None, disk, filed, intake, old, young, over, damaged }
    }
}

impl<K, V> Packed<K, V> {
    /// One whose values at rest lie in a file on the disk of a directory.
    pub(crate) fn filing_on(disk: PathBuf) -> Self {
        Self { disk: Some(disk), ..Self::default() }
    }
}

impl<K, V> Packed<K, V>
where
    K: Ord + Hash + Eq + Copy + Serialize + DeserializeOwned,
    V: Clone + Default + Serialize + DeserializeOwned,
{
    /// Takes a committed value over as it was written.
    pub(crate) fn restore(&mut self, key: K, bytes: &[u8]) -> Result<(), postcard::Error> {
        let value = postcard::from_bytes::<V>(bytes)?;
        self.shelve(key, value, bytes);
        Ok(())
    }

    pub(crate) fn get(&self, key: &K) -> Option<Cow<'_, V>> {
        self.over.get(key).map(Cow::Borrowed).or_else(|| self.committed(key))
    }

    fn committed(&self, key: &K) -> Option<Cow<'_, V>> {
        let open = self.young.get(key).or_else(|| self.old.get(key)).map(Cow::Borrowed);
        open.or_else(|| self.at_rest(key).map(Cow::Owned))
    }

    fn at_rest(&self, key: &K) -> Option<V> {
        if let Some(bytes) = self.base.get(key) {
            return self.decoded(bytes);
        }
        let bytes = self.filed.as_ref()?.get(key)?;
        self.readable(bytes).and_then(|bytes| self.decoded(&bytes))
    }

    /// What came from the file; if nothing did, the map is damaged.
    fn readable<T>(&self, read: Read<T>) -> Option<T> {
        if let Err(error) = &read {
            let was_damaged = self.damaged.swap(true, Ordering::Relaxed);
            if !was_damaged {
                tracing::warn!(%error, "what is remembered of a vehicle cannot be read back from its file");
            }
        }
        read.ok()
    }

    /// What is packed, in no order: each read from the file once.
    fn resting(&self) -> impl Iterator<Item = (K, Cow<'_, [u8]>)> {
        let filed = self.filed.iter().flat_map(Filed::iter).filter_map(|read| self.readable(read));
        let filed = filed.map(|(key, bytes)| (key, Cow::Owned(bytes)));
        self.base.iter().map(|(key, bytes)| (*key, Cow::Borrowed(&**bytes))).chain(filed)
    }

    fn decoded(&self, bytes: &[u8]) -> Option<V> {
        let value = match &self.press {
            Some(press) => press.open(bytes),
            None => postcard::from_bytes(bytes).ok(),
        };
        if value.is_none() {
            self.damaged.store(true, Ordering::Relaxed);
        }
        value
    }

    /// A value at rest did not open, and was taken for none: nothing that rests on it may be committed.
    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        let open = [&self.young, &self.old].into_iter().any(|open| open.contains_key(key));
        open || self.over.contains_key(key) || self.base.contains_key(key) || self.is_filed(key)
    }

    fn is_filed(&self, key: &K) -> bool {
        let read = self.filed.as_ref().and_then(|filed| filed.get(key));
        read.and_then(|read| self.readable(read)).is_some()
    }

    pub(crate) fn set(&mut self, key: K, value: V) {
        self.over.insert(key, value);
    }

    /// The value to change, opened in the overlay if it is not there yet.
    pub(crate) fn entry(&mut self, key: K) -> &mut V {
        if !self.over.contains_key(&key) {
            let committed = self.committed(&key).map(Cow::into_owned);
            self.over.insert(key, committed.unwrap_or_default());
        }
        self.over.entry(key).or_default()
    }

    /// What the step has changed, in order.
    pub(crate) fn changed(&self) -> impl Iterator<Item = K> {
        self.over.keys().copied()
    }

    /// Every value, committed or not, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, Cow<'_, V>)> {
        let packed = self.resting().filter_map(|(key, bytes)| Some((key, Cow::Owned(self.decoded(&bytes)?))));
        let open = self.young.iter().chain(&self.old).map(|(key, value)| (*key, Cow::Borrowed(value)));
        let committed = packed.chain(open).filter(|(key, _)| !self.over.contains_key(key));
        committed.chain(self.over.iter().map(|(key, value)| (*key, Cow::Borrowed(value))))
    }

    /// Every key, committed or not, in order.
    pub(crate) fn keys(&self) -> Vec<K> {
        let open = self.young.keys().chain(self.old.keys());
        let open = open.chain(self.over.keys()).copied();
        let mut keys: Vec<K> = self.resting().map(|(key, _)| key).chain(open).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The step is committed.
    pub(crate) fn merge(&mut self) {
        for (key, value) in std::mem::take(&mut self.over) {
            if self.young.insert(key, value).is_some() {
                // It was there, and so nowhere else.
                continue;
            }
            self.base.remove(&key);
            let removed = self.filed.as_mut().map_or(Ok(()), |filed| filed.remove(&key));
            self.readable(removed);
            self.old.remove(&key);
        }
        if self.young.len() >= GENERATION {
            if self.intake == Intake::Shut {
                self.intake = Intake::Doubtful;
            }
            let left = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            for (key, value) in left {
                match postcard::to_stdvec(&value) {
                    Ok(bytes) => self.shelve(key, value, &bytes),
                    // Into memory, of values without sequences of unknown length: that cannot fail.
                    Err(_) => _ = self.old.insert(key, value),
                }
            }
        }
    }

    /// Lays a value to rest. What cannot be pressed stays open.
    fn shelve(&mut self, key: K, value: V, bytes: &[u8]) {
        let rests = match &self.press {
            Some(press) => press.press(bytes),
            None => Some(bytes.into()),
        };
        match rests {
            Some(bytes) if self.file(key, &bytes) => {}
            Some(bytes) => _ = self.base.insert(key, bytes),
            None => _ = self.old.insert(key, value),
        }
        if self.press.is_none() && self.base.len() == LEARNED_FROM {
            self.learn();
        }
    }

    /// Lays a value's bytes into the file, if there is one and it takes them.
    fn file(&mut self, key: K, bytes: &[u8]) -> bool {
        let Some(filed) = self.filed.as_mut().filter(|_| self.intake != Intake::Shut) else { return false };
        let put = filed.put(&key, bytes);
        self.took(put.as_ref().err());
        put.is_ok()
    }

    /// Remembers how the file took a value, and tells of it where that is news.
    fn took(&mut self, refused: Option<&Error>) {
        self.intake = match refused.map(|error| (error, error.kind())) {
            // About that one value.
            Some((_, ErrorKind::AlreadyExists | ErrorKind::InvalidInput)) => self.intake,
            Some((error, _)) => {
                if self.intake == Intake::Open {
                    tracing::warn!(%error, "what is remembered of vehicles stays in memory: its file takes no more");
                }
                Intake::Shut
            }
            None => {
                if self.intake == Intake::Doubtful {
                    tracing::info!("what is remembered of vehicles lies in its file again");
                }
                Intake::Open
            }
        };
    }

    /// Learns what the values at rest have in common, and presses them: into a file, where there is one for them.
    fn learn(&mut self) {
        self.press = Press::learn(self.base.values().map(|bytes| &**bytes));
        if self.press.is_some() {
            self.filed = self.disk.as_deref().and_then(|disk| match Filed::on(disk) {
                Ok(filed) => Some(filed),
                Err(error) => {
                    tracing::warn!(%error, disk = %disk.display(), "what is remembered of vehicles stays in memory: no file for it");
                    None
                }
            });
            for (key, bytes) in std::mem::take(&mut self.base) {
                if let Ok(value) = postcard::from_bytes::<V>(&bytes) {
                    self.shelve(key, value, &bytes);
                }
            }
        }
    }

    /// The step is not committed.
    pub(crate) fn discard(&mut self) {
        self.over.clear();
    }
}

#[cfg(test)]
impl<K: Hash + Eq, V> Packed<K, V> {
    /// The disk lost what was written of a key.
    pub(crate) fn lose(&self, key: &K) {
        self.filed.iter().for_each(|filed| filed.lose(key));
    }
}

/// Values in a generation: two of them are open, some 60 MB of states, and a fleet that talks at once is hardly larger. One is
/// packed in some 150 ms.
const GENERATION: usize = 32_768;
/// Values at rest from which on they are pressed: fewer take no room to speak of.
const LEARNED_FROM: usize = 4_096;

#[cfg(test)]
mod tests;
