//! What files for a spreadsheet have in common, whatever they tell of.
//!
//! Shape: cells → lines of CSV, written page by page. Units: none. Errors: [`Broken`], once the answer has begun.
//! Source: RFC 4180; OWASP on CSV injection.

/// What broke a file off: half of one is not to be taken for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off: {0}")]
pub(crate) struct Broken(pub(crate) String);

/// The names of the columns, behind what tells a spreadsheet that the file is UTF-8.
pub(crate) fn head(columns: &[&str]) -> Vec<u8> {
    let mut head = "\u{feff}".as_bytes().to_vec();
    head.extend(line(columns.iter().map(|&column| column.to_owned())));
    head
}

/// One line. Texts that are not ours are to be [`loans::harmless`].
pub(crate) fn line(cells: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(cells);
    writer.into_inner().unwrap_or_default()
}
