//! A map of many values of which some are in use: those are open, the others are bytes, and the step at hand lies over both.
//!
//! ```text
//! over --merge--> young --a generation is full--> old --and the next one--> base (bytes) --entry--> over
//! ```
//! A million vehicles are remembered, some ten thousand talk at once. Bytes take a third of the room, and are what a
//! checkpoint writes; a value that was stepped lately is not packed for nothing. Shape: as [`crate::layered::Layered`], with
//! values that may have to be decoded when somebody looks. Errors: bytes of another form are refused when they are
//! restored; our own read back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Room that values take in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// How many there are.
    pub count: usize,
    /// Bytes of all, with their keys, once they are packed; what the allocator and an unfilled table add is not in it.
    pub bytes: usize,
}

impl Footprint {
    /// Bytes of one, on average.
    pub fn each(&self) -> usize {
        self.bytes / self.count.max(1)
    }
}

/// Committed values, packed or open, and over them the values of a step that is not committed yet. A committed value is in
/// one of the three maps.
#[derive(Debug)]
pub(crate) struct Packed<K, V> {
    base: HashMap<K, Box<[u8]>>,
    old: HashMap<K, V>,
    young: HashMap<K, V>,
    over: BTreeMap<K, V>,
}

impl<K, V> Default for Packed<K, V> {
    fn default() -> Self {
        let (old, young) = (HashMap::new(), HashMap::new());
        Self { base: HashMap::new(), old, young, over: BTreeMap::new() }
    }
}

impl<K, V> Packed<K, V>
where
    K: Ord + Hash + Eq + Copy,
    V: Clone + Default + Serialize + DeserializeOwned,
{
    /// Takes a committed value over as it was written.
    pub(crate) fn restore(&mut self, key: K, bytes: Vec<u8>) -> Result<(), postcard::Error> {
        postcard::from_bytes::<V>(&bytes)?;
        self.base.insert(key, bytes.into_boxed_slice());
        Ok(())
    }

    pub(crate) fn get(&self, key: &K) -> Option<Cow<'_, V>> {
        self.over.get(key).map(Cow::Borrowed).or_else(|| self.committed(key))
    }

    fn committed(&self, key: &K) -> Option<Cow<'_, V>> {
        let open = self.young.get(key).or_else(|| self.old.get(key)).map(Cow::Borrowed);
        open.or_else(|| self.base.get(key).and_then(|bytes| decoded(bytes)))
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        let open = [&self.young, &self.old].into_iter().any(|open| open.contains_key(key));
        open || self.over.contains_key(key) || self.base.contains_key(key)
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
        let packed = self.base.iter().filter_map(|(key, bytes)| Some((*key, decoded(bytes)?)));
        let open = self.young.iter().chain(&self.old).map(|(key, value)| (*key, Cow::Borrowed(value)));
        let committed = packed.chain(open).filter(|(key, _)| !self.over.contains_key(key));
        committed.chain(self.over.iter().map(|(key, value)| (*key, Cow::Borrowed(value))))
    }

    /// What the committed values take: how many they are, and their bytes with their keys.
    pub(crate) fn footprint(&self) -> Footprint {
        let open = self.young.values().chain(self.old.values());
        let opened: usize = open.filter_map(|value| Some(postcard::to_stdvec(value).ok()?.len())).sum();
        let packed: usize = self.base.values().map(|bytes| bytes.len()).sum();
        let count = self.base.len() + self.old.len() + self.young.len();
        Footprint { count, bytes: opened + packed + count * size_of::<(K, Box<[u8]>)>() }
    }

    /// Every key, committed or not, in order.
    pub(crate) fn keys(&self) -> Vec<K> {
        let open = self.young.keys().chain(self.old.keys());
        let mut keys: Vec<K> = self.base.keys().chain(open).chain(self.over.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The step is committed.
    pub(crate) fn merge(&mut self) {
        for (key, value) in std::mem::take(&mut self.over) {
            self.base.remove(&key);
            self.old.remove(&key);
            self.young.insert(key, value);
        }
        if self.young.len() >= GENERATION {
            let left = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            for (key, value) in left {
                // Into memory, of values without sequences of unknown length: that cannot fail.
                if let Ok(bytes) = postcard::to_stdvec(&value) {
                    self.base.insert(key, bytes.into_boxed_slice());
                }
            }
        }
    }

    /// The step is not committed.
    pub(crate) fn discard(&mut self) {
        self.over.clear();
    }
}

fn decoded<V: Clone + DeserializeOwned>(bytes: &[u8]) -> Option<Cow<'_, V>> {
    postcard::from_bytes(bytes).ok().map(Cow::Owned)
}

/// Values in a generation: two of them are open, some 60 MB of states, and a fleet that talks at once is hardly larger. One is
/// packed in some 20 ms.
const GENERATION: usize = 32_768;

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
            Footprint { count: 1, bytes: entry + 3 },
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
    fn bytes_of_another_form_are_refused() {
        let mut map: Packed<u8, Vec<u32>> = Packed::default();
        assert!(map.restore(1, vec![2, 1]).is_err(), "two values announced, one there");
        assert!(!map.contains(&1));
        map.restore(1, vec![1, 9]).unwrap();
        assert_eq!(map.get(&1).unwrap().as_slice(), [9]);
    }
}
