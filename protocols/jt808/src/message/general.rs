//! General answers: 0x0001 from the terminal, 0x8001 from the platform.
//!
//! Shape: answered serial, answered number, result ↔ body. Errors: short. Source: SPEC.md §3.1.

use crate::context::{Context, Outcome, Owed, ResultCode};
use crate::explain::{Explained, message_name, number};
use crate::field::{Parsed, field};
use crate::header::Header;
use crate::number::Number;
use model::Attributes;
use nom::number::complete::{be_u8, be_u16};

/// A general answer, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct General {
    pub(crate) serial: u16,
    pub(crate) number: Number,
    pub(crate) result: ResultCode,
}

/// | offset | size | field           | unit / coding                                     |
/// |      0 |    2 | answered serial |                                                   |
/// |      2 |    2 | answered number |                                                   |
/// |      4 |    1 | result          | 0 ok, 1 failed, 2 bad, 3 unsupported, 4 confirmed |
pub(crate) fn parse(i: &[u8]) -> Parsed<'_, General> {
    let (i, serial) = field("answered serial", be_u16)(i)?;
    let (i, number) = field("answered number", be_u16)(i)?;
    let (i, result) = field("result", be_u8)(i)?;
    Ok((i, General { serial, number: Number(number), result: ResultCode(result) }))
}

impl General {
    pub(crate) fn body(self) -> [u8; 5] {
        let ([a, b], [c, d]) = (self.serial.to_be_bytes(), self.number.0.to_be_bytes());
        [a, b, c, d, self.result.0]
    }
}

/// 0x0001: the terminal answers a command, or refuses it. Its serial is the token.
pub(crate) fn read(context: &Context<'_>) -> Outcome {
    match parse(context.body) {
        Ok((_, answer)) => {
            let text = format!("{:#06x} {}", answer.number.0, answer.result.words());
            match answer.result {
                ResultCode::OK | ResultCode::ALARM_CONFIRMED => {
                    Outcome::reply(Some(answer.serial), text, Attributes::default())
                }
                _ => Outcome::refusal(Some(answer.serial), text),
            }
        }
        Err(error) => Outcome::short("terminal_answer", &error, context.body),
    }
    .owing(Owed::Nothing)
}

pub(crate) fn explain(fields: &mut Explained, _: &Header) {
    fields.field("answered serial", 2, number);
    fields.field("answered message", 2, message_name);
    fields.field("result", 1, |b| {
        let code = ResultCode(b.first().copied().unwrap_or_default());
        (code.0.to_string(), code.words().to_owned())
    });
}
