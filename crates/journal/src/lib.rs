//! The durable, ordered log of inputs; the only crate whose commit releases an acknowledgement.
