//! Data on stdout: one list of columns, four forms.
//!
//! Shape: JSON objects in, `table`, `json`, `ndjson` or `csv` out. CSV cells that a spreadsheet would run are quoted.
//! Errors: [`Closed`] when the reader has enough, as `head` has; that ends the command, and is no failure.

mod fit;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use std::io::{self, IsTerminal, Write};

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

/// Writes one line of many, or several: an error ends the rest.
pub(crate) fn line(text: &str) -> Result<()> {
    put(format!("{}\n", harmless_lines(text)).as_bytes())
}

/// JSON, of which nothing is lost: a character that gives orders to the terminal stands in strings only, and is escaped there.
pub(crate) fn json(text: &str) -> Result<()> {
    put(format!("{}\n", escaped(text)).as_bytes())
}

/// The same as [`line`] with the colours that we gave it; what devices said in it is made harmless by whoever paints.
pub(crate) fn painted(text: &str) -> Result<()> {
    put(format!("{text}\n").as_bytes())
}

/// A word on stderr, beside the data. Nobody may read it: that stops nothing.
pub(crate) fn aside(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", harmless_lines(text));
}

fn put(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    sent(out.write_all(bytes).and_then(|()| out.flush()))
}

fn sent(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        written => written.context("writing the answer"),
    }
}

/// Lines of which no name, note or answer of a device gives orders to the terminal.
fn harmless_lines(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\n' | '\t') { c } else { shown(c) }).collect()
}

fn escaped(json: &str) -> String {
    let escape = |c: char| match c {
        '\n' => String::from(c),
        c if shown(c) != c => format!("\\u{:04x}", u32::from(c)),
        c => String::from(c),
    };
    json.chars().map(escape).collect()
}

/// A character that would move a cursor or a reading direction is shown as a dot, as `decode` does.
fn shown(c: char) -> char {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { '·' } else { c }
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

fn table(columns: &[&str], rows: &[Value]) -> String {
    let cells = |row| columns.iter().map(|column| cell(row, column)).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    // Into a file or a pipe each row is one line; on a terminal nothing is wider than that.
    if io::stdout().is_terminal() {
        fit::fitted(columns, &rows, terminal_width())
    } else {
        fit::unbroken(columns, &rows).to_string()
    }
}

/// As the terminal says, else the shell, else as terminals were first.
fn terminal_width() -> u16 {
    let by_terminal = terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| width);
    let by_shell = || std::env::var("COLUMNS").ok()?.parse().ok();
    by_terminal.or_else(by_shell).filter(|width| *width > 0).unwrap_or(80)
}

fn csv(out: &mut impl Write, columns: &[&str], rows: &[Value]) -> Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(columns.iter().map(|column| disarmed(row.get(column), cell(row, column))))?;
    }
    writer.flush()?;
    Ok(())
}

fn cell(row: &Value, column: &str) -> String {
    match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.chars().map(shown).collect(),
        Some(other) => other.to_string(),
    }
}

/// Texts are no formulas, and numbers stay numbers.
fn disarmed(value: Option<&Value>, text: String) -> String {
    if matches!(value, Some(Value::String(_))) { loans::harmless(text) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_on_a_terminal_gives_it_no_orders_and_reads_back_as_it_was() {
        let name = "a\u{202e}b\u{9b}c\u{7f}近\n";
        let text = escaped(&serde_json::to_string_pretty(&serde_json::json!({ "name": name })).unwrap());
        assert!(text.chars().all(|c| c == '\n' || shown(c) == c), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["name"], name);
    }

    #[test]
    fn nothing_that_somebody_named_gives_orders_to_a_terminal() {
        let row = json!({"name": "a\u{1b}[31m\r\nb\u{202e}c"});
        assert_eq!(cell(&row, "name"), "a·[31m··b·c");
        assert_eq!(harmless_lines("近\n\u{1b}]0;x\u{7}"), "近\n·]0;x·");
    }

    #[test]
    fn a_formula_in_a_text_is_disarmed_and_a_negative_number_is_not() {
        let mut out = Vec::new();
        csv(&mut out, &["name", "lat"], &[json!({"name": "=1+1", "lat": -12.5})]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\u{feff}name,lat\n'=1+1,-12.5\n");
    }
}
