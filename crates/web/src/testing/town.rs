//! A small town for tests: three vehicles of two lenders, a terminal that drives, parks and says things twice, and a stranger.
//!
//! Shape: [`Town::build`] tells an [`Office`] an hour of it; what stands where is in its constants. Times end at the office's clock.

use crate::testing::{NOW, Office};
use journal::Item;
use model::input::{Action, Binding, BookActivation, Human, Reception, Role};
use model::unit::Speed;
use model::{
    Alarms, Attribute, Attributes, ContractId, Coordinates, Course, Date, DeviceTime, Event, Fix, Input,
    InputId, LenderId, Loan, Measured, Millis, Position, ProtocolName, Seq, SessionId, TerminalId, Timestamp,
    VehicleId, ZoneOffset, ZoneSource,
};

/// The one that drives, for lender `main`, 20 days past due.
pub(crate) const DRIVES: &str = "粤B10001";
/// One for lender `north`.
pub(crate) const NORTHERN: &str = "粤B10002";
/// One whose loan is settled.
pub(crate) const SETTLED: &str = "粤B10003";
/// On [`DRIVES`].
pub(crate) const TERMINAL: &str = "123456789012345";
/// Nobody's.
pub(crate) const STRANGER: &str = "868120240009999";
/// Login of the terminal, as it was on the wire.
pub(crate) const LOGIN: &str = "78780d01012345678901234500018cdd0d0a";
/// A report of the second at which the town was built, as it was on the wire [gt06 SPEC.md §4.3].
pub(crate) const REPORT: &str =
    "787822221a0b120c0629c9026b2a2c0c3cb19c24151301cc0028660eee0c010000000a4e3a0d0a";
/// The next one, cut off behind its latitude.
pub(crate) const CUT_SHORT: &str = "78780f121a0b120c0629c9026b2a000b6e410d0a";
pub(crate) const SECOND_MS: Millis = 1_000;
const MINUTE_MS: Millis = 60 * SECOND_MS;
const HOUR_MS: Millis = 60 * MINUTE_MS;

/// What is told, one after the other.
pub(crate) struct Town<'a> {
    office: &'a Office,
    frames: u32,
    inputs: u32,
}

impl<'a> Town<'a> {
    /// Loans, bindings, ten minutes of driving that ended 50 minutes ago, then parking; a late, a repeated and a placeless report; a
    /// stranger in quarantine.
    pub(crate) async fn build(office: &'a Office) -> Self {
        let mut town = Self { office, frames: 0, inputs: 0 };
        town.say(Input::RunStart { build: "town".into(), rules_version: rules::RULES_VERSION }).await;
        town.book("main", vec![loan("C1", "main", DRIVES, Some(20)), settled("C3", "main", SETTLED)]).await;
        town.book("north", vec![loan("C2", "north", NORTHERN, None)]).await;
        town.bind(TERMINAL, DRIVES).await;
        town.heard_raw(TERMINAL, vec![login()], Some(LOGIN)).await;
        for step in 0..60 {
            town.tick().await;
            let north_m = i64::from(step) * 150;
            town.heard(TERMINAL, vec![report(town.now(), north_m, 54)]).await;
            town.office.clock_moves(10 * SECOND_MS);
        }
        for _ in 0..50 {
            town.tick().await;
            town.heard(TERMINAL, vec![report(town.now(), 8_850, 0)]).await;
            town.office.clock_moves(MINUTE_MS);
        }
        // Kept back for half an hour while parked, said twice, without a place.
        let kept = report(town.now().plus(-HOUR_MS / 2 - 30 * SECOND_MS), 8_850, 0);
        town.heard(TERMINAL, vec![kept.clone()]).await;
        town.heard(TERMINAL, vec![kept]).await;
        let unplaced = Position { fix: Fix::None, speed: None, course: None, ..plain(town.now(), 0, 0) };
        town.heard(TERMINAL, vec![Event::Position(Box::new(unplaced))]).await;
        // A day ahead of us: not believed.
        let ahead = plain(town.now().plus(24 * HOUR_MS), 8_850, 0);
        town.heard(TERMINAL, vec![Event::Position(Box::new(ahead))]).await;
        town.heard(STRANGER, vec![report(town.now(), 400, 0)]).await;
        town.office.clock_moves(SECOND_MS);
        town.tick().await;
        town.office.settle().await;
        town
    }

    /// The same town, later on. Its frames and wishes are numbered on from where no others are.
    pub(crate) fn goes_on(office: &'a Office) -> Self {
        let number = u32::try_from(office.now().since(NOW) / SECOND_MS).unwrap() + 100_000;
        Self { office, frames: number, inputs: number }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.office.now()
    }

    pub(crate) async fn say(&self, input: Input) -> Seq {
        self.office.desk.health.journal.append(vec![Item::from(input)]).await.unwrap()
    }

    pub(crate) async fn wants(&mut self, action: Action) {
        self.inputs += 1;
        let id = InputId(format!("town-{}", self.inputs));
        self.say(Input::Human(Box::new(Human { id, actor: "town".into(), action }))).await;
    }

    pub(crate) async fn tick(&self) {
        self.say(Input::Tick { listening: true }).await;
    }

    pub(crate) async fn bind(&mut self, on: &str, which: &str) {
        self.bind_all(&[(on.to_owned(), which.to_owned())]).await;
    }

    /// Terminals on vehicles, for a month already.
    pub(crate) async fn bind_all(&mut self, named: &[(String, String)]) {
        let from = NOW.plus(-30 * 24 * HOUR_MS);
        let binding = |(on, which): &(String, String)| Binding {
            terminal: terminal(on),
            vehicle: vehicle(which),
            role: Role::Main,
            from,
            to: None,
        };
        self.wants(Action::Bind { bindings: named.iter().map(binding).collect() }).await;
    }

    pub(crate) async fn heard(&mut self, from: &str, events: Vec<Event>) -> Seq {
        self.heard_raw(from, events, None).await
    }

    pub(crate) async fn heard_raw(&mut self, from: &str, events: Vec<Event>, hex: Option<&str>) -> Seq {
        let frame = hex.map(|hex| hex::decode(hex).unwrap().into());
        let item = Item { frame, ..Item::from(Input::Reception(Box::new(self.reception(from, events)))) };
        self.office.desk.health.journal.append(vec![item]).await.unwrap()
    }

    /// A frame that says what its bytes say, as a server reads them.
    pub(crate) async fn heard_frame(&mut self, from: &str, hex: &str) -> Seq {
        let bytes = hex::decode(hex).unwrap();
        let read = wire::decode(protocols::ALL, &bytes, None);
        let (reaction, problem) =
            (read.reaction.unwrap(), read.problem.map(|problem| problem.code().to_owned()));
        let (number, serial) = (reaction.number, reaction.serial);
        let reception = Reception { number, serial, problem, ..self.reception(from, reaction.events) };
        let item = Item { frame: Some(bytes.into()), ..Item::from(Input::Reception(Box::new(reception))) };
        self.office.desk.health.journal.append(vec![item]).await.unwrap()
    }

    /// What many say at one moment, in one commit.
    pub(crate) async fn all_heard(&mut self, said: Vec<(&str, Event)>) -> Seq {
        let item = |(from, event)| Item::from(Input::Reception(Box::new(self.reception(from, vec![event]))));
        let items = said.into_iter().map(item).collect();
        self.office.desk.health.journal.append(items).await.unwrap()
    }

    fn reception(&mut self, from: &str, events: Vec<Event>) -> Reception {
        self.frames += 1;
        let is_login = matches!(events.first(), Some(Event::Login { .. }));
        let reception = Reception {
            session: SessionId { run: Seq(1), connection: 1 },
            frame_no: self.frames,
            terminal: terminal(from),
            protocol: ProtocolName::parse("gt06").unwrap(),
            number: if is_login { 0x01 } else { 0x12 },
            serial: u16::try_from(self.frames).ok(),
            received_at: self.now(),
            checksum_ok: true,
            events,
            problem: None,
        };
        self.office.said.keep(&reception);
        reception
    }

    pub(crate) async fn book(&mut self, lender: &str, loans: Vec<Loan>) {
        let (book, rows) = (format!("{lender}-1"), u32::try_from(loans.len()).unwrap());
        self.say(Input::BookChunk { book: book.clone(), first_row: 0, loans }).await;
        let (lender, as_of) = (LenderId(lender.into()), self.now().plus(-HOUR_MS));
        let activation = BookActivation { book, lender, as_of, rows, complete: true, accept_fall: false };
        self.wants(Action::ActivateBook(activation)).await;
    }
}

pub(crate) fn terminal(text: &str) -> TerminalId {
    TerminalId::parse(text).unwrap()
}

pub(crate) fn vehicle(text: &str) -> VehicleId {
    VehicleId::parse(text).unwrap()
}

fn login() -> Event {
    Event::Login { terminal: terminal(TERMINAL), zone: None, attributes: Attributes::default() }
}

pub(crate) fn report(at: Timestamp, north_m: i64, kmh: u16) -> Event {
    Event::Position(Box::new(plain(at, north_m, kmh)))
}

/// A report in the middle of Shenzhen.
pub(crate) fn plain(at: Timestamp, north_m: i64, kmh: u16) -> Position {
    let place = Coordinates::from_e7(225_431_000 + north_m * 90, 1_140_579_000).unwrap();
    Position {
        time: DeviceTime::Clock { wall: at, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        fix: Fix::Gnss(place),
        speed: Some(Speed::from_kmh(kmh)),
        course: Course::from_degrees(0),
        altitude: None,
        satellites: Some(9),
        buffered: false,
        alarms: Alarms::NONE,
        attributes: [Attribute::Ignition(kmh > 0)].into_iter().collect(),
        measured: Measured { version: 1, hash: u64::try_from(at.ms()).unwrap() },
    }
}

pub(crate) fn loan(contract: &str, lender: &str, on: &str, dpd: Option<i32>) -> Loan {
    let as_of = NOW.plus(-HOUR_MS);
    Loan {
        oldest_unpaid_due: dpd.map(|dpd| Date::parse("2026-11-18").unwrap().plus_days(-dpd).unwrap()),
        amount_overdue: if dpd.is_some() { 100_000 } else { 0 },
        principal_outstanding: 5_000_000,
        ..Loan::bare(ContractId(contract.into()), LenderId(lender.into()), vehicle(on), as_of)
    }
}

fn settled(contract: &str, lender: &str, on: &str) -> Loan {
    let at = NOW.plus(-24 * HOUR_MS);
    Loan {
        settled_at: Some(at),
        amount_overdue: 0,
        principal_outstanding: 0,
        ..loan(contract, lender, on, None)
    }
}
