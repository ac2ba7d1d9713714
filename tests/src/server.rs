//! A real server: one data directory, the processes that serve it, and the command line beside them.
//!
//! Shape: [`Site`] (folder, store, ports) → [`Site::serve`] → [`Server`]; [`Site::cli`] runs any other command. Errors:
//! with the end of the server's log. Everything is in a temp folder; children die with their handle.
//! Source: DESIGN.md §7, §8.

use crate::{postgres::Postgres, program};
use anyhow::{Context as _, bail, ensure};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// One data directory with its store and its ports.
#[derive(Debug)]
pub struct Site {
    folder: TempDir,
    program: PathBuf,
    /// What serves, if it is another build, and the sabotage it is asked for.
    sabotaged: Option<(PathBuf, &'static str)>,
    /// What starts the server: a program that turns into it.
    launcher: Vec<String>,
    /// Settings of the server that are not the usual ones.
    settings: Vec<(String, String)>,
    store_url: String,
    tracker: SocketAddr,
    http: SocketAddr,
}

/// A serving process.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where trackers connect.
    pub tracker: SocketAddr,
    /// Where people look.
    pub http: SocketAddr,
}

/// A server that ended before it listened.
#[derive(Debug, thiserror::Error)]
#[error("the server ended with {status}:\n{log}")]
pub struct Ended {
    /// How.
    pub status: ExitStatus,
    /// Everything that servers of its site have logged.
    pub log: String,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub struct Output {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

/// Held by a story that loads the machine: two of them would measure each other.
pub static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

impl Site {
    /// A new one with the embedded store.
    pub fn on_sqlite() -> anyhow::Result<Self> {
        Ok(Self::at("")?.on_embedded_store())
    }

    /// A new one with a database of its own in the shared PostgreSQL.
    pub async fn on_postgres() -> anyhow::Result<Self> {
        Self::at(&Postgres::shared()?.create_database("server").await?)
    }

    /// A new one with a store at a URL.
    pub fn at(store_url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            folder: tempfile::Builder::new().prefix("site.").tempdir()?,
            program: program::lienwatch()?,
            sabotaged: None,
            launcher: Vec::new(),
            settings: Vec::new(),
            store_url: store_url.to_owned(),
            tracker: free_port()?,
            http: free_port()?,
        })
    }

    /// The same, served by the build that acknowledges before it commits. Commands stay honest: they find out.
    pub fn sabotaged(self) -> anyhow::Result<Self> {
        self.sabotaged_by("ack_before_commit")
    }

    /// The same with any sabotage that the build knows.
    pub fn sabotaged_by(self, name: &'static str) -> anyhow::Result<Self> {
        Ok(Self { sabotaged: Some((program::sabotaged()?, name)), ..self })
    }

    /// The same, with each server started by a program that turns into it: `prlimit`, `env`.
    #[must_use]
    pub fn launched_by(self, launcher: &[&str]) -> Self {
        Self { launcher: launcher.iter().map(|&word| word.to_owned()).collect(), ..self }
    }

    /// The same, with a setting of the server, as in `ingest.idle_s`.
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        let name = format!("LIENWATCH_{}", key.to_uppercase().replace('.', "__"));
        self.settings.push((name, value.to_owned()));
        self
    }

    /// The same, for trackers that say more than one may.
    #[must_use]
    pub fn hears_any_rate(self) -> Self {
        self.set("ingest.frames_per_s_max", "1000000")
    }

    /// The same journal with an embedded store, whatever its store was: what was never folded can be folded into it, and read.
    #[must_use]
    pub fn on_embedded_store(self) -> Self {
        let store_url = format!("sqlite:{}", self.data_dir().join("store.db").display());
        Self { store_url, ..self }
    }

    /// Journal and embedded store.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where trackers connect, also while no server runs.
    pub const fn tracker(&self) -> SocketAddr {
        self.tracker
    }

    /// Where the rows are.
    pub fn store_url(&self) -> &str {
        &self.store_url
    }

    /// Writes a file beside the data directory.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<String> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path.to_str().context("a plain path")?.to_owned())
    }

    /// Everything that servers of this site have logged.
    pub fn log(&self) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(self.log_path())?)
    }

    /// Starts a server and waits until both ports accept.
    pub fn serve(&self) -> anyhow::Result<Server> {
        let mut server = self.spawn()?;
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect(self.tracker).is_err() || TcpStream::connect(self.http).is_err() {
            if let Some(status) = server.child.try_wait()? {
                return Err(Ended { status, log: self.log()? }.into());
            }
            ensure!(Instant::now() < deadline, "the server does not listen:\n{}", self.log()?);
            std::thread::sleep(POLL);
        }
        Ok(server)
    }

    fn spawn(&self) -> anyhow::Result<Server> {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path())?;
        let (tracker, http) = (self.tracker.to_string(), self.http.to_string());
        let program = self.sabotaged.as_ref().map_or(&self.program, |(program, _)| program);
        let serve = ["serve", "--listen", &tracker, "--http", &http];
        let mut command = match self.launcher.split_first() {
            None => self.command_of(program, &serve),
            Some((launcher, words)) => {
                let words = words.iter().map(String::as_str).chain(program.to_str());
                self.command_of(Path::new(launcher), &words.chain(serve).collect::<Vec<_>>())
            }
        };
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.envs(self.sabotaged.iter().map(|(_, name)| ("LIENWATCH_SABOTAGE", *name)));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Server { child: command.spawn()?, tracker: self.tracker, http: self.http })
    }

    /// Runs a command to its end.
    pub fn cli(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        self.cli_reading("", arguments)
    }

    /// Runs a command to its end, with a text on stdin.
    pub fn cli_reading(&self, stdin: &str, arguments: &[&str]) -> anyhow::Result<Output> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        // What we give is smaller than a pipe's buffer.
        let mut pipe = child.stdin.take().context("a pipe")?;
        pipe.write_all(stdin.as_bytes())?;
        drop(pipe);
        let output = child.wait_with_output()?;
        Ok(Output {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs a command that must succeed.
    pub fn done(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.cli(arguments)?;
        ensure!(output.code == Some(0), "{arguments:?}: {output:?}");
        Ok(output.stdout)
    }

    /// The rows of a listing, read line by line: there may be more than a text should hold.
    pub fn rows<T: DeserializeOwned>(&self, arguments: &[&str]) -> anyhow::Result<Vec<T>> {
        let mut command = self.command(arguments);
        command.args(["-o", "ndjson"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let lines = BufReader::new(child.stdout.take().context("a pipe")?).lines();
        let rows = lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect::<anyhow::Result<_>>();
        let status = child.wait()?;
        ensure!(status.success(), "{arguments:?}: {status}");
        rows
    }

    /// The program with this site's place, and nothing of the caller's environment that would change it.
    fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(&self.program, arguments)
    }

    fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LIENWATCH_") {
                command.env_remove(name);
            }
        }
        command.env("NO_COLOR", "1").args(arguments).current_dir(self.folder.path());
        command.arg("--data-dir").arg(self.data_dir()).args(["--store-url", &self.store_url]);
        command
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("serve.log")
    }
}

impl Server {
    /// Ends it as a power cut would.
    pub fn kill_9(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(self) -> anyhow::Result<ExitStatus> {
        self.signal("TERM")?;
        self.ended_within(STOP_MAX)
    }

    /// Waits until it has ended by itself.
    pub fn ended_within(mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        until("the end of the server", within, || Ok(self.child.try_wait()?))
    }

    /// How it has ended by itself, if it has.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by its name, without SIG.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        signal(self.id(), name)
    }

    /// What a path answers: status and body.
    pub fn get(&self, path: &str) -> anyhow::Result<(u16, String)> {
        self.ask_as(path, "")
    }

    /// The same to somebody: lines of the head, each with its end, say who asks and why.
    pub fn ask_as(&self, path: &str, head: &str) -> anyhow::Result<(u16, String)> {
        let mut socket = TcpStream::connect(self.http)?;
        socket.set_read_timeout(Some(ANSWER_MAX))?;
        write!(socket, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{head}\r\n", self.http)?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an HTTP answer")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Ok((status.with_context(|| format!("a status in {head}"))?, body.to_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing to do about one that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process: `std` can only kill.
pub fn signal(process: u32, name: &str) -> anyhow::Result<()> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "kill -\"$1\" \"$2\"", "kill", name]).arg(process.to_string());
    ensure!(shell.status()?.success(), "kill -{name} {process} failed");
    Ok(())
}

/// Asks again and again until there is something, or the time is over.
pub fn until<T: Debug>(
    what: &str,
    within: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        ensure!(Instant::now() < deadline, "not within {within:?}: {what}");
        std::thread::sleep(POLL);
    }
}

/// A port that is free, below the range that the kernel gives to outgoing connections: while the server is down, a
/// tracker that dials its port could otherwise be given that very port, and be connected to itself.
fn free_port() -> anyhow::Result<SocketAddr> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % u32::from(PORTS))?;
    for _ in 0..PORTS {
        let offset = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT_FIRST + offset));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no free port")
}

/// The frames that a protocol's folder holds as examples.
pub fn frames(protocol: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocols").join(protocol).join("frames")
}

/// Ports that tests take turns with.
const PORT_FIRST: u16 = 20_000;
const PORTS: u16 = 12_000;
/// A server with a long journal steps its states again before it listens to nobody but trackers.
const START_MAX: Duration = Duration::from_secs(30);
/// A server that stops folds what is in its journal first.
const STOP_MAX: Duration = Duration::from_mins(1);
/// An answer on the loopback, on a machine that compiles something else meanwhile.
pub const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Between two looks.
const POLL: Duration = Duration::from_millis(20);
