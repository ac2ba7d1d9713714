//! Which columns a file may and must have, for people and their documentation.
//!
//! Shape: the tables by which headers are read → a listing, in the order in which we write the columns. Errors: none.

use crate::column::{BINDING, BINDING_REQUIRED, Column, EVENT, EVENT_REQUIRED, Heading, LOAN, LOAN_REQUIRED};
use serde::Serialize;

/// A column that is understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedColumn {
    /// Our name for it.
    pub name: &'static str,
    /// `yes`, `one of …`, or empty.
    pub needed: String,
    /// Other names of it, joined by commas. Case, blanks, `_`, `-` and a unit `(元)` make no difference.
    pub also: String,
}

/// The columns of a loan book.
pub fn loan_columns() -> impl Iterator<Item = AcceptedColumn> {
    LOAN.iter().map(|heading| accepted(heading, LOAN, LOAN_REQUIRED))
}

/// The columns of a bindings file.
pub fn binding_columns() -> impl Iterator<Item = AcceptedColumn> {
    BINDING.iter().map(|heading| accepted(heading, BINDING, BINDING_REQUIRED))
}

/// The columns of an events file.
pub fn event_columns() -> impl Iterator<Item = AcceptedColumn> {
    EVENT.iter().map(|heading| accepted(heading, EVENT, EVENT_REQUIRED))
}

fn accepted(heading: &Heading, headings: &[Heading], required: &[&[Column]]) -> AcceptedColumn {
    let group = required.iter().find(|group| group.contains(&heading.column));
    let needed = match group {
        // The one column that the command line can stand in for.
        _ if heading.column == Column::AsOf => "yes, or --as-of".to_owned(),
        None => String::new(),
        Some([_]) => "yes".to_owned(),
        Some(group) => {
            let names = headings.iter().filter(|other| group.contains(&other.column));
            format!("one of {}", names.map(|other| other.name).collect::<Vec<_>>().join(", "))
        }
    };
    AcceptedColumn { name: heading.name, needed, also: heading.aliases.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_book_needs_is_said_of_its_columns() {
        let needed = |name: &str| loan_columns().find(|column| column.name == name).unwrap().needed;
        assert_eq!(needed("contract"), "yes");
        assert_eq!(needed("plate"), "one of vin, plate");
        assert_eq!(needed("as_of"), "yes, or --as-of");
        assert_eq!(needed("reason"), "");
        assert!(binding_columns().next().unwrap().also.contains("设备号"));
    }
}
