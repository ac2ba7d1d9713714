//! Where a vehicle probably is, how often that is right, and where vehicles past due come together.

use jiff::tz::TimeZone;
use model::{Coordinates, Date, Millis, Stay, Timestamp};
use rules::{Compared, PlaceKind, Question, RuleSet, Share, Tracked, Whereabouts, mine, whereabouts};

const MINUTE: Millis = 60_000;
const DAY: Millis = 24 * 60 * MINUTE;

fn shanghai() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn place(north_m: i64) -> Coordinates {
    Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000).unwrap()
}

/// A minute of a day, in China; day 0 is Monday, 2026-09-07.
fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    Timestamp::parse("2026-09-06T16:00:00Z").unwrap().plus(day * DAY + (hour * 60 + minute) * MINUTE)
}

fn stay(north_m: i64, from: Timestamp, to: Timestamp) -> Stay {
    Stay { place: place(north_m), from, to }
}

const HOME: i64 = 0;
const WORK: i64 = 5_000;
const SPORT: i64 = 9_000;

/// Weeks at home, at work from Monday to Friday, at sport on Tuesday evenings, but for each fourth of them.
fn weeks(weeks: i64, home: i64) -> Vec<Stay> {
    let mut stays = Vec::new();
    let mut home_since = at(0, 0, 0);
    for day in 0..weeks * 7 {
        if day % 7 >= 5 {
            continue;
        }
        stays.push(stay(home, home_since, at(day, 8, 0)));
        stays.push(stay(WORK, at(day, 8, 30), at(day, 18, 0)));
        home_since = at(day, 18, 30);
        if day % 7 == 1 && day / 7 % 4 != 3 {
            stays.push(stay(SPORT, at(day, 18, 30), at(day, 21, 0)));
            home_since = at(day, 21, 30);
        }
    }
    stays
}

fn ask(stays: &[Stay], at: Timestamp, due: Option<Date>) -> Whereabouts {
    let before = due.and_then(|due| due.plus_days(1)?.start_in(&shanghai()));
    whereabouts(&Question { stays, at, zone: &shanghai(), before })
}

#[test]
fn the_most_probable_place_is_that_of_most_such_days_with_its_evidence() {
    let stays = weeks(14, HOME);
    // The fifteenth Tuesday, at seven in the evening.
    let told = ask(&stays, at(14 * 7 + 1, 19, 0), None);
    assert_eq!(told.compared, Some(Compared::SameWeekday));
    let places: Vec<_> = told.likely.iter().map(|likely| (likely.place, likely.times, likely.of)).collect();
    assert_eq!(places, [(place(SPORT), 11, 14), (place(HOME), 3, 14)]);
    assert_eq!(told.likely[0].leaves_at, at(14 * 7 + 1, 21, 0));
    let noon = ask(&stays, at(14 * 7 + 1, 12, 0), None).likely[0];
    assert_eq!((noon.place, noon.kind, noon.times), (place(WORK), PlaceKind::Work, 14));
    let night = ask(&stays, at(14 * 7 + 2, 3, 0), None).likely[0];
    assert_eq!((night.place, night.kind), (place(HOME), PlaceKind::Home));
}

#[test]
fn who_moved_three_weeks_ago_is_looked_for_at_the_new_place() {
    let mut stays = weeks(10, HOME);
    stays.extend(weeks(3, 30_000).into_iter().map(|stay| Stay {
        from: stay.from.plus(70 * DAY),
        to: stay.to.plus(70 * DAY),
        ..stay
    }));
    let night = ask(&stays, at(13 * 7 + 2, 3, 0), None);
    let told: Vec<_> = night.likely.iter().map(|likely| (likely.place, likely.times)).collect();
    assert_eq!(told, [(place(30_000), 3), (place(HOME), 10)]);
    assert!(night.likely[0].percent > 50, "{:?}", night.likely[0]);
}

#[test]
fn a_young_history_answers_by_working_days_and_a_few_days_answer_nothing() {
    let stays = weeks(2, HOME);
    let told = ask(&stays, at(14, 12, 0), None);
    assert_eq!((told.compared, told.likely[0].of), (Some(Compared::WorkingDays), 10));
    let weekend = ask(&stays, at(19, 12, 0), None);
    assert_eq!(weekend.compared, None, "there were two weekends, one of which has not ended");
    let young = ask(&stays[..4], at(3, 12, 0), None);
    assert_eq!((young.likely.len(), young.hit_rate.of), (0, 0));
}

#[test]
fn the_hit_rate_is_what_came_of_each_past_day_answered_from_those_before_it() {
    let stays = weeks(8, HOME);
    let noon = ask(&stays, at(56, 12, 0), None).hit_rate;
    // The last weekend has not ended: nothing was stored of it. Before the first eight there were too few to answer by.
    assert_eq!(noon, Share { hits: 46, of: 46 });
    let evening = ask(&stays, at(57, 19, 0), None).hit_rate;
    // On two of eight Tuesdays it was not at sport; the first that is answered has only other working days before it.
    assert_eq!(evening.of - evening.hits, 3, "{evening:?}");
}

#[test]
fn a_day_that_is_answered_is_left_out_of_its_answer() {
    // Another place each day: from itself each day would be answered right.
    let stays: Vec<Stay> = (0..20).map(|day| stay(day * 1_000, at(day, 9, 0), at(day, 17, 0))).collect();
    let rate = ask(&stays, at(20, 12, 0), None).hit_rate;
    assert_eq!((rate.hits, rate.of > 10), (0, true), "{rate:?}");
}

#[test]
fn what_followed_a_past_day_is_not_in_its_answer() {
    // Five weeks at one home, five at another: of the first nights at the new one nobody could have known.
    let mut stays = weeks(10, HOME);
    for stay in &mut stays {
        if stay.from >= at(35, 0, 0) {
            stay.place = place(30_000);
        }
    }
    let night = ask(&stays, at(70, 2, 0), None).hit_rate;
    assert!(night.of - night.hits >= 5, "{night:?}");
}

#[test]
fn days_without_any_news_are_not_compared() {
    let mut stays = weeks(10, HOME);
    stays.retain(|stay| stay.from < at(28, 0, 0) || stay.from > at(42, 0, 0));
    let told = ask(&stays, at(71, 12, 0), None);
    assert_eq!(told.likely[0].of, 8, "of ten Tuesdays two were silent");
}

#[test]
fn the_profile_is_frozen_on_the_first_day_past_due() {
    let mut stays = weeks(8, HOME);
    let moved = weeks(8, 30_000).into_iter().map(|stay| Stay {
        from: stay.from.plus(56 * DAY),
        to: stay.to.plus(56 * DAY),
        ..stay
    });
    stays.extend(moved);
    let due = Date::parse("2026-11-01");
    let told = ask(&stays, at(112, 3, 0), due);
    let home = |profile: &[rules::UsualPlace]| {
        profile.iter().find(|usual| usual.kind == PlaceKind::Home).map(|usual| usual.place)
    };
    assert_eq!((home(&told.before), home(&told.present)), (Some(place(HOME)), Some(place(30_000))));
    let present = told.present.iter().find(|usual| usual.kind == PlaceKind::Home).unwrap();
    assert_eq!(present.leaves_minute, Some(8 * 60));
    assert!(ask(&stays, at(112, 3, 0), None).before.is_empty());
}

/// One that lives far away from all others, and was at a place once while it was past due.
fn visitor(number: i64, north_m: i64, past_due: bool) -> Tracked {
    let mut stays: Vec<Stay> =
        (0..12).map(|day| stay(1_000_000 + number * 10_000, at(day, 19, 0), at(day + 1, 8, 0))).collect();
    stays.push(stay(north_m, at(20, 10, 0), at(20, 16, 0)));
    Tracked { stays, past_due_since: past_due.then(|| at(15, 0, 0)) }
}

#[test]
fn a_place_of_three_vehicles_past_due_is_a_candidate_and_one_of_two_is_none() {
    let rules = RuleSet::default();
    let fleet: Vec<Tracked> = (0..3).map(|number| visitor(number, number * 60, true)).collect();
    let found = mine(&fleet, &rules);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].vehicles, found[0].stays, found[0].radius_m), (3, 3, 100));
    assert_eq!(found[0].centre, place(60));
    assert_eq!(mine(&fleet[..2], &rules), []);
}

#[test]
fn who_is_not_past_due_makes_no_candidate_and_nobodys_home_is_one() {
    let rules = RuleSet::default();
    let paying: Vec<Tracked> = (0..3).map(|number| visitor(number, 0, number > 0)).collect();
    assert_eq!(mine(&paying, &rules), []);
    let mut visited: Vec<Tracked> = (0..3).map(|number| visitor(number, 0, true)).collect();
    let stays = (0..12).map(|day| stay(100, at(day, 19, 0), at(day + 1, 8, 0))).collect();
    visited.push(Tracked { stays, past_due_since: None });
    assert_eq!(mine(&visited, &rules), []);
}

#[test]
fn one_vehicle_that_comes_again_and_again_is_one() {
    let mut often = visitor(0, 0, true);
    often.stays.extend((21..24).map(|day| stay(50, at(day, 10, 0), at(day, 12, 0))));
    assert_eq!(mine(&[often], &RuleSet::default()), []);
}
