use super::*;
use crate::city::{City, Spot};
use crate::fake::{BATCHING, Deed, FAKES, FakeServer, TERSE};
use crate::ledger::Summary;
use crate::number;
use crate::plan::{Motion, Truth};
use crate::receiver::{Receiver, Sky};
use model::Timestamp;

/// Plays steps, then ends.
struct Script(std::vec::IntoIter<Step>);

impl Source for Script {
    fn step(&mut self) -> Step {
        self.0.next().unwrap_or(Step::End)
    }
}

fn position(second: i64) -> Position {
    let truth = Truth { spot: Spot { north_mm: 0, east_mm: 0 }, motion: Motion::Parked };
    Receiver::new(City::SHENZHEN, 1, Sky::Clear).report(&truth, Timestamp::from_ms(second * 1000))
}

fn reports(seconds: std::ops::RangeInclusive<i64>) -> Vec<Step> {
    seconds.map(|second| Step::Report(Box::new(position(second)))).collect()
}

fn run(server: &FakeServer) -> (watch::Sender<bool>, Run) {
    let (stop, stopped) = watch::channel(false);
    (stop, Run { target: server.address, ledger: Arc::default(), gauge: Arc::default(), stop: stopped })
}

async fn play(server: &FakeServer, protocol: &'static dyn Protocol, window: usize, steps: Vec<Step>) -> Run {
    let (_stop, run) = run(server);
    let device = Device { terminal: number::terminal(protocol.name(), 1).unwrap(), protocol };
    Tracker::new(device, run.clone(), window, Script(steps.into_iter())).run().await;
    run
}

fn kinds(server: &FakeServer, connection: usize) -> String {
    server.heard().iter().filter(|heard| heard.connection == connection).map(|heard| heard.kind).collect()
}

fn times(server: &FakeServer, connection: usize) -> Vec<(i64, bool)> {
    let heard = server.heard();
    heard
        .iter()
        .filter(|heard| heard.connection == connection)
        .flat_map(|heard| heard.reports.clone())
        .collect()
}

#[tokio::test]
async fn a_device_logs_in_before_it_reports_in_as_many_steps_as_its_protocol_has() {
    for (protocol, expected) in FAKES.iter().copied().zip(["LPHP", "lAPHP"]) {
        let server = FakeServer::start(|_, _| Deed::Answer).await;
        let mut steps = reports(1..=2);
        steps.insert(1, Step::Heartbeat);
        let run = play(&server, protocol, 1, steps).await;
        assert_eq!(kinds(&server, 0), expected);
        assert_eq!(run.ledger.summary(), Summary { sent: 2, acknowledged: 2 });
        assert_eq!(run.ledger.unexpected_count(), 0);
    }
}

#[tokio::test]
async fn a_heartbeat_that_nobody_answers_is_not_waited_for() {
    // The second frame is the heartbeat; a window of one would never open again if it were waited for.
    let server = FakeServer::start(|_, frame| if frame == 1 { Deed::Ignore } else { Deed::Answer }).await;
    let mut steps = reports(1..=2);
    steps.insert(0, Step::Heartbeat);
    let run = play(&server, &TERSE, 1, steps).await;
    assert_eq!(kinds(&server, 0), "LHPP");
    assert_eq!(run.ledger.summary(), Summary { sent: 2, acknowledged: 2 });
}

#[tokio::test]
async fn what_was_not_acknowledged_is_sent_again_on_the_next_connection_and_nothing_else() {
    // Login, first report answered, connection closed at the second; third was in flight with it.
    let behaviour = |connection, frame| if connection == 0 && frame == 2 { Deed::Hang } else { Deed::Answer };
    let server = FakeServer::start(behaviour).await;
    let mut steps = reports(1..=3);
    steps.insert(1, Step::Wait(Duration::from_mins(1)));
    let run = play(&server, FAKES[0], 2, steps).await;
    assert_eq!(times(&server, 0), [(1, false), (2, false)]);
    assert_eq!(times(&server, 1), [(2, true), (3, true)]);
    assert_eq!(run.ledger.summary(), Summary { sent: 3, acknowledged: 3 });
    let counters = run.gauge.counters();
    assert_eq!((counters.resent, counters.lost, counters.in_flight), (2, 1, 0));
    assert!(run.ledger.reports()[1].resent_as.len() == 1 && run.ledger.reports()[0].resent_as.is_empty());
}

#[tokio::test]
async fn a_protocol_with_batches_sends_again_in_one_frame_and_one_answer_is_for_all_of_it() {
    let behaviour = |connection, frame| if connection == 0 && frame == 2 { Deed::Hang } else { Deed::Answer };
    let server = FakeServer::start(behaviour).await;
    let run = play(&server, &BATCHING, 8, reports(1..=5)).await;
    assert_eq!(kinds(&server, 1), "lAB");
    assert_eq!(times(&server, 1).iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(run.ledger.summary(), Summary { sent: 5, acknowledged: 5 });
}

#[tokio::test]
async fn the_window_is_never_exceeded() {
    // Nothing is answered: only as many frames as the window holds may come, and the drain gives up on them.
    let server = FakeServer::start(|_, frame| if frame == 0 { Deed::Answer } else { Deed::Ignore }).await;
    let (stop, run) = run(&server);
    let device = Device { terminal: number::terminal("gt06", 1).unwrap(), protocol: FAKES[0] };
    let tracker = Tracker::new(device, run.clone(), 3, Script(reports(1..=9).into_iter()));
    let task = tokio::spawn(tracker.run());
    while server.reports().len() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(run.gauge.counters().in_flight, 3);
    stop.send_replace(true);
    task.await.unwrap();
    assert_eq!(run.ledger.summary(), Summary { sent: 3, acknowledged: 0 });
    assert_eq!(run.gauge.counters().in_flight, 0);
}

#[tokio::test]
async fn a_report_that_is_only_sent_is_never_taken_for_acknowledged() {
    let behaviour = |_, frame| if frame == 2 { Deed::Ignore } else { Deed::Answer };
    let server = FakeServer::start(behaviour).await;
    let run = play(&server, FAKES[0], 8, reports(1..=3)).await;
    let acknowledged: Vec<bool> = run.ledger.reports().iter().map(|report| report.acknowledged).collect();
    assert_eq!(acknowledged, [true, false, true]);
}

#[tokio::test]
async fn an_acknowledgement_of_nothing_is_noted() {
    let behaviour = |_, frame| if frame == 1 { Deed::AnswerTwice } else { Deed::Answer };
    let server = FakeServer::start(behaviour).await;
    let run = play(&server, FAKES[0], 1, reports(1..=2)).await;
    assert_eq!(run.ledger.unexpected_count(), 1);
    assert_eq!(run.ledger.summary().acknowledged, 2);
}

#[tokio::test]
async fn a_refused_device_begins_again() {
    let behaviour =
        |connection, frame| if (connection, frame) == (0, 0) { Deed::Refuse } else { Deed::Answer };
    let server = FakeServer::start(behaviour).await;
    let run = play(&server, &BATCHING, 1, reports(1..=1)).await;
    assert_eq!((kinds(&server, 0), kinds(&server, 1)), ("l".into(), "lAP".into()));
    assert_eq!(run.ledger.summary().acknowledged, 1);
}

#[tokio::test]
async fn a_device_that_hangs_up_comes_back_and_reports_late() {
    let server = FakeServer::start(|_, _| Deed::Answer).await;
    let mut steps = reports(1..=1);
    let made: Vec<Position> = (2..=4).map(|second| Position { buffered: true, ..position(second) }).collect();
    steps.extend([Step::HangUp(Duration::ZERO), Step::Backfill(made)]);
    steps.extend(reports(5..=5));
    let run = play(&server, FAKES[0], 1, steps).await;
    assert_eq!(times(&server, 1), [(2, true), (3, true), (4, true), (5, false)]);
    assert_eq!(run.gauge.counters().lost, 0);
    let buffered: Vec<bool> = run.ledger.reports().iter().map(|report| report.buffered).collect();
    assert_eq!(buffered, [false, true, true, true, false]);
}

#[tokio::test]
async fn a_run_that_stops_while_the_server_is_down_ends() {
    let server = FakeServer::start(|_, _| Deed::Answer).await;
    let (stop, run) = run(&server);
    drop(server);
    let device = Device { terminal: number::terminal("gt06", 1).unwrap(), protocol: FAKES[0] };
    let task = tokio::spawn(Tracker::new(device, run.clone(), 1, Script(reports(1..=1).into_iter())).run());
    stop.send_replace(true);
    task.await.unwrap();
    assert_eq!(run.ledger.summary().sent, 0);
}
