//! The load generator: a process of its own with one thread, so that it costs the server nothing but its frames.
//!
//! ```text
//! job --connect, log in--> ready --go--> warm --> measured --> load until the server is killed --> what was sent
//! ```
//! A window is filled again with each answer; a rate has intended times i / rate, none is skipped because an answer is
//! late, and latency counts from there. Units: nanoseconds since the start. Errors: the server hangs up too early.
//! Source: `PERF.md` D; Tene, "How not to measure latency".

mod connection;
mod scale;

use crate::job::{Job, Measured, Pace, Said, Then};
use crate::process::cpu_s;
use anyhow::{Context as _, ensure};
use connection::{Connection, State};
use mio::{Events, Interest, Poll, Token};
use model::Timestamp;
use scale::Scale;
use socket2::{Domain, Socket, Type};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Does the job that comes in on stdin.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut lines = std::io::stdin().lines();
    let job: Job = serde_json::from_str(&lines.next().context("a job")??)?;
    let mut generator = Generator::new(job)?;
    say(&Said::Ready { seconds: generator.enter()?.as_secs_f64() })?;
    generator.prepare()?;
    // The word to begin.
    lines.next().context("go")??;
    if generator.job.pace == Pace::Idle {
        // Until the parent has seen enough.
        lines.next();
        return Ok(());
    }
    generator.warm()?;
    let measured = generator.measure()?;
    say(&Said::Measured(measured))?;
    match generator.job.then {
        Then::UntilKilled => generator.go_on_until_killed()?,
        Then::Stop => generator.settle()?,
    }
    say(&Said::Sent(generator.connections.iter().map(Connection::account).collect()))
}

fn say(said: &Said) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, said)?;
    Ok(writeln!(out)?)
}

struct Generator {
    job: Job,
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    chunk: Vec<u8>,
    began: Instant,
    scale: Scale,
    /// Frames of a rate so far; the next one's time follows from it.
    offered: u64,
}

impl Generator {
    fn new(job: Job) -> anyhow::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_MAX),
            connections: Vec::with_capacity(job.cars.len()),
            chunk: vec![0; CHUNK_BYTES],
            began: Instant::now(),
            scale: Scale::new()?,
            offered: 0,
            job,
        })
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Connects and logs in, a few at a time: a listener's queue is short.
    fn enter(&mut self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let mut entering = 0;
        while self.connections.len() < self.job.cars.len() || entering > 0 {
            while entering < ENTERING_MAX && self.connections.len() < self.job.cars.len() {
                self.connect()?;
                entering += 1;
            }
            self.turn(Some(TURN))?;
            ensure!(began.elapsed() < ENTER_MAX, "{entering} trackers are not let in");
            entering = self.connections.iter().filter(|one| one.state == State::Entering).count();
            self.stay_online()?;
        }
        Ok(began.elapsed())
    }

    fn connect(&mut self) -> anyhow::Result<()> {
        let place = self.connections.len();
        let number = *self.job.cars.get(place).context("a car")?;
        let last = u8::try_from(place / CONNECTIONS_AN_ADDRESS + 1)?;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((own_address(last), 0)).into())?;
        socket.connect(&self.job.target.into()).context("connecting to the server")?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        let mut socket = mio::net::TcpStream::from_std(TcpStream::from(socket));
        self.poll.registry().register(&mut socket, Token(place), Interest::READABLE | Interest::WRITABLE)?;
        let start = Timestamp::from_ms(self.job.start_ms);
        let mut connection = Connection::new(socket, number, start, self.job.answers)?;
        connection.write()?;
        self.connections.push(connection);
        Ok(())
    }

    fn prepare(&mut self) -> anyhow::Result<()> {
        let seconds = self.job.warm_s + self.job.seconds;
        let frames = match self.job.pace {
            Pace::Rate(rate) => rate * (seconds + 1.0),
            Pace::Window(_) => PREPARED_A_SECOND * seconds,
            Pace::Idle => 0.0,
        };
        let each = frames.min(PREPARED_MAX) / f64::from(u32::try_from(self.connections.len())?);
        let each = whole(each)?;
        self.connections.iter_mut().try_for_each(|connection| connection.prepare(each))
    }

    /// Brings the load up.
    fn warm(&mut self) -> anyhow::Result<()> {
        self.began = Instant::now();
        if let Pace::Window(window) = self.job.pace {
            for connection in &mut self.connections {
                (0..window).try_for_each(|_| connection.queue(0))?;
                connection.write()?;
            }
        }
        self.load_until(self.job.warm_s)?;
        self.stay_online()
    }

    fn measure(&mut self) -> anyhow::Result<Measured> {
        let (from, process) = (self.now_ns(), self.job.process);
        let (server, own) = (cpu_s(process)?, cpu_s(std::process::id())?);
        let until = from + seconds_ns(self.job.seconds)?;
        let due = match self.job.pace {
            Pace::Rate(rate) => Some(due_before(until, rate)? - due_before(from, rate)?),
            Pace::Window(_) | Pace::Idle => None,
        };
        self.scale.begin(from, until, due);
        self.load_until(self.job.warm_s + self.job.seconds)?;
        let seconds = Duration::from_nanos(self.now_ns() - from).as_secs_f64();
        let (server, own) = (cpu_s(process)? - server, cpu_s(std::process::id())? - own);
        self.stay_online()?;
        let mut tail = 0.0;
        while self.scale.open() > 0 && tail < TAIL_S {
            tail += 0.1;
            self.load_until(self.job.warm_s + self.job.seconds + tail)?;
        }
        Ok(self.scale.read(seconds, server, own))
    }

    /// The server shall be killed under load: what it answers up to its end is part of its promise.
    fn go_on_until_killed(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.connections.iter().any(|one| one.state != State::Gone) {
            ensure!(began.elapsed() < KILLED_WITHIN, "nobody kills the server");
            self.turn(Some(TURN))?;
        }
        Ok(())
    }

    /// Sends nothing more, and hears the last answers.
    fn settle(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        self.job.pace = Pace::Idle;
        while self.connections.iter().any(Connection::waits) {
            ensure!(began.elapsed() < KILLED_WITHIN, "frames are never answered");
            self.turn(Some(TURN))?;
        }
        self.stay_online()
    }

    fn stay_online(&self) -> anyhow::Result<()> {
        let gone = self.connections.iter().filter(|one| one.state == State::Gone).count();
        ensure!(gone == 0, "the server closed {gone} connections");
        Ok(())
    }

    /// Loads until so many seconds after the begin.
    fn load_until(&mut self, seconds: f64) -> anyhow::Result<()> {
        let until = seconds_ns(seconds)?;
        while self.now_ns() < until {
            match self.job.pace {
                Pace::Rate(rate) => self.keep_pace(rate)?,
                Pace::Window(_) | Pace::Idle => self.turn(Some(TURN))?,
            }
        }
        Ok(())
    }

    /// Sends every frame whose time has come, then listens.
    fn keep_pace(&mut self, rate: f64) -> anyhow::Result<()> {
        let places = self.connections.len();
        loop {
            let due_ns = due_ns(self.offered, rate)?;
            let now = self.now_ns();
            if due_ns > now {
                // A poll sleeps whole milliseconds; this is a fifth of one.
                std::thread::sleep(Duration::from_nanos(due_ns - now).min(NAP));
                break;
            }
            let place = usize::try_from(self.offered)? % places;
            let connection = self.connections.get_mut(place).context("a connection")?;
            connection.queue(due_ns)?;
            connection.write()?;
            self.scale.sent(due_ns, now);
            self.offered += 1;
            if self.offered.is_multiple_of(SENT_A_TURN) {
                break;
            }
        }
        self.turn(Some(Duration::ZERO))
    }

    /// Hears everybody who has something to say.
    fn turn(&mut self, wait: Option<Duration>) -> anyhow::Result<()> {
        if let Err(error) = self.poll.poll(&mut self.events, wait)
            && error.kind() != std::io::ErrorKind::Interrupted
        {
            return Err(error.into());
        }
        let refill = matches!(self.job.pace, Pace::Window(_));
        for event in &self.events {
            let connection = self.connections.get_mut(event.token().0).context("a connection")?;
            let now = u64::try_from(self.began.elapsed().as_nanos())?;
            let mut answered = 0;
            connection.read(&mut self.chunk, |due_ns| {
                self.scale.answered(due_ns, now);
                answered += 1;
            })?;
            if refill && connection.state == State::Online {
                (0..answered).try_for_each(|_| connection.queue(now))?;
            }
            connection.write()?;
        }
        Ok(())
    }
}

/// The intended time of a rate's frame.
fn due_ns(frame: u64, rate: f64) -> anyhow::Result<u64> {
    seconds_ns(count(frame) / rate)
}

/// How many frames of a rate are to leave before a moment, those that do not included.
fn due_before(ns: u64, rate: f64) -> anyhow::Result<u64> {
    let mut frames = u64::from(whole(Duration::from_nanos(ns).as_secs_f64() * rate)?);
    // Not one more or less than by their own times, which are rounded.
    while frames > 0 && due_ns(frames - 1, rate)? >= ns {
        frames -= 1;
    }
    while due_ns(frames, rate)? < ns {
        frames += 1;
    }
    Ok(frames)
}

fn seconds_ns(seconds: f64) -> anyhow::Result<u64> {
    Ok(u64::try_from(Duration::try_from_secs_f64(seconds)?.as_nanos())?)
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "frames of a run are far below 2^52")]
const fn count(frames: u64) -> f64 {
    frames as f64
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked against the largest"
)]
fn whole(frames: f64) -> anyhow::Result<u32> {
    ensure!((0.0..1e9).contains(&frames), "{frames} frames are too many");
    Ok(frames.ceil() as u32)
}

/// A loopback address of this process alone: the ports of one that closed thousands of connections are taken for a
/// minute.
fn own_address(last: u8) -> Ipv4Addr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    // 127.0.0.0 is everybody's.
    Ipv4Addr::new(127, (high % 127) + 1, low, last)
}

const EVENTS_MAX: usize = 1_024;
/// A few hundred answers.
const CHUNK_BYTES: usize = 16 * 1024;
/// Below the 1,024 that a control's listener queues. With 4,000 the logins under way take what an idle connection is told by.
const ENTERING_MAX: usize = 900;
/// Below the ephemeral ports of an address, and below what the server lets in from one.
const CONNECTIONS_AN_ADDRESS: usize = 5_000;
/// 20,000 logins, each with its commit.
const ENTER_MAX: Duration = Duration::from_mins(2);
const TURN: Duration = Duration::from_millis(20);
const NAP: Duration = Duration::from_micros(200);
/// Behind a stall of its own the generator still listens between what it owes.
const SENT_A_TURN: u64 = 64;
/// How long answers to the last measured frames are waited for.
const TAIL_S: f64 = 5.0;
const KILLED_WITHIN: Duration = Duration::from_secs(30);
/// More than a server answers in a second; what is beyond is encoded on the way.
const PREPARED_A_SECOND: f64 = 300_000.0;
/// Half a gigabyte.
const PREPARED_MAX: f64 = 4e6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_by_their_own_times() {
        for rate in [1_000.0, 25_000.0, 333.3] {
            for until in [0, 1, 999_999, 1_000_000, 2_000_000_001, 62_000_017_000] {
                let frames = due_before(until, rate).unwrap();
                assert!(due_ns(frames, rate).unwrap() >= until, "{rate}, {until}");
                assert!(frames == 0 || due_ns(frames - 1, rate).unwrap() < until, "{rate}, {until}");
            }
        }
    }
}
