//! 0x0702, the driver's card.
//!
//! Shape: body → status. The editions differ: 2011 has no card state, 2013 has, 2019 adds the identity card behind.
//! Units: text, dates BCD. Errors: short; the clock of the card stays in the frame. Source: SPEC.md §3.9.

use crate::context::{Context, Outcome};
use crate::explain::{Explained, digits, number, words};
use crate::field::{Parsed, field, some_text};
use crate::header::Header;
use model::{Attribute, Attributes};
use nom::bytes::complete::take;
use nom::multi::length_data;
use nom::number::complete::be_u8;
use wire::bcd;

/// | offset | size | field  | unit / coding                                                            |
/// |      0 |    1 | state  | 1 card put in, 2 taken out                                               |
/// |      1 |    6 | clock  | BCD YYMMDDhhmmss                                                         |
/// |      7 |    1 | result | 0 read, 1 no secret, 2 locked, 3 pulled out, 4 wrong; only if put in     |
/// |      8 |  ... | card   | only if put in                                                           |
fn parse(i: &[u8]) -> Parsed<'_, Attributes> {
    let (i, state) = field("state", be_u8)(i)?;
    let (i, _clock) = field("clock", take(6_usize))(i)?;
    let inserted = Attribute::CardInserted(state == INSERTED);
    if state != INSERTED {
        return Ok((i, Attributes(vec![inserted])));
    }
    let (i, result) = field("result", be_u8)(i)?;
    // A card that could not be read says nothing; some readers send its fields all the same.
    if i.is_empty() && result != 0 {
        return Ok((i, Attributes(vec![inserted])));
    }
    let (i, card) = parse_card(i)?;
    Ok((i, [inserted].into_iter().chain(card).collect()))
}

/// | offset | size  | field   | unit / coding |
/// |      0 | 1 + n | name    | text          |
/// |      . |    20 | licence | text          |
/// |      . | 1 + n | agency  | text          |
/// |      . |     4 | expiry  | BCD YYYYMMDD  |
fn parse_card(i: &[u8]) -> Parsed<'_, impl Iterator<Item = Attribute>> {
    let (i, name) = field("name", length_data(be_u8))(i)?;
    let (i, licence) = field("licence", take(20_usize))(i)?;
    let (i, agency) = field("agency", length_data(be_u8))(i)?;
    let (i, expiry) = field("expiry", take(4_usize))(i)?;
    let said = [
        some_text(name).map(Attribute::DriverName),
        some_text(licence).map(Attribute::DriverId),
        some_text(agency).map(Attribute::LicenceAgency),
        bcd::digits(expiry).filter(|digits| digits != "00000000").map(Attribute::LicenceExpiry),
    ];
    Ok((i, said.into_iter().flatten()))
}

/// | offset | size  | field         | unit / coding |
/// |      0 | 1 + n | name          | text          |
/// |      . |    20 | identity card | text          |
/// |      . |    40 | licence       | text          |
/// |      . | 1 + n | agency        | text          |
fn parse_2011(i: &[u8]) -> Parsed<'_, Attributes> {
    let (i, name) = field("name", length_data(be_u8))(i)?;
    let (i, _identity) = field("identity card", take(20_usize))(i)?;
    let (i, licence) = field("licence", take(40_usize))(i)?;
    let (i, agency) = field("agency", length_data(be_u8))(i)?;
    let said = [
        some_text(name).map(Attribute::DriverName),
        some_text(licence).map(Attribute::DriverId),
        some_text(agency).map(Attribute::LicenceAgency),
    ];
    Ok((i, said.into_iter().flatten().collect()))
}

/// A state of 1 or 2 with a date behind it is not the length of a name.
fn is_2011(body: &[u8]) -> bool {
    match body {
        [INSERTED | REMOVED, clock @ ..] => {
            clock.first_chunk::<6>().and_then(|clock| bcd::digits(clock)).is_none()
        }
        _ => true,
    }
}

pub(crate) fn read(context: &Context<'_>) -> Outcome {
    let parsed = if is_2011(context.body) { parse_2011(context.body) } else { parse(context.body) };
    match parsed {
        Ok((_, attributes)) => Outcome::status(attributes),
        Err(error) => Outcome::short("driver", &error, context.body),
    }
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    if is_2011(fields.peek()) {
        return;
    }
    fields.field("state", 1, |b| (number(b).0, "1 put in, 2 taken out".to_owned()));
    fields.field("clock", 6, digits);
    fields.field("result", 1, number);
    counted(fields, "name");
    fields.field("licence", 20, words);
    counted(fields, "agency");
    fields.field("expiry", 4, digits);
    fields.field("identity card", 20, words);
}

fn counted(fields: &mut Explained, name: &'static str) {
    let length = fields.peek().first().copied().map_or(0, usize::from);
    fields.field("length", 1, number);
    fields.field(name, length, words);
}

const INSERTED: u8 = 1;
const REMOVED: u8 = 2;
