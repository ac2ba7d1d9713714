//! The message table: which number is read and explained by what.
//!
//! Shape: [`Number`] → [`Message`]. A number that is not here is kept raw and answered. Source: SPEC.md §3.

use crate::context::{Context, Outcome};
use crate::explain::Explained;
use crate::header::Header;
use crate::message::{
    authenticate, batch, compact, driver, general, link, location, media, menu, order, parameters,
    properties, register, report, transparent, vehicle, vendor,
};
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
        Number::TERMINAL_ANSWER     => row("terminal_answer", general::read,            general::explain),
        Number::HEARTBEAT           => row("heartbeat",       link::heartbeat,          nothing),
        Number::DEREGISTER          => row("deregister",      link::deregister,         nothing),
        Number::TIME_QUERY          => row("time_query",      link::time_query,         nothing),
        Number::RESEND              => row("resend",          report::resend,           report::explain_resend),
        Number::REGISTER            => row("register",        register::read,           register::explain),
        Number::AUTHENTICATE        => row("authenticate",    authenticate::read,       authenticate::explain),
        Number::PARAMETERS          => row("parameters",      parameters::read,         parameters::explain),
        Number::PROPERTIES          => row("properties",      properties::read,         properties::explain),
        Number::UPGRADED            => row("upgraded",        report::upgraded,         report::explain_upgraded),
        Number::LOCATION            => row("location",        location::read,           location::explain),
        Number::LOCATION_ANSWER     => row("location_answer", location::answer,         location::explain_answer),
        Number::EVENT_CHOSEN        => row("event_chosen",    menu::event,              menu::explain_event),
        Number::QUESTION_ANSWER     => row("question_answer", menu::answer,             menu::explain_answer),
        Number::INFORMATION         => row("information",     menu::information,        menu::explain_information),
        Number::CONTROL_ANSWER      => row("control_answer",  location::answer,         location::explain_answer),
        Number::REGIONS             => row("regions",         report::regions,          report::explain_regions),
        Number::RECORDER            => row("recorder",        report::recorder,         report::explain_recorder),
        Number::WAYBILL             => row("waybill",         vehicle::waybill,         vehicle::explain_waybill),
        Number::DRIVER              => row("driver",          driver::read,             driver::explain),
        Number::BATCH               => row("batch",           batch::read,              batch::explain),
        Number::CAN                 => row("can",             vehicle::can,             vehicle::explain_can),
        Number::MEDIA_EVENT         => row("media_event",     media::event,             media::explain),
        Number::MEDIA               => row("media",           media::content,           media::explain_content),
        Number::MEDIA_FOUND         => row("media_found",     media::found,             media::explain_found),
        Number::PHOTOS_TAKEN        => row("photos_taken",    media::taken,             media::explain_taken),
        Number::TRANSPARENT         => row("transparent",     transparent::read,        transparent::explain),
        Number::COMPRESSED          => row("compressed",      transparent::compressed,  transparent::explain_compressed),
        Number::PUBLIC_KEY          => row("public_key",      transparent::key,         transparent::explain_key),
        Number::VENDOR_TIME_QUERY   => row("vendor_time",     vendor::time_query,       nothing),
        Number::VENDOR_BATCH        => row("vendor_batch",    vendor::batch,            vendor::explain_batch),
        Number::VENDOR_HEARTBEAT    => row("vendor_heartbeat", link::heartbeat,         nothing),
        Number::VENDOR_ZONE         => row("vendor_zone",     link::kept,               nothing),
        Number::VENDOR_TEXT         => row("vendor_text",     vendor::text,             vendor::explain_text),
        Number::VENDOR_ACCELERATION => row("vendor_acceleration", link::kept,           nothing),
        Number::COMPACT             => row("compact",         compact::read,            compact::explain),
        Number::COMPACT_BLIND       => row("compact_blind",   compact::blind,           compact::explain),
        Number::TEXT_ANSWER         => row("text_answer",     vendor::text_answer,      vendor::explain_text_answer),
        Number::PLATFORM_ANSWER     => row("platform_answer", order::read,              general::explain),
        Number::TIME_ANSWER         => row("time_answer",     order::read,              order::explain_clock),
        Number::REGISTER_ANSWER     => row("register_answer", order::read,              order::explain_registered),
        Number::SET_PARAMETERS      => row("set_parameters",  order::read,              order::explain_set),
        Number::PARAMETERS_QUERY    => row("parameters_query", order::read,             nothing),
        Number::CONTROL             => row("control",         order::read,              order::explain_control),
        Number::SOME_PARAMETERS_QUERY => row("some_parameters_query", order::read,      order::explain_some),
        Number::VENDOR_TIME_ANSWER  => row("vendor_time_answer", order::read,           order::explain_clock),
        Number::LOCATION_QUERY      => row("location_query",  order::read,              nothing),
        Number::TRACK               => row("track",           order::read,              order::explain_tracking),
        Number::TEXT                => row("text",            order::read,              order::explain_text),
        Number::MEDIA_ANSWER        => row("media_answer",    order::read,              order::explain_media),
        _                           => row("unknown",         unknown,                  nothing),
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
