//! `lienwatch demo`: a server on a temporary folder, a simulated fleet over real TCP, a story with real alerts.
//!
//! Shape: the same server as `serve`, on a clock that runs faster; everything it shows went through sockets, journal
//! and fold. Ends on Ctrl-C or after `--seconds`, and leaves nothing behind.

use crate::alerts::told;
use crate::cli::Demo;
use crate::config::{Config, PORT, protocol_names};
use crate::exit::Exit;
use crate::serve::{Server, Start, stop_signal};
use crate::site::{actor, new_input_id};
use crate::{import, listing, log};
use ::watch::Answer;
use anyhow::{Context, Result};
use fleet::tracker::Run;
use fleet::{Pace, Story, StoryConfig, StoryEvent, Summary};
use journal::{Clock, ClockSpec};
use loans::FileOptions;
use model::input::{Action, Human, LoanEvent, Outcome};
use model::time::wall_digits;
use model::unit::counted;
use model::{LenderId, Loan, Seq, ZoneOffset};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use store::{AlertQuery, Store};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// Runs the demo.
pub(crate) async fn demo(args: &Demo, filter: Option<&str>) -> Result<Exit> {
    let folder =
        tempfile::Builder::new().prefix("lienwatch-demo-").tempdir().context("making a temporary folder")?;
    let config = config(&folder, args, filter);
    log::start(&config.log);
    let origin = Clock::system().now();
    let clock = ClockSpec::Scaled { origin, factor: f64::from(FACTOR.get()) };
    let mut server = Server::start(&config, Start { clock, accept_journal: false, is_demo: true }).await?;
    let rows = opened(&server).await?;
    greet(&server, args, folder.path());

    let clock = server.journal.clock();
    let story_config = StoryConfig { seed: args.seed, vehicles: args.vehicles, start: clock.now() };
    let story = Story::new(&story_config, protocols::ALL);
    let desk = Desk { journal: server.journal.clone(), store: rows };
    desk.prepare(&story).await?;

    let (stop, stopped) = watch::channel(false);
    let (sender, events) = mpsc::channel(fleet::story::EVENTS_MAX);
    let target = *server.tracker_ports.first().context("no tracker port")?;
    let run = Run { target, ledger: Arc::default(), gauge: Arc::default(), stop: stopped };
    let pace = Pace::new(FACTOR, move || clock.now());
    let playing = tokio::spawn(async move { story.run(run, pace, sender).await });

    let ended = desk.attend(events, &mut server, args.seconds).await;
    stop.send_replace(true);
    let sent = playing.await.context("the fleet")?;
    desk.settle().await?;
    let summary = desk.summary(sent).await?;
    server.stop().await?;
    ended?;
    listing::json(&serde_json::to_string(&summary)?)?;
    Ok(Exit::Ok)
}

fn config(folder: &tempfile::TempDir, args: &Demo, filter: Option<&str>) -> Config {
    let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    config.store.url = format!("sqlite:{}", folder.path().join("store.db").display());
    config.listen = vec![args.listen.unwrap_or_else(|| free(PORT)).to_string()];
    config.web.http = args.http.clone().unwrap_or_else(|| free(HTTP_PORT).to_string());
    // A tracker of the demo says in a second what one on the road says in five minutes.
    config.ingest.frames_per_s_max *= FACTOR.get();
    config.ingest.frames_burst_max *= FACTOR.get();
    filter.unwrap_or("warn").clone_into(&mut config.log.filter);
    config
}

/// The usual port on loopback, or any free one if it is taken.
fn free(port: u16) -> SocketAddr {
    let wanted = SocketAddr::from(([127, 0, 0, 1], port));
    if TcpListener::bind(wanted).is_ok() { wanted } else { SocketAddr::from(([127, 0, 0, 1], 0)) }
}

async fn opened(server: &Server) -> Result<Store> {
    let mut store = server.store.clone();
    let open = store.wait_for(Option::is_some).await.context("the store did not open")?;
    open.clone().context("the store did not open")
}

fn greet(server: &Server, args: &Demo, folder: &std::path::Path) {
    eprintln!("lienwatch demo: {} simulated cars over real TCP: {}", args.vehicles, protocol_names());
    eprintln!(
        "  clock      NOT the system's: one real second is {} minutes here; times are UTC",
        FACTOR.get() / 60
    );
    for port in &server.tracker_ports {
        eprintln!("  trackers   {port}");
    }
    if let Some(http) = server.http {
        eprintln!("  desk       http://{http}   (its first user comes by a link that is printed once)");
        eprintln!("  health     http://{http}/readyz   metrics http://{http}/metrics");
    }
    let dir = folder.display();
    eprintln!(
        "  look       lienwatch --data-dir {dir} alerts list     (also positions, devices list, alerts ack ID)"
    );
    eprintln!(
        "  ends       {}, and leaves nothing behind",
        match args.seconds {
            Some(seconds) => format!("after {seconds} s, or on Ctrl-C"),
            None => "on Ctrl-C".to_owned(),
        }
    );
}

/// The desk of the demo: enters what a lender would, and reads out what a collector would see.
struct Desk {
    journal: journal::Journal,
    store: Store,
}

impl Desk {
    /// Imports the loan book and the bindings, as files are.
    async fn prepare(&self, story: &Story) -> Result<()> {
        eprintln!("  loan book  {}", self.import(&story.loans()).await?);
        for action in loans::binding_actions(&story.bindings()) {
            eprintln!("  devices    {}", self.ask(action).await?);
        }
        Ok(())
    }

    /// A loan book, through the form of a file.
    async fn import(&self, loans: &[Loan]) -> Result<String> {
        let mut sheet = Vec::new();
        loans::write_loans_csv(&mut sheet, loans)?;
        let lender = loans.first().map_or(LenderId("main".into()), |loan| loan.lender.clone());
        let file = loans::read_loans(Cursor::new(sheet), &FileOptions::of(lender))?;
        let (chunks, activation) = import::book(&file, false)?;
        for chunk in chunks {
            self.journal.append(vec![chunk.into()]).await?;
        }
        self.ask(activation).await
    }

    /// The lender's next book: the loans as they stand, with what was paid. Without it nothing would be stated of them after a day.
    async fn next_book(&self) -> Result<()> {
        let as_of = self.journal.clock().now();
        let rows = self.store.loans().await?;
        let loans: Vec<Loan> =
            rows.into_iter().filter(|row| row.in_book).map(|row| Loan { as_of, ..row.loan }).collect();
        let done = self.import(&loans).await?;
        self.say(&format!("the lender's next book comes: {done}"));
        Ok(())
    }

    async fn ask(&self, action: Action) -> Result<String> {
        let human = Human { id: new_input_id(), actor: actor(), action };
        // One id is one wish: to ask again is to wait on, where a busy machine lets the fold fall behind the demo's fast clock.
        for _ in 0..ASKED_TIMES_MAX {
            match ::watch::ask(&self.journal, &self.store, human.clone()).await? {
                Answer::Outcome(Outcome::Done { message }) => return Ok(message),
                Answer::Outcome(other) => anyhow::bail!("the demo's own input was not done: {other:?}"),
                Answer::Pending => {}
            }
        }
        anyhow::bail!(
            "this machine is too busy for a demo: what the story wants is recorded, and not done after minutes"
        )
    }

    /// Books payments as they come in and prints alerts as they change, until it is time to end.
    async fn attend(
        &self,
        mut events: mpsc::Receiver<StoryEvent>,
        server: &mut Server,
        seconds: Option<u64>,
    ) -> Result<()> {
        let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        let mut signal = std::pin::pin!(told_to_end());
        let mut seen = Seq(0);
        let mut look = tokio::time::interval(LOOK_EVERY);
        let mut report = tokio::time::interval(REPORT_EVERY);
        let book_every = BOOK_EVERY / FACTOR.get();
        let mut books = tokio::time::interval_at(Instant::now() + book_every, book_every);
        loop {
            tokio::select! {
                Some(event) = events.recv() => self.happen(&event).await?,
                _ = look.tick() => seen = self.print_alerts(seen).await?,
                _ = report.tick() => self.report().await?,
                _ = books.tick() => self.next_book().await?,
                () = until(end) => return Ok(()),
                caught = &mut signal => return caught,
                cause = server.broken() => return Err(cause),
            }
        }
    }

    async fn happen(&self, event: &StoryEvent) -> Result<()> {
        match event {
            StoryEvent::Departed { vehicle, .. } => self.say(&format!("story: {vehicle} drives off")),
            StoryEvent::Vanished { vehicle, .. } => {
                self.say(&format!("story: the tracker of {vehicle} falls silent"));
            }
            StoryEvent::Payment { contract, vehicle, at } => {
                let event = LoanEvent::Payment { amount: None };
                let action = Action::LoanEvent { contract: contract.clone(), at: *at, event };
                let done = self.ask(action).await?;
                self.say(&format!("story: the borrower of {vehicle} pays; {done}"));
            }
        }
        Ok(())
    }

    async fn print_alerts(&self, seen: Seq) -> Result<Seq> {
        let place = self.store.place().await?.map_or(seen, |(cursor, _)| cursor.applied);
        let query = AlertQuery { changed_after: seen, ..AlertQuery::default() };
        for alert in self.store.alerts(&query).await?.iter().rev() {
            self.say(&format!("ALERT {}", told(alert)));
        }
        Ok(place)
    }

    async fn report(&self) -> Result<()> {
        let counters: BTreeMap<String, i64> = self.store.counters().await?.into_iter().collect();
        let stored = counters.get("stored").copied().unwrap_or_default();
        self.say(&format!("{} stored, every acknowledged one among them", counted(stored, "position")));
        Ok(())
    }

    /// A line at the time of the journal. What a line tells of may have begun earlier; the lines run forwards.
    fn say(&self, what: &str) {
        let now = self.journal.clock().now();
        let time = match wall_digits(now, ZoneOffset::UTC) {
            Some((_, _, _, hour, minute, _)) => format!("{hour:02}:{minute:02}"),
            None => now.to_string(),
        };
        // A terminal that was closed takes no more lines, and the demo still has to tidy up.
        let _ = writeln!(std::io::stderr().lock(), "{time} {what}");
    }

    /// Waits until everything that is in the journal is in the store.
    async fn settle(&self) -> Result<()> {
        let head = self.journal.head().await?;
        let deadline = Instant::now() + SETTLE_MAX;
        while self.store.place().await?.is_none_or(|(cursor, _)| cursor.applied < head) {
            anyhow::ensure!(Instant::now() < deadline, "the fold did not catch up with the journal");
            tokio::time::sleep(LOOK_EVERY / 10).await;
        }
        self.print_alerts(head).await?;
        Ok(())
    }

    async fn summary(&self, sent: Summary) -> Result<DemoSummary> {
        let counters: BTreeMap<String, i64> = self.store.counters().await?.into_iter().collect();
        let count = |name: &str| counters.get(name).copied().unwrap_or_default();
        let rejected =
            counters.iter().filter(|(name, _)| name.starts_with("rejected.")).map(|(_, total)| total).sum();
        let mut alerts = BTreeMap::new();
        let mut withdrawn = 0;
        for (rule, state, total) in self.store.alert_counts().await? {
            if state == "withdrawn" {
                withdrawn += total;
            }
            *alerts.entry(rule).or_insert(0) += total;
        }
        Ok(DemoSummary {
            sent: sent.sent,
            acknowledged: sent.acknowledged,
            stored: count("stored"),
            duplicate: count("duplicate"),
            rejected,
            alerts,
            withdrawn,
        })
    }
}

/// The demo's last line.
#[derive(serde::Serialize)]
struct DemoSummary {
    sent: u64,
    acknowledged: u64,
    stored: i64,
    duplicate: i64,
    rejected: i64,
    alerts: BTreeMap<String, i64>,
    withdrawn: i64,
}

/// Ctrl-C, a stop, or the end of the terminal: the folder goes in each case.
async fn told_to_end() -> Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        caught = stop_signal() => caught.map(drop),
        _ = hangup.recv() => Ok(()),
    }
}

async fn until(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}

/// How much faster than real time the story is played: a night in 90 seconds.
const FACTOR: NonZeroU32 = NonZeroU32::new(300).expect("300 is not zero");
/// Health and metrics, unless taken.
const HTTP_PORT: u16 = 8080;
/// Alerts are printed within this.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Between two lines that say all is well.
const REPORT_EVERY: Duration = Duration::from_secs(15);
/// Of the demo's clock: a book states nothing any more after 26 hours.
const BOOK_EVERY: Duration = Duration::from_hours(12);
/// The fold is never this far behind in a demo.
const SETTLE_MAX: Duration = Duration::from_secs(30);
/// Each waits for some seconds: minutes of a machine that builds something beside the demo.
const ASKED_TIMES_MAX: u32 = 60;
