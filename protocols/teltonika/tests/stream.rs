//! Damaged streams: however they arrive in pieces, the same frames come out, and whole frames behind damage survive.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use bytes::{Bytes, BytesMut};
use proptest::prelude::*;
use std::path::Path;
use teltonika::TELTONIKA;
use wire::{Authenticator, Cut, Protocol};

fn golden(name: &str) -> Vec<u8> {
    let frames = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/frames"));
    wire::testing::golden(frames).into_iter().find(|golden| golden.name == name).unwrap().bytes
}

proptest! {
    #[test]
    fn a_damaged_stream_gives_the_same_frames_however_it_is_cut(
        names in prop::collection::vec(0_usize..4, 2..6),
        damage in (any::<prop::sample::Index>(), 0_u8..3, any::<u8>()),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let kinds = ["codec_8", "ping", "codec_8_extended_variable", "command_reply"].map(golden);
        let mut stream = golden("login");
        for name in names {
            stream.extend(&kinds[name]);
        }
        let at = damage.0.index(stream.len());
        match damage.1 {
            0 => stream[at] ^= damage.2,
            1 => { stream.remove(at); }
            _ => stream.insert(at, damage.2),
        }
        let tail = golden("codec_16");
        stream.extend(tail.repeat(3));
        let whole = frames_of(&[&stream]);
        prop_assert!(whole.iter().any(|frame| frame[..] == tail[..]), "the frames behind the damage are lost");
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).chain([0, stream.len()]).collect();
        ends.sort_unstable();
        let pieces: Vec<&[u8]> = ends.windows(2).map(|ends| &stream[ends[0]..ends[1]]).collect();
        prop_assert_eq!(frames_of(&pieces), whole);
    }
}

fn frames_of(pieces: &[&[u8]]) -> Vec<Bytes> {
    let mut session = TELTONIKA.open(Authenticator::Open);
    let (mut input, mut frames) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            match session.deframe(&mut input) {
                Cut::Need | Cut::Lost(_) => break,
                Cut::Skipped { .. } => {}
                Cut::Frame(frame) => frames.push(frame.wire),
            }
        }
    }
    frames
}
