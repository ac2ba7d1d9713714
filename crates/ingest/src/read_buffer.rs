//! The buffer that the reads of one thread share.
//!
//! ```text
//! [ read, its frames are on their way into the journal | read | … | room for the next ]
//! ```
//! Shape: [`read`] gives the bytes of one read as a part of it, without a copy. Once all of it has been given away and its
//! frames are in the journal's queue, which copies them, it is used again; if they are not, the thread takes a new one. An
//! idle connection keeps nothing.
//! Units: bytes. Errors: the socket's.

use bytes::{BufMut as _, BytesMut};
use futures_util::FutureExt as _;
use std::cell::RefCell;
use tokio::io::{AsyncRead, AsyncReadExt as _};

thread_local! {
    static SHARED: RefCell<BytesMut> = RefCell::default();
}

/// Reads what is there, at most `room` bytes, behind what `input` holds; `None` if nothing was, as just after the accept.
///
/// The socket is polled once: unlike `try_read_buf` that knows that a read which fills less than the buffer has emptied
/// the socket, and saves the next one, which would only say so.
pub(crate) fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    input: &mut BytesMut,
    room: usize,
) -> Option<std::io::Result<usize>> {
    SHARED.with_borrow_mut(|shared| {
        if shared.capacity() < room {
            shared.reserve(SHARED_BYTES);
        }
        let read = stream.read_buf(&mut (&mut *shared).limit(room)).now_or_never();
        match (shared.is_empty(), input.is_empty()) {
            (true, _) => {}
            (false, true) => *input = shared.split(),
            (false, false) => {
                input.extend_from_slice(shared);
                shared.clear();
            }
        }
        read
    })
}

/// Keeps the beginning of a frame apart from the buffer that it was read into, which it would hold for as long as the rest
/// takes to come: a connection that never sends the rest would hold all of it.
pub(crate) fn keep_apart(input: &mut BytesMut) {
    // With room for the rest: whoever sends a frame byte by byte is not copied with each.
    if input.capacity() == input.len() {
        let mut own = BytesMut::with_capacity((2 * input.len()).max(OWN_BYTES_MIN));
        own.extend_from_slice(input);
        *input = own;
    }
}

/// Most frames.
const OWN_BYTES_MIN: usize = 128;
/// Some 1,500 reports one by one. Larger ones were not faster, and leave the processor's nearest caches.
const SHARED_BYTES: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn came(mut bytes: &[u8], input: &mut BytesMut, room: usize) -> usize {
        read(&mut bytes, input, room).unwrap().unwrap()
    }

    #[test]
    fn one_buffer_serves_many_reads_and_is_used_again() {
        let mut addresses = std::collections::BTreeSet::new();
        for _ in 0..10 * SHARED_BYTES / 100 {
            let mut input = BytesMut::new();
            assert_eq!(came(&[7; 100], &mut input, 4_096), 100);
            addresses.insert(input.as_ptr().addr() / SHARED_BYTES);
        }
        // It need not begin at a multiple of its size.
        assert!(addresses.len() <= 2, "{} buffers", addresses.len());
    }

    #[test]
    fn what_was_read_stays_what_it_was() {
        let mut kept = Vec::new();
        for number in 0..2_000_u32 {
            let mut input = BytesMut::new();
            assert_eq!(came(&number.to_be_bytes().repeat(25), &mut input, 4_096), 100);
            kept.push(input.freeze());
        }
        for (number, bytes) in (0..2_000_u32).zip(kept) {
            assert_eq!(bytes, number.to_be_bytes().repeat(25));
        }
    }

    #[test]
    fn no_read_brings_more_than_there_is_room_for() {
        let mut input = BytesMut::from(&b"begun "[..]);
        assert_eq!(came(b"and ended", &mut input, 3), 3);
        assert_eq!(input, &b"begun and"[..]);
    }

    #[test]
    fn a_beginning_holds_no_buffer() {
        let mut input = BytesMut::new();
        came(&[1; 10], &mut input, 4_096);
        keep_apart(&mut input);
        assert_eq!(input, &[1; 10][..]);
        assert!(input.capacity() < 1_024, "{} bytes are held", input.capacity());
        let place = input.as_ptr();
        came(&[2; 10], &mut input, 4_096);
        keep_apart(&mut input);
        assert_eq!((input.len(), input.as_ptr()), (20, place), "copied again");
    }
}
