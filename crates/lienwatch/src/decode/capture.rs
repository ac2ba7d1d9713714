//! Captures of network traffic: what was said on each TCP connection, in order.
//!
//! Shape: a pcap or pcapng file → [`connections::Heard`] one after the other, in bounded memory. Times are those of the
//! capture. Errors: what is no capture is refused by name; a file that ends early is read as far as it goes.

pub(crate) mod connections;
mod file;
mod packet;
pub(crate) mod stream;

#[cfg(test)]
pub(crate) mod testing;

use crate::exit::{Exit, Failure};
use anyhow::{Context, Result};
use connections::{Connections, Heard};
use file::End;
use packet::Seen;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub(crate) use file::is_capture;

/// What there was beside connections.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) packets: u64,
    /// IP fragments; they are not put together.
    pub(crate) fragments: u64,
    /// Packets of link types that are not read.
    pub(crate) unread_links: BTreeMap<i32, u64>,
    /// The file ends in the middle of a packet, or is damaged there.
    pub(crate) cut: Option<String>,
}

/// Reads a capture to its end; `-` is stdin.
pub(crate) fn read(
    file: &Path,
    server_port: Option<u16>,
    hear: &mut dyn FnMut(Heard<'_>) -> Result<()>,
) -> Result<Report> {
    let name = file.display();
    if file.as_os_str() == "-" {
        return read_from(std::io::stdin(), server_port, hear).context("stdin");
    }
    if !file.exists() {
        return Err(Failure::error(Exit::NotFound, format!("there is no file {name}")));
    }
    let opened = File::open(file).with_context(|| format!("opening {name}"))?;
    read_from(opened, server_port, hear).with_context(|| format!("{name}"))
}

/// Reads a capture from anywhere.
pub(crate) fn read_from(
    reader: impl Read + Send + 'static,
    server_port: Option<u16>,
    hear: &mut dyn FnMut(Heard<'_>) -> Result<()>,
) -> Result<Report> {
    let (mut report, mut connections) = (Report::default(), Connections::new(server_port));
    let end = file::each_packet(reader, &mut |packet| {
        report.packets += 1;
        match packet::seen(packet.link, packet.bytes) {
            Seen::Tcp(segment) => connections.take(packet.at, &segment, hear)?,
            Seen::Fragment => report.fragments += 1,
            Seen::UnreadLink => *report.unread_links.entry(packet.link.0).or_default() += 1,
            Seen::Other => {}
        }
        Ok(())
    })?;
    connections.end(hear)?;
    if let End::Cut(why) = end {
        report.cut = Some(why);
    }
    Ok(report)
}
