//! Behave like trackers: story, load, ledger.
