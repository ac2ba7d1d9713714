//! Rows of one file that exclude each other: a contract twice, a car under two running contracts.
//!
//! Shape: loans and their lines → one optional reject a loan. Both rows are refused: which is right, nobody here
//! knows. Units: lines from 1. Source: `reliability.md` B44.

use crate::column::{Column, Columns};
use crate::{Reject, RejectReason};
use model::{Loan, VehicleId};
use std::collections::HashMap;
use std::hash::Hash;

/// For each loan, what it repeats.
pub(crate) fn repeats(loans: &[Loan], lines: &[u64], columns: &Columns) -> Vec<Option<Reject>> {
    let contracts = other_lines(loans.iter().map(|loan| Some(&loan.contract)), lines);
    let vehicles = other_lines(loans.iter().map(|loan| Some(loan.vehicle).filter(|_| runs(loan))), lines);
    let plates = other_lines(loans.iter().map(|loan| plate(loan).filter(|_| runs(loan))), lines);
    let same = |at: usize, loan: &Loan, line: u64| {
        let reject = |column, value: &str, reason| {
            Some(Reject::new(line, columns.name(column), value, reason).of_contract(&loan.contract.0))
        };
        if let Some(line) = contracts.get(&at).copied() {
            return reject(Column::Contract, &loan.contract.0, RejectReason::SameContract { line });
        }
        if let Some(line) = vehicles.get(&at).copied() {
            return reject(vehicle_column(loan), loan.vehicle.as_str(), RejectReason::SameVehicle { line });
        }
        let line = plates.get(&at).copied()?;
        reject(Column::Plate, plate(loan)?.as_str(), RejectReason::SameVehicle { line })
    };
    loans.iter().zip(lines).enumerate().map(|(at, (loan, line))| same(at, loan, *line)).collect()
}

/// A settled contract no longer holds its car: the next one may.
fn runs(loan: &Loan) -> bool {
    loan.settled_at.is_none()
}

/// The plate, beside the VIN or instead of it.
fn plate(loan: &Loan) -> Option<VehicleId> {
    loan.plate.or_else(|| Some(loan.vehicle).filter(|_| vehicle_column(loan) == Column::Plate))
}

fn vehicle_column(loan: &Loan) -> Column {
    if crate::cell::is_vin_long(&loan.vehicle) { Column::Vin } else { Column::Plate }
}

/// For each place whose key stands elsewhere too, the line of the nearest other one.
fn other_lines<K: Eq + Hash>(keys: impl Iterator<Item = Option<K>>, lines: &[u64]) -> HashMap<usize, u64> {
    let mut last: HashMap<K, (usize, u64)> = HashMap::new();
    let mut others = HashMap::new();
    for ((at, key), line) in keys.enumerate().zip(lines) {
        let Some(key) = key else { continue };
        if let Some((other_at, other_line)) = last.insert(key, (at, *line)) {
            others.insert(at, other_line);
            others.entry(other_at).or_insert(*line);
        }
    }
    others
}
