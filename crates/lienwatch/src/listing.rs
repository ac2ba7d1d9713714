//! Data on stdout: one list of columns, four forms.
//!
//! Shape: JSON objects in, `table`, `json`, `ndjson` or `csv` out. CSV cells that a spreadsheet would run are quoted.
//! Errors: [`Closed`] when the reader has enough, as `head` has; that ends the command, and is no failure.

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::io::{self, Write};

/// The form of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// For spreadsheets: UTF-8 with BOM.
    Csv,
}

/// Whoever reads stdout reads no more.
#[derive(Debug)]
pub(crate) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads stdout any more")
    }
}

impl std::error::Error for Closed {}

/// Writes one line of many: an error ends the rest.
pub(crate) fn line(text: &str) -> Result<()> {
    put(format!("{text}\n").as_bytes())
}

fn put(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        written => Ok(written?),
    }
}

/// Writes a whole listing.
pub(crate) fn write<T: Serialize>(output: Output, columns: &[&str], rows: &[T]) -> Result<()> {
    let values = rows.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
    let mut out = Vec::new();
    match output {
        Output::Json => {
            serde_json::to_writer_pretty(&mut out, &values)?;
            writeln!(out)?;
        }
        Output::Ndjson => values.iter().try_for_each(|value| writeln!(out, "{value}"))?,
        Output::Csv => csv(&mut out, columns, &values)?,
        Output::Table => writeln!(out, "{}", table(columns, &values))?,
    }
    put(&out)
}

fn table(columns: &[&str], rows: &[Value]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(columns);
    for row in rows {
        table.add_row(columns.iter().map(|column| cell(row, column)));
    }
    table
}

fn csv(out: &mut impl Write, columns: &[&str], rows: &[Value]) -> Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(columns.iter().map(|column| harmless(row.get(column), cell(row, column))))?;
    }
    writer.flush()?;
    Ok(())
}

fn cell(row: &Value, column: &str) -> String {
    match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A text that a spreadsheet would take for a formula gets an apostrophe; numbers stay numbers.
fn harmless(value: Option<&Value>, text: String) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
    if runs && matches!(value, Some(Value::String(_))) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_formula_in_a_text_is_disarmed_and_a_negative_number_is_not() {
        let mut out = Vec::new();
        csv(&mut out, &["name", "lat"], &[json!({"name": "=1+1", "lat": -12.5})]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\u{feff}name,lat\n'=1+1,-12.5\n");
    }
}
