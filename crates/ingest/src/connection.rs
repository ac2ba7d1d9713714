//! One connection: waits, reads, hands over, acknowledges.
//!
//! ```text
//! readable --read--> Exchange::hear --call--> Journal::try_enter --Pending--> Replies --committed--> write
//!                                             no room: Journal::enter, and the socket is not read
//!   too much in flight --> the socket is not read      told to go, a deadline, an error --> leave: commit, ack, close
//! ```
//! What follows from what is decided by [`Exchange`], which waits for nothing. Errors: the [`End`] of this connection, of no other. Source: DESIGN.md §3; `PERF.md` B2, B3, C6.

use crate::conduct::Reading;
use crate::end::{End, Told};
use crate::exchange::{self, Exchange, LAST_READS_MAX, READ_BYTES, Released, STALL_AFTER};
use crate::read_buffer;
use crate::server::Server;
use crate::talk::{Caller, Heard, count};
use bytes::BytesMut;
use journal::{Call, Item, JournalError, Pending};
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncWriteExt as _, Interest, Ready};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep_until, timeout};

/// One connection.
pub(crate) struct Connection {
    server: Arc<Server>,
    stream: TcpStream,
    exchange: Exchange,
}

/// What was heard, while the journal has no room for it.
struct Waiting {
    heard: Heard,
    call: Call,
}

impl Connection {
    /// A connection that has a place in the roster.
    pub(crate) fn new(server: Arc<Server>, caller: Caller, stream: TcpStream) -> Self {
        let exchange = Exchange::new(&server.house, caller, Instant::now());
        server.house.counters.connections.raise(1);
        Self { server, stream, exchange }
    }

    /// Lives until somebody has had enough.
    #[expect(
        clippy::manual_async_fn,
        reason = "an async fn that takes `self` would hold it twice: 500 bytes"
    )]
    pub(crate) fn serve(mut self) -> impl Future<Output = ()> + Send {
        async move {
            let end = self.run().await;
            // Boxed: what a connection needs only at its end is not part of each idle one.
            Box::pin(self.leave(end)).await;
        }
    }

    async fn run(&mut self) -> End {
        let timer = sleep_until(self.exchange.deadline(Instant::now(), &self.server.house).into());
        tokio::pin!(timer);
        loop {
            // Cancel-safe: `told` keeps its word, `committed` moves replies and reports it in one poll, readiness and
            // timer consume nothing. What follows an arm runs after the others are dropped.
            let (wanted, awaited) = self.readiness();
            let outcome = tokio::select! {
                biased;
                told = self.exchange.talk.caller.ending.told() => match told {
                    Told::End(end) => Err(end),
                    // Boxed, like all that an idle connection does not need.
                    Told::Orders => Box::pin(self.carry_out()).await,
                },
                released = self.exchange.replies.committed(), if self.exchange.replies.are_waiting() => {
                    self.on_committed(released)
                }
                ready = self.stream.ready(awaited), if wanted => self.on_ready(ready).await,
                () = timer.as_mut() => Ok(()),
            };
            let outcome = match outcome {
                Ok(()) if self.exchange.talk.has_given_out() && !self.exchange.replies.are_unsent() => {
                    Box::pin(self.report_sent()).await
                }
                outcome => outcome,
            };
            if let Err(end) = outcome.and_then(|()| self.look_at_clock(timer.as_mut())) {
                if matches!(end, End::Failed(_)) {
                    Box::pin(self.hear_the_rest()).await;
                }
                return end;
            }
        }
    }

    /// Decides whether to go on reading, and until when to wait.
    fn look_at_clock(&mut self, timer: Pin<&mut Sleep>) -> Result<(), End> {
        let now = Instant::now();
        self.exchange.look(now, &self.server.house)?;
        let wake = self.exchange.wake(|| self.server.moment().time, &self.server.house);
        self.write()?;
        // A deadline that moved away is looked at when the old one comes: one timer change a deadline, not a frame.
        let deadline = self.exchange.deadline(now, &self.server.house);
        let deadline = wake.map_or(deadline, |wake| self.server.instant_of(wake).min(deadline));
        let deadline = tokio::time::Instant::from_std(deadline);
        if deadline < timer.deadline() || timer.is_elapsed() {
            timer.reset(deadline);
        }
        Ok(())
    }

    /// Whether the socket is waited for, and for what.
    fn readiness(&self) -> (bool, Interest) {
        match (self.exchange.reading(), self.exchange.replies.are_unsent()) {
            (Reading::On, true) => (true, Interest::READABLE | Interest::WRITABLE),
            (Reading::On, false) => (true, Interest::READABLE),
            (Reading::Paused(_), unsent) => (unsent, Interest::WRITABLE),
        }
    }

    async fn on_ready(&mut self, ready: std::io::Result<Ready>) -> Result<(), End> {
        self.write()?;
        let arrived = ready.map_err(failed)?.is_readable();
        if !arrived || self.exchange.reading() != Reading::On || !self.read()? {
            return Ok(());
        }
        self.hear_all().await
    }

    /// Hears all that was read, and waits where the journal has no room for it.
    async fn hear_all(&mut self) -> Result<(), End> {
        while let Some(waiting) = self.hear()? {
            let (end, more) = (waiting.heard.end, waiting.heard.more);
            // Boxed, like all that an idle connection does not need.
            Box::pin(self.hand_over_later(waiting)).await?;
            match (end, more) {
                (Some(end), _) => return Err(end),
                (None, true) => {}
                (None, false) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Hears all that was read and hands it over, as long as the journal has room for it: what it has none for is given
    /// back, and what comes behind that is not heard yet.
    fn hear(&mut self) -> Result<Option<Box<Waiting>>, End> {
        loop {
            let at = self.server.moment();
            let heard = self.exchange.hear(at, &self.server.house);
            let (end, more) = (heard.end, heard.more);
            if let Some(waiting) = self.hand_over(heard, at.instant)? {
                return Ok(Some(waiting));
            }
            match (end, more) {
                (Some(end), _) => return Err(end),
                (None, true) => {}
                (None, false) => return Ok(None),
            }
        }
    }

    /// Reads what is there; false if nothing was, as just after the accept.
    fn read(&mut self) -> Result<bool, End> {
        let room = self.exchange.room();
        match read_buffer::read(&mut self.stream, &mut self.exchange.input, room) {
            Some(Ok(0)) => Err(End::Closed),
            Some(Ok(_)) => Ok(true),
            None => Ok(false),
            Some(Err(error)) => Err(failed(error)),
        }
    }

    /// A peer that takes no answer any more may have said more before, which lies in the kernel's buffer: to many a report no
    /// answer is due, and nobody sends it again. It is so little that no pause is made for it.
    async fn hear_the_rest(&mut self) {
        // It may have come with the reset, since the runtime looked at the socket last.
        let _ = timeout(LAST_LOOK_MAX, self.stream.readable()).await;
        for _ in 0..LAST_READS_MAX {
            if !matches!(self.read(), Ok(true)) || self.hear_all().await.is_err() {
                return;
            }
        }
    }

    /// Everything one read yielded is one call of the journal; replies that promise nothing leave before it. Gives it
    /// back if the journal has no room for it now.
    fn hand_over(&mut self, mut heard: Heard, now: Instant) -> Result<Option<Box<Waiting>>, End> {
        // A write that fails does so again when the clock is looked at; what was heard is kept in either case.
        let _ = self.write();
        if heard.items.is_empty() {
            return Ok(None);
        }
        let journal = &self.server.journal;
        let call = heard.take_items(|items| journal.call(items)).map_err(|error| self.journal_failed(&error));
        match call.map(|call| self.server.journal.try_enter(call)) {
            Ok(Ok(pending)) => {
                self.exchange.on_queued(heard, pending, now, &self.server.house);
                Ok(None)
            }
            Ok(Err(call)) => Ok(Some(Box::new(Waiting { heard, call }))),
            Err(end) => {
                exchange::refuse(&heard, &self.server.house);
                Err(end)
            }
        }
    }

    async fn hand_over_later(&mut self, waiting: Box<Waiting>) -> Result<(), End> {
        let Waiting { heard, call } = *waiting;
        match self.enter(call).await {
            Ok(pending) => {
                self.exchange.on_queued(heard, pending, Instant::now(), &self.server.house);
                Ok(())
            }
            Err(end) => {
                exchange::refuse(&heard, &self.server.house);
                Err(end)
            }
        }
    }

    /// Carries out what is ordered: a claim goes to the journal, the bytes of one that the fold has granted to the
    /// socket.
    async fn carry_out(&mut self) -> Result<(), End> {
        let errand = self.exchange.talk.carry_out(&self.server.house);
        self.exchange.replies.send(errand.bytes);
        self.write()?;
        self.tell(errand.items).await
    }

    /// Commands have left: from now on an answer is waited for.
    async fn report_sent(&mut self) -> Result<(), End> {
        let sent = self.exchange.talk.sent();
        metrics::counter!("lienwatch_ingest_commands_sent_total").increment(count(sent.len()));
        self.tell(sent).await
    }

    /// Appends inputs that promise nothing to the peer.
    async fn tell(&mut self, items: Vec<Item>) -> Result<(), End> {
        if !items.is_empty() {
            let call = self.server.journal.call(items).map_err(|error| self.journal_failed(&error))?;
            let pending = self.enter(call).await?;
            self.exchange.on_told(pending, Instant::now());
        }
        Ok(())
    }

    /// Waits for room in the journal for as long as it takes: not reading is the only answer to a full disk.
    async fn enter(&mut self, call: Call) -> Result<Pending, End> {
        let queued = self.server.journal.enter(call);
        tokio::pin!(queued);
        let outcome = if let Ok(outcome) = timeout(STALL_AFTER, queued.as_mut()).await {
            outcome
        } else {
            let _stall = self.server.house.counters.stall();
            // Cancel-safe: a call of the journal that is dropped before it resolves has queued nothing.
            let outcome = tokio::select! {
                outcome = queued => outcome,
                end = self.exchange.talk.caller.ending.told_to_end() => return Err(end),
            };
            self.exchange.on_detained(Instant::now());
            outcome
        };
        outcome.map_err(|error| self.journal_failed(&error))
    }

    fn on_committed(&mut self, released: Result<Released, JournalError>) -> Result<(), End> {
        match self.exchange.on_committed(released, Instant::now(), &self.server.house) {
            Ok(()) => self.write(),
            Err(error) => Err(self.journal_failed(&error)),
        }
    }

    fn journal_failed(&self, error: &JournalError) -> End {
        self.server.house.counters.interrupt();
        if let Some(suppressed) = self.server.house.connection_log.permits(Instant::now()) {
            self.exchange
                .talk
                .span()
                .in_scope(|| tracing::error!(%error, suppressed, "the journal took no frame"));
        }
        End::Journal
    }

    /// Writes what may leave, as far as the peer takes it.
    fn write(&mut self) -> Result<(), End> {
        while self.exchange.replies.are_unsent() {
            match self.stream.try_write(self.exchange.replies.unsent()) {
                Ok(bytes) => self.exchange.on_written(bytes, Instant::now()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.exchange.on_unwritable(Instant::now());
                    return Ok(());
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    /// What was read is committed and acknowledged before the socket closes. The goodbye does not wait for that, since
    /// a peer that takes nothing would keep it out of the journal; nor does it keep the socket and the place.
    async fn leave(mut self, end: End) {
        self.log_end(end);
        let goodbye = self.exchange.leave(end, &self.server.house);
        let journal = self.server.journal.clone();
        let farewell = async move {
            if !goodbye.is_empty()
                && let Err(error) = journal.append(goodbye).await
            {
                tracing::debug!(%error, "the end of a session is not in the journal");
            }
        };
        let settling = async move {
            if timeout(LEAVE_MAX, self.settle(end)).await.is_err() {
                tracing::debug!(end = end.code(), "a connection left before its last commit");
            }
        };
        tokio::join!(farewell, settling);
    }

    async fn settle(&mut self, end: End) {
        // Even for a peer that is gone, so that its frames are counted for what they are.
        while self.exchange.replies.are_waiting() {
            let released = self.exchange.replies.committed().await;
            let _ = self.on_committed(released);
        }
        if !matches!(end, End::Failed(_) | End::SlowReader) {
            while self.exchange.replies.are_unsent()
                && self.stream.writable().await.is_ok()
                && self.write().is_ok()
            {}
            let _ = timeout(LINGER_MAX, self.hang_up()).await;
        }
    }

    /// Closes our half and takes what is still coming: a socket closed over unread bytes resets the connection, and
    /// a reset may overtake the last acknowledgements.
    async fn hang_up(&mut self) {
        let mut rest = BytesMut::with_capacity(READ_BYTES);
        let mut taken = 0;
        if self.stream.shutdown().await.is_err() {
            return;
        }
        while taken < HANG_UP_BYTES_MAX && self.stream.readable().await.is_ok() {
            rest.clear();
            match self.stream.try_read_buf(&mut rest) {
                Ok(0) => return,
                Ok(bytes) => taken += bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }

    fn log_end(&self, end: End) {
        let house = &self.server.house;
        self.exchange.talk.note_end(end, self.server.moment().time, house);
        metrics::counter!("lienwatch_ingest_ended_total", "reason" => end.code()).increment(1);
        house.counters.scanners.add(count(usize::from(matches!(end, End::Scanner(_)))));
        if !end.is_misbehaviour() {
            self.exchange.talk.span().in_scope(|| tracing::debug!(end = ?end, "connection ended"));
        } else if let Some(suppressed) = house.connection_log.permits(Instant::now()) {
            self.exchange.talk.span().in_scope(|| tracing::warn!(end = ?end, suppressed, "connection ended"));
        }
    }
}

impl Drop for Connection {
    /// In a drop, so that a panic in a protocol frees the place as well, and its terminals.
    fn drop(&mut self) {
        let house = &self.server.house;
        drop(self.exchange.leave(End::Failed(ErrorKind::Other), house));
        self.exchange.give_up(house);
        house.counters.connections.lower(1);
        let Caller { number, peer, .. } = &self.exchange.talk.caller;
        self.server.roster.leave(*number, peer.ip());
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: std::io::Error) -> End {
    End::Failed(error.kind())
}

/// Commit, acknowledge, close; within the five seconds that a shutdown has.
const LEAVE_MAX: Duration = Duration::from_secs(4);
/// How long the peer may take to close its half.
const LINGER_MAX: Duration = Duration::from_millis(250);
/// How long the runtime may take to look at a socket again: it does so whenever it has nothing else to do.
const LAST_LOOK_MAX: Duration = Duration::from_millis(100);
/// Bytes that are taken and thrown away for a clean close.
const HANG_UP_BYTES_MAX: usize = 256 * 1024;
