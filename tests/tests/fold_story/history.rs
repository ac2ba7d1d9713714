//! Seven hours of a small fleet: parking, drives, silence, books, payments, bindings, a server that stops in between.

use crate::dice::Dice;
use crate::reports::Fleet;
use model::input::{Action, Binding, BookActivation, BookReversal, Human, LoanEvent, Role, ToldEvent};
use model::loan::{Attention, Channel, ContactResult, Holds};
use model::place::{Area, Crossing, Origin, Place, PlaceKind, Scope, Sourced};
use model::{
    ContractId, Coordinates, Date, Input, InputId, LenderId, Loan, Millis, PlaceId, TerminalId, Timestamp,
    VehicleId,
};

/// An input and its moment.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    pub(crate) at: Timestamp,
    pub(crate) input: Input,
}

/// 20:00 in Shanghai: midnight, when days past due and promises change, lies in the middle.
pub(crate) fn start() -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
}

/// The history of a seed.
pub(crate) fn history(seed: u64) -> Vec<Happening> {
    let mut dice = Dice::new(seed);
    let mut fleet = Fleet::new();
    let mut told = Told::default();
    told.say(start(), run_start());
    told.do_all(start(), opening());
    for tick in 1..TICKS {
        let now = start().plus(tick * TICK_MS);
        if (STOPPED_FROM..STOPPED_TO).contains(&tick) {
            if tick == STOPPED_FROM {
                told.say(now, Input::RunStop);
            }
            continue;
        }
        if tick == STOPPED_TO {
            told.say(now, run_start());
        }
        for reception in fleet.report(now, &mut dice) {
            told.say(now, Input::Reception(Box::new(reception)));
        }
        if dice.percent(6) {
            told.do_all(now, vec![something(now, &mut dice)]);
        }
        if dice.percent(1) {
            told.book(now, "later", &later_book(now, &mut dice));
        }
        if tick % REVERTED_EACH == 0 {
            told.revert(now);
        }
        // A tick now and then says that sockets were not being read.
        told.say(now, Input::Tick { listening: !dice.percent(1) });
    }
    told.said
}

/// What has been said so far, in order, and the newest of the later books.
#[derive(Default)]
struct Told {
    said: Vec<Happening>,
    book: Option<String>,
}

impl Told {
    fn say(&mut self, at: Timestamp, input: Input) {
        self.said.push(Happening { at, input });
    }

    fn do_all(&mut self, at: Timestamp, actions: Vec<Action>) {
        for action in actions {
            if matches!(action, Action::ActivateBook(_)) {
                self.say(at, Input::BookChunk { book: "first".into(), first_row: 0, loans: first_book() });
            }
            let id = InputId(format!("a{}", self.said.len()));
            self.say(at, human(id, action));
        }
    }

    fn book(&mut self, at: Timestamp, name: &str, loans: &[Loan]) {
        let book = format!("{name}-{}", self.said.len());
        self.book = Some(book.clone());
        let rows = u32::try_from(loans.len()).unwrap();
        // Two chunks, so that a slice may end between them.
        let (head, tail) = loans.split_at(loans.len() / 2);
        for (first_row, part) in [(0, head), (head.len(), tail)] {
            let first_row = u32::try_from(first_row).unwrap();
            self.say(at, Input::BookChunk { book: book.clone(), first_row, loans: part.to_vec() });
        }
        let activation = Action::ActivateBook(BookActivation { book, rows, ..activation(at) });
        self.say(at, human(InputId(format!("a{}", self.said.len())), activation));
    }

    /// Takes the newest of the later books back, if there is one.
    fn revert(&mut self, at: Timestamp) {
        let Some(book) = self.book.take() else { return };
        let reversal = BookReversal { book, lender: LenderId("main".into()), reason: "wrong".into() };
        self.say(at, human(InputId(format!("a{}", self.said.len())), Action::RevertBook(reversal)));
    }
}

pub(crate) fn human(id: InputId, action: Action) -> Input {
    Input::Human(Box::new(Human { id, actor: "li".into(), action }))
}

fn run_start() -> Input {
    Input::RunStart { build: "story".into(), rules_version: rules::RULES_VERSION }
}

pub(crate) fn terminal(number: usize) -> TerminalId {
    TerminalId::parse(&format!("86812024000{number:04}")).unwrap()
}

fn vehicle(number: usize) -> VehicleId {
    VehicleId::parse(&format!("粤B1000{number}")).unwrap()
}

fn contract(number: usize) -> ContractId {
    ContractId(format!("C{number}"))
}

fn binding(number: usize, on: usize, role: Role) -> Binding {
    Binding { terminal: terminal(number), vehicle: vehicle(on), role, from: start().plus(-DAY_MS), to: None }
}

/// Silence is told early, the first five vehicles have a terminal, the first also a backup; the last terminals are
/// nobody's.
fn opening() -> Vec<Action> {
    let mut bindings: Vec<Binding> =
        (0..VEHICLES).map(|number| binding(number, number, Role::Main)).collect();
    bindings.push(binding(VEHICLES, 0, Role::Backup));
    vec![
        Action::RuleSet { text: "[overdue_offline]\nsilent_moving_h = 1\nsilent_parked_h = 2\n".into() },
        Action::Bind { bindings },
        Action::ConfirmPlaces {
            places: (0..VEHICLES).flat_map(places_of).map(mined).collect(),
            by: Some("wang".into()),
        },
        Action::ActivateBook(activation(start())),
    ]
}

fn activation(as_of: Timestamp) -> BookActivation {
    BookActivation {
        book: "first".into(),
        lender: LenderId("main".into()),
        as_of,
        rows: u32::try_from(VEHICLES).unwrap(),
        complete: true,
        accept_fall: false,
    }
}

fn first_book() -> Vec<Loan> {
    (0..VEHICLES).map(|number| loan(number, start(), 10 + 20 * i32::try_from(number).unwrap())).collect()
}

/// A book that has some paid, one moved to another standing, or lacks one.
fn later_book(now: Timestamp, dice: &mut Dice) -> Vec<Loan> {
    let mut loans: Vec<Loan> =
        (0..VEHICLES).map(|number| loan(number, now, i32::try_from(dice.below(60)).unwrap() - 10)).collect();
    if dice.percent(30) {
        loans.pop();
    }
    loans
}

fn loan(number: usize, as_of: Timestamp, dpd: i32) -> Loan {
    let today = Date::parse("2026-11-20").unwrap();
    Loan {
        oldest_unpaid_due: (dpd > -6).then(|| today.plus_days(-dpd).unwrap()),
        amount_overdue: if dpd > 0 { 100_000 } else { 0 },
        principal_outstanding: 5_000_000,
        ..Loan::bare(contract(number), LenderId("main".into()), vehicle(number), as_of)
    }
}

/// Somebody wants something of the fleet.
fn something(now: Timestamp, dice: &mut Dice) -> Action {
    let number = dice.below(VEHICLES);
    let event = |event| Action::LoanEvent { contract: contract(number), at: now, event };
    let today = Date::parse("2026-11-20").unwrap();
    match dice.below(15) {
        0 => event(LoanEvent::Payment { amount: None }),
        1 => event(LoanEvent::Payment { amount: Some(30_000) }),
        2 => event(LoanEvent::Promise { until: today.plus_days(-1).unwrap() }),
        3 => event(LoanEvent::Promise { until: today }),
        4 => event(LoanEvent::Hold { holds: Holds { dispute: dice.percent(30), ..Holds::default() } }),
        5 => event(LoanEvent::DebitFailed),
        6 => Action::Approve { terminal: terminal(VEHICLES + 1 + dice.below(4)) },
        7 => Action::Bind { bindings: vec![rebinding(now, dice)] },
        10 => event(LoanEvent::SmsDelivery { delivered: dice.percent(20) }),
        11 => event(LoanEvent::Contacted { channel: Channel::Phone, result: reached(dice), note: None }),
        12 => event(LoanEvent::Attention {
            attention: dice.percent(70).then(|| Attention { reason: "heard".into(), until: today }),
        }),
        13 => several(now, dice),
        8 => Action::LoanEvent { contract: contract(99), at: now, event: LoanEvent::Settled },
        9 => redrawn(number, dice),
        14 => Action::RejectTerminal {
            terminal: terminal(VEHICLES + 1 + dice.below(4)),
            reason: "not ours".into(),
        },
        _ => Action::Read { subject: "positions".into(), purpose: "ops".into() },
    }
}

/// As a person confirmed it.
fn mined(place: Place) -> Sourced {
    Sourced { place, origin: Origin::Mined { vehicles: 4 } }
}

/// Around a vehicle's home a fence, and further north, where it drives, a black point.
fn places_of(number: usize) -> [Place; 2] {
    let area = |north_m: i64, radius_m| {
        let east_e7 = i64::try_from(number).unwrap() * 200_000;
        let centre = Coordinates::from_e7(225_000_000 + north_m * 90, 1_140_000_000 + east_e7).unwrap();
        Area::Circle { centre, radius_m }
    };
    let place = |name: &str, kind, area| {
        let id = PlaceId::parse(&format!("{name}-{number}")).unwrap();
        Place { id, name: name.to_owned(), kind, area, scope: Scope::Vehicle(vehicle(number)) }
    };
    [
        place("home", PlaceKind::Fence(Crossing::Out), area(0, 600)),
        place("pawn", PlaceKind::BlackPoint, area(3_000, 2_500)),
    ]
}

/// A place is drawn anew, taken away, or was not there.
fn redrawn(number: usize, dice: &mut Dice) -> Action {
    let [home, pawn] = places_of(number);
    match dice.below(3) {
        0 => Action::SetPlaces { places: vec![pawn], remove: Vec::new() },
        1 => Action::SetPlaces { places: vec![home], remove: vec![pawn.id] },
        _ => Action::SetPlaces { places: Vec::new(), remove: vec![home.id, pawn.id] },
    }
}

fn reached(dice: &mut Dice) -> ContactResult {
    if dice.percent(50) { ContactResult::Reached } else { ContactResult::NoAnswer }
}

/// A file of events, one of them of a contract that nobody knows.
fn several(now: Timestamp, dice: &mut Dice) -> Action {
    let at = now.plus(-HOUR_MS);
    let failed = |contract| ToldEvent { contract, at, event: LoanEvent::DebitFailed };
    let events = [dice.below(VEHICLES), 99, dice.below(VEHICLES)].map(|number| failed(contract(number)));
    Action::LoanEvents { events: events.into() }
}

/// Ends a terminal's binding, moves an unbound terminal in, or overlaps and is refused.
fn rebinding(now: Timestamp, dice: &mut Dice) -> Binding {
    let number = dice.below(VEHICLES + 3);
    let from = if dice.percent(50) { start().plus(-DAY_MS) } else { now };
    let to = dice.percent(60).then(|| now.plus(-HOUR_MS));
    let vehicle = vehicle(dice.below(VEHICLES));
    Binding { terminal: terminal(number), vehicle, role: Role::Main, from, to }
}

/// Vehicles with a loan.
pub(crate) const VEHICLES: usize = 5;
/// Nearly the widest gap between two ticks that still counts as listening: more hours in fewer inputs.
const TICK_MS: Millis = 50_000;
const HOUR_MS: Millis = 3_600_000;
const DAY_MS: Millis = 24 * HOUR_MS;
const TICKS: i64 = 500;
/// Most of the later books stay, some are taken back.
const REVERTED_EACH: i64 = 160;
/// Half an hour in which the server is down.
const STOPPED_FROM: i64 = 240;
const STOPPED_TO: i64 = 276;
