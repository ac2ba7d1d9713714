//! Fold the journal: dedup, step, commit, cursor, timers.
