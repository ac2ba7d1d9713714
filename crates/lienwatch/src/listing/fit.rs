//! A table as wide as the terminal: words are broken between, never within; where even that needs more room, each row is a
//! paragraph of its own.
//!
//! Shape: cells in, text out. Units: columns of the terminal. Errors: none. Into a file or a pipe each row stays one line.

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};

/// A table whose rows are one line each, however long.
pub(super) fn unbroken(columns: &[&str], rows: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(columns);
    for row in rows {
        table.add_row(row);
    }
    table
}

/// The same within a width.
pub(super) fn fitted(columns: &[&str], rows: &[Vec<String>], width: u16) -> String {
    let mut table = unbroken(columns, rows);
    let natural = table.column_max_content_widths();
    let Some(widths) = widths(&natural, &longest_words(columns, rows), width) else {
        return paragraphs(columns, rows, width);
    };
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_constraints(widths.into_iter().map(|width| ColumnConstraint::Absolute(Width::Fixed(width))));
    table.to_string()
}

/// How wide each column is, with its padding: what it needs to be readable, and its share of what is left. `None` if there is too
/// little room.
fn widths(natural: &[u16], longest: &[u16], width: u16) -> Option<Vec<u16>> {
    let readable: Vec<u16> =
        natural.iter().zip(longest).map(|(natural, longest)| *longest.max(natural.min(&READABLE))).collect();
    let padding = u16::try_from(natural.len()).ok()?.checked_mul(PADDING)?;
    let needed = readable.iter().try_fold(padding, |sum, width| sum.checked_add(*width))?;
    let mut left = width.checked_sub(needed)?;
    let mut wanting: u32 = natural.iter().zip(&readable).map(|(all, has)| u32::from(all - has)).sum();
    let widths = natural.iter().zip(&readable).map(|(all, has)| {
        let wants = u32::from(all - has);
        let share = (u32::from(left) * wants).checked_div(wanting).unwrap_or(0).min(wants);
        let share = u16::try_from(share).unwrap_or(0);
        (left, wanting) = (left - share, wanting - wants);
        has + share + PADDING
    });
    Some(widths.collect())
}

/// The longest word of each column.
fn longest_words(columns: &[&str], rows: &[Vec<String>]) -> Vec<u16> {
    let a_word_a_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("\n");
    let words: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| a_word_a_line(cell)).collect()).collect();
    unbroken(columns, &words).column_max_content_widths()
}

/// Each row below the other, a line a column that has something to say.
fn paragraphs(columns: &[&str], rows: &[Vec<String>], width: u16) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            table.add_row(["", ""]);
        }
        for (column, cell) in columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            table.add_row([column, cell.as_str()]);
        }
    }
    table.set_constraints([ColumnConstraint::ContentWidth]);
    table.to_string()
}

/// Of a column of sentences no less: a line that holds fewer than four words is not read [P].
const READABLE: u16 = 24;
/// A blank on each side.
const PADDING: u16 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    const COLUMNS: [&str; 3] = ["id", "about", "summary"];

    fn rows() -> Vec<Vec<String>> {
        let row = [
            "6ec788cf1df26ff6b6ce3a20ea765688",
            "粤B90001",
            "9 days past due, left its parking place at 12:00",
        ];
        vec![row.map(str::to_owned).to_vec(); 2]
    }

    fn widest(text: &str) -> usize {
        text.lines().map(|line| line.trim_end().width()).max().unwrap_or_default()
    }

    #[test]
    fn a_table_is_no_wider_than_its_terminal_and_no_word_of_it_is_broken() {
        for width in 50..140 {
            let text = fitted(&COLUMNS, &rows(), width);
            assert!(widest(&text) <= usize::from(width), "{width}:\n{text}");
            for word in ["6ec788cf1df26ff6b6ce3a20ea765688", "粤B90001", "parking"] {
                assert_eq!(text.matches(word).count(), 2, "{width}:\n{text}");
            }
        }
    }

    #[test]
    fn where_a_row_has_no_room_it_is_a_paragraph_and_where_it_has_it_is_a_line() {
        let narrow = fitted(&COLUMNS, &rows(), 60);
        assert!(narrow.lines().next().unwrap().trim_start().starts_with("id "), "{narrow}");
        assert_eq!(narrow.lines().filter(|line| line.trim().is_empty()).count(), 1, "{narrow}");
        let wide = fitted(&COLUMNS, &rows(), 200);
        assert_eq!(wide.lines().count(), 3, "{wide}");
        assert_eq!(wide.trim_end(), unbroken(&COLUMNS, &rows()).to_string().trim_end());
    }
}
