//! The binary form of an input in the journal.
//!
//! Shape: one byte of format version, then postcard. Units: bytes, at most [`INPUT_BYTES_MAX`]. Errors: too large by
//! size, else what does not fit the form. Source: DESIGN.md §1, fine print 2; <https://postcard.jamesmunns.com>.

use crate::JournalError;
use model::Input;

/// The largest input: a loan book comes in chunks, and no frame is larger.
pub const INPUT_BYTES_MAX: usize = 64 * 1024;

/// The version that [`encode`] writes. A new one needs a decoder beside the old one, since journals outlive programs.
const VERSION: u8 = 1;

/// The stored form of an input.
pub fn encode(input: &Input) -> Result<Vec<u8>, JournalError> {
    let mut form = Vec::with_capacity(TYPICAL_BYTES);
    encode_into(input, &mut form)?;
    Ok(form)
}

/// The same, in place of what stands in `form`.
pub(crate) fn encode_into(input: &Input, form: &mut Vec<u8>) -> Result<(), JournalError> {
    form.clear();
    form.push(VERSION);
    *form = postcard::to_extend(input, std::mem::take(form))
        .map_err(|error| JournalError::Corrupt { reason: error.to_string() })?;
    if form.len() > INPUT_BYTES_MAX {
        let (bytes, max) = (form.len(), INPUT_BYTES_MAX);
        return Err(JournalError::TooLarge { item: 0, part: "input", bytes, max });
    }
    Ok(())
}

/// The input of a stored form.
pub fn decode(form: &[u8]) -> Result<Input, JournalError> {
    let corrupt = |reason: String| JournalError::Corrupt { reason };
    match form.split_first() {
        Some((&VERSION, body)) => match postcard::take_from_bytes(body) {
            Ok((input, [])) => Ok(input),
            Ok((_, rest)) => Err(corrupt(format!("{} bytes follow an input", rest.len()))),
            Err(error) => Err(corrupt(error.to_string())),
        },
        Some((&version, _)) => {
            Err(JournalError::Format { found: i64::from(version), known: i64::from(VERSION) })
        }
        None => Err(corrupt("an input without bytes".to_owned())),
    }
}

/// A position report with its usual attributes fits without growing.
const TYPICAL_BYTES: usize = 192;
