//! Entries that commit together share a row: a row each would cost SQLite more than all else on their way to the disk.
//!
//! ```text
//! block   an entry behind the other; the seq of its row is that of the last, all have the row's stamp
//! entry   bytes of the payload, u32 | bytes of the frame, u32, all ones for none | payload | frame       little-endian
//! ```
//! Shape: rows in order in, [`Block`]s out, and back. Units: bytes. Errors: a block that does not read is corrupt.

use crate::JournalError;
use crate::rows::Row;
use bytes::{Buf as _, BufMut as _, Bytes};

/// What one row holds.
pub(crate) struct Block {
    pub(crate) entries: i64,
    pub(crate) bytes: Vec<u8>,
}

/// The stored form of an input, and the frame it was decoded from.
pub(crate) type Form = (Bytes, Option<Bytes>);

/// All rows in their order, as many in a block as its limit allows, at least one.
pub(crate) fn blocks<'a>(rows: &'a [&'a Row]) -> impl Iterator<Item = Block> + 'a {
    let mut rest = rows.iter();
    std::iter::from_fn(move || {
        let fits = |row: &&&Row, bytes: usize| bytes == 0 || bytes + row.bytes() <= BLOCK_BYTES_MAX;
        let mut block = Block { entries: 0, bytes: Vec::new() };
        while let Some(row) = rest.clone().next().filter(|row| fits(row, block.bytes.len())) {
            rest.next();
            block.entries += 1;
            pack(row, &mut block.bytes);
        }
        (block.entries > 0).then_some(block)
    })
}

fn pack(row: &Row, bytes: &mut Vec<u8>) {
    // No part of an entry is longer than 64 KiB: see `JournalError::TooLarge`.
    let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.put_u32_le(length(&row.payload));
    bytes.put_u32_le(row.frame.as_deref().map_or(FRAME_NONE, length));
    bytes.put_slice(&row.payload);
    bytes.put_slice(row.frame.as_deref().unwrap_or_default());
}

/// The entries of a block, in order; nothing follows an error.
pub(crate) fn unpack(mut block: Bytes) -> impl Iterator<Item = Result<Form, JournalError>> {
    std::iter::from_fn(move || {
        let read = (!block.is_empty()).then(|| unpack_one(&mut block))?;
        Some(read.ok_or_else(|| {
            block.clear();
            JournalError::Corrupt { reason: "an entry ends behind its block".to_owned() }
        }))
    })
}

fn unpack_one(block: &mut Bytes) -> Option<Form> {
    let (payload, frame) = (block.try_get_u32_le().ok()?, block.try_get_u32_le().ok()?);
    let payload = split(block, payload)?;
    let frame = if frame == FRAME_NONE { None } else { Some(split(block, frame)?) };
    Some((payload, frame))
}

fn split(block: &mut Bytes, length: u32) -> Option<Bytes> {
    let length = usize::try_from(length).ok().filter(|length| *length <= block.len())?;
    Some(block.split_to(length))
}

const FRAME_NONE: u32 = u32::MAX;
/// Some 300 reports. A reader that wants fewer goes through all of it; more make a report hardly cheaper.
const BLOCK_BYTES_MAX: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(payload: Vec<u8>, frame: Option<Vec<u8>>) -> Row {
        Row { payload, frame: frame.map(Bytes::from), parts: Vec::new() }
    }

    fn unpacked(blocks: impl Iterator<Item = Block>) -> Vec<Form> {
        let read = |block: Block| {
            let forms: Vec<Form> = unpack(block.bytes.into()).collect::<Result<_, _>>().unwrap();
            assert_eq!(i64::try_from(forms.len()), Ok(block.entries));
            forms
        };
        blocks.flat_map(read).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_packed_is_unpacked(parts in prop::collection::vec((
            prop::collection::vec(any::<u8>(), 0..300),
            prop::option::of(prop::collection::vec(any::<u8>(), 0..20_000)),
        ), 0..16)) {
            let rows: Vec<Row> = parts.into_iter().map(|(payload, frame)| row(payload, frame)).collect();
            let forms: Vec<Form> = rows.iter().map(|row| (row.payload.clone().into(), row.frame.clone())).collect();
            let all: Vec<&Row> = rows.iter().collect();
            prop_assert_eq!(unpacked(blocks(&all)), forms);
        }

        #[test]
        fn whatever_stands_in_a_block_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let read: Vec<_> = unpack(bytes.into()).collect();
            prop_assert!(read.iter().rev().skip(1).all(Result::is_ok), "something followed an error");
        }
    }

    #[test]
    fn a_block_is_full_before_the_next_begins_and_an_entry_of_any_size_has_one() {
        let half = row(vec![1; BLOCK_BYTES_MAX / 2], None);
        let (small, huge) = (row(vec![2; 100], None), row(vec![3; BLOCK_BYTES_MAX], Some(vec![4; 40_000])));
        let all = [&small, &half, &small, &half, &huge, &small];
        let entries: Vec<i64> = blocks(&all).map(|block| block.entries).collect();
        assert_eq!(entries, [3, 1, 1, 1]);
        assert_eq!(blocks(&[]).count(), 0);
    }
}
