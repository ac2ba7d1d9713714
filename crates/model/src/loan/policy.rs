//! How collection staff sort loans: buckets by days past due, tiers of the watch, quadrants of willingness and ability.
//!
//! Shape: derived from a loan and an instant, never stored. Units: days past due in the loan's own zone. Errors: none.
//! Source: `domain.md` §1 (M0 to M7+), §2.1 (tiers), §2.4 (quadrants); [P] where it gives no number.

use super::{DaysPastDue, Dealings, Level, Loan, Reason, Standing};
use crate::Timestamp;
use crate::code::codes;

codes! {
    /// Thirty days past due each.
    pub enum Bucket {
        /// Nothing past due.
        M0 = "M0",
        /// 1 to 30 days.
        M1 = "M1",
        /// 31 to 60 days.
        M2 = "M2",
        /// 61 to 90 days.
        M3 = "M3",
        /// 91 to 120 days.
        M4 = "M4",
        /// 121 to 150 days.
        M5 = "M5",
        /// 151 to 180 days.
        M6 = "M6",
        /// Over 180 days.
        M7Plus = "M7+",
    }
}

impl Bucket {
    /// The bucket of so many days.
    pub const fn of(DaysPastDue(days): DaysPastDue) -> Self {
        match days {
            0 => Self::M0,
            1..=30 => Self::M1,
            31..=60 => Self::M2,
            61..=90 => Self::M3,
            91..=120 => Self::M4,
            121..=150 => Self::M5,
            151..=180 => Self::M6,
            181.. => Self::M7Plus,
        }
    }

    /// The bucket of a standing; what is held or settled is in none.
    pub const fn of_standing(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Overdue(days) => Some(Self::of(days)),
            Standing::Current => Some(Self::M0),
            Standing::Settled | Standing::Held(_) => None,
        }
    }
}

codes! {
    /// How closely a loan is watched, the least first.
    pub enum Tier {
        /// A due date is at most five days away.
        PreDue = "pre_due",
        /// 1 to 5 days past due.
        Slight = "slight",
        /// From the day on which somebody calls, the sixth.
        Watch = "watch",
        /// Past due again and again.
        Repeat = "repeat",
        /// More than 60 days past due, or past due and not to be reached.
        Severe = "severe",
    }
}

/// Where tiers begin; a lender may have its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierBounds {
    /// From this day past due on somebody calls.
    pub watch_dpd_min: u16,
    /// So many overdue episodes in twelve months make a repeater.
    pub repeat_episodes_min: u16,
    /// Severe from more days past due than this.
    pub severe_dpd_over: u16,
}

impl Default for TierBounds {
    /// The sixth day [domain.md §2.1], three episodes [P], sixty days [domain.md §1].
    fn default() -> Self {
        Self { watch_dpd_min: 6, repeat_episodes_min: 3, severe_dpd_over: 60 }
    }
}

impl Tier {
    /// The tier of a loan, if it is in one: a loan that is held, settled or far from its due date is in none.
    pub fn of(
        loan: &Loan,
        book_as_of: Timestamp,
        dealings: &Dealings,
        bounds: TierBounds,
        at: Timestamp,
    ) -> Option<Self> {
        match loan.standing(at) {
            Standing::Overdue(_) if dealings.contact_is_lost(loan, book_as_of) => Some(Self::Severe),
            Standing::Overdue(DaysPastDue(days)) => Some(match () {
                () if days > bounds.severe_dpd_over => Self::Severe,
                () if loan.episodes_12m >= bounds.repeat_episodes_min => Self::Repeat,
                () if days >= bounds.watch_dpd_min => Self::Watch,
                () => Self::Slight,
            }),
            Standing::Current => loan.coming_due(at).map(|_| Self::PreDue),
            Standing::Settled | Standing::Held(_) => None,
        }
    }
}

codes! {
    /// Willingness and ability to pay, together.
    pub enum Quadrant {
        /// Both are there.
        WillingAble = "willing_able",
        /// Wants to and cannot.
        WillingUnable = "willing_unable",
        /// Can and does not want to.
        UnwillingAble = "unwilling_able",
        /// Neither.
        UnwillingUnable = "unwilling_unable",
    }
}

codes! {
    /// What a lender's policy says of a quadrant; which of them stands in its rule set.
    pub enum Course {
        /// Remind, and no more.
        Remind = "remind",
        /// Restructure the debt; a light watch.
        Restructure = "restructure",
        /// Press, and watch the vehicle from the first day past due on.
        PressAndWatch = "press_and_watch",
        /// Preserve the asset: the same, and what is found is more urgent.
        PreserveAsset = "preserve_asset",
    }
}

impl Course {
    /// The vehicle is watched as that of somebody who is past due again and again.
    pub const fn watches_closely(self) -> bool {
        match self {
            Self::PressAndWatch | Self::PreserveAsset => true,
            Self::Remind | Self::Restructure => false,
        }
    }
}

impl Quadrant {
    /// The quadrant of a loan, once both are known. Who is found not to want to pay is unwilling, whatever else a book says; where
    /// it leaves the ability open, hardship is none and malice says that there is one.
    pub fn of(loan: &Loan) -> Option<Self> {
        let willingness = if loan.is_unwilling() { Some(Level::Low) } else { loan.willingness };
        let by_reason = match loan.reason {
            Some(Reason::Hardship) => Some(Level::Low),
            Some(Reason::Malicious) => Some(Level::High),
            Some(Reason::LegalCase | Reason::Bankruptcy | Reason::Accident) | None => None,
        };
        Some(match (willingness?, loan.ability.or(by_reason)?) {
            (Level::High, Level::High) => Self::WillingAble,
            (Level::High, Level::Low) => Self::WillingUnable,
            (Level::Low, Level::High) => Self::UnwillingAble,
            (Level::Low, Level::Low) => Self::UnwillingUnable,
        })
    }
}

impl Loan {
    /// The borrower does not want to pay: by the book's own word, or by the reason of the arrears.
    pub fn is_unwilling(&self) -> bool {
        self.willingness == Some(Level::Low) || self.reason == Some(Reason::Malicious)
    }

    /// How poor the risk grade is, the best 1. Lenders grade by letters from A on, or by digits: B2 is 2, 4 is 4; other words
    /// have no rank.
    pub fn grade_rank(&self) -> Option<u32> {
        let first = self.risk_grade.as_deref()?.trim().chars().next()?.to_ascii_uppercase();
        if first.is_ascii_uppercase() {
            Some(u32::from(first).saturating_sub(u32::from('A')).saturating_add(1))
        } else {
            first.to_digit(10)
        }
    }
}

/// Reminders and the look at the devices begin so many days before the due date [domain.md §2.1].
pub const PRE_DUE_DAYS: i32 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loan::ContactState;
    use crate::{ContractId, Date, LenderId, VehicleId};

    const NOON: &str = "2026-11-20T04:00:00Z";

    fn loan(dpd: i32) -> Loan {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let at = Timestamp::parse(NOON).unwrap();
        let due = Date::parse("2026-11-20").unwrap().plus_days(-dpd);
        let bare = Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle, at);
        Loan { oldest_unpaid_due: due, ..bare }
    }

    fn tier(loan: &Loan) -> Option<Tier> {
        let at = Timestamp::parse(NOON).unwrap();
        Tier::of(loan, loan.as_of, &Dealings::default(), TierBounds::default(), at)
    }

    #[test]
    fn a_bucket_is_thirty_days() {
        let edges = [(0, "M0"), (1, "M1"), (30, "M1"), (31, "M2"), (60, "M2"), (61, "M3"), (150, "M5")];
        for (days, code) in edges.into_iter().chain([(151, "M6"), (180, "M6"), (181, "M7+"), (900, "M7+")]) {
            assert_eq!(Bucket::of(DaysPastDue(days)).as_str(), code, "{days}");
        }
    }

    #[test]
    fn a_tier_begins_and_ends_with_its_day() {
        let cases = [
            (-6, None),
            (-5, Some(Tier::PreDue)),
            (0, Some(Tier::PreDue)),
            (1, Some(Tier::Slight)),
            (5, Some(Tier::Slight)),
            (6, Some(Tier::Watch)),
            (60, Some(Tier::Watch)),
            (61, Some(Tier::Severe)),
        ];
        for (dpd, expected) in cases {
            assert_eq!(tier(&loan(dpd)), expected, "{dpd}");
        }
    }

    #[test]
    fn repeaters_and_the_lost_are_watched_more_closely_only_while_something_is_past_due() {
        let repeater = |dpd| Loan { episodes_12m: 3, ..loan(dpd) };
        let lost = |dpd| Loan { contact_state: Some(ContactState::Lost), ..loan(dpd) };
        assert_eq!((tier(&repeater(1)), tier(&repeater(61))), (Some(Tier::Repeat), Some(Tier::Severe)));
        assert_eq!((tier(&lost(1)), tier(&lost(-20))), (Some(Tier::Severe), None));
        let mut held = repeater(90);
        held.holds.dispute = true;
        assert_eq!(tier(&held), None);
    }

    #[test]
    fn a_quadrant_needs_both_willingness_and_ability() {
        let quadrant = |willingness, ability| Quadrant::of(&Loan { willingness, ability, ..loan(1) });
        let (high, low) = (Some(Level::High), Some(Level::Low));
        assert_eq!(quadrant(high, high), Some(Quadrant::WillingAble));
        assert_eq!(quadrant(high, low), Some(Quadrant::WillingUnable));
        assert_eq!(quadrant(low, high), Some(Quadrant::UnwillingAble));
        assert_eq!(quadrant(low, low), Some(Quadrant::UnwillingUnable));
        assert_eq!((quadrant(None, low), quadrant(low, None)), (None, None));
    }

    #[test]
    fn malice_is_unwillingness_and_a_reason_stands_in_for_an_ability_that_the_book_leaves_open() {
        let quadrant = |willingness, ability, reason| {
            Quadrant::of(&Loan { willingness, ability, reason: Some(reason), ..loan(1) })
        };
        let (high, low) = (Some(Level::High), Some(Level::Low));
        assert_eq!(quadrant(high, low, Reason::Malicious), Some(Quadrant::UnwillingUnable));
        assert_eq!(quadrant(None, None, Reason::Malicious), Some(Quadrant::UnwillingAble));
        assert_eq!(quadrant(high, None, Reason::Hardship), Some(Quadrant::WillingUnable));
        assert_eq!(
            quadrant(high, high, Reason::Hardship),
            Some(Quadrant::WillingAble),
            "the book's own word"
        );
        assert_eq!(quadrant(None, None, Reason::Hardship), None);
        assert_eq!(quadrant(high, None, Reason::Accident), None);
    }

    #[test]
    fn a_grade_ranks_by_its_letter_or_digit() {
        let rank = |grade: &str| Loan { risk_grade: Some(grade.into()), ..loan(1) }.grade_rank();
        let ranks = [rank("A"), rank("b2"), rank(" D级"), rank("4"), rank("高"), rank("")];
        assert_eq!(ranks, [Some(1), Some(2), Some(4), Some(4), None, None]);
        assert_eq!(loan(1).grade_rank(), None);
    }
}
