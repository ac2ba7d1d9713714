//! A stream of any bytes, as a device may send it. What must hold is in `wire::testing`.

#![no_main]

use teltonika::TELTONIKA;
use libfuzzer_sys::fuzz_target;
use wire::testing::{listen, live_max, survives};

fuzz_target!(|bytes: &[u8]| {
    let memory = allocation_counter::measure(|| listen(&TELTONIKA, bytes));
    assert!(memory.bytes_max <= live_max(bytes.len()), "{} bytes live at once", memory.bytes_max);
    survives(&TELTONIKA, bytes);
});
