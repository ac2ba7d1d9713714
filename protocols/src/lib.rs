//! The list of protocols, and nothing else: adding one is a folder beside this crate, its path dependency, and one
//! line here. `tests/list.rs` fails while they differ.

use wire::Protocol;

/// Every protocol, in the order in which the first bytes of a connection are offered to them.
#[rustfmt::skip] // one line a protocol
pub static ALL: &[&dyn Protocol] = &[
    &gt06::GT06,
    &jt808::JT808,
    &teltonika::TELTONIKA,
];
