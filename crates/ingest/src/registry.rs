//! Which connection speaks for which terminal.
//!
//! ```text
//! free --enter--> held      held --enter by another--> held by the newer, the older is told to go
//! held --leave by its holder--> free      held --leave by anybody else--> held
//! three takeovers in five minutes --> for five minutes nobody is told to go: two devices share one number
//! in dispute --leave by its holder--> held by the newest of those that stayed
//! ```
//! Pure: every instant is an argument. Source: `reliability.md` F28, F29, B27.

use crate::end::{End, Ending};
use model::{SessionId, TerminalId};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who holds which terminal.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    held: HashMap<TerminalId, Holder>,
}

#[derive(Debug)]
struct Holder {
    voice: Voice,
    /// Older connections that stayed because the terminal is in dispute, the newest last.
    rivals: Vec<Voice>,
    damper: Damper,
}

/// One connection that speaks for a terminal.
#[derive(Debug)]
struct Voice {
    session: SessionId,
    ending: Arc<Ending>,
}

/// What entering did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Nobody held the terminal.
    First,
    /// The older connection was told to go.
    TookOver,
    /// Both stay: this terminal is in dispute.
    Conflict,
}

impl Registry {
    /// A connection begins to speak for a terminal.
    pub(crate) fn enter(
        &mut self,
        terminal: TerminalId,
        session: SessionId,
        ending: Arc<Ending>,
        now: Instant,
    ) -> Entry {
        let voice = Voice { session, ending };
        let Some(holder) = self.held.get_mut(&terminal) else {
            self.held.insert(terminal, Holder { voice, rivals: Vec::new(), damper: Damper::default() });
            return Entry::First;
        };
        holder.rivals.push(std::mem::replace(&mut holder.voice, voice));
        let (entry, stay) =
            if holder.damper.allows(now) { (Entry::TookOver, 0) } else { (Entry::Conflict, RIVALS_MAX) };
        let gone = holder.rivals.len().saturating_sub(stay);
        for older in holder.rivals.drain(..gone) {
            older.ending.tell(End::TakenOver);
        }
        if stay == 0 {
            // A terminal that was in dispute once keeps no memory for it.
            holder.rivals = Vec::new();
        }
        entry
    }

    /// A connection ceases to speak for a terminal. If a newer one has taken over it only stops being a rival; if an
    /// older one stayed that one is the terminal's again, and looks for its orders.
    pub(crate) fn leave(&mut self, terminal: TerminalId, session: SessionId) {
        let Some(holder) = self.held.get_mut(&terminal) else { return };
        if holder.voice.session != session {
            holder.rivals.retain(|rival| rival.session != session);
        } else if let Some(next) = holder.rivals.pop() {
            next.ending.ring();
            holder.voice = next;
        } else {
            self.held.remove(&terminal);
        }
    }

    /// Tells whoever holds a terminal that there may be orders for it.
    pub(crate) fn ring(&self, terminal: TerminalId) {
        if let Some(holder) = self.held.get(&terminal) {
            holder.voice.ending.ring();
        }
    }

    /// The session that speaks for a terminal.
    pub(crate) fn holder(&self, terminal: TerminalId) -> Option<SessionId> {
        self.held.get(&terminal).map(|holder| holder.voice.session)
    }

    /// How many terminals are held.
    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }

    /// Every terminal that is held, and by whom.
    #[cfg(test)]
    pub(crate) fn holders(&self) -> impl Iterator<Item = (TerminalId, SessionId)> {
        self.held.iter().map(|(terminal, holder)| (*terminal, holder.voice.session))
    }
}

/// Keeps two devices with one number from ending each other for ever.
#[derive(Debug, Default)]
struct Damper {
    since: Option<Instant>,
    takeovers: u8,
    quiet_until: Option<Instant>,
}

impl Damper {
    fn allows(&mut self, now: Instant) -> bool {
        if self.quiet_until.is_some_and(|until| now < until) {
            return false;
        }
        self.quiet_until = None;
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= DAMPER_WINDOW) {
            self.since = Some(now);
            self.takeovers = 0;
        }
        if self.takeovers >= TAKEOVERS_MAX {
            *self = Self { since: None, takeovers: 0, quiet_until: Some(now + DAMPER_WINDOW) };
            return false;
        }
        self.takeovers = self.takeovers.saturating_add(1);
        true
    }
}

/// A device that changes carrier cells reconnects once or twice; three times within the window is two devices [F29].
pub(crate) const TAKEOVERS_MAX: u8 = 3;
pub(crate) const DAMPER_WINDOW: Duration = Duration::from_mins(5);
/// Connections that stay beside the newest in a dispute: of more than a handful of devices with one number the oldest go.
const RIVALS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use model::Seq;

    const MINUTE: Duration = Duration::from_mins(1);

    fn terminal() -> TerminalId {
        TerminalId::parse("868120240000015").unwrap()
    }

    fn session(connection: u32) -> SessionId {
        SessionId { run: Seq(1), connection }
    }

    fn enter(registry: &mut Registry, connection: u32, now: Instant) -> (Entry, Arc<Ending>) {
        let ending = Arc::new(Ending::default());
        (registry.enter(terminal(), session(connection), Arc::clone(&ending), now), ending)
    }

    #[test]
    fn the_newer_connection_ends_the_older() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        let (first, older) = enter(&mut registry, 1, now);
        let (second, newer) = enter(&mut registry, 2, now);
        assert_eq!((first, second), (Entry::First, Entry::TookOver));
        assert_eq!((older.said(), newer.said()), (Some(End::TakenOver), None));
    }

    #[test]
    fn the_older_connection_does_not_remove_the_newer_when_it_leaves() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        enter(&mut registry, 1, now);
        enter(&mut registry, 2, now);
        registry.leave(terminal(), session(1));
        assert_eq!(registry.holder(terminal()), Some(session(2)));
        registry.leave(terminal(), session(2));
        assert_eq!(registry.holder(terminal()), None);
    }

    #[test]
    fn two_devices_with_one_number_stop_ending_each_other() {
        let (mut registry, t0) = (Registry::default(), Instant::now());
        let entries: Vec<Entry> =
            (0..6).map(|n| enter(&mut registry, n + 1, t0 + n * MINUTE / 2).0).collect();
        assert_eq!(
            entries,
            [
                Entry::First,
                Entry::TookOver,
                Entry::TookOver,
                Entry::TookOver,
                Entry::Conflict,
                Entry::Conflict
            ]
        );
    }

    #[test]
    fn nobody_is_told_to_go_in_a_conflict() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        let endings: Vec<Arc<Ending>> = (1..=5).map(|n| enter(&mut registry, n, now).1).collect();
        assert_eq!(endings[3].said(), None);
        assert_eq!(endings[4].said(), None);
    }

    #[test]
    fn when_the_newest_of_a_dispute_leaves_the_next_newest_holds_the_terminal_again() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        for n in 1..=6 {
            enter(&mut registry, n, now);
        }
        // 4, 5 and 6 stayed.
        registry.leave(terminal(), session(5));
        registry.leave(terminal(), session(6));
        assert_eq!(registry.holder(terminal()), Some(session(4)));
        registry.leave(terminal(), session(4));
        assert_eq!(registry.holder(terminal()), None);
    }

    #[test]
    fn the_end_of_a_dispute_ends_everybody_who_stayed_in_it() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        let mut endings: Vec<Arc<Ending>> = (1..=6).map(|n| enter(&mut registry, n, now).1).collect();
        endings.push(enter(&mut registry, 7, now + 5 * MINUTE).1);
        let stay: Vec<bool> = endings.iter().map(|ending| ending.said().is_none()).collect();
        assert_eq!(stay, [false, false, false, false, false, false, true]);
    }

    #[test]
    fn a_dispute_of_many_keeps_the_newest() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        let endings: Vec<Arc<Ending>> = (1..=30).map(|n| enter(&mut registry, n, now).1).collect();
        assert_eq!(endings.iter().filter(|ending| ending.said().is_none()).count(), RIVALS_MAX + 1);
    }

    #[test]
    fn five_quiet_minutes_end_a_conflict() {
        let (mut registry, now) = (Registry::default(), Instant::now());
        for n in 1..=5 {
            enter(&mut registry, n, now);
        }
        assert_eq!(enter(&mut registry, 6, now + 4 * MINUTE).0, Entry::Conflict);
        assert_eq!(enter(&mut registry, 7, now + 5 * MINUTE).0, Entry::TookOver);
    }
}
