//! What a frame costs in allocations between the socket and the journal, and back; and when a socket is read again.

use super::*;
use crate::Config;
use crate::testing::{PROTOCOLS, house};
use allocation_counter::measure;
use journal::Committed;
use model::Seq;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::Context;
use wire::{Authenticator, Cut};

type Committing = Ready<Result<Committed, JournalError>>;

/// Between the buffer and what the protocol makes of its second frame.
fn by_the_protocol(login: &[u8], report: &[u8]) -> u64 {
    let mut session = PROTOCOLS.first().unwrap().open(Authenticator::Open);
    let mut react = |bytes: &[u8]| {
        let mut input = BytesMut::from(bytes);
        measure(|| {
            let Cut::Frame(frame) = session.deframe(&mut input) else { panic!("no frame") };
            drop(session.handle(&frame, Timestamp::from_ms(1)));
        })
    };
    react(login);
    react(report).count_total
}

/// A reception stands in a box of its own: an input would be as large as one.
const INPUT: u64 = 1;

fn exchange(exchange: &mut Exchange<Committing>, at: Moment, house: &House) {
    let mut heard = exchange.hear(at, house);
    heard.take_items(|items| assert!(items.len() > 0));
    let committed = ready(Ok(Committed { last: Seq(1), at: at.time }));
    exchange.on_queued(heard, committed, at.instant, house);
    let released = exchange.replies.poll_committed(&mut Context::from_waker(std::task::Waker::noop()));
    assert!(released.is_ready(), "it is committed");
    exchange.on_written(exchange.replies.unsent().len(), at.instant);
    assert!(!exchange.replies.are_unsent());
}

fn line(house: &House, at: Moment) -> Exchange<Committing> {
    let peer = "192.0.2.1:4000".parse().unwrap();
    let caller = Caller { number: 1, peer, ending: Arc::default(), port: None };
    Exchange::new(house, caller, at.instant)
}

#[test]
fn a_lone_frame_allocates_what_its_protocol_does_and_its_input() {
    let (house, [login, report]) = (house(), [&b"#L15\n"[..], b"#P1\n"]);
    let at = Moment { instant: Instant::now(), time: Timestamp::from_ms(1_000) };
    let mut line = line(&house, at);
    let mut hear = |bytes: &[u8]| {
        // A read that brings no whole frame keeps nothing of what the next one needs.
        line.input = BytesMut::from(&bytes[..1]);
        assert!(line.hear(at, &house).items.is_empty());
        line.input = BytesMut::from(bytes);
        measure(|| exchange(&mut line, at, &house)).count_total
    };
    let [_, _, counted] = [login, report, report].map(&mut hear);
    let expected = by_the_protocol(login, report) + INPUT;
    assert_eq!(counted, expected, "neither lists nor replies have a buffer of their own");
}

#[test]
fn who_says_too_much_is_read_again_to_the_moment_and_its_silence_until_then_is_ours() {
    let rate = Config { frames_per_s_max: 10, frames_burst_max: 10, ..Config::default() };
    let house = House { config: rate, ..house() };
    let at = Moment { instant: Instant::now(), time: Timestamp::from_ms(1_000) };
    let mut line = line(&house, at);
    // A login and 14 reports, of which 5 are beyond the burst.
    line.input = BytesMut::from([&b"#L15\n"[..], &b"#P1\n".repeat(14)].concat().as_slice());
    exchange(&mut line, at, &house);
    line.look(at.instant, &house).unwrap();
    let resumes = at.instant + Duration::from_millis(500);
    assert_eq!((line.reading(), line.deadline(at.instant, &house)), (Reading::Paused(Pause::Rate), resumes));
    line.look(at.instant + Duration::from_millis(499), &house).unwrap();
    assert_eq!(line.reading(), Reading::Paused(Pause::Rate));
    line.look(resumes, &house).unwrap();
    let idle = house.config.patience().idle;
    assert_eq!((line.reading(), line.deadline(resumes, &house)), (Reading::On, resumes + idle));
    assert_eq!(house.counters.paused(Pause::Rate), 1, "it was one pause");
}
