//! Which reports need no look for a row of theirs: those whose device's clock shows more than anything that is stored of it.
//!
//! Nearly every report is one of these, and the look-up cost a fifth of a step. Shape: told of each row as it is made, asked before
//! a step. It errs on one side only: what it does not call new is looked for, so rows of a step that failed, and terminals that it
//! has forgotten, cost a look-up. Units: a device's own clock, ms. Errors: none.

use foldhash::HashMap;
use model::{Identity, Millis, TerminalId, Timestamp};
use store::Stored;

/// The newest row of each terminal, as far as that is remembered.
#[derive(Debug)]
pub(crate) struct Newest {
    /// Nothing that is stored shows more, but for what stands below.
    floor: Millis,
    young: HashMap<TerminalId, Millis>,
    old: HashMap<TerminalId, Millis>,
    /// Clocks that run more than a day ahead. Apart, since one of them would raise the floor above everybody's.
    ahead: HashMap<TerminalId, Millis>,
}

impl Default for Newest {
    /// Knows nothing: every report is looked for.
    fn default() -> Self {
        let (young, old, ahead) = (HashMap::default(), HashMap::default(), HashMap::default());
        Self { floor: Millis::MAX, young, old, ahead }
    }
}

impl Newest {
    /// What is ahead of this is kept apart.
    pub(crate) const fn bound(now: Timestamp) -> Timestamp {
        now.plus(AHEAD_MS_MIN)
    }

    /// From what the store holds; `stored` was asked for with [`Self::bound`] and [`AHEAD_MAX`].
    pub(crate) fn of(stored: Stored) -> Self {
        if !stored.whole {
            return Self::default();
        }
        let ahead = stored.ahead.into_iter().collect();
        Self { floor: stored.newest_ms.unwrap_or(Millis::MIN), ahead, ..Self::default() }
    }

    /// No row of this identity is stored.
    pub(crate) fn is_new(&self, identity: &Identity) -> bool {
        let known = [&self.young, &self.old, &self.ahead].map(|map| map.get(&identity.terminal).copied());
        let newest_ms = known.into_iter().flatten().fold(self.floor, Millis::max);
        identity.wall_ms > newest_ms
    }

    /// A row is made.
    pub(crate) fn on_stored(&mut self, identity: &Identity, now: Timestamp) {
        let is_ahead = identity.wall_ms > Self::bound(now).ms();
        let map = if is_ahead { &mut self.ahead } else { &mut self.young };
        let newest_ms = map.entry(identity.terminal).or_insert(identity.wall_ms);
        *newest_ms = (*newest_ms).max(identity.wall_ms);
        if self.ahead.len() > AHEAD_MAX {
            *self = Self::default();
        }
        if self.young.len() >= GENERATION {
            let left = std::mem::replace(&mut self.old, std::mem::take(&mut self.young));
            self.floor = left.into_values().fold(self.floor, Millis::max);
        }
    }
}

/// Clocks in the wrong zone are less than this ahead [P].
const AHEAD_MS_MIN: Millis = 24 * 3_600_000;
/// Terminals, and rows that are read for them at the start. Where there are more, clocks are worth nothing.
pub(crate) const AHEAD_MAX: usize = 10_000;
/// Terminals in a generation: two of them take some 10 MB, and a fleet that talks at once is hardly larger.
const GENERATION: usize = 131_072;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_790_000_000_000);

    fn at(terminal: usize, wall_ms: Millis) -> Identity {
        let terminal = TerminalId::parse(&format!("99{terminal:013}")).unwrap();
        Identity { wall_ms, terminal, measured: 7 }
    }

    fn of(newest_ms: Millis, ahead: Vec<(TerminalId, Millis)>) -> Newest {
        Newest::of(Stored { newest_ms: Some(newest_ms), ahead, whole: true })
    }

    #[test]
    fn only_what_is_behind_everything_of_its_terminal_is_new() {
        let mut newest = of(1_000, Vec::new());
        assert_eq!([at(1, 1_000), at(1, 1_001)].map(|of| newest.is_new(&of)), [false, true]);
        newest.on_stored(&at(1, 1_005), NOW);
        newest.on_stored(&at(1, 1_003), NOW);
        assert_eq!(
            [at(1, 1_005), at(1, 1_006), at(2, 1_002)].map(|of| newest.is_new(&of)),
            [false, true, true]
        );
        assert!(!Newest::default().is_new(&at(1, Millis::MAX - 1)), "who knows nothing calls nothing new");
    }

    #[test]
    fn a_clock_that_is_days_ahead_is_looked_for_and_no_other() {
        let far = NOW.plus(3 * AHEAD_MS_MIN).ms();
        let mut newest = of(1_000, vec![(at(1, 0).terminal, far)]);
        newest.on_stored(&at(2, far), NOW);
        for terminal in [1, 2] {
            assert!(!newest.is_new(&at(terminal, far)), "three days later it may come once more");
            assert!(!newest.is_new(&at(terminal, NOW.ms())));
        }
        assert!(newest.is_new(&at(3, NOW.ms())));
    }

    #[test]
    fn what_is_forgotten_is_below_the_floor() {
        let mut newest = of(1_000, Vec::new());
        newest.on_stored(&at(0, 5_000), NOW);
        for terminal in 1..2 * GENERATION {
            newest.on_stored(&at(terminal, 2_000), NOW);
        }
        assert!(newest.young.len() + newest.old.len() < 2 * GENERATION);
        assert_eq!([5_000, 5_001].map(|ms| newest.is_new(&at(0, ms))), [false, true]);
    }

    #[test]
    fn where_clocks_are_worth_nothing_everything_is_looked_for() {
        let mut newest = Newest::of(Stored { newest_ms: Some(1), ahead: Vec::new(), whole: false });
        assert!(!newest.is_new(&at(1, 2)));
        newest = of(1, Vec::new());
        let far = NOW.plus(3 * AHEAD_MS_MIN).ms();
        (0..=AHEAD_MAX).for_each(|terminal| newest.on_stored(&at(terminal, far), NOW));
        assert!(!newest.is_new(&at(99_999, NOW.ms())));
    }
}
