//! A console: it listens to the live stream, and reads each alert that it is told of as the panel of an alert does.
//!
//! Shape: [`Console::of`] a server, [`Console::listen`], [`Console::watch`] → when each vehicle's alert was told and read. Units:
//! moments of this machine. Errors: a stream that leaves something out or ends, an alert that was told and cannot be read.
//! Source: the console's inbox, which reads `/api/v1/alerts/{id}` with a purpose.

use super::events::RULE;
use super::joined;
use super::stream::Stream;
use crate::stand::Stand;
use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;
use stories::server::Server;

/// Somebody at a desk.
pub(super) struct Console<'a> {
    server: &'a Server,
    /// Lines of a head that say who asks, and why.
    head: String,
}

/// When an alert was told, and when it was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) told_at: Instant,
    pub(super) read_at: Instant,
}

/// An alert as the stream tells it.
#[derive(Deserialize)]
struct Alert {
    id: String,
    rule: String,
    vehicle: Option<Vehicle>,
}

#[derive(Deserialize)]
struct Vehicle {
    id: String,
}

/// An alert that was told, to be read.
struct Told {
    alert: String,
    vehicle: String,
    at: Instant,
}

impl<'a> Console<'a> {
    /// Makes somebody who may see everything, and a token in their name.
    pub(super) fn of(stand: &'a Stand) -> anyhow::Result<Self> {
        let (site, server) = (stand.site().context("a site")?, stand.server().context("a server")?);
        site.done(&["user", "add", "desk", "--role", "admin", "--all-lenders"])?;
        let mut words = vec!["token", "create", "bench", "--user", "desk"];
        words.extend(RIGHTS.iter().flat_map(|right| ["--right", right]));
        let token = site.done(&words)?;
        let head = format!("Authorization: Bearer {}\r\nX-Purpose: collect\r\n", token.trim());
        Ok(Self { server, head })
    }

    /// What a path of the API answers, if it does.
    pub(super) fn read(&self, path: &str) -> anyhow::Result<String> {
        let (status, body) = self.server.ask_as(&format!("/api/v1{path}"), &self.head)?;
        ensure!(status == 200, "{path} answers {status}: {body}");
        Ok(body)
    }

    /// Opens the live stream.
    pub(super) fn listen(&self) -> anyhow::Result<Stream> {
        Stream::open(self.server.http, "/api/v1/stream?topics=alerts,health", &self.head)
    }

    /// Listens until the alerts of so many vehicles were told and read, or the time is over. What is told is noted while another
    /// one is read.
    pub(super) fn watch(
        &self,
        stream: Stream,
        vehicles: u32,
        until: Instant,
    ) -> anyhow::Result<HashMap<String, Shown>> {
        let vehicles = usize::try_from(vehicles)?;
        let (told, heard) = sync_channel(vehicles);
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| heard.into_iter().map(|told| self.shown(told)).collect());
            let listened = hear(stream, vehicles, until, &told);
            // Whoever reads ends behind the last one.
            drop(told);
            let shown = joined(reading.join())?;
            listened.map(|()| shown)
        })
    }

    fn shown(&self, Told { alert, vehicle, at }: Told) -> anyhow::Result<(String, Shown)> {
        self.read(&format!("/alerts/{alert}"))?;
        Ok((vehicle, Shown { told_at: at, read_at: Instant::now() }))
    }
}

/// Passes on what is told of each vehicle first.
fn hear(mut stream: Stream, vehicles: usize, until: Instant, told: &SyncSender<Told>) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    while seen.len() < vehicles {
        let Some(message) = stream.next(until)? else { break };
        let at = Instant::now();
        match message.event.as_str() {
            "alert" => {}
            "resync" | "end" => bail!("the stream says {}: {}", message.event, message.said),
            _ => continue,
        }
        let Alert { id, rule, vehicle } = serde_json::from_str(&message.said)?;
        let Some(Vehicle { id: vehicle }) = vehicle.filter(|_| rule == RULE.as_str()) else { continue };
        let is_first = seen.insert(vehicle.clone());
        if is_first && told.send(Told { alert: id, vehicle, at }).is_err() {
            // Who reads has ended, and says why.
            break;
        }
    }
    Ok(())
}

/// What the panel of an alert shows: the loan, the car and where it was.
const RIGHTS: [&str; 4] = ["alerts.read", "loans.read", "vehicles.read", "tracks.read"];
