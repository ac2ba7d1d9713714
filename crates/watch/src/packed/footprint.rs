//! What a map of values takes, in memory and in its file.
//!
//! Shape: a map in, a [`Footprint`] out, of what is committed. Units: bytes. Errors: none.

use super::{LEARNED_FROM, Packed};
use crate::filed::Filed;
use crate::press::Press;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::hash::Hash;

/// Room that values take.
///
/// Each counts as if it were packed: an open one takes more. With fewer values than are ever pressed, those of a map that has a disk
/// count as if they lay in a file: that is what a small fleet shows of a large one. With more, each counts where it lies: an open one,
/// and one that the file did not take, in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// How many there are.
    pub count: usize,
    /// Bytes of all in memory, with their keys; what the allocator and an unfilled table add is not in it.
    pub bytes: usize,
    /// Bytes that lie in a file.
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

    /// Of two maps with values of the same vehicles: as many as the larger one has, with the bytes of both.
    pub(crate) fn beside(self, other: Self) -> Self {
        Self {
            count: self.count.max(other.count),
            bytes: self.bytes + other.bytes,
            filed: self.filed + other.filed,
        }
    }
}

impl<K, V> Packed<K, V>
where
    K: Ord + Hash + Eq + Copy + Serialize + DeserializeOwned,
    V: Clone + Default + Serialize + DeserializeOwned,
{
    /// What the committed values take.
    pub(crate) fn footprint(&self) -> Footprint {
        let open = self.young.values().chain(self.old.values());
        let opened: Vec<Vec<u8>> = open.filter_map(|value| postcard::to_stdvec(value).ok()).collect();
        // What is at rest already is pressed as the rest will be; a small fleet never comes to that.
        let learned = self.press.is_none().then(|| Press::learn(opened.iter().map(Vec::as_slice))).flatten();
        let press = self.press.as_ref().or(learned.as_ref());
        let pressed =
            |bytes: &Vec<u8>| press.and_then(|press| press.press(bytes)).map_or(bytes.len(), |of| of.len());
        let packed: usize = self.base.values().map(|bytes| bytes.len()).sum();
        let unfiled = opened.iter().map(pressed).sum::<usize>() + packed;
        let (in_file, filed) = self.filed.as_ref().map_or((0, 0), |filed| (filed.len(), filed.bytes()));
        let count = self.base.len() + self.old.len() + self.young.len() + in_file;
        if self.disk.is_some() && count < LEARNED_FROM {
            return Footprint { count, bytes: count * Filed::<K>::ENTRY_BYTES, filed: unfiled };
        }
        let entries = in_file * Filed::<K>::ENTRY_BYTES + (count - in_file) * size_of::<(K, Box<[u8]>)>();
        Footprint { count, bytes: unfiled + entries, filed }
    }
}
