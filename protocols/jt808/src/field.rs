//! Named fields for nom's complete parsers, and the text coding of the standard.
//!
//! Shape: `field("latitude", be_u32)(i)?` reads one row of a spec table. Errors: [`Missing`] names the field at which
//! the body ended. Source: SPEC.md §2.

use nom::{IResult, Parser};
use wire::Problem;

/// The bytes behind a field, and its value.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Missing>;

/// The field at which a body ended too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) &'static str);

/// Reads one field, and names it if it is cut off.
pub(crate) fn field<'a, P>(name: &'static str, mut parser: P) -> impl FnMut(&'a [u8]) -> Parsed<'a, P::Output>
where
    P: Parser<&'a [u8], Error = nom::error::Error<&'a [u8]>>,
{
    move |input| parser.parse(input).map_err(|error| error.map(|_| Missing(name)))
}

/// The problem of a body that ended too early.
pub(crate) fn short(message: &'static str, error: &nom::Err<Missing>, body: &[u8]) -> Problem {
    let field = match error {
        nom::Err::Error(Missing(name)) | nom::Err::Failure(Missing(name)) => name,
        nom::Err::Incomplete(_) => "body",
    };
    Problem::Short { message, field, have: body.len() }
}

/// Text of the standard: GBK, padded with zeros or blanks on either side.
pub(crate) fn text(bytes: &[u8]) -> String {
    let (text, _) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    let text = text.trim_start_matches(PADDING);
    // Some devices leave old bytes behind the zero that ends their text.
    let text = text.split('\0').next().unwrap_or_default();
    text.trim_end_matches(PADDING).to_owned()
}

const PADDING: [char; 2] = ['\0', ' '];

/// Text that is there at all.
pub(crate) fn some_text(bytes: &[u8]) -> Option<String> {
    Some(text(bytes)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_gbk_without_its_padding() {
        assert_eq!(text(b"\xD4\xC1B12345\0\0"), "粤B12345");
        assert_eq!(text(b"TRK-1   "), "TRK-1");
        assert_eq!(text(b"\0\0V1.2\0\x99old"), "V1.2");
        assert_eq!(some_text(&[0; 7]), None);
    }
}
