//! How collection staff sort loans: buckets by days past due, tiers of the watch, quadrants of willingness and ability.
//!
//! Shape: derived from a loan and an instant, never stored. Units: days past due in the loan's own zone. Errors: none.
//! Source: `domain.md` §1 (M0 to M7+), §2.1 (tiers), §2.4 (quadrants); [P] where it gives no number.

use super::{DaysPastDue, Dealings, Level, Loan, Standing};
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
}

codes! {
    /// How closely a loan is watched, the least first.
    pub enum Tier {
        /// A due date is at most five days away.
        PreDue = "pre_due",
        /// 1 to 5 days past due.
        Slight = "slight",
        /// From the sixth day on: somebody calls.
        Watch = "watch",
        /// Past due again and again.
        Repeat = "repeat",
        /// More than 60 days past due, or past due and not to be reached.
        Severe = "severe",
    }
}

impl Tier {
    /// The tier of a loan, if it is in one: a loan that is held, settled or far from its due date is in none.
    pub fn of(loan: &Loan, dealings: &Dealings, at: Timestamp) -> Option<Self> {
        match loan.standing(at) {
            Standing::Overdue(_) if dealings.contact_is_lost(loan) => Some(Self::Severe),
            Standing::Overdue(DaysPastDue(days)) => Some(match days {
                _ if days > SEVERE_DPD_OVER => Self::Severe,
                _ if loan.episodes_12m >= REPEAT_EPISODES_MIN => Self::Repeat,
                WATCH_DPD_MIN.. => Self::Watch,
                _ => Self::Slight,
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
    /// What the policy says of a quadrant.
    pub enum Course {
        /// Remind.
        Remind = "remind",
        /// Restructure the debt; a light watch.
        Restructure = "restructure",
        /// Press, and watch the vehicle.
        PressAndWatch = "press_and_watch",
        /// Preserve the asset.
        PreserveAsset = "preserve_asset",
    }
}

impl Quadrant {
    /// The quadrant of a loan, once both are known.
    pub fn of(loan: &Loan) -> Option<Self> {
        Some(match (loan.willingness?, loan.ability?) {
            (Level::High, Level::High) => Self::WillingAble,
            (Level::High, Level::Low) => Self::WillingUnable,
            (Level::Low, Level::High) => Self::UnwillingAble,
            (Level::Low, Level::Low) => Self::UnwillingUnable,
        })
    }

    /// What the policy says of it.
    pub const fn course(self) -> Course {
        match self {
            Self::WillingAble => Course::Remind,
            Self::WillingUnable => Course::Restructure,
            Self::UnwillingAble => Course::PressAndWatch,
            Self::UnwillingUnable => Course::PreserveAsset,
        }
    }
}

/// Reminders and the look at the devices begin so many days before the due date [domain.md §2.1].
pub const PRE_DUE_DAYS: i32 = 5;
/// From this day past due on somebody calls [domain.md §2.1].
pub const WATCH_DPD_MIN: u16 = 6;
/// So many overdue episodes in twelve months make a repeater [P].
pub const REPEAT_EPISODES_MIN: u16 = 3;
/// The boundary of severe overdue [domain.md §1].
pub const SEVERE_DPD_OVER: u16 = 60;

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
        Tier::of(loan, &Dealings::default(), Timestamp::parse(NOON).unwrap())
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
    fn a_quadrant_needs_both_and_has_its_course() {
        let quadrant = |willingness, ability| Quadrant::of(&Loan { willingness, ability, ..loan(1) });
        let (high, low) = (Some(Level::High), Some(Level::Low));
        assert_eq!(quadrant(high, high).map(Quadrant::course), Some(Course::Remind));
        assert_eq!(quadrant(high, low).map(Quadrant::course), Some(Course::Restructure));
        assert_eq!(quadrant(low, high).map(Quadrant::course), Some(Course::PressAndWatch));
        assert_eq!(quadrant(low, low).map(Quadrant::course), Some(Course::PreserveAsset));
        assert_eq!(quadrant(None, low), None);
    }
}
