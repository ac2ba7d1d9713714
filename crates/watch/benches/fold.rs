//! How fast the fold goes: a journal full of reports, folded into an empty store.
//!
//! Shape: `cargo bench -p watch --profile dist -- [STORE_URL [TERMINALS [loans]]]` → reports a second and µs of CPU a report.
//! Without a URL, or with `-`, a SQLite file in a temp folder; with `loans` each vehicle has one, of which one of twenty is past due. Units: as in `model`. Errors stop it. The figures of one run are to be
//! compared with those of the same machine and hour only.

#![expect(clippy::print_stdout, reason = "a benchmark speaks to a person")]

use journal::{ClockSpec, FoldLock, Item, Journal};
use model::input::{Action, Binding, BookActivation, Human, Role};
use model::unit::Speed;
use model::{
    Alarms, Attribute, ContractId, Coordinates, Course, DeviceTime, Event, Fix, Input, InputId, LenderId,
    Loan, Measured, Position, ProtocolName, Reception, Seq, SessionId, TerminalId, Timestamp, VehicleId,
    ZoneOffset, ZoneSource,
};
use std::time::Instant;
use store::Store;
use watch::Fold;

/// As the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let folder = tempfile::tempdir()?;
    let own = || format!("sqlite:{}", folder.path().join("store.db").display());
    let url = arguments.next().filter(|url| url != "-").unwrap_or_else(own);
    let terminals = arguments.next().map_or(Ok(TERMINALS), |count| count.parse())?;
    let has_loans = arguments.next().is_some_and(|word| word == "loans");
    let clock = ClockSpec::Stepped { origin: Timestamp::from_ms(BEGIN_MS) };
    let journal = Journal::open(folder.path(), journal::Config::default(), clock).await?;
    let store = Store::connect(&store::Config { url, ..store::Config::default() }).await?;
    let lock = FoldLock::try_take(folder.path())?.ok_or("the folder is taken")?;
    let mut fold = Fold::take(journal.clone(), store.clone(), watch::Config::default(), &lock, false).await?;

    bind(&journal, terminals).await?;
    if has_loans {
        lend(&journal, terminals).await?;
    }
    fold.catch_up().await?;
    for first in (0..REPORTS).step_by(SUBMITTED) {
        journal
            .append((first..first + SUBMITTED).map(|n| report(n, terminals)).collect::<Result<_>>()?)
            .await?;
    }
    let (began, cpu) = (Instant::now(), cpu_ms()?);
    fold.catch_up().await?;
    let (elapsed, cpu) = (began.elapsed(), cpu_ms()? - cpu);
    let reports = f64::from(u32::try_from(REPORTS)?);
    println!(
        "{}, {terminals} terminals: {:.0} reports/s, {:.1} µs of CPU a report",
        store.kind(),
        reports / elapsed.as_secs_f64(),
        cpu * 1000.0 / reports
    );
    store.close().await;
    journal.close().await;
    Ok(())
}

/// Every terminal on a vehicle of its own.
async fn bind(journal: &Journal, terminals: usize) -> Result<()> {
    for first in (0..terminals).step_by(BOUND_AT_ONCE) {
        let binding = |n| {
            Ok(Binding {
                terminal: terminal(n)?,
                vehicle: VehicleId::parse(&format!("粤B{n:05}"))?,
                role: Role::Main,
                from: Timestamp::from_ms(BEGIN_MS - 86_400_000),
                to: None,
            })
        };
        let bindings = (first..terminals.min(first + BOUND_AT_ONCE)).map(binding).collect::<Result<_>>()?;
        let human = Human {
            id: InputId(format!("bind-{first}")),
            actor: "bench".to_owned(),
            action: Action::Bind { bindings },
        };
        journal.append(vec![Input::Human(Box::new(human)).into()]).await?;
    }
    Ok(())
}

/// A loan on every vehicle, all in one book.
async fn lend(journal: &Journal, terminals: usize) -> Result<()> {
    let (book, lender) = ("bench".to_owned(), LenderId("bench".to_owned()));
    let as_of = Timestamp::from_ms(BEGIN_MS);
    let loan = |n: usize| {
        let (contract, vehicle) = (ContractId(format!("C{n}")), VehicleId::parse(&format!("粤B{n:05}"))?);
        let bare = Loan::bare(contract, lender.clone(), vehicle, as_of);
        let due = bare.today(as_of).and_then(|today| today.plus_days(-DAYS_PAST_DUE));
        Ok(Loan { oldest_unpaid_due: due.filter(|_| n.is_multiple_of(PAST_DUE_OF)), ..bare })
    };
    for first in (0..terminals).step_by(LENT_AT_ONCE) {
        let loans = (first..terminals.min(first + LENT_AT_ONCE)).map(loan).collect::<Result<_>>()?;
        let chunk = Input::BookChunk { book: book.clone(), first_row: u32::try_from(first)?, loans };
        journal.append(vec![chunk.into()]).await?;
    }
    let rows = u32::try_from(terminals)?;
    let activation = BookActivation { book, lender, as_of, rows, complete: true, accept_fall: false };
    let (id, actor) = (InputId("lend".to_owned()), "bench".to_owned());
    let human = Human { id, actor, action: Action::ActivateBook(activation) };
    journal.append(vec![Input::Human(Box::new(human)).into()]).await?;
    Ok(())
}

/// The `n`th report: the terminals in an order that no index likes, each every ten seconds or so.
fn report(n: usize, terminals: usize) -> Result<Item> {
    let (who, round) = (n.wrapping_mul(SCATTER) % terminals, n / terminals);
    let at = Timestamp::from_ms(BEGIN_MS + i64::try_from(round * 10_000 + who % 10_000)?);
    let moved = i64::try_from(round)? * 2_000;
    let position = Position {
        time: DeviceTime::Clock { wall: at, offset: ZoneOffset::UTC, source: ZoneSource::Protocol },
        fix: Fix::Gnss(
            Coordinates::from_e7(225_000_000 + moved, 1_140_000_000).map_err(|_| "off the globe")?,
        ),
        speed: Some(Speed::from_kmh(36)),
        course: Course::from_degrees(90),
        altitude: None,
        satellites: Some(9),
        buffered: false,
        alarms: Alarms::NONE,
        attributes: [Attribute::Ignition(true), Attribute::GsmLevel(4)].into_iter().collect(),
        measured: Measured { version: 1, hash: u64::try_from(n)?.wrapping_mul(0x9E37_79B9_7F4A_7C15) },
    };
    let reception = Reception {
        session: SessionId { run: Seq(1), connection: u32::try_from(who)? },
        frame_no: u32::try_from(round)? + 1,
        terminal: terminal(who)?,
        protocol: ProtocolName::parse("gt06")?,
        number: 0x22,
        serial: u16::try_from(round).ok(),
        received_at: at,
        checksum_ok: true,
        events: vec![Event::Position(Box::new(position))],
        problem: None,
    };
    let frame = bytes::Bytes::from(vec![0x78; FRAME_BYTES]);
    Ok(Item { input: Input::Reception(Box::new(reception)), frame: Some(frame), parts: Vec::new() })
}

fn terminal(n: usize) -> Result<TerminalId> {
    Ok(TerminalId::parse(&format!("99{n:013}"))?)
}

/// CPU time of this process so far, all threads.
fn cpu_ms() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').ok_or("a stat line")?.1.split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).map(|field| field.parse::<f64>().unwrap_or(0.0)).sum();
    Ok(ticks * 10.0)
}

const BEGIN_MS: i64 = 1_790_000_000_000;
const TERMINALS: usize = 10_000;
const REPORTS: usize = 200_000;
const SUBMITTED: usize = 1_000;
const BOUND_AT_ONCE: usize = 500;
/// Some 100 bytes each, of the 64 KiB that an input may have.
const LENT_AT_ONCE: usize = 200;
const DAYS_PAST_DUE: i32 = 15;
const PAST_DUE_OF: usize = 20;
/// A prime, far from any pattern of ids.
const SCATTER: usize = 7_919;
/// Of a GT06 location.
const FRAME_BYTES: usize = 45;
