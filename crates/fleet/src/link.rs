//! One TCP connection of one tracker: connect, log in, bytes out, answers in.
//!
//! Shape: `open` returns when the server has let the terminal in; then frames are queued and flushed, and answers
//! taken one by one. Units: waits in real time. Errors: [`LinkError`]; every one ends the connection.

use bytes::{Bytes, BytesMut};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use wire::{Answer, Terminal};

/// A connection on which the terminal is logged in.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    input: BytesMut,
    output: BytesMut,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// The socket failed.
    #[error("the socket failed: {0}")]
    Socket(#[from] io::Error),
    /// The server closed.
    #[error("the server closed the connection")]
    Closed,
    /// The server said nothing, or took nothing, for too long.
    #[error("no answer within {} s", ANSWER_MAX.as_secs())]
    Overdue,
    /// The server does not want this terminal.
    #[error("the server refused the terminal")]
    Refused,
    /// The server sends, but no frame.
    #[error("{0} bytes without a frame")]
    Nonsense(usize),
    /// The ledger cannot hold another report.
    #[error("the ledger is full")]
    LedgerFull,
}

impl Link {
    /// Connects and logs in, with as many steps as the protocol has.
    pub(crate) async fn open(target: SocketAddr, terminal: &mut dyn Terminal) -> Result<Self, LinkError> {
        let entering = async {
            let stream = TcpStream::connect(target).await?;
            stream.set_nodelay(true)?;
            let mut link = Self { stream, input: BytesMut::new(), output: BytesMut::new() };
            link.queue(&terminal.login());
            link.log_in(terminal).await?;
            Ok(link)
        };
        timeout(ANSWER_MAX, entering).await.unwrap_or(Err(LinkError::Overdue))
    }

    async fn log_in(&mut self, terminal: &mut dyn Terminal) -> Result<(), LinkError> {
        loop {
            self.flush().await?;
            while let Some(answer) = terminal.receive(&mut self.input) {
                match answer {
                    Answer::Ready => return Ok(()),
                    Answer::Send(next) | Answer::Command { reply: next } => self.queue(&next),
                    Answer::Refused => return Err(LinkError::Refused),
                    Answer::Acknowledged { .. } | Answer::Other => {}
                }
            }
            if self.output.is_empty() {
                self.read().await?;
            }
        }
    }

    /// Adds a frame to what the next flush sends.
    pub(crate) fn queue(&mut self, frame: &Bytes) {
        self.output.extend_from_slice(frame);
    }

    /// Sends what is queued.
    pub(crate) async fn flush(&mut self) -> Result<(), LinkError> {
        if !self.output.is_empty() {
            timeout(ANSWER_MAX, self.stream.write_all(&self.output))
                .await
                .map_err(|_| LinkError::Overdue)??;
            self.output.clear();
        }
        Ok(())
    }

    /// Waits for bytes. Safe to cancel: `read_buf` either reads nothing or has its bytes in the buffer.
    pub(crate) async fn read(&mut self) -> Result<(), LinkError> {
        if self.input.len() >= INPUT_MAX {
            return Err(LinkError::Nonsense(self.input.len()));
        }
        self.input.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.input).await? {
            0 => Err(LinkError::Closed),
            _ => Ok(()),
        }
    }

    /// The next answer among the bytes that are there.
    pub(crate) fn answer(&mut self, terminal: &mut dyn Terminal) -> Option<Answer> {
        terminal.receive(&mut self.input)
    }
}

/// GT06 devices wait 5 s and try three times; a group commit that takes longer is an outage.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(15);
/// Far more than any answer of any protocol; a server that sends this much without a frame is not ours.
const INPUT_MAX: usize = 64 * 1024;
/// Room for a few hundred answers at once.
const READ_BYTES: usize = 4096;
