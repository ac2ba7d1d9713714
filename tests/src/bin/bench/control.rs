//! Servers that do less than ours: what a share of the real one's cost is measured against.
//!
//! Shape: `echo` sends back what it reads; `reply` deframes, decodes and answers like the real server, and stores nothing.
//! Both read and write as it does: all frames of a read, one write. Errors: a connection that fails ends alone.
//! Source: `PERF.md` B2, D.

use anyhow::Context as _;
use bytes::BytesMut;
use futures_util::FutureExt as _;
use model::{Profile, Timestamp};
use std::io::{ErrorKind, Write as _};
use std::net::Ipv4Addr;
use stories::device::now;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use wire::{Admission, Authenticator, Cut, Session, Sniff};

/// What a control does with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Control {
    Echo,
    Reply,
}

/// Serves until it is killed; says its port on stdout first.
pub(crate) fn serve(control: Control) -> anyhow::Result<()> {
    // The server's, but for the naps of its ports (`serve::turns`), which cost it some 5 % of a closed loop.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        writeln!(std::io::stdout(), "{}", socket.local_addr()?)?;
        loop {
            let (stream, _) = socket.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let ended = match control {
                    Control::Echo => echo(stream).await,
                    Control::Reply => reply(stream).await,
                };
                if let Err(error) = ended
                    && !is_hang_up(&error)
                {
                    eprintln!("control: {error:#}");
                }
            });
        }
    })
}

async fn echo(mut stream: TcpStream) -> anyhow::Result<()> {
    let mut input = BytesMut::new();
    while read(&mut stream, &mut input).await? {
        write(&stream, &input).await?;
        input.clear();
    }
    Ok(())
}

async fn reply(mut stream: TcpStream) -> anyhow::Result<()> {
    let (mut input, mut output) = (BytesMut::new(), BytesMut::new());
    let mut session = None;
    while read(&mut stream, &mut input).await? {
        let session = match &mut session {
            Some(session) => session,
            none => none.insert(sniffed(&input).context("no protocol of the list")?),
        };
        answer(session.as_mut(), &mut input, &mut output, now());
        write(&stream, &output).await?;
        output.clear();
    }
    Ok(())
}

fn sniffed(first: &[u8]) -> Option<Box<dyn Session>> {
    let known = protocols::ALL.iter().find(|known| known.sniff(first) == Sniff::Yes)?;
    Some(known.open(Authenticator::Open))
}

/// Everything that a real server does with the frames of a read, but for storing them.
fn answer(session: &mut dyn Session, input: &mut BytesMut, output: &mut BytesMut, now: Timestamp) {
    loop {
        match session.deframe(input) {
            Cut::Frame(frame) => {
                if let Some(terminal) = session.terminal_of(&frame) {
                    session.admit(terminal, Admission::Known(Profile::default()));
                }
                if let Some(bytes) = session.handle(&frame, now).reply.bytes() {
                    output.extend_from_slice(bytes);
                }
            }
            Cut::Skipped { .. } => {}
            Cut::Need | Cut::Lost(_) => return,
        }
    }
}

/// False at the end of the stream.
async fn read(stream: &mut TcpStream, input: &mut BytesMut) -> anyhow::Result<bool> {
    loop {
        stream.readable().await?;
        input.reserve(READ_BYTES);
        if let Some(count) = stream.read_buf(input).now_or_never() {
            return Ok(count? > 0);
        }
    }
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> anyhow::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn is_hang_up(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    matches!(kind, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe))
}

/// As the real server reads.
const READ_BYTES: usize = 4 * 1024;
