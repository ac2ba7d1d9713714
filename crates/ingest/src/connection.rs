//! One connection: waits, reads, hands over, acknowledges.
//!
//! ```text
//! readable --read--> Talk::hear --items--> Journal::submit --Pending--> Replies --committed--> write
//!   too much in flight --> the socket is not read      told to go, a deadline, an error --> leave: commit, ack, close
//! ```
//! Errors: the [`End`] of this connection, of no other. Source: DESIGN.md §3; `PERF.md` B2, B3, C6.

mod replies;

use crate::conduct::Reading;
use crate::counters::Refusal;
use crate::end::{End, Told};
use crate::server::Server;
use crate::talk::{Caller, Heard, Talk, count};
use bytes::BytesMut;
use journal::{Item, JournalError, Pending};
use replies::{Released, Replies};
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
    talk: Talk,
    input: BytesMut,
    replies: Replies,
    reading: Reading,
}

impl Connection {
    /// A connection that has a place in the roster.
    pub(crate) fn new(server: Arc<Server>, caller: Caller, stream: TcpStream) -> Self {
        let talk = Talk::new(&server.house, caller, Instant::now());
        server.house.counters.connections.raise(1);
        let (input, replies) = (BytesMut::new(), Replies::default());
        Self { server, stream, talk, input, replies, reading: Reading::On }
    }

    /// Lives until somebody has had enough.
    #[expect(
        clippy::manual_async_fn,
        reason = "an async fn that takes `self` would hold it twice: 500 bytes"
    )]
    pub(crate) fn serve(mut self) -> impl Future<Output = ()> + Send {
        async move { self.run().await }
    }

    async fn run(&mut self) {
        let timer = sleep_until(self.talk.conduct.deadline(self.reading, Instant::now()).into());
        tokio::pin!(timer);
        let end = loop {
            // Cancel-safe: `told` keeps its word, `committed` moves replies and reports it in one poll, readiness and
            // timer consume nothing. What follows an arm runs after the others are dropped.
            let (wanted, awaited) = self.readiness();
            let outcome = tokio::select! {
                biased;
                told = self.talk.caller.ending.told() => match told {
                    Told::End(end) => Err(end),
                    // Boxed, like all that an idle connection does not need.
                    Told::Orders => Box::pin(self.carry_out()).await,
                },
                released = self.replies.committed(), if self.replies.are_waiting() => self.on_committed(released),
                ready = self.stream.ready(awaited), if wanted => self.on_ready(ready).await,
                () = timer.as_mut() => Ok(()),
            };
            let outcome = match outcome {
                Ok(()) if self.talk.has_given_out() && !self.replies.are_unsent() => {
                    Box::pin(self.report_sent()).await
                }
                outcome => outcome,
            };
            if let Err(end) = outcome.and_then(|()| self.look_at_clock(timer.as_mut())) {
                break end;
            }
        };
        // Boxed: what a connection needs only at its end is not part of each idle one.
        Box::pin(self.leave(end)).await;
    }

    /// Decides whether to go on reading, and until when to wait.
    fn look_at_clock(&mut self, timer: Pin<&mut Sleep>) -> Result<(), End> {
        let (now, before) = (Instant::now(), self.reading);
        let busy = self.replies.frames_waiting() >= self.server.house.config.frames_in_flight_max
            || self.replies.unsent().len() >= UNSENT_BYTES_MAX;
        self.reading = if busy { Reading::Paused } else { Reading::On };
        if busy && self.replies.oldest_wait() >= STALL_AFTER {
            self.server.house.counters.interrupt();
        }
        if (before, self.reading) == (Reading::Paused, Reading::On) {
            self.talk.conduct.on_resume(now);
        }
        if let Some(end) = self.talk.conduct.overdue(self.reading, now) {
            return Err(end);
        }
        let wake = self.wake()?;
        // A deadline that moved away is looked at when the old one comes: one timer change a deadline, not a frame.
        let deadline = self.talk.conduct.deadline(self.reading, now);
        let deadline = tokio::time::Instant::from_std(wake.map_or(deadline, |wake| wake.min(deadline)));
        if deadline < timer.deadline() || timer.is_elapsed() {
            timer.reset(deadline);
        }
        Ok(())
    }

    /// Lets the session do what is due; says when it wants to be woken. Not while its terminal is not heard: what it
    /// waits for may be there already.
    fn wake(&mut self) -> Result<Option<Instant>, End> {
        let Some(mut at) = self.talk.wake_at().filter(|_| self.reading == Reading::On) else {
            return Ok(None);
        };
        let time = self.server.moment().time;
        if at <= time {
            let said = self.talk.wake(time, &self.server.house);
            self.replies.send(&said);
            self.write()?;
            let Some(next) = self.talk.wake_at() else { return Ok(None) };
            at = next;
        }
        Ok(Some(self.server.instant_of(at)))
    }

    /// Whether the socket is waited for, and for what.
    fn readiness(&self) -> (bool, Interest) {
        match (self.reading, self.replies.are_unsent()) {
            (Reading::On, true) => (true, Interest::READABLE | Interest::WRITABLE),
            (Reading::On, false) => (true, Interest::READABLE),
            (Reading::Paused, unsent) => (unsent, Interest::WRITABLE),
        }
    }

    async fn on_ready(&mut self, ready: std::io::Result<Ready>) -> Result<(), End> {
        self.write()?;
        let arrived = ready.map_err(failed)?.is_readable();
        if arrived && self.reading == Reading::On && self.read()? {
            // Boxed, since it holds encoded frames and a timer: one allocation a read instead of 1 KiB in each idle
            // connection.
            Box::pin(self.hear()).await?;
        }
        Ok(())
    }

    /// Hears what was read, and hands it over.
    async fn hear(&mut self) -> Result<(), End> {
        loop {
            let heard = self.talk.hear(&mut self.input, self.server.moment(), &self.server.house);
            let (end, more) = (heard.end, heard.more);
            self.hand_over(heard).await?;
            if let Some(end) = end {
                return Err(end);
            }
            if !more {
                break;
            }
        }
        self.keep_no_empty_buffer();
        Ok(())
    }

    /// An idle connection keeps no buffer: 10,000 of them would keep 40 MiB.
    fn keep_no_empty_buffer(&mut self) {
        if self.input.is_empty() {
            self.input = BytesMut::new();
        }
    }

    /// Reads what is there; false if nothing was, as just after the accept.
    fn read(&mut self) -> Result<bool, End> {
        let room = self.talk.buffer_max().saturating_sub(self.input.len());
        self.input.reserve(room.clamp(1, READ_BYTES));
        match self.stream.try_read_buf(&mut self.input) {
            Ok(0) => Err(End::Closed),
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.keep_no_empty_buffer();
                Ok(false)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Everything one read yielded is one call of the journal; replies that promise nothing leave before it.
    async fn hand_over(&mut self, heard: Heard) -> Result<(), End> {
        self.replies.send(&heard.now);
        self.write()?;
        if heard.items.is_empty() {
            return Ok(());
        }
        let counters = Arc::clone(&self.server.house.counters);
        counters.in_flight.raise(heard.frames);
        match self.submit(heard.items).await {
            Ok(pending) => {
                self.server.house.parts.let_go(&heard.whole);
                self.replies.promise(pending, &heard.durable, heard.frames, heard.acks);
                Ok(())
            }
            Err(end) => {
                counters.in_flight.lower(heard.frames);
                counters.refuse(Refusal::Unconfirmed, u64::from(heard.frames));
                Err(end)
            }
        }
    }

    /// Carries out what is ordered: a claim goes to the journal, the bytes of one that the fold has granted to the
    /// socket.
    async fn carry_out(&mut self) -> Result<(), End> {
        let errand = self.talk.carry_out(&self.server.house);
        self.replies.send(&errand.bytes);
        self.write()?;
        self.tell(errand.items).await
    }

    /// Commands have left: from now on an answer is waited for.
    async fn report_sent(&mut self) -> Result<(), End> {
        let sent = self.talk.sent();
        metrics::counter!("lienwatch_ingest_commands_sent_total").increment(count(sent.len()));
        self.tell(sent).await
    }

    /// Appends inputs that promise nothing to the peer.
    async fn tell(&mut self, items: Vec<Item>) -> Result<(), End> {
        if !items.is_empty() {
            let pending = self.submit(items).await?;
            self.replies.promise(pending, &[], 0, 0);
        }
        Ok(())
    }

    /// Waits for room in the journal for as long as it takes: not reading is the only answer to a full disk.
    async fn submit(&mut self, items: Vec<Item>) -> Result<Pending, End> {
        let submit = self.server.journal.submit(items);
        tokio::pin!(submit);
        let outcome = if let Ok(outcome) = timeout(STALL_AFTER, submit.as_mut()).await {
            outcome
        } else {
            let _stall = self.server.house.counters.stall();
            // Cancel-safe: a call of the journal that is dropped before it resolves has queued nothing.
            tokio::select! {
                outcome = submit => outcome,
                end = self.talk.caller.ending.told_to_end() => return Err(end),
            }
        };
        outcome.map_err(|error| self.journal_failed(&error))
    }

    fn on_committed(&mut self, released: Result<Released, JournalError>) -> Result<(), End> {
        let counters = &self.server.house.counters;
        match released {
            Ok(released) => {
                counters.in_flight.lower(released.frames);
                counters.journalled.add(u64::from(released.frames));
                counters.acks.add(u64::from(released.acks));
                if released.waited >= STALL_AFTER {
                    counters.interrupt();
                }
                self.write()
            }
            Err(error) => {
                self.give_up_waiting();
                Err(self.journal_failed(&error))
            }
        }
    }

    /// Frames whose commit will not be heard of: not acknowledged, so the device sends them again.
    fn give_up_waiting(&mut self) {
        let frames = self.replies.abandon();
        let counters = &self.server.house.counters;
        counters.in_flight.lower(frames);
        counters.refuse(Refusal::Unconfirmed, u64::from(frames));
    }

    fn journal_failed(&self, error: &JournalError) -> End {
        self.server.house.counters.interrupt();
        if let Some(suppressed) = self.server.house.connection_log.permits(Instant::now()) {
            self.talk.span().in_scope(|| tracing::error!(%error, suppressed, "the journal took no frame"));
        }
        End::Journal
    }

    /// Writes what may leave, as far as the peer takes it.
    fn write(&mut self) -> Result<(), End> {
        while self.replies.are_unsent() {
            match self.stream.try_write(self.replies.unsent()) {
                Ok(bytes) => {
                    let left = self.replies.sent(bytes);
                    self.talk.conduct.on_sent(left, Instant::now());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.talk.conduct.on_unsent(Instant::now());
                    return Ok(());
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    /// What was read is committed and acknowledged before the socket closes.
    async fn leave(&mut self, end: End) {
        self.log_end(end);
        let goodbye = self.talk.close(end, &self.server.house);
        if timeout(LEAVE_MAX, self.settle(goodbye, end)).await.is_err() {
            tracing::debug!(end = end.code(), "a connection left before its last commit");
        }
        self.give_up_waiting();
    }

    async fn settle(&mut self, goodbye: Vec<Item>, end: End) {
        // Even for a peer that is gone, so that its frames are counted for what they are.
        while self.replies.are_waiting() {
            let released = self.replies.committed().await;
            let _ = self.on_committed(released);
        }
        if !matches!(end, End::Failed(_) | End::SlowReader) {
            while self.replies.are_unsent() && self.stream.writable().await.is_ok() && self.write().is_ok() {}
            let _ = timeout(LINGER_MAX, self.hang_up()).await;
        }
        if !goodbye.is_empty() {
            let _ = self.server.journal.append(goodbye).await;
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
        metrics::counter!("lienwatch_ingest_ended_total", "reason" => end.code()).increment(1);
        house.counters.scanners.add(count(usize::from(matches!(end, End::Scanner(_)))));
        if !end.is_misbehaviour() {
            self.talk.span().in_scope(|| tracing::debug!(end = ?end, "connection ended"));
        } else if let Some(suppressed) = house.connection_log.permits(Instant::now()) {
            self.talk.span().in_scope(|| tracing::warn!(end = ?end, suppressed, "connection ended"));
        }
    }
}

impl Drop for Connection {
    /// In a drop, so that a panic in a protocol frees the place as well.
    fn drop(&mut self) {
        self.server.house.counters.connections.lower(1);
        let Caller { number, peer, .. } = &self.talk.caller;
        self.server.roster.leave(*number, peer.ip());
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: std::io::Error) -> End {
    End::Failed(error.kind())
}

/// What one read may bring. Some 400 reports; larger reads were not faster.
const READ_BYTES: usize = 4 * 1024;
/// Replies that wait for the peer to read; above it the peer is not read either.
const UNSENT_BYTES_MAX: usize = 16 * 1024;
/// A journal that takes this long is not keeping up: a commit takes milliseconds, and a tick lasts ten seconds.
const STALL_AFTER: Duration = Duration::from_millis(500);
/// Commit, acknowledge, close; within the five seconds that a shutdown has.
const LEAVE_MAX: Duration = Duration::from_secs(4);
/// How long the peer may take to close its half.
const LINGER_MAX: Duration = Duration::from_millis(250);
/// Bytes that are taken and thrown away for a clean close.
const HANG_UP_BYTES_MAX: usize = 256 * 1024;
