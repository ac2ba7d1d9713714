//! A live stream as a program reads it: server-sent events in the chunks of an HTTP/1.1 answer.
//!
//! ```text
//! socket --bytes--> chunks --text--> messages, an empty line behind each
//! ```
//! Shape: [`Stream::open`], then [`Stream::next`] until the time is over. Units: bytes, moments of this machine. Errors: any answer
//! but 200, a chunk or a text that is none, the end of the stream. Source: RFC 9112 §7.1; HTML standard, §9.2.

use anyhow::{Context as _, bail, ensure};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;
use stories::server::ANSWER_MAX;

/// A stream that is open.
pub(super) struct Stream {
    socket: TcpStream,
    messages: Messages,
}

/// What was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) event: String,
    pub(super) said: String,
}

/// Bytes on their way to being messages.
#[derive(Default)]
struct Messages {
    chunked: Vec<u8>,
    text: Vec<u8>,
}

impl Stream {
    /// Asks for a path, and reads the head of the answer.
    pub(super) fn open(server: SocketAddr, path: &str, head: &str) -> anyhow::Result<Self> {
        let mut socket = TcpStream::connect(server)?;
        socket.set_read_timeout(Some(ANSWER_MAX))?;
        write!(socket, "GET {path} HTTP/1.1\r\nHost: {server}\r\nAccept: text/event-stream\r\n{head}\r\n")?;
        let mut answer = Vec::new();
        let end = loop {
            if let Some(end) = find(&answer, b"\r\n\r\n") {
                break end;
            }
            ensure!(answer.len() < HEAD_BYTES_MAX, "{path} answers with a head that has no end");
            ensure!(read(&mut socket, &mut answer)? > 0, "{path} answers nothing");
        };
        let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let is_open = head.starts_with("http/1.1 200") && head.contains("transfer-encoding: chunked");
        ensure!(is_open, "{path} answers {head}");
        let chunked = answer.get(end + 4..).unwrap_or_default().to_vec();
        Ok(Self { socket, messages: Messages { chunked, text: Vec::new() } })
    }

    /// The next message; `None` when the time is over.
    pub(super) fn next(&mut self, until: Instant) -> anyhow::Result<Option<Message>> {
        loop {
            if let Some(message) = self.messages.next()? {
                return Ok(Some(message));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.socket.set_read_timeout(Some(left))?;
            match read(&mut self.socket, &mut self.messages.chunked) {
                Ok(0) => bail!("the stream has ended"),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Messages {
    /// The next whole message.
    fn next(&mut self) -> anyhow::Result<Option<Message>> {
        while let Some((content, rest)) = chunk(&self.chunked)? {
            self.text.extend_from_slice(content);
            self.chunked = rest.to_vec();
        }
        while let Some(end) = find(&self.text, b"\n\n") {
            let text = self.text.drain(..end + 2).collect();
            if let Some(message) = message(&String::from_utf8(text)?) {
                return Ok(Some(message));
            }
        }
        ensure!(self.text.len() + self.chunked.len() < MESSAGE_BYTES_MAX, "a message that has no end");
        Ok(None)
    }
}

/// The first whole chunk, and what is behind it.
fn chunk(bytes: &[u8]) -> anyhow::Result<Option<(&[u8], &[u8])>> {
    let Some(end) = find(bytes, b"\r\n") else { return Ok(None) };
    let size = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let size = usize::from_str_radix(size, 16).with_context(|| format!("{size:?} is no size"))?;
    ensure!(size <= MESSAGE_BYTES_MAX, "a chunk of {size} bytes");
    let from = end + 2;
    let whole = bytes.get(from..from + size).zip(bytes.get(from + size + 2..));
    if size == 0 && whole.is_some() {
        bail!("the stream has ended");
    }
    Ok(whole)
}

/// A message of its lines; `None` of a comment, which says only that the stream lives.
fn message(text: &str) -> Option<Message> {
    let of = |name: &str| text.lines().find_map(|line| Some(line.strip_prefix(name)?.trim_start()));
    Some(Message { event: of("event:")?.to_owned(), said: of("data:")?.to_owned() })
}

fn read(socket: &mut TcpStream, into: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut bytes = [0; READ_BYTES];
    let count = socket.read(&mut bytes)?;
    into.extend_from_slice(bytes.get(..count).unwrap_or_default());
    Ok(count)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// A few messages.
const READ_BYTES: usize = 16 * 1024;
/// Far above the few headers of the server.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// An alert has a few kilobytes.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of bytes that arrive in pieces of this size.
    fn told(bytes: &[u8], piece: usize) -> Vec<(String, String)> {
        let (mut messages, mut told) = (Messages::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            messages.chunked.extend_from_slice(piece);
            while let Some(Message { event, said }) = messages.next().unwrap() {
                told.push((event, said));
            }
        }
        told
    }

    #[test]
    fn messages_are_the_same_however_their_bytes_come() {
        let texts =
            ["event: alert\ndata: {\"id\":\"A-1\"}\nid: ab-1.0\n\n: beat\n\nevent: hea", "lth\ndata: {}\n\n"];
        let bytes = texts.map(|text| format!("{:x}\r\n{text}\r\n", text.len())).concat();
        let expected = [("alert", "{\"id\":\"A-1\"}"), ("health", "{}")];
        let expected = expected.map(|(event, said)| (event.to_owned(), said.to_owned()));
        for piece in 1..=bytes.len() {
            assert_eq!(told(bytes.as_bytes(), piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn the_last_chunk_and_what_is_no_chunk_are_errors() {
        for bytes in ["0\r\n\r\n", "alert\r\n"] {
            let mut messages = Messages { chunked: bytes.into(), text: Vec::new() };
            assert!(messages.next().is_err(), "{bytes:?}");
        }
    }
}
