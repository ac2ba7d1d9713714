//! Failing system calls: `strace` attached to a server, for one of its files.
//!
//! Shape: [`Tracer::attach`] → calls fail until it is dropped. Errors: [`NotHere`] where there is no strace, or where it may not
//! attach. Source: `strace(1)`, "Tampering".

use crate::verdict::NotHere;
use anyhow::Context as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stories::server::{Server, signal, until};

/// A strace that works on a server.
#[derive(Debug)]
pub(crate) struct Tracer {
    strace: Child,
    log: PathBuf,
}

impl Tracer {
    /// Lets `calls` on a file fail with `error`; `when` counts them on each thread: `3`, `1+`.
    pub(crate) fn attach(
        server: &Server,
        file: &Path,
        calls: &str,
        (error, when): (&str, &str),
    ) -> anyhow::Result<Self> {
        let log = file.with_extension("strace");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-q", "-e", &format!("trace={calls}")]);
        strace.args(["-e", &format!("inject={calls}:error={error}:when={when}")]);
        strace.arg("-P").arg(file).args(["-p", &server.id().to_string()]).arg("-o").arg(&log);
        strace
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stderr(File::create(log.with_extension("stderr"))?);
        let strace = strace.spawn().map_err(|error| NotHere(format!("strace does not start: {error}")))?;
        let mut tracer = Self { strace, log };
        let attached = until("an attached strace", ATTACHED_MAX, || match tracer.strace.try_wait()? {
            Some(_) => Ok(Some(false)),
            None => Ok(is_traced(server).then_some(true)),
        })?;
        if attached { Ok(tracer) } else { Err(refused(file).into()) }
    }

    /// How many calls it has let fail.
    pub(crate) fn injected(&self) -> anyhow::Result<usize> {
        let log = fs::read_to_string(&self.log).context("the log of strace")?;
        Ok(log.lines().filter(|line| line.contains("(INJECTED)")).count())
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        // Asked so, it detaches and leaves the server alone. It may be gone with its server.
        if matches!(self.strace.try_wait(), Ok(None)) {
            let _ = signal(self.strace.id(), "TERM");
        }
        let _ = self.strace.wait();
    }
}

/// Whether strace has every thread of a server.
fn is_traced(server: &Server) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{}/task", server.id())) else { return false };
    threads.flatten().all(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
    })
}

fn refused(file: &Path) -> NotHere {
    let said = fs::read_to_string(file.with_extension("stderr")).unwrap_or_default();
    NotHere(format!("strace may not attach here: {}", said.lines().next().unwrap_or_default()))
}

const ATTACHED_MAX: Duration = Duration::from_secs(10);
