//! How fast frames become events: the decoder, beside readers written by hand for one frame each.
//!
//! Shape: first both must agree on every case, then divan's table, then the ratio of the two, measured in turns. How to
//! run: SPEC.md, "Speed".

mod by_hand;

use divan::{Bencher, black_box};
use gt06::GT06;
use model::TerminalId;
use std::path::Path;
use std::time::Instant;
use wire::Session;
use wire::testing::speed::{self, Case, Line};

fn cases() -> Vec<Case> {
    let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("frames");
    vec![
        Case::golden("location 0x12", by_hand::plain_location, &frames, "location_plain"),
        Case::golden("location 0x22", by_hand::location, &frames, "location_buffered_south_west"),
        Case::golden("alarm 0x26", by_hand::alarm, &frames, "alarm_removed"),
        Case::golden("heartbeat 0x13", by_hand::heartbeat, &frames, "heartbeat"),
    ]
}

/// Logged in with zone +08:00, which holds for the frames behind the login.
fn online() -> Box<dyn Session> {
    let login = "7878110108681202400000153601320100019E0E0D0A";
    speed::connection(&GT06, &hex::decode(login).unwrap_or_default())
}

/// What its yardstick knows behind the same login.
fn line() -> Line {
    Line { terminal: TerminalId::parse("868120240000015").ok(), ..Line::default() }
}

#[expect(clippy::print_stdout, reason = "a benchmark speaks to a person")]
#[expect(clippy::disallowed_methods, reason = "a benchmark asks the clock")]
fn main() {
    let (mut session, cases) = (online(), cases());
    speed::agree(session.as_mut(), line(), &cases);
    divan::main();
    for pace in speed::measure(session.as_mut(), line(), &cases, Instant::now) {
        println!("{pace}");
    }
}

#[divan::bench(args = cases())]
fn decoder(bencher: Bencher<'_, '_>, case: &Case) {
    let mut session = online();
    let input = || speed::buffer(&case.frame, 1);
    bencher.with_inputs(input).bench_local_refs(|input| {
        speed::read(session.as_mut(), input, |reaction| {
            black_box(reaction);
        });
    });
}

#[divan::bench(args = cases())]
fn by_hand(bencher: Bencher<'_, '_>, case: &Case) {
    let mut line = line();
    bencher.bench_local(|| drop(black_box((case.by_hand)(&mut line, black_box(&case.frame)))));
}
