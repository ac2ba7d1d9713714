//! The text of an amount ↔ fen, exactly.
//!
//! Shape: `1,234.56` ↔ 123456. Units: the currency's smallest unit, two decimals. Errors: a form that has two readings
//! is refused, never guessed. Source: `reliability.md` B44; `domain.md` §6 (amounts with comma).

use crate::RejectReason;
use crate::cell::{all_digits, is_shortened, narrow};

/// Reads an amount.
pub(crate) fn fen(text: &str) -> Result<i64, RejectReason> {
    let text = narrow(text);
    if is_shortened(&text) {
        return Err(RejectReason::Shortened);
    }
    let bare = text.trim_start_matches(['¥', '￥']).trim_start_matches("CNY").trim_start_matches("RMB");
    let bare = bare.trim_end_matches('元').trim();
    if bare.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        return Err(RejectReason::Negative);
    }
    if !bare.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',')) {
        return Err(RejectReason::NotAnAmount);
    }
    if bare.matches('.').count() > 1 {
        return Err(RejectReason::AmbiguousAmount);
    }
    let (whole, decimals) = bare.split_once('.').unwrap_or((bare, "00"));
    if decimals.contains(',') {
        return Err(RejectReason::AmbiguousAmount);
    }
    let whole = ungrouped(whole)?;
    match decimals.len() {
        0 => return Err(RejectReason::NotAnAmount),
        1 | 2 => {}
        _ => return Err(RejectReason::TooFine),
    }
    format!("{whole}{decimals:0<2}").parse().map_err(|_| RejectReason::NotAnAmount)
}

/// Takes the commas out of `1,234,567`; any other place for a comma may be a decimal comma.
fn ungrouped(whole: &str) -> Result<String, RejectReason> {
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    if !all_digits(first) {
        return Err(RejectReason::NotAnAmount);
    }
    let grouped = whole.contains(',');
    if grouped && (first.len() > 3 || !groups.all(|group| group.len() == 3)) {
        return Err(RejectReason::AmbiguousAmount);
    }
    Ok(whole.replace(',', ""))
}

/// Writes an amount.
pub(crate) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_to_the_fen() {
        for (text, expected) in [
            ("0", 0),
            ("1234.5", 123_450),
            ("1,234.56", 123_456),
            ("1,234,567", 123_456_700),
            ("¥ 1,234.56 元", 123_456),
            ("１２３．４５", 12_345),
            ("90071992547409.93", 9_007_199_254_740_993),
        ] {
            assert_eq!(fen(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_amount_with_two_readings_is_refused() {
        for text in ["1.234,5", "1,23", "12,3456", "1.234.567", "1234,56"] {
            assert_eq!(fen(text), Err(RejectReason::AmbiguousAmount), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_for_its_own_reason() {
        for (text, reason) in [
            ("1.23E+05", RejectReason::Shortened),
            ("12.345", RejectReason::TooFine),
            ("-5", RejectReason::Negative),
            ("12万", RejectReason::NotAnAmount),
            ("1 234.56", RejectReason::NotAnAmount),
            ("12.", RejectReason::NotAnAmount),
            (".5", RejectReason::NotAnAmount),
            ("99999999999999999999", RejectReason::NotAnAmount),
        ] {
            assert_eq!(fen(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn an_amount_reads_back_as_written() {
        for amount in [0, 5, 99, 100, 123_456, i64::MAX] {
            assert_eq!(fen(&yuan(amount)), Ok(amount));
        }
    }
}
