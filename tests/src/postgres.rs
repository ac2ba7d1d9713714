//! A private PostgreSQL for a test: its own folder, its own socket, no TCP port, gone when the test process ends.
//!
//! Shape: [`Postgres::start`] → [`Postgres::create_database`] → a URL for the store. Errors: whatever its programs said.
//! It refuses to run as root, so that as root it runs as `postgres` or `nobody`. Source: PostgreSQL's `initdb` and
//! `pg_ctl` manual pages.

use crate::server::signal;
use anyhow::{Context as _, anyhow, bail, ensure};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running server, or one that was stopped on purpose.
#[derive(Debug)]
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<Owner>,
    /// Waits for the end of this process, however it ends, then stops the server and removes the folder.
    guard: Child,
}

/// Whom the server runs as where we are root.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Postgres {
    /// The one instance that the tests of this process share, each with a database of its own. A story without its
    /// database must fail loudly, never be skipped: whoever asks gets the error.
    pub fn shared() -> anyhow::Result<&'static Self> {
        static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Self::start().map_err(|error| format!("{error:#}")));
        shared.as_ref().map_err(|error| anyhow!("PostgreSQL for the tests does not start: {error}"))
    }

    /// Makes and starts an instance: keys compared as bytes, every local user trusted, `fsync` on as in production.
    pub fn start() -> anyhow::Result<Self> {
        let programs = programs()?;
        let owner = owner()?;
        let folder = tempfile::Builder::new().prefix("pg.").tempdir()?.keep();
        if let Some(owner) = owner {
            chown(&folder, Some(owner.user), Some(owner.group))?;
        }
        let guard = guard(&folder)?;
        let postgres = Self { programs, folder, owner, guard };
        let data = postgres.data();
        let mut initdb = postgres.command("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--locale=C", "--encoding=UTF8", "--no-sync"]);
        completed(initdb.arg("--pgdata").arg(data))?;
        postgres.start_again()?;
        Ok(postgres)
    }

    /// A URL of the instance's own database `postgres`, over the socket.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Makes a database whose name begins with `story`, and gives its URL.
    pub async fn create_database(&self, story: &str) -> anyhow::Result<String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        ensure!(
            story.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "not a plain name: {story}"
        );
        let name = format!("{story}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url()).await?;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        connection.close().await?;
        Ok(self.url_of(&name))
    }

    /// Stops it as a crash would: nothing is flushed, the next start recovers.
    pub fn stop_immediate(&self) -> anyhow::Result<()> {
        completed(
            self.command("pg_ctl").arg("stop").arg("-w").args(["-m", "immediate", "-D"]).arg(self.data()),
        )
    }

    /// Starts it after [`Postgres::stop_immediate`]; the URLs stay the same.
    pub fn start_again(&self) -> anyhow::Result<()> {
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=on -c synchronous_commit=on \
             -c shared_buffers=512MB -c max_wal_size=4GB -c wal_compression=on -c max_connections=100",
            self.folder.display()
        );
        let mut start = self.command("pg_ctl");
        start
            .arg("start")
            .arg("-w")
            .arg("-D")
            .arg(self.data())
            .arg("-o")
            .arg(settings)
            .arg("-l")
            .arg(self.log());
        completed(&mut start).with_context(|| std::fs::read_to_string(self.log()).unwrap_or_default())
    }

    /// Lets it answer nothing until this is dropped; who connects waits.
    pub fn hang(&self) -> anyhow::Result<Hang> {
        let first = self.processes()?.into_iter().next().context("no first process")?;
        let mut hang = Hang(vec![first]);
        signal(first, "STOP")?;
        // It starts no others now. One that has ended meanwhile answers nobody either.
        let others = self.processes()?.into_iter().filter(|process| *process != first);
        hang.0.extend(others.filter(|process| signal(*process, "STOP").is_ok()));
        Ok(hang)
    }

    /// The processes of the running server: the first, and those it has started.
    pub fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        let first: u32 = file.lines().next().context("an empty postmaster.pid")?.trim().parse()?;
        let others = std::fs::read_dir("/proc")?.flatten().filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // Behind the name, which may hold anything: state, parent.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()?;
            (parent == first).then_some(process)
        });
        Ok(std::iter::once(first).chain(others).collect())
    }

    fn url_of(&self, database: &str) -> String {
        let folder: String = self.folder.to_string_lossy().replace('%', "%25").replace('/', "%2F");
        format!("postgres://postgres@localhost/{database}?host={folder}")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(&self.folder).env("LC_ALL", "C.UTF-8");
        if let Some(owner) = self.owner {
            command.uid(owner.user).gid(owner.group);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        if let Err(error) = self.guard.wait() {
            eprintln!("{} may be left behind: {error}", self.folder.display());
        }
    }
}

/// A shell that reads until this process is gone, which closes the pipe even after `kill -9`. A destructor alone would
/// not do: a static is never dropped. Its own process group, so that Ctrl-C at the terminal leaves it to its work.
fn guard(folder: &Path) -> anyhow::Result<Child> {
    const CLEAN_UP: &str = r#"
        cat >/dev/null
        if read -r pid <"$1/data/postmaster.pid"; then
            kill -QUIT "$pid"
            while kill -0 "$pid"; do sleep 0.1; done
        fi
        rm -rf "$1""#;
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", CLEAN_UP, "guard"]).arg(folder).current_dir("/").process_group(0);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().context("/bin/sh does not start")
}

/// Processes that are stopped until this is dropped: a stopped one could not be ended.
#[derive(Debug)]
pub struct Hang(Vec<u32>);

impl Drop for Hang {
    fn drop(&mut self) {
        for process in &self.0 {
            // One that has ended meanwhile needs nothing.
            let _ = signal(*process, "CONT");
        }
    }
}

/// The folder of the server programs: what `tests/run` found, else the newest of Debian's, else the path's.
fn programs() -> anyhow::Result<PathBuf> {
    let told = std::env::var_os("LIENWATCH_POSTGRES_BIN").map(PathBuf::from);
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|folders| folders.flatten().map(|folder| folder.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort_by_key(|bin| std::cmp::Reverse(version(bin)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let complete =
        |bin: &PathBuf| ["initdb", "postgres", "pg_ctl"].iter().all(|name| bin.join(name).is_file());
    told.into_iter().chain(versions).chain(std::env::split_paths(&path)).find(complete).context(
        "initdb, postgres and pg_ctl are neither in /usr/lib/postgresql/*/bin nor in PATH; tests/run installs them",
    )
}

fn version(bin: &Path) -> u32 {
    let folder = bin.parent().and_then(Path::file_name).unwrap_or_default();
    folder.to_str().and_then(|name| name.parse().ok()).unwrap_or(0)
}

fn owner() -> anyhow::Result<Option<Owner>> {
    if id(&["-u"])? != Some(0) {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let (Some(user), Some(group)) = (id(&["-u", name])?, id(&["-g", name])?) {
            return Ok(Some(Owner { user, group }));
        }
    }
    bail!("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

fn id(arguments: &[&str]) -> anyhow::Result<Option<u32>> {
    let output =
        Command::new("id").args(arguments).stderr(Stdio::null()).output().context("id does not start")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok())
}

/// Runs a program to its end. Its output goes to a file: a server that it leaves behind would hold a pipe open.
fn completed(command: &mut Command) -> anyhow::Result<()> {
    let output = tempfile::NamedTempFile::new()?;
    command.stdin(Stdio::null()).stdout(output.reopen()?).stderr(output.reopen()?);
    let status = command.status().with_context(|| format!("{command:?} does not start"))?;
    if !status.success() {
        bail!("{command:?}: {status}\n{}", std::fs::read_to_string(output.path())?);
    }
    Ok(())
}
