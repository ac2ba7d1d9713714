//! Which bytes are frames: asked of the protocols, never guessed from the digits.
//!
//! Shape: bytes → [`Piece`]s in order. In a line of plain hex every byte is accounted for; in a run that a log line
//! holds, only what a protocol claims counts. Errors: bytes that begin as a frame and are none come as refused.

use super::hex_text::{Hint, Run};
use bytes::BytesMut;
use model::ZoneOffset;
use std::ops::Range;
use wire::{Authenticator, Checksum, Cut, Decoded, Protocol, Sniff};

/// Whom to ask, and how to read clocks.
#[derive(Clone)]
pub(crate) struct Readers {
    pub(crate) protocols: Vec<&'static dyn Protocol>,
    pub(crate) zone: Option<ZoneOffset>,
}

/// A frame, or bytes that were meant as one.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) at: Range<usize>,
    pub(crate) decoded: Decoded,
}

/// Everything in a line of hex.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) pieces: Vec<Piece>,
    /// Bytes behind a frame that begin no other.
    pub(crate) behind: Vec<Range<usize>>,
}

impl Readers {
    /// The protocol that claims these bytes.
    pub(crate) fn claimed(&self, bytes: &[u8]) -> Option<&'static dyn Protocol> {
        self.protocols.iter().copied().find(|protocol| protocol.sniff(bytes) == Sniff::Yes)
    }

    /// Where the first frame with a right checksum begins, and whose it is.
    pub(crate) fn first_frame(&self, bytes: &[u8]) -> Option<(usize, &'static dyn Protocol)> {
        (0..bytes.len()).find_map(|at| {
            let protocol = self.claimed(bytes.get(at..)?)?;
            self.train(bytes, at).first().is_some_and(is_good).then_some((at, protocol))
        })
    }

    /// The frames of bytes that are meant as frames: each byte is in a frame, refused, or behind one.
    pub(crate) fn plain(&self, bytes: &[u8]) -> Pieces {
        // Alone on its line a frame may be too short for a stream to be told by.
        let alone = wire::decode::speaking(&self.protocols, bytes);
        let mut pieces = alone.map(|protocol| self.train_of(protocol, bytes, 0)).unwrap_or_default();
        let mut behind = Vec::new();
        let mut at = pieces.last().map_or(0, |piece| piece.at.end);
        if pieces.is_empty() {
            // Nothing follows that would settle a length that promises too much: `wire::decode` knows what then holds.
            let decoded = wire::decode(&self.protocols, bytes, self.zone);
            return Pieces { pieces: vec![Piece { at: 0..bytes.len(), decoded }], behind };
        }
        while at < bytes.len() && pieces.len() < PIECES_MAX {
            let next = self.next_frame(bytes, at);
            let from =
                next.as_ref().and_then(|train| train.first()).map_or(bytes.len(), |piece| piece.at.start);
            match self.claimed(bytes.get(at..from).unwrap_or_default()) {
                Some(_) => pieces.push(self.refused(bytes, at..from)),
                None if from > at => behind.push(at..from),
                None => {}
            }
            let Some(next) = next else { break };
            at = next.last().map_or(bytes.len(), |piece| piece.at.end);
            pieces.extend(next);
        }
        Pieces { pieces, behind }
    }

    /// The frames in a run of hex within other text. What begins as a frame and is none is given if it is certainly
    /// meant as one, and if no frame is found.
    pub(crate) fn in_run(&self, run: &Run) -> Vec<Piece> {
        let (mut pieces, mut at, mut refused) = (Vec::new(), 0, None);
        while pieces.len() < PIECES_MAX {
            let starts = run.words.iter().copied().filter(|start| *start >= at);
            let claimed = |start: &usize| self.claimed(run.bytes.get(*start..).unwrap_or_default()).is_some();
            let behind = (!pieces.is_empty()).then_some(at);
            let Some(start) = behind.into_iter().chain(starts).find(claimed) else { break };
            let train: Vec<Piece> = self.train(&run.bytes, start);
            let trusted = train.iter().take_while(|piece| is_trusted(piece, run)).count();
            if trusted == 0 {
                refused = refused.or(Some(start));
                at = start + 1;
                continue;
            }
            pieces.extend(train.into_iter().take(trusted));
            at = pieces.last().map_or(start, |piece| piece.at.end);
        }
        if pieces.is_empty() && is_certain(run, refused) {
            pieces.push(self.refused(&run.bytes, refused.unwrap_or(0)..run.bytes.len()));
        }
        pieces
    }

    /// Every good frame anywhere in bytes that are not written by hand, such as a dumped packet with its headers.
    pub(crate) fn in_dump(&self, bytes: &[u8]) -> Vec<Piece> {
        if self.claimed(bytes).is_some() {
            return self.plain(bytes).pieces;
        }
        let (mut pieces, mut at) = (Vec::new(), 0);
        while let Some(train) = self.next_frame(bytes, at) {
            at = train.last().map_or(bytes.len(), |piece| piece.at.end);
            pieces.extend(train);
        }
        if pieces.is_empty() {
            pieces.push(self.refused(bytes, 0..bytes.len()));
        }
        pieces
    }

    /// The next frames with a right checksum, at or after a place.
    fn next_frame(&self, bytes: &[u8], at: usize) -> Option<Vec<Piece>> {
        let first = (at..bytes.len()).find_map(|start| {
            self.claimed(bytes.get(start..)?)?;
            let train = self.train(bytes, start);
            let good = train.first().is_some_and(|piece| start == at || is_good(piece));
            good.then_some(train)
        });
        first.filter(|train| !train.is_empty())
    }

    /// The frames that follow each other from a place on, with nothing between them. They are cut as on a connection,
    /// since frames may share a delimiter, and each is read on its own.
    fn train(&self, bytes: &[u8], start: usize) -> Vec<Piece> {
        let rest = bytes.get(start..).unwrap_or_default();
        self.claimed(rest).map(|protocol| self.train_of(protocol, bytes, start)).unwrap_or_default()
    }

    fn train_of(&self, protocol: &dyn Protocol, bytes: &[u8], start: usize) -> Vec<Piece> {
        let rest = bytes.get(start..).unwrap_or_default();
        if !begins_with_frame(protocol, rest) {
            return Vec::new();
        }
        let (mut session, mut input) = (protocol.open(Authenticator::Open), BytesMut::from(rest));
        let (mut pieces, mut at) = (Vec::new(), start);
        while pieces.len() < PIECES_MAX {
            let before = input.len();
            let Cut::Frame(frame) = session.deframe(&mut input) else { break };
            let end = at + before - input.len();
            let decoded = Decoded::alone(protocol, frame, input.len(), self.zone);
            pieces.push(Piece { at: at..end, decoded });
            at = end;
        }
        pieces
    }

    fn refused(&self, bytes: &[u8], at: Range<usize>) -> Piece {
        let part = bytes.get(at.clone()).unwrap_or_default();
        let decoded = match wire::decode::speaking(&self.protocols, part) {
            Some(protocol) => Decoded::refused(Some(protocol), part),
            None => Decoded::unclaimed(&self.protocols, part),
        };
        Piece { at, decoded }
    }
}

/// Whether a frame can be cut off the front, however much is behind it: a line of start marks is not copied for each.
fn begins_with_frame(protocol: &dyn Protocol, bytes: &[u8]) -> bool {
    let mut front = BytesMut::from(bytes.get(..FRAME_BYTES_MAX).unwrap_or(bytes));
    matches!(protocol.open(Authenticator::Open).deframe(&mut front), Cut::Frame(_))
}

fn is_good(piece: &Piece) -> bool {
    piece.decoded.frame.as_ref().is_some_and(|frame| frame.checksum == Checksum::Ok)
}

/// A frame among other text is believed if its checksum is right, if the text says that it is data, or if it is exactly
/// what one word holds: a hash or a number has a start mark by chance, not a stop mark at its end as well.
fn is_trusted(piece: &Piece, run: &Run) -> bool {
    let whole = run.words.contains(&piece.at.start)
        && (run.words.contains(&piece.at.end) || piece.at.end == run.bytes.len());
    is_good(piece) || run.hint >= Hint::Bytes && whole || run.hint == Hint::Named
}

/// Whether bytes without a frame were meant as one.
fn is_certain(run: &Run, begins: Option<usize>) -> bool {
    match run.hint {
        Hint::Named => run.bytes.len() >= if begins.is_some() { CLAIMED_BYTES_MIN } else { NAMED_BYTES_MIN },
        Hint::Bytes => begins == Some(0) && run.words.len() >= NAMED_BYTES_MIN,
        Hint::Bare => false,
    }
}

/// A start mark and a little more, behind a word that says that data follows.
const CLAIMED_BYTES_MIN: usize = 3;
/// Bytes that no protocol claims, behind a word that says that data follows: shorter ones are counts and codes.
const NAMED_BYTES_MIN: usize = 10;
/// More than the longest frame of any protocol, with everything in it escaped.
const FRAME_BYTES_MAX: usize = 8 * 1024;
/// Frames in one line; a recorder's whole memory pasted into one line has more and may be split.
const PIECES_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::hex_text::runs;

    const LOGIN: &str = "78780d010868120240000015000170e50d0a";
    const HEARTBEAT: &str = "7e0002000001391234567800030d7e";

    fn readers() -> Readers {
        Readers { protocols: protocols::ALL.to_vec(), zone: None }
    }

    fn names(pieces: &[Piece]) -> Vec<&'static str> {
        pieces
            .iter()
            .map(|piece| piece.decoded.reaction.as_ref().map_or("refused", |reaction| reaction.message))
            .collect()
    }

    fn in_line(line: &str) -> Vec<&'static str> {
        names(&runs(line).iter().flat_map(|run| readers().in_run(run)).collect::<Vec<_>>())
    }

    #[test]
    fn frames_glued_on_one_line_are_found_whatever_their_protocol() {
        let glued = format!("{LOGIN}{HEARTBEAT}{LOGIN}");
        let found = readers().plain(&hex::decode(glued).unwrap());
        assert_eq!(names(&found.pieces), ["login", "heartbeat", "login"]);
        assert!(found.behind.is_empty());
        // One delimiter closes a frame and opens the next.
        let shared = format!("{HEARTBEAT}{}", &HEARTBEAT[2..]);
        assert_eq!(names(&readers().plain(&hex::decode(shared).unwrap()).pieces), ["heartbeat", "heartbeat"]);
    }

    #[test]
    fn what_is_behind_a_frame_is_named_and_a_second_frame_that_is_cut_is_refused() {
        let found = readers().plain(&hex::decode(format!("{LOGIN}aabb{LOGIN}cc")).unwrap());
        assert_eq!((names(&found.pieces), found.behind), (vec!["login", "login"], vec![18..20, 38..39]));
        let found = readers().plain(&hex::decode(format!("{LOGIN}{}", &LOGIN[..20])).unwrap());
        assert_eq!(names(&found.pieces), ["login", "refused"]);
    }

    #[test]
    fn times_ids_and_hashes_in_a_log_line_are_no_frames() {
        for line in [
            "2026-11-20 03:10:00 868120240000015 connected from 78.78.13.1:7878",
            "commit 7e1f0a9b3c5d7e2f4a6b8c0d1e3f5a7b9c1d3e5f 787878787878787878",
            "session 7e000200-0001-3912-3456-7800030d7e00 closed",
            "count: 78 78 05",
        ] {
            assert!(in_line(line).is_empty(), "{line}: {:?}", in_line(line));
        }
    }

    #[test]
    fn frames_in_log_lines_are_found_good_or_bad() {
        let log = "2026-11-20 03:10:00 INFO [rx] 868120240000015";
        assert_eq!(in_line(&format!("{log} HEX: {LOGIN} (len 18)")), ["login"]);
        assert_eq!(in_line(&format!("{log} {LOGIN} {HEARTBEAT}")), ["login", "heartbeat"]);
        assert_eq!(in_line(&format!("{log} 18 {LOGIN}{LOGIN}")), ["login", "login"]);
        assert_eq!(in_line(&format!("{log} HEX: {}", &LOGIN[..24])), ["refused"]);
        let wrong = LOGIN.replace("70e5", "70e6");
        assert_eq!(in_line(&format!("{log} {wrong}")), ["login"]);
        let spaced = hex::decode(LOGIN).unwrap().iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>();
        assert_eq!(in_line(&format!("{log}: {}", spaced.join(" "))), ["login"]);
        assert_eq!(in_line("HEX: 404000114f67201611010001"), ["refused"]);
    }

    #[test]
    fn a_dumped_packet_gives_the_frames_behind_its_headers() {
        let packet = format!("4500003a0001000040067e7e0a0000010a000002{LOGIN}");
        assert_eq!(names(&readers().in_dump(&hex::decode(packet).unwrap())), ["login"]);
    }
}
