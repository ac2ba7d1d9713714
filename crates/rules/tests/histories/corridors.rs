//! Fences along a road that has a bend: who follows it, who leaves it, and who drifts at its edge.

use crate::history::{History, MINUTE, Report, SECOND, point};
use crate::places::{circle, watched};
use model::alert::Notice;
use model::place::Crossing;
use model::{Area, Place, PlaceKind, Rule, Severity};

/// Metres north and east of home.
type Spot = (f64, f64);

const HOME: Spot = (0.0, 0.0);
const BEND: Spot = (3_000.0, 0.0);
const END: Spot = (3_000.0, 3_000.0);

/// Three kilometres north, then three east, so many metres to either side, which begin so far north of home.
fn corridor(crossing: Crossing, begins_m: f64, half_width_m: u32) -> Place {
    let line = [HOME, BEND, END].map(|(north_m, east_m)| point(north_m.max(begins_m), east_m));
    let area = Area::Corridor { line: line.to_vec(), half_width_m };
    Place { area, ..circle("road", PlaceKind::Fence(crossing), 0.0, 100) }
}

/// The kinds of crossings that a history was told of, each with how.
fn told(history: &History) -> Vec<(Rule, Notice)> {
    let is_fence = |rule: Rule| matches!(rule, Rule::FenceIn | Rule::FenceOut);
    history.told.iter().filter(|(rule, _)| is_fence(*rule)).copied().collect()
}

impl History {
    /// Drives from one spot to the next, 300 m in half a minute.
    fn follow(&mut self, spots: &[Spot]) {
        for (from, to) in spots.iter().zip(spots.iter().skip(1)) {
            let (north_m, east_m) = (to.0 - from.0, to.1 - from.1);
            let steps = (north_m.hypot(east_m) / 300.0).ceil();
            let mut step = 0.0;
            while step < steps {
                step += 1.0;
                self.wait(30 * SECOND);
                let share = step / steps;
                let north_m = from.0 + north_m * share;
                self.report(&Report { east_m: from.1 + east_m * share, ..Report::driving(north_m) });
            }
        }
    }

    /// Stands at a spot and reports.
    fn rest(&mut self, (north_m, east_m): Spot, minutes: usize) {
        self.trail(MINUTE, (0..minutes).map(|_| Report::at(north_m, east_m)));
    }
}

#[test]
fn who_follows_the_bend_of_a_corridor_has_not_left_it_and_who_cuts_it_has() {
    let mut history = watched(0, [corridor(Crossing::Out, 0.0, 200)]);
    history.follow(&[HOME, BEND, END]);
    history.rest(END, 60);
    history.follow(&[END, BEND, HOME]);
    assert_eq!(told(&history), []);

    let mut history = watched(0, [corridor(Crossing::Out, 0.0, 200)]);
    history.follow(&[HOME, END]);
    assert_eq!(told(&history), [(Rule::FenceOut, Notice::Opened)], "both of its ends are in the corridor");
}

#[test]
fn who_goes_straight_on_at_the_bend_has_left_until_half_an_hour_back() {
    let mut history = watched(0, [corridor(Crossing::Out, 0.0, 200)]);
    let beyond = (6_000.0, 0.0);
    history.follow(&[HOME, BEND, beyond]);
    assert_eq!(history.severity(Rule::FenceOut), Some(Severity::P3));
    history.rest(beyond, 60);
    assert_eq!(history.state_code(Rule::FenceOut), "open");
    history.follow(&[beyond, BEND, (3_000.0, 1_500.0)]);
    history.rest((3_000.0, 1_500.0), 20);
    assert_eq!(history.state_code(Rule::FenceOut), "open");
    history.rest((3_000.0, 1_500.0), 20);
    assert_eq!(told(&history), [(Rule::FenceOut, Notice::Opened), (Rule::FenceOut, Notice::Closed)]);
}

#[test]
fn a_corridor_is_entered_once_on_its_way_round_the_bend_and_not_where_only_its_box_is() {
    let entered = |spots: &[Spot]| {
        let mut history = watched(0, [corridor(Crossing::In, 600.0, 200)]);
        history.follow(spots);
        history
    };
    // Between its two legs.
    let inside_the_box = entered(&[HOME, (0.0, 1_500.0), (2_000.0, 1_500.0), (0.0, 1_500.0)]);
    assert_eq!(told(&inside_the_box), []);
    let mut history = entered(&[HOME, BEND, END, (3_000.0, 6_000.0)]);
    assert_eq!(told(&history), [(Rule::FenceIn, Notice::Opened)]);
    history.rest((3_000.0, 6_000.0), 40);
    assert_eq!(told(&history), [(Rule::FenceIn, Notice::Opened), (Rule::FenceIn, Notice::Closed)]);
}

/// 120 m outside its border: an error of 15 m leaves more than the 100 that a border allows, one of 30 does not.
#[test]
fn a_fix_beside_a_corridor_has_left_it_only_beyond_its_error() {
    for (hdop, left) in [(3.0, true), (6.0, false)] {
        let mut history = watched(0, [corridor(Crossing::Out, 0.0, 200)]);
        let beside = |north_m: f64| Report { east_m: 320.0, hdop: Some(hdop), ..Report::driving(north_m) };
        history.follow(&[HOME, (600.0, 0.0)]);
        history.trail(30 * SECOND, [900.0, 1_200.0, 1_500.0, 1_800.0].map(beside));
        assert_eq!(history.raised(Rule::FenceOut), left, "{hdop}");
    }
}

#[test]
fn drift_of_a_parked_car_at_the_edge_of_a_corridor_crosses_nothing() {
    // Its parking place is twenty metres within the border, or as many outside.
    for (crossing, east_m) in [(Crossing::Out, 180.0), (Crossing::In, 220.0)] {
        let mut history = watched(0, [corridor(crossing, 600.0, 200)]);
        history.follow(&[HOME, (0.0, east_m)]);
        history.wait(30 * SECOND);
        // Over to the first leg by the side of the road that the spot is on.
        history.follow(&[(0.0, east_m), (1_500.0, east_m)]);
        history.rest((1_500.0, east_m), 30);
        let before = told(&history);
        let scattered = (0..300_i32).map(|step| {
            let (north_m, off_m) = (step * 7919 % 101 - 50, step * 104_729 % 101 - 50);
            Report::at(1_500.0 + f64::from(north_m), east_m + f64::from(off_m))
        });
        history.trail(10 * MINUTE, scattered);
        assert_eq!(told(&history), before, "{crossing}");
        assert_eq!(before, [], "{crossing}");
    }
}
