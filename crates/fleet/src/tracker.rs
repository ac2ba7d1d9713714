//! One simulated device: it connects, logs in, reports, keeps what is not acknowledged, and comes back.
//!
//! ```text
//! Dialling --logged in--> Online --lost--> Dialling          Online --source hangs up--> Away --time--> Dialling
//! Online --source ends, or stop--> Draining --all answered, or 2 s--> done
//! ```
//! What was in flight when a connection ended is sent again on the next one: as the protocol's batch where it has
//! one, else report by report, flagged as buffered. Units: waits in real time. Source: `GT06.md` §2, `JT808.md` §3.

use crate::gauge::Gauge;
use crate::ledger::Ledger;
use crate::link::{ANSWER_MAX, Link, LinkError};
use crate::outstanding::{Flight, Kept, Outstanding};
use model::{Position, TerminalId};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use wire::{Answer, Protocol, Terminal, Upload};

/// What a device does next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Sends a report.
    Report(Box<Position>),
    /// Sends reports that were made while it was away.
    Backfill(Vec<Position>),
    /// Says that it is alive.
    Heartbeat,
    /// Nothing for this long.
    Wait(Duration),
    /// Drops its connection, and comes back after this long.
    HangUp(Duration),
    /// Drops its connection and never comes back.
    End,
}

/// Where a device's steps come from. Asked only while the device is connected and its window open.
pub trait Source: Send + 'static {
    /// The next step.
    fn step(&mut self) -> Step;
}

/// Who a device is.
#[derive(Clone, Copy)]
pub struct Device {
    /// Its id.
    pub terminal: TerminalId,
    /// What it speaks.
    pub protocol: &'static dyn Protocol,
}

/// What all devices of a run share.
#[derive(Clone)]
pub struct Run {
    /// The server.
    pub target: SocketAddr,
    /// Where reports are noted.
    pub ledger: Arc<Ledger>,
    /// What is going on.
    pub gauge: Arc<Gauge>,
    /// True = stop; a dropped sender counts as true.
    pub stop: watch::Receiver<bool>,
}

/// A device with its connection.
pub struct Tracker<S> {
    device: Device,
    run: Run,
    source: S,
    window: usize,
    wire: Box<dyn Terminal>,
    outstanding: Outstanding,
}

/// How a connection ended without a fault.
enum Parting {
    Away(Duration),
    Done,
}

/// What sending as much as possible came to.
enum Sent {
    /// The window is full, or the source waits this long.
    Rest(Duration),
    Part(Parting),
}

impl<S: Source> Tracker<S> {
    /// A device that has at most `window` frames without an answer.
    pub fn new(device: Device, run: Run, window: usize, source: S) -> Self {
        let wire = device.protocol.terminal(device.terminal);
        Self {
            device,
            run,
            source,
            window: window.clamp(1, WINDOW_MAX),
            wire,
            outstanding: Outstanding::default(),
        }
    }

    /// Lives until its source ends or the run stops.
    pub async fn run(mut self) {
        let mut backoff = BACKOFF_FIRST;
        while !self.stopping() {
            let away = match self.connection(&mut backoff).await {
                Ok(Parting::Done) => return,
                Ok(Parting::Away(away)) => away,
                Err(LinkError::LedgerFull) => {
                    tracing::error!(terminal = %self.device.terminal.masked(), "the ledger is full");
                    return;
                }
                Err(error) => {
                    tracing::debug!(terminal = %self.device.terminal, %error, "connection ended");
                    if matches!(error, LinkError::Refused) {
                        self.wire = self.device.protocol.terminal(self.device.terminal);
                    }
                    let longer = (backoff * 2).min(BACKOFF_MAX);
                    std::mem::replace(&mut backoff, longer)
                }
            };
            self.rest(away).await;
        }
    }

    /// One connection, from its dial to its end.
    async fn connection(&mut self, backoff: &mut Duration) -> Result<Parting, LinkError> {
        let mut stop = self.run.stop.clone();
        let opening = tokio::select! {
            opening = Link::open(self.run.target, self.wire.as_mut()) => opening,
            () = stopped(&mut stop) => return Ok(Parting::Done),
        };
        let mut link = opening?;
        *backoff = BACKOFF_FIRST;
        self.run.gauge.connected();
        let parting = self.online(&mut link).await;
        let unanswered = self.outstanding.connection_lost();
        self.run.gauge.disconnected(unanswered, parting.is_err());
        parting
    }

    async fn online(&mut self, link: &mut Link) -> Result<Parting, LinkError> {
        while !self.stopping() {
            let sent = self.send(link);
            link.flush().await?;
            match sent? {
                Sent::Rest(wait) => self.listen(link, wait).await?,
                Sent::Part(Parting::Done) => break,
                Sent::Part(away) => return Ok(away),
            }
        }
        self.drain(link).await
    }

    /// Queues what the backlog and the source have, while the window is open.
    fn send(&mut self, link: &mut Link) -> Result<Sent, LinkError> {
        while self.outstanding.in_flight() < self.window {
            if self.outstanding.has_backlog() {
                self.resend(link)?;
                continue;
            }
            match self.source.step() {
                Step::Report(position) => self.report(link, Kept { position: *position, report: None })?,
                Step::Backfill(positions) => positions.into_iter().for_each(|p| self.outstanding.keep(p)),
                Step::Heartbeat => {
                    let upload = self.wire.heartbeat();
                    if upload.answered {
                        self.queue(link, &upload, Vec::new());
                    } else {
                        link.queue(&upload.bytes);
                    }
                }
                Step::Wait(wait) => return Ok(Sent::Rest(wait)),
                Step::HangUp(away) => return Ok(Sent::Part(Parting::Away(away))),
                Step::End => return Ok(Sent::Part(Parting::Done)),
            }
        }
        Ok(Sent::Rest(ANSWER_MAX))
    }

    /// Sends the oldest of the backlog: several reports in one frame where the protocol can.
    fn resend(&mut self, link: &mut Link) -> Result<(), LinkError> {
        let kept = self.outstanding.oldest_kept(BATCH_MAX);
        let positions: Vec<Position> = kept.iter().map(|kept| kept.position.clone()).collect();
        let batch = if positions.len() > 1 { self.wire.batch(&positions) } else { None };
        if let Some(upload) = batch {
            return self.upload(link, &upload, kept);
        }
        let mut kept = kept.into_iter();
        if let Some(mut first) = kept.next() {
            first.position.buffered = true;
            self.outstanding.put_back(kept.collect());
            self.report(link, first)?;
        }
        Ok(())
    }

    fn report(&mut self, link: &mut Link, kept: Kept) -> Result<(), LinkError> {
        let upload = self.wire.position(&kept.position);
        self.upload(link, &upload, vec![kept])
    }

    /// Notes the reports of a frame in the ledger before a byte of it leaves: what the server stores was sent.
    fn upload(&mut self, link: &mut Link, upload: &Upload, mut kept: Vec<Kept>) -> Result<(), LinkError> {
        let Run { ledger, gauge, .. } = &self.run;
        for kept in &mut kept {
            if let Some(report) = kept.report {
                ledger.resent(report, upload.serial);
                gauge.resent();
                continue;
            }
            let protocol = self.device.protocol.name();
            let noted = ledger.sent(self.device.terminal, protocol, upload.serial, &kept.position);
            kept.report = Some(noted.ok_or(LinkError::LedgerFull)?);
            gauge.sent();
        }
        gauge.took_off();
        self.queue(link, upload, kept);
        Ok(())
    }

    fn queue(&mut self, link: &mut Link, upload: &Upload, kept: Vec<Kept>) {
        link.queue(&upload.bytes);
        self.outstanding.take_off(Flight { serial: upload.serial, kept, sent_at: Instant::now() });
    }

    /// Waits for an answer, for `wait` to pass, or for the run to stop. Each arm is safe to cancel: `read` loses no
    /// bytes, a timer and a watch have nothing to lose.
    async fn listen(&mut self, link: &mut Link, wait: Duration) -> Result<(), LinkError> {
        if self.hear(link)? {
            return Ok(());
        }
        let rested = Instant::now() + wait;
        let overdue = self.outstanding.waiting_since().map(|since| since + ANSWER_MAX);
        let until = overdue.map_or(rested, |overdue| overdue.min(rested));
        tokio::select! {
            read = link.read() => read?,
            () = sleep_until(until) => {}
            () = stopped(&mut self.run.stop) => {}
        }
        if !self.hear(link)? && overdue.is_some_and(|overdue| overdue <= Instant::now()) {
            return Err(LinkError::Overdue);
        }
        Ok(())
    }

    /// Takes every answer that has come. True if there was one.
    fn hear(&mut self, link: &mut Link) -> Result<bool, LinkError> {
        let mut heard = false;
        while let Some(answer) = link.answer(self.wire.as_mut()) {
            heard = true;
            match answer {
                Answer::Acknowledged { serial, .. } => self.acknowledged(serial),
                Answer::Send(next) | Answer::Command { reply: next } => link.queue(&next),
                Answer::Refused => return Err(LinkError::Refused),
                Answer::Ready | Answer::Other => {}
            }
        }
        Ok(heard)
    }

    fn acknowledged(&mut self, serial: u16) {
        let Run { ledger, gauge, .. } = &self.run;
        let Some(flight) = self.outstanding.land(serial) else {
            ledger.unexpected();
            return;
        };
        if !flight.kept.is_empty() {
            gauge.landed();
        }
        let reports = flight.kept.iter().filter_map(|kept| kept.report);
        reports.filter(|report| ledger.acknowledged(*report)).for_each(|_| gauge.acknowledged());
    }

    /// Waits for the answers that are still to come, but not for ever.
    async fn drain(&mut self, link: &mut Link) -> Result<Parting, LinkError> {
        let until = Instant::now() + DRAIN_MAX;
        while self.outstanding.in_flight() > 0 {
            if self.hear(link)? {
                continue;
            }
            tokio::select! {
                read = link.read() => read?,
                () = sleep_until(until) => break,
            }
        }
        Ok(Parting::Done)
    }

    /// Stays away, unless the run stops.
    async fn rest(&mut self, away: Duration) {
        tokio::select! {
            () = sleep(away) => {}
            () = stopped(&mut self.run.stop) => {}
        }
    }

    fn stopping(&self) -> bool {
        *self.run.stop.borrow() || self.run.stop.has_changed().is_err()
    }
}

/// Returns when the run stops, or nobody is left who could stop it. Safe to cancel.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Serials have 16 bits: with more in flight an answer could be for either of two frames.
pub const WINDOW_MAX: usize = 1024;
/// Reports in one batch frame; JT/T 808 bodies hold 1023 bytes, a report with its items takes up to 80.
const BATCH_MAX: usize = 10;
/// A restarted server is found quickly, and not hammered while it is down.
const BACKOFF_FIRST: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(1);
/// A server that is alive answers within this; one that is dead must not hold up the end of a run.
const DRAIN_MAX: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests;
