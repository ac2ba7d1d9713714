//! One row of a table of items: an id, the lengths it may have, and how its value is read.
//!
//! Shape: (id, length) → [`Rule`]. Units: each row names its own. Errors: none; a reader that cannot take a value says
//! so, and the item is kept. Source: SPEC.md §4.2.

use super::Items;

/// How one item is read: `None` from `read` keeps it as an unknown one.
pub(crate) struct Rule {
    pub(crate) id: u8,
    pub(crate) length: Length,
    /// What it means. Rows of several vendors with the same name mean the same.
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) read: fn(&mut Items, &[u8]) -> Option<()>,
}

impl Rule {
    pub(crate) fn fits(&self, id: u8, length: usize) -> bool {
        self.id == id && self.length.allows(length)
    }
}

/// The lengths that an item may have.
pub(crate) enum Length {
    /// One of these.
    Of(&'static [usize]),
    /// So many bytes, then one record or more of so many bytes each.
    Records { head: usize, each: usize },
    /// So many bytes or more.
    From(usize),
}

impl Length {
    fn allows(&self, length: usize) -> bool {
        match self {
            Self::Of(lengths) => lengths.contains(&length),
            Self::Records { head, each } => {
                length.checked_sub(*head).is_some_and(|records| records > 0 && records % each == 0)
            }
            Self::From(least) => length >= *least,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_whole_and_at_least_one() {
        let wifi = Length::Records { head: 1, each: 7 };
        assert!(wifi.allows(8) && wifi.allows(15));
        assert!(!wifi.allows(0) && !wifi.allows(1) && !wifi.allows(9));
    }
}
