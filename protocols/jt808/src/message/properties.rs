//! 0x0107, the answer to a query of the terminal's properties.
//!
//! Shape: body → status. The editions differ in three widths and name no edition, so the first layout that the body
//! fits to its last byte is taken. Errors: trailing, where none fits. Source: SPEC.md §3.5.

use crate::context::{Context, Outcome};
use crate::explain::{Explained, digits, number, opaque, words};
use crate::field::{Missing, Parsed, field, some_text};
use crate::header::Header;
use model::{Attribute, Attributes};
use nom::bytes::complete::take;
use nom::multi::length_data;
use nom::number::complete::{be_u8, be_u16};
use wire::{Problem, bcd};

struct Widths {
    maker: usize,
    model: usize,
    device: usize,
}

/// 2013; 2019 as the first print has it; 2019 with the maker field of registration.
const LAYOUTS: [Widths; 3] = [
    Widths { maker: 5, model: 20, device: 7 },
    Widths { maker: 5, model: 30, device: 30 },
    Widths { maker: 11, model: 30, device: 30 },
];

/// | offset    | size        | field     | unit / coding                   |
/// |         0 |           2 | kind      | bits                            |
/// |         2 |      5 / 11 | maker     | text                            |
/// |    7 / 13 |     20 / 30 | model     | text                            |
/// |        .. |      7 / 30 | device id | text                            |
/// |        .. |          10 | iccid     | BCD                             |
/// |        .. |       1 + n | hardware  | text                            |
/// |        .. |       1 + n | firmware  | text                            |
/// |        .. |           1 | gnss      | 0 GPS, 1 BeiDou, 2 GLONASS, 3 Galileo |
/// |        .. |           1 | comms     | bits                            |
fn parse<'a>(widths: &Widths, i: &'a [u8]) -> Parsed<'a, Attributes> {
    let (i, kind) = field("kind", be_u16)(i)?;
    let (i, maker) = field("maker", take(widths.maker))(i)?;
    let (i, model) = field("model", take(widths.model))(i)?;
    let (i, device) = field("device id", take(widths.device))(i)?;
    let (i, iccid) = field("iccid", take(10_usize))(i)?;
    let (i, hardware) = field("hardware", length_data(be_u8))(i)?;
    let (i, firmware) = field("firmware", length_data(be_u8))(i)?;
    let (i, gnss) = field("gnss", be_u8)(i)?;
    let (i, comms) = field("comms", be_u8)(i)?;
    let said = [
        Some(Attribute::TerminalKind(kind)),
        some_text(maker).map(Attribute::Maker),
        some_text(model).map(Attribute::Model),
        some_text(device).map(Attribute::DeviceId),
        bcd::digits(iccid).map(Attribute::Iccid),
        some_text(hardware).map(Attribute::HardwareVersion),
        some_text(firmware).map(Attribute::Version),
        Some(Attribute::GnssSystems(gnss)),
        Some(Attribute::CommsSystems(comms)),
    ];
    Ok((i, said.into_iter().flatten().collect()))
}

pub(crate) fn read(context: &Context<'_>) -> Outcome {
    let whole = |widths| match parse(widths, context.body) {
        Ok(([], attributes)) => Ok(attributes),
        Ok((rest, _)) => Err(Problem::Trailing { message: "properties", surplus: rest.len() }),
        Err(error) => Err(short(&error, context.body)),
    };
    let mut first_problem = None;
    for widths in &LAYOUTS {
        match whole(widths) {
            Ok(attributes) => return Outcome::status(attributes),
            Err(problem) => first_problem = first_problem.or(Some(problem)),
        }
    }
    Outcome::raw(first_problem.unwrap_or(Problem::Trailing { message: "properties", surplus: 0 }))
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    let fits = |widths: &&Widths| matches!(parse(widths, fields.peek()), Ok(([], _)));
    let Some(widths) = LAYOUTS.iter().find(fits) else { return };
    fields.field("kind", 2, opaque);
    fields.field("maker", widths.maker, words);
    fields.field("model", widths.model, words);
    fields.field("device id", widths.device, words);
    fields.field("iccid", 10, digits);
    for (length, name) in [("hardware length", "hardware"), ("firmware length", "firmware")] {
        let bytes = fields.peek().first().copied().map_or(0, usize::from);
        fields.field(length, 1, number);
        fields.field(name, bytes, words);
    }
    fields.field("gnss", 1, |b| (hex::encode(b), "bits: GPS, BeiDou, GLONASS, Galileo".to_owned()));
    fields.field("comms", 1, |b| {
        (hex::encode(b), "bits: GPRS, CDMA, TD-SCDMA, WCDMA, CDMA2000, LTE, -, other".to_owned())
    });
}

fn short(error: &nom::Err<Missing>, body: &[u8]) -> Problem {
    crate::field::short("properties", error, body)
}
