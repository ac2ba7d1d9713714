//! A list as pages: what was asked for, where it goes on, as of when it is.
//!
//! Shape: [`PageQuery`] → [`Page`] → [`Listing`]. A [`Cursor`] is the key of the last row, as opaque text: the next page begins
//! behind it, whatever was added meanwhile (keyset, never an offset). Errors: `invalid` with the parameter's name.

use crate::problem::Problem;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use model::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What every list may be asked. Flattened into nothing: a list has it as a second [`crate::ask::Asked`].
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// So many rows at most: 1 to 1000, 100 unless said.
    pub(crate) limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// A page to read: `K` is the key by which the list is sorted.
#[derive(Debug, Clone)]
pub(crate) struct Page<K> {
    /// So many rows are shown; ask the store for one more, and [`Listing::of`] sees whether there is a next page.
    pub(crate) limit: usize,
    /// Begin behind this key.
    pub(crate) after: Option<K>,
}

impl PageQuery {
    /// Checks what was asked.
    pub(crate) fn page<K: DeserializeOwned>(&self) -> Result<Page<K>, Problem> {
        let limit = match self.limit {
            None => LIMIT_USUAL,
            Some(limit @ 1..=LIMIT_MAX) => limit,
            Some(_) => return Err(Problem::field("?limit", "out_of_range", "limit is 1 to 1000")),
        };
        let after = self.cursor.as_deref().map(Cursor::read).transpose()?;
        Ok(Page { limit: usize::try_from(limit).unwrap_or(usize::MAX), after })
    }
}

impl<K> Page<K> {
    /// What to ask the store for: one more than is shown.
    pub(crate) fn rows_max(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }
}

/// A key as opaque text.
pub(crate) struct Cursor;

impl Cursor {
    /// The text of a key, e.g. of `(opened_ms, id)`.
    pub(crate) fn of(key: &impl Serialize) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
    }

    /// The key of a text.
    pub(crate) fn read<K: DeserializeOwned>(text: &str) -> Result<K, Problem> {
        let wrong = || Problem::field("?cursor", "cursor", "this is not a next_cursor of this list");
        if text.len() > CURSOR_BYTES_MAX {
            return Err(wrong());
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        serde_json::from_slice(&bytes).map_err(|_| wrong())
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listing<T> {
    pub(crate) data: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub(crate) next_cursor: Option<String>,
    /// When this was read.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) as_of: Timestamp,
}

impl<T> Listing<T> {
    /// Of rows that were asked for by [`Page::rows_max`]; `key` is the sort key of a row.
    pub(crate) fn of<K, S: Serialize>(
        mut data: Vec<T>,
        page: &Page<K>,
        as_of: Timestamp,
        key: impl Fn(&T) -> S,
    ) -> Self {
        let is_last = data.len() <= page.limit;
        data.truncate(page.limit);
        let next_cursor = data.last().filter(|_| !is_last).map(|row| Cursor::of(&key(row)));
        Self { data, next_cursor, as_of }
    }

    /// The same rows in another form.
    pub(crate) fn map<U>(self, form: impl FnMut(T) -> U) -> Listing<U> {
        let Self { data, next_cursor, as_of } = self;
        Listing { data: data.into_iter().map(form).collect(), next_cursor, as_of }
    }
}

/// As many as fill a screen twice.
const LIMIT_USUAL: u32 = 100;
/// A page of a thousand rows is a few hundred KB.
const LIMIT_MAX: u32 = 1000;
/// No key is longer.
const CURSOR_BYTES_MAX: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: Option<u32>, cursor: Option<String>) -> Result<Page<(i64, String)>, Problem> {
        PageQuery { limit, cursor }.page()
    }

    #[test]
    fn a_list_goes_on_behind_its_last_row() {
        let asked = page(Some(2), None).unwrap();
        let rows = vec![(3, "c".to_owned()), (2, "b".to_owned()), (1, "a".to_owned())];
        let listing = Listing::of(rows, &asked, Timestamp::default(), Clone::clone);
        assert_eq!(listing.data.len(), 2);
        let next = page(None, listing.next_cursor).unwrap();
        assert_eq!((next.limit, &next.after), (100, &Some((2, "b".to_owned()))));
        let last = Listing::of(vec![(1, "a".to_owned())], &next, Timestamp::default(), Clone::clone);
        assert_eq!(last.next_cursor, None);
    }

    #[test]
    fn what_is_no_cursor_or_no_limit_is_named() {
        for (limit, cursor, pointer) in [
            (Some(0), None, "?limit"),
            (Some(1001), None, "?limit"),
            (None, Some("%".to_owned()), "?cursor"),
            (None, Some(Cursor::of(&7)), "?cursor"),
            (None, Some("A".repeat(600)), "?cursor"),
        ] {
            let problem = page(limit, cursor).unwrap_err();
            assert_eq!(problem.errors[0].pointer, pointer);
        }
    }
}
