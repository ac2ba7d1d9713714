//! What holds for any history.

use crate::habits::commuted;
use crate::history::{DAY, HOUR, History, MINUTE, Report};
use model::input::Role;
use model::{Alarm, Alarms, Millis};
use proptest::prelude::*;
use rules::{RuleSet, VehicleState};

/// Something that happens to a vehicle.
#[derive(Debug, Clone)]
enum Happening {
    Report(Report),
    Heartbeat,
    Wait(Millis),
    Down(Millis),
    Dpd(i32),
    Paid,
    Promise(bool),
    FeedStops,
    FeedResumes,
    OutOfBook(bool),
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { north_m, east_m, lag_ms, speed_kmh, ignition, .. } = self;
        write!(f, "({north_m}, {east_m}) lag {lag_ms} {speed_kmh:?} {ignition:?}")
    }
}

fn tell(history: &mut History, happening: &Happening) {
    match happening {
        Happening::Report(report) => {
            history.report(report);
        }
        Happening::Heartbeat => history.heartbeat(),
        Happening::Wait(span) => history.wait(*span),
        Happening::Down(span) => history.down(*span),
        Happening::Dpd(dpd) => history.set_dpd(*dpd),
        Happening::Paid => {
            history.paid_at = Some(history.now);
            history.loan().oldest_unpaid_due = None;
        }
        Happening::Promise(given) => history.loan().holds.dispute = *given,
        Happening::FeedStops => history.book_as_of = Some(history.now.plus(-2 * DAY)),
        Happening::FeedResumes => history.book_as_of = None,
        Happening::OutOfBook(out) => history.in_book = !out,
    }
    history.judge();
}

fn report() -> impl Strategy<Value = Report> {
    let terminal = prop::sample::select(vec!["1", "2", "3", "4", "5", "6"]);
    let metres = || prop_oneof![-300.0..300.0_f64, -3000.0..3000.0_f64, -2_000_000.0..2_000_000.0_f64];
    let lag =
        prop_oneof![4 => 0..2 * MINUTE, 1 => -HOUR..2 * DAY, 1 => -900_000_000 * DAY..900_000_000 * DAY];
    let speed = prop::option::of(prop_oneof![0..20_u16, any::<u16>()]);
    let quality = (prop::option::of(0..20_u8), prop::option::of(any::<f32>()), any::<[bool; 4]>());
    (terminal, metres(), metres(), speed, prop::option::of(any::<bool>()), lag, quality).prop_map(
        |(terminal, north_m, east_m, speed_kmh, ignition, lag_ms, (satellites, hdop, flags))| Report {
            terminal,
            role: if flags[0] { Role::Main } else { Role::Backup },
            north_m,
            east_m,
            speed_kmh,
            ignition,
            satellites,
            hdop,
            odometer_km: hdop.map(f64::from),
            lag_ms,
            buffered: flags[1] && flags[2],
            alarms: if flags[3] { Alarms::NONE.with(Alarm::PowerCut) } else { Alarms::NONE },
            dated: flags[0] || flags[1] || flags[2],
            fixed: flags[1] || flags[2] || flags[3],
        },
    )
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => report().prop_map(Happening::Report),
        2 => (1..30_u32).prop_map(|step| Happening::Report(Report::driving(300.0 * f64::from(step)))),
        3 => Just(Happening::Report(Report::default())),
        2 => Just(Happening::Heartbeat),
        8 => (1..20 * MINUTE).prop_map(Happening::Wait),
        2 => (1..3 * DAY).prop_map(Happening::Wait),
        1 => (0..3 * DAY).prop_map(Happening::Down),
        1 => (-5..100).prop_map(Happening::Dpd),
        1 => Just(Happening::Paid),
        1 => any::<bool>().prop_map(Happening::Promise),
        1 => Just(Happening::FeedStops),
        1 => Just(Happening::FeedResumes),
        1 => any::<bool>().prop_map(Happening::OutOfBook),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// `History` asserts at each step that judging twice changes nothing, that versions count by one and that no
    /// wake lies in the past.
    #[test]
    fn any_history_is_judged_without_panic_and_idempotently(happenings in prop::collection::vec(happening(), 1..80)) {
        let mut history = History::parked(30);
        for happening in &happenings {
            tell(&mut history, happening);
        }
        history.live(model::Rule::OverdueMoved);
        history.live(model::Rule::OverdueOffline);
    }

    #[test]
    fn a_checkpoint_at_any_point_changes_nothing_after_it(
        before in prop::collection::vec(happening(), 1..40),
        after in prop::collection::vec(happening(), 1..40),
    ) {
        let mut through = History::parked(30);
        for happening in &before {
            tell(&mut through, happening);
        }
        let mut restarted = through.clone();
        let checkpoint = postcard::to_allocvec(&restarted.state).unwrap();
        prop_assert!(checkpoint.len() <= 1024, "{} bytes", checkpoint.len());
        restarted.state = postcard::from_bytes::<VehicleState>(&checkpoint).unwrap();
        prop_assert_eq!(&restarted.state, &through.state);
        for happening in &after {
            tell(&mut through, happening);
            tell(&mut restarted, happening);
        }
        prop_assert_eq!(through.changes, restarted.changes);
    }

    #[test]
    fn no_open_alert_outlives_its_gate(happenings in prop::collection::vec(happening(), 1..60)) {
        let mut history = History::moved(30);
        for happening in &happenings {
            tell(&mut history, happening);
        }
        history.loan().settled_at = Some(history.now);
        history.judge();
        prop_assert!(history.alerts.iter().all(|alert| !alert.state.is_live()));
    }

    #[test]
    fn no_text_panics_the_rule_set(text in ".{0,200}") {
        let _ = RuleSet::parse(&text);
    }
}

#[test]
fn the_state_of_a_vehicle_is_small_in_memory() {
    // Beside it on the heap: its terminals, and some fixes while it is away from its anchor.
    assert!(size_of::<VehicleState>() <= 256, "{}", size_of::<VehicleState>());
}

#[test]
fn a_checkpoint_of_a_parked_and_of_a_moving_car_is_small() {
    for (name, history, bytes_max) in [
        ("parked", History::parked(30), 180),
        ("moving", History::moved(30), 400),
        ("with two usual places", commuted(15), 280),
    ] {
        let bytes = postcard::to_allocvec(&history.state).unwrap().len();
        assert!(bytes <= bytes_max, "{name}: {bytes} bytes");
    }
}
