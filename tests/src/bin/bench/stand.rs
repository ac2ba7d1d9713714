//! What is measured: a control, or the real server with one journal and one store. Always on the same core, always new.
//!
//! Shape: [`Stand::start`] → an address and a process → [`Stand::kill`], after which a real one can be served again.
//! Errors: whatever the server said. Source: `PERF.md` D.

use crate::control::Control;
use crate::preload::{Stock, preload};
use anyhow::Context as _;
use ingest::{Directory, Listed, Listing, QUARANTINE_FRAMES_MAX};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use stories::server::{Server, Site};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Sends back what it reads.
    Echo,
    /// Decodes and answers, stores nothing.
    Reply,
    /// The real server, whose journal forgets.
    NullJournal,
    /// The real server, whose store never answers: nothing is folded.
    Journal,
    /// The real server.
    Sqlite,
    /// The real server.
    Postgres,
}

/// One that runs.
pub(crate) struct Stand {
    pub(crate) address: SocketAddr,
    pub(crate) process: u32,
    running: Running,
}

enum Running {
    Control(Child),
    Server(Server, Box<Site>),
}

impl Variant {
    /// Its name in the report.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Reply => "decode_reply",
            Self::NullJournal => "null_journal",
            Self::Journal => "journal_alone",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// What it acknowledges is still there after a kill.
    pub(crate) const fn is_durable(self) -> bool {
        matches!(self, Self::Journal | Self::Sqlite | Self::Postgres)
    }

    /// A site that nobody serves yet, with what its store holds before.
    pub(crate) async fn site(self, stock: &Stock) -> anyhow::Result<Site> {
        let site = match self {
            Self::Postgres => Site::on_postgres().await?,
            Self::Journal => Site::at(NOWHERE)?,
            Self::NullJournal => Site::on_sqlite()?.sabotaged_by("null_journal")?,
            Self::Echo | Self::Reply | Self::Sqlite => Site::on_sqlite()?,
        };
        std::fs::create_dir(site.data_dir())?;
        if self != Self::Journal {
            preload(site.store_url(), stock).await?;
        }
        copy_directory(&site.data_dir(), stock)?;
        // A thousand connections are as fast as a million trackers.
        let site = site.hears_any_rate();
        Ok(site.launched_by(&["setpriv", "--pdeathsig", "KILL", "taskset", "-c", SERVER_CORE]))
    }

    /// A killed site whose reports can be listed: those that are in the journal alone get a store, into which the next server folds
    /// them. It holds what any store of these cars held before; else their reports would lie in quarantine.
    pub(crate) async fn readable(self, site: Box<Site>, stock: &Stock) -> anyhow::Result<Box<Site>> {
        if self != Self::Journal {
            return Ok(site);
        }
        let site = Box::new(site.on_embedded_store());
        preload(site.store_url(), stock).await?;
        Ok(site)
    }
}

impl Stand {
    /// Starts one with a new site.
    pub(crate) async fn start(variant: Variant, stock: &Stock) -> anyhow::Result<Self> {
        match variant {
            Variant::Echo => Self::control(Control::Echo),
            Variant::Reply => Self::control(Control::Reply),
            _ => Self::serve(Box::new(variant.site(stock).await?)),
        }
    }

    /// Serves a site.
    pub(crate) fn serve(site: Box<Site>) -> anyhow::Result<Self> {
        let server = site.serve()?;
        Ok(Self { address: server.tracker, process: server.id(), running: Running::Server(server, site) })
    }

    fn control(control: Control) -> anyhow::Result<Self> {
        let mut command = launched(SERVER_CORE, &std::env::current_exe()?);
        let name = match control {
            Control::Echo => "echo",
            Control::Reply => "reply",
        };
        command.args(["control", name]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().context("the control does not start")?;
        let process = child.id();
        let said = BufReader::new(child.stdout.take().context("a pipe")?).lines().next();
        let running = Running::Control(child);
        Ok(Self { address: said.context("an address")??.parse()?, process, running })
    }

    /// What the server says of itself; `None` of a control.
    pub(crate) const fn server(&self) -> Option<&Server> {
        match &self.running {
            Running::Control(_) => None,
            Running::Server(server, _) => Some(server),
        }
    }

    /// Where its rows and its commands are; `None` of a control.
    pub(crate) fn site(&self) -> Option<&Site> {
        match &self.running {
            Running::Control(_) => None,
            Running::Server(_, site) => Some(site),
        }
    }

    /// Kills it as a power cut would; gives what is left of a real one.
    pub(crate) fn kill(self) -> anyhow::Result<Option<Box<Site>>> {
        match self.running {
            Running::Control(mut child) => {
                child.kill()?;
                child.wait()?;
                Ok(None)
            }
            Running::Server(server, site) => {
                server.kill_9()?;
                Ok(Some(site))
            }
        }
    }
}

/// Who is known, as any server that ran before has left it.
fn copy_directory(data_dir: &Path, stock: &Stock) -> anyhow::Result<()> {
    let listed = Listed { approved: true, ..Listed::default() };
    let terminals = stock.cars()?.map(|car| (car.terminal, listed)).collect();
    let listing = Listing { version: 0, terminals, quarantine_room: QUARANTINE_FRAMES_MAX };
    Ok(Directory::new(listing).save_copy(&data_dir.join("directory.copy"))?)
}

/// A program on one core, which dies when this process does.
pub(crate) fn launched(core: &str, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "taskset", "-c", core]).arg(program);
    command
}

/// The core of whatever is measured.
const SERVER_CORE: &str = "0";

/// Where no PostgreSQL ever is.
const NOWHERE: &str = "postgres://nobody@localhost/nowhere?host=%2Fnonexistent";
