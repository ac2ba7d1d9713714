//! Values that look alike, pressed by what they have in common.
//!
//! A state's bytes hold the same few moments and places again and again, and as a whole look like those of every other
//! vehicle: a dictionary of some of them takes half of each away. Shape: learned of samples, then values in, bytes out, and back.
//! In memory only, never written: two runs may learn differently. Units: bytes. Errors: what cannot be pressed is said so, and
//! its owner keeps it as it is.

use serde::de::DeserializeOwned;
use std::sync::{Mutex, PoisonError};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{CParameter, DParameter, FrameFormat};

/// Presses what looks like its samples.
pub(crate) struct Press {
    pressing: Mutex<Compressor<'static>>,
    opening: Mutex<Opening>,
}

/// The bytes of one value at a time.
struct Opening {
    decompressor: Decompressor<'static>,
    opened: Vec<u8>,
}

impl Press {
    /// Learns what samples have in common; nothing where they are too few or too small for that.
    pub(crate) fn learn<'a>(samples: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let samples: Vec<&[u8]> = samples.take(SAMPLES_MAX).collect();
        if samples.len() < SAMPLES_MIN {
            return None;
        }
        let dictionary = zstd::dict::from_samples(&samples, DICTIONARY_BYTES).ok()?;
        let mut compressor = Compressor::with_dictionary(LEVEL, &dictionary).ok()?;
        // What every frame would say again.
        for parameter in [
            CParameter::Format(FrameFormat::Magicless),
            CParameter::ContentSizeFlag(false),
            CParameter::ChecksumFlag(false),
            CParameter::DictIdFlag(false),
        ] {
            compressor.set_parameter(parameter).ok()?;
        }
        let mut decompressor = Decompressor::with_dictionary(&dictionary).ok()?;
        decompressor.set_parameter(DParameter::Format(FrameFormat::Magicless)).ok()?;
        let opening = Opening { decompressor, opened: Vec::with_capacity(VALUE_BYTES_MAX) };
        Some(Self { pressing: Mutex::new(compressor), opening: Mutex::new(opening) })
    }

    /// The same in fewer bytes; nothing if it is larger than a value is thought to be.
    pub(crate) fn press(&self, bytes: &[u8]) -> Option<Box<[u8]>> {
        if bytes.len() > VALUE_BYTES_MAX {
            return None;
        }
        // Each use begins anew: what another left behind in the middle is no harm.
        let mut pressing = self.pressing.lock().unwrap_or_else(PoisonError::into_inner);
        pressing.compress(bytes).ok().map(Vec::into_boxed_slice)
    }

    /// A value of its pressed bytes.
    pub(crate) fn open<V: DeserializeOwned>(&self, pressed: &[u8]) -> Option<V> {
        let mut opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let Opening { decompressor, opened } = &mut *opening;
        opened.clear();
        decompressor.decompress_to_buffer(pressed, opened).ok()?;
        postcard::from_bytes(opened).ok()
    }
}

impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Press")
    }
}

/// Fewer have too little in common to learn from.
const SAMPLES_MIN: usize = 64;
/// Some 400 KB of states: learned in a tenth of a second.
const SAMPLES_MAX: usize = 1_024;
/// A hundredth of the samples and more, as its makers advise; it fits into a core's own cache. Of 234 states that it had not seen,
/// each is 174 bytes of 364 with it, 176 with half of it, 173 with twice as much.
const DICTIONARY_BYTES: usize = 32 * 1_024;
/// The same states are 178 bytes with level 3, which takes 4 µs where this one takes 7, and 171 with level 9, which takes 24.
const LEVEL: i32 = 5;
/// A state is some hundred bytes; one that is larger has gone mad, and stays as it is.
const VALUE_BYTES_MAX: usize = 64 * 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(number: u64) -> Vec<u8> {
        let value = (number, 1_764_000_000_000 + number * 977, "a part that all have", [number; 20]);
        postcard::to_stdvec(&value).unwrap()
    }

    #[test]
    fn what_is_pressed_is_smaller_and_opens_to_the_same() {
        let samples: Vec<Vec<u8>> = (0..500).map(sample).collect();
        let press = Press::learn(samples.iter().map(Vec::as_slice)).unwrap();
        let bytes = sample(1_000_007);
        let pressed = press.press(&bytes).unwrap();
        assert!(pressed.len() * 2 < bytes.len(), "{} of {}", pressed.len(), bytes.len());
        let opened: (u64, u64, String, [u64; 20]) = press.open(&pressed).unwrap();
        assert_eq!(postcard::to_stdvec(&opened).unwrap(), bytes);
    }

    #[test]
    fn what_was_not_pressed_here_is_no_value() {
        let samples: Vec<Vec<u8>> = (0..500).map(sample).collect();
        let press = Press::learn(samples.iter().map(Vec::as_slice)).unwrap();
        assert_eq!(press.open::<(u64, u64)>(&[1, 2, 3]), None);
        assert!(press.press(&vec![7; VALUE_BYTES_MAX + 1]).is_none());
    }

    #[test]
    fn too_few_samples_teach_nothing() {
        let samples: Vec<Vec<u8>> = (0..500).map(sample).take(SAMPLES_MIN - 1).collect();
        assert!(Press::learn(samples.iter().map(Vec::as_slice)).is_none());
    }
}
