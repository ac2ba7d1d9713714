//! A file that says which terminal is on which vehicle → [`Binding`] intervals.
//!
//! Shape: the loan book's reading, other columns. Units: instants; a date alone is its first moment in the file's
//! zone, so that `to` is exclusive. Errors: [`FileError`]; rows that overlap are refused, both. Source: DESIGN.md §6;
//! `domain.md` §6 (no overlap per device).

use crate::book::Rejects;
use crate::cell::{self, one_of, plate, terminal, vin, words};
use crate::column::{BINDING, BINDING_REQUIRED, Column};
use crate::date::{instant, zone};
use crate::row::Row;
use crate::table::Table;
use crate::{FileError, Reject, RejectReason};
use jiff::tz::TimeZone;
use model::input::{Binding, Role};
use model::{Timestamp, VehicleId};
use std::collections::BTreeMap;
use std::io::{Read, Seek};

/// What the person says of the file.
#[derive(Debug, Clone)]
pub struct BindingOptions {
    /// Since when, for rows that do not say.
    pub from: Timestamp,
    /// IANA name of the zone in which the file's times are.
    pub time_zone: String,
}

/// A bindings file that was read.
#[derive(Debug, Clone)]
pub struct BindingFile {
    /// The rows taken, in the file's order.
    pub bindings: Vec<Binding>,
    /// What was refused.
    pub rejects: Vec<Reject>,
    /// Rows with at least one refused cell.
    pub rejected_rows: u64,
    /// How the bytes were read.
    pub encoding: &'static str,
    /// What separates the cells.
    pub delimiter: char,
    /// Columns that were not used, as the file calls them.
    pub ignored_columns: Vec<String>,
}

/// Reads a bindings file.
pub fn read_bindings<R: Read + Seek>(source: R, options: &BindingOptions) -> Result<BindingFile, FileError> {
    let unknown = |_| FileError::UnknownZone { zone: options.time_zone.clone() };
    let zone = zone(&options.time_zone).map_err(unknown)?;
    let mut table = Table::open(source, BINDING, "\"设备号\" and \"车架号\" (terminal, vehicle)")?;
    BINDING_REQUIRED.iter().try_for_each(|any_of| table.columns.require(any_of))?;
    let mut rejects = Rejects::default();
    let (mut bindings, mut lines) = (Vec::new(), Vec::new());
    while let Some(mut row) = table.next_row()? {
        let binding =
            if row.rejects.is_empty() { binding(&mut row, options.from, zone.zone()) } else { None };
        match binding.filter(|_| row.rejects.is_empty()) {
            Some(binding) => {
                bindings.push(binding);
                lines.push(row.line);
            }
            None => rejects.row(std::mem::take(&mut row.rejects)),
        }
    }
    let overlapping = overlaps(&bindings);
    let mut kept = Vec::with_capacity(bindings.len());
    for ((at, binding), line) in bindings.iter().enumerate().zip(&lines) {
        match overlapping.get(&at).and_then(|other| lines.get(*other)) {
            None => kept.push(*binding),
            Some(other) => {
                let reason = RejectReason::Overlap { line: *other };
                let column = table.columns.name(Column::Terminal);
                rejects.row(vec![Reject::new(*line, column, binding.terminal.as_str(), reason)]);
            }
        }
    }
    let (rejects, rejected_rows) = rejects.accepted(table.rows)?;
    Ok(BindingFile {
        bindings: kept,
        rejects,
        rejected_rows,
        encoding: table.encoding(),
        delimiter: table.delimiter(),
        ignored_columns: std::mem::take(&mut table.columns.ignored),
    })
}

fn binding(row: &mut Row<'_>, from: Timestamp, zone: &TimeZone) -> Option<Binding> {
    let terminal = row.require(Column::Terminal, terminal);
    let vehicle = vehicle(row);
    let role = row.read(Column::Role, |text| one_of(ROLES, text)).unwrap_or(Role::Main);
    let from = row.read(Column::From, |text| instant(text, zone)).unwrap_or(from);
    let to = row.read(Column::To, |text| instant(text, zone));
    if to.is_some_and(|to| to <= from) {
        row.reject(Column::To, RejectReason::EndsBeforeStart);
    }
    Some(Binding { terminal: terminal?, vehicle: vehicle?, role, from, to })
}

/// The VIN where the row has one, else whatever names the car.
fn vehicle(row: &mut Row<'_>) -> Option<VehicleId> {
    let named = [
        row.read(Column::Vin, vin),
        row.read(Column::Vehicle, cell::vehicle),
        row.read(Column::Plate, plate),
    ];
    let vehicle = named.into_iter().flatten().next();
    if vehicle.is_none() && row.rejects.is_empty() {
        let columns = [Column::Vehicle, Column::Vin, Column::Plate];
        let column = columns.into_iter().find(|column| row.has(*column)).unwrap_or(Column::Vehicle);
        row.require(column, words);
    }
    vehicle
}

/// For each binding that overlaps another one of its terminal, the place of that one.
fn overlaps(bindings: &[Binding]) -> BTreeMap<usize, usize> {
    let mut sorted = bindings.iter().enumerate().collect::<Vec<_>>();
    sorted.sort_by_key(|(at, binding)| (binding.terminal, binding.from, *at));
    let mut found = BTreeMap::new();
    let mut longest: Option<(usize, &Binding)> = None;
    for (at, binding) in sorted {
        let (same, later_end) = match longest {
            Some((_, other)) if other.terminal == binding.terminal => {
                (other.to.is_none_or(|end| binding.from < end), ends_later(binding, other))
            }
            _ => (false, true),
        };
        if let (true, Some((other, _))) = (same, longest) {
            found.insert(at, other);
            found.entry(other).or_insert(at);
        }
        if later_end {
            longest = Some((at, binding));
        }
    }
    found
}

fn ends_later(one: &Binding, other: &Binding) -> bool {
    other.to.is_some_and(|end| one.to.is_none_or(|own| own > end))
}

const ROLES: &[(Role, &[&str])] = &[
    (Role::Main, &["主", "main", "主机", "主设备", "有线", "wired"]),
    (Role::Backup, &["从", "backup", "备", "副", "从机", "备用", "从设备", "无线", "wireless"]),
];
