//! Message numbers. A newtype, so that numbers of no table survive.

/// A message number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u16);

impl Number {
    // From the terminal.
    pub(crate) const TERMINAL_ANSWER: Self = Self(0x0001);
    pub(crate) const HEARTBEAT: Self = Self(0x0002);
    pub(crate) const DEREGISTER: Self = Self(0x0003);
    pub(crate) const TIME_QUERY: Self = Self(0x0004);
    pub(crate) const REGISTER: Self = Self(0x0100);
    pub(crate) const AUTHENTICATE: Self = Self(0x0102);
    pub(crate) const PARAMETERS: Self = Self(0x0104);
    pub(crate) const PROPERTIES: Self = Self(0x0107);
    pub(crate) const LOCATION: Self = Self(0x0200);
    pub(crate) const LOCATION_ANSWER: Self = Self(0x0201);
    pub(crate) const CONTROL_ANSWER: Self = Self(0x0500);
    pub(crate) const BATCH: Self = Self(0x0704);

    // From the platform.
    pub(crate) const PLATFORM_ANSWER: Self = Self(0x8001);
    pub(crate) const TIME_ANSWER: Self = Self(0x8004);
    pub(crate) const REGISTER_ANSWER: Self = Self(0x8100);
}
