//! One row of a loan book → [`Loan`].
//!
//! Shape: one line a column; a row with a refused cell gives no loan. Units: fen; days in the row's own zone. Errors:
//! rejects in the row; [`FileError`] where rows contradict each other. Source: DESIGN.md §6.

use crate::cell::{self, contract, count, plate, vin, words, yes};
use crate::column::Column;
use crate::date::{date, instant, zone};
use crate::money::fen;
use crate::reject::shown;
use crate::row::Row;
use crate::{FileError, FileOptions};
use jiff::tz::TimeZone;
use model::loan::Holds;
use model::loan::NamedZone;
use model::{Date, LenderId, Loan, Timestamp, VehicleId};

/// What all rows of a file share.
pub(crate) struct LoanRows {
    lender: LenderId,
    /// The name that the file itself uses for the lender.
    lender_name: Option<String>,
    given_as_of: Option<Timestamp>,
    /// As of when the file speaks, once known.
    pub(crate) as_of: Option<Timestamp>,
    zone: NamedZone,
}

impl LoanRows {
    pub(crate) fn new(options: &FileOptions) -> Result<Self, FileError> {
        let unknown = |_| FileError::UnknownZone { zone: options.time_zone.clone() };
        let zone = zone(&options.time_zone).map_err(unknown)?;
        let as_of = options.as_of;
        Ok(Self { lender: options.lender.clone(), lender_name: None, given_as_of: as_of, as_of, zone })
    }

    /// The loan of a row, unless a cell was refused.
    pub(crate) fn loan(&mut self, row: &mut Row<'_>) -> Result<Option<Loan>, FileError> {
        self.check_lender(row)?;
        let time_zone = row.read(Column::TimeZone, zone).unwrap_or_else(|| self.zone.clone());
        let zone = time_zone.zone();
        let Some(as_of) = self.as_of(row, zone)? else { return Ok(None) };
        let (contract, vehicle) = (row.require(Column::Contract, contract), vehicle(row));
        let (Some(contract), Some((vehicle, plate))) = (contract, vehicle) else { return Ok(None) };
        let loan = Loan {
            contract,
            lender: self.lender.clone(),
            vehicle,
            plate,
            oldest_unpaid_due: oldest_unpaid_due(row, as_of.date_in(zone)),
            amount_overdue: row.read(Column::AmountOverdue, fen).unwrap_or(0),
            principal_outstanding: row.read(Column::PrincipalOutstanding, fen).unwrap_or(0),
            time_zone: time_zone.clone(),
            risk_grade: row.read(Column::RiskGrade, words),
            willingness: row.read(Column::Willingness, cell::level),
            ability: row.read(Column::Ability, cell::level),
            reason: row.read(Column::Reason, cell::reason),
            contact_state: row.read(Column::ContactState, cell::contact_state),
            actual_user: row.read(Column::ActualUser, words),
            holds: holds(row),
            episodes_12m: row.read(Column::Episodes12m, count).unwrap_or(0),
            dpd_max: row.read(Column::DpdMax, count).unwrap_or(0),
            settled_at: row.read(Column::SettledAt, |text| instant(text, zone)),
            as_of,
        };
        Ok(row.rejects.is_empty().then_some(loan))
    }

    /// A file of two lenders would put one lender's rows in the other's book.
    fn check_lender(&mut self, row: &mut Row<'_>) -> Result<(), FileError> {
        let Some(name) = row.read(Column::Lender, words) else { return Ok(()) };
        match &self.lender_name {
            None => self.lender_name = Some(name),
            Some(first) if *first == name => {}
            Some(first) => {
                return Err(FileError::SeveralLenders {
                    line: row.line,
                    first: shown(first),
                    other: shown(&name),
                });
            }
        }
        Ok(())
    }

    /// `None` where the row's cell was refused.
    fn as_of(&mut self, row: &mut Row<'_>, zone: &TimeZone) -> Result<Option<Timestamp>, FileError> {
        if self.given_as_of.is_some() {
            return Ok(self.given_as_of);
        }
        if !row.has(Column::AsOf) {
            return Err(FileError::NoAsOf);
        }
        let Some(own) = row.require(Column::AsOf, |text| instant(text, zone)) else { return Ok(None) };
        let first = *self.as_of.get_or_insert(own);
        if first == own {
            return Ok(Some(own));
        }
        Err(FileError::SeveralAsOf { line: row.line, first: first.to_string(), other: own.to_string() })
    }
}

/// The VIN where the row has one, else the plate; the plate beside the VIN.
fn vehicle(row: &mut Row<'_>) -> Option<(VehicleId, Option<VehicleId>)> {
    let vin = row.read(Column::Vin, vin);
    let plate = row.read(Column::Plate, plate);
    match (vin, plate) {
        (Some(vin), plate) => Some((vin, plate)),
        (None, Some(plate)) => Some((plate, None)),
        (None, None) => {
            if row.rejects.is_empty() {
                let column = if row.has(Column::Vin) { Column::Vin } else { Column::Plate };
                row.require(column, words);
            }
            None
        }
    }
}

/// Days past due are taken only where the file has no due date, and turned into one: "17 days" alone is wrong tomorrow.
fn oldest_unpaid_due(row: &mut Row<'_>, today: Option<Date>) -> Option<Date> {
    if row.has(Column::OldestUnpaidDue) {
        return row.read(Column::OldestUnpaidDue, date);
    }
    match row.read(Column::DaysPastDue, count) {
        None | Some(0) => None,
        Some(days) => today.and_then(|today| today.plus_days(-i32::from(days))),
    }
}

fn holds(row: &mut Row<'_>) -> Holds {
    Holds {
        promise_until: row.read(Column::PromiseUntil, date),
        extension_until: row.read(Column::ExtensionUntil, date),
        bankruptcy: row.read(Column::Bankruptcy, yes).unwrap_or(false),
        dispute: row.read(Column::Dispute, yes).unwrap_or(false),
        legal_case: row.read(Column::LegalCase, yes).unwrap_or(false),
    }
}
