//! A map with an overlay: what the step at hand has changed lies over what is committed.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Committed values, and over them the values of a step that is not committed yet.
#[derive(Debug)]
pub(crate) struct Layered<K, V> {
    base: HashMap<K, V>,
    over: BTreeMap<K, V>,
}

impl<K: Ord + Hash + Eq + Clone, V: Clone> Layered<K, V> {
    /// From committed values.
    pub(crate) fn new(base: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { base: base.into_iter().collect(), over: BTreeMap::new() }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.over.get(key).or_else(|| self.base.get(key))
    }

    pub(crate) fn set(&mut self, key: K, value: V) {
        self.over.insert(key, value);
    }

    /// The value to change, copied into the overlay if it is not there yet.
    pub(crate) fn entry(&mut self, key: &K, absent: impl FnOnce() -> V) -> &mut V {
        let base = &self.base;
        self.over.entry(key.clone()).or_insert_with(|| base.get(key).cloned().unwrap_or_else(absent))
    }

    /// What the step has changed, in key order.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (&K, &V)> {
        self.over.iter()
    }

    /// Every value, committed or not, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let committed = self.base.iter().filter(|(key, _)| !self.over.contains_key(key));
        committed.chain(self.over.iter())
    }

    /// Every key, committed or not, in order.
    pub(crate) fn keys(&self) -> Vec<K> {
        let mut keys: Vec<K> = self.base.keys().chain(self.over.keys()).cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The step is committed.
    pub(crate) fn merge(&mut self) {
        self.base.extend(std::mem::take(&mut self.over));
    }

    /// The step is not committed.
    pub(crate) fn discard(&mut self) {
        self.over.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discarded_step_leaves_nothing() {
        let mut map = Layered::new([("a", 1)]);
        *map.entry(&"a", || 0) += 1;
        map.set("b", 5);
        assert_eq!((map.get(&"a"), map.get(&"b")), (Some(&2), Some(&5)));
        map.discard();
        assert_eq!((map.get(&"a"), map.get(&"b")), (Some(&1), None));
    }

    #[test]
    fn a_merged_step_stays() {
        let mut map = Layered::new([("a", 1)]);
        *map.entry(&"a", || 0) += 1;
        map.merge();
        map.discard();
        assert_eq!(map.get(&"a"), Some(&2));
        assert_eq!(map.changed().count(), 0);
    }
}
