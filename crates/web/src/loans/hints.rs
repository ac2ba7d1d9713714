//! What may say that somebody else uses a loan's car: facts, without where it is.
//!
//! Shape: what the watch found in, [`Hint`]s out. Errors: those of the store.

use crate::caller::Caller;
use crate::problem::Problem;
use crate::rights::Right;
use crate::text::Text;
use crate::vehicles::sight;
use model::{Alert, Timestamp};
use serde::Serialize;
use store::{LoanRow, Store, VehicleRecord};
use utoipa::ToSchema;
use watch::{Address, Fact};
use words::Voice;

/// A fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Hint {
    /// Code of the rule that saw it, or of the comparison.
    code: &'static str,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    text: Text,
    /// The alert that explains it.
    alert: Option<String>,
}

/// What is known of who uses the car; nothing for who reads no alerts.
pub(super) async fn hints(
    store: &Store,
    caller: &Caller,
    row: &LoanRow,
    now: Timestamp,
) -> Result<Vec<Hint>, Problem> {
    if !caller.has(Right::AlertsRead) {
        return Ok(Vec::new());
    }
    // An alert on another lender's loan of the same car is that lender's.
    let plate = store.vehicle_records(&[row.vehicle]).await?.first().and_then(VehicleRecord::plate);
    let is_theirs = |alert: &Alert| sight::is_raised_on_theirs(caller, plate, alert);
    let found = watch::hints(store, row, now, is_theirs).await.map_err(crate::desk::unasked)?;
    let zone = row.loan.zone();
    let voice = Voice::at_desk(zone);
    let hint = |watch::Hint { since, fact }| Hint {
        code: fact.code(),
        since,
        text: said(&fact, &voice),
        alert: fact.alert().map(ToString::to_string),
    };
    Ok(found.into_iter().map(hint).collect())
}

fn said(fact: &Fact, voice: &Voice<'_>) -> Text {
    match fact {
        Fact::Seen { finding, .. } => words::finding(finding, voice).into(),
        Fact::NeverAt { address, stays, nearest_m, .. } => {
            let (zh, en) = match address {
                Address::Home => ("住址", "home"),
                Address::Work => ("单位地址", "work"),
            };
            Text {
                zh: format!("{stays} 次停留都不在登记的{zh}附近，最近的相距 {nearest_m} 米"),
                en: format!(
                    "none of its {stays} stays was near the filed {en} address; the nearest {nearest_m} m away"
                ),
            }
        }
    }
}
