//! Messages about the connection itself: 0x0002 heartbeat, 0x0003 deregister, 0x0004 time query with its answer 0x8004.
//!
//! Shape: empty bodies → events. Units: the answer is UTC, unlike every other time of the standard. Errors: none;
//! what some devices put into a heartbeat is kept as an item. Source: SPEC.md §3.

use crate::context::{Context, Outcome, Owed};
use crate::item::whole;
use model::{Attributes, Event, Timestamp, ZoneOffset, time::wall_digits};
use wire::bcd;

pub(crate) fn heartbeat(context: &Context<'_>) -> Outcome {
    Outcome::of(vec![Event::Heartbeat { attributes: extra(context) }])
}

pub(crate) fn deregister(context: &Context<'_>) -> Outcome {
    Outcome::status(extra(context))
}

/// A maker's message whose layout is not published: kept whole, as a sign of what it is.
pub(crate) fn kept(context: &Context<'_>) -> Outcome {
    Outcome::status(extra(context))
}

pub(crate) fn time_query(context: &Context<'_>) -> Outcome {
    Outcome::of(vec![Event::Heartbeat { attributes: extra(context) }]).owing(Owed::Clock)
}

/// 0x8004.
///
/// | offset | size | field | unit / coding         |
/// |      0 |    6 | time  | BCD YYMMDDhhmmss, UTC |
pub(crate) fn clock(now: Timestamp) -> [u8; 6] {
    clock_digits(now, ZoneOffset::UTC)
}

/// A clock reading as six BCD bytes; zeros for an instant that no calendar has.
pub(crate) fn clock_digits(at: Timestamp, offset: ZoneOffset) -> [u8; 6] {
    let Some((year, month, day, hour, minute, second)) = wall_digits(at, offset) else {
        return [0; 6];
    };
    let year = u8::try_from(year % 100).unwrap_or_default();
    [year, month, day, hour, minute, second].map(bcd::pack)
}

/// A body where the standard has none.
fn extra(context: &Context<'_>) -> Attributes {
    match context.body {
        [] => Attributes::default(),
        body => whole(context.header.number.0, body).into_iter().collect(),
    }
}
