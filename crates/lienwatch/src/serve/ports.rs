//! The tracker ports in the words of `web`, which does not know ingest.

use crate::config::Config;
use anyhow::Result;
use ingest::{Doorkeeper, IngestError, Listener};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use web::{Port, Ports, Traffic, WebError};

/// Asks whether every port can be had, before there is a data directory: a start that fails then leaves nothing behind.
pub(super) fn can_be_had(config: &Config) -> Result<()> {
    let mut held = Vec::new();
    for Listener { address, .. } in config.listeners()? {
        held.push(TcpListener::bind(address).map_err(|source| IngestError::Bind { address, source })?);
    }
    let http = &config.web.http;
    if !http.is_empty() {
        let refused = |source| WebError::Bind { address: http.clone(), source };
        held.push(TcpListener::bind(http.as_str()).map_err(refused)?);
    }
    Ok(())
}

/// What people may ask of the ports; `addresses` are the real ones, in the order of the listeners.
pub(super) fn told(listeners: &[Listener], addresses: &[SocketAddr], doorkeeper: Doorkeeper) -> Ports {
    let port = |(listener, address): (&Listener, &SocketAddr)| Port {
        address: *address,
        protocol: listener.protocol,
    };
    let (attempts, online, traffic) = (doorkeeper.clone(), doorkeeper.clone(), doorkeeper);
    Ports {
        open: listeners.iter().zip(addresses).map(port).collect(),
        attempts: Arc::new(move || attempts.attempts()),
        is_online: Arc::new(move |terminal| online.is_online(terminal)),
        traffic: Arc::new(move || counted(&traffic)),
    }
}

fn counted(doorkeeper: &Doorkeeper) -> Traffic {
    let totals = doorkeeper.totals();
    Traffic {
        connections: totals.connections,
        terminals: u64::try_from(doorkeeper.online()).unwrap_or(u64::MAX),
        accepted: totals.accepted,
        turned_away: totals.turned_away,
        scanners: totals.scanners,
        frames_in: totals.frames_in,
        journalled: totals.journalled,
        refused: totals.refused,
        in_flight: totals.in_flight,
        acks: totals.acks,
        bad_checksums: totals.bad_checksums,
        skipped_bytes: totals.skipped_bytes,
    }
}
