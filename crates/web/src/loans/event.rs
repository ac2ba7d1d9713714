//! Something that happened to one loan: a payment, a promise, a hold, a contact.
//!
//! Shape: `{contract, type, at, …}` in, one input of the journal, its outcome out. Units: money in the smallest unit. Errors: `refused`
//! by the fold, e.g. of the future. Source: `domain.md` §6.

use crate::asked::Body;
use crate::caller::Caller;
use crate::desk::{Desk, Done};
use crate::idempotency::IdempotencyKey;
use crate::problem::Problem;
use crate::rights::Right;
use axum::extract::State;
use model::input::{Action, LoanEvent};
use model::loan::{Attention, Channel, ContactResult, Holds, LegalBasis, VisitResult};
use model::{ContractId, Coordinates, Date, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

/// What happened, to which loan, when.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Told {
    contract: String,
    /// Now unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    #[serde(flatten)]
    event: What,
}

/// What can happen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum What {
    /// Money came in; without an amount all that was overdue.
    #[serde(alias = "payment_received")]
    Payment {
        #[serde(default)]
        amount: Option<i64>,
    },
    // With braces, so that a key that nothing reads is refused here too.
    DebitFailed {},
    Promise {
        #[schema(value_type = String, format = Date)]
        until: Date,
    },
    /// Holds are set to this; what is left out is lifted.
    Hold {
        #[serde(default)]
        #[schema(value_type = Option<String>, format = Date)]
        promise_until: Option<Date>,
        #[serde(default)]
        #[schema(value_type = Option<String>, format = Date)]
        extension_until: Option<Date>,
        #[serde(default)]
        bankruptcy: bool,
        #[serde(default)]
        dispute: bool,
        #[serde(default)]
        legal_case: bool,
    },
    Settled {},
    SmsDelivery {
        delivered: bool,
    },
    Contacted {
        #[schema(value_type = String)]
        channel: Channel,
        #[schema(value_type = String)]
        result: ContactResult,
        #[serde(default)]
        note: Option<String>,
    },
    Visit {
        #[schema(value_type = String)]
        result: VisitResult,
        #[serde(default)]
        lat: Option<f64>,
        #[serde(default)]
        lon: Option<f64>,
        #[serde(default)]
        note: Option<String>,
    },
    /// Special attention; without a reason it is lifted.
    Attention {
        #[serde(default)]
        reason: Option<String>,
        #[serde(default)]
        #[schema(value_type = Option<String>, format = Date)]
        until: Option<Date>,
    },
    /// Needs `alerts.assign`.
    RecoveryCase {
        open: bool,
        #[serde(default)]
        #[schema(value_type = Option<String>)]
        basis: Option<LegalBasis>,
    },
}

/// Tell what happened to a loan.
#[utoipa::path(post, path = "/events/loan", tag = "loans", request_body = Told,
    responses((status = 200, description = "`{status, message}`")))]
pub(super) async fn tell(
    State(desk): State<Desk>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Body(told): Body<Told>,
) -> Result<Done, Problem> {
    let row = super::found(&desk, &caller, &told.contract).await?;
    if matches!(told.event, What::RecoveryCase { .. }) {
        caller.may(Right::AlertsAssign)?;
    }
    let (contract, at) = (ContractId(row.loan.contract.0), told.at.unwrap_or_else(|| desk.now()));
    let event = told.event.read()?;
    desk.ask(&caller, key.as_ref(), Action::LoanEvent { contract, at, event }).await
}

impl What {
    fn read(self) -> Result<LoanEvent, Problem> {
        let missing = |pointer: &str| Problem::field(pointer, "missing", "this is needed");
        Ok(match self {
            Self::Payment { amount: Some(amount) } if amount <= 0 => {
                return Err(Problem::field("/amount", "out_of_range", "above zero, in the smallest unit"));
            }
            Self::Payment { amount } => LoanEvent::Payment { amount },
            Self::DebitFailed {} => LoanEvent::DebitFailed,
            Self::Promise { until } => LoanEvent::Promise { until },
            Self::Hold { promise_until, extension_until, bankruptcy, dispute, legal_case } => {
                LoanEvent::Hold {
                    holds: Holds { promise_until, extension_until, bankruptcy, dispute, legal_case },
                }
            }
            Self::Settled {} => LoanEvent::Settled,
            Self::SmsDelivery { delivered } => LoanEvent::SmsDelivery { delivered },
            Self::Contacted { channel, result, note } => LoanEvent::Contacted { channel, result, note },
            Self::Visit { result, lat, lon, note } => {
                let place = lat.zip(lon).map(|(lat, lon)| Coordinates::from_degrees(lat, lon)).transpose();
                let place =
                    place.map_err(|error| Problem::field("/lat", "out_of_range", error.to_string()))?;
                LoanEvent::Visit { result, place, note }
            }
            Self::Attention { reason: None, .. } => LoanEvent::Attention { attention: None },
            Self::Attention { reason: Some(reason), until } => {
                let until = until.ok_or_else(|| missing("/until"))?;
                LoanEvent::Attention { attention: Some(Attention { reason, until }) }
            }
            Self::RecoveryCase { open, basis } => LoanEvent::RecoveryCase { open, basis },
        })
    }
}
