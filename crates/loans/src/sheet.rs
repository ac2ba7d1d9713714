//! Loans and bindings → CSV that both this crate and a spreadsheet read back: UTF-8 with BOM, `\r\n`, our own names.
//!
//! Shape: rows in, bytes out. Units: amounts in yuan with two decimals, times in RFC 3339. Errors: those of the sink.
//! Source: DESIGN.md §6; CSV injection [OWASP].

use crate::Reject;
use crate::address::ADDRESSES;
use crate::cell::is_vin_long;
use crate::column::{BINDING, Column, Heading, LOAN};
use crate::money::yuan;
use csv::{Terminator, Writer, WriterBuilder};
use model::Loan;
use model::input::Binding;
use std::io::{self, Write};

/// Writes a loan book.
pub fn write_loans_csv<'a, W: Write>(out: W, loans: impl IntoIterator<Item = &'a Loan>) -> io::Result<()> {
    // Addresses are no part of a loan.
    let headings = || LOAN.iter().filter(|heading| is_written(heading.column));
    let mut writer = started(out, headings())?;
    for loan in loans {
        writer.write_record(headings().map(|heading| harmless(loan_cell(loan, heading.column))))?;
    }
    writer.flush()
}

/// Days past due go with the clock: the due date says it.
pub(crate) fn is_written(column: Column) -> bool {
    !ADDRESSES.contains(&column) && column != Column::DaysPastDue
}

/// Writes a bindings file.
pub fn write_bindings_csv<'a, W: Write>(
    out: W,
    bindings: impl IntoIterator<Item = &'a Binding>,
) -> io::Result<()> {
    let headings = || BINDING.iter().filter(|heading| !matches!(heading.column, Column::Vin | Column::Plate));
    let mut writer = started(out, headings())?;
    for binding in bindings {
        writer.write_record(headings().map(|heading| harmless(binding_cell(binding, heading.column))))?;
    }
    writer.flush()
}

/// Writes what was refused of a file, for whoever corrects it: which row and column, what it holds, and why not.
pub fn write_rejects_csv<'a, W: Write>(
    mut out: W,
    rejects: impl IntoIterator<Item = &'a Reject>,
) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(["row", "contract", "column", "value", "code", "原因", "reason"])?;
    for Reject { line, contract, column, value, reason } in rejects {
        let cells = [
            contract.clone().unwrap_or_default(),
            column.clone(),
            value.clone(),
            reason.code().to_owned(),
            reason.zh(),
            reason.to_string(),
        ];
        let cells = cells.map(harmless);
        writer.write_record(std::iter::once(line.to_string()).chain(cells))?;
    }
    writer.flush()
}

fn started<W: Write>(mut out: W, headings: impl Iterator<Item = &'static Heading>) -> io::Result<Writer<W>> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(headings.map(|heading| heading.name))?;
    Ok(writer)
}

/// What a loan has in a column, as a book writes it.
pub(crate) fn loan_cell(loan: &Loan, column: Column) -> String {
    let vin = is_vin_long(&loan.vehicle);
    match column {
        Column::Contract => loan.contract.0.clone(),
        Column::Vin => {
            if vin {
                loan.vehicle.to_string()
            } else {
                String::new()
            }
        }
        Column::Plate => text(if vin { loan.plate } else { Some(loan.vehicle) }),
        Column::Lender => loan.lender.0.clone(),
        Column::OldestUnpaidDue => text(loan.oldest_unpaid_due),
        Column::AmountOverdue => yuan(loan.amount_overdue),
        Column::PrincipalOutstanding => yuan(loan.principal_outstanding),
        Column::TimeZone => loan.time_zone.to_string(),
        Column::RiskGrade => text(loan.risk_grade.as_deref()),
        Column::Willingness => text(loan.willingness),
        Column::Ability => text(loan.ability),
        Column::Reason => text(loan.reason),
        Column::ContactState => text(loan.contact_state),
        Column::ActualUser => text(loan.actual_user.as_deref()),
        Column::PromiseUntil => text(loan.holds.promise_until),
        Column::ExtensionUntil => text(loan.holds.extension_until),
        Column::Bankruptcy => yes_no(loan.holds.bankruptcy),
        Column::Dispute => yes_no(loan.holds.dispute),
        Column::LegalCase => yes_no(loan.holds.legal_case),
        Column::Episodes12m => loan.episodes_12m.to_string(),
        Column::DpdMax => loan.dpd_max.to_string(),
        Column::SettledAt => text(loan.settled_at),
        Column::AsOf => loan.as_of.to_string(),
        Column::DaysPastDue
        | Column::Terminal
        | Column::Vehicle
        | Column::Role
        | Column::From
        | Column::To
        | Column::At
        | Column::Event
        | Column::Detail
        | Column::Amount
        | Column::HomeLat
        | Column::HomeLon
        | Column::WorkLat
        | Column::WorkLon => String::new(),
    }
}

fn binding_cell(binding: &Binding, column: Column) -> String {
    match column {
        Column::Terminal => binding.terminal.to_string(),
        Column::Vehicle => binding.vehicle.to_string(),
        Column::Role => binding.role.to_string(),
        Column::From => binding.from.to_string(),
        Column::To => text(binding.to),
        _ => String::new(),
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn yes_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

/// A text as a cell: a spreadsheet must not run what a person or a device wrote. An apostrophe in front says "this is text", and is read
/// back off. Wide signs are those of Chinese keyboards, which spreadsheets take for the others.
pub fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0', '\'', '＝', '＋', '－', '＠']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RejectReason;

    #[test]
    fn a_refused_cell_is_no_formula_in_the_list_of_what_was_refused() {
        let reject = Reject::new(7, "=合同号", "=HYPERLINK(\"http://x\")", RejectReason::Formula);
        let reject = reject.of_contract("+1");
        let mut csv = Vec::new();
        write_rejects_csv(&mut csv, [&reject]).unwrap();
        let csv = String::from_utf8(csv).unwrap();
        let row = csv.lines().nth(1).unwrap();
        assert!(row.starts_with("7,'+1,'=合同号,\"'=HYPERLINK(\"\"http://x\"\")\",formula,"), "{row}");
    }
}
