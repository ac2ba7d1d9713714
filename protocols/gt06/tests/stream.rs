//! Damaged streams: however they arrive in pieces, the same frames come out, and a whole frame behind damage survives.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must stop")]

use bytes::{Bytes, BytesMut};
use gt06::GT06;
use proptest::prelude::*;
use wire::{Authenticator, Cut, Protocol};

/// Heartbeat, login, location, extended reply, and a clone's frame with a length of 0.
const FRAMES: [&str; 5] = [
    "78780A13460403000100037E930D0A",
    "7878110108681202400000153601320100019E0E0D0A",
    "787826221A0309000F1ECB0286D5740500D2643E385A02D4051A2B00C3D40100010001E2400005A1560D0A",
    "797900152100001A2B0152454C41593A4F4E204F4B000EC7DF0D0A",
    "7878006911223344556600010D0A",
];

fn frame(which: usize) -> Vec<u8> {
    hex::decode(FRAMES[which]).unwrap()
}

/// What happens to a frame on its way.
#[derive(Debug, Clone)]
enum Damage {
    None,
    Flip { at: usize, bits: u8 },
    Lose { from: usize, count: usize },
    Insert { at: usize, noise: Vec<u8> },
}

impl Damage {
    fn apply(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        let size = bytes.len();
        match self {
            Self::None => {}
            Self::Flip { at, bits } => bytes[at % size] ^= bits,
            Self::Lose { from, count } => {
                bytes.drain(from % size..(from % size + count).min(size));
            }
            Self::Insert { at, noise } => {
                bytes.splice(at % size..at % size, noise.iter().copied());
            }
        }
        bytes
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let noise = prop_oneof![Just(0x78), Just(0x79), Just(0x0D), Just(0x0A), any::<u8>()];
    prop_oneof![
        3 => Just(Damage::None),
        2 => (any::<usize>(), 1_u8..).prop_map(|(at, bits)| Damage::Flip { at, bits }),
        2 => (any::<usize>(), 1_usize..12).prop_map(|(from, count)| Damage::Lose { from, count }),
        2 => (any::<usize>(), prop::collection::vec(noise, 1..6))
            .prop_map(|(at, noise)| Damage::Insert { at, noise }),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((0..FRAMES.len(), damage()), 1..8)
        .prop_map(|parts| parts.iter().flat_map(|(which, damage)| damage.apply(frame(*which))).collect())
}

/// The frames of a stream that arrives in these chunks; checks that no byte is lost or invented.
fn frames<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Bytes> {
    let mut session = GT06.open(Authenticator::Open);
    let (mut input, mut found, mut all, mut taken) = (BytesMut::new(), Vec::new(), Vec::new(), Vec::new());
    for chunk in chunks {
        input.extend_from_slice(chunk);
        all.extend_from_slice(chunk);
        loop {
            match session.deframe(&mut input) {
                Cut::Need | Cut::Lost(_) => break,
                Cut::Skipped { bytes, .. } => taken.extend_from_slice(&bytes),
                Cut::Frame(frame) => {
                    taken.extend_from_slice(&frame.wire);
                    found.push(frame.wire);
                }
            }
        }
    }
    taken.extend_from_slice(&input);
    assert_eq!(taken, all);
    found
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn frames_do_not_depend_on_how_the_stream_arrives(stream in stream(), sizes in prop::collection::vec(1_usize..40, 1..60)) {
        let whole = frames([stream.as_slice()]);
        let mut rest = stream.as_slice();
        let mut chunks = Vec::new();
        for size in sizes {
            let (chunk, behind) = rest.split_at(size.min(rest.len()));
            chunks.push(chunk);
            rest = behind;
        }
        chunks.push(rest);
        prop_assert_eq!(&frames(chunks), &whole);
        prop_assert_eq!(&frames(stream.chunks(1)), &whole);
    }

    #[test]
    fn a_whole_frame_behind_damage_is_found(stream in stream(), which in 0_usize..4) {
        let good = frame(which);
        let found = frames([stream.as_slice(), &good]);
        prop_assert_eq!(found.last().map(|last| last.to_vec()), Some(good));
    }
}
