//! One server: every part started in order, stopped in the reverse.
//!
//! ```text
//! start: lock → journal → run start → directory → ports → fold (waits for the store) → notify → web → ticks
//! stop:  ports drained → ticks → notify, web → run stop → fold to the end → journal
//! ```

mod background;
mod directory;
mod ports;
mod room;
mod store_side;
mod ticks;
mod turns;
mod watchdog;
mod welcome;

use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::history::decoder;
use ::watch::Progress;
use anyhow::{Context, Result};
use background::Background;
use ingest::{Directory, Ingest};
use journal::{Clock, ClockSpec, FoldLock, Health, Journal};
use model::Seq;
use model::input::Input;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;
pub(crate) use turns::unhurried;
use web::{Applied, Reread, Sources, Web};
pub(crate) use welcome::from_here;

/// A server under way.
pub(crate) struct Server {
    /// The open journal.
    pub(crate) journal: Journal,
    /// The store, once it answers.
    pub(crate) store: watch::Receiver<Option<Store>>,
    /// Where trackers connect, in the order of the listeners.
    pub(crate) tracker_ports: Vec<SocketAddr>,
    /// Where people look.
    pub(crate) http: Option<SocketAddr>,
    stops: Stops,
    ingest: JoinHandle<()>,
    ticks: JoinHandle<()>,
    fold: JoinHandle<Result<()>>,
    people: Vec<JoinHandle<()>>,
    /// Where the fold runs, as long as the server.
    _background: Background,
}

/// One switch for each stage of stopping.
struct Stops {
    ports: watch::Sender<bool>,
    fold: watch::Sender<bool>,
    people: watch::Sender<bool>,
}

/// What `serve` may be asked beside its configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// The clock of a new journal.
    pub(crate) clock: ClockSpec,
    /// Accept a foreign journal or a gap.
    pub(crate) accept_journal: bool,
    /// Nothing here is real, as every screen says.
    pub(crate) is_demo: bool,
}

/// `lienwatch serve`: runs until told to stop, by signal or by a part that cannot go on.
pub(crate) async fn serve(config: Config, start: Start) -> Result<()> {
    #[cfg(feature = "sabotage")]
    warn_of_sabotage()?;
    // Before the ports are open: whoever stops it as soon as they are finds a server that stops in order.
    let stop = listen_for_stop()?;
    let mut server = Server::start(&config, start).await?;
    for port in &server.tracker_ports {
        tracing::info!(%port, "listening for trackers");
    }
    if let Some(http) = server.http {
        tracing::info!("console, API, health and metrics on http://{http}");
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    let cause = tokio::select! {
        signal = stop => Ok(signal),
        cause = server.broken() => Err(cause),
    };
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    match &cause {
        Ok(signal) => tracing::info!(signal, "stopping: draining the ports"),
        Err(cause) => tracing::error!(%cause, "stopping"),
    }
    server.stop().await?;
    cause.map(|_| ())
}

/// A build that can break its promise serves nobody who has not asked for that.
#[cfg(feature = "sabotage")]
fn warn_of_sabotage() -> Result<()> {
    use journal::sabotage::{ALL, ENV, is_asked_for};
    let Some(name) = ALL.into_iter().find(|name| is_asked_for(name)) else {
        let known = ALL.join(", ");
        let message = format!(
            "built with the feature sabotage, for tests only: it serves with {ENV} set to one of {known}"
        );
        return Err(Failure::error(Exit::Refused, message));
    };
    tracing::error!(
        name,
        "SABOTAGE: this build BREAKS its promises and WILL lose or double acknowledged frames"
    );
    Ok(())
}

impl Server {
    /// Starts every part.
    #[expect(clippy::too_many_lines, reason = "one list of parts, in the order in which they start")]
    pub(crate) async fn start(config: &Config, start: Start) -> Result<Self> {
        let recorder = web::install_recorder()?;
        let data_dir = config.data_dir.clone();
        let journal = journal_of(config, start.clock).await?;
        let (lock, background) = (take_lock(&data_dir)?, Background::start()?);
        // A demo says it itself, in its first lines.
        if !journal.clock().is_system() && !start.is_demo {
            tracing::warn!(factor = journal.clock().factor(), "this journal's clock is not the system's");
        }
        // A demo is over before its journal is large.
        if !start.is_demo {
            room::warn_of_small_disk(&journal);
        }
        crate::site::note_store(config).context("writing to the data directory")?;
        let run = journal.append(vec![run_start().into()]).await.context("writing to the journal")?;

        let stops = Stops {
            ports: watch::channel(false).0,
            fold: watch::channel(false).0,
            people: watch::channel(false).0,
        };
        let directory = directory::at_start(config).await?;
        let ingest = open_ports(config, &journal, &directory, run).await?;
        let tracker_ports = ingest.local_addresses();
        crate::site::note_ports(&data_dir, &tracker_ports).context("writing to the data directory")?;
        let (counters, desk) = (ingest.counters(), ingest.order_desk());
        let ports = ports::told(&config.listeners()?, &tracker_ports, ingest.doorkeeper());
        let ingest = tokio::spawn(ingest.run(stops.ports.subscribe()));
        let listening = Arc::new(AtomicBool::new(true));
        let ticking = ticks::tick(journal.clone(), counters, Arc::clone(&listening), stops.ports.subscribe());
        let ticks = tokio::spawn(ticking);

        let side = store_side::StoreSide::new(config, journal.clone(), lock, start.accept_journal);
        let (store, progress) = (side.store(), side.progress());
        let fold = background.spawn(side.run(stops.fold.subscribe()));
        let mut people = vec![tokio::spawn(directory::follow(
            (directory, desk),
            store.clone(),
            progress.clone(),
            directory::copy_path(&data_dir),
            stops.people.subscribe(),
        ))];
        people.push(tokio::spawn(store_side::deliver(
            config.notify.clone(),
            journal.clone(),
            store.clone(),
            progress.clone(),
            stops.people.subscribe(),
        )));
        people.push(tokio::spawn(room::tell(journal.clone(), stops.people.subscribe())));
        let watchdog = watchdog::of(config, &journal, &tracker_ports, (&progress, &store))?;
        people.extend(watchdog.map(|watchdog| tokio::spawn(watchdog.run(stops.people.subscribe()))));
        let (applied, applying) = store_side::told(progress, stops.people.subscribe(), in_words_of_web);
        people.push(tokio::spawn(applying));
        let health = web::Health {
            journal: journal.clone(),
            journal_health: journal.health_changes(),
            store: store.clone(),
            applied,
            listening,
        };
        let sources = Sources {
            health,
            protocols: protocols::ALL,
            recorder,
            wall: Clock::system(),
            is_demo: start.is_demo,
            has_receiver: config.notify.has_receiver(),
            ports,
            reread: reread(journal.authentication_key()),
        };
        let web = Web::bind(&config.web, sources).await?;
        let web = web.limited_to(ingest::people_max().unwrap_or(u32::MAX));
        let http = web.local_address();
        crate::site::note_http(&data_dir, http).context("writing to the data directory")?;
        people.push(tokio::spawn(answer(web, stops.people.subscribe())));
        if let Some(http) = http {
            let welcome = welcome::welcome(http, store.clone(), stops.people.subscribe());
            people.push(tokio::spawn(welcome));
        }
        Ok(Self {
            journal,
            store,
            tracker_ports,
            http,
            stops,
            ingest,
            ticks,
            fold,
            people,
            _background: background,
        })
    }

    /// Resolves when a part cannot go on.
    pub(crate) async fn broken(&mut self) -> anyhow::Error {
        let mut health = self.journal.health_changes();
        tokio::select! {
            failed = health.wait_for(|health| matches!(health, Health::Failed(_))) => match failed.as_deref() {
                Ok(Health::Failed(reason)) => anyhow::anyhow!(
                    "the journal failed, nothing can be promised: {reason}. Look at its disk, then start again: what was acknowledged is kept"
                ),
                _ => anyhow::anyhow!("the journal is gone"),
            },
            ended = &mut self.fold => match ended {
                Ok(Ok(())) => anyhow::anyhow!("the fold ended by itself"),
                Ok(Err(error)) => error,
                Err(error) => anyhow::anyhow!("the fold panicked: {error}"),
            },
        }
    }

    /// Stops in order: nothing that was read is lost, everything journalled is folded while the store answers.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.stops.ports.send_replace(true);
        self.ingest.await.context("the tracker ports")?;
        self.ticks.await.context("the ticks")?;
        // Delivery before the fold: what it learns from the receiver is still folded.
        self.stops.people.send_replace(true);
        if let Ok(ended) = tokio::time::timeout(PEOPLE_MAX, all_ended(&mut self.people)).await {
            ended?;
        } else {
            tracing::warn!("somebody still waits for an answer, and is left without one");
            self.people.iter().for_each(JoinHandle::abort);
        }
        // A full disk does not hold the stop up: a run without an end ends at its last tick.
        let stop = self.journal.append(vec![Input::RunStop.into()]);
        let stopped = tokio::time::timeout(RUN_STOP_MAX, stop).await;
        self.stops.fold.send_replace(true);
        if !self.fold.is_finished() {
            // It looks at its watch itself, unless it waits for a database to take it over.
            match tokio::time::timeout(FOLD_MAX, &mut self.fold).await {
                Ok(ended) => ended.context("the fold")??,
                Err(_) => {
                    tracing::warn!("the fold was given up; the next run goes on where the store stands");
                }
            }
        }
        let store = self.store.borrow().clone();
        if let Some(store) = store
            && tokio::time::timeout(CLOSED_WITHIN, store.close()).await.is_err()
        {
            tracing::warn!("the database does not answer; its connections are cut");
        }
        self.journal.close().await;
        if !matches!(stopped, Ok(Ok(_))) {
            tracing::warn!("the run's end could not be written to the journal");
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// The journal of the data directory, which is made if there is none. A start that fails leaves no empty one.
async fn journal_of(config: &Config, clock: ClockSpec) -> Result<Journal> {
    let data_dir = &config.data_dir;
    let is_new = !data_dir.exists();
    if is_new {
        ports::can_be_had(config)?;
    }
    let journal = Journal::open(data_dir, config.journal.clone(), clock).await;
    if is_new && journal.is_err() {
        // Only an empty one goes.
        let _ = std::fs::remove_dir(data_dir);
    }
    journal.with_context(|| format!("opening the journal in {}", data_dir.display()))
}

async fn all_ended(parts: &mut [JoinHandle<()>]) -> Result<()> {
    for part in parts {
        part.await.context("a part")?;
    }
    Ok(())
}

/// How long answers and deliveries may take that are under way at a stop. A stop beside a database that hangs takes this, the fold's
/// 13 s and what closes the store: less than the 30 s that a service manager waits.
const PEOPLE_MAX: Duration = Duration::from_secs(6);
/// More than the fold itself takes to stop.
const FOLD_MAX: Duration = Duration::from_secs(22);
/// How long the store's connections may take to be given back and closed.
const CLOSED_WITHIN: Duration = Duration::from_secs(3);
/// How long the run's last input may take.
const RUN_STOP_MAX: Duration = Duration::from_secs(5);

fn take_lock(data_dir: &std::path::Path) -> Result<FoldLock> {
    FoldLock::try_take(data_dir)?.ok_or_else(|| {
        let message = format!(
            "another lienwatch process works on {}. Stop it first, or give this one another --data-dir",
            data_dir.display()
        );
        Failure::error(Exit::Conflict, message)
    })
}

fn run_start() -> Input {
    Input::RunStart { build: env!("CARGO_PKG_VERSION").to_owned(), rules_version: rules::RULES_VERSION }
}

async fn open_ports(config: &Config, journal: &Journal, directory: &Directory, run: Seq) -> Result<Ingest> {
    let listeners = config.listeners()?;
    let (journal, directory) = (journal.clone(), directory.clone());
    Ok(Ingest::bind(&listeners, protocols::ALL, journal, directory, config.ingest.clone(), run).await?)
}

/// The log as its connections had read it, for back-tests.
fn reread(key: [u8; 32]) -> Reread {
    Reread::new(move || decoder(key))
}

async fn answer(web: Web, stop: watch::Receiver<bool>) {
    if let Err(error) = web.run(stop).await {
        tracing::error!(%error, "people are no longer answered");
    }
}

/// The fold's progress in the words of `web`, which does not know the fold.
const fn in_words_of_web(now: Progress) -> Applied {
    Applied { seq: now.applied, at: now.applied_at, store_up: now.store_up }
}

/// Waits for the signal to stop.
pub(crate) async fn stop_signal() -> Result<&'static str> {
    Ok(listen_for_stop()?.await)
}

/// Hears the signal to stop from now on, whenever it is waited for: SIGTERM from a service manager, SIGINT from a terminal.
fn listen_for_stop() -> Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => "SIGTERM",
            _ = int.recv() => "SIGINT",
        }
    })
}
