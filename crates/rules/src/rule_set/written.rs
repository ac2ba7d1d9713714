//! What is written in a rule set, held against what its keys want, in words for whoever wrote it.
//!
//! Shape: values of the text in; nothing, or [`RuleSetError`] with key, value and bounds out. Units: those of the key. Errors: the first.

use super::RuleSetError;
use std::ops::RangeInclusive;
use toml::{Table, Value};

/// A section of the text, if it has it.
pub(super) fn section<'a>(written: &'a Table, name: &str) -> Result<Option<&'a Table>, RuleSetError> {
    match written.get(name) {
        None => Ok(None),
        Some(Value::Table(section)) => Ok(Some(section)),
        Some(value) => Err(RuleSetError::NoSection { key: name.to_owned(), value: value.to_string() }),
    }
}

/// A key wants a whole number within bounds; one that is not written has its default.
pub(super) fn within(
    key: &'static str,
    written: Option<&Value>,
    bounds: RangeInclusive<u32>,
) -> Result<(), RuleSetError> {
    let Some(value) = written else { return Ok(()) };
    let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
    if number.is_some_and(|number| bounds.contains(&number)) {
        return Ok(());
    }
    let (min, max) = bounds.into_inner();
    Err(RuleSetError::Range { key, value: value.to_string(), min, max })
}
