//! The list of protocols.
