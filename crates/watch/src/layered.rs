//! A map with an overlay: what the step at hand has changed lies over what is committed.

use foldhash::HashMap;
use std::collections::BTreeMap;
use std::hash::Hash;

/// Committed values, and over them the values of a step that is not committed yet; none where it has taken one away.
#[derive(Debug)]
pub(crate) struct Layered<K, V> {
    base: HashMap<K, V>,
    over: BTreeMap<K, Option<V>>,
}

impl<K: Ord + Hash + Eq + Clone, V: Clone> Layered<K, V> {
    /// From committed values.
    pub(crate) fn new(base: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { base: base.into_iter().collect(), over: BTreeMap::new() }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        match self.over.get(key) {
            Some(changed) => changed.as_ref(),
            None => self.base.get(key),
        }
    }

    pub(crate) fn set(&mut self, key: K, value: V) {
        self.over.insert(key, Some(value));
    }

    /// Takes a value away, and its key with it.
    pub(crate) fn remove(&mut self, key: K) {
        self.over.insert(key, None);
    }

    /// The value to change, copied into the overlay if it is not there yet.
    pub(crate) fn entry(&mut self, key: &K, absent: impl FnOnce() -> V) -> &mut V {
        let base = &self.base;
        let changed = self.over.entry(key.clone()).or_insert_with(|| base.get(key).cloned());
        changed.get_or_insert_with(absent)
    }

    /// What the step has changed and not taken away, in key order.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (&K, &V)> {
        self.over.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)))
    }

    /// Every value, committed or not, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let committed = self.base.iter().filter(|(key, _)| !self.over.contains_key(key));
        committed.chain(self.changed())
    }

    /// Every key, committed or not, in order.
    pub(crate) fn keys(&self) -> Vec<K> {
        let mut keys: Vec<K> = self.iter().map(|(key, _)| key.clone()).collect();
        keys.sort_unstable();
        keys
    }

    /// The step is committed.
    pub(crate) fn merge(&mut self) {
        for (key, value) in std::mem::take(&mut self.over) {
            match value {
                Some(value) => self.base.insert(key, value),
                None => self.base.remove(&key),
            };
        }
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
    fn what_is_taken_away_leaves_no_key_and_comes_back_if_the_step_is_discarded() {
        let mut map = Layered::new([("a", 1), ("b", 2)]);
        map.remove("a");
        assert_eq!((map.get(&"a"), map.keys(), map.changed().count()), (None, vec!["b"], 0));
        map.discard();
        assert_eq!((map.get(&"a"), map.keys()), (Some(&1), vec!["a", "b"]));
        map.remove("a");
        map.merge();
        assert_eq!((map.get(&"a"), map.keys()), (None, vec!["b"]));
        assert_eq!(*map.entry(&"a", || 7), 7, "it begins anew");
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
