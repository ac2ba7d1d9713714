//! How fast frames become events: the decoder, beside readers written by hand for one frame each.
//!
//! Shape: first both must agree on every case, then divan's table, then the ratio of the two, measured in turns. How to
//! run: SPEC.md, "Speed".

mod by_hand;

use divan::{Bencher, black_box};
use jt808::JT808;
use model::{Event, Position, TerminalId};
use std::path::Path;
use std::time::Instant;
use wire::testing::speed::{self, Case, Line};
use wire::{Authenticator, Protocol};

fn cases() -> Vec<Case> {
    let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("frames");
    vec![
        Case::golden("location 0x0200, 2013", by_hand::location, &frames, "location_2013"),
        Case::golden("location 0x0200, 2019", by_hand::location, &frames, "location_2019"),
        Case::golden("location 0x0200, escaped", by_hand::location, &frames, "location_escaped"),
        Case::golden("alarm 0x0200", by_hand::location, &frames, "location_power_cut"),
        Case::golden("heartbeat 0x0002", by_hand::heartbeat, &frames, "heartbeat_2013"),
        Case { name: "batch 0x0704 of 10", by_hand: by_hand::batch, frame: batch_of_ten() },
    ]
}

/// The location of 2013 ten times, as our own terminal sends a backlog.
fn batch_of_ten() -> Vec<u8> {
    let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("frames");
    let one = Case::golden("", by_hand::location, &frames, "location_2013");
    let read = by_hand::location(&mut Line::default(), &one.frame);
    let events = read.map(|(said, _)| said.events);
    let positions = events.into_iter().flatten().filter_map(|event| match event {
        Event::Position(position) => Some(*position),
        _ => None,
    });
    let ten: Vec<Position> = positions.cycle().take(10).collect();
    let terminal = TerminalId::parse("13912345678").map(|id| JT808.terminal(id));
    terminal
        .ok()
        .and_then(|mut terminal| terminal.batch(&ten))
        .map_or_else(Vec::new, |upload| upload.bytes.into())
}

#[expect(clippy::print_stdout, reason = "a benchmark speaks to a person")]
#[expect(clippy::disallowed_methods, reason = "a benchmark asks the clock")]
fn main() {
    let (mut session, cases) = (JT808.open(Authenticator::Open), cases());
    speed::agree(session.as_mut(), Line::default(), &cases);
    divan::main();
    for pace in speed::measure(session.as_mut(), Line::default(), &cases, Instant::now) {
        println!("{pace}");
    }
}

#[divan::bench(args = cases())]
fn decoder(bencher: Bencher<'_, '_>, case: &Case) {
    let mut session = JT808.open(Authenticator::Open);
    let input = || speed::buffer(&case.frame, 1);
    bencher.with_inputs(input).bench_local_refs(|input| {
        speed::read(session.as_mut(), input, |reaction| {
            black_box(reaction);
        });
    });
}

#[divan::bench(args = cases())]
fn by_hand(bencher: Bencher<'_, '_>, case: &Case) {
    let mut line = Line::default();
    bencher.bench_local(|| drop(black_box((case.by_hand)(&mut line, black_box(&case.frame)))));
}
