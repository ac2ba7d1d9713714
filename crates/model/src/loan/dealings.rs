//! What staff and the lender's systems had to do with a borrower between two books.
//!
//! Shape: the code lists of contact and visit, and what is kept of them with the loan. Units: see each field. Source:
//! `domain.md` §2.1 (special attention, SMS that do not arrive), §2.4 (eight channels), §2.5 (visits).

use super::{ContactState, Loan};
use crate::code::codes;
use crate::{Date, Timestamp};
use serde::{Deserialize, Serialize};

codes! {
    /// By which road staff act: the eight of the principles.
    pub enum Channel {
        /// A short message.
        Sms = "sms",
        /// A call.
        Phone = "phone",
        /// A letter.
        Letter = "letter",
        /// Going there.
        Visit = "visit",
        /// Through the vehicle.
        VehicleControl = "vehicle_control",
        /// A court.
        Litigation = "litigation",
        /// The debt goes to somebody else.
        DebtAssignment = "debt_assignment",
        /// WeChat or another messenger.
        Wechat = "wechat",
    }
}

codes! {
    /// What came of a contact [P].
    pub enum ContactResult {
        /// The borrower was reached.
        Reached = "reached",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// It is not the borrower's number or address.
        WrongNumber = "wrong_number",
        /// The borrower was reached and promised to pay.
        Promised = "promised",
        /// The borrower was reached and refused.
        Refused = "refused",
        /// Sent, served or handed over; an answer is not known.
        Sent = "sent",
        /// Staff have tried by every road they know: contact is lost.
        ContactLost = "contact_lost",
    }
}

impl ContactResult {
    /// The borrower was spoken to.
    pub const fn is_reached(self) -> bool {
        match self {
            Self::Reached | Self::Promised | Self::Refused => true,
            Self::NoAnswer | Self::WrongNumber | Self::Sent | Self::ContactLost => false,
        }
    }
}

codes! {
    /// Whom or what a visit met.
    pub enum VisitResult {
        /// The vehicle was seen.
        Seen = "seen",
        /// It was not.
        NotSeen = "not_seen",
        /// The borrower was met.
        MetBorrower = "met_borrower",
        /// Somebody else was met.
        MetOther = "met_other",
    }
}

impl VisitResult {
    /// The borrower was spoken to.
    pub const fn is_reached(self) -> bool {
        match self {
            Self::MetBorrower => true,
            Self::Seen | Self::NotSeen | Self::MetOther => false,
        }
    }
}

/// Something that staff heard and that asks for a closer watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Why, free text from staff.
    pub reason: String,
    /// Up to and including this date.
    pub until: Date,
}

/// What became of an SMS to the borrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsDelivery {
    /// As of when.
    pub at: Timestamp,
    /// It arrived.
    pub delivered: bool,
}

/// What is kept of a borrower beside the book. Facts of staff and of the lender's systems; no book changes them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dealings {
    /// What became of the last SMS.
    pub sms: Option<SmsDelivery>,
    /// Staff last spoke to the borrower.
    pub reached_at: Option<Timestamp>,
    /// Staff last said that contact is lost.
    pub lost_at: Option<Timestamp>,
    /// Staff last tried to, by whatever channel.
    pub contacted_at: Option<Timestamp>,
    /// Staff last called, answered or not.
    pub called_at: Option<Timestamp>,
    /// Staff last went there.
    pub visited_at: Option<Timestamp>,
    /// Special attention, in force or over.
    pub attention: Option<Attention>,
}

impl Dealings {
    /// The special attention in force on a day.
    pub fn attention_on(&self, today: Date) -> Option<&Attention> {
        self.attention.as_ref().filter(|attention| today <= attention.until)
    }

    /// Since when an SMS has not arrived: the last one did not, and nobody has spoken to the borrower since.
    pub fn sms_failed_at(&self) -> Option<Timestamp> {
        let failed = self.sms.filter(|sms| !sms.delivered)?.at;
        self.reached_at.is_none_or(|reached| reached < failed).then_some(failed)
    }

    /// The book or staff say that contact is lost, and nobody has spoken to the borrower since. What a later book says of it
    /// stands over what staff said. A payment says nothing of contact, so it is the date of the book that counts.
    pub fn contact_is_lost(&self, loan: &Loan, book_as_of: Timestamp) -> bool {
        let reached_since = |at: Timestamp| self.reached_at.is_some_and(|reached| reached >= at);
        let by_book = loan.contact_state == Some(ContactState::Lost) && !reached_since(book_as_of);
        let found_since =
            |at: Timestamp| loan.contact_state == Some(ContactState::Reachable) && book_as_of > at;
        by_book || self.lost_at.is_some_and(|lost_at| !reached_since(lost_at) && !found_since(lost_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_spoken_to_is_not_lost() {
        let at = Timestamp::from_ms;
        let sms = Some(SmsDelivery { at: at(5), delivered: false });
        let mut dealings = Dealings { sms, ..Dealings::default() };
        assert_eq!(dealings.sms_failed_at(), Some(at(5)));
        dealings.reached_at = Some(at(4));
        assert_eq!(dealings.sms_failed_at(), Some(at(5)), "spoken to before it failed");
        dealings.reached_at = Some(at(6));
        assert_eq!(dealings.sms_failed_at(), None);
        let arrived =
            Dealings { sms: Some(SmsDelivery { at: at(5), delivered: true }), ..Dealings::default() };
        assert_eq!(arrived.sms_failed_at(), None);
    }

    #[test]
    fn contact_that_staff_call_lost_is_lost_until_somebody_speaks_to_the_borrower_or_a_later_book_says_otherwise()
     {
        let at = Timestamp::from_ms;
        let vehicle = crate::VehicleId::parse("粤B12345").unwrap();
        let bare = Loan::bare(crate::ContractId("C1".into()), crate::LenderId("main".into()), vehicle, at(3));
        let lost = Dealings { lost_at: Some(at(5)), ..Dealings::default() };
        assert!(lost.contact_is_lost(&bare, at(3)));
        assert!(!Dealings { reached_at: Some(at(5)), ..lost.clone() }.contact_is_lost(&bare, at(3)));
        assert!(
            Dealings { reached_at: Some(at(4)), ..lost.clone() }.contact_is_lost(&bare, at(3)),
            "of before"
        );
        let reachable = Loan { contact_state: Some(ContactState::Reachable), ..bare };
        assert!(lost.contact_is_lost(&reachable, at(4)), "an older book");
        assert!(!lost.contact_is_lost(&reachable, at(6)));
    }

    #[test]
    fn a_payment_neither_finds_nor_loses_a_borrower() {
        let at = Timestamp::from_ms;
        let vehicle = crate::VehicleId::parse("粤B12345").unwrap();
        let bare = Loan::bare(crate::ContractId("C1".into()), crate::LenderId("main".into()), vehicle, at(9));
        let by_book = Loan { contact_state: Some(ContactState::Lost), ..bare.clone() };
        let reached = Dealings { reached_at: Some(at(5)), ..Dealings::default() };
        assert!(!reached.contact_is_lost(&by_book, at(3)), "spoken to after the book, paid after that");
        let reachable = Loan { contact_state: Some(ContactState::Reachable), ..bare };
        let lost = Dealings { lost_at: Some(at(5)), ..Dealings::default() };
        assert!(lost.contact_is_lost(&reachable, at(3)), "called lost after the book, paid after that");
    }

    #[test]
    fn attention_ends_with_its_last_day() {
        let until = Date::parse("2026-11-20").unwrap();
        let attention = Some(Attention { reason: "says the car is sold".into(), until });
        let dealings = Dealings { attention, ..Dealings::default() };
        assert!(dealings.attention_on(until).is_some());
        assert!(dealings.attention_on(until.plus_days(1).unwrap()).is_none());
    }

    #[test]
    fn the_codes_of_contact_read_back() {
        for channel in Channel::ALL {
            assert_eq!(Channel::parse(channel.as_str()), Ok(*channel));
        }
        assert_eq!(Channel::ALL.len(), 8);
        for result in ContactResult::ALL {
            assert_eq!(ContactResult::parse(result.as_str()), Ok(*result));
        }
        for result in VisitResult::ALL {
            assert_eq!(VisitResult::parse(result.as_str()), Ok(*result));
        }
    }
}
