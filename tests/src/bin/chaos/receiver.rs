//! A webhook's receiver that can keep its answer to itself.
//!
//! Shape: HTTP requests → how often each `webhook-id` came. Errors: a request that breaks off was not heard. Source:
//! Standard Webhooks; HTTP/1.1 as far as a POST with a length needs it.

use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stories::server::{ANSWER_MAX, Server, Site, until};

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

    /// The alerts of which it has heard anything.
    pub(crate) fn alerts(&self) -> BTreeSet<String> {
        self.heard().keys().filter_map(|id| Some(id.split_once(':')?.0.to_owned())).collect()
    }

    /// The site whose servers send their notices here.
    pub(crate) fn told_by(&self, site: Site) -> anyhow::Result<Site> {
        let secret = site.file("secret", SECRET)?;
        std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let url = format!("LIENWATCH_NOTIFY__WEBHOOK_URL=http://{}/hook", self.address);
        let file = format!("LIENWATCH_NOTIFY__WEBHOOK_SECRET_FILE={secret}");
        Ok(site.launched_by(&["env", &url, &file, "LIENWATCH_NOTIFY__WEBHOOK_ALLOW_PRIVATE=true"]))
    }
}

/// Waits until the server has nothing more to tell.
pub(crate) fn told_everything(server: &Server) -> anyhow::Result<()> {
    until("an empty outbox", NOTICE_MAX, || {
        let (_, text) = server.get("/metrics")?;
        let pending =
            text.lines().find(|line| line.starts_with("lienwatch_outbox_entries{state=\"pending\"}"));
        Ok(pending.filter(|line| line.ends_with(" 0")).map(|_| ()))
    })
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

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";
/// A notice is tried again after some seconds.
pub(crate) const NOTICE_MAX: Duration = Duration::from_secs(ANSWER_MAX.as_secs() * 9);
/// Longer than the sender waits.
const HELD: Duration = Duration::from_mins(1);
