//! A map of many values that are rarely looked at: committed ones are bytes, and those of the step at hand lie open over them.
//!
//! A million vehicles are remembered, some thousand are stepped at once. Bytes take a third of the room, and are what a
//! checkpoint writes. Shape: as [`crate::layered::Layered`], with values that are decoded when somebody looks. Errors:
//! bytes of another form are refused when they are restored; our own read back.

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
    /// Bytes of all, with their keys; what the allocator and an unfilled table add is not in it.
    pub bytes: usize,
}

impl Footprint {
    /// Bytes of one, on average.
    pub fn each(&self) -> usize {
        self.bytes / self.count.max(1)
    }
}

/// Committed values, packed, and over them the values of a step that is not committed yet.
#[derive(Debug)]
pub(crate) struct Packed<K, V> {
    base: HashMap<K, Box<[u8]>>,
    over: BTreeMap<K, V>,
}

impl<K, V> Default for Packed<K, V> {
    fn default() -> Self {
        Self { base: HashMap::new(), over: BTreeMap::new() }
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
        self.over.get(key).map(Cow::Borrowed).or_else(|| self.base.get(key).and_then(|bytes| open(bytes)))
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.over.contains_key(key) || self.base.contains_key(key)
    }

    pub(crate) fn set(&mut self, key: K, value: V) {
        self.over.insert(key, value);
    }

    /// The value to change, opened in the overlay if it is not there yet.
    pub(crate) fn entry(&mut self, key: K) -> &mut V {
        let base = &self.base;
        let committed = || base.get(&key).and_then(|bytes| open::<V>(bytes)).map(Cow::into_owned);
        self.over.entry(key).or_insert_with(|| committed().unwrap_or_default())
    }

    /// What the step has changed, in order.
    pub(crate) fn changed(&self) -> impl Iterator<Item = K> {
        self.over.keys().copied()
    }

    /// Every value, committed or not, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, Cow<'_, V>)> {
        let committed = self.base.iter().filter(|(key, _)| !self.over.contains_key(key));
        let opened = committed.filter_map(|(key, bytes)| Some((*key, open(bytes)?)));
        opened.chain(self.over.iter().map(|(key, value)| (*key, Cow::Borrowed(value))))
    }

    /// What the committed values take: how many they are, and their bytes with their keys.
    pub(crate) fn footprint(&self) -> Footprint {
        let packed: usize = self.base.values().map(|bytes| bytes.len()).sum();
        let count = self.base.len();
        Footprint { count, bytes: packed + count * size_of::<(K, Box<[u8]>)>() }
    }

    /// Every key, committed or not, in order.
    pub(crate) fn keys(&self) -> Vec<K> {
        let mut keys: Vec<K> = self.base.keys().chain(self.over.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The step is committed.
    pub(crate) fn merge(&mut self) {
        for (key, value) in std::mem::take(&mut self.over) {
            // Into memory, of values without sequences of unknown length: that cannot fail.
            if let Ok(bytes) = postcard::to_stdvec(&value) {
                self.base.insert(key, bytes.into_boxed_slice());
            }
        }
    }

    /// The step is not committed.
    pub(crate) fn discard(&mut self) {
        self.over.clear();
    }
}

fn open<V: Clone + DeserializeOwned>(bytes: &[u8]) -> Option<Cow<'_, V>> {
    postcard::from_bytes(bytes).ok().map(Cow::Owned)
}

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
    fn bytes_of_another_form_are_refused() {
        let mut map: Packed<u8, Vec<u32>> = Packed::default();
        assert!(map.restore(1, vec![2, 1]).is_err(), "two values announced, one there");
        assert!(!map.contains(&1));
        map.restore(1, vec![1, 9]).unwrap();
        assert_eq!(map.get(&1).unwrap().as_slice(), [9]);
    }
}
