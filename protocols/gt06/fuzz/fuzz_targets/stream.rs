//! A stream of any bytes, as a device may send it. What must hold is in `wire::testing`.

#![no_main]

use gt06::GT06;
use libfuzzer_sys::fuzz_target;
use wire::testing::{listen, live_max, survives};

fuzz_target!(|bytes: &[u8]| {
    let memory = allocation_counter::measure(|| listen(&GT06, bytes));
    assert!(memory.bytes_max <= live_max(bytes.len()), "{} bytes live at once", memory.bytes_max);
    survives(&GT06, bytes);
});
