//! One device that shows whether a server takes what devices say: it logs in, says that it is alive, and waits for its answer.
//!
//! Shape: [`probe`] is one whole connection. Units: waits in real time. Errors: [`ProbeError`] says at which step. Source:
//! `reliability.md` §5 (synthetic device).

use crate::link::{ANSWER_MAX, Link, LinkError};
use crate::tracker::Device;
use std::net::SocketAddr;
use tokio::time::timeout;
use wire::Answer;

/// Why a server did not take what a device said.
#[derive(Debug, thiserror::Error)]
#[error("a device of its own could not {step}: {reason}")]
pub struct ProbeError {
    step: &'static str,
    reason: String,
}

/// Logs in and says that it is alive. The answer stands for a commit, as every tracker's does.
pub async fn probe(target: SocketAddr, device: Device) -> Result<(), ProbeError> {
    let failed = |step| move |error: LinkError| ProbeError { step, reason: error.to_string() };
    let mut terminal = device.protocol.terminal(device.terminal);
    let mut link = Link::open(target, terminal.as_mut()).await.map_err(failed("log in"))?;
    link.queue(&terminal.heartbeat().bytes);
    link.flush().await.map_err(failed("say that it is alive"))?;
    let answered = async {
        loop {
            while let Some(answer) = link.answer(terminal.as_mut()) {
                if matches!(answer, Answer::Acknowledged { .. }) {
                    return Ok(());
                }
            }
            link.read().await?;
        }
    };
    timeout(ANSWER_MAX, answered).await.unwrap_or(Err(LinkError::Overdue)).map_err(failed("get its answer"))
}
