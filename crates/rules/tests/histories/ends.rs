//! How each code of the taxonomy ends by itself, or that it never does: what leaves it as it is, and what ends it.

use crate::devices::at_dealers;
use crate::fleet::{feed, outages, told};
use crate::gatherings::gathered;
use crate::habits::{HOME, NEW_HOME, NEW_WORK, WORK};
use crate::history::{DAY, HOUR, History, MINUTE, Report};
use crate::places::{drive, region, watched};
use crate::taxonomy::fires;
use model::alert::Notice;
use model::place::Level;
use model::{AlertState, Attribute, CloseReason, Millis, Rule};
use rules::fleet::Condition;

/// How one event of a rule goes on and ends.
struct Ending {
    rule: Rule,
    /// Until it is told; none = as in the table of the taxonomy.
    begun: Option<fn() -> History>,
    /// What leaves it as it is.
    still: fn(&mut History),
    /// What ends it, right behind that.
    over: fn(&mut History),
    end: End,
}

/// What becomes of an alert whose condition is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is closed, and people are told.
    Told,
    /// It is closed in the log, which is for nobody.
    Logged,
    /// People are told that it is over, and close it with their verdict.
    Waits,
    /// Nothing that is heard says that it is over: staff end it.
    ByStaff,
}

impl Ending {
    const fn of(rule: Rule, end: End, still: fn(&mut History), over: fn(&mut History)) -> Self {
        Self { rule, begun: None, still, over, end }
    }

    const fn since(self, begun: fn() -> History) -> Self {
        Self { begun: Some(begun), ..self }
    }

    /// What is wrong with it, if anything.
    fn wrong(&self) -> Option<String> {
        let rule = self.rule;
        let mut history = self.begun.map_or_else(|| fires(rule), |begun| begun());
        if !goes_on(&history, rule) {
            return Some(format!("{rule} has not begun: {:?}", history.live(rule)));
        }
        (self.still)(&mut history);
        if !goes_on(&history, rule) {
            return Some(format!("{rule} ends too early: {:?}", history.last(rule)));
        }
        (self.over)(&mut history);
        let found = ended(&history, rule);
        (found != Some(self.end)).then(|| format!("{rule}: {found:?}, not {:?}", self.end))
    }
}

fn goes_on(history: &History, rule: Rule) -> bool {
    history.live(rule).is_some_and(|alert| alert.cleared_at.is_none())
}

fn ended(history: &History, rule: Rule) -> Option<End> {
    let alert = history.last(rule);
    let notice = history.told.iter().rfind(|(told, _)| *told == rule).map(|(_, notice)| *notice);
    match (&alert.state, alert.cleared_at, notice) {
        (AlertState::Open, None, _) => Some(End::ByStaff),
        (AlertState::Open, Some(_), Some(Notice::Cleared)) => Some(End::Waits),
        (AlertState::Closed { reason: CloseReason::ConditionOver, by: None, .. }, Some(_), notice) => {
            match notice {
                Some(Notice::Closed) => Some(End::Told),
                None => Some(End::Logged),
                Some(_) => None,
            }
        }
        _ => None,
    }
}

const fn nothing(_: &mut History) {}

fn tell(history: &mut History, attribute: Attribute) {
    history.wait(MINUTE);
    history.tell(attribute);
}

/// Reports what it did a minute before.
fn repeat(history: &mut History, report: &Report, span: Millis) {
    history.trail(MINUTE, (0..span / MINUTE).map(|_| report.clone()));
}

/// A device on the car for two days that reports one place at the speed of driving.
fn frozen() -> History {
    let mut history = History::parked(0);
    history.stand(2 * DAY, 10 * MINUTE);
    history.trail(MINUTE, (10..16).map(|speed| Report { speed_kmh: Some(2 * speed), ..Report::default() }));
    history
}

/// Receivers tell one measurement twice now and then: that is no feed that goes on.
#[test]
fn a_place_told_twice_prolongs_no_frozen_feed() {
    let mut history = frozen();
    assert!(history.live(Rule::JumpSpoof).is_some());
    for _ in 0..6 {
        let twice = Report { speed_kmh: Some(30), ..Report::at(20.0, 0.0) };
        history.trail(MINUTE, [Report::at(20.0, 0.0), twice, Report::at(5.0, 5.0)]);
        history.wait(6 * HOUR);
    }
    assert!(history.live(Rule::JumpSpoof).is_none());
}

/// A device that reports for four days without a position.
fn unfixed() -> History {
    let mut history = History::parked(0);
    history.trail(HOUR, (0..96).map(|_| Report { ignition: None, ..Report::blind() }));
    history
}

fn another_country() -> History {
    let mut history =
        watched(0, [region("CN", Level::Country, -20, 20), region("VN", Level::Country, 20, 80)]);
    drive(&mut history, 0.0, 30_000.0);
    history
}

#[rustfmt::skip]
const TABLE: &[Ending] = &[
    Ending::of(Rule::OverdueMoved, End::Told, |h| h.stand_away(14 * MINUTE), |h| h.stand_away(3 * MINUTE)),
    Ending::of(Rule::OverdueOffline, End::Told, |h| h.wait(HOUR), History::heartbeat),
    Ending::of(Rule::OfflineNoLoan, End::Logged, |h| h.wait(HOUR), History::heartbeat),
    Ending::of(Rule::PowerCut, End::Told, |h| { tell(h, Attribute::Charging(true)); h.wait(9 * MINUTE); }, |h| h.wait(MINUTE)),
    Ending::of(Rule::TamperLight, End::ByStaff, nothing, |h| h.stand(3 * DAY, HOUR)),
    Ending::of(Rule::LowVehicleBattery, End::Told, |h| tell(h, Attribute::ExternalVolts(11.8)), |h| tell(h, Attribute::ExternalVolts(11.9))),
    Ending::of(Rule::LowDeviceBattery, End::Told, |h| tell(h, Attribute::BatteryPercent(29.0)), |h| tell(h, Attribute::BatteryPercent(30.0))),
    Ending::of(Rule::JamSuspect, End::Told, |h| { h.wait(MINUTE); h.heartbeat(); }, |h| h.trail(MINUTE, (7..12).map(|step| Report::driving(300.0 * f64::from(step))))),
    // Switched off it is blind no more, and has not found itself yet.
    Ending::of(Rule::IgnitionNoGps, End::Logged, |h| repeat(h, &Report { ignition: Some(false), ..Report::blind() }, 5 * MINUTE), |h| h.stand(5 * MINUTE, MINUTE)),
    Ending::of(Rule::Abandoned, End::Told, |h| h.trail(MINUTE, [Report::at(150.0, 0.0), Report::default()]), History::drive_off),
    // Days have passed, and something is past due: a P1.
    Ending::of(Rule::PairSeparated, End::Waits, reunited, reunited),
    Ending::of(Rule::PairLiveness, End::Waits, |h| h.trail(HOUR, [Report::backup()]), |h| h.trail(HOUR, [Report::default()])),
    Ending::of(Rule::EbikeSignature, End::Told, |h| ride(h, 60), |h| ride(h, 61)),
    Ending::of(Rule::Tow, End::Told, |h| repeat(h, &Report::at(2_400.0, 0.0), 14 * MINUTE), |h| repeat(h, &Report::at(2_400.0, 0.0), 3 * MINUTE)),
    Ending::of(Rule::JumpSpoof, End::Told, |h| h.stand(23 * HOUR, 10 * MINUTE), |h| h.stand(HOUR, 10 * MINUTE)),
    Ending::of(Rule::JumpSpoof, End::Told, |h| drive_on(h, 23 * HOUR), |h| h.wait(HOUR)).since(frozen),
    Ending::of(Rule::Speed, End::Logged, |h| h.wait(9 * MINUTE), |h| h.wait(MINUTE)),
    Ending::of(Rule::DeviceMoved, End::ByStaff, nothing, |h| tell(h, Attribute::Iccid("8986A".to_owned()))),
    Ending::of(Rule::DeviceMoved, End::Told, |h| h.stand(3 * DAY, HOUR), History::drive_off).since(|| {
        let mut history = at_dealers(HOUR);
        history.stand(26 * HOUR, 30 * MINUTE);
        history
    }),
    Ending::of(Rule::WirelessMissed, End::Logged, |h| h.trail(MINUTE, [Report::default()]), |h| h.trail(MINUTE, [Report::backup()])),
    Ending::of(Rule::ClockQuality, End::Logged, |h| h.stand(23 * HOUR, 10 * MINUTE), |h| h.stand(HOUR, 10 * MINUTE)),
    Ending::of(Rule::ClockQuality, End::Logged, |h| h.trail(HOUR, [Report { ignition: None, ..Report::blind() }]), |h| h.trail(HOUR, [Report::default()])).since(unfixed),
    Ending::of(Rule::FenceIn, End::Told, |h| went_home(h, 25 * MINUTE), |h| h.stand(8 * MINUTE, MINUTE)),
    Ending::of(Rule::FenceOut, End::Told, |h| went_home(h, 25 * MINUTE), |h| h.stand(8 * MINUTE, MINUTE)),
    Ending::of(Rule::RegionCross, End::Told, |h| drive(h, 30_000.0, 21_000.0), |h| drive(h, 21_000.0, 10_000.0)),
    Ending::of(Rule::RegionCross, End::Waits, |h| drive(h, 30_000.0, 21_000.0), |h| drive(h, 21_000.0, 10_000.0)).since(another_country),
    Ending::of(Rule::BlackpointPass, End::Logged, |h| drive(h, 1_800.0, 1_500.0), |h| drive(h, 1_500.0, 3_000.0)),
    Ending::of(Rule::BlackpointStay, End::Told, |h| went_home(h, 55 * MINUTE), |h| h.stand(8 * MINUTE, MINUTE)),
    Ending::of(Rule::Impound, End::Told, |h| h.stand_away(HOUR), |h| drive(h, 1_800.0, 0.0)),
    Ending::of(Rule::PersonAndCarLost, End::Waits, |h| h.wait(HOUR), History::heartbeat),
    Ending::of(Rule::SevereBoundary, End::Told, |h| h.wait(3 * DAY), |h| h.wait(DAY)),
    Ending::of(Rule::DeviceCheckDue, End::Told, |h| h.wait(HOUR), History::heartbeat),
    Ending::of(Rule::DwellUnknown, End::Told, |h| h.stand_at(NEW_HOME, HOUR), |h| h.drive(NEW_HOME, HOME)),
    Ending::of(Rule::HabitBreak, End::Told, |h| h.drive(NEW_WORK, HOME), |h| h.stand_at(HOME, 5 * MINUTE)),
    Ending::of(Rule::HabitReplaced, End::ByStaff, |h| h.drive(NEW_WORK, HOME), |h| (0..12).for_each(|_| h.commute(HOME, WORK))),
    Ending::of(Rule::RecoveryWindow, End::Told, |h| h.stand_at(HOME, HOUR), |h| h.drive(HOME, WORK)),
];

fn went_home(history: &mut History, stands: Millis) {
    drive(history, 1_800.0, 0.0);
    history.stand(stands, MINUTE);
}

/// Other places at once, and then nothing for so long.
fn drive_on(history: &mut History, span: Millis) {
    history.drive_off();
    history.wait(span);
}

/// The hidden device is beside the wired one.
fn reunited(history: &mut History) {
    history.stand(DAY, 30 * MINUTE);
    history.report(&Report::backup());
}

/// A few minutes at a speed, there and back.
fn ride(history: &mut History, speed_kmh: u16) {
    let step_m = f64::from(speed_kmh) * 1000.0 / 60.0;
    let at = |step: i32| Report { speed_kmh: Some(speed_kmh), ..Report::driving(step_m * f64::from(step)) };
    history.trail(MINUTE, (1..=4).chain((0..4).rev()).map(at));
}

/// Of what many vehicles have in common the end is a certain fact, which closes even a P1.
fn wide() -> [(Rule, Vec<Condition>, Vec<Condition>); 3] {
    let gathered = |cars: &[(i64, i64)]| gathered(cars, true);
    let feed = |now_h| feed(0, now_h).into_iter().collect();
    [
        (Rule::Gathering, gathered(&[(0, 20), (100, 15), (140, 13)]), gathered(&[(0, 20), (100, 15)])),
        (Rule::LoanFeedStale, feed(27), feed(20)),
        (Rule::Outage, outages(15), outages(16)),
    ]
}

#[test]
fn every_code_ends_as_it_should_or_by_staff() {
    let mut wrong: Vec<String> = TABLE.iter().filter_map(Ending::wrong).collect();
    let wide = wide();
    for (rule, holding, over) in &wide {
        let notices = told(&[holding, holding, over], *rule);
        if notices != ["opened", "closed"] {
            wrong.push(format!("{rule}: {notices:?}"));
        }
    }
    let rules = TABLE.iter().map(|ending| ending.rule).chain(wide.iter().map(|(rule, _, _)| *rule));
    let known: Vec<Rule> = rules.collect();
    wrong.extend(Rule::ALL.iter().filter(|rule| !known.contains(rule)).map(|rule| format!("{rule}: no end")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}
