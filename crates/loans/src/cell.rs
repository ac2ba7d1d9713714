//! The text of one cell → identifier, word, yes or no, count. Damage that office software does is named, not mended.
//!
//! Shape: pure functions from text. Errors: [`RejectReason`]. Source: `domain.md` §6 (identifiers, data quality).

use crate::RejectReason;
use model::loan::{ContactState, Level, Reason};
use model::{ContractId, TerminalId, VehicleId};
use std::borrow::Cow;

/// A cell's text without what office software puts around it. Blanks fold to nothing; formulas are refused.
pub(crate) fn clean(raw: &str) -> Result<&str, RejectReason> {
    if raw.len() > CELL_BYTES_MAX {
        return Err(RejectReason::TooLong { max: CELL_BYTES_MAX });
    }
    // The apostrophe is how a spreadsheet says "this is text", whatever follows; some exports keep it.
    let text = trim(raw);
    let said_text = text.strip_prefix(['\'', '\u{2018}', '\u{2019}']).map(trim);
    match text.chars().next() {
        Some('=' | '＝') => Err(RejectReason::Formula),
        _ if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => {
            Err(RejectReason::ControlCharacter)
        }
        _ => Ok(said_text.unwrap_or(text)),
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'))
}

/// Full-width digits, letters and signs, which Chinese input methods produce, become ASCII.
pub(crate) fn narrow(text: &str) -> Cow<'_, str> {
    let is_wide = |c: char| matches!(c, '\u{ff01}'..='\u{ff5e}' | '\u{3000}');
    if !text.contains(is_wide) {
        return Cow::Borrowed(text);
    }
    let fold = |c: char| match u32::from(c) {
        0x3000 => ' ',
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    Cow::Owned(text.chars().map(fold).collect())
}

/// Free text from staff.
#[expect(clippy::unnecessary_wraps, reason = "has the form of every cell's parser")]
pub(crate) fn words(text: &str) -> Result<String, RejectReason> {
    Ok(text.to_owned())
}

/// A contract number as the lender writes it.
pub(crate) fn contract(text: &str) -> Result<ContractId, RejectReason> {
    let text = narrow(text);
    undamaged(&text)?;
    if text.len() > CONTRACT_BYTES_MAX {
        return Err(RejectReason::TooLong { max: CONTRACT_BYTES_MAX });
    }
    if let Some(character) = text.chars().find(|c| c.is_control()) {
        return Err(RejectReason::BadCode { problem: format!("it holds {character:?}") });
    }
    Ok(ContractId(text.into_owned()))
}

/// An IMEI or a JT/T 808 terminal number.
pub(crate) fn terminal(text: &str) -> Result<TerminalId, RejectReason> {
    let text = narrow(text);
    undamaged(&text)?;
    if text.len() == ZERO_LOST_DIGITS && all_digits(&text) {
        return Err(RejectReason::ZeroLost);
    }
    TerminalId::entered(&text).map_err(|error| RejectReason::BadCode { problem: error.to_string() })
}

/// A vehicle identification number: 17 capitals and digits, never I, O, Q [ISO 3779].
pub(crate) fn vin(text: &str) -> Result<VehicleId, RejectReason> {
    undamaged(&narrow(text))?;
    let id = plate(text)?;
    let found = id.as_str().chars().count();
    if found != VIN_CHARACTERS {
        return Err(RejectReason::VinLength { found });
    }
    for character in id.as_str().chars() {
        match character {
            'I' => return Err(RejectReason::VinLetter { letter: 'I', digit: '1' }),
            'O' | 'Q' => return Err(RejectReason::VinLetter { letter: character, digit: '0' }),
            'A'..='Z' | '0'..='9' => {}
            _ => return Err(RejectReason::VinCharacter { character }),
        }
    }
    Ok(id)
}

/// A plate in its canonical form.
pub(crate) fn plate(text: &str) -> Result<VehicleId, RejectReason> {
    undamaged(&narrow(text))?;
    VehicleId::parse(text).map_err(|error| RejectReason::BadCode { problem: error.to_string() })
}

/// A VIN or a plate: 17 ASCII characters are meant as a VIN.
pub(crate) fn vehicle(text: &str) -> Result<VehicleId, RejectReason> {
    let id = plate(text)?;
    if is_vin_long(&id) { vin(text) } else { Ok(id) }
}

/// The id has the form of a VIN, not of a plate.
pub(crate) fn is_vin_long(id: &VehicleId) -> bool {
    id.as_str().is_ascii() && id.as_str().len() == VIN_CHARACTERS
}

/// A code that a spreadsheet took for a number is not the code any more.
fn undamaged(code: &str) -> Result<(), RejectReason> {
    if is_shortened(code) {
        return Err(RejectReason::Shortened);
    }
    if let Some((whole, zeros)) = code.split_once('.')
        && all_digits(whole)
        && zeros.chars().all(|c| c == '0')
    {
        return Err(RejectReason::DecimalCode);
    }
    let beyond = code.get(SPREADSHEET_DIGITS..).unwrap_or_default();
    if code.len() >= ROUNDED_DIGITS_MIN
        && all_digits(code)
        && !code.starts_with('0')
        && beyond.chars().all(|c| c == '0')
    {
        return Err(RejectReason::Rounded);
    }
    Ok(())
}

/// `8.68E+14`, `1E+15`: one digit, perhaps decimals, an exponent; a code like `1E5` is let pass.
pub(crate) fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let mantissa = mantissa.trim_start_matches(['-', '+']);
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let signed = exponent.starts_with(['+', '-']);
    whole.len() == 1
        && all_digits(whole)
        && all_digits(decimals)
        && all_digits(exponent.trim_start_matches(['+', '-']))
        && (signed || mantissa.contains('.'))
}

pub(crate) fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A whole number.
pub(crate) fn count(text: &str) -> Result<u16, RejectReason> {
    let text = narrow(text);
    if !all_digits(&text) {
        return Err(RejectReason::NotACount);
    }
    text.parse().map_err(|_| RejectReason::NotACount)
}

type Words<T> = &'static [(T, &'static [&'static str])];

/// Yes or no.
pub(crate) fn yes(text: &str) -> Result<bool, RejectReason> {
    one_of(YES_NO, text)
}

/// Willingness or ability.
pub(crate) fn level(text: &str) -> Result<Level, RejectReason> {
    one_of(LEVELS, text)
}

/// Why overdue.
pub(crate) fn reason(text: &str) -> Result<Reason, RejectReason> {
    one_of(REASONS, text)
}

/// Whether the borrower can be reached.
pub(crate) fn contact_state(text: &str) -> Result<ContactState, RejectReason> {
    one_of(CONTACT_STATES, text)
}

pub(crate) fn one_of<T: Copy>(words: Words<T>, text: &str) -> Result<T, RejectReason> {
    let key = narrow(text).chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let found = words.iter().find(|(_, names)| names.contains(&key.as_str()));
    found.map(|(value, _)| *value).ok_or_else(|| RejectReason::UnknownWord {
        expected: words
            .iter()
            .flat_map(|(_, names)| names.iter().take(2))
            .copied()
            .collect::<Vec<_>>()
            .join(", "),
    })
}

const YES_NO: Words<bool> = &[
    (true, &["是", "yes", "y", "1", "true", "有", "√"]),
    (false, &["否", "no", "n", "0", "false", "无", "×"]),
];
const LEVELS: Words<Level> =
    &[(Level::High, &["高", "high", "强", "有", "h"]), (Level::Low, &["低", "low", "弱", "无", "l"])];
const REASONS: Words<Reason> = &[
    (Reason::Hardship, &["经济困难", "hardship", "困难", "资金困难"]),
    (Reason::Malicious, &["恶意", "malicious", "恶意逾期", "恶意拖欠"]),
    (Reason::LegalCase, &["涉案", "legal_case", "legalcase", "涉诉"]),
    (Reason::Bankruptcy, &["破产", "bankruptcy"]),
    (Reason::Accident, &["出险", "accident", "车辆出险", "事故"]),
];
const CONTACT_STATES: Words<ContactState> = &[
    (ContactState::Reachable, &["有联", "reachable", "可联", "可联系", "正常"]),
    (ContactState::Lost, &["失联", "lost", "无法联系"]),
];

/// Longer than any name, address or remark in a loan book; 200 of them still fit a row's limit.
pub(crate) const CELL_BYTES_MAX: usize = 4 * 1024;
/// Contract numbers seen have up to 40 characters; a longer one is a shifted row.
const CONTRACT_BYTES_MAX: usize = 128;
const VIN_CHARACTERS: usize = 17;
/// An IMEI has 15 digits, a JT/T 808 number 12 or 20: 14 are an IMEI that lost its leading zero.
const ZERO_LOST_DIGITS: usize = 14;
/// Spreadsheets compute with 64-bit floats and show 15 digits [IEEE 754].
const SPREADSHEET_DIGITS: usize = 15;
/// From 17 digits on, a number that ends in zeros from the 16th is damaged with at least 99 % certainty.
const ROUNDED_DIGITS_MIN: usize = 17;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_excel_does_to_a_code_is_refused() {
        for text in ["8.68E+14", "8.68e+14", "1E+15", "8.6812E14", "９．１E+10"] {
            assert_eq!(terminal(text), Err(RejectReason::Shortened), "{text}");
            assert_eq!(contract(text), Err(RejectReason::Shortened), "{text}");
        }
        assert_eq!(contract("123456789012345000"), Err(RejectReason::Rounded));
        assert_eq!(terminal("868120240000015.0"), Err(RejectReason::DecimalCode));
        assert_eq!(terminal("13949004634708"), Err(RejectReason::ZeroLost));
    }

    #[test]
    fn a_code_that_only_looks_like_a_number_is_taken() {
        for text in ["1E5", "HT2026-000", "123456789012345678", "100000000000000", "CE+14"] {
            assert_eq!(contract(text), Ok(ContractId(text.into())), "{text}");
        }
        assert_eq!(terminal("00000000013912345600").unwrap().as_str(), "13912345600");
        assert_eq!(terminal("８６８１２０２４００００１２３").unwrap().as_str(), "868120240000123");
    }

    #[test]
    fn a_formula_is_refused_and_an_apostrophe_taken_off() {
        assert_eq!(clean(" =A1+1"), Err(RejectReason::Formula));
        assert_eq!(clean("'=A1"), Ok("=A1"));
        assert_eq!(clean(" '868120240000015\u{3000}"), Ok("868120240000015"));
        assert_eq!(clean("a\u{1}b"), Err(RejectReason::ControlCharacter));
        assert_eq!(
            clean(&"x".repeat(CELL_BYTES_MAX + 1)),
            Err(RejectReason::TooLong { max: CELL_BYTES_MAX })
        );
    }

    #[test]
    fn a_vin_with_a_letter_no_vin_has_gets_a_hint() {
        assert!(vin("LSVAA4187E2184847").is_ok());
        assert_eq!(vin("LSVAA4187E218484O"), Err(RejectReason::VinLetter { letter: 'O', digit: '0' }));
        assert_eq!(vin("LSVAA4I87E2184847"), Err(RejectReason::VinLetter { letter: 'I', digit: '1' }));
        assert_eq!(vin("LSVAA4187E218484"), Err(RejectReason::VinLength { found: 16 }));
        assert_eq!(vin("LSVAA4187E218484粤"), Err(RejectReason::VinCharacter { character: '粤' }));
        assert!(vehicle("LSVAA4187E218484O").is_err(), "17 characters are meant as a VIN");
        assert_eq!(vehicle("粤B·12345").unwrap().as_str(), "粤B12345");
    }

    #[test]
    fn words_are_known_in_both_languages_and_an_unknown_one_lists_them() {
        assert_eq!(contact_state("失联"), Ok(ContactState::Lost));
        assert_eq!(reason("Legal Case"), Ok(Reason::LegalCase));
        assert_eq!(yes("Ｙ"), Ok(true));
        assert_eq!(level("高"), Ok(Level::High));
        let error = reason("忘了").unwrap_err().to_string();
        assert!(error.contains("经济困难, hardship"), "{error}");
    }

    #[test]
    fn a_count_is_digits_only() {
        assert_eq!(count("12"), Ok(12));
        for text in ["-1", "1.5", "70000", "+3", "three"] {
            assert_eq!(count(text), Err(RejectReason::NotACount), "{text}");
        }
    }
}
