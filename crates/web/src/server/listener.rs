//! Connections under limits: no more than a number at once, none that stays silent.
//!
//! Shape: a [`TcpListener`] that gives [`Connection`]s; one over the limit waits in the kernel's queue, one over its address's
//! limit is closed. A connection on
//! which nothing moves for a minute ends in an error of its own.

use crate::gate::Network;
use axum::serve::Listener;
use metrics::{Counter, counter};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

pub(super) struct Limited {
    listener: TcpListener,
    room: Arc<Semaphore>,
    connections_max: usize,
    places: Places,
    turned_away: Counter,
    /// Everybody comes by their addresses.
    proxies: Vec<Network>,
}

impl Limited {
    /// At most [`CONNECTIONS_MAX`] at once, and where the process may not open as many, fewer.
    pub(super) fn new(listener: TcpListener, connections_max: usize, proxies: Vec<Network>) -> Self {
        let connections_max = connections_max.clamp(1, CONNECTIONS_MAX);
        let room = Arc::new(Semaphore::new(connections_max));
        let turned_away = counter!("lienwatch_web_turned_away_total", "reason" => "address_full");
        Self { listener, room, connections_max, places: Places::default(), turned_away, proxies }
    }

    /// A place for one more connection from an address; `None` if it has too many.
    fn place(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let is_proxy = self.proxies.iter().any(|proxy| proxy.holds(address));
        self.places
            .take(address, if is_proxy { self.connections_max } else { per_address(self.connections_max) })
    }
}

/// How many connections each address has.
#[derive(Debug, Clone, Default)]
struct Places(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Places {
    fn take(&self, address: IpAddr, max: usize) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Place { places: self.clone(), address })
    }
}

/// One of them, until it is dropped.
struct Place {
    places: Places,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = taken.entry(self.address) {
            *count.get_mut() = count.get().saturating_sub(1);
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

impl Listener for Limited {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // Never closed, so a permit always comes.
        let room = Arc::clone(&self.room).acquire_owned().await.ok();
        loop {
            let (stream, peer) = Listener::accept(&mut self.listener).await;
            let Some(place) = self.place(peer.ip()) else {
                self.turned_away.increment(1);
                continue;
            };
            let silence = Box::pin(sleep(SILENCE_MAX));
            return (Connection { stream, silence, _room: room, _place: place }, peer);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

pub(super) struct Connection {
    stream: TcpStream,
    silence: Pin<Box<Sleep>>,
    _room: Option<OwnedSemaphorePermit>,
    _place: Place,
}

impl Connection {
    /// What a poll came to, or an error when nothing has moved for too long.
    fn moved<T>(&mut self, context: &mut Context<'_>, moved: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if moved.is_pending() {
            ready!(self.silence.as_mut().poll(context));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        self.silence.as_mut().reset(Instant::now() + SILENCE_MAX);
        moved
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let moved = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.moved(context, moved)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.moved(context, moved)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Nobody alone shuts the others out; an office of a hundred fits behind one address.
pub(super) const fn per_address(connections_max: usize) -> usize {
    connections_max.div_ceil(2)
}

/// Two hundred people: a browser holds one stream and keeps a few connections open. An idle one costs some 10 KB.
pub(super) const CONNECTIONS_MAX: usize = 1024;
/// Longer than any answer takes, shorter than a scraper's interval is worth keeping a connection for.
const SILENCE_MAX: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tokio::io::AsyncReadExt as _;
    use tokio::time::timeout;

    #[test]
    fn no_address_takes_every_place_and_each_is_given_back() {
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let places = Places::default();
        let taken: Vec<Place> = (0..3).filter_map(|_| places.take(one, 2)).collect();
        assert_eq!(taken.len(), 2);
        assert!(places.take(other, 2).is_some());
        drop(taken);
        assert!(places.take(one, 2).is_some());
        assert!(places.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_address_has_half_of_a_smaller_room_and_who_comes_beyond_is_closed_and_counted() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut limited = metrics::with_local_recorder(&recorder, || Limited::new(listener, 4, Vec::new()));
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(TcpStream::connect(address).await.unwrap());
        }
        let accepted = [limited.accept().await, limited.accept().await];
        // The third is taken out of the kernel's queue, closed, and the next one waited for.
        let waited = timeout(Duration::from_millis(200), limited.accept()).await;
        assert!(waited.is_err(), "there is room for two of an address");
        assert_eq!(clients[2].read(&mut [0; 1]).await.unwrap(), 0);
        let told = recorder.handle().render();
        assert!(told.contains("lienwatch_web_turned_away_total{reason=\"address_full\"} 1"), "{told}");
        drop(accepted);
        clients.push(TcpStream::connect(address).await.unwrap());
        timeout(Duration::from_secs(20), limited.accept()).await.unwrap();
    }
}
