//! Entries that commit together share a row: a row each would cost SQLite more than all else on their way to the disk.
//!
//! ```text
//! block   an entry behind the other; the seq of its row is that of the last, all have the row's stamp
//! entry   bytes of the payload, u32 | bytes of the frame, u32, all ones for none | payload | frame       little-endian
//! ```
//! Shape: calls in order in, [`Block`]s out, and back. Units: bytes. Errors: a block that does not read is corrupt.
//! Source: PERF.md B4, C2; the row's columns are migration 3's.

use crate::JournalError;
use crate::call::Call;
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

/// What one row holds.
pub(crate) struct Block {
    pub(crate) entries: i64,
    pub(crate) bytes: Vec<u8>,
}

/// The stored form of an input, and the frame it was decoded from.
pub(crate) type Form = (Bytes, Option<Bytes>);

/// All entries of some calls in their order, as many in a block as its limit allows, at least one.
pub(crate) fn blocks(calls: &[&Call]) -> impl Iterator<Item = Block> {
    let mut left: usize = calls.iter().map(|call| call.entries.len()).sum();
    let mut rest = calls.iter().flat_map(|call| entries(&call.entries)).peekable();
    std::iter::from_fn(move || {
        let mut block = Block { entries: 0, bytes: Vec::with_capacity(left.min(BLOCK_BYTES_MAX)) };
        let fits = |bytes: usize, entry: &[u8]| bytes == 0 || bytes + entry.len() <= BLOCK_BYTES_MAX;
        while let Some(entry) = rest.next_if(|entry| fits(block.bytes.len(), entry)) {
            block.entries += 1;
            block.bytes.extend_from_slice(entry);
        }
        left -= block.bytes.len();
        (block.entries > 0).then_some(block)
    })
}

/// One more entry behind those that stand there.
pub(crate) fn pack(payload: &[u8], frame: Option<&[u8]>, bytes: &mut BytesMut) {
    // No part of an entry is longer than 64 KiB: see `JournalError::TooLarge`.
    let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX);
    bytes.put_u32_le(length(payload));
    bytes.put_u32_le(frame.map_or(FRAME_NONE, length));
    bytes.put_slice(payload);
    bytes.put_slice(frame.unwrap_or_default());
}

/// The bytes of each entry, its lengths among them.
fn entries(mut packed: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let mut lengths = packed;
        let (payload, frame) = (lengths.try_get_u32_le().ok()?, lengths.try_get_u32_le().ok()?);
        let frame = if frame == FRAME_NONE { 0 } else { frame };
        let length = LENGTHS_BYTES + usize::try_from(payload).ok()? + usize::try_from(frame).ok()?;
        let (entry, rest) = packed.split_at_checked(length)?;
        packed = rest;
        Some(entry)
    })
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
/// Before each entry.
pub(crate) const LENGTHS_BYTES: usize = 8;
/// Some 300 reports. A reader that wants fewer goes through all of it; more make a report hardly cheaper.
const BLOCK_BYTES_MAX: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn call(entries: &[(Vec<u8>, Option<Vec<u8>>)]) -> Call {
        let mut packed = BytesMut::new();
        for (payload, frame) in entries {
            pack(payload, frame.as_deref(), &mut packed);
        }
        Call { entries: packed.freeze(), count: entries.len(), parts: Vec::new(), cost: 0 }
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
        ), 0..16), calls_of in 1_usize..5) {
            let calls: Vec<Call> = parts.chunks(calls_of).map(call).collect();
            let forms = parts.into_iter().map(|(payload, frame)| (payload.into(), frame.map(Bytes::from)));
            let calls: Vec<&Call> = calls.iter().collect();
            prop_assert_eq!(unpacked(blocks(&calls)), forms.collect::<Vec<Form>>());
        }

        #[test]
        fn whatever_stands_in_a_block_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let read: Vec<_> = unpack(bytes.into()).collect();
            prop_assert!(read.iter().rev().skip(1).all(Result::is_ok), "something followed an error");
        }
    }

    #[test]
    fn a_block_is_full_before_the_next_begins_and_an_entry_of_any_size_has_one() {
        let half = (vec![1; BLOCK_BYTES_MAX / 2], None);
        let (small, huge) = ((vec![2; 100], None), (vec![3; BLOCK_BYTES_MAX], Some(vec![4; 40_000])));
        let calls = [call(&[small.clone(), half.clone(), small.clone()]), call(&[half, huge, small])];
        let entries: Vec<i64> = blocks(&calls.each_ref()).map(|block| block.entries).collect();
        assert_eq!(entries, [3, 1, 1, 1]);
        assert_eq!(blocks(&[]).count(), 0);
    }
}
