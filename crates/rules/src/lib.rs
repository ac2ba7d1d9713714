//! Which alerts open, change or close, and why. Pure.
