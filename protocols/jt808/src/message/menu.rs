//! What a driver picked from a menu that the platform had set, until 2019: 0x0301 event, 0x0302 answer to a question,
//! 0x0303 information on demand or no longer.
//!
//! Shape: body → status or command reply. Units: none. Errors: short. Source: SPEC.md §3.7.

use crate::context::{Context, Outcome};
use crate::explain::{Explained, number};
use crate::field::{Missing, Parsed, field};
use crate::header::Header;
use model::{Attribute, Attributes};
use nom::number::complete::{be_u8, be_u16};

/// | offset | size | field |
/// |      0 |    1 | event |
pub(crate) fn event(context: &Context<'_>) -> Outcome {
    match field("event", be_u8)(context.body) {
        Ok((_, event)) => Outcome::status(Attributes(vec![Attribute::EventNumber(u16::from(event))])),
        Err(error) => Outcome::short("event_chosen", &error, context.body),
    }
}

/// | offset | size | field           |
/// |      0 |    2 | answered serial |
/// |      2 |    1 | answer          |
pub(crate) fn answer(context: &Context<'_>) -> Outcome {
    let read = || -> Result<(u16, u8), nom::Err<Missing>> {
        let (i, serial) = field("answered serial", be_u16)(context.body)?;
        let (_, answer) = field("answer", be_u8)(i)?;
        Ok((serial, answer))
    };
    match read() {
        Ok((serial, answer)) => {
            Outcome::reply(Some(serial), format!("answer {answer}"), Attributes::default())
        }
        Err(error) => Outcome::short("question_answer", &error, context.body),
    }
}

/// | offset | size | field |                        |
/// |      0 |    1 | kind  | of information         |
/// |      1 |    1 | flag  | 1 wanted, 0 no longer  |
fn parse_information(i: &[u8]) -> Parsed<'_, (u8, u8)> {
    let (i, kind) = field("kind", be_u8)(i)?;
    let (i, flag) = field("flag", be_u8)(i)?;
    Ok((i, (kind, flag)))
}

pub(crate) fn information(context: &Context<'_>) -> Outcome {
    match parse_information(context.body) {
        Ok((_, (kind, flag))) => {
            let text =
                format!("information {kind} {}", if flag == 0 { "no longer wanted" } else { "wanted" });
            Outcome::status(Attributes(vec![Attribute::Text(text)]))
        }
        Err(error) => Outcome::short("information", &error, context.body),
    }
}

pub(crate) fn explain_event(fields: &mut Explained, _: &Header) {
    fields.field("event", 1, number);
}

pub(crate) fn explain_answer(fields: &mut Explained, _: &Header) {
    fields.field("answered serial", 2, number);
    fields.field("answer", 1, number);
}

pub(crate) fn explain_information(fields: &mut Explained, _: &Header) {
    fields.field("kind", 1, number);
    fields.field("flag", 1, |b| (number(b).0, "1 wanted, 0 no longer".to_owned()));
}
