//! Colours and columns of the terminal that stdout is.
//!
//! Shape: [`Paint::of_stdout`] asks once; then text in, text out. `NO_COLOR`, `CLICOLOR`, `TERM=dumb` and a pipe switch
//! colours off. Units: columns. Errors: none.

use anstyle::{AnsiColor, Style};
use std::io::IsTerminal;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const ALARM: Style = AnsiColor::Yellow.on_default().bold();

/// How to write for the reader of stdout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    colours: Colours,
    pub(crate) width: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colours {
    On,
    Off,
}

impl Paint {
    /// As the terminal wants it; a pipe gets no colours and a steady width.
    pub(crate) fn of_stdout() -> Self {
        let stdout = std::io::stdout();
        let choice = anstream::AutoStream::choice(&stdout);
        let colours = if choice == anstream::ColorChoice::Never { Colours::Off } else { Colours::On };
        let terminal = stdout.is_terminal().then(terminal_size::terminal_size).flatten();
        let width = terminal.map_or(PIPE_COLUMNS, |(width, _)| usize::from(width.0));
        Self { colours, width: width.clamp(COLUMNS_MIN, COLUMNS_MAX) }
    }

    /// Without colours.
    #[cfg(test)]
    pub(crate) const fn plain(width: usize) -> Self {
        Self { colours: Colours::Off, width }
    }

    /// With colours.
    #[cfg(test)]
    pub(crate) const fn coloured(width: usize) -> Self {
        Self { colours: Colours::On, width }
    }

    /// Text in a style.
    pub(crate) fn on(&self, style: Style, text: &str) -> String {
        match self.colours {
            Colours::On if !text.is_empty() => format!("{style}{text}{style:#}"),
            Colours::On | Colours::Off => text.to_owned(),
        }
    }

    /// A label and a text that goes on below itself.
    pub(crate) fn labelled(&self, label: &str, style: Style, text: &str) -> Vec<String> {
        let room = self.width.saturating_sub(LABEL_COLUMNS + 2).max(COLUMNS_MIN / 2);
        let wrapped = wrap(text, room);
        let lines = wrapped.into_iter().enumerate().map(|(index, line)| {
            let label = if index == 0 { label } else { "" };
            format!("  {}{}", self.on(style, &padded(label, LABEL_COLUMNS)), line)
        });
        lines.collect()
    }
}

/// Text with blanks behind it up to a width.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Text in lines of at most so many columns, broken between words where there are any.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        let glue = usize::from(!line.is_empty());
        if line.width() + glue + word.width() <= columns {
            if glue == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            if line.width() + c.width().unwrap_or(0) > columns {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

/// Text without what a terminal would obey: a device decides what its text is.
pub(crate) fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '·' } else { c };
    text.chars().map(shown).collect()
}

/// Label of a line below the table.
const LABEL_COLUMNS: usize = 11;
/// Wide enough for every field of a frame, and what most pagers show.
const PIPE_COLUMNS: usize = 120;
/// Below this a table is a column of letters.
const COLUMNS_MIN: usize = 60;
/// Beyond this nobody finds the end of a line.
const COLUMNS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice_and_long_words_are_broken() {
        assert_eq!(padded("粤B", 5), "粤B  ");
        assert_eq!(wrap("粤粤粤粤", 5), ["粤粤", "粤粤"]);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn only_a_terminal_with_colours_gets_them() {
        assert_eq!(Paint::plain(80).on(BAD, "x"), "x");
        assert!(Paint::coloured(80).on(BAD, "x").contains("\u{1b}["));
    }

    #[test]
    fn a_device_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\n"), "a·[2Jb·");
    }
}
