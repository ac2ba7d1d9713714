//! Chance that can be repeated: the same seed and stream give the same rolls on every machine and for ever.
//!
//! Shape: (seed, stream) → rolls. A published generator of a crate may change with its version; a truth set must
//! not, so this is SplitMix64, written out. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
//! generators", 2014.

/// A stream of rolls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dice(u64);

impl Dice {
    /// The stream named by `stream` under a seed, e.g. `[vehicle, second]`. Streams do not touch each other.
    pub fn of(seed: u64, stream: &[u64]) -> Self {
        Self(stream.iter().fold(mixed(seed), |state, part| mixed(state.wrapping_add(GAMMA) ^ mixed(*part))))
    }

    /// 64 random bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mixed(self.0)
    }

    /// A number from `low` to `high`, both included; `low` if the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add_unsigned(self.roll() % width)
    }

    /// Whether something with this chance in a hundred happens.
    pub fn percent(&mut self, chance: u8) -> bool {
        self.between(0, 99) < i64::from(chance)
    }

    /// A number from 0 to 1, 1 excluded.
    pub fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.roll() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }
}

fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_same_for_ever() {
        let mut dice = Dice::of(1, &[2, 3]);
        assert_eq!([dice.roll(), dice.roll()], [7_819_472_751_566_083_960, 14_397_345_490_260_453_454]);
        // The generator's published first output from state 0.
        assert_eq!(Dice(0).roll(), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn streams_and_seeds_differ() {
        let first = |seed, stream: &[u64]| Dice::of(seed, stream).roll();
        assert_ne!(first(1, &[2, 3]), first(1, &[3, 2]));
        assert_ne!(first(1, &[2, 3]), first(2, &[2, 3]));
    }

    #[test]
    fn both_ends_of_a_range_are_rolled_and_nothing_else() {
        let mut dice = Dice::of(9, &[]);
        let mut rolls: Vec<i64> = (0..1000).map(|_| dice.between(-2, 2)).collect();
        rolls.sort_unstable();
        rolls.dedup();
        assert_eq!(rolls, [-2, -1, 0, 1, 2]);
    }
}
