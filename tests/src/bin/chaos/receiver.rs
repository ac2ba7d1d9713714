//! A webhook's receiver that can keep its answer to itself.
//!
//! Shape: HTTP requests → how often each `webhook-id` came. Errors: a request that breaks off was not heard. Source:
//! Standard Webhooks; HTTP/1.1 as far as a POST with a length needs it.

use anyhow::Context as _;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Listens until the process ends.
pub(crate) struct Receiver {
    /// Where.
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    heard: Mutex<BTreeMap<String, u32>>,
    holds: AtomicBool,
}

impl Receiver {
    /// Begins to listen.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, shared) = (listener.local_addr()?, Arc::new(Shared::default()));
        let of_all = Arc::clone(&shared);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let shared = Arc::clone(&of_all);
                std::thread::spawn(move || shared.answer(socket));
            }
        });
        Ok(Self { address, shared })
    }

    /// From now on it answers no more, or again.
    pub(crate) fn hold(&self, holds: bool) {
        self.shared.holds.store(holds, Ordering::Relaxed);
    }

    /// How often each notice came, whole.
    pub(crate) fn heard(&self) -> BTreeMap<String, u32> {
        self.shared.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shared {
    fn answer(&self, mut socket: TcpStream) -> anyhow::Result<()> {
        socket.set_read_timeout(Some(HELD))?;
        let mut reader = BufReader::new(socket.try_clone()?);
        let (mut id, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            let (name, value) = line.trim().split_once(':').unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "webhook-id" => id = Some(value.trim().to_owned()),
                "content-length" => length = value.trim().parse()?,
                _ => {}
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        let id = id.context("a notice without an id")?;
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default() += 1;
        if self.holds.load(Ordering::Relaxed) {
            // Until whoever asks is gone.
            let _ = reader.read(&mut [0]);
            return Ok(());
        }
        Ok(socket.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")?)
    }
}

/// Longer than the sender waits.
const HELD: Duration = Duration::from_mins(1);
