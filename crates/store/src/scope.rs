//! What somebody may see, as statements ask it: the same as `model::staff::Scope::holds`.
//!
//! ```text
//! $1  record record …   a record is a region (24 characters; blank = wherever) and a lender, both with blanks behind; empty = everything
//! $2  characters of a record
//! ```
//! Shape: [`scoped!`] is a statement with the list `seen` before it, [`sees!`] the condition on one of its rows, [`Records`] what is
//! bound. A list of values would be another statement for each length. Units: characters. Errors: none.

use model::staff::{Grant, Scope};
use model::{LenderId, Region};

/// `scoped!("SELECT …")` expands to one text: what `$1` and `$2` hold as the list `seen`, the lengths of its regions as `width`, and the
/// statement.
macro_rules! scoped {
    ($($text:expr),+) => {
        concat!(
            "WITH RECURSIVE record (n) AS (SELECT 0 UNION ALL \
             SELECT n + 1 FROM record WHERE (n + 1) * $2 < LENGTH(CAST($1 AS TEXT))), \
             seen (region, lender) AS MATERIALIZED (SELECT RTRIM(SUBSTR($1, n * $2 + 1, 24)), \
             RTRIM(SUBSTR($1, n * $2 + 25, $2 - 24)) FROM record), \
             width (n) AS MATERIALIZED (SELECT DISTINCT LENGTH(region) FROM seen) ",
            $($text),+
        )
    };
}

/// `sees!("a.lender", "a.about")` expands to the condition that a row of this lender, on this vehicle, may be seen. What is on no
/// vehicle has `''` in its place. What its plate begins with is looked up in `seen`, once for each length that regions have: to go
/// through `seen` for each row took 14 s for 100 regions and 100,000 loans on `SQLite`, 81 s on `PostgreSQL`; now one and two.
macro_rules! sees {
    ($lender:literal, $vehicle:literal) => {
        concat!(
            "($1 = '' OR EXISTS (SELECT 1 FROM (SELECT CASE WHEN width.n = 0 THEN '' ELSE \
             (SELECT SUBSTR(CASE WHEN LENGTH(w.vehicle) <> 17 THEN w.vehicle WHEN LENGTH(w.alias) <> 17 THEN w.alias END, 1, width.n) \
             FROM vehicles w WHERE w.vehicle = ",
            $vehicle,
            ") END AS region FROM width) AS part WHERE (part.region, '\u{1f}') IN (SELECT region, lender FROM seen) \
             OR (part.region, ",
            $lender,
            ") IN (SELECT region, lender FROM seen)))"
        )
    };
}

pub(crate) use {scoped, sees};

/// A scope as it is bound.
pub(crate) struct Records {
    /// For `$1`.
    pub(crate) text: String,
    /// For `$2`.
    pub(crate) width: i32,
}

impl Records {
    /// `None` = everything: for who asks for the server itself.
    pub(crate) fn of(scope: Option<&Scope>) -> Self {
        let Some(scope) = scope.filter(|scope| !scope.is_everything()) else {
            // As wide as a region: what the statement would cut off behind it must not be less than nothing.
            return Self { text: String::new(), width: i32::try_from(Region::LEN_MAX).unwrap_or(i32::MAX) };
        };
        let mut pairs: Vec<(&str, &str)> = scope.grants().iter().flat_map(pairs).collect();
        // What two teams give is told once.
        pairs.sort_unstable();
        pairs.dedup();
        let pairs = if pairs.is_empty() { vec![(WHEREVER, NOBODY)] } else { pairs };
        let lender_max = pairs.iter().map(|(_, lender)| lender.chars().count()).max().unwrap_or_default();
        let record = |(region, lender): &(&str, &str)| {
            format!("{region:<region_max$}{lender:<lender_max$}", region_max = Region::LEN_MAX)
        };
        let width = Region::LEN_MAX.saturating_add(lender_max);
        Self { text: pairs.iter().map(record).collect(), width: i32::try_from(width).unwrap_or(i32::MAX) }
    }
}

/// Each region with each lender.
fn pairs(grant: &Grant) -> Vec<(&str, &str)> {
    let lenders = grant.lenders.as_deref().map_or_else(|| vec![ANYBODY], names);
    let regions = match &grant.regions {
        Some(regions) => regions.iter().map(Region::as_str).collect(),
        None => vec![WHEREVER],
    };
    lenders.iter().flat_map(|lender| regions.iter().map(move |region| (*region, *lender))).collect()
}

fn names(lenders: &[LenderId]) -> Vec<&str> {
    lenders.iter().map(|lender| lender.0.as_str()).collect()
}

/// What each plate begins with, and what is on no vehicle.
const WHEREVER: &str = "";
/// Whichever lender. None has a control character in its name (`model::input::ControlCharacter`).
const ANYBODY: &str = "\u{1f}";
/// No lender.
const NOBODY: &str = "\u{1e}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_region_and_a_lender_and_nothing_is_not_everything() {
        let regions = ["粤", "浙A"].map(|region| Region::parse(region).unwrap());
        let lenders = ["main", "b"].map(|lender| LenderId(lender.into()));
        let grant = Grant { lenders: Some(lenders.to_vec()), regions: Some(regions.to_vec()) };
        let part = Grant { lenders: Some(lenders[..1].to_vec()), ..grant.clone() };
        let Records { text, width } = Records::of(Some(&Scope::of([grant, part])));
        assert_eq!((width, text.chars().count()), (28, 4 * 28));
        let told: Vec<char> = text.chars().collect();
        let record = |record: &[char]| {
            record.iter().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let told: Vec<String> = told.chunks(28).map(record).collect();
        assert_eq!(told, ["浙A b", "浙A main", "粤 b", "粤 main"]);
        assert_eq!(Records::of(None).text, "");
        assert_eq!(Records::of(Some(&Scope::everything())).text, "");
        assert!(Records::of(Some(&Scope::default())).text.ends_with(NOBODY));
    }

    #[test]
    fn the_text_of_a_record_begins_with_a_region() {
        assert_eq!(Region::LEN_MAX, 24, "the width that the statement names");
    }
}
