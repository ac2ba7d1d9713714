//! Lists of parameters: 0x0104, the answer to a query, by name where the id is known, else one item a parameter; and the
//! list of 0x8103.
//!
//! Shape: body → command reply + status; values → body. Errors: short; what was read before the cut is kept.
//! Source: SPEC.md §3.4.

mod table;

use crate::context::{Context, Outcome, Owed};
use crate::explain::{Explained, number, opaque, value};
use crate::field::{Missing, Parsed, field, short};
use crate::header::Header;
use model::attribute::{Octets, Parameter};
use model::{Attribute, Attributes, Event, UnknownItem};
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16, be_u32};
use wire::Problem;

/// | offset | size | field           |
/// |      0 |    2 | answered serial |
/// |      2 |    1 | count           |
/// |      3 |  ... | parameters      |
fn parse(i: &[u8]) -> Parsed<'_, (u16, u8)> {
    let (i, serial) = field("answered serial", be_u16)(i)?;
    let (i, count) = field("count", be_u8)(i)?;
    Ok((i, (serial, count)))
}

/// | offset | size | field  |
/// |      0 |    4 | id     |
/// |      4 |    1 | length |
/// |      5 |    n | value  |
fn parse_parameter(i: &[u8]) -> Parsed<'_, (u32, &[u8])> {
    let (i, id) = field("parameter id", be_u32)(i)?;
    let (i, length) = field("parameter length", be_u8)(i)?;
    let (i, value) = field("parameter value", take(length))(i)?;
    Ok((i, (id, value)))
}

/// The values of 0x8103 that are numbers of four bytes, as ours all are.
///
/// | offset | size | field      |
/// |      0 |    1 | count      |
/// |      1 |  ... | parameters |
pub(crate) fn values(body: &[u8]) -> Result<Vec<(u32, u32)>, nom::Err<Missing>> {
    let (mut rest, _count) = field("count", be_u8)(body)?;
    let mut values = Vec::new();
    while !rest.is_empty() {
        let (after, (id, value)) = parse_parameter(rest)?;
        values.extend(value.try_into().map(|value| (id, u32::from_be_bytes(value))));
        rest = after;
    }
    Ok(values)
}

/// The body of 0x8103, and behind the answered serial that of 0x0104. A command sets two parameters at most and a
/// terminal of ours tells [`crate::terminal::SETTINGS`], nine bytes each: never more than a frame holds.
pub(crate) fn listed(values: &[(u32, u32)]) -> Vec<u8> {
    let mut body = vec![u8::try_from(values.len()).unwrap_or(u8::MAX)];
    for (id, value) in values {
        body.extend(id.to_be_bytes());
        body.push(4);
        body.extend(value.to_be_bytes());
    }
    body
}

pub(crate) fn read(context: &Context<'_>) -> Outcome {
    match parse(context.body) {
        Ok((rest, (serial, _count))) => {
            let (found, problem) = parameters(rest, context.body);
            let text = format!("{} parameters", found.known.len() + found.unknown.len());
            let known = (!found.known.is_empty()).then_some(Attribute::Parameters(found.known));
            let unknown = (!found.unknown.is_empty()).then_some(Attribute::Items(found.unknown));
            let attributes: Attributes = known.into_iter().chain(unknown).collect();
            let reply = Event::CommandReply { token: Some(u32::from(serial)), text };
            Outcome::of(vec![reply, Event::Status { attributes }]).with(problem)
        }
        Err(error) => Outcome::short("parameters", &error, context.body),
    }
    .owing(Owed::Nothing)
}

/// Parameters by name, and those that have none here.
#[derive(Default)]
struct Found {
    known: Vec<Parameter>,
    unknown: Vec<UnknownItem>,
}

fn parameters(mut rest: &[u8], body: &[u8]) -> (Found, Option<Problem>) {
    let mut found = Found::default();
    while !rest.is_empty() {
        match parse_parameter(rest) {
            Ok((after, (id, value))) => {
                match table::parameter(id, value) {
                    Some(parameter) => found.known.push(parameter),
                    // Every id of the standard and of the known makers is below 0x10000; the frame is kept anyway.
                    None => found.unknown.push(UnknownItem {
                        id: u16::try_from(id).unwrap_or(u16::MAX),
                        hex: Octets(value.to_vec()),
                    }),
                }
                rest = after;
            }
            Err(error) => return (found, Some(cut(&error, body))),
        }
    }
    (found, None)
}

fn cut(error: &nom::Err<Missing>, body: &[u8]) -> Problem {
    short("parameters", error, body)
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    fields.field("answered serial", 2, number);
    fields.field("count", 1, number);
    explain_list(fields);
}

pub(crate) fn describe_id(bytes: &[u8]) -> (String, String) {
    (format!("{:#06x}", value(bytes)), table::name(value(bytes)).to_owned())
}

/// Parameters to the end of the body.
pub(crate) fn explain_list(fields: &mut Explained) {
    while let [_, _, _, _, length, ..] = fields.peek() {
        let length = usize::from(*length);
        fields.field("parameter id", 4, describe_id);
        fields.field("parameter length", 1, number);
        fields.field("parameter value", length, |b| match b.len() {
            1 | 2 | 4 => (hex::encode(b), value(b).to_string()),
            _ => opaque(b),
        });
    }
}
