//! The table of a frame's fields: offset, bytes, field, value, meaning.
//!
//! Shape: fields → lines of one width; long cells go on below themselves. Units: columns. Errors: none.

use super::paint::{BAD, DIM, NAME, Paint, harmless, padded, wrap};
use anstyle::Style;
use unicode_width::UnicodeWidthStr;
use wire::Field;
use wire::diagnosis::spaced;

/// The fields, with the one to blame marked.
pub(crate) fn fields(fields: &[Field], culprit: Option<usize>, paint: &Paint) -> Vec<String> {
    let widths = Widths::of(fields, paint);
    let mut lines = vec![paint.on(DIM, widths.line(&HEAD.map(str::to_owned)).trim_end())];
    for (index, field) in fields.iter().enumerate() {
        let styles = if culprit == Some(index) { [BAD; 5] } else { STYLES };
        let cells = [
            vec![field.offset.to_string()],
            bytes_lines(&field.bytes),
            wrap(field.name, widths.0[2]),
            wrap(&value(field), widths.0[3]),
            wrap(&harmless(&field.meaning), widths.0[4]),
        ];
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for row in 0..height {
            let mark =
                if culprit == Some(index) && row == 0 { paint.on(BAD, "► ") } else { "  ".to_owned() };
            let cell = |(column, cell): (usize, &Vec<String>)| {
                let text = cell.get(row).map_or("", String::as_str);
                paint.on(styles.get(column).copied().unwrap_or_default(), &widths.cell(column, text))
            };
            let cells: Vec<String> = cells.iter().enumerate().map(cell).collect();
            lines.push(format!("{mark}{}", cells.join(GAP)).trim_end().to_owned());
        }
    }
    lines
}

/// Widths of the five columns; the last takes what is left.
struct Widths([usize; 5]);

impl Widths {
    fn of(fields: &[Field], paint: &Paint) -> Self {
        let widest = |of: &dyn Fn(&Field) -> usize, least: usize, most: usize| {
            fields.iter().map(of).max().unwrap_or(0).clamp(least, most)
        };
        let bytes = widest(&|field| field.bytes.len().min(BYTES_A_LINE) * 3, 6, BYTES_A_LINE * 3) - 1;
        let name = widest(&|field| field.name.width(), 5, NAME_MAX);
        let value = widest(&|field| value(field).width(), 5, VALUE_MAX);
        let taken = MARK + OFFSET + bytes + name + value + 4 * GAP.len();
        Self([OFFSET, bytes, name, value, paint.width.saturating_sub(taken).max(MEANING_MIN)])
    }

    /// One cell; offsets stand at the right of theirs.
    fn cell(&self, column: usize, text: &str) -> String {
        let width = self.0.get(column).copied().unwrap_or(0);
        match column {
            0 => format!("{text:>width$}"),
            _ => padded(text, width),
        }
    }

    fn line(&self, cells: &[String; 5]) -> String {
        let cells: Vec<String> =
            cells.iter().enumerate().map(|(column, text)| self.cell(column, text)).collect();
        format!("  {}", cells.join(GAP))
    }
}

/// The value, unless it only repeats the bytes.
fn value(field: &Field) -> String {
    let said_otherwise = !field.meaning.is_empty() || field.bytes.len() > BYTES_A_LINE;
    if field.bytes.len() > 2 && said_otherwise && field.value == hex::encode(&field.bytes) {
        return String::new();
    }
    harmless(&field.value)
}

fn bytes_lines(bytes: &[u8]) -> Vec<String> {
    let shown = bytes.get(..BYTES_SHOWN_MAX).unwrap_or(bytes);
    let mut lines: Vec<String> = shown.chunks(BYTES_A_LINE).map(spaced).collect();
    if shown.len() < bytes.len() {
        lines.push(format!("and {} more", bytes.len() - shown.len()));
    }
    lines
}

const HEAD: [&str; 5] = ["off", "bytes", "field", "value", "meaning"];
const STYLES: [Style; 5] = [DIM, Style::new(), NAME, Style::new(), Style::new()];
const GAP: &str = "  ";
/// Room for the mark at the field to blame.
const MARK: usize = 2;
const OFFSET: usize = 4;
/// As in every dump, so that offsets are easy to count.
const BYTES_A_LINE: usize = 8;
/// A photo's part has a kilobyte that says nothing to a person; the JSON form has it all.
const BYTES_SHOWN_MAX: usize = 256;
const NAME_MAX: usize = 22;
const VALUE_MAX: usize = 28;
/// On a narrow terminal the table is wider than it, rather than a column of letters.
const MEANING_MIN: usize = 20;
