//! What a vehicle goes on from when its devices change.

use super::*;
use crate::step::Needs;
use crate::world::{Globals, World};
use model::input::Role;
use model::{Coordinates, Stay};
use rules::{Observation, Places, Surroundings, UsualPlaces};

const HOUR: Millis = 3_600_000;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_ms(1_795_000_000_000 + hour * HOUR)
}

fn car(name: &str) -> VehicleId {
    VehicleId::parse(name).unwrap()
}

fn terminal() -> TerminalId {
    TerminalId::parse("15").unwrap()
}

fn world() -> World {
    World::new(store::World::default(), Globals::default())
}

/// Binds the terminal to a car, as of some hour until another.
fn bind(world: &mut World, now: i64, vehicle: &str, (from, to): (i64, Option<i64>)) {
    let (vehicle, from, to) = (car(vehicle), at(from), to.map(at));
    let binding = Binding { terminal: terminal(), vehicle, role: Role::Main, from, to };
    let action = Action::Bind { bindings: vec![binding] };
    let human = Human { id: InputId(format!("{now} {vehicle}")), actor: "li".into(), action };
    let mut step = Step::new(world, Needs::default());
    step.human(Seq(now), at(now), human);
    let outcomes = step.finish(None).outcomes;
    assert!(matches!(&outcomes[..], [OutcomeRow { outcome: Outcome::Done { .. }, .. }]), "{outcomes:?}");
    world.merge(true);
}

/// The terminal is heard on nothing.
fn heard(world: &mut World, hour: i64) {
    let state = world.states.entry(Subject::Terminal(terminal()));
    let around = Surroundings { places: &Places::default(), vehicle: None };
    rules::observe(state, &Observation::Heard { terminal: terminal(), at: at(hour) }, 0, &around);
    world.merge(true);
}

fn heard_at(world: &World, vehicle: &str) -> Option<Timestamp> {
    world.states.get(&Subject::Vehicle(car(vehicle))).and_then(|state| state.heard_at())
}

#[test]
fn the_audit_log_says_which_terminal_was_put_on_which_vehicle() {
    let binding =
        Binding { terminal: terminal(), vehicle: car("粤B10001"), role: Role::Main, from: at(0), to: None };
    let subject = |count| described(&Action::Bind { bindings: vec![binding; count] }).1;
    let one = format!("15 on 粤B10001 from {}", at(0));
    assert_eq!(subject(1), one);
    assert_eq!(subject(2), format!("2 bindings: {one}; {one}"));
    let many = subject(21);
    assert!(many.starts_with(&format!("21 bindings: {one}; ")) && many.ends_with("; and 1 more"), "{many}");
    assert_eq!(described(&Action::LoanEvents { events: Vec::new() }).1, "0 events");
}

#[test]
fn a_binding_that_is_ended_is_another_line_in_the_audit_log_than_one_that_begins() {
    let mut world = world();
    let mut audited = |hour, to| {
        let (vehicle, from) = (car("A1"), at(0));
        let binding = Binding { terminal: terminal(), vehicle, role: Role::Main, from, to };
        let action = Action::Bind { bindings: vec![binding] };
        let human = Human { id: InputId(format!("{hour}")), actor: "li".into(), action };
        let mut step = Step::new(&mut world, Needs::default());
        step.human(Seq(hour), at(hour), human);
        let lines = step.finish(None).audit;
        world.merge(true);
        let [line] = &lines[..] else { panic!("{lines:?}") };
        (line.action.clone(), line.subject.clone())
    };
    let begun = format!("15 on A1 from {}", at(0));
    assert_eq!(audited(1, None), ("bind".to_owned(), begun.clone()));
    let ended = format!("{begun} to {}", at(2));
    assert_eq!(audited(2, Some(at(2))), ("unbind".to_owned(), ended.clone()));
    // It was over before: what is entered again is no end.
    assert_eq!(audited(3, Some(at(2))), ("bind".to_owned(), ended));
}

#[test]
fn a_line_that_says_that_something_was_not_done_does_not_say_done() {
    let mut world = world();
    let mut outcome = |seq: i64, what: DeskAct| {
        let action = Action::Desk { what, subject: "explain A9: no vehicle A9".into() };
        let human = Human { id: InputId(seq.to_string()), actor: "li".into(), action };
        let mut step = Step::new(&mut world, Needs::default());
        step.human(Seq(seq), at(1), human);
        let [line] = &step.finish(None).audit[..] else { panic!("one line") };
        assert_eq!(line.action, what.as_str());
        line.outcome.clone()
    };
    assert_eq!(outcome(1, DeskAct::ReadFailed), "failed");
    assert_eq!(outcome(2, DeskAct::LoginFailed), "refused");
    assert_eq!(outcome(3, DeskAct::LockedOut), "refused");
    assert_eq!(outcome(4, DeskAct::LoggedIn), "done");
}

#[test]
fn a_vehicle_goes_on_from_what_its_first_terminal_was_just_seen_doing_and_only_once() {
    let mut world = world();
    heard(&mut world, 0);
    bind(&mut world, 24, "A1", (24, None));
    assert_eq!(heard_at(&world, "A1"), Some(at(0)));
    bind(&mut world, 26, "A1", (24, Some(25)));
    bind(&mut world, 26, "B1", (25, None));
    assert_eq!(heard_at(&world, "B1"), None, "that was before it was on the first one");
}

#[test]
fn a_terminal_that_lay_on_a_workbench_for_more_than_a_day_brings_nothing() {
    let mut world = world();
    heard(&mut world, 0);
    bind(&mut world, 25, "A1", (25, None));
    assert_eq!(heard_at(&world, "A1"), None);
}

#[test]
fn an_exchanged_device_leaves_where_the_vehicle_usually_stands_and_one_that_strayed_does_not() {
    let usual = || {
        let mut places = UsualPlaces::default();
        let place = Coordinates::from_degrees(22.5, 114.0).unwrap();
        places.on_stay(&Stay { place, from: at(-48), to: at(-36) });
        places
    };
    // Taken off an hour ago, or three days; or it never was on this one.
    let cases = [((0, Some(99)), "A1", true), ((0, Some(28)), "A1", false), ((0, None), "B1", false)];
    for (interval, vehicle, stays) in cases {
        let mut world = world();
        bind(&mut world, 1, "A1", (0, None));
        world.usual_places.set(car("A1"), usual());
        bind(&mut world, 100, vehicle, interval);
        let known = world.usual_places.get(&car("A1")).unwrap().into_owned();
        assert_eq!(known == usual(), stays, "{interval:?} {vehicle}");
    }
}
