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

use crate::filed::Filed;
use crate::press::Press;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Room that values take in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// How many there are.
    pub count: usize,
    /// Bytes of all in memory, with their keys, once they are packed; what the allocator and an unfilled table add is not in it.
    pub bytes: usize,
    /// Bytes that lie in a file then.
    pub filed: usize,
}

impl Footprint {
    /// Bytes of one in memory, on average.
    pub fn each(&self) -> usize {
        self.bytes / self.count.max(1)
    }

    /// And in the file.
    pub fn each_filed(&self) -> usize {
        self.filed / self.count.max(1)
    }
}

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
    old: HashMap<K, V>,
    young: HashMap<K, V>,
    over: BTreeMap<K, V>,
    damaged: AtomicBool,
}

impl<K, V> Default for Packed<K, V> {
    fn default() -> Self {
        let (old, young) = (HashMap::new(), HashMap::new());
        let (over, damaged) = (BTreeMap::new(), AtomicBool::new(false));
        Self { base: HashMap::new(), press: None, disk: None, filed: None, old, young, over, damaged }
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
    fn readable<T>(&self, read: std::io::Result<T>) -> Option<T> {
        if let Err(error) = &read {
            tracing::warn!(%error, "what is remembered of a vehicle cannot be read back from its file");
            self.damaged.store(true, Ordering::Relaxed);
        }
        read.ok()
    }

    /// Keys of what is packed, in no order.
    fn keys_at_rest(&self) -> impl Iterator<Item = K> {
        let filed = self.filed.iter().flat_map(Filed::keys).filter_map(|key| self.readable(key));
        self.base.keys().copied().chain(filed)
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
        self.filed.as_ref().is_some_and(|filed| filed.get(key).is_some())
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
        let packed = self.keys_at_rest().filter_map(|key| Some((key, Cow::Owned(self.at_rest(&key)?))));
        let open = self.young.iter().chain(&self.old).map(|(key, value)| (*key, Cow::Borrowed(value)));
        let committed = packed.chain(open).filter(|(key, _)| !self.over.contains_key(key));
        committed.chain(self.over.iter().map(|(key, value)| (*key, Cow::Borrowed(value))))
    }

    /// What the committed values take once they are at rest.
    pub(crate) fn footprint(&self) -> Footprint {
        let open = self.young.values().chain(self.old.values());
        let opened: Vec<Vec<u8>> = open.filter_map(|value| postcard::to_stdvec(value).ok()).collect();
        // What is at rest already is pressed as the rest will be; a small fleet never comes to that.
        let learned = self.press.is_none().then(|| Press::learn(opened.iter().map(Vec::as_slice))).flatten();
        let press = self.press.as_ref().or(learned.as_ref());
        let pressed =
            |bytes: &Vec<u8>| press.and_then(|press| press.press(bytes)).map_or(bytes.len(), |of| of.len());
        let packed: usize = self.base.values().map(|bytes| bytes.len()).sum();
        let (filed, in_file) = self.filed.as_ref().map_or((0, 0), |filed| (filed.len(), filed.bytes()));
        let count = self.base.len() + self.old.len() + self.young.len() + filed;
        let values = opened.iter().map(pressed).sum::<usize>() + packed + in_file;
        match self.disk {
            Some(_) => Footprint { count, bytes: count * Filed::<K>::ENTRY_BYTES, filed: values },
            None => Footprint { count, bytes: values + count * size_of::<(K, Box<[u8]>)>(), filed: 0 },
        }
    }

    /// Every key, committed or not, in order.
    pub(crate) fn keys(&self) -> Vec<K> {
        let open = self.young.keys().chain(self.old.keys());
        let open = open.chain(self.over.keys()).copied();
        let mut keys: Vec<K> = self.keys_at_rest().chain(open).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The step is committed.
    pub(crate) fn merge(&mut self) {
        for (key, value) in std::mem::take(&mut self.over) {
            self.base.remove(&key);
            if let Some(filed) = &mut self.filed {
                filed.remove(&key);
            }
            self.old.remove(&key);
            self.young.insert(key, value);
        }
        if self.young.len() >= GENERATION {
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
        let Some(filed) = &mut self.filed else { return false };
        let put = filed.put(&key, bytes);
        if let Err(error) = &put {
            tracing::warn!(%error, "what is remembered of a vehicle stays in memory: its file takes no more");
        }
        put.is_ok()
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

/// Values in a generation: two of them are open, some 60 MB of states, and a fleet that talks at once is hardly larger. One is
/// packed in some 150 ms.
const GENERATION: usize = 32_768;
/// Values at rest from which on they are pressed: fewer take no room to speak of.
const LEARNED_FROM: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Packed<u8, Vec<u32>> {
        let mut map = Packed::default();
        map.set(1, vec![300]);
        map.merge();
        map.entry(1).push(5);
        map.set(2, vec![7]);
        map
    }

    fn all(map: &Packed<u8, Vec<u32>>) -> Vec<(u8, Vec<u32>)> {
        let mut all: Vec<_> = map.iter().map(|(key, value)| (key, value.into_owned())).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_discarded_step_leaves_nothing() {
        let mut map = two();
        assert_eq!(all(&map), [(1, vec![300, 5]), (2, vec![7])]);
        map.discard();
        assert_eq!((all(&map), map.contains(&2)), (vec![(1, vec![300])], false));
    }

    #[test]
    fn a_merged_step_stays() {
        let mut map = two();
        map.merge();
        map.discard();
        assert_eq!((all(&map), map.changed().count()), (vec![(1, vec![300, 5]), (2, vec![7])], 0));
    }

    #[test]
    fn a_footprint_counts_keys_and_bytes_of_what_is_committed() {
        let map = two();
        let entry = size_of::<(u8, Box<[u8]>)>();
        assert_eq!(
            map.footprint(),
            Footprint { count: 1, bytes: entry + 3, filed: 0 },
            "a length, and 300 in two bytes"
        );
    }

    #[test]
    fn what_is_not_stepped_for_two_generations_is_packed_and_reads_back() {
        let mut map: Packed<usize, Vec<u32>> = Packed::default();
        for round in 0..3 {
            for key in 0..GENERATION {
                map.set(round * GENERATION + key, vec![7; 3]);
            }
            map.merge();
        }
        assert_eq!((map.base.len(), map.old.len(), map.young.len()), (2 * GENERATION, GENERATION, 0));
        map.entry(5).push(8);
        assert_eq!(map.get(&5).unwrap().as_slice(), [7, 7, 7, 8]);
        map.merge();
        assert_eq!((map.base.len(), map.young.len()), (2 * GENERATION - 1, 1), "in one place only");
        assert_eq!((map.iter().count(), map.keys().len()), (3 * GENERATION, 3 * GENERATION));
    }

    #[test]
    fn what_is_restored_is_pressed_and_reads_back() {
        let mut map: Packed<usize, Vec<u32>> = Packed::default();
        let value =
            |key: usize| [vec![u32::try_from(key).unwrap()], (7_000_000..7_000_060).collect()].concat();
        for key in 0..LEARNED_FROM + 100 {
            map.restore(key, &postcard::to_stdvec(&value(key)).unwrap()).unwrap();
        }
        let whole = postcard::to_stdvec(&value(5_000)).unwrap().len();
        assert!(
            map.footprint().each() < size_of::<(usize, Box<[u8]>)>() + whole / 2,
            "{:?}",
            map.footprint()
        );
        assert!((0..LEARNED_FROM + 100).all(|key| *map.get(&key).unwrap() == value(key)), "early and late");
    }

    #[test]
    fn what_lies_in_a_file_reads_back_changes_and_takes_no_room_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let mut map: Packed<usize, Vec<u32>> = Packed::filing_on(dir.path().to_owned());
        let value =
            |key: usize| [vec![u32::try_from(key).unwrap()], (7_000_000..7_000_060).collect()].concat();
        let many = LEARNED_FROM + 100;
        for key in 0..many {
            map.restore(key, &postcard::to_stdvec(&value(key)).unwrap()).unwrap();
        }
        assert_eq!((map.base.len(), map.filed.as_ref().unwrap().len()), (0, many));
        let footprint = map.footprint();
        assert_eq!((footprint.count, footprint.each()), (many, 16));
        assert!(footprint.each_filed() > 4, "{footprint:?}");
        assert!((0..many).all(|key| *map.get(&key).unwrap() == value(key)), "early and late");
        map.entry(7).push(1);
        map.discard();
        assert_eq!(*map.get(&7).unwrap(), value(7));
        map.entry(7).push(1);
        map.merge();
        assert_eq!(map.get(&7).unwrap().len(), value(7).len() + 1);
        assert!(!map.is_filed(&7) && map.contains(&7) && map.contains(&8), "in one place only");
        assert_eq!((map.iter().count(), map.keys().len()), (many, many));
        assert!(!map.is_damaged());
    }

    #[test]
    fn without_a_disk_to_lie_on_values_stay_in_memory() {
        let mut map: Packed<usize, Vec<u32>> = Packed::filing_on("/nowhere/at/all".into());
        let value = postcard::to_stdvec(&(0..40_u32).collect::<Vec<_>>()).unwrap();
        for key in 0..=LEARNED_FROM {
            map.restore(key, &value).unwrap();
        }
        assert_eq!((map.base.len(), map.filed.is_none()), (LEARNED_FROM + 1, true));
        assert_eq!(map.get(&5).unwrap().len(), 40);
    }

    #[test]
    fn a_value_at_rest_that_does_not_open_is_noticed() {
        let mut map: Packed<u8, Vec<u32>> = Packed::default();
        map.restore(1, &[1, 9]).unwrap();
        map.base.insert(1, [2, 1].into());
        assert!(!map.is_damaged());
        map.entry(1).push(7);
        assert!(map.is_damaged());
    }

    #[test]
    fn bytes_of_another_form_are_refused() {
        let mut map: Packed<u8, Vec<u32>> = Packed::default();
        assert!(map.restore(1, &[2, 1]).is_err(), "two values announced, one there");
        assert!(!map.contains(&1));
        map.restore(1, &[1, 9]).unwrap();
        assert_eq!(map.get(&1).unwrap().as_slice(), [9]);
    }
}
