//! How long a protocol's decoder takes beside readers that were written by hand for one frame each.
//!
//! Shape: [`Case`]s → [`agree`], then [`measure`] → one [`Pace`] a case. Units: ns for a frame. Errors: a case whose two
//! readers differ stops the benchmark. The clock is an argument; no test asserts what is timed.

use super::golden;
use crate::{Admission, Authenticator, Cut, Protocol, Reaction, Reply, Session};
use bytes::BytesMut;
use model::{Event, Profile, TerminalId, Timestamp};
use std::fmt;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// The yardstick: what the first frame in a buffer says, and how many bytes it takes; `None` for anything else than the
/// frame it was written for.
pub type ByHand = fn(&mut Line, &[u8]) -> Option<(Said, usize)>;

/// What a reader written by hand remembers of its connection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    /// Who spoke last.
    pub terminal: Option<TerminalId>,
    /// The digits from which its id was made, as they came, flush right; where each frame names its terminal.
    pub digits: [u8; 10],
    /// Of the next answer, where the server counts its own.
    pub serial: u16,
}

/// What a frame says and is owed.
#[derive(Debug, PartialEq)]
pub struct Said {
    /// Who speaks.
    pub terminal: Option<TerminalId>,
    /// In order.
    pub events: Vec<Event>,
    /// The answer, ready for the socket.
    pub reply: Reply,
}

/// One frame to be timed.
#[derive(Debug, Clone)]
pub struct Case {
    /// What the frame is.
    pub name: &'static str,
    /// Its bytes.
    pub frame: Vec<u8>,
    /// Its yardstick.
    pub by_hand: ByHand,
}

impl Case {
    /// One of the golden frames of a folder.
    #[expect(clippy::missing_panics_doc, clippy::expect_used, reason = "test support")]
    pub fn golden(name: &'static str, by_hand: ByHand, folder: &Path, file: &str) -> Self {
        let mut frames = golden(folder).into_iter();
        let frame = frames.find(|golden| golden.name == file).expect("a golden frame of this name").bytes;
        Self { name, frame, by_hand }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

/// The server's side of a connection, after a login where the protocol has one.
pub fn connection(protocol: &dyn Protocol, login: &[u8]) -> Box<dyn Session> {
    let mut session = protocol.open(Authenticator::Open);
    read(session.as_mut(), &mut BytesMut::from(login), |_| {});
    session
}

/// The whole way of every frame in a buffer, as the server goes it: cut, its terminal admitted, read.
pub fn read(session: &mut dyn Session, input: &mut BytesMut, mut seen: impl FnMut(&Reaction)) {
    let admission = Admission::Known(Profile::default());
    while let Cut::Frame(frame) = session.deframe(input) {
        if let Some(terminal) = session.terminal_of(&frame) {
            session.admit(terminal, black_box(admission));
        }
        seen(&session.handle(&frame, Timestamp::from_ms(0)));
    }
}

/// Frames become events, and nothing else: who speaks was admitted before.
fn decode(session: &mut dyn Session, input: &mut BytesMut, mut seen: impl FnMut(&Reaction)) {
    while let Cut::Frame(frame) = session.deframe(input) {
        seen(&session.handle(&frame, Timestamp::from_ms(0)));
    }
}

/// A read buffer out of which frames were cut before, as it is on any connection but a new one, with `count` copies of
/// a frame left in it.
pub fn buffer(frame: &[u8], count: usize) -> BytesMut {
    let mut buffer = BytesMut::from(frame.repeat(count.saturating_add(1)).as_slice());
    drop(buffer.split_to(frame.len()));
    buffer
}

/// Both readers say the same of every case: the same events of the same terminal, and the same answer byte by byte; twice,
/// since a connection has learned something by then.
#[expect(clippy::missing_panics_doc, reason = "a yardstick of another length measures nothing")]
pub fn agree(session: &mut dyn Session, mut line: Line, cases: &[Case]) {
    for case in cases.iter().flat_map(|case| [case, case]) {
        let mut decoded = None;
        read(session, &mut buffer(&case.frame, 1), |reaction| {
            let Reaction { terminal, events, reply, .. } = reaction.clone();
            decoded = Some((Said { terminal, events, reply }, case.frame.len()));
        });
        assert!(decoded.is_some(), "{case} is no frame");
        assert_eq!((case.by_hand)(&mut line, &case.frame), decoded, "{case}");
    }
}

/// What one case took.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    name: &'static str,
    decoder_ns: f64,
    by_hand_ns: f64,
    ratio: f64,
    /// The same with the look-up of the terminal and its admission, as the server does with each frame.
    ratio_admitted: f64,
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, decoder_ns, by_hand_ns, ratio, ratio_admitted } = self;
        write!(f, "{name:<28} {decoder_ns:>8.1} ns {by_hand_ns:>8.1} ns   ratio {ratio:.2}")?;
        write!(f, "   with admission {ratio_admitted:.2}")
    }
}

/// Times every case: the decoder from bytes to events, the same with each frame's admission, and the reader by hand. All
/// hand on the frame's own bytes beside what it says, since both are stored. They take turns in rounds of well under a
/// millisecond, so that whatever else the machine does slows all; the middle round counts.
pub fn measure(session: &mut dyn Session, mut line: Line, cases: &[Case], now: fn() -> Instant) -> Vec<Pace> {
    cases.iter().map(|case| pace(session, &mut line, case, now)).collect()
}

fn pace(session: &mut dyn Session, line: &mut Line, case: &Case, now: fn() -> Instant) -> Pace {
    let seen = |reaction: &Reaction| {
        black_box(reaction);
    };
    let round = |_| {
        let mut input = buffer(&case.frame, usize::from(FRAMES));
        let (mut admitted, mut rest) = (input.clone(), input.clone());
        // Who speaks is admitted by this, also for what follows.
        let whole_way = spent(now, || read(session, &mut admitted, seen));
        let decoder = spent(now, || decode(session, &mut input, seen));
        let by_hand = spent(now, || {
            while let Some((said, taken)) = (case.by_hand)(line, black_box(&rest)) {
                black_box((&said, rest.split_to(taken).freeze()));
            }
        });
        [decoder, whole_way, by_hand].map(nanoseconds)
    };
    let rounds: Vec<[f64; 3]> = (0..ROUNDS).map(round).collect();
    Pace {
        name: case.name,
        decoder_ns: middle(rounds.iter().map(|[decoder, _, _]| *decoder)),
        by_hand_ns: middle(rounds.iter().map(|[_, _, by_hand]| *by_hand)),
        ratio: middle(rounds.iter().map(|[decoder, _, by_hand]| decoder / by_hand)),
        ratio_admitted: middle(rounds.iter().map(|[_, whole_way, by_hand]| whole_way / by_hand)),
    }
}

fn spent(now: fn() -> Instant, work: impl FnOnce()) -> Duration {
    let begin = now();
    work();
    now().duration_since(begin)
}

/// For one frame of a round.
fn nanoseconds(round: Duration) -> f64 {
    round.as_secs_f64() * 1e9 / f64::from(FRAMES)
}

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Long beside the clock's own time of some 30 ns, short beside the slices of a scheduler.
const FRAMES: u16 = 200;
/// A third of a second a case.
const ROUNDS: usize = 2_000;
