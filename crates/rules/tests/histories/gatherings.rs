//! Where vehicles stand together that usually do not.

use crate::history::{DAY, HOUR, START, vehicle};
use model::{About, Alert, Millis, Rule, Timestamp, VehicleId};
use rules::fleet::{Arrears, Condition, Ground, Standing, gatherings, is_forgotten, settle};
use rules::{Places, RuleSet};

/// Cars at so many metres to the north of a place, since so many hours.
pub(crate) fn gathered(cars: &[(i64, i64)], overdue: bool) -> Vec<Condition> {
    let now = Timestamp::parse(START).unwrap();
    let stands = |(number, (north_m, hours)): (usize, &(i64, i64))| Standing {
        vehicle: VehicleId::parse(&format!("B{number:05}")).unwrap(),
        place: model::Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000).unwrap(),
        since: now.plus(-hours * HOUR),
    };
    let standing = cars.iter().enumerate().map(stands).collect();
    let owes = |vehicle: VehicleId| {
        if overdue && vehicle.as_str() == "B00000" { Arrears::Stated } else { Arrears::None }
    };
    found(standing, owes, &[], now)
}

#[test]
fn what_is_usual_of_a_car_is_asked_only_near_a_debt_and_one_that_usually_stands_there_counts_for_nothing() {
    let now = Timestamp::parse(START).unwrap();
    let car = |number: i64, north_m: i64| Standing {
        vehicle: VehicleId::parse(&format!("B{number:05}")).unwrap(),
        place: model::Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000).unwrap(),
        since: now.plus(-90 * HOUR),
    };
    let far: Vec<Standing> = (10..20).map(|number| car(number, 9_000)).collect();
    let owes = |vehicle: VehicleId| {
        if vehicle.as_str() == "B00000" { Arrears::Stated } else { Arrears::None }
    };
    let (places, rule_set) = (Places::default(), RuleSet::default());
    let ground = Ground { places: &places, rule_set: &rule_set, now };
    let counted = |usual: &[&str]| {
        let asked = std::cell::RefCell::new(Vec::new());
        let is_usual = |one: &Standing| {
            asked.borrow_mut().push(one.vehicle);
            usual.contains(&one.vehicle.as_str())
        };
        let standing = [vec![car(0, 0), car(1, 50), car(2, 100)], far.clone()].concat();
        let found = gatherings(standing, is_usual, owes, [].into_iter(), &ground);
        let counts: Vec<u32> = found.iter().filter_map(count_of).collect();
        (counts, asked.into_inner().len())
    };
    assert_eq!(counted(&[]), (vec![3], 3));
    assert_eq!(counted(&["B00001"]), (vec![], 3), "one of three lives there");
    assert_eq!(counted(&["B00000"]), (vec![], 3), "and if it is the one that owes, there is no debt");
}

fn count_of(condition: &Condition) -> Option<u32> {
    match condition.finding {
        model::Finding::Gathered { count, .. } => Some(count),
        _ => None,
    }
}

/// Where cars that stand somewhere gather, by what was told before.
fn found(
    standing: Vec<Standing>,
    arrears: impl Fn(VehicleId) -> Arrears,
    told: &[&Alert],
    now: Timestamp,
) -> Vec<Condition> {
    let (places, rule_set) = (Places::default(), RuleSet::default());
    let ground = Ground { places: &places, rule_set: &rule_set, now };
    gatherings(standing, |_| false, arrears, told.iter().copied(), &ground)
}

/// Cars at so many metres to the north of a place, each since so many hours before now.
fn standing(cars: &[(i64, i64)], now: Timestamp) -> Vec<Standing> {
    let stands = |(north_m, hours): &(i64, i64)| Standing {
        vehicle: VehicleId::parse(&format!("C{north_m:05}")).unwrap(),
        place: model::Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000).unwrap(),
        since: now.plus(-hours * HOUR),
    };
    cars.iter().map(stands).collect()
}

/// The alert of three cars that stand together.
fn told_of_three() -> Alert {
    let three = gathered(&[(0, 20), (100, 15), (140, 13)], true);
    let now = Timestamp::parse(START).unwrap();
    settle(Rule::Gathering, &three, [].into_iter(), now, &RuleSet::default()).remove(0).alert
}

fn told_anew(conditions: &[Condition], told: &Alert, now: Timestamp) -> usize {
    settle(Rule::Gathering, conditions, [told].into_iter(), now, &RuleSet::default()).len()
}

#[test]
fn where_staff_gave_their_verdict_they_are_not_asked_again_for_a_week_whichever_cars_stand_there() {
    let now = Timestamp::parse(START).unwrap();
    let close = |reason| rules::close(&told_of_three(), "li", now, None, reason, None).unwrap();
    let verdict = close(model::CloseReason::FalseAlarm);
    let stated = |_| Arrears::Stated;
    // The first car has left, and another one has come since.
    for (days, expected) in [(6, 0), (8, 1)] {
        let later = now.plus(days * DAY);
        let others =
            found(standing(&[(90, 24 * days + 15), (120, 30), (180, 13)], later), stated, &[&verdict], later);
        assert_eq!(others[0].about, verdict.about, "the place keeps its name");
        assert_eq!(told_anew(&others, &verdict, later), expected, "{days} days later");
        let same = found(
            standing(&[(90, 24 * days + 15), (140, 24 * days + 13), (150, 24 * days + 12)], later),
            stated,
            &[&verdict],
            later,
        );
        assert_eq!(told_anew(&same, &verdict, later), 0, "the cars that staff have seen");
    }
}

#[test]
fn a_gathering_that_is_told_of_outlives_a_stale_book_and_none_begins_by_one() {
    let now = Timestamp::parse(START).unwrap();
    let (alert, cars) = (told_of_three(), standing(&[(0, 20), (100, 15), (140, 13)], now));
    let goes_on = found(cars.clone(), |_| Arrears::Stale, &[&alert], now);
    assert_eq!(told_anew(&goes_on, &alert, now), 0);
    assert_eq!(found(cars.clone(), |_| Arrears::Stale, &[], now), []);
    let paid = found(cars.clone(), |_| Arrears::None, &[&alert], now);
    let over = settle(Rule::Gathering, &paid, [&alert].into_iter(), now, &RuleSet::default()).remove(0).alert;
    assert_eq!(over.state.code(), "closed");
    let again = found(cars, |_| Arrears::Stated, &[&over], now.plus(DAY));
    assert_eq!(told_anew(&again, &over, now.plus(DAY)), 1, "past due again, it is told again");
}

#[test]
fn what_was_told_of_a_place_a_month_ago_is_forgotten_and_never_told_under_its_old_id() {
    let now = Timestamp::parse(START).unwrap();
    let verdict =
        rules::close(&told_of_three(), "li", now, None, model::CloseReason::FalseAlarm, None).unwrap();
    let later = now.plus(31 * DAY);
    assert!(!is_forgotten(&verdict, now.plus(30 * DAY)) && is_forgotten(&verdict, later));
    let hours = 31 * 24;
    let same = standing(&[(0, 20 + hours), (100, 15 + hours), (140, 13 + hours)], later);
    let changes = settle(
        Rule::Gathering,
        &found(same, |_| Arrears::Stated, &[&verdict], later),
        [].into_iter(),
        later,
        &RuleSet::default(),
    );
    assert_eq!(changes.len(), 1);
    assert_ne!(changes[0].alert.id, verdict.id);
}

#[test]
fn a_car_at_its_usual_place_at_a_dealers_or_long_silent_counts_in_no_gathering() {
    let mut history = crate::habits::commuted(10);
    history.stand_at(0.0, 13 * HOUR);
    let rule_set = RuleSet::default();
    let stands = |places: &Places, since_ms: Millis| {
        let ground = Ground { places, rule_set: &rule_set, now: history.now.plus(since_ms) };
        let standing = ground.standing(vehicle(), &history.state)?;
        Some([Some(&history.usual_places), None].map(|usual| ground.is_usual(&standing, usual)))
    };
    assert_eq!(stands(&Places::default(), 0), Some([true, false]));
    assert_eq!(stands(&Places::default(), 47 * HOUR).map(|_| ()), Some(()));
    assert_eq!(stands(&Places::default(), 49 * HOUR), None, "where it is by now nobody knows");
    let lot = |kind, only| {
        let area = model::place::Area::Circle { centre: crate::history::point(0.0, 0.0), radius_m: 100 };
        let id = model::PlaceId::parse("lot").unwrap();
        let place = model::Place { id, name: "lot".into(), kind, area, scope: only };
        stands(&Places::new([place]), 0).map(|[_, lot]| lot)
    };
    let everyone = || model::place::Scope::Everyone;
    assert_eq!(lot(model::PlaceKind::Dealer, everyone()), Some(true));
    assert_eq!(lot(model::PlaceKind::BlackPoint, everyone()), Some(false));
    let other = model::place::Scope::Vehicle(VehicleId::parse("B2").unwrap());
    assert_eq!(lot(model::PlaceKind::Dealer, other), Some(false));
}

#[test]
fn a_gathering_is_one_alert_on_the_place_and_keeps_its_name_while_cars_come_and_go() {
    let three = gathered(&[(0, 20), (100, 15), (140, 13)], true);
    let [condition] = three.as_slice() else { panic!("{three:?}") };
    let nudged: Vec<Standing> = standing(&[(0, 20), (100, 15), (140, 13)], Timestamp::parse(START).unwrap())
        .into_iter()
        .map(|one| {
            let place =
                model::Coordinates::from_e7(i64::from(one.place.lat_e7()) + 1, 1_140_000_001).unwrap();
            Standing { place, ..one }
        })
        .collect();
    let nudged = found(nudged, |_| Arrears::Stated, &[], Timestamp::parse(START).unwrap());
    assert_eq!(nudged[0].about, condition.about, "a centimetre is no other place");
    assert_eq!(
        condition.event_time,
        Timestamp::parse(START).unwrap().plus(-13 * HOUR),
        "the third made it one"
    );
    let now = Timestamp::parse(START).unwrap();
    let opened = settle(Rule::Gathering, &three, [].into_iter(), now, &RuleSet::default());
    let alert = &opened[0].alert;
    let later = standing(&[(50, 40), (90, 15), (160, 13), (180, 12)], now);
    let later = found(later, |_| Arrears::Stated, &[alert], now);
    assert_eq!(later.iter().map(|one| &one.about).collect::<Vec<_>>(), [&alert.about]);
    assert!(matches!(alert.about, About::Place(_)));
}
