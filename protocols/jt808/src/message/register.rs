//! 0x0100 registration, in three editions, and its answer 0x8100.
//!
//! Shape: body → login event + authentication code. The edition shows in the header's flag and in the body's length
//! only. Errors: short. Source: SPEC.md §3.2.

use crate::context::{Context, Outcome, Owed};
use crate::explain::{Explained, number, words};
use crate::field;
use crate::field::{Parsed, field, some_text};
use crate::header::{Header, Phone};
use model::{Attribute, Event};
use nom::bytes::complete::take;
use nom::combinator::rest;
use nom::number::complete::{be_u8, be_u16};

/// Widths of the text fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edition {
    maker: usize,
    model: usize,
    device: usize,
}

const YEAR_2011: Edition = Edition { maker: 5, model: 8, device: 7 };
const YEAR_2013: Edition = Edition { maker: 5, model: 20, device: 7 };
const YEAR_2019: Edition = Edition { maker: 11, model: 30, device: 30 };

impl Edition {
    /// Bytes before the plate.
    const fn length(self) -> usize {
        4 + self.maker + self.model + self.device + 1
    }

    /// The edition of a body. A 2011 plate of twelve bytes or more makes the body as long as one of 2013, where a
    /// plate's letter would then stand for the colour: colours are 0 to 9.
    fn of(header: &Header, body: &[u8]) -> Self {
        let ten = matches!(header.phone, Phone::Ten { .. });
        let colour_2013 = body.get(YEAR_2013.length() - 1);
        match colour_2013 {
            _ if ten && body.len() >= YEAR_2019.length() => YEAR_2019,
            Some(0..=9) => YEAR_2013,
            _ => YEAR_2011,
        }
    }
}

struct Registration<'a> {
    province: u16,
    city: u16,
    maker: &'a [u8],
    model: &'a [u8],
    device: &'a [u8],
    colour: u8,
    plate: &'a [u8],
}

/// | 2011 | 2013 | 2019 | size 2011 / 2013 / 2019 | field     | unit / coding       |
/// |    0 |    0 |    0 |                       2 | province  | GB/T 2260 digits    |
/// |    2 |    2 |    2 |                       2 | city      | GB/T 2260 digits    |
/// |    4 |    4 |    4 |              5 / 5 / 11 | maker     | text                |
/// |    9 |    9 |   15 |             8 / 20 / 30 | model     | text                |
/// |   17 |   29 |   45 |              7 / 7 / 30 | device id | text                |
/// |   24 |   36 |   75 |                       1 | colour    | 0: plate is the VIN |
/// |   25 |   37 |   76 |                the rest | plate     | text                |
fn parse(edition: Edition, i: &[u8]) -> Parsed<'_, Registration<'_>> {
    let (i, province) = field("province", be_u16)(i)?;
    let (i, city) = field("city", be_u16)(i)?;
    let (i, maker) = field("maker", take(edition.maker))(i)?;
    let (i, model) = field("model", take(edition.model))(i)?;
    let (i, device) = field("device id", take(edition.device))(i)?;
    let (i, colour) = field("plate colour", be_u8)(i)?;
    let (i, plate) = field("plate", rest)(i)?;
    Ok((i, Registration { province, city, maker, model, device, colour, plate }))
}

pub(crate) fn read(context: &Context<'_>) -> Outcome {
    match parse(Edition::of(context.header, context.body), context.body) {
        Ok((_, registration)) => {
            let login = Event::Login {
                terminal: context.terminal,
                zone: None,
                attributes: attributes(&registration).into_iter().flatten().collect(),
            };
            Outcome::of(vec![login]).owing(Owed::Registration)
        }
        Err(error) => Outcome::short("register", &error, context.body),
    }
}

fn attributes(registration: &Registration<'_>) -> [Option<Attribute>; 7] {
    [
        some_text(registration.maker).map(Attribute::Maker),
        some_text(registration.model).map(Attribute::Model),
        some_text(registration.device).map(Attribute::DeviceId),
        some_text(registration.plate).map(Attribute::Plate),
        Some(Attribute::Province(registration.province)).filter(|_| registration.province != 0),
        Some(Attribute::City(registration.city)).filter(|_| registration.city != 0),
        Some(Attribute::PlateColour(registration.colour)),
    ]
}

/// 0x8100.
pub(crate) struct Answer<'a> {
    pub(crate) serial: u16,
    /// 0 ok, 1 vehicle registered, 2 no such vehicle, 3 terminal registered, 4 no such terminal.
    pub(crate) result: u8,
    pub(crate) code: &'a [u8],
}

/// | offset | size     | field           | unit / coding            |
/// |      0 |        2 | answered serial |                          |
/// |      2 |        1 | result          | 0 ok                     |
/// |      3 | the rest | code            | text, only if ok         |
pub(crate) fn parse_answer(i: &[u8]) -> Parsed<'_, Answer<'_>> {
    let (i, serial) = field("answered serial", be_u16)(i)?;
    let (i, result) = field("result", be_u8)(i)?;
    let (i, code) = field("code", rest)(i)?;
    Ok((i, Answer { serial, result, code }))
}

impl Answer<'_> {
    pub(crate) fn body(&self) -> Vec<u8> {
        [&self.serial.to_be_bytes()[..], &[self.result], self.code].concat()
    }
}

/// What a simulated terminal says of itself, 2013.
pub(crate) fn body_2013(device: &str, plate: &[u8]) -> Vec<u8> {
    const SHENZHEN: [u8; 4] = [0x00, 0x2C, 0x01, 0x2C]; // province 44, city 300
    const BLUE: u8 = 1;
    let mut body = SHENZHEN.to_vec();
    body.extend(padded(b"LWSIM", YEAR_2013.maker));
    body.extend(padded(b"SIM-808", YEAR_2013.model));
    body.extend(padded(device.as_bytes(), YEAR_2013.device));
    body.push(BLUE);
    body.extend_from_slice(plate);
    body
}

/// Text to a fixed width, zeros behind it.
fn padded(text: &[u8], width: usize) -> impl Iterator<Item = u8> {
    text.iter().copied().chain(std::iter::repeat(0)).take(width)
}

pub(crate) fn explain(fields: &mut Explained, header: &Header) {
    let edition = Edition::of(header, fields.peek());
    fields.field("province", 2, number);
    fields.field("city", 2, number);
    fields.field("maker", edition.maker, words);
    fields.field("model", edition.model, words);
    fields.field("device id", edition.device, words);
    fields.field("plate colour", 1, |b| (number(b).0, colour(b).to_owned()));
    fields.rest("plate", |b| (field::text(b), String::new()));
}

fn colour(bytes: &[u8]) -> &'static str {
    match bytes {
        [0] => "no plate: the next field is the VIN",
        [1] => "blue",
        [2] => "yellow",
        [3] => "black",
        [4] => "white",
        [5] => "green",
        _ => "other",
    }
}
