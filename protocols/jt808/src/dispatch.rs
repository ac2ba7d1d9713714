//! The message table: which number is read and explained by what.
//!
//! Shape: [`Number`] → [`Message`]. A number that is not here is kept raw and answered. Source: SPEC.md §3.

use crate::context::{Context, Outcome};
use crate::explain::Explained;
use crate::header::Header;
use crate::message::{authenticate, batch, general, link, location, parameters, properties, register};
use crate::number::Number;
use wire::Problem;

/// One row of the table.
pub(crate) struct Message {
    pub(crate) name: &'static str,
    pub(crate) read: fn(&Context<'_>) -> Outcome,
    pub(crate) explain: fn(&mut Explained, &Header),
}

#[rustfmt::skip]
pub(crate) fn message(number: Number) -> Message {
    match number {
        Number::TERMINAL_ANSWER => row("terminal_answer", general::read,      general::explain),
        Number::HEARTBEAT       => row("heartbeat",       link::heartbeat,    nothing),
        Number::DEREGISTER      => row("deregister",      link::deregister,   nothing),
        Number::TIME_QUERY      => row("time_query",      link::time_query,   nothing),
        Number::REGISTER        => row("register",        register::read,     register::explain),
        Number::AUTHENTICATE    => row("authenticate",    authenticate::read, authenticate::explain),
        Number::PARAMETERS      => row("parameters",      parameters::read,   parameters::explain),
        Number::PROPERTIES      => row("properties",      properties::read,   nothing),
        Number::LOCATION        => row("location",        location::read,     location::explain),
        Number::LOCATION_ANSWER => row("location_answer", location::answer,   location::explain_answer),
        Number::CONTROL_ANSWER  => row("control_answer",  location::answer,   location::explain_answer),
        Number::BATCH           => row("batch",           batch::read,        batch::explain),
        _                       => row("unknown",         unknown,            nothing),
    }
}

fn row(
    name: &'static str,
    read: fn(&Context<'_>) -> Outcome,
    explain: fn(&mut Explained, &Header),
) -> Message {
    Message { name, read, explain }
}

/// Answered as done: with "not supported" some devices send the same frame for ever.
fn unknown(context: &Context<'_>) -> Outcome {
    Outcome::raw(Problem::UnknownMessage { number: context.header.number.0 })
}

/// A body that is empty or not taken apart.
fn nothing(_: &mut Explained, _: &Header) {}
