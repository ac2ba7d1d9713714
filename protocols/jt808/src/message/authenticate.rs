//! 0x0102 authentication: the code that registration gave out.
//!
//! Shape: body → login event, if the code is right. Errors: short; a wrong code is answered with "failed", upon which
//! the terminal registers again. Source: SPEC.md §3.3.

use crate::code;
use crate::context::{Context, Outcome, Owed, ResultCode};
use crate::explain::{Explained, number, words};
use crate::field::{Parsed, field, some_text};
use crate::header::{Header, Phone};
use model::{Attribute, Attributes, Event};
use nom::bytes::complete::take;
use nom::combinator::rest;
use nom::number::complete::be_u8;
use wire::Problem;

struct Authentication<'a> {
    code: &'a [u8],
    imei: &'a [u8],
    version: &'a [u8],
}

/// | offset | size     | field | unit / coding |
/// |      0 | the rest | code  | text          |
fn parse_2013(i: &[u8]) -> Parsed<'_, Authentication<'_>> {
    let (i, code) = field("code", rest)(i)?;
    Ok((i, Authentication { code: without_padding(code), imei: &[], version: &[] }))
}

/// | offset | size     | field   | unit / coding                                          |
/// |      0 |        1 | length  | of the code                                            |
/// |      1 |        n | code    | text                                                   |
/// |    1+n |       15 | imei    | digits                                                 |
/// |   16+n | the rest | version | text, zeros behind it; 20 by the standard, often fewer |
fn parse_2019(i: &[u8]) -> Parsed<'_, Authentication<'_>> {
    let (i, length) = field("code length", be_u8)(i)?;
    let (i, code) = field("code", take(length))(i)?;
    let (i, imei) = field("imei", take(IMEI_DIGITS))(i)?;
    let (i, version) = field("version", rest)(i)?;
    Ok((i, Authentication { code: without_padding(code), imei, version }))
}

pub(crate) fn read(context: &Context<'_>) -> Outcome {
    let parsed = match context.header.phone {
        Phone::Six(_) | Phone::Compact(_) => parse_2013(context.body),
        Phone::Ten { .. } => parse_2019(context.body),
    };
    match parsed {
        Ok((_, said)) if code::accepts(context.authenticator, context.terminal, said.code) => {
            let (terminal, attributes) = (context.terminal, attributes(&said));
            Outcome::of(vec![Event::Login { terminal, zone: None, attributes }])
        }
        Ok(_) => refused(Outcome::raw(Problem::Authentication)),
        Err(error) => refused(Outcome::short("authenticate", &error, context.body)),
    }
}

fn refused(outcome: Outcome) -> Outcome {
    outcome.owing(Owed::General(ResultCode::FAILED))
}

fn attributes(said: &Authentication<'_>) -> Attributes {
    [some_text(said.imei).map(Attribute::Imei), some_text(said.version).map(Attribute::Version)]
        .into_iter()
        .flatten()
        .collect()
}

/// Some terminals end the code with zeros.
fn without_padding(code: &[u8]) -> &[u8] {
    let end = code.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    code.get(..end).unwrap_or(code)
}

pub(crate) fn explain(fields: &mut Explained, header: &Header) {
    if let Phone::Six(_) = header.phone {
        return fields.rest("code", words);
    }
    let length = fields.peek().first().copied().map_or(0, usize::from);
    fields.field("code length", 1, number);
    fields.field("code", length, words);
    fields.field("imei", IMEI_DIGITS, words);
    fields.rest("version", words);
}

const IMEI_DIGITS: usize = 15;
