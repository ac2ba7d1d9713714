//! Deliver each outbox entry at least once.
