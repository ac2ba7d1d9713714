//! How fast packets become events: the decoder, beside readers written by hand for one codec each.
//!
//! Shape: first both must agree on every case, then divan's table, then the ratio of the two, measured in turns. How to
//! run: SPEC.md, "Speed".

mod by_hand;

use divan::{Bencher, black_box};
use model::TerminalId;
use std::path::Path;
use std::time::Instant;
use teltonika::TELTONIKA;
use wire::Session;
use wire::testing::speed::{self, Case, Line};

fn cases() -> Vec<Case> {
    let frames = Path::new(env!("CARGO_MANIFEST_DIR")).join("frames");
    vec![
        Case::golden("codec 08, one record", by_hand::codec_8, &frames, "codec_8"),
        Case::golden("codec 08, ten records", by_hand::codec_8, &frames, "codec_8_many"),
        Case::golden("codec 8E, one record", by_hand::codec_8_extended, &frames, "codec_8_extended"),
        Case::golden("codec 10, one record", by_hand::codec_16, &frames, "codec_16"),
    ]
}

/// Logged in, as every packet's sender is.
fn online() -> Box<dyn Session> {
    speed::connection(&TELTONIKA, b"\x00\x0F868120240000015")
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
