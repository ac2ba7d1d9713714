//! What a protocol owes to bytes that nobody vouches for: the one invariant of its fuzz target and its tests.
//!
//! Shape: any bytes → nothing, or a panic that says what is wrong. Bytes are a stream from a device; what the device
//! itself would send and read is tried as well. Limits are consts here, and hold for every protocol.

use super::downlink::is_commanded;
use crate::decode::cut_alone;
use crate::{
    Admission, Answer, Authenticator, Checksum, Cut, Decoded, Field, Frame, Protocol, Reaction, Sniff,
    Terminal, decode,
};
use bytes::BytesMut;
use model::{
    Attribute, Attributes, ChecksumPolicy, Coordinates, Course, DeviceTime, Event, Fix, Measured, ModelCode,
    Position, Profile, Speed, TerminalId, Timestamp, ZoneOffset, ZoneSource, report_json::EventJson,
};
use xxhash_rust::xxh3::xxh3_64;

/// Events of one frame: the longest batch of any protocol has 255 reports.
pub const EVENTS_MAX: usize = 300;

/// Bytes of one answer or command: the longest carries an authentication code, or a text of a line.
pub const REPLY_MAX: usize = 256;

/// Bytes that may lie in the buffer when more are needed: what the server lends a connection.
pub const WAITING_MAX: usize = 16 * 1024;

/// Times that the JSON of a frame may be longer than the frame, beyond [`JSON_BASE`]: a report of a batch spells out
/// its names.
const JSON_FACTOR: usize = 64;
/// A compressed body of 16 KiB, as text that is all escapes.
const JSON_BASE: usize = 6 * 16 * 1024 + 4 * 1024;

/// Inputs up to this long are also fed byte by byte: longer ones take too long for what they find.
const CRUMBS_MAX: usize = 256;

/// A stream of any bytes is cut, read, explained, written as JSON and answered within every limit, however it arrives;
/// what it reports is sent again as the same report.
#[expect(clippy::missing_panics_doc, reason = "test support: it panics where something is wrong")]
pub fn survives(protocol: &dyn Protocol, bytes: &[u8]) {
    let whole = hear(protocol, bytes, &[bytes]);
    for chunks in splits(bytes) {
        assert_eq!(hear(protocol, bytes, &chunks), whole, "split {:?}", chunks.iter().map(|c| c.len()));
    }
    for heard in &whole.frames {
        is_the_same_alone(protocol, &heard.frame);
        is_explained(&heard.frame, &heard.fields);
        is_within_limits(&heard.frame, &heard.reaction);
        is_answered_in_one_frame(protocol, &heard.reaction);
        for position in positions(&heard.reaction).take(POSITIONS_TRIED_MAX) {
            is_sent_again_the_same(protocol, position);
        }
    }
    for stray in whole.between.iter().filter(|stray| !stray.is_empty()) {
        is_decoded_or_refused(protocol, stray);
    }
    is_decoded_or_refused(protocol, bytes);
    is_heard_by_the_device(protocol, bytes);
    is_commanded(protocol, bytes);
    arrives_as_it_was_sent(protocol, &report(bytes));
}

/// Reports of a frame that are sent again: those behind come from the same parser.
const POSITIONS_TRIED_MAX: usize = 2;

/// Listens as a server does, and keeps nothing: what lives at once here is what a connection costs.
pub fn listen(protocol: &dyn Protocol, bytes: &[u8]) {
    let mut session = protocol.open(Authenticator::Open);
    let mut input = BytesMut::new();
    for chunk in bytes.chunks(READ_BYTES) {
        input.extend_from_slice(chunk);
        loop {
            match session.deframe(&mut input) {
                Cut::Need => break,
                Cut::Lost(_) => return,
                Cut::Skipped { .. } => {}
                Cut::Frame(frame) => {
                    let _ = session.handle(&frame, NOW);
                    let _ = session.explain(&frame);
                }
            }
        }
    }
}

/// How many bytes may live at once while this many are listened to.
pub fn live_max(bytes: usize) -> u64 {
    u64::try_from(bytes).map_or(u64::MAX, |bytes| LIVE_BASE + LIVE_FACTOR * bytes)
}

/// The buffer of one read; a compressed body of 16 KiB with its text, while it grows, and the tables to inflate it.
const LIVE_BASE: u64 = 256 * 1024;
/// A byte may become a field of an explanation, and there are words in each.
const LIVE_FACTOR: u64 = 64;
/// What the server reads at once.
const READ_BYTES: usize = 4 * 1024;

/// A stream, taken apart.
#[derive(Debug, PartialEq)]
pub(super) struct Heard {
    frames: Vec<HeardFrame>,
    /// What lay before the first frame, between the frames, and behind the last: the same however it was skipped.
    between: Vec<Vec<u8>>,
    lost: bool,
    /// Bytes that still wait in the buffer.
    pub(super) left: usize,
}

#[derive(Debug, PartialEq)]
struct HeardFrame {
    frame: Frame,
    reaction: Reaction,
    fields: Vec<Field>,
}

/// Feeds chunks to a session; every byte that leaves the buffer is accounted for at once.
pub(super) fn hear(protocol: &dyn Protocol, bytes: &[u8], chunks: &[&[u8]]) -> Heard {
    let choice = xxh3_64(bytes).to_le_bytes();
    let mut session = protocol.open(authenticator(choice));
    let mut heard = Heard { frames: Vec::new(), between: vec![Vec::new()], lost: false, left: 0 };
    let (mut input, mut fed, mut taken) = (BytesMut::new(), 0, 0);
    for chunk in chunks {
        input.extend_from_slice(chunk);
        fed += chunk.len();
        while !heard.lost {
            let cut = session.deframe(&mut input);
            let from = taken;
            taken = fed - input.len();
            assert_eq!(Some(&*input), bytes.get(taken..fed), "consumed + rest = input");
            let gone = bytes.get(from..taken).unwrap_or_default();
            assert!(!gone.is_empty() || matches!(cut, Cut::Need | Cut::Lost(_)), "no progress");
            match cut {
                Cut::Need => {
                    assert!(gone.is_empty(), "to wait is to take nothing");
                    assert!(input.len() <= WAITING_MAX, "waits for more than {WAITING_MAX} bytes");
                    break;
                }
                Cut::Lost(_) => heard.lost = true,
                Cut::Skipped { bytes: skipped, .. } => {
                    assert_eq!(&*skipped, gone, "a skip says what it took");
                    last(&mut heard.between).extend_from_slice(gone);
                }
                Cut::Frame(frame) => {
                    let came = bytes.get(..taken).unwrap_or_default();
                    assert!(came.ends_with(&frame.wire), "a frame is what came");
                    let shared = frame.wire.len().checked_sub(gone.len());
                    assert!(shared.is_some_and(|shared| shared <= SHARED_MAX), "a frame is what it took");
                    if let Some(terminal) = session.terminal_of(&frame) {
                        session.admit(terminal, admission(protocol, choice));
                    }
                    let reaction = session.handle(&frame, NOW);
                    let fields = session.explain(&frame);
                    heard.frames.push(HeardFrame { frame, reaction, fields });
                    heard.between.push(Vec::new());
                }
            }
        }
    }
    last(&mut heard.between).extend_from_slice(bytes.get(taken..).unwrap_or_default());
    heard.left = if heard.lost { 0 } else { input.len() };
    heard
}

/// One delimiter may end a frame and begin the next.
const SHARED_MAX: usize = 1;
pub(super) const NOW: Timestamp = Timestamp::from_ms(1_772_000_000_000);

#[expect(clippy::expect_used, reason = "it begins with one and only grows")]
fn last(between: &mut [Vec<u8>]) -> &mut Vec<u8> {
    between.last_mut().expect("at least one")
}

/// Every branch that is not the stream's own is chosen by the stream, so that one input always says the same.
const fn authenticator([choice, ..]: [u8; 8]) -> Authenticator {
    if choice & 1 == 0 { Authenticator::Open } else { Authenticator::Keyed([7; 32]) }
}

fn admission(protocol: &dyn Protocol, [choice, model, ..]: [u8; 8]) -> Admission {
    let models = protocol.models();
    let model = models.get(usize::from(model) % models.len().max(1));
    let model = model.and_then(|model| ModelCode::parse(model.code).ok());
    let checksum = |policy| Profile { model, checksum: policy, ..Profile::default() };
    match choice >> 1 & 3 {
        0 => Admission::Unknown,
        1 => Admission::Known(Profile { zone: Some(ZoneOffset::CHINA), ..checksum(None) }),
        2 => Admission::Known(checksum(Some(ChecksumPolicy::Strict))),
        _ => Admission::Known(checksum(Some(ChecksumPolicy::Tolerate))),
    }
}

/// In three at places that the stream chooses, and in single bytes.
fn splits(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
    let choice = xxh3_64(bytes);
    let place = |choice: u64| usize::try_from(choice & 0xFFFF).unwrap_or(0) % (bytes.len() + 1);
    let (a, b) = (place(choice >> 8), place(choice >> 24));
    let (head, rest) = bytes.split_at(a.min(b));
    let (middle, tail) = rest.split_at(a.max(b) - a.min(b));
    let mut all = vec![vec![head, middle, tail]];
    if bytes.len() <= CRUMBS_MAX {
        all.push(bytes.chunks(1).collect());
    }
    all
}

/// A frame is kept as it came, and must be read again from that: also by `decode`, unless no connection could begin with
/// it.
fn is_the_same_alone(protocol: &dyn Protocol, frame: &Frame) {
    let mut session = protocol.open(Authenticator::Open);
    let again = cut_alone(session.as_mut(), &frame.wire);
    assert_eq!(again, (Cut::Frame(frame.clone()), 0), "a frame on its own is the same frame");
    let decoded = is_decoded_or_refused(protocol, &frame.wire);
    assert_eq!(decoded.frame.is_some(), protocol.sniff(&frame.wire) != Sniff::No, "it is decoded on its own");
}

/// What a person pastes is a frame or has a problem, and can be written out.
fn is_decoded_or_refused(protocol: &dyn Protocol, bytes: &[u8]) -> Decoded {
    let decoded = decode(&[protocol], bytes, None);
    assert!(decoded.frame.is_some() || decoded.problem.is_some(), "neither a frame nor a problem");
    let json = written(&decoded);
    let limit = JSON_BASE + JSON_FACTOR * bytes.len();
    assert!(json.len() <= limit, "{} bytes of JSON of {} bytes", json.len(), bytes.len());
    decoded
}

#[expect(clippy::expect_used, reason = "what cannot be written is the finding")]
fn written(decoded: &Decoded) -> String {
    serde_json::to_string(&decoded.json()).expect("plain JSON")
}

/// Every byte belongs to one field, in order; the fields are the frame, or the frame without its escapes.
fn is_explained(frame: &Frame, fields: &[Field]) {
    let mut whole = Vec::with_capacity(frame.wire.len());
    for field in fields {
        assert_eq!(field.offset, whole.len(), "{} begins where the last field ended", field.name);
        assert!(!field.bytes.is_empty(), "{} has bytes", field.name);
        whole.extend_from_slice(&field.bytes);
    }
    let unescaped = || {
        let outer = whole.len().checked_sub(frame.content().len());
        outer.is_some_and(|outer| outer > 0)
            && whole.windows(frame.content().len()).any(|part| part == frame.content())
            && whole.len() < frame.wire.len()
            && (whole.first(), whole.last()) == (frame.wire.first(), frame.wire.last())
    };
    assert!(whole == *frame.wire || unescaped(), "the fields are {whole:02x?}");
}

#[expect(clippy::expect_used, reason = "what cannot be written is the finding")]
fn is_within_limits(frame: &Frame, reaction: &Reaction) {
    assert!(reaction.events.len() <= EVENTS_MAX, "{} events of one frame", reaction.events.len());
    assert!(frame.wire.len() <= WAITING_MAX, "a frame of {} bytes", frame.wire.len());
    for event in &reaction.events {
        serde_json::to_string(&EventJson::from(event)).expect("plain JSON");
    }
}

/// What the server answers is one whole frame to a device.
fn is_answered_in_one_frame(protocol: &dyn Protocol, reaction: &Reaction) {
    if let Some(reply) = reaction.reply.bytes() {
        assert!(reply.len() <= REPLY_MAX, "an answer of {} bytes", reply.len());
        is_one_frame_to_a_device(protocol, reply);
    }
}

/// To one that waits for the answer to its login, or to one that is logged in.
pub(super) fn is_one_frame_to_a_device(protocol: &dyn Protocol, bytes: &[u8]) {
    let is_whole = |mut device: Box<dyn Terminal>| {
        let mut input = BytesMut::from(bytes);
        device.receive(&mut input).is_some() && input.is_empty()
    };
    let mut waiting = protocol.terminal(somebody());
    waiting.login();
    assert!(is_whole(waiting) || is_whole(online(protocol)), "not one whole frame: {bytes:02x?}");
}

/// A device after its login.
fn online(protocol: &dyn Protocol) -> Box<dyn Terminal> {
    let mut device = protocol.terminal(somebody());
    let mut session = protocol.open(Authenticator::Open);
    let mut next = Some(device.login());
    while let Some(bytes) = next.take() {
        let Cut::Frame(frame) = session.deframe(&mut BytesMut::from(&*bytes)) else { break };
        let reply = session.handle(&frame, NOW).reply;
        let mut answer = BytesMut::from(reply.bytes().map_or(&[][..], |bytes| bytes));
        if let Some(Answer::Send(bytes)) = device.receive(&mut answer) {
            next = Some(bytes);
        }
    }
    device
}

/// A device survives whatever a server says, too.
fn is_heard_by_the_device(protocol: &dyn Protocol, bytes: &[u8]) {
    let mut device = protocol.terminal(somebody());
    device.login();
    let mut input = BytesMut::from(bytes);
    loop {
        let before = input.len();
        if device.receive(&mut input).is_none() {
            break;
        }
        assert!(input.len() < before, "an answer takes bytes");
    }
    assert!(input.len() <= WAITING_MAX, "a device waits for more than {WAITING_MAX} bytes");
}

/// What a report was read as is sent again, and read as the same: encoding and decoding agree. Its bytes may differ,
/// where a device that does not know a value must send one.
fn is_sent_again_the_same(protocol: &dyn Protocol, position: &Position) {
    let sent = protocol.terminal(somebody()).position(position);
    let Some(read) = first_position(protocol, &sent.bytes) else {
        assert!(position.fix_time().is_none_or(|at| !travels(at)), "no report in {:02x?}", &*sent.bytes);
        return;
    };
    let again = protocol.terminal(somebody()).position(&read);
    assert_eq!(first_position(protocol, &again.bytes), Some(read), "what is sent again is read as the same");
}

/// Seconds that every protocol can carry: BCD years from 2000 to 2099, in any zone.
fn travels(at: Timestamp) -> bool {
    (SECONDS_FIRST * 1000..(SECONDS_FIRST + SECONDS) * 1000).contains(&at.ms())
}

/// A report, a sign of life and a batch of a device arrive without a byte too many, as they were sent.
fn arrives_as_it_was_sent(protocol: &dyn Protocol, sent: &Position) {
    let mut device = protocol.terminal(somebody());
    let mut bytes = device.login().to_vec();
    bytes.extend_from_slice(&device.position(sent).bytes);
    bytes.extend_from_slice(&device.heartbeat().bytes);
    let batch = device.batch(std::slice::from_ref(sent));
    bytes.extend_from_slice(batch.as_ref().map_or(&[], |batch| &*batch.bytes));
    let heard = hear(protocol, &bytes, &[&bytes]);
    assert!(heard.between.iter().all(Vec::is_empty), "a device sends frames only");
    assert_eq!(heard.frames.len(), 3 + usize::from(batch.is_some()));
    let frames = heard.frames.iter();
    for HeardFrame { frame, reaction, .. } in frames.clone() {
        assert!(frame.checksum != Checksum::Bad && reaction.problem.is_none(), "{reaction:?}");
    }
    let read: Vec<_> = frames.flat_map(|heard| positions(&heard.reaction)).collect();
    assert_eq!(read.len(), 1 + usize::from(batch.is_some()));
    for read in read {
        assert_eq!(read.speed, sent.speed);
        assert_eq!((read.fix, read.course), (sent.fix, sent.course));
        assert_eq!(read.attributes.ignition(), sent.attributes.ignition());
    }
    is_sent_again_the_same(protocol, sent);
    let read = first_position(protocol, &protocol.terminal(somebody()).position(sent).bytes);
    assert_eq!(read.and_then(|read| read.fix_time()), sent.fix_time(), "the time is the device's");
}

fn first_position(protocol: &dyn Protocol, bytes: &[u8]) -> Option<Position> {
    let reaction = decode(&[protocol], bytes, None).reaction?;
    positions(&reaction).next().cloned()
}

fn positions(reaction: &Reaction) -> impl Iterator<Item = &Position> {
    reaction.events.iter().filter_map(|event| match event {
        Event::Position(position) => Some(&**position),
        _ => None,
    })
}

/// A report that every protocol can carry (see [`crate::Terminal::position`]), made of the first bytes.
fn report(bytes: &[u8]) -> Position {
    let mut bytes = bytes.iter().copied().chain(std::iter::repeat(0));
    let mut number = || bytes.by_ref().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(byte));
    let seconds = SECONDS_FIRST + i64::from(number()) % SECONDS;
    let lat = i64::from(number() % (2 * LAT_MAX + 1)) - i64::from(LAT_MAX);
    let lon = i64::from(number() % (2 * LON_MAX + 1)) - i64::from(LON_MAX);
    let [bits, course, kmh] = [number(), number(), number()];
    let place = Coordinates::from_e7(lat * GRID, lon * GRID).ok().filter(|place| !place.is_null_island());
    Position {
        time: DeviceTime::Clock {
            wall: Timestamp::from_ms(seconds * 1000),
            offset: ZoneOffset::UTC,
            source: ZoneSource::Protocol,
        },
        fix: place.filter(|_| bits & 1 == 0).map_or(Fix::None, Fix::Gnss),
        speed: Some(Speed::from_kmh(u16::try_from(kmh % 256).unwrap_or(0))),
        course: Course::from_degrees(u16::try_from(course % 360).unwrap_or(0)),
        altitude: None,
        satellites: None,
        buffered: bits & 2 != 0,
        alarms: model::Alarms::NONE,
        attributes: Attributes(vec![Attribute::Ignition(bits & 4 != 0)]),
        measured: Measured { version: 0, hash: 0 },
    }
}

/// From 2000-01-02 for almost a hundred years.
const SECONDS_FIRST: i64 = 946_771_200;
const SECONDS: i64 = 3_155_000_000;
/// 1e-5 degrees in 1e-7 degrees, and the grid's ends.
const GRID: i64 = 100;
const LAT_MAX: u32 = 9_000_000;
const LON_MAX: u32 = 18_000_000;

#[expect(clippy::expect_used, reason = "a constant")]
pub(super) fn somebody() -> TerminalId {
    TerminalId::parse("868120240000015").expect("an id")
}
