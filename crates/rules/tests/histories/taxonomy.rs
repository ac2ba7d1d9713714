//! Every code of the taxonomy with three histories: one that fires, one that must not, and one on either side of the line.

use crate::fleet::wide;
use crate::habits::{HOME, commuted, home_at_night, left_for, moved_home, stood_elsewhere};
use crate::history::{DAY, HOUR, History, MINUTE, Report, SECOND};
use crate::places::{black_point, circle, driven, fence, provinces, watched};
use model::loan::SmsDelivery;
use model::place::Crossing;
use model::{Alarm, Attribute, LegalBasis, Millis, PlaceKind, Rule};

/// The histories of one rule.
struct Fixtures {
    rule: Rule,
    fires: fn() -> History,
    silent: fn() -> History,
    /// On this side of the line, and beyond it.
    crossing: fn(Side) -> History,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Short,
    Beyond,
}

impl Side {
    /// A span on this side of a threshold.
    pub(crate) fn of(self, threshold: Millis) -> Millis {
        if self == Self::Short { threshold - 2 * MINUTE } else { threshold + 2 * MINUTE }
    }

    fn count(self, threshold: usize) -> usize {
        if self == Self::Short { threshold - 1 } else { threshold }
    }
}

const TABLE: &[Fixtures] = &[
    Fixtures {
        rule: Rule::OverdueMoved,
        fires: || History::moved(30),
        silent: || History::moved(0),
        crossing: |side| History::moved(if side == Side::Short { 5 } else { 6 }),
    },
    Fixtures {
        rule: Rule::OverdueOffline,
        fires: || waited(History::parked(30), 25 * HOUR),
        silent: || waited(History::parked(-30), 71 * HOUR),
        crossing: |side| waited(History::parked(30), side.of(24 * HOUR)),
    },
    Fixtures {
        rule: Rule::OfflineNoLoan,
        fires: || waited(History::parked(-30), 4 * DAY),
        silent: || waited(History::parked(30), 4 * DAY),
        crossing: |side| waited(History::parked(-30), side.of(72 * HOUR)),
    },
    Fixtures {
        rule: Rule::PowerCut,
        fires: || after(History::parked(0), Alarm::PowerCut, 6 * MINUTE),
        silent: || {
            let mut history = after(History::parked(0), Alarm::PowerCut, 4 * MINUTE);
            history.tell(Attribute::Charging(true));
            waited(history, HOUR)
        },
        crossing: |side| after(History::parked(0), Alarm::PowerCut, side.of(5 * MINUTE)),
    },
    Fixtures {
        rule: Rule::TamperLight,
        fires: || after(History::parked(0), Alarm::Light, 0),
        silent: || reported(History::parked(0), &late(Alarm::Light, 3 * DAY)),
        // Told late, and as news only within two days.
        crossing: |side| {
            let lag = if side == Side::Short { 48 * HOUR + SECOND } else { 48 * HOUR };
            reported(waited(History::parked(0), 10 * MINUTE), &late(Alarm::Removed, lag))
        },
    },
    Fixtures {
        rule: Rule::LowVehicleBattery,
        fires: || told(&Attribute::ExternalVolts(11.3), 11 * HOUR),
        silent: || {
            let mut history = told(&Attribute::ExternalVolts(11.3), 9 * HOUR);
            history.tell(Attribute::ExternalVolts(12.4));
            waited(history, 5 * HOUR)
        },
        crossing: |side| told(&Attribute::ExternalVolts(11.3), side.of(10 * HOUR)),
    },
    Fixtures {
        rule: Rule::LowDeviceBattery,
        fires: || told(&Attribute::BatteryPercent(12.0), 11 * HOUR),
        silent: || told(&Attribute::BatteryPercent(21.0), 11 * HOUR),
        crossing: |side| told(&Attribute::BatteryPercent(12.0), side.of(10 * HOUR)),
    },
    Fixtures {
        rule: Rule::JamSuspect,
        fires: || blinded(History::moved(30), 11),
        silent: || blinded(History::moved(0), 30),
        crossing: |side| blinded(History::moved(30), side.count(11)),
    },
    Fixtures {
        rule: Rule::IgnitionNoGps,
        fires: || blinded(History::parked(0), 17),
        silent: || {
            let mut history = blinded(History::parked(0), 10);
            history.stand(MINUTE, MINUTE);
            blinded(history, 10)
        },
        crossing: |side| blinded(History::parked(0), side.count(16)),
    },
    Fixtures {
        rule: Rule::Abandoned,
        fires: || stood(10, 3 * DAY + HOUR),
        silent: || stood(-30, 5 * DAY),
        crossing: |side| stood(10, side.of(3 * DAY)),
    },
    Fixtures {
        rule: Rule::PairSeparated,
        fires: || apart(5_000.0, 2),
        silent: || apart(5_000.0, 1),
        crossing: |side| apart(if side == Side::Short { 1_000.0 } else { 1_100.0 }, 2),
    },
    Fixtures {
        rule: Rule::PairLiveness,
        fires: || main_silent(30 * HOUR),
        silent: || waited(together(), 5 * DAY),
        crossing: |side| main_silent(if side == Side::Short { 23 * HOUR } else { 25 * HOUR }),
    },
    Fixtures {
        rule: Rule::EbikeSignature,
        fires: || ridden(8, 18),
        silent: || ridden(12, 45),
        crossing: |side| ridden(side.count(8), 18),
    },
    Fixtures {
        rule: Rule::Tow,
        fires: || towed(History::wired(), 8),
        // Its ignition line was never on: it is not connected.
        silent: || towed(History::parked(30), 8),
        crossing: |side| towed(History::wired(), side.count(5)),
    },
    Fixtures {
        rule: Rule::JumpSpoof,
        fires: || jumped(4),
        // Taken by train: it jumps once and stays there.
        silent: || {
            let mut history = History::parked(0);
            history.trail(MINUTE, (0..30).map(|_| Report::at(400_000.0, 0.0)));
            history
        },
        crossing: |side| jumped(side.count(3)),
    },
    Fixtures {
        rule: Rule::Speed,
        fires: || after(History::parked(0), Alarm::Overspeed, 0),
        silent: || reported(History::parked(0), &late(Alarm::Overspeed, HOUR)),
        crossing: |side| {
            let lag = if side == Side::Short { 121 * SECOND } else { 119 * SECOND };
            reported(waited(History::parked(0), 10 * MINUTE), &late(Alarm::Overspeed, lag))
        },
    },
    Fixtures {
        rule: Rule::DeviceMoved,
        fires: || carded(&["8986A", "8986B"]),
        silent: || carded(&["8986A", "8986A"]),
        crossing: |side| carded(if side == Side::Short { &["8986B"] } else { &["8986A", "8986B"] }),
    },
    Fixtures {
        rule: Rule::WirelessMissed,
        fires: || waited(together(), 2 * DAY),
        silent: || waited(together(), 30 * HOUR),
        crossing: |side| waited(together(), side.of(36 * HOUR)),
    },
    Fixtures {
        rule: Rule::ClockQuality,
        fires: || undated(5),
        silent: || undated(1),
        crossing: |side| undated(side.count(3)),
    },
    Fixtures {
        rule: Rule::FenceIn,
        fires: || driven(watched(0, [fence(Crossing::In, 1_800.0, 400)])),
        silent: || driven(watched(0, [fence(Crossing::In, 4_000.0, 400)])),
        // One fix within it, or two.
        crossing: |side| {
            let radius_m = if side == Side::Short { 200 } else { 400 };
            driven(watched(0, [fence(Crossing::In, 1_800.0, radius_m)]))
        },
    },
    Fixtures {
        rule: Rule::FenceOut,
        fires: || driven(watched(0, [fence(Crossing::Out, 0.0, 500)])),
        silent: || driven(watched(0, [fence(Crossing::Out, 0.0, 3_000)])),
        // Beyond the buffer of 100 m and an error of 15 m.
        crossing: |side| {
            let mut history = watched(0, [fence(Crossing::Out, 0.0, 500)]);
            let north_m = if side == Side::Short { 610.0 } else { 620.0 };
            history.trail(30 * SECOND, [300.0, 450.0, north_m, north_m].map(Report::driving));
            history
        },
    },
    Fixtures {
        rule: Rule::RegionCross,
        fires: || abroad(1, 30),
        silent: || abroad(0, 30),
        crossing: |side| abroad(1, if side == Side::Short { 24 } else { 26 }),
    },
    Fixtures {
        rule: Rule::BlackpointPass,
        fires: || driven(watched(0, [black_point(1_500.0, 400)])),
        silent: || driven(watched(0, [black_point(4_000.0, 400)])),
        crossing: |side| {
            driven(watched(0, [black_point(1_500.0, if side == Side::Short { 200 } else { 400 })]))
        },
    },
    Fixtures {
        rule: Rule::BlackpointStay,
        fires: || stopped_over([black_point(1_800.0, 200)], 45 * MINUTE),
        // It stands beside it.
        silent: || stopped_over([black_point(2_100.0, 200)], 12 * HOUR),
        crossing: |side| stopped_over([black_point(1_800.0, 200)], side.of(30 * MINUTE)),
    },
    Fixtures {
        rule: Rule::Impound,
        fires: || stopped_over([circle("lot", PlaceKind::TowLot, 1_800.0, 200)], 3 * HOUR),
        silent: || stopped_over([circle("lot", PlaceKind::Dealer, 1_800.0, 200)], 3 * HOUR),
        crossing: |side| stopped_over([circle("lot", PlaceKind::TowLot, 1_800.0, 200)], side.of(2 * HOUR)),
    },
    Fixtures {
        rule: Rule::PersonAndCarLost,
        fires: || waited(unreached(10), 3 * HOUR),
        silent: || {
            let mut history = unreached(10);
            history.dealings.reached_at = Some(history.now);
            waited(history, 3 * HOUR)
        },
        // Two hours beyond the minute in which it usually reports.
        crossing: |side| waited(unreached(10), side.of(2 * HOUR + MINUTE)),
    },
    Fixtures {
        rule: Rule::SevereBoundary,
        fires: || History::parked(57),
        // First known when it is severe already.
        silent: || History::parked(61),
        crossing: |side| History::parked(if side == Side::Short { 54 } else { 55 }),
    },
    Fixtures {
        rule: Rule::DeviceCheckDue,
        fires: || waited(History::parked(-3), 25 * HOUR),
        silent: || waited(History::parked(-30), 4 * DAY),
        crossing: |side| waited(History::parked(-3), side.of(24 * HOUR)),
    },
    Fixtures {
        rule: Rule::DwellUnknown,
        fires: || stood_elsewhere(10, Side::Beyond),
        // Three days at home are no news.
        silent: || {
            let mut history = commuted(15);
            history.set_dpd(10);
            history.stand_at(HOME, 3 * DAY);
            history
        },
        crossing: |side| stood_elsewhere(10, side),
    },
    Fixtures {
        rule: Rule::HabitBreak,
        fires: || left_for(6 * DAY),
        silent: || commuted(25),
        crossing: |side| left_for(side.of(5 * DAY)),
    },
    Fixtures {
        rule: Rule::HabitReplaced,
        fires: || moved_home(26, 12),
        silent: || moved_home(26, 3),
        // On the eighth morning less than two of ten days are of before.
        crossing: |side| moved_home(26, side.count(8)),
    },
    Fixtures {
        rule: Rule::RecoveryWindow,
        fires: || home_at_night(61, Some(LegalBasis::CourtDocument)),
        silent: || home_at_night(90, None),
        crossing: |side| {
            let dpd = if side == Side::Short { 60 } else { 61 };
            home_at_night(dpd, Some(LegalBasis::VoluntarySurrender))
        },
    },
];

/// The history of a rule that fires.
pub(crate) fn fires(rule: Rule) -> History {
    (TABLE.iter().find(|row| row.rule == rule).unwrap().fires)()
}

#[test]
fn every_code_fires_stays_silent_and_has_its_line() {
    let mut printed = vec![format!("{:<20}{:<7}{:<8}{}", "rule", "fires", "silent", "crossing")];
    let mut wrong = Vec::new();
    for rule in Rule::ALL.iter().copied() {
        let Some((fires, silent, crossing)) = tried(rule).or_else(|| wide(rule)) else {
            wrong.push(format!("{rule}: no fixtures"));
            continue;
        };
        let crossing = crossing == [false, true];
        let mark = |holds: bool| if holds { "yes" } else { "NO" };
        printed.push(format!("{rule:<20}{:<7}{:<8}{}", mark(fires), mark(silent), mark(crossing)));
        if !(fires && silent && crossing) {
            wrong.push(printed.last().unwrap().clone());
        }
    }
    let table = printed.join("\n");
    assert!(wrong.is_empty(), "{wrong:#?}\n{table}");
    eprintln!("{table}");
}

/// Whether it fires, is silent, and what it does on either side of the line.
fn tried(rule: Rule) -> Option<(bool, bool, [bool; 2])> {
    let Fixtures { fires, silent, crossing, .. } = TABLE.iter().find(|row| row.rule == rule)?;
    let sides = [Side::Short, Side::Beyond].map(|side| crossing(side).raised(rule));
    Some((fires().raised(rule), !silent().raised(rule), sides))
}

/// Parked, and the last SMS to the borrower did not arrive.
pub(crate) fn unreached(dpd: i32) -> History {
    let mut history = History::parked(dpd);
    history.dealings.sms = Some(SmsDelivery { at: history.now, delivered: false });
    history.judge();
    history
}

fn waited(mut history: History, span: Millis) -> History {
    history.wait(span);
    history
}

fn reported(mut history: History, report: &Report) -> History {
    history.wait(MINUTE);
    history.report(report);
    history
}

fn late(alarm: Alarm, lag_ms: Millis) -> Report {
    Report { lag_ms, ..Report::alarming(alarm) }
}

/// One alarm, then reports without it.
fn after(history: History, alarm: Alarm, span: Millis) -> History {
    let mut history = reported(history, &Report::alarming(alarm));
    history.stand(span / MINUTE * MINUTE, MINUTE);
    history
}

/// A heartbeat that says so each half hour, in between reports.
fn told(attribute: &Attribute, span: Millis) -> History {
    let mut history = History::parked(0);
    history.tell(attribute.clone());
    let until = history.now.plus(span);
    while history.now < until {
        history.wait((30 * MINUTE).min(until.since(history.now)));
        history.tell(attribute.clone());
    }
    history
}

/// Reports without a position, one a minute.
fn blinded(mut history: History, reports: usize) -> History {
    history.trail(MINUTE, (0..reports).map(|_| Report::blind()));
    history
}

/// Since it was parked so long ago, reporting.
fn stood(dpd: i32, span: Millis) -> History {
    let mut history = History::parked(dpd);
    let until = history.state.parked_since().unwrap().plus(span);
    while history.now < until {
        history.wait((10 * MINUTE).min(until.since(history.now)));
        history.report(&Report::default());
    }
    history
}

/// A wired device, and a hidden one that has reported daily beside it.
pub(crate) fn together() -> History {
    let mut history = History::overdue(0);
    for _ in 0..5 {
        history.stand(DAY, 30 * MINUTE);
        history.report(&Report::backup());
    }
    history
}

/// The hidden device's next reports come from so far away.
fn apart(north_m: f64, reports: usize) -> History {
    let mut history = together();
    for _ in 0..reports {
        history.stand(DAY, 30 * MINUTE);
        history.report(&Report { north_m, ..Report::backup() });
    }
    history
}

/// The hidden device goes on, every six hours.
fn main_silent(span: Millis) -> History {
    let mut history = History::overdue(0);
    for _ in 0..8 {
        history.stand(6 * HOUR, 30 * MINUTE);
        history.report(&Report::backup());
    }
    for _ in 0..span / HOUR {
        history.wait(HOUR);
        if history.now.ms() % (6 * HOUR) < HOUR {
            history.report(&Report::backup());
        }
    }
    history
}

/// A ride of half an hour on each of so many days.
fn ridden(days: usize, speed_kmh: u16) -> History {
    let mut history = History::overdue(0);
    history.stand(HOUR, 10 * MINUTE);
    let step_m = f64::from(speed_kmh) * 1000.0 / 60.0;
    let ride = |step: i32| Report { speed_kmh: Some(speed_kmh), ..Report::driving(step_m * f64::from(step)) };
    for _ in 0..days {
        history.trail(MINUTE, (1..=15).chain((0..15).rev()).map(ride));
        history.stand(DAY - 30 * MINUTE, 30 * MINUTE);
    }
    history
}

fn towed(mut history: History, reports: usize) -> History {
    history
        .trail(30 * SECOND, (1..=10).take(reports).map(|step: i32| Report::towed(300.0 * f64::from(step))));
    history
}

/// So many fixes far away, each elsewhere, with the true place between them.
fn jumped(times: usize) -> History {
    let mut history = History::parked(0);
    for time in (1..10).take(times) {
        history.trail(MINUTE, [Report::at(100_000.0 * f64::from(time), 0.0), Report::default()]);
    }
    history
}

fn carded(cards: &[&str]) -> History {
    let mut history = History::parked(0);
    for card in cards {
        history.wait(MINUTE);
        history.tell(Attribute::Iccid((*card).to_owned()));
    }
    history
}

fn undated(reports: usize) -> History {
    let mut history = History::parked(0);
    history.trail(MINUTE, (0..reports).map(|_| Report { dated: false, ..Report::default() }));
    history
}

/// Drives to where places are watched, and stands there.
fn stopped_over(places: impl IntoIterator<Item = model::Place>, span: Millis) -> History {
    let mut history = driven(watched(0, places));
    history.stand_away(span);
    history
}

/// So many kilometres north; the next province begins after twenty.
fn abroad(dpd: i32, north_km: u32) -> History {
    let mut history = watched(dpd, provinces());
    history.trail(30 * SECOND, (1..=north_km).map(|km| Report::driving(1_000.0 * f64::from(km))));
    history
}

/// Why there is no alert is asked of any rule.
#[test]
fn each_rule_gives_other_figures_where_it_fires_than_of_a_car_that_stands() {
    let figures = |history: History, rule: Rule| {
        let examined = history.examine().into_iter().find(|examined| examined.rule == rule);
        examined.map(|examined| examined.figures)
    };
    for Fixtures { rule, fires, .. } in TABLE {
        let (stands, fires) = (figures(History::parked(0), *rule), figures(fires(), *rule));
        assert_ne!(stands, fires, "{rule}");
        assert!(stands.is_some_and(|figures| !figures.is_empty()), "{rule}");
    }
}
