//! The fleet against the real wire formats: what a tracker sends is what a server reads, and login, answers and
//! resending work with every protocol of the list.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: a surprise must stop the test")]

use bytes::BytesMut;
use fleet::city::{City, Heading, Spot};
use fleet::plan::{Motion, Truth};
use fleet::receiver::{Receiver, Sky};
use fleet::{Load, LoadConfig, Report, number};
use model::{Event, Fix, Measured, Position, Profile, TerminalId, Timestamp};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use wire::{Admission, Authenticator, Cut, Session, Sniff};

const SPOT: Spot = Spot { north_mm: 1_234_567, east_mm: -3_456_789 };

/// Parked, driving in each direction, and without a fix.
fn reports() -> Vec<Position> {
    let drive = |heading| Motion::Driving { kmh: 47, heading };
    let motions = [Heading::North, Heading::East, Heading::South, Heading::West].map(drive);
    let start = Timestamp::parse("2026-11-20T15:59:58Z").unwrap();
    let report = |(n, (sky, motion)): (i64, (Sky, Motion))| {
        Receiver::new(City::SHENZHEN, 1, sky).report(&Truth { spot: SPOT, motion }, start.plus(n * 61_000))
    };
    let seen =
        motions.into_iter().chain([Motion::Parked]).cycle().take(20).map(|motion| (Sky::Clear, motion));
    let unseen = [(Sky::GoneFrom(start), Motion::Parked), (Sky::GoneFrom(start), motions[0])];
    (0..).zip(seen.chain(unseen)).map(report).collect()
}

/// What the ledger keeps of a report, as far as a position row has it.
fn row(position: &Position) -> (Option<Timestamp>, Fix, Option<u16>, Option<u16>, Option<bool>) {
    let (speed, course) =
        (position.speed.map(model::Speed::tenths), position.course.map(model::Course::degrees));
    (position.fix_time(), position.fix, speed, course, position.attributes.ignition())
}

fn decoded(bytes: &[u8]) -> Vec<Position> {
    let decoded = wire::decode(protocols::ALL, bytes, None);
    assert_eq!(decoded.problem, None);
    let position = |event| if let Event::Position(position) = event { Some(*position) } else { None };
    decoded.reaction.unwrap().events.into_iter().filter_map(position).collect()
}

#[test]
fn every_protocol_carries_a_report_unchanged() {
    for protocol in protocols::ALL {
        let mut terminal = protocol.terminal(number::terminal(protocol.name(), 1).unwrap());
        for report in reports() {
            let read = decoded(&terminal.position(&report).bytes);
            assert_eq!(read.iter().map(row).collect::<Vec<_>>(), [row(&report)], "{}", protocol.name());
        }
    }
}

#[test]
fn a_report_that_is_sent_again_late_or_in_a_batch_is_the_same_report() {
    for protocol in protocols::ALL {
        let mut terminal = protocol.terminal(number::terminal(protocol.name(), 1).unwrap());
        let hashes = |positions: &[Position]| positions.iter().map(|p| p.measured).collect::<Vec<Measured>>();
        let reports = &reports()[..5];
        let mut once = |report: &Position| decoded(&terminal.position(report).bytes);
        let live: Vec<Position> = reports.iter().flat_map(&mut once).collect();
        let buffered = |report: &Position| Position { buffered: true, ..report.clone() };
        let late: Vec<Position> = reports.iter().flat_map(|report| once(&buffered(report))).collect();
        assert_eq!(hashes(&live), hashes(&late), "{}", protocol.name());
        if let Some(batch) = terminal.batch(reports) {
            assert_eq!(hashes(&live), hashes(&decoded(&batch.bytes)), "{}", protocol.name());
        }
    }
}

#[test]
fn no_two_simulated_devices_have_one_number_whatever_they_speak() {
    let config = LoadConfig {
        connections: 50,
        window: 1,
        seed: 1,
        first_terminal: 1,
        start: Timestamp::from_ms(0),
        rate: None,
        reports: None,
    };
    let terminals = config.terminals(protocols::ALL);
    let distinct: HashSet<&TerminalId> = terminals.iter().collect();
    assert_eq!((terminals.len(), distinct.len()), (50 * protocols::ALL.len(), terminals.len()));
}

type Stored = Arc<Mutex<HashMap<(TerminalId, Timestamp), Position>>>;

/// A server of nothing but sessions. Every fifth connection is cut after its first read of reports.
async fn serve(listener: TcpListener, stored: Stored) {
    let mut connections = JoinSet::new();
    for connection in 0_usize.. {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(converse(stream, connection % 5 == 0, Arc::clone(&stored)));
    }
}

async fn converse(mut stream: TcpStream, dies: bool, stored: Stored) {
    let mut input = BytesMut::new();
    stream.read_buf(&mut input).await.unwrap();
    let protocol = protocols::ALL.iter().find(|protocol| protocol.sniff(&input) == Sniff::Yes).unwrap();
    let mut session = protocol.open(Authenticator::Keyed([7; 32]));
    loop {
        let (output, positions) = react(session.as_mut(), &mut input, &stored);
        if (dies && positions > 0) || stream.write_all(&output).await.is_err() {
            return;
        }
        if !stream.read_buf(&mut input).await.is_ok_and(|read| read > 0) {
            return;
        }
    }
}

fn react(session: &mut dyn Session, input: &mut BytesMut, stored: &Stored) -> (Vec<u8>, usize) {
    let (mut output, mut positions) = (Vec::new(), 0);
    loop {
        let frame = match session.deframe(input) {
            Cut::Need => return (output, positions),
            Cut::Frame(frame) => frame,
            odd => panic!("{odd:?}"),
        };
        if let Some(terminal) = session.terminal_of(&frame) {
            session.admit(terminal, Admission::Known(Profile::default()));
        }
        let reaction = session.handle(&frame, Timestamp::from_ms(0));
        assert_eq!(reaction.problem, None, "{}", reaction.message);
        for event in reaction.events {
            let Event::Position(position) = event else { continue };
            let key = (reaction.terminal.unwrap(), position.fix_time().unwrap());
            stored.lock().unwrap().entry(key).or_insert(*position);
            positions += 1;
        }
        output.extend(reaction.reply.bytes().into_iter().flatten());
    }
}

#[tokio::test]
async fn a_load_over_the_real_sessions_is_stored_as_it_was_sent_though_connections_die() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (target, stored): (SocketAddr, Stored) = (listener.local_addr().unwrap(), Arc::default());
    let mut server = JoinSet::new();
    server.spawn(serve(listener, Arc::clone(&stored)));
    let config = LoadConfig {
        connections: 5,
        window: 8,
        seed: 3,
        first_terminal: 1,
        start: Timestamp::parse("2026-11-20T00:00:00Z").unwrap(),
        rate: None,
        reports: Some(100),
    };
    let load = Load::start(target, protocols::ALL, &config);
    let ledger = load.finished().await;
    let stored = stored.lock().unwrap();
    let count = u64::try_from(protocols::ALL.len()).unwrap() * 500;
    assert_eq!((ledger.summary().sent, ledger.summary().acknowledged), (count, count));
    assert_eq!(ledger.unexpected_count(), 0);
    assert!(ledger.reports().iter().any(|report| !report.resent_as.is_empty()), "no connection died");
    for Report { terminal, fix_time, place, speed, course, ignition, .. } in ledger.reports() {
        let row = &stored[&(terminal, fix_time.unwrap())];
        assert_eq!((row.fix.coordinates(), row.speed, row.course), (place, speed, course));
        assert_eq!(row.attributes.ignition(), ignition);
    }
}
