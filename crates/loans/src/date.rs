//! The text of one cell → calendar date, or instant in a zone.
//!
//! Shape: pure functions from text. Accepted: `2026-11-20`, `2026/11/20`, `2026.11.20`, `2026年11月20日`, `20261120`,
//! a spreadsheet's day number; with a time behind it for an instant, or RFC 3339. Errors: a form that has two
//! readings is refused, never guessed. Source: `reliability.md` B44; `domain.md` §6 (dates as Excel serial).

use crate::RejectReason;
use crate::cell::{all_digits, is_shortened, narrow};
use jiff::civil;
use jiff::tz::TimeZone;
use model::loan::NamedZone;
use model::{Date, Timestamp};

/// A calendar date. A time behind it is checked and dropped.
pub(crate) fn date(text: &str) -> Result<Date, RejectReason> {
    let text = narrow(text);
    let (day, time) = split(&text);
    if let Some(time) = time {
        clock(time).ok_or(RejectReason::NotADate)?;
    }
    calendar_date(day)
}

/// An instant: RFC 3339, or a date with or without a time in the loan's zone; a date alone is its first moment, since
/// a statement that is taken for older than it is does less harm than one taken for newer.
pub(crate) fn instant(text: &str, zone: &TimeZone) -> Result<Timestamp, RejectReason> {
    let text = narrow(text);
    if let Some(at) = Timestamp::parse(&text) {
        return Ok(at);
    }
    let (day, time) = split(&text);
    let date = calendar_date(day)?;
    let (hour, minute, second) = time.map_or(Some((0, 0, 0)), clock).ok_or(RejectReason::NotATime)?;
    let civil: civil::Date = date.to_string().parse().map_err(|_| RejectReason::NotADate)?;
    let at = zone.to_timestamp(civil.at(hour, minute, second, 0)).map_err(|_| RejectReason::NotATime)?;
    Ok(Timestamp::from_ms(at.as_millisecond()))
}

/// A zone by its IANA name.
pub(crate) fn zone(text: &str) -> Result<NamedZone, RejectReason> {
    NamedZone::known(text).ok_or(RejectReason::UnknownZone)
}

fn split(text: &str) -> (&str, Option<&str>) {
    let parts = text.split_once(|c: char| c.is_whitespace() || c == 'T');
    parts.map_or((text, None), |(day, time)| (day, Some(time.trim())))
}

/// `1:00`, `01:00:00`, `01:00:00.000`.
fn clock(text: &str) -> Option<(i8, i8, i8)> {
    let text = text
        .split_once('.')
        .map_or(text, |(whole, fraction)| if all_digits(fraction) { whole } else { text });
    let mut parts = text.split(':').map(|part| if all_digits(part) { part.parse::<i8>().ok() } else { None });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        None => 0,
        Some(second) => second?,
    };
    let exists = hour < 24 && minute < 60 && second < 60 && parts.next().is_none();
    exists.then_some((hour, minute, second))
}

fn calendar_date(text: &str) -> Result<Date, RejectReason> {
    if is_shortened(text) {
        return Err(RejectReason::Shortened);
    }
    if all_digits(text) {
        return from_digits(text);
    }
    let plain = text.trim_end_matches('日').replace(['/', '.', '年', '月'], "-");
    let mut parts = plain.split('-').map(str::trim);
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(RejectReason::NotADate);
    };
    if ![year, month, day].into_iter().all(all_digits) {
        return Err(RejectReason::NotADate);
    }
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return Err(RejectReason::AmbiguousDate);
    }
    from_parts(year, month, day)
}

/// `20261120`, or a day number of a spreadsheet: days since 1899-12-30 [ECMA-376 §18.17.4.1, 1900 system].
fn from_digits(text: &str) -> Result<Date, RejectReason> {
    if let (8, Some((year, rest))) = (text.len(), text.split_at_checked(4)) {
        let (month, day) = rest.split_at_checked(2).ok_or(RejectReason::NotADate)?;
        return from_parts(year, month, day);
    }
    let days: i32 = text.parse().map_err(|_| RejectReason::NotADate)?;
    if !DAY_NUMBERS.contains(&days) {
        return Err(if text.len() == 6 { RejectReason::AmbiguousDate } else { RejectReason::NotADate });
    }
    Date::new(1899, 12, 30).and_then(|origin| origin.plus_days(days)).ok_or(RejectReason::NotADate)
}

fn from_parts(year: &str, month: &str, day: &str) -> Result<Date, RejectReason> {
    let year: i16 = year.parse().map_err(|_| RejectReason::NotADate)?;
    let (month, day) = (month.parse().ok(), day.parse().ok());
    let (Some(month), Some(day)) = (month, day) else { return Err(RejectReason::NotADate) };
    let date = Date::new(year, month, day).ok_or(RejectReason::NotADate)?;
    if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
        return Err(RejectReason::YearOutOfRange { from: YEAR_MIN, to: YEAR_MAX });
    }
    Ok(date)
}

/// 1982-02-18 to 2119-01-10: no five-digit number outside it is the date of a car loan.
const DAY_NUMBERS: std::ops::RangeInclusive<i32> = 30_000..=80_000;
/// No running car loan is older.
const YEAR_MIN: i16 = 1980;
/// `9999-12-31` and the like stand for "none", which is an empty cell here.
const YEAR_MAX: i16 = 2100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_reads_the_same_in_every_form() {
        let day = Date::parse("2026-11-05");
        for text in [
            "2026-11-05",
            "2026/11/5",
            "2026.11.05",
            "2026年11月5日",
            "20261105",
            "46331",
            "２０２６-11-05",
            "2026/11/5 0:00",
            "2026-11-05T00:00:00",
        ] {
            assert_eq!(date(text).ok(), day, "{text}");
        }
    }

    #[test]
    fn a_date_with_two_readings_is_refused() {
        for text in ["03/04/26", "03/04/2026", "20-11-2026", "261120", "26-11-20"] {
            assert_eq!(date(text), Err(RejectReason::AmbiguousDate), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in
            ["2026-02-30", "2026-13-01", "tomorrow", "29999", "80001", "2026-11", "2026-11-20 25:00", "-"]
        {
            assert_eq!(date(text), Err(RejectReason::NotADate), "{text}");
        }
        assert_eq!(date("2.02E+07"), Err(RejectReason::Shortened));
        assert!(matches!(date("9999-12-31"), Err(RejectReason::YearOutOfRange { .. })));
        assert!(matches!(date("0001-01-01"), Err(RejectReason::YearOutOfRange { .. })));
    }

    #[test]
    fn an_instant_without_an_offset_is_in_the_loans_zone() {
        let shanghai = zone("Asia/Shanghai").unwrap();
        let shanghai = shanghai.zone();
        let expected = Timestamp::parse("2026-11-19T17:00:00Z");
        for text in
            ["2026-11-20 01:00", "2026/11/20 1:00:00", "2026-11-20T01:00:00+08:00", "2026-11-19T17:00:00Z"]
        {
            assert_eq!(instant(text, shanghai).ok(), expected, "{text}");
        }
        assert_eq!(instant("2026-11-20", shanghai).ok(), Timestamp::parse("2026-11-19T16:00:00Z"));
        assert_eq!(instant("2026-11-20 1pm", shanghai), Err(RejectReason::NotATime));
    }

    #[test]
    fn a_zone_is_an_iana_name() {
        assert_eq!(zone("Asia/Shanghai").unwrap().name(), "Asia/Shanghai");
        for text in ["CST", "+08:00", "北京时间", "Mars/Base"] {
            assert!(zone(text).is_err(), "{text}");
        }
    }
}
