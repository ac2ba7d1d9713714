//! The play: a stepped clock, everybody's frames, the lenders' books, ticks; then the fold, and what it told.
//!
//! Shape: lives in, [`Told`] out. The server is down for an hour on one day, and for three on another. Units: as in `model`. Errors: the journal's and
//! the fold's.

use crate::Play;
use crate::cast::start;
use crate::gear::Gear;
use crate::lender::{BOOK_HOUR, Lender, booked, contract, row, rows};
use crate::life::{Fitting, Kind, Life};
use crate::pawn;
use anyhow::Context as _;
use journal::{ClockSpec, FoldLock, Item, Journal};
use model::input::{Action, Binding, BookActivation, Human, LoanEvent, Role};
use model::{Alert, CloseReason, Input, InputId, Millis, TerminalId, Timestamp, VehicleId};
use sqlx::{Connection as _, SqliteConnection};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::io::Write as _;
use std::path::Path;
use store::{AlertQuery, Store};
use stories::back_test::{Compared, compared};
use watch::Fold;
use wire::Authenticator;

/// What staff were told, and when devices reported.
pub(crate) struct Told {
    /// Notice, when it was due, and the alert as it was then.
    pub(crate) notices: Vec<(String, Timestamp, Alert)>,
    /// The wired device's live fixes, and the hidden one's, by car.
    pub(crate) fixes: BTreeMap<VehicleId, BTreeMap<bool, Vec<Timestamp>>>,
    /// Cars that the network's outage kept from being heard.
    pub(crate) cut_off: BTreeSet<VehicleId>,
    pub(crate) inputs: u64,
    /// Every alert, as it is at the end.
    pub(crate) alerts: Vec<Alert>,
    /// What a back-test of the stored frames makes of them.
    pub(crate) again: Compared,
}

pub(crate) async fn play(play: Play, lives: &[Life], folder: &Path) -> anyhow::Result<Told> {
    let clock = ClockSpec::Stepped { origin: start() };
    let journal = Journal::open(folder, journal::Config::default(), clock).await?;
    let path = folder.join("store.db");
    let url = format!("sqlite:{}", path.display());
    let store = Store::connect(&store::Config { url: url.clone(), ..store::Config::default() }).await?;
    let lock = FoldLock::try_take(folder)?.context("the folder is taken")?;
    let mut fold = Fold::take(journal.clone(), store.clone(), watch::Config::default(), &lock, false).await?;
    let mut stage = Stage::new(play, lives)?;
    journal.append(vec![run_start()]).await?;
    journal.append(bindings(lives)).await?;
    let places = pawn::places(&pawn::pawns(play, lives));
    journal.append(vec![human("places".into(), Action::SetPlaces { places, remove: Vec::new() })]).await?;
    let (mut step, mut inputs) = (0, 0);
    while step * STEP_MS < Millis::from(play.days) * DAY_MS {
        step += 1;
        let at = start().plus(step * STEP_MS);
        journal.clock().step_to(at);
        let items = stage.items(at)?;
        inputs += u64::try_from(items.len())?;
        for part in items.chunks(ITEMS_MAX) {
            journal.append(part.to_vec()).await?;
        }
        if step % FOLDED_STEPS == 0 {
            fold.catch_up().await?;
            let closes = staff_closes(&store).await?;
            if !closes.is_empty() {
                journal.append(closes).await?;
            }
            tell_progress(step, play);
        }
    }
    fold.catch_up().await?;
    eprintln!();
    let (cut_off, fixes) = (stage.cut_off(), stage.fixes());
    drop(fold);
    let alerts = alerts(&url).await?;
    let again = compared(&store, alerts.clone(), Authenticator::Open).await?;
    store.close().await;
    journal.close().await;
    Ok(Told { notices: notices(&url).await?, alerts, fixes, cut_off, inputs, again })
}

/// Staff look twice a day, and end what is over and waits for their word: else the next event would be the same alert.
async fn staff_closes(store: &Store) -> anyhow::Result<Vec<Item>> {
    let live = store.alerts(&AlertQuery { live: true, ..AlertQuery::default() }).await?;
    let over = live.into_iter().filter(|alert| alert.cleared_at.is_some());
    let close = |alert: Alert| {
        let (version, reason, note) = (Some(alert.version), CloseReason::Confirmed, None);
        human(format!("close-{}", alert.id), Action::Close { alert: alert.id, version, reason, note })
    };
    Ok(over.map(close).collect())
}

/// Everybody, and who acts next.
struct Stage<'a> {
    lives: &'a [Life],
    gears: Vec<(usize, Kind, Gear<'a>)>,
    next: BinaryHeap<Reverse<(Timestamp, usize)>>,
    was_down: bool,
}

impl<'a> Stage<'a> {
    fn new(play: Play, lives: &'a [Life]) -> anyhow::Result<Self> {
        let (mut gears, mut next) = (Vec::new(), BinaryHeap::new());
        for (place, life) in lives.iter().enumerate() {
            for fitting in &life.fittings {
                let number = u32::try_from(gears.len())?;
                let gear = Gear::new(life, *fitting, number, play.seed)?;
                next.push(Reverse((gear.begins(), gears.len())));
                gears.push((place, fitting.kind, gear));
            }
        }
        Ok(Self { lives, gears, next, was_down: false })
    }

    /// Everything that arrives up to a moment, and a tick.
    fn items(&mut self, at: Timestamp) -> anyhow::Result<Vec<Item>> {
        let listening = !is_down(at);
        let mut items = Vec::new();
        if listening && std::mem::replace(&mut self.was_down, !listening) {
            items.push(run_start());
        }
        self.was_down = !listening;
        while let Some(Reverse((due, place))) =
            self.next.peek().copied().filter(|Reverse((due, _))| *due <= at)
        {
            self.next.pop();
            let Some((_, _, gear)) = self.gears.get_mut(place) else { continue };
            let (sent, again) = gear.act(due, listening)?;
            items.extend(sent);
            self.next.extend(again.map(|again| Reverse((again, place))));
        }
        if listening {
            items.extend(self.lenders_say(at));
            items.extend(self.office_says(at));
            items.push(Input::Tick { listening: true }.into());
        }
        Ok(items)
    }

    fn lenders_say(&self, at: Timestamp) -> Vec<Item> {
        let mut items = Vec::new();
        let from = at.plus(-STEP_MS);
        for life in self.lives {
            if let Some(paid) = life.debt.payment.filter(|paid| from < paid.at && paid.at <= at) {
                let (contract, amount) = booked(paid.of, life.vehicle);
                let (at, event) = (paid.at, LoanEvent::Payment { amount });
                items
                    .push(human(format!("paid-{}", life.vehicle), Action::LoanEvent { contract, at, event }));
            }
            if life.debt.held_from.is_some_and(|held| from < held && held <= at) {
                let until = row(&life.debt, life.vehicle, at).holds.promise_until;
                let event = until.map(|until| LoanEvent::Promise { until });
                items.extend(event.map(|event| {
                    let contract = contract(life.vehicle);
                    human(format!("held-{}", life.vehicle), Action::LoanEvent { contract, at, event })
                }));
            }
        }
        let (since, hour_ms) = (at.since(start()), BOOK_HOUR * 3_600_000);
        if since % DAY_MS == hour_ms {
            for lender in Lender::ALL {
                items.extend(self.book(lender, since / DAY_MS, at));
            }
        }
        items
    }

    /// The device that is on the car from now on, instead of the other.
    fn office_says(&self, at: Timestamp) -> Vec<Item> {
        let from = at.plus(-STEP_MS);
        let is_now = |moment: Timestamp| from < moment && moment <= at;
        let exchanged = self
            .lives
            .iter()
            .filter(|life| life.fittings.iter().any(|fitting| fitting.to.is_some_and(is_now)));
        let bind = |life: &Life| {
            let bindings = life.fittings.iter().map(|fitting| binding(self.lives, life, fitting)).collect();
            human(format!("exchange-{}", life.vehicle), Action::Bind { bindings })
        };
        exchanged.map(bind).collect()
    }

    fn book(&self, lender: Lender, day: i64, as_of: Timestamp) -> Vec<Item> {
        if !lender.delivers(day) {
            return Vec::new();
        }
        let of_lender = self.lives.iter().filter(|life| life.debt.lender == lender);
        let rows: Vec<_> = of_lender.flat_map(|life| rows(&life.debt, life.vehicle, as_of)).collect();
        let book = format!("{}-{day}", lender.id());
        let chunks = rows.chunks(ROWS_A_CHUNK).zip((0..).step_by(ROWS_A_CHUNK));
        let mut items: Vec<Item> = chunks
            .map(|(loans, first_row)| {
                Input::BookChunk { book: book.clone(), first_row, loans: loans.to_vec() }.into()
            })
            .collect();
        items.push(human(
            format!("book-{book}"),
            Action::ActivateBook(BookActivation {
                book: book.clone(),
                lender: lender.id(),
                as_of,
                rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
                complete: true,
                accept_fall: true,
            }),
        ));
        items
    }

    fn cut_off(&self) -> BTreeSet<VehicleId> {
        let cut_off = self.gears.iter().filter(|(_, _, gear)| gear.was_cut_off);
        cut_off.filter_map(|(place, ..)| Some(self.lives.get(*place)?.vehicle)).collect()
    }

    fn fixes(self) -> BTreeMap<VehicleId, BTreeMap<bool, Vec<Timestamp>>> {
        let mut fixes: BTreeMap<VehicleId, BTreeMap<bool, Vec<Timestamp>>> = BTreeMap::new();
        for (place, kind, gear) in self.gears {
            if let Some(life) = self.lives.get(place) {
                let of_kind = fixes.entry(life.vehicle).or_default().entry(kind == Kind::Wired).or_default();
                of_kind.extend(gear.fixes);
            }
        }
        fixes
    }
}

/// The devices, as the lender has them in its books: the swapped ones on the wrong car. What will be exchanged is not known yet.
fn bindings(lives: &[Life]) -> Vec<Item> {
    let mut all = Vec::new();
    for life in lives {
        let exchanged_at = life.fittings.iter().find_map(|fitting| fitting.to);
        let known = life.fittings.iter().filter(|fitting| Some(fitting.from) != exchanged_at);
        all.extend(known.map(|fitting| Binding { to: None, ..binding(lives, life, fitting) }));
    }
    let bind = |(number, bindings): (usize, &[Binding])| {
        human(format!("bind-{number}"), Action::Bind { bindings: bindings.to_vec() })
    };
    all.chunks(BOUND_AT_ONCE).enumerate().map(bind).collect()
}

fn binding(lives: &[Life], life: &Life, fitting: &Fitting) -> Binding {
    let role = if fitting.kind == Kind::Wired { Role::Main } else { Role::Backup };
    let vehicle = registered_on(lives, life, fitting.terminal);
    Binding { terminal: fitting.terminal, vehicle, role, from: fitting.from, to: fitting.to }
}

/// Terminals are numbered by the car that they were bought for.
fn registered_on(lives: &[Life], on: &Life, terminal: TerminalId) -> VehicleId {
    let bought_for =
        terminal.as_str().get(7..).and_then(|digits| digits.parse::<usize>().ok()).map(|n| n / 2);
    bought_for.and_then(|place| lives.get(place)).map_or(on.vehicle, |life| life.vehicle)
}

fn human(id: String, action: Action) -> Item {
    Input::Human(Box::new(Human { id: InputId(id), actor: "truth".to_owned(), action })).into()
}

fn run_start() -> Item {
    Input::RunStart { build: "truth".to_owned(), rules_version: 0 }.into()
}

pub(crate) fn is_down(at: Timestamp) -> bool {
    OUTAGES.iter().any(|outage| (0..outage.long).contains(&(at.since(start()) - outage.from)))
}

/// A time in which the server, or the network, is down.
pub(crate) struct Outage {
    /// Since the play began.
    pub(crate) from: Millis,
    pub(crate) long: Millis,
    /// How long after it silence that is told would be told because of it.
    pub(crate) echo: Millis,
}

/// What is in the outbox: what people are told.
async fn notices(url: &str) -> anyhow::Result<Vec<(String, Timestamp, Alert)>> {
    let mut connection = SqliteConnection::connect(url).await?;
    let rows: Vec<(String, i64, String)> =
        sqlx::query_as("SELECT notice, next_ms, body FROM outbox WHERE notice NOT IN ('due_soon', 'debit_failed') ORDER BY seq, entry")
            .fetch_all(&mut connection)
            .await?;
    let read = rows.into_iter().map(|(notice, due, body)| {
        let alert: Alert = serde_json::from_str(&body)?;
        Ok((notice, Timestamp::from_ms(due), alert))
    });
    read.collect()
}

/// Every alert: a listing of the program ends somewhere.
async fn alerts(url: &str) -> anyhow::Result<Vec<Alert>> {
    let mut connection = SqliteConnection::connect(url).await?;
    let rows: Vec<(String,)> = sqlx::query_as("SELECT body FROM alerts").fetch_all(&mut connection).await?;
    rows.iter().map(|(body,)| Ok(serde_json::from_str(body)?)).collect()
}

fn tell_progress(step: i64, play: Play) {
    let day = step * STEP_MS / DAY_MS;
    eprint!("\r  day {day} of {}", play.days);
    let _ = std::io::stderr().flush();
}

/// Between ticks, and between commits.
const STEP_MS: Millis = 30_000;
const DAY_MS: Millis = 86_400_000;
/// Half a day.
const FOLDED_STEPS: i64 = 1_440;
const ITEMS_MAX: usize = 2_000;
const ROWS_A_CHUNK: usize = 100;
const BOUND_AT_ONCE: usize = 200;
/// An hour at noon, and the hours of a night in which hidden devices wake and which are longer than a wired one may be silent: of
/// what was missed then much is due only a day later.
pub(crate) const OUTAGES: [Outage; 2] = [
    Outage { from: 10 * DAY_MS + 12 * HOUR_MS, long: HOUR_MS, echo: 6 * HOUR_MS },
    Outage { from: 20 * DAY_MS + HOUR_MS, long: 3 * HOUR_MS, echo: 30 * HOUR_MS },
];
const HOUR_MS: Millis = 3_600_000;
