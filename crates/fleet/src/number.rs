//! Terminal numbers that belong to nobody, so that a simulated device is never taken for a real one.
//!
//! Shape: (protocol, count) → `TerminalId`. IMEIs begin with 99 0000, which no maker holds; JT/T 808 terminals are
//! named by an 11-digit phone number, and no Chinese mobile number begins with 100.

use model::TerminalId;

/// The terminal number of the `count`th simulated device of a protocol; `None` beyond [`COUNT_MAX`].
pub fn terminal(protocol: &str, count: u32) -> Option<TerminalId> {
    if count > COUNT_MAX {
        return None;
    }
    let text = if PHONE_NUMBERED.contains(&protocol) {
        format!("100{count:08}")
    } else {
        format!("9900000{count:08}")
    };
    TerminalId::parse(&text).ok()
}

/// Both number ranges have eight digits to count with.
pub const COUNT_MAX: u32 = 99_999_999;
const PHONE_NUMBERED: &[&str] = &["jt808"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_has_its_own_kind_of_number() {
        assert_eq!(terminal("gt06", 7).unwrap().as_str(), "990000000000007");
        assert_eq!(terminal("jt808", 7).unwrap().as_str(), "10000000007");
        assert_eq!(terminal("gt06", COUNT_MAX + 1), None);
    }
}
