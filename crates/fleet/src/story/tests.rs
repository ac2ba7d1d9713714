use super::*;
use crate::fake::{Deed, FAKES, FakeServer};
use crate::tracker::{Source, Step};
use model::loan::Standing;
use model::{Coordinates, Fix, Position};
use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use tokio::sync::watch;

const FACTOR: NonZeroU32 = NonZeroU32::new(300).unwrap();
/// 90 s on the wall at the demo's factor.
const SPAN_MS: i64 = 27_000_000;

fn config(seed: u64) -> StoryConfig {
    StoryConfig { seed, vehicles: 60, start: Timestamp::parse("2026-11-20T14:00:00Z").unwrap() }
}

fn story(seed: u64) -> Story {
    Story::new(&config(seed), FAKES)
}

/// Everything that an actor does within the span, on a clock that jumps from step to step.
fn steps(actor: &Actor, start: Timestamp) -> Vec<(Timestamp, Step)> {
    let clock = Arc::new(AtomicI64::new(start.ms()));
    let hands = Arc::clone(&clock);
    let pace = Pace::new(FACTOR, move || Timestamp::from_ms(hands.load(Relaxed)));
    let mut source = actor.source(pace.clone());
    let mut steps = Vec::new();
    while pace.now() < start.plus(SPAN_MS) {
        let (now, step) = (pace.now(), source.step());
        match &step {
            Step::Wait(wait) | Step::HangUp(wait) => {
                let virtual_ms = i64::try_from(wait.as_micros()).unwrap() * i64::from(FACTOR.get()) / 1000;
                clock.fetch_add(virtual_ms.max(1000), Relaxed);
            }
            Step::End => return steps,
            Step::Report(_) | Step::Backfill(_) | Step::Heartbeat => {}
        }
        steps.push((now, step));
    }
    steps
}

fn reports(actor: &Actor) -> Vec<(Timestamp, Position)> {
    let positions = |(at, step): (Timestamp, Step)| match step {
        Step::Report(position) => vec![(at, *position)],
        Step::Backfill(positions) => positions.into_iter().map(|position| (at, position)).collect(),
        _ => Vec::new(),
    };
    steps(actor, config(0).start).into_iter().flat_map(positions).collect()
}

fn metres(a: Coordinates, b: Coordinates) -> f64 {
    let north = (a.lat() - b.lat()) * 111_319.5;
    let east = (a.lon() - b.lon()) * 111_319.5 * a.lat().to_radians().cos();
    north.hypot(east)
}

/// Distance of each live fix from the first one.
fn away(actor: &Actor) -> Vec<(i64, f64)> {
    let live: Vec<_> = reports(actor).into_iter().filter(|(_, report)| !report.buffered).collect();
    let place = |report: &Position| report.fix.coordinates();
    let home = live.iter().find_map(|(_, report)| place(report)).unwrap();
    let minutes = |at: Timestamp| at.since(config(0).start) / 60_000;
    live.iter().filter_map(|(at, report)| Some((minutes(*at), metres(home, place(report)?)))).collect()
}

fn playing(story: &Story, part: Part) -> Vec<&Actor> {
    let actors: Vec<&Actor> = story.actors().iter().filter(|actor| actor.part() == part).collect();
    assert!(!actors.is_empty(), "nobody plays {part:?}");
    actors
}

#[test]
fn every_loan_has_its_car_its_terminal_and_its_plate() {
    let story = story(1);
    let bound: HashSet<VehicleId> = story.bindings().iter().map(|binding| binding.vehicle).collect();
    let terminals: HashSet<TerminalId> = story.terminals().into_iter().collect();
    assert_eq!((bound.len(), terminals.len(), story.loans().len()), (60, 60, 60));
    assert!(story.loans().iter().all(|loan| bound.contains(&loan.vehicle)));
    assert!(story.bindings().iter().all(|binding| terminals.contains(&binding.terminal)));
    let contracts: HashSet<ContractId> = story.loans().into_iter().map(|loan| loan.contract).collect();
    assert_eq!(contracts.len(), 60);
    let spoken: HashSet<&str> = story.actors().iter().map(|actor| actor.device().protocol.name()).collect();
    assert_eq!(spoken.len(), 2);
}

#[test]
fn loans_mean_what_their_parts_say() {
    for actor in story(1).actors() {
        let standing = book::loan(actor, config(1).start).standing(config(1).start);
        let overdue = matches!(standing, Standing::Overdue(days) if (8..=70).contains(&days.0));
        let right = match actor.part() {
            Part::Promiser | Part::Disputer => matches!(standing, Standing::Held(_)),
            Part::Settled => standing == Standing::Settled,
            Part::Cabbie | Part::Commuter => standing == Standing::Current,
            _ => overdue,
        };
        assert!(right, "{:?} is {standing:?}", actor.part());
    }
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_does_not() {
    let told = |seed| story(seed).actors().iter().map(reports).collect::<Vec<_>>();
    assert!(told(1) == told(1));
    assert!(told(1) != told(2));
}

#[test]
fn whoever_must_be_noticed_stands_long_enough_then_is_far_away_in_three_reports_of_six() {
    for seed in 0..20 {
        let story = story(seed);
        for (part, leaves) in
            [(Part::Absconder, 75), (Part::LateAbsconder, 240), (Part::Vanisher, 30), (Part::Payer, 120)]
        {
            for actor in playing(&story, part) {
                let away = away(actor);
                let stood = away.iter().take_while(|(minute, _)| *minute < leaves);
                assert!(stood.clone().count() >= 5 && stood.clone().all(|(_, metres)| *metres < 90.0));
                let after: Vec<f64> = away
                    .iter()
                    .filter(|(minute, _)| *minute > leaves + 3)
                    .map(|(_, metres)| *metres)
                    .collect();
                let far = after.iter().take(6).filter(|metres| **metres > 400.0).count();
                assert!(far >= 3, "seed {seed}, {part:?}: {after:?}");
            }
        }
    }
}

#[test]
fn a_vanished_tracker_was_driving_when_it_was_last_heard_and_is_never_heard_again() {
    for seed in 0..20 {
        let story = story(seed);
        for actor in playing(&story, Part::Vanisher) {
            let (at, last) = reports(actor).pop().unwrap();
            assert_eq!(last.attributes.ignition(), Some(true));
            assert!(at.since(config(0).start) < 55 * 60_000);
        }
    }
}

#[test]
fn look_alikes_that_stand_never_show_a_live_fix_far_from_home() {
    for seed in 0..20 {
        let story = story(seed);
        for part in [Part::Drifter, Part::Garaged, Part::LateReporter, Part::Sleeper] {
            for actor in playing(&story, part) {
                let furthest = away(actor).iter().map(|(_, metres)| *metres).fold(0.0, f64::max);
                assert!(furthest < 205.0, "seed {seed}, {part:?}: {furthest} m");
            }
        }
        let drift =
            away(playing(&story, Part::Drifter)[0]).iter().filter(|(_, metres)| *metres > 60.0).count();
        assert!(drift > 5, "seed {seed}: only {drift} drifting fixes");
    }
}

#[test]
fn a_late_reporter_was_far_away_but_says_so_only_late() {
    for actor in playing(&story(1), Part::LateReporter) {
        let reports = reports(actor);
        let home = reports[0].1.fix.coordinates().unwrap();
        let late: Vec<_> = reports.iter().filter(|(_, report)| report.buffered).collect();
        assert!(late.len() > 8);
        assert!(
            late.iter().any(|(_, r)| r.fix.coordinates().is_some_and(|place| metres(home, place) > 300.0))
        );
        let moving = |report: &&(Timestamp, Position)| report.1.attributes.ignition() == Some(true);
        let lag = |(at, report): &(Timestamp, Position)| at.since(report.fix_time().unwrap());
        assert!(late.iter().copied().filter(moving).all(|late| lag(late) > 10 * 60_000));
    }
}

#[test]
fn a_garaged_car_lives_without_a_fix() {
    let story = story(1);
    let garaged = playing(&story, Part::Garaged)[0];
    let after = |at: Timestamp| at.since(config(0).start) > 41 * 60_000;
    let reports: Vec<_> = reports(garaged).into_iter().filter(|(at, _)| after(*at)).collect();
    assert!(reports.len() > 10 && reports.iter().all(|(_, report)| report.fix == Fix::None));
    let beats = steps(garaged, config(0).start).into_iter().filter(|(_, step)| *step == Step::Heartbeat);
    assert!(beats.filter(|(at, _)| after(*at)).count() > 30);
}

#[test]
fn no_two_reports_of_a_car_are_of_one_second() {
    for actor in story(3).actors() {
        let times: Vec<_> = reports(actor).iter().map(|(_, report)| report.fix_time().unwrap()).collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", actor.part());
    }
}

#[test]
fn the_demo_is_a_modest_load_and_moves_from_the_start() {
    let story = story(1);
    let busy = |(_, step): &(Timestamp, Step)| !matches!(step, Step::Wait(_) | Step::HangUp(_));
    let all: Vec<_> = story.actors().iter().flat_map(|actor| steps(actor, config(0).start)).collect();
    let frames = all.iter().filter(|step| busy(step)).count();
    assert!((90 * 50..90 * 300).contains(&frames), "{} frames/s", frames / 90);
    let early = |actor: &&Actor| away(actor).iter().any(|(minute, metres)| *minute < 50 && *metres > 300.0);
    assert!(story.actors().iter().filter(early).count() >= 10);
}

#[test]
fn events_come_in_order_and_each_kind_happens() {
    let events = story(1).events();
    assert!(events.windows(2).all(|pair| pair[0].at() <= pair[1].at()));
    let minutes = |event: &StoryEvent| event.at().since(config(1).start) / 60_000;
    let of = |pick: fn(&StoryEvent) -> bool| events.iter().find(|event| pick(event)).map(minutes);
    assert_eq!(of(|event| matches!(event, StoryEvent::Departed { .. })), Some(30));
    assert_eq!(of(|event| matches!(event, StoryEvent::Vanished { .. })), Some(55));
    assert_eq!(of(|event| matches!(event, StoryEvent::Payment { .. })), Some(185));
}

#[tokio::test]
async fn a_story_is_played_over_tcp_and_tells_its_events() {
    let server = FakeServer::start(|_, _| Deed::Answer).await;
    let (stop, stopped) = watch::channel(false);
    let run = Run { target: server.address, ledger: Arc::default(), gauge: Arc::default(), stop: stopped };
    let (events, mut told) = mpsc::channel(EVENTS_MAX);
    let story = story(1);
    // Each look at the clock is a virtual second: the story plays as fast as the machine can.
    let clock = AtomicI64::new(config(1).start.ms());
    let pace = Pace::new(NonZeroU32::new(1_000_000).unwrap(), move || {
        Timestamp::from_ms(clock.fetch_add(1000, Relaxed))
    });
    let playing = async { story.run(run.clone(), pace, events).await };
    let listening = async {
        let mut heard = Vec::new();
        while heard.len() < story.events().len() {
            heard.push(told.recv().await.unwrap());
        }
        while run.gauge.counters().acknowledged < 100 {
            tokio::task::yield_now().await;
        }
        stop.send_replace(true);
        heard
    };
    let (summary, heard) = tokio::join!(playing, listening);
    assert_eq!(heard, story.events());
    assert!(summary.acknowledged >= 100 && summary.acknowledged <= summary.sent);
}
