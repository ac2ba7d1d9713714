//! A vehicle with a loan, told what happens; keeps the alerts as the watch would.

use model::alert::Notice;
use model::input::Role;
use model::loan::Dealings;
use model::unit::Speed;
use model::{
    Alarm, Alarms, Alert, AlertState, Attribute, Attributes, ContractId, Coordinates, Date, DeviceTime, Fix,
    LegalBasis, LenderId, Loan, Measured, Millis, Position, Rule, Seq, Severity, Stay, TerminalId, Timestamp,
    VehicleId, ZoneOffset, ZoneSource,
};
use rules::{
    Delinquency, Earshots, Examined, Facts, FrozenProfile, Interruptions, Judgement, KnownProfiles,
    LoanFacts, Observation, Outages, Places, ProfileTurn, RuleSet, Surroundings, Timeliness, UsualPlaces,
    VehicleState, examine, judge, observe,
};

pub(crate) const SECOND: Millis = 1000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;

/// 09:00 in Shanghai.
pub(crate) const START: &str = "2026-11-20T01:00:00Z";

#[derive(Clone)]
pub(crate) struct History {
    pub(crate) state: VehicleState,
    pub(crate) usual_places: UsualPlaces,
    /// From before the arrears.
    pub(crate) frozen: Option<FrozenProfile>,
    pub(crate) now: Timestamp,
    pub(crate) coverage_ms: Millis,
    pub(crate) run_coverage_ms: Millis,
    pub(crate) loan: Option<Loan>,
    /// `None`: a new book comes in all the time.
    pub(crate) book_as_of: Option<Timestamp>,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) in_book: bool,
    pub(crate) dealings: Dealings,
    pub(crate) recovery_basis: Option<LegalBasis>,
    pub(crate) rule_set: RuleSet,
    pub(crate) interruptions: Interruptions,
    pub(crate) outages: Outages,
    pub(crate) earshots: Earshots,
    pub(crate) places: Places,
    /// As the watch hands them over: live ones, and the last ended one of each rule.
    pub(crate) alerts: Vec<Alert>,
    /// Those that have ended.
    pub(crate) stays: Vec<Stay>,
    /// Everything that people were told; that nobody has acknowledged it is apart.
    pub(crate) told: Vec<(Rule, Notice)>,
    /// What they were told once more, and when.
    pub(crate) told_again: Vec<(Rule, Timestamp)>,
    /// Every change, told or not.
    pub(crate) changes: Vec<Alert>,
    pub(crate) wake_at: Option<Timestamp>,
    /// Since when the terminals have been on the vehicle.
    pub(crate) bound_at: Timestamp,
    seq: i64,
}

/// A report to be made; the fields that most tests leave alone have their usual values.
#[derive(Clone)]
pub(crate) struct Report {
    pub(crate) terminal: &'static str,
    pub(crate) role: Role,
    pub(crate) north_m: f64,
    pub(crate) east_m: f64,
    pub(crate) speed_kmh: Option<u16>,
    pub(crate) ignition: Option<bool>,
    pub(crate) satellites: Option<u8>,
    pub(crate) hdop: Option<f32>,
    pub(crate) odometer_km: Option<f64>,
    pub(crate) lag_ms: Millis,
    pub(crate) buffered: bool,
    pub(crate) alarms: Alarms,
    pub(crate) dated: bool,
    pub(crate) fixed: bool,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            terminal: "868120240000015",
            role: Role::Main,
            north_m: 0.0,
            east_m: 0.0,
            speed_kmh: Some(0),
            ignition: Some(false),
            satellites: Some(9),
            hdop: None,
            odometer_km: None,
            lag_ms: SECOND,
            buffered: false,
            alarms: Alarms::NONE,
            dated: true,
            fixed: true,
        }
    }
}

impl Report {
    pub(crate) fn at(north_m: f64, east_m: f64) -> Self {
        Self { north_m, east_m, ..Self::default() }
    }

    /// A bare fix: no speed, no ignition line.
    pub(crate) fn bare(north_m: f64) -> Self {
        Self { north_m, speed_kmh: None, ignition: None, ..Self::default() }
    }

    pub(crate) fn driving(north_m: f64) -> Self {
        Self { north_m, speed_kmh: Some(36), ignition: Some(true), ..Self::default() }
    }

    pub(crate) fn backup() -> Self {
        Self {
            terminal: "13912345678",
            role: Role::Backup,
            ignition: None,
            speed_kmh: None,
            ..Self::default()
        }
    }

    /// With the ignition on, and no satellites.
    pub(crate) fn blind() -> Self {
        Self { fixed: false, ignition: Some(true), speed_kmh: None, ..Self::default() }
    }

    /// Moving, with the ignition off.
    pub(crate) fn towed(north_m: f64) -> Self {
        Self { north_m, speed_kmh: Some(36), ignition: Some(false), ..Self::default() }
    }

    pub(crate) fn alarming(alarm: Alarm) -> Self {
        Self { alarms: Alarms::NONE.with(alarm), ..Self::default() }
    }

    pub(crate) fn position(&self, received_at: Timestamp) -> Position {
        let place = point(self.north_m, self.east_m);
        let wall = received_at.plus(-self.lag_ms);
        let clock = DeviceTime::Clock { wall, offset: ZoneOffset::UTC, source: ZoneSource::Protocol };
        Position {
            time: if self.dated { clock } else { DeviceTime::Unusable },
            fix: if self.fixed { Fix::Gnss(place) } else { Fix::None },
            speed: self.speed_kmh.map(Speed::from_kmh),
            course: None,
            altitude: None,
            satellites: self.satellites,
            buffered: self.buffered,
            alarms: self.alarms,
            attributes: Attributes(
                (self.ignition.map(Attribute::Ignition).into_iter())
                    .chain(self.hdop.map(Attribute::Hdop))
                    .chain(self.odometer_km.map(Attribute::OdometerKm))
                    .collect(),
            ),
            measured: Measured { version: 1, hash: 0 },
        }
    }
}

impl History {
    /// A vehicle whose loan is so many days past due on a working server; nothing was heard of it yet.
    pub(crate) fn overdue(dpd: i32) -> Self {
        let now = Timestamp::parse(START).unwrap();
        Self {
            state: VehicleState::default(),
            usual_places: UsualPlaces::default(),
            frozen: None,
            now,
            coverage_ms: 30 * DAY,
            run_coverage_ms: 30 * DAY,
            loan: Some(loan(dpd)),
            book_as_of: None,
            paid_at: None,
            in_book: true,
            dealings: Dealings::default(),
            recovery_basis: None,
            rule_set: RuleSet::default(),
            interruptions: Interruptions::default(),
            outages: Outages::default(),
            earshots: Earshots::default(),
            places: Places::default(),
            alerts: Vec::new(),
            stays: Vec::new(),
            told: Vec::new(),
            told_again: Vec::new(),
            changes: Vec::new(),
            wake_at: None,
            bound_at: now.plus(-100 * DAY),
            seq: 0,
        }
    }

    /// The same, and the vehicle has stood at its place for two hours, reporting each minute.
    pub(crate) fn parked(dpd: i32) -> Self {
        let mut history = Self::overdue(dpd);
        history.stand(2 * HOUR, MINUTE);
        history
    }

    /// The same, and it has just driven off.
    pub(crate) fn moved(dpd: i32) -> Self {
        let mut history = Self::parked(dpd);
        history.drive_off();
        history
    }

    /// Parked and current, with an ignition line that has been seen on.
    pub(crate) fn wired() -> Self {
        let mut history = Self::overdue(0);
        history.report(&Report { ignition: Some(true), ..Report::default() });
        history.stand(2 * HOUR, MINUTE);
        history
    }

    pub(crate) fn loan(&mut self) -> &mut Loan {
        self.loan.as_mut().unwrap()
    }

    /// Days past due from now on are so many.
    pub(crate) fn set_dpd(&mut self, dpd: i32) {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let due = self.now.date_in(&zone).unwrap().plus_days(-dpd);
        self.loan().oldest_unpaid_due = due;
    }

    /// Stands at home, reporting.
    pub(crate) fn stand(&mut self, span: Millis, every: Millis) {
        for _ in 0..span / every {
            self.wait(every);
            self.report(&Report::default());
        }
    }

    /// Drives north, a fix each 30 s.
    pub(crate) fn drive_off(&mut self) {
        for step in 1..=6_u32 {
            self.wait(30 * SECOND);
            self.report(&Report::driving(300.0 * f64::from(step)));
        }
    }

    /// Stands where the drive ended, reporting each minute.
    pub(crate) fn stand_away(&mut self, span: Millis) {
        for _ in 0..span / MINUTE {
            self.wait(MINUTE);
            self.report(&Report::at(1800.0, 0.0));
        }
    }

    /// Reports every so often, at each of these distances in turn.
    pub(crate) fn trail(&mut self, every: Millis, reports: impl IntoIterator<Item = Report>) {
        for report in reports {
            self.wait(every);
            self.report(&report);
        }
    }

    pub(crate) fn report(&mut self, report: &Report) -> Timeliness {
        self.seq += 1;
        let position = report.position(self.now);
        let observation = Observation::Report {
            seq: Seq(self.seq),
            terminal: TerminalId::parse(report.terminal).unwrap(),
            role: report.role,
            bound_at: Some(self.bound_at),
            received_at: self.now,
            position: &position,
        };
        let around = Surroundings { places: &self.places, vehicle: Some(vehicle()) };
        let observed = observe(&mut self.state, &observation, self.coverage_ms, &around);
        if let Some(stay) = &observed.stay {
            self.turn_profile();
            self.usual_places.on_stay(stay);
        }
        self.stays.extend(observed.stay);
        self.judge();
        observed.timeliness
    }

    /// What a heartbeat of the main device says.
    pub(crate) fn tell(&mut self, attribute: Attribute) {
        let terminal = TerminalId::parse(Report::default().terminal).unwrap();
        let attributes = Attributes(vec![attribute]);
        let told = Observation::Told { terminal, at: self.now, attributes: &attributes };
        let around = Surroundings { places: &self.places, vehicle: Some(vehicle()) };
        observe(&mut self.state, &told, self.coverage_ms, &around);
        self.judge();
    }

    /// Whether the rule raised anything, told or not.
    pub(crate) fn raised(&self, rule: Rule) -> bool {
        self.changes.iter().any(|alert| alert.rule == rule)
    }

    pub(crate) fn heartbeat(&mut self) {
        let terminal = TerminalId::parse(Report::default().terminal).unwrap();
        let around = Surroundings { places: &self.places, vehicle: Some(vehicle()) };
        let heard = Observation::Heard { terminal, at: self.now };
        observe(&mut self.state, &heard, self.coverage_ms, &around);
        self.judge();
    }

    /// Time passes while the server listens; it looks again when it said it would.
    pub(crate) fn wait(&mut self, span: Millis) {
        let until = self.now.plus(span);
        while let Some(wake_at) = self.wake_at.filter(|wake_at| *wake_at <= until) {
            assert!(wake_at > self.now, "a wake in the past");
            self.listen_until(wake_at);
            self.judge();
        }
        self.listen_until(until);
    }

    /// Time passes while the server is down; then it starts again.
    pub(crate) fn down(&mut self, span: Millis) {
        self.now = self.now.plus(span);
        self.run_coverage_ms = 0;
        self.interruptions.resume(self.coverage_ms);
        self.judge();
    }

    fn listen_until(&mut self, until: Timestamp) {
        let span = until.since(self.now);
        self.coverage_ms += span;
        self.run_coverage_ms += span;
        self.now = until;
    }

    /// Judges as the watch would, and asserts that judging again changes nothing.
    pub(crate) fn judge(&mut self) {
        self.turn_profile();
        let judgement = self.judgement();
        self.wake_at = judgement.wake_at;
        for change in judgement.changed {
            match change.notice {
                Some(Notice::Unacknowledged) => self.told_again.push((change.alert.rule, self.now)),
                notice => self.told.extend(notice.map(|notice| (change.alert.rule, notice))),
            }
            self.changes.push(change.alert.clone());
            self.keep(change.alert);
        }
        assert_eq!(self.judgement().changed, [], "judging twice changed something");
    }

    /// Freezes the profile with the arrears, as the watch does.
    fn turn_profile(&mut self) {
        let in_arrears = self.loan.as_ref().is_some_and(|loan| loan.is_in_arrears(self.now));
        let arrears = if in_arrears { Delinquency::Open } else { Delinquency::Cured };
        let places = || self.usual_places.clone();
        match FrozenProfile::turn(|| self.frozen.is_some(), arrears, self.now, places) {
            Some(ProfileTurn::Freeze(profile)) => self.frozen = Some(profile),
            Some(ProfileTurn::Thaw) => self.frozen = None,
            None => {}
        }
    }

    fn judgement(&self) -> Judgement {
        self.looked_at(judge)
    }

    /// Why each rule raises an alert now, or does not.
    pub(crate) fn examine(&self) -> Vec<Examined> {
        self.looked_at(examine)
    }

    pub(crate) fn looked_at<R>(&self, look: impl FnOnce(&VehicleState, &Facts<'_>) -> R) -> R {
        let loan = self.loan.as_ref().map(|loan| LoanFacts {
            loan,
            book_as_of: self.book_as_of.unwrap_or(self.now),
            paid_at: self.paid_at,
            in_book: self.in_book,
            dealings: &self.dealings,
            recovery_basis: self.recovery_basis,
        });
        look(
            &self.state,
            &Facts {
                vehicle: vehicle(),
                now: self.now,
                coverage_ms: self.coverage_ms,
                run_coverage_ms: self.run_coverage_ms,
                interruptions: &self.interruptions,
                outages: &self.outages,
                earshots: &self.earshots,
                loan,
                rule_set: &self.rule_set,
                places: &self.places,
                profiles: &KnownProfiles {
                    usual_places: Some(&self.usual_places),
                    frozen: self.frozen.as_ref(),
                },
                alerts: &self.alerts,
            },
        )
    }

    fn keep(&mut self, alert: Alert) {
        let known = self.alerts.iter().find(|known| known.id == alert.id);
        assert_eq!(alert.version, known.map_or(1, |known| known.version + 1), "versions count by one");
        let replaced = |known: &Alert| {
            known.id == alert.id
                || (known.rule == alert.rule && !known.state.is_live() && !alert.state.is_live())
        };
        self.alerts.retain(|known| !replaced(known));
        self.alerts.push(alert);
    }

    pub(crate) fn live(&self, rule: Rule) -> Option<&Alert> {
        let mut live = self.alerts.iter().filter(|alert| alert.rule == rule && alert.state.is_live());
        let first = live.next();
        assert!(live.next().is_none(), "two live alerts of one rule");
        first
    }

    pub(crate) fn last(&self, rule: Rule) -> &Alert {
        self.changes.iter().rev().find(|alert| alert.rule == rule).unwrap()
    }

    pub(crate) fn severity(&self, rule: Rule) -> Option<Severity> {
        self.live(rule).map(|alert| alert.severity)
    }

    pub(crate) fn state_code(&self, rule: Rule) -> &'static str {
        self.last(rule).state.code()
    }

    pub(crate) fn set_live_state(&mut self, state: AlertState) {
        let alert = self.alerts.iter_mut().find(|alert| alert.state.is_live()).unwrap();
        alert.state = state;
        alert.version += 1;
    }

    /// Puts what staff have made of the live alert in its place.
    pub(crate) fn set_live(&mut self, changed: Alert) {
        let alert = self.alerts.iter_mut().find(|alert| alert.id == changed.id).unwrap();
        *alert = changed;
    }
}

/// So many metres north and east of home.
pub(crate) fn point(north_m: f64, east_m: f64) -> Coordinates {
    let lon = 114.0 + east_m / (METRES_PER_DEGREE * 22.5_f64.to_radians().cos());
    Coordinates::from_degrees(22.5 + north_m / METRES_PER_DEGREE, lon).unwrap()
}

pub(crate) fn vehicle() -> VehicleId {
    VehicleId::parse("粤B12345").unwrap()
}

pub(crate) fn loan(dpd: i32) -> Loan {
    let as_of = Timestamp::parse("2026-11-19T20:00:00Z").unwrap();
    Loan {
        oldest_unpaid_due: Date::parse("2026-11-20").unwrap().plus_days(-dpd),
        amount_overdue: 250_000,
        principal_outstanding: 8_000_000,
        ..Loan::bare(ContractId("C1".into()), LenderId("main".into()), vehicle(), as_of)
    }
}

/// One degree of a great circle on the mean sphere.
const METRES_PER_DEGREE: f64 = 111_195.08;
