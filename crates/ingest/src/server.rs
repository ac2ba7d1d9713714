//! The tracker ports: bind, accept under limits, one task a connection, drain.
//!
//! Shape: [`Ingest::bind`] checks everything and opens the sockets, [`Ingest::run`] reads them until it is told to
//! stop; then nothing is accepted or read any more, what was read is committed and acknowledged, and all close within
//! [`DRAIN_MAX`]. Errors: [`IngestError`], before the first frame only. Source: DESIGN.md §3; `reliability.md` goal 15.

use crate::attempts::{Attempts, Claim};
use crate::connection::Connection;
use crate::descriptors;
use crate::doorkeeper::Doorkeeper;
use crate::log_limit::LogLimit;
use crate::orders::{OrderDesk, Orders};
use crate::parts::Parts;
use crate::registry::Registry;
use crate::roster::{Full, Roster};
use crate::talk::{Caller, ENTRIES_PER_CALL_MAX, House, Moment, QUEUE_ITEMS_MIN};
use crate::{Config, Counters, Directory, IngestError};
use journal::{Clock, Journal};
use model::{Seq, Timestamp};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use wire::{Authenticator, Protocol};

/// One tracker port.
#[derive(Debug, Clone, Copy)]
pub struct Listener {
    /// Where; port 0 takes a free one.
    pub address: SocketAddr,
    /// The only protocol spoken there; `None` = tell by the first bytes.
    pub protocol: Option<&'static str>,
}

/// The tracker ports, open.
pub struct Ingest {
    server: Arc<Server>,
    doors: Vec<Door>,
}

/// What all connections share.
pub(crate) struct Server {
    pub(crate) house: House,
    pub(crate) journal: Journal,
    pub(crate) roster: Roster,
    clock: Clock,
}

struct Door {
    socket: TcpListener,
    port: Option<&'static dyn Protocol>,
}

impl Ingest {
    /// Checks the limits and opens the ports. `run` is the place of this run's start in the journal.
    pub async fn bind(
        listeners: &[Listener],
        protocols: &'static [&'static dyn Protocol],
        journal: Journal,
        directory: Directory,
        config: Config,
        run: Seq,
    ) -> Result<Self, IngestError> {
        config.check()?;
        check_journal(journal.config())?;
        let doors = listeners.iter().map(|listener| open(listener, protocols)).collect::<Result<_, _>>()?;
        let roster = Roster::new(&config, descriptors::connections_max(config.connections_max));
        let clock = journal.clock();
        let house = House {
            protocols,
            authenticator: Authenticator::Keyed(journal.authentication_key()),
            run,
            config,
            directory,
            counters: Arc::new(Counters::new()),
            registry: Mutex::new(Registry::default()),
            orders: Orders::default(),
            parts: Parts::loaded(journal.parts().await?, clock.now()),
            frame_log: LogLimit::default(),
            connection_log: LogLimit::default(),
            rate_log: LogLimit::default(),
            attempts: Attempts::default(),
        };
        Ok(Self { server: Arc::new(Server { house, journal, roster, clock }), doors })
    }

    /// Where the ports are, in the order of the listeners.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.doors.iter().filter_map(|door| door.socket.local_addr().ok()).collect()
    }

    /// Where open commands are laid down.
    pub fn order_desk(&self) -> OrderDesk {
        OrderDesk::new(Arc::clone(&self.server))
    }

    /// Who is at the ports, for people.
    pub fn doorkeeper(&self) -> Doorkeeper {
        Doorkeeper::new(Arc::clone(&self.server))
    }

    /// What is counted.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.server.house.counters)
    }

    /// Serves until `shutdown` says true (or its sender is gone), then drains.
    pub async fn run(self, shutdown: watch::Receiver<bool>) {
        let counters = self.counters();
        counters.set_open(true);
        let mut doors = JoinSet::new();
        for door in self.doors {
            doors.spawn(door.accept(Arc::clone(&self.server), shutdown.clone()));
        }
        stopped(shutdown).await;
        counters.set_open(false);
        self.server.roster.stop();
        while let Some(closed) = doors.join_next().await {
            if let Err(error) = closed {
                tracing::error!(%error, "a port ended badly");
            }
        }
    }
}

impl Server {
    /// Now, for deadlines and as a receive stamp.
    pub(crate) fn moment(&self) -> Moment {
        Moment { instant: Instant::now(), time: self.clock.now() }
    }

    /// When it will be `until` on the journal's clock.
    pub(crate) fn instant_of(&self, until: Timestamp) -> Instant {
        Instant::now() + self.clock.real_until(until).min(WAKE_WAIT_MAX)
    }

    /// Gives a connection its place; `None` if there is none.
    fn admit(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, door: &Door) -> Option<Connection> {
        let counters = &self.house.counters;
        match self.roster.enter(peer.ip()) {
            Ok((number, ending)) => {
                counters.accepted.add(1);
                // Acknowledgements are small and awaited. A socket that refuses the option is about to fail anyway.
                let _ = stream.set_nodelay(true);
                Some(Connection::new(
                    Arc::clone(self),
                    Caller { number, peer, ending, port: door.port },
                    stream,
                ))
            }
            Err(full) => {
                counters.turn_away(full);
                if full == Full::Server {
                    counters.interrupt();
                }
                if let Some(reason) = full.attempt() {
                    self.house.attempts.note(self.clock.now(), peer, reason, Claim::default());
                }
                if let Some(suppressed) = self.house.connection_log.permits(Instant::now()) {
                    tracing::warn!(%peer, reason = full.code(), suppressed, "connection turned away");
                }
                None
            }
        }
    }

    /// Accepting failed, mostly for want of descriptors: devices cannot reach us, so the time is not covered.
    fn accept_failed(&self, error: &std::io::Error) {
        self.house.counters.accept_errors.add(1);
        self.house.counters.interrupt();
        if let Some(suppressed) = self.house.connection_log.permits(Instant::now()) {
            tracing::error!(%error, suppressed, "cannot accept connections");
        }
    }
}

impl Door {
    /// Accepts until told to stop, then waits for its connections to drain.
    async fn accept(self, server: Arc<Server>, shutdown: watch::Receiver<bool>) {
        let (mut connections, mut pause) = (JoinSet::new(), ACCEPT_PAUSE);
        let stop = stopped(shutdown);
        tokio::pin!(stop);
        loop {
            // Cancel-safe: accept and join_next lose nothing when dropped, `stop` is kept between turns.
            tokio::select! {
                biased;
                () = stop.as_mut() => break,
                Some(ended) = connections.join_next() => note_panic(ended),
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, peer)) => {
                        pause = ACCEPT_PAUSE;
                        if let Some(connection) = server.admit(stream, peer, &self) {
                            connections.spawn(connection.serve());
                        }
                    }
                    Err(error) => {
                        // Without a pause a process out of descriptors would spin: the connection stays in the queue.
                        server.accept_failed(&error);
                        sleep(pause).await;
                        pause = (pause * 2).min(ACCEPT_PAUSE_MAX);
                    }
                },
            }
        }
        drop(self.socket);
        let drained = timeout(DRAIN_MAX, async { while connections.join_next().await.is_some() {} });
        if drained.await.is_err() {
            tracing::warn!(
                connections = connections.len(),
                "connections cut off: they did not drain in time"
            );
            connections.shutdown().await;
        }
    }
}

fn note_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended badly");
    }
}

async fn stopped(mut shutdown: watch::Receiver<bool>) {
    // A sender that is gone can never say stop: that is one.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

fn open(listener: &Listener, protocols: &'static [&'static dyn Protocol]) -> Result<Door, IngestError> {
    let port = listener.protocol.map(|name| named(name, protocols)).transpose()?;
    let bind = || {
        let socket = match listener.address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // A restart must not wait for the old run's sockets to time out.
        socket.set_reuseaddr(true)?;
        socket.bind(listener.address)?;
        socket.listen(ACCEPT_BACKLOG)
    };
    let socket = bind().map_err(|source| IngestError::Bind { address: listener.address, source })?;
    Ok(Door { socket, port })
}

fn named(
    name: &'static str,
    protocols: &'static [&'static dyn Protocol],
) -> Result<&'static dyn Protocol, IngestError> {
    protocols.iter().copied().find(|protocol| protocol.name() == name).ok_or_else(|| {
        let known: Vec<&str> = protocols.iter().map(|protocol| protocol.name()).collect();
        IngestError::UnknownProtocol { name, known: known.join(", ") }
    })
}

fn check_journal(config: &journal::Config) -> Result<(), IngestError> {
    match () {
        () if config.entries_per_commit_max < ENTRIES_PER_CALL_MAX => {
            Err(IngestError::Journal { key: "entries_per_commit_max", min: ENTRIES_PER_CALL_MAX })
        }
        () if config.queue_items_max < QUEUE_ITEMS_MIN => {
            Err(IngestError::Journal { key: "queue_items_max", min: QUEUE_ITEMS_MIN })
        }
        () => Ok(()),
    }
}

/// Connections the kernel may hold for us: a reconnect storm after a carrier outage is thousands within a second.
const ACCEPT_BACKLOG: u32 = 4096;
/// After a failed accept; doubled up to the maximum while it goes on failing.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);
/// An instant has an end, and a clock may run very slowly.
const WAKE_WAIT_MAX: Duration = Duration::from_hours(24);
/// What a shutdown may take.
const DRAIN_MAX: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::PROTOCOLS;
    use std::os::fd::AsFd as _;

    #[test]
    fn a_port_for_a_protocol_that_does_not_exist_is_refused_by_name() {
        let listener = Listener { address: "127.0.0.1:0".parse().unwrap(), protocol: Some("morse") };
        let Err(error) = open(&listener, PROTOCOLS) else { panic!("morse is spoken") };
        assert_eq!(error.to_string(), "no protocol is called \"morse\"; there are: hash, dollar");
    }

    #[test]
    fn a_journal_too_narrow_for_one_read_is_refused_by_key() {
        let narrow = journal::Config { entries_per_commit_max: 1, ..journal::Config::default() };
        assert!(matches!(
            check_journal(&narrow),
            Err(IngestError::Journal { key: "entries_per_commit_max", .. })
        ));
        assert!(check_journal(&journal::Config::default()).is_ok());
    }

    async fn opened(folder: &tempfile::TempDir) -> Ingest {
        let journal = Journal::open(folder.path(), journal::Config::default(), journal::ClockSpec::System)
            .await
            .unwrap();
        let listener = Listener { address: "127.0.0.1:0".parse().unwrap(), protocol: None };
        let (directory, config) = (Directory::default(), Config::default());
        Ingest::bind(&[listener], PROTOCOLS, journal, directory, config, Seq(1)).await.unwrap()
    }

    #[tokio::test]
    async fn a_port_that_cannot_accept_counts_each_time_covers_no_time_and_still_stops() {
        let folder = tempfile::tempdir().unwrap();
        let ingest = opened(&folder).await;
        let counters = ingest.counters();
        // A listening socket that is shut down gives EINVAL to whoever accepts.
        let socket = ingest.doors[0].socket.as_fd().try_clone_to_owned().unwrap();
        std::net::TcpStream::from(socket).shutdown(std::net::Shutdown::Both).unwrap();
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(ingest.run(stopped));
        let failed_twice = async {
            while counters.totals().accept_errors < 2 {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(20), failed_twice).await.unwrap();
        assert!(!counters.take_listening());
        stop.send_replace(true);
        timeout(Duration::from_secs(20), running).await.unwrap().unwrap();
        assert_eq!(counters.totals().accepted, 0);
    }

    #[tokio::test]
    async fn an_idle_connection_is_a_small_future() {
        let folder = tempfile::tempdir().unwrap();
        let ingest = opened(&folder).await;
        let device = TcpStream::connect(ingest.local_addresses()[0]).await.unwrap();
        let (stream, peer) = ingest.doors[0].socket.accept().await.unwrap();
        let connection = ingest.server.admit(stream, peer, &ingest.doors[0]).unwrap();
        // With its task, its session and the kernel's registration an idle connection has to stay below 1.3 KiB.
        let bytes = size_of_val(&connection.serve());
        assert!(bytes <= 1024, "{bytes} bytes");
        drop(device);
    }
}
