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
    pub(crate) const RESEND: Self = Self(0x0005);
    pub(crate) const REGISTER: Self = Self(0x0100);
    pub(crate) const AUTHENTICATE: Self = Self(0x0102);
    pub(crate) const PARAMETERS: Self = Self(0x0104);
    pub(crate) const PROPERTIES: Self = Self(0x0107);
    pub(crate) const UPGRADED: Self = Self(0x0108);
    pub(crate) const LOCATION: Self = Self(0x0200);
    pub(crate) const LOCATION_ANSWER: Self = Self(0x0201);
    pub(crate) const EVENT_CHOSEN: Self = Self(0x0301);
    pub(crate) const QUESTION_ANSWER: Self = Self(0x0302);
    pub(crate) const INFORMATION: Self = Self(0x0303);
    pub(crate) const CONTROL_ANSWER: Self = Self(0x0500);
    pub(crate) const REGIONS: Self = Self(0x0608);
    pub(crate) const RECORDER: Self = Self(0x0700);
    pub(crate) const WAYBILL: Self = Self(0x0701);
    pub(crate) const DRIVER: Self = Self(0x0702);
    pub(crate) const BATCH: Self = Self(0x0704);
    pub(crate) const CAN: Self = Self(0x0705);
    pub(crate) const MEDIA_EVENT: Self = Self(0x0800);
    pub(crate) const MEDIA: Self = Self(0x0801);
    pub(crate) const MEDIA_FOUND: Self = Self(0x0802);
    pub(crate) const PHOTOS_TAKEN: Self = Self(0x0805);
    pub(crate) const TRANSPARENT: Self = Self(0x0900);
    pub(crate) const COMPRESSED: Self = Self(0x0901);
    pub(crate) const PUBLIC_KEY: Self = Self(0x0A00);

    // From the terminal, of makers.
    pub(crate) const VENDOR_TIME_QUERY: Self = Self(0x0109);
    pub(crate) const VENDOR_BATCH: Self = Self(0x0210);
    pub(crate) const VENDOR_HEARTBEAT: Self = Self(0x0506);
    pub(crate) const VENDOR_ZONE: Self = Self(0x1007);
    pub(crate) const VENDOR_TEXT: Self = Self(0x1300);
    pub(crate) const VENDOR_ACCELERATION: Self = Self(0x2070);
    pub(crate) const COMPACT: Self = Self(0x5501);
    pub(crate) const COMPACT_BLIND: Self = Self(0x5502);
    pub(crate) const TEXT_ANSWER: Self = Self(0x6006);

    // From the platform.
    pub(crate) const PLATFORM_ANSWER: Self = Self(0x8001);
    pub(crate) const MISSING: Self = Self(0x8003);
    pub(crate) const TIME_ANSWER: Self = Self(0x8004);
    pub(crate) const REGISTER_ANSWER: Self = Self(0x8100);
    pub(crate) const SET_PARAMETERS: Self = Self(0x8103);
    pub(crate) const PARAMETERS_QUERY: Self = Self(0x8104);
    pub(crate) const CONTROL: Self = Self(0x8105);
    pub(crate) const SOME_PARAMETERS_QUERY: Self = Self(0x8106);
    pub(crate) const VENDOR_TIME_ANSWER: Self = Self(0x8109);
    pub(crate) const LOCATION_QUERY: Self = Self(0x8201);
    pub(crate) const TRACK: Self = Self(0x8202);
    pub(crate) const TEXT: Self = Self(0x8300);
    pub(crate) const MEDIA_ANSWER: Self = Self(0x8800);
    pub(crate) const COMPACT_ANSWER: Self = Self(0x4401);

    /// A maker's messages whose header has a serial of one byte.
    pub(crate) const fn is_compact(self) -> bool {
        matches!(self, Self::COMPACT | Self::COMPACT_BLIND | Self::COMPACT_ANSWER)
    }
}
