//! What many vehicles have in common: networks that fail, cars that gather, loan books that do not come.
//!
//! Shape: looked at as ticks pass, over the states of all vehicles, before the silence of any one of them; per-vehicle rules
//! see its verdicts as [`Outages`]. Units: see each field. Errors: none. Source: DESIGN.md §1, fine print 7; `domain.md` §3b
//! GATHERING, LOAN_FEED_STALE, §7 (carrier outage guard).

mod earshot;
mod gathering;
mod interruption;
mod life;
mod outage;
mod part;

pub use earshot::{Earshot, Earshots};
pub use gathering::{Arrears, Ground, Standing, gatherings, is_forgotten};
pub use interruption::Interruptions;
pub use life::{Condition, settle};
pub use outage::{Looked, Outage, Outages, Tallies};
pub(crate) use outage::{Shared, groups, groups_of};
pub use part::{Part, parts};

use crate::RuleSet;
use crate::rule_set::Thresholds;
use model::{About, Finding, LenderId, Rule, Severity, Timestamp};

/// A lender's book, when it is too old to state anything.
pub fn stale_feed(
    lender: &LenderId,
    as_of: Timestamp,
    loans: u32,
    now: Timestamp,
    rule_set: &RuleSet,
) -> Option<Condition> {
    let stale_at = as_of.plus(rule_set.thresholds_for(Some(lender)).loan.fresh_max_ms());
    (loans > 0 && now > stale_at).then(|| Condition {
        about: About::Lender(lender.clone()),
        episode: as_of,
        event_time: stale_at,
        finding: Finding::FeedStale { as_of, loans },
        severity: Severity::P1,
    })
}

/// A lender's book that was refused, since it has so many fewer loans than the one in force.
pub fn fallen_feed(
    lender: &LenderId,
    as_of: Timestamp,
    loans: u32,
    before: u32,
    now: Timestamp,
) -> Condition {
    Condition {
        about: About::Lender(lender.clone()),
        episode: now,
        event_time: now,
        finding: Finding::FeedFell { as_of, loans, before },
        severity: Severity::P1,
    }
}

/// Whether a book that leaves loans out, since rows of it were refused, still says how old its lender's feed is: it states all but a few.
pub const fn renews_feed(stated: usize, in_book: usize) -> bool {
    let left_out = in_book.saturating_sub(stated);
    left_out.saturating_mul(100) <= in_book.saturating_mul(FALL_PERCENT_MAX)
}

/// By more than this a lender's book is more likely broken than true, percent [domain.md §3b].
pub const FALL_PERCENT_MAX: usize = 20;

/// The rules of this module in a sentence each, in the order of the codes.
pub(crate) fn sentences(thresholds: &Thresholds) -> [(Rule, String); 3] {
    let set = &thresholds.gathering;
    [
        (
            Rule::Gathering,
            format!(
                "{} or more vehicles stand within {} m of each other for {} h where they do not usually, one of them past due; \
                 one alert on the place; not again within a week of a verdict",
                set.vehicles_min, set.within_m, set.stood_h
            ),
        ),
        (
            Rule::LoanFeedStale,
            format!(
                "a lender's newest loan book is older than {} h, or one came with {FALL_PERCENT_MAX} % fewer loans and was refused; \
                 over with the next",
                thresholds.loan.fresh_max_h
            ),
        ),
        (Rule::Outage, outage::SENTENCE.to_owned()),
    ]
}
