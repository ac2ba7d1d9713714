//! A CSV file of unknown encoding, separator and title lines → rows under a known header.
//!
//! Shape: [`Table::open`] finds the header, [`Table::next_row`] gives one row at a time; nothing but the row is held.
//! Units: lines from 1. Errors: [`FileError`]; a row of another width is a row with a reject. Source:
//! `reliability.md` B43, B46.

use crate::FileError;
use crate::column::{Columns, Heading, find};
use crate::reject::shown;
use crate::row::Row;
use crate::text::{TextForm, Utf8Lines, detect};
use csv::{ReaderBuilder, StringRecord};
use std::io::{Read, Seek, SeekFrom};

/// A file under its header.
pub(crate) struct Table<R> {
    reader: csv::Reader<Utf8Lines<R>>,
    record: StringRecord,
    form: TextForm,
    delimiter: u8,
    pub(crate) columns: Columns,
    pub(crate) rows: u64,
}

impl<R: Read + Seek> Table<R> {
    /// Finds encoding, separator and header.
    pub(crate) fn open(
        mut source: R,
        headings: &'static [Heading],
        expected: &'static str,
    ) -> Result<Self, FileError> {
        let form = detect(&mut source)?;
        let head = head(&mut source, form)?;
        let Some(header) = find_header(&head, headings) else {
            let first_line = shown(head.lines().next().unwrap_or_default());
            return Err(FileError::NoHeader { encoding: form.name, first_line, expected });
        };
        source.seek(SeekFrom::Start(0))?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(header.delimiter)
            .from_reader(Utf8Lines::new(source, form));
        let columns = Columns::of_header(headings, std::iter::empty())?;
        let record = StringRecord::new();
        let mut table = Self { reader, record, form, delimiter: header.delimiter, columns, rows: 0 };
        // A header cell may hold a line break, so the header is the row that reaches beyond its line.
        while table.advance()?.is_some() && table.reader.position().line() <= header.line {}
        if table.record.len() > COLUMNS_MAX {
            return Err(FileError::TooManyColumns { found: table.record.len(), max: COLUMNS_MAX });
        }
        table.columns = Columns::of_header(headings, table.record.iter())?;
        Ok(table)
    }

    pub(crate) fn encoding(&self) -> &'static str {
        self.form.name
    }

    pub(crate) fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// The next row that is not blank.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row<'_>>, FileError> {
        let line = loop {
            match self.advance()? {
                None => return Ok(None),
                Some(_) if self.record.iter().all(|cell| cell.trim().is_empty()) => {}
                Some(line) => break line,
            }
        };
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return Err(FileError::TooManyRows { max: ROWS_MAX });
        }
        let (found, expected) = (self.record.len(), self.columns.len());
        let ends_line = self.reader.position().line();
        if found < expected && self.reader.get_ref().broke_off_at(ends_line) {
            return Err(FileError::Truncated { line });
        }
        let mut row = Row::new(line, &self.record, &self.columns);
        // Office software pads rows with separators; what stands in a cell without a header is a shifted row.
        let filled_beyond = self.record.iter().skip(expected).any(|cell| !cell.trim().is_empty());
        if found < expected || filled_beyond {
            row.reject_width(expected);
        }
        Ok(Some(row))
    }

    /// Reads a record; the line on which it begins.
    fn advance(&mut self) -> Result<Option<u64>, FileError> {
        let more = self.reader.read_record(&mut self.record);
        if let Some(problem) = self.reader.get_mut().take_problem() {
            return Err(problem.of(self.form));
        }
        if !more? {
            return Ok(None);
        }
        // The reader's own record position is that of the blank lines before it.
        let next_line = self.reader.position().line();
        self.reader.get_mut().row_done(next_line);
        let inside: usize = self.record.iter().map(|cell| cell.matches('\n').count()).sum();
        let lines = u64::try_from(inside).unwrap_or(0) + 1;
        Ok(Some(next_line.saturating_sub(lines)))
    }
}

struct Header {
    line: u64,
    delimiter: u8,
}

fn head<R: Read + Seek>(source: &mut R, form: TextForm) -> Result<String, FileError> {
    let mut lines = Utf8Lines::new(source, form);
    let mut bytes = Vec::new();
    let read = lines.by_ref().take(HEAD_BYTES).read_to_end(&mut bytes);
    if let Some(problem) = lines.take_problem() {
        return Err(problem.of(form));
    }
    read?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The line and separator under which most columns are known, of several the last: a title stands above. One that has a single one is a
/// header too: it is said then which are missing.
fn find_header(head: &str, headings: &'static [Heading]) -> Option<Header> {
    let lines = head.lines().zip(1_u64..).take(HEADER_LINE_MAX);
    let candidates =
        lines.flat_map(|(text, line)| DELIMITERS.map(|delimiter| (text, Header { line, delimiter })));
    let known = |text: &str, delimiter: u8| {
        let cells = || text.split(char::from(delimiter));
        if cells().count() < 2 { 0 } else { cells().filter(|cell| find(headings, cell).is_some()).count() }
    };
    let mut best: Option<(usize, Header)> = None;
    for (text, header) in candidates {
        let count = known(text, header.delimiter);
        if count >= 1 && best.as_ref().is_none_or(|(most, _)| count >= *most) {
            best = Some((count, header));
        }
    }
    best.map(|(_, header)| header)
}

/// What offices export with.
const DELIMITERS: [u8; 3] = *b",;\t";
/// Exports put a title, a date and a blank line above the header; not more.
const HEADER_LINE_MAX: usize = 10;
/// Holds ten lines of 200 names.
const HEAD_BYTES: u64 = 64 * 1024;
/// Ten times the columns of the widest loan book format known to us.
pub(crate) const COLUMNS_MAX: usize = 200;
/// Twice the largest book we mean to serve on one machine; at about 500 bytes a row, 1 GB of memory.
pub(crate) const ROWS_MAX: u64 = 2_000_000;
