//! What can happen to one loan between two books.
//!
//! Shape: one enum, part of the journal's form: new variants go at the end. Units: see each field. Source: `domain.md` §2, §6.

use super::{Attention, Channel, ContactResult, FiledAddresses, Holds, LegalBasis, VisitResult};
use crate::{ContractId, Coordinates, Date, Timestamp};
use serde::{Deserialize, Serialize};

/// What can happen to one loan between two books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoanEvent {
    /// Money came in.
    Payment {
        /// Smallest currency unit; `None` = all that was overdue.
        amount: Option<i64>,
    },
    /// A debit failed.
    DebitFailed,
    /// The borrower promised to pay.
    Promise {
        /// Up to and including this date.
        until: Date,
    },
    /// Holds are set to this.
    Hold {
        /// The holds in force from now on.
        holds: Holds,
    },
    /// The loan is paid off.
    Settled,
    /// An SMS to the borrower was, or was not, delivered.
    SmsDelivery {
        /// It was.
        delivered: bool,
    },
    /// Staff tried to reach the borrower, or took another step.
    Contacted {
        /// By which road.
        channel: Channel,
        /// What came of it.
        result: ContactResult,
        /// What staff wrote.
        note: Option<String>,
    },
    /// Staff went there.
    Visit {
        /// Whom or what they met.
        result: VisitResult,
        /// Where the vehicle stood, or where they looked for it.
        place: Option<Coordinates>,
        /// What staff wrote.
        note: Option<String>,
    },
    /// Staff heard something that asks for special attention; `None` lifts it.
    Attention {
        /// Why, and until when.
        attention: Option<Attention>,
    },
    /// A recovery case was opened or closed.
    RecoveryCase {
        /// It is open.
        open: bool,
        /// What makes it lawful.
        basis: Option<LegalBasis>,
    },
    /// The lender's file says where the borrower lives and works.
    AddressesFiled {
        /// All of them: one that is left out is filed no more.
        addresses: FiledAddresses,
    },
}

impl LoanEvent {
    /// The code as SQL, JSON and files write it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Payment { .. } => "payment",
            Self::DebitFailed => "debit_failed",
            Self::Promise { .. } => "promise",
            Self::Hold { .. } => "hold",
            Self::Settled => "settled",
            Self::SmsDelivery { .. } => "sms_delivery",
            Self::Contacted { .. } => "contacted",
            Self::Visit { .. } => "visit",
            Self::Attention { .. } => "attention",
            Self::RecoveryCase { .. } => "recovery_case",
            Self::AddressesFiled { .. } => "addresses_filed",
        }
    }
}

/// An event with its loan and its moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldEvent {
    /// The contract.
    pub contract: ContractId,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: LoanEvent,
}
