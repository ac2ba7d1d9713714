//! JT/T 808 wire format, both ways. Pure.
