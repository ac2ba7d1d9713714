//! The generator as the parent sees it: a process on its own core.
//!
//! Shape: [`Run::start`] with a job → logged in → [`Run::go`] → [`Run::measured`] → the server is killed → [`Run::sent`].
//! Errors: the generator ended, with what it said on stderr; it dies with its handle and with this process.

use crate::job::{Job, Measured, Said, Sent};
use crate::stand::launched;
use anyhow::{Context as _, bail};
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// A generator at work.
pub(crate) struct Run {
    child: Child,
    orders: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    /// How long it took until everybody was logged in.
    pub(crate) entered_s: f64,
}

impl Run {
    /// Starts one and waits until its trackers are logged in.
    pub(crate) fn start(job: &Job) -> anyhow::Result<Self> {
        let mut command = launched(GENERATOR_CORE, &std::env::current_exe()?);
        command.arg("generate").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("the generator does not start")?;
        let orders = child.stdin.take().context("a pipe")?;
        let said = BufReader::new(child.stdout.take().context("a pipe")?).lines();
        let mut run = Self { child, orders, said, entered_s: 0.0 };
        run.tell(&serde_json::to_string(job)?)?;
        let Said::Ready { seconds } = run.next()? else { bail!("the generator is not ready") };
        run.entered_s = seconds;
        Ok(run)
    }

    /// The load begins.
    pub(crate) fn go(&mut self) -> anyhow::Result<()> {
        self.tell("go")
    }

    /// Waits for the measurement. The load goes on until the server is killed.
    pub(crate) fn measured(&mut self) -> anyhow::Result<Measured> {
        let Said::Measured(measured) = self.next()? else { bail!("the generator did not measure") };
        Ok(measured)
    }

    /// What it sent, once the server is gone.
    pub(crate) fn sent(mut self) -> anyhow::Result<Vec<Sent>> {
        let Said::Sent(sent) = self.next()? else { bail!("the generator does not say what it sent") };
        Ok(sent)
    }

    fn tell(&mut self, order: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.orders, "{order}")?)
    }

    fn next(&mut self) -> anyhow::Result<Said> {
        let line = self.said.next().context("the generator ended early")??;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Nothing to do about one that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Apart from the server.
const GENERATOR_CORE: &str = "1";
