//! Plays one captured connection into a server over TCP.
//!
//! Shape: [`Conversation`] → bytes out, answers counted. A login is answered before anything else is sent; then at most
//! [`WINDOW`] frames wait for their answer. Units: real time. Errors: [`Ended`].
//!
//! A captured authentication holds another server's code. When it is refused, the terminal logs in by itself, as a real
//! one does, and goes on from there.

use super::script::{Conversation, Cue, Owed, Role};
use super::tally::Tally;
use bytes::BytesMut;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use wire::{Answer, Authenticator, Cut, Terminal};

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything was sent.
    Done,
    /// The server lets the terminal in neither with its own login nor with ours.
    Refused,
    /// The server closed it before everything was sent.
    Closed,
    /// Nobody listens there.
    Unreachable(String),
    /// Somebody wants to stop.
    Stopped,
}

/// When frames are due.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// As fast as the server acknowledges.
    Acknowledged,
    /// As captured, so many times as fast, counted from the start.
    Captured { start: Instant, speed: f64 },
}

impl Pace {
    fn due(self, cue: &Cue) -> Instant {
        match self {
            Self::Acknowledged => Instant::now(),
            Self::Captured { start, speed } => start + cue.after.div_f64(speed),
        }
    }
}

/// Plays a conversation.
pub(crate) async fn play(
    conversation: &Conversation,
    target: SocketAddr,
    pace: Pace,
    tally: &Tally,
    mut stop: watch::Receiver<Stop>,
) -> Ended {
    if let Some(first) = conversation.frames.first() {
        tokio::select! {
            () = sleep_until(pace.due(first)) => {}
            _ = stop.changed() => return Ended::Stopped,
        }
    }
    if *stop.borrow() == Stop::Now {
        return Ended::Stopped;
    }
    let stream = match timeout(ANSWER_MAX, TcpStream::connect(target)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Ended::Unreachable(error.to_string()),
        Err(_) => return Ended::Unreachable(format!("no answer within {} s", ANSWER_MAX.as_secs())),
    };
    // Small frames would wait for each other.
    let _ = stream.set_nodelay(true);
    let mut player = Player::new(conversation, stream, tally);
    let ended = player.play(conversation, pace, &mut stop).await;
    tally.unanswered(player.in_flight);
    let _ = player.stream.shutdown().await;
    ended
}

/// Whether somebody wants to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    NotYet,
    Now,
}

struct Player<'t> {
    stream: TcpStream,
    input: BytesMut,
    terminal: Option<Box<dyn Terminal>>,
    tally: &'t Tally,
    in_flight: usize,
    own_login: OwnLogin,
    waits: Waits,
    /// What was sent last must be answered before anything follows.
    last: Role,
}

/// The terminal's own login, in place of the captured one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnLogin {
    NotNeeded,
    Tried,
}

/// Whether answers are waited for: not from a server that does not give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Yes,
    No,
}

/// What happened while waiting.
enum Event {
    Answered,
    Due,
    Silence,
    End(Ended),
}

impl<'t> Player<'t> {
    fn new(conversation: &Conversation, stream: TcpStream, tally: &'t Tally) -> Self {
        let terminal = own_side(conversation);
        let (in_flight, input) = (0, BytesMut::new());
        let (own_login, waits) = (OwnLogin::NotNeeded, Waits::Yes);
        Self { stream, input, terminal, tally, in_flight, own_login, waits, last: Role::Report }
    }

    async fn play(
        &mut self,
        conversation: &Conversation,
        pace: Pace,
        stop: &mut watch::Receiver<Stop>,
    ) -> Ended {
        if !conversation.frames.iter().any(|cue| cue.role == Role::Login)
            && let Err(ended) = self.log_in().await
        {
            return ended;
        }
        for cue in &conversation.frames {
            loop {
                let due = pace.due(cue);
                if self.has_room() && due <= Instant::now() {
                    break;
                }
                match self.wait(due, stop).await {
                    Event::Answered | Event::Due => {}
                    Event::Silence => self.give_up_waiting(),
                    Event::End(ended) => return ended,
                }
            }
            // Asked only now: the answer to the frame before may have begun a login of our own.
            if cue.role == Role::Login && self.own_login == OwnLogin::Tried {
                self.tally.replaced();
                continue;
            }
            if self.waits == Waits::No
                && let Event::End(ended) = self.take_what_is_there().await
            {
                return ended;
            }
            if let Err(ended) = self.send(cue).await {
                return ended;
            }
        }
        self.drain(stop).await
    }

    /// The last answers.
    async fn drain(&mut self, stop: &mut watch::Receiver<Stop>) -> Ended {
        while self.in_flight > 0 && self.waits == Waits::Yes {
            match self.wait(Instant::now() + ANSWER_MAX, stop).await {
                Event::Answered => {}
                Event::Due | Event::Silence => break,
                Event::End(Ended::Closed) => return Ended::Done,
                Event::End(ended) => return ended,
            }
        }
        Ended::Done
    }

    fn has_room(&self) -> bool {
        let window = if self.last == Role::Login { 1 } else { WINDOW };
        self.waits == Waits::No || self.in_flight < window
    }

    async fn send(&mut self, cue: &Cue) -> Result<(), Ended> {
        self.write(&cue.bytes).await?;
        self.last = cue.role;
        self.in_flight += usize::from(cue.owed == Owed::Answer);
        self.tally.sent();
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        match timeout(ANSWER_MAX, self.stream.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended::Closed),
        }
    }

    /// Logs in as the terminal itself; a protocol or an id that cannot do so goes without.
    async fn log_in(&mut self) -> Result<(), Ended> {
        self.own_login = OwnLogin::Tried;
        let Some(hello) = self.terminal.as_mut().map(|terminal| terminal.login()) else { return Ok(()) };
        self.write(&hello).await?;
        (self.in_flight, self.last) = (1, Role::Login);
        Ok(())
    }

    /// Waits for an answer, for the next frame's time, or for the end.
    async fn wait(&mut self, due: Instant, stop: &mut watch::Receiver<Stop>) -> Event {
        let silence = Instant::now() + ANSWER_MAX;
        let until = if self.has_room() { due } else { silence };
        self.input.reserve(READ_BYTES);
        // Safe to cancel: `read_buf` either reads nothing or has its bytes in the buffer.
        let read = tokio::select! {
            read = self.stream.read_buf(&mut self.input) => read,
            () = sleep_until(until) => return if self.has_room() { Event::Due } else { Event::Silence },
            _ = stop.changed() => return Event::End(Ended::Stopped),
        };
        match read {
            Ok(0) => Event::End(Ended::Closed),
            Ok(_) => self.answered().await,
            Err(error) if error.kind() == ErrorKind::Interrupted => Event::Answered,
            Err(_) => Event::End(Ended::Closed),
        }
    }

    /// Answers that have come; a server whose answers nobody reads stops reading as well.
    async fn take_what_is_there(&mut self) -> Event {
        self.input.reserve(READ_BYTES);
        match self.stream.try_read_buf(&mut self.input) {
            Ok(0) => Event::End(Ended::Closed),
            Ok(_) => self.answered().await,
            Err(_) => Event::Due,
        }
    }

    async fn answered(&mut self) -> Event {
        let Some(mut terminal) = self.terminal.take() else {
            // Nobody can read the answers: each read is taken for one.
            self.input.clear();
            self.counted();
            return Event::Answered;
        };
        let mut result = Ok(());
        while let Some(answer) = terminal.receive(&mut self.input) {
            result = match answer {
                Answer::Ready | Answer::Acknowledged { .. } | Answer::Other => {
                    self.counted();
                    Ok(())
                }
                // The replayed terminal does not obey: its answers are in the capture.
                Answer::Command { .. } => Ok(()),
                Answer::Send(next) => {
                    self.own_login = OwnLogin::Tried;
                    self.tally.replied();
                    self.write(&next).await
                }
                Answer::Refused if self.own_login == OwnLogin::NotNeeded => {
                    self.own_login = OwnLogin::Tried;
                    self.in_flight = 1;
                    self.tally.replied();
                    let hello = terminal.login();
                    self.write(&hello).await
                }
                Answer::Refused => Err(Ended::Refused),
            };
            if result.is_err() {
                break;
            }
        }
        self.terminal = Some(terminal);
        result.map_or_else(Event::End, |()| Event::Answered)
    }

    fn counted(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.tally.replied();
    }

    /// A server that does not answer is sent the rest without waiting.
    fn give_up_waiting(&mut self) {
        self.tally.unanswered(self.in_flight);
        self.in_flight = 0;
        self.waits = Waits::No;
    }
}

/// The device's side, if the protocol can be this terminal: it reads answers, and logs in where it must.
fn own_side(conversation: &Conversation) -> Option<Box<dyn Terminal>> {
    let id = conversation.terminal?;
    let mut session = conversation.protocol.open(Authenticator::Open);
    let hello = conversation.protocol.terminal(id).login();
    let arrives = match session.deframe(&mut BytesMut::from(hello.as_ref())) {
        Cut::Frame(frame) => session.terminal_of(&frame),
        Cut::Need | Cut::Skipped { .. } | Cut::Lost(_) => None,
    };
    (arrives == Some(id)).then(|| conversation.protocol.terminal(id))
}

/// Frames without an answer: what a server is sent ahead of its acknowledgements.
const WINDOW: usize = 16;
/// Devices wait 5 s and try three times; a server that takes longer has an outage, or does not answer such frames.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// Room for a few hundred answers at once.
const READ_BYTES: usize = 4096;
