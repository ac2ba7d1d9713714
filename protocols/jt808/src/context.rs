//! What a message reader is given, and what it gives back.
//!
//! Shape: [`Context`] → [`Outcome`]. Errors: a [`Problem`] beside what could be read all the same.

use crate::field::{Missing, short};
use crate::header::Header;
use crate::item::vendor::Vendors;
use crate::models::{self, Model};
use model::{Attributes, Event, TerminalId, ZoneOffset, ZoneSource};
use wire::{AlarmCode, Authenticator, Problem};

/// A message and what is known of its sender.
pub(crate) struct Context<'a> {
    pub(crate) header: &'a Header,
    pub(crate) body: &'a [u8],
    pub(crate) terminal: TerminalId,
    pub(crate) zone: Zone,
    pub(crate) vendors: &'a Vendors,
    pub(crate) model: &'static Model,
    pub(crate) authenticator: &'a Authenticator,
}

impl Context<'_> {
    /// What the terminal means by alarm bits: by its model, or else by the one maker whose items it sends.
    pub(crate) fn alarm_bits(&self) -> &'static [AlarmCode] {
        match self.model.device.alarms {
            [] => self.vendors.maker().map_or(&[], models::alarm_bits),
            own => own,
        }
    }
}

/// How the device's clock is set, and who says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zone {
    pub(crate) offset: ZoneOffset,
    pub(crate) source: ZoneSource,
}

impl Zone {
    /// The standard prescribes GMT+8; devices made for export are corrected by their profile.
    pub(crate) fn of(chosen: Option<ZoneOffset>) -> Self {
        match chosen {
            Some(offset) => Self { offset, source: ZoneSource::Profile },
            None => Self { offset: ZoneOffset::CHINA, source: ZoneSource::Protocol },
        }
    }
}

/// What a message says and is owed.
pub(crate) struct Outcome {
    pub(crate) events: Vec<Event>,
    pub(crate) owed: Owed,
    pub(crate) problem: Option<Problem>,
}

/// The answer a message is owed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owed {
    /// None: it is an answer itself.
    Nothing,
    /// 0x8001.
    General(ResultCode),
    /// 0x8100, success, with the authentication code of who asks.
    Registration,
    /// 0x8004, the server's clock.
    Clock,
    /// 0x8109, the server's clock in a vendor's way.
    VendorClock,
    /// 0x8800: the media with this number came whole.
    Media(u32),
    /// 0x4401, to a message with a serial of one byte.
    Compact,
}

impl Owed {
    /// Each packet of a split message is answered, also where the message itself is an answer.
    pub(crate) fn or_general(self) -> Self {
        match self {
            Self::Nothing => Self::General(ResultCode::OK),
            owed => owed,
        }
    }
}

/// The result byte of the general answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ResultCode(pub(crate) u8);

impl ResultCode {
    pub(crate) const OK: Self = Self(0);
    pub(crate) const FAILED: Self = Self(1);
    pub(crate) const BAD_MESSAGE: Self = Self(2);
    pub(crate) const UNSUPPORTED: Self = Self(3);
    pub(crate) const ALARM_CONFIRMED: Self = Self(4);

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::OK => "ok",
            Self::FAILED => "failed",
            Self::BAD_MESSAGE => "bad message",
            Self::UNSUPPORTED => "not supported",
            Self::ALARM_CONFIRMED => "alarm confirmed",
            _ => "unknown result",
        }
    }
}

impl Outcome {
    /// A message that is understood, and owed a general answer.
    pub(crate) const fn of(events: Vec<Event>) -> Self {
        Self { events, owed: Owed::General(ResultCode::OK), problem: None }
    }

    /// A message that is not understood. It is answered all the same, or the device sends it for ever.
    pub(crate) fn raw(problem: Problem) -> Self {
        Self { problem: Some(problem), ..Self::of(vec![Event::Raw]) }
    }

    /// A message whose body ended too early.
    pub(crate) fn short(message: &'static str, error: &nom::Err<Missing>, body: &[u8]) -> Self {
        Self::raw(short(message, error, body))
    }

    /// State without a time of its own.
    pub(crate) fn status(attributes: Attributes) -> Self {
        Self::of(vec![Event::Status { attributes }])
    }

    /// The answer to a command, with what it tells of the terminal.
    pub(crate) fn reply(token: Option<u16>, text: String, attributes: Attributes) -> Self {
        let reply = Event::CommandReply { token: token.map(u32::from), text };
        let status = (!attributes.is_empty()).then_some(Event::Status { attributes });
        Self::of([reply].into_iter().chain(status).collect())
    }

    /// The answer that a command was not done.
    pub(crate) fn refusal(token: Option<u16>, text: String) -> Self {
        Self::of(vec![Event::CommandRefused { token: token.map(u32::from), text }])
    }

    /// The same with another answer.
    pub(crate) fn owing(self, owed: Owed) -> Self {
        Self { owed, ..self }
    }

    /// The same with a problem beside it.
    pub(crate) fn with(self, problem: Option<Problem>) -> Self {
        Self { problem, ..self }
    }
}
