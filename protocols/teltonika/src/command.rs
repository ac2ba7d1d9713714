//! Packets of text: commands down, answers and texts up (Codec 12 to 15).
//!
//! Shape: content ↔ [`Text`]; [`Command`] → the words that a device understands, typed and nothing else. Units: seconds
//! in the words. Errors: the field before which the packet ended. Source: SPEC.md §8.

use crate::codec::Codec;
use crate::field::{Ends, Parsed, before, field};
use model::command::Relay;
use model::{Command, TerminalId};
use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u32};
use wire::Problem;

/// What a packet of text carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    pub(crate) codec: Codec,
    pub(crate) count: u8,
    pub(crate) kind: Kind,
    pub(crate) size: u32,
    /// Codec 13 and 15: seconds since 1970.
    pub(crate) timestamp: Option<u32>,
    /// Codec 14 and 15: sixteen packed digits.
    pub(crate) imei: Option<[u8; 8]>,
    pub(crate) words: &'a [u8],
    pub(crate) second_count: u8,
    /// Bytes behind the second count.
    pub(crate) surplus: usize,
}

/// The type byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind(pub(crate) u8);

impl Kind {
    /// From the server.
    pub(crate) const COMMAND: Self = Self(0x05);
    /// From the device.
    pub(crate) const ANSWER: Self = Self(0x06);
    /// From the device, Codec 15: what came in at its serial port.
    pub(crate) const SERIAL_PORT: Self = Self(0x0B);
    /// From the device, Codec 14: the command named another IMEI.
    pub(crate) const NOT_ME: Self = Self(0x11);
}

/// | offset | size | field     | unit / coding                            |
/// |      0 |    1 | codec     | 0C, 0D, 0E, 0F                           |
/// |      1 |    1 | count     | 1                                        |
/// |      2 |    1 | type      | 05 command, 06 answer, 0B port, 11 refused |
/// |      3 |    4 | size      | bytes from here to the second count      |
/// |      7 |    4 | timestamp | Codec 13, 15: seconds since 1970         |
/// |        |    8 | IMEI      | Codec 14, 15: packed digits              |
/// |        |    n | text      |                                          |
/// |        |    1 | count     | must be the first one                    |
fn text(i: &[u8]) -> Parsed<'_, Text<'_>> {
    let (i, codec) = field("codec", be_u8)(i).map(|(i, codec)| (i, Codec(codec)))?;
    let (i, count) = field("count", be_u8)(i)?;
    let (i, kind) = field("type", be_u8)(i)?;
    let (i, size) = field("size", be_u32)(i)?;
    let (i, body) = field("text", take(size))(i)?;
    let (i, second_count) = field("second count", be_u8)(i)?;
    let (body, timestamp) = timestamp(body, codec)?;
    let (words, imei) = imei(body, codec)?;
    Ok((
        i,
        Text { codec, count, kind: Kind(kind), size, timestamp, imei, words, second_count, surplus: i.len() },
    ))
}

fn timestamp(i: &[u8], codec: Codec) -> Parsed<'_, Option<u32>> {
    match codec {
        Codec::TEXT | Codec::SERIAL_PORT => field("timestamp", be_u32)(i).map(|(i, at)| (i, Some(at))),
        _ => Ok((i, None)),
    }
}

fn imei(i: &[u8], codec: Codec) -> Parsed<'_, Option<[u8; 8]>> {
    match codec {
        Codec::COMMAND_IMEI | Codec::SERIAL_PORT => {
            let (i, imei) = field("IMEI", take(8_usize))(i)?;
            Ok::<_, nom::Err<Ends>>((i, imei.try_into().ok()))
        }
        _ => Ok((i, None)),
    }
}

/// Reads a packet of text, and says what is wrong with one that could be read.
pub(crate) fn read(content: &[u8]) -> Result<(Text<'_>, Option<Problem>), Problem> {
    let (_, text) = text(content).map_err(|error| Problem::Short {
        message: "text",
        field: before(&error),
        have: content.len(),
    })?;
    let problem = match text {
        Text { surplus: 1.., .. } => Some(Problem::Trailing { message: "text", surplus: text.surplus }),
        Text { count, second_count, .. } if count != second_count => {
            Some(Problem::Header { reason: "the two counts of texts differ" })
        }
        Text { .. } => None,
    };
    Ok((text, problem))
}

/// Whether its fields fill the content to its last byte.
pub(crate) fn fills(content: &[u8]) -> bool {
    matches!(read(content), Ok((_, None)))
}

impl Text<'_> {
    /// Whom it names, where it names somebody.
    pub(crate) fn terminal(&self) -> Option<TerminalId> {
        let digits = hex::encode(self.imei?);
        TerminalId::parse(digits.strip_prefix('0').unwrap_or(&digits)).ok()
    }
}

/// The content of a Codec 12 packet.
pub(crate) fn content(kind: Kind, words: &[u8]) -> Vec<u8> {
    let mut content = vec![Codec::COMMAND.0, 1, kind.0];
    content.extend(u32::try_from(words.len()).unwrap_or(0).to_be_bytes());
    content.extend(words);
    content.push(1);
    content
}

/// The words for a command; `None` if the maker's published lists have none that we are sure of.
pub(crate) fn words(command: &Command) -> Option<String> {
    match *command {
        Command::Locate => Some("getgps".to_owned()),
        Command::Interval { moving_s, parked_s } => Some(interval(moving_s, parked_s)),
        Command::Restart => Some("cpureset".to_owned()),
        Command::Relay(Relay::Cut) => Some("setdigout 1".to_owned()),
        Command::Relay(Relay::Restore) => Some("setdigout 0".to_owned()),
        Command::Tracking { .. } | Command::ReadParameters | Command::SetParameter(_) | Command::Text(_) => {
            None
        }
    }
}

/// A record is made each `Min Period` and sent each `Send Period`; the device keeps three sets, by the network it is in.
fn interval(moving_s: u32, parked_s: Option<u32>) -> String {
    let periods = |set: &[u32; 6], seconds: u32| set.map(|id| format!("{id}:{seconds}"));
    let moving = periods(&MOVING, moving_s).into_iter();
    let parked = parked_s.map(|seconds| periods(&PARKED, seconds)).into_iter().flatten();
    format!("setparam {}", moving.chain(parked).collect::<Vec<_>>().join(";"))
}

/// Min Period and Send Period in the home network, roaming, and in an unknown one.
const MOVING: [u32; 6] = [10_050, 10_055, 10_150, 10_155, 10_250, 10_255];
const PARKED: [u32; 6] = [10_000, 10_005, 10_100, 10_105, 10_200, 10_205];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_command_fits_into_the_makers_limit() {
        let longest = interval(86_400, Some(86_400));
        assert!(longest.len() <= 160, "{} characters: {longest}", longest.len());
    }

    #[test]
    fn what_is_written_fills_its_packet() {
        let content = content(Kind::COMMAND, b"getgps");
        assert!(fills(&content));
        assert_eq!(read(&content).unwrap().0.words, b"getgps");
    }
}
