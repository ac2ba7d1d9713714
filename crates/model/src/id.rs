//! Identifiers. Small ones are held inline, so that a frame's way through the server allocates none.
//!
//! Shape: checked text in, `Copy` value out. Errors: [`InvalidId`] names what is wrong. Source: DESIGN.md §4
//! ("terminal ids have one canonical form"), `JT808.md` §5, `GT06.md` §4.

use arrayvec::ArrayString;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Nothing is left after trimming.
    #[error("the {kind} is empty")]
    Empty {
        /// Which identifier.
        kind: &'static str,
    },
    /// Longer than the identifier may be.
    #[error("the {kind} \"{text}\" is longer than {max} bytes")]
    TooLong {
        /// Which identifier.
        kind: &'static str,
        /// What was given.
        text: String,
        /// The limit.
        max: usize,
    },
    /// A character that the identifier cannot hold.
    #[error("the {kind} \"{text}\" holds {character:?}, which is not allowed there")]
    Character {
        /// Which identifier.
        kind: &'static str,
        /// What was given.
        text: String,
        /// The first character that is not allowed.
        character: char,
    },
    /// What no wire format can carry: the terminal would never be heard under it.
    #[error(
        "no terminal is called \"{text}\": an IMEI has 15 digits (GT06, Teltonika), a JT/T 808 number 12 or 20, where zeros in \
         front may be left out"
    )]
    Unspoken {
        /// What was given.
        text: String,
    },
}

macro_rules! inline_id {
    ($(#[$meta:meta])* $name:ident, $max:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        // So that a copy is whole words that do not overlap: ids are copied on every frame's way.
        #[repr(align(8))]
        pub struct $name(ArrayString<$max>);

        impl $name {
            /// The longest one, in bytes.
            pub const LEN_MAX: usize = $max;

            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }
    };
}

inline_id! {
    /// Who reports: the IMEI or the JT/T 808 terminal number, in one canonical form (see [`TerminalId::parse`]).
    TerminalId, 24
}
inline_id! {
    /// The protocol that understood a frame, e.g. `gt06`. Open list: adding a protocol touches no enum.
    ProtocolName, 16
}
inline_id! {
    /// A device model in a protocol's table, e.g. `g10ls`. Open list, like the protocols.
    ModelCode, 24
}
inline_id! {
    /// The collateral: its VIN where one is known, else its plate, both in capitals without blanks.
    VehicleId, 32
}

inline_id! {
    /// A place that is watched, as whoever imported it calls it, e.g. `pawn-17` or `CN-GD`.
    PlaceId, 40
}

inline_id! {
    /// Where vehicles are registered, as their plates say it: what those of a province (`粤`) or city (`粤B`) begin with.
    Region, 24
}

impl TerminalId {
    /// Canonical form of a terminal id from wire, file or person: capitals, no blanks; leading zeros dropped, since
    /// JT/T 808 pads the same number to 12 or 20 digits, except from a 15-digit IMEI, whose first digit may be 0.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let text = text.trim();
        let significant = if text.len() == IMEI_DIGITS { text } else { text.trim_start_matches('0') };
        let significant = if significant.is_empty() && !text.is_empty() { "0" } else { significant };
        let mut id = checked("terminal", significant, |c| c.is_ascii_alphanumeric())?;
        id.make_ascii_uppercase();
        Ok(Self(id))
    }

    /// The same of an id that a person enters. Terminals say digits; those that say no digits stand in hex, as
    /// [`parse`](Self::parse) takes it from the wire.
    pub fn entered(text: &str) -> Result<Self, InvalidId> {
        let id = Self::parse(text)?;
        let is_decimal = id.as_str().bytes().all(|byte| byte.is_ascii_digit());
        let is_hex = id.as_str().bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_number = id.as_str().bytes().any(|byte| byte.is_ascii_digit());
        if is_decimal || (is_hex && (is_number || id.as_str().len() >= HEX_WORD_MIN)) {
            return Ok(id);
        }
        Err(InvalidId::Unspoken { text: text.trim().to_owned() })
    }

    /// Whether it has the length of an IMEI and not its check digit (3GPP TS 23.003, annex B: Luhn): a terminal may say such a number,
    /// a person has more often mistyped one.
    pub fn is_unlikely_imei(&self) -> bool {
        let digits: Vec<u32> = self.as_str().chars().filter_map(|digit| digit.to_digit(10)).collect();
        let is_imei = digits.len() == IMEI_DIGITS && self.as_str().len() == IMEI_DIGITS;
        // Every second digit counts twice, and of what is two digits then, both.
        let sum = |(place, digit): (usize, &u32)| match place % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        };
        is_imei && digits.iter().enumerate().map(sum).sum::<u32>() % 10 != 0
    }

    /// Whether it is the server's own device: it is on no vehicle and stands where no car is.
    pub fn is_own_device(&self) -> bool {
        OWN_DEVICES.contains(&self.as_str())
    }

    /// The id for a log line above debug: only the last four characters.
    pub fn masked(&self) -> Masked<'_> {
        Masked(self.as_str())
    }
}

/// Letters alone are a word, as long as words of A to F are: a number of six bytes seldom is without a digit.
const HEX_WORD_MIN: usize = 8;
/// The numbers of the server's own device, one that is an IMEI and one for a protocol that carries none: the test IMEI of 3GPP TS
/// 23.003 (type allocation code 00101700 is given to no make), and a phone number, of which no Chinese mobile one begins with 100.
pub const OWN_DEVICES: [&str; 2] = ["001017000000018", "10017000018"];

impl ProtocolName {
    /// A protocol's name: lower-case letters and digits.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        checked("protocol", text, |c| c.is_ascii_lowercase() || c.is_ascii_digit()).map(Self)
    }
}

impl ModelCode {
    /// A model's code: lower-case letters, digits and `_`.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        checked("model", text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_').map(Self)
    }
}

impl PlaceId {
    /// A place's id: letters, digits, `-`, `_`, `.`, `:` and `/`; as it is written.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
        checked("place", text.trim(), allowed).map(Self)
    }
}

impl VehicleId {
    /// Canonical form of a VIN or plate: capitals, without blanks, dots and dashes; full-width forms folded.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        checked("vehicle", &as_on_plates(text), char::is_alphanumeric).map(Self)
    }

    /// Whether it is a VIN: seventeen characters [ISO 3779]; no plate has as many.
    pub fn is_vin(&self) -> bool {
        self.as_str().chars().count() == VIN_CHARACTERS
    }

    /// The plate or VIN for a log line above debug.
    pub fn masked(&self) -> Masked<'_> {
        Masked(self.as_str())
    }
}

impl Region {
    /// What plates of a region begin with, in the form of plates.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        checked("region", &as_on_plates(text), char::is_alphanumeric).map(Self)
    }

    /// Whether a plate says that its vehicle is from here.
    pub fn holds(&self, plate: VehicleId) -> bool {
        plate.as_str().starts_with(self.as_str())
    }

    /// Whether the other one is this one or a part of it.
    pub fn covers(&self, part: &Self) -> bool {
        part.as_str().starts_with(self.as_str())
    }
}

/// Capitals, without blanks, dots and dashes; full-width forms folded.
fn as_on_plates(text: &str) -> String {
    let folded: String = text.chars().map(fold_full_width).filter(|c| !is_plate_separator(*c)).collect();
    folded.to_uppercase()
}

fn checked<const N: usize>(
    kind: &'static str,
    text: &str,
    allowed: impl Fn(char) -> bool,
) -> Result<ArrayString<N>, InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty { kind });
    }
    if let Some(character) = text.chars().find(|c| !allowed(*c)) {
        return Err(InvalidId::Character { kind, text: text.to_owned(), character });
    }
    ArrayString::from(text).map_err(|_| InvalidId::TooLong { kind, text: text.to_owned(), max: N })
}

/// Full-width digits and letters (U+FF01..U+FF5E), which office software produces, become ASCII.
fn fold_full_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

fn is_plate_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '·' | '•' | '\u{200b}' | '\u{feff}')
}

/// An id shown only by its last four characters.
pub struct Masked<'a>(&'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.0.chars().count().saturating_sub(MASK_TAIL);
        f.write_str("**")?;
        self.0.chars().skip(tail.max(1)).try_for_each(|c| write!(f, "{c}"))
    }
}

/// A loan contract, as the lender numbers it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContractId(pub String);

/// A lender, as configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LenderId(pub String);

impl fmt::Display for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for LenderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A place in the journal. Commit order, not necessarily gapless; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub i64);

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One connection of one run of the server: unique for ever, since a run is named by its own place in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId {
    /// The journal's seq of the run start.
    pub run: Seq,
    /// Counted up within the run, from 1.
    pub connection: u32,
}

impl SessionId {
    /// Reads what its display form says; `None` if the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (run, connection) = text.rsplit_once('-')?;
        Some(Self { run: Seq(run.parse().ok()?), connection: connection.parse().ok()? })
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.run, self.connection)
    }
}

/// A message split over several frames, among those of its terminal and protocol: by the protocol's own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartSet(pub u64);

/// The caller-made id of a human input: the same id twice is one action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InputId(pub String);

/// Hash of (what it is about, rule, episode): the same history gives the same id on any database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlertId(pub String);

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

const IMEI_DIGITS: usize = 15;
const VIN_CHARACTERS: usize = 17;
const MASK_TAIL: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_enters_what_a_terminal_can_be_called_and_no_word() {
        for good in
            ["868120240000015", "A15", "013912345678", "00000000013912345678", "15", "0868120240000a15"]
        {
            assert_eq!(TerminalId::entered(good), TerminalId::parse(good), "{good}");
        }
        for word in ["abc", "beef", "粤B12345", "IMEI868120240000015", "8681202400000x5"] {
            assert!(TerminalId::entered(word).is_err(), "{word}");
        }
        let said = TerminalId::entered("abc").unwrap_err().to_string();
        assert!(
            said.contains("\"abc\"") && said.contains("15 digits") && said.contains("12 or 20"),
            "{said}"
        );
    }

    #[test]
    fn an_imei_with_another_last_digit_is_unlikely_and_other_numbers_are_not_asked() {
        let is_unlikely = |text: &str| TerminalId::parse(text).unwrap().is_unlikely_imei();
        for good in ["490154203237518", "868120240000015", "13912345678", "86812024000001A"] {
            assert!(!is_unlikely(good), "{good}");
        }
        for slip in ["490154203237517", "490154203273518"] {
            assert!(is_unlikely(slip), "{slip}");
        }
    }

    #[test]
    fn one_terminal_has_one_form_however_it_is_padded() {
        let plain = TerminalId::parse("13912345678").unwrap();
        assert_eq!(TerminalId::parse("013912345678"), Ok(plain));
        assert_eq!(TerminalId::parse("00000000013912345678"), Ok(plain));
    }

    #[test]
    fn an_imei_keeps_its_leading_zero() {
        assert_eq!(TerminalId::parse("013949004634708").unwrap().as_str(), "013949004634708");
    }

    #[test]
    fn a_plate_reads_the_same_with_blanks_dots_and_full_width_digits() {
        let plain = VehicleId::parse("粤B12345").unwrap();
        for written in ["粤B·12345", " 粤b 12345", "粤Ｂ１２３４５", "粤B-12345"] {
            assert_eq!(VehicleId::parse(written), Ok(plain), "{written}");
        }
    }

    #[test]
    fn a_region_reads_the_same_as_the_plates_that_begin_with_it() {
        let (shenzhen, plate) = (Region::parse(" 粤·ｂ").unwrap(), VehicleId::parse("粤B12345").unwrap());
        assert!(shenzhen.holds(plate) && Region::parse("粤").unwrap().holds(plate));
        assert!(!Region::parse("粤A").unwrap().holds(plate) && !Region::parse("B").unwrap().holds(plate));
        assert!(
            Region::parse("粤").unwrap().covers(&shenzhen) && !shenzhen.covers(&Region::parse("粤").unwrap())
        );
        assert_eq!(Region::parse(" - "), Err(InvalidId::Empty { kind: "region" }));
        assert!(Region::parse("粤%").is_err());
    }

    #[test]
    fn a_session_reads_back_from_what_it_displays() {
        let session = SessionId { run: Seq(12), connection: 7 };
        assert_eq!(SessionId::parse(&session.to_string()), Some(session));
        assert_eq!(SessionId::parse("12"), None);
    }

    #[test]
    fn a_bad_id_says_what_is_wrong() {
        assert_eq!(TerminalId::parse(" "), Err(InvalidId::Empty { kind: "terminal" }));
        assert!(TerminalId::parse("12;DROP").unwrap_err().to_string().contains("';'"));
        assert!(VehicleId::parse(&"A".repeat(40)).unwrap_err().to_string().contains("longer than 32"));
    }

    #[test]
    fn a_masked_id_shows_four_characters() {
        assert_eq!(TerminalId::parse("868120240000015").unwrap().masked().to_string(), "**0015");
        assert_eq!(TerminalId::parse("15").unwrap().masked().to_string(), "**5");
    }
}
