//! `decode --pcap`: what devices and server said to each other on each captured connection.
//!
//! Shape: [`Heard`] → frames in the order of the capture, each read by the session of its connection, so that who
//! speaks is known from the login on. Frames of the server are explained for people only. Errors: gaps, bytes between
//! frames and a cut file are said, and make the exit code 3.

use super::capture::connections::{ConnectionId, Ends, Heard, Side, What};
use super::capture::{Report, read};
use super::frames::Readers;
use super::json::{self, Captured};
use super::talk::{Remark, Talk};
use super::view::paint::{BAD, DIM, NAME};
use super::view::{self, few};
use super::{Teller, Verdict};
use crate::cli::{Decode, DecodeForm};
use crate::listing;
use anyhow::Result;
use model::Timestamp;
use model::unit::counted;
use std::collections::HashMap;
use std::path::Path;

/// Explains a capture.
pub(super) fn traffic(file: &Path, args: &Decode, readers: &Readers, teller: &mut Teller) -> Result<()> {
    let mut traffic = Traffic { readers, teller, talks: HashMap::new(), counts: Counts::default() };
    let report = read(file, args.port, &mut |heard| traffic.hear(heard))?;
    let Traffic { counts, .. } = traffic;
    if report.cut.is_some() || counts.gaps > 0 {
        teller.verdict = Verdict::Partly;
    }
    let name = if file.as_os_str() == "-" { "stdin".into() } else { file.to_string_lossy() };
    eprintln!("{name}: {}", summary(&report, &counts));
    // A capture without a frame is read all the same.
    teller.told = teller.told.max(1);
    Ok(())
}

struct Traffic<'t> {
    readers: &'t Readers,
    teller: &'t mut Teller,
    talks: HashMap<ConnectionId, Talk>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    trackers: u64,
    others: u64,
    frames: u64,
    answers: u64,
    gaps: u64,
    lost_bytes: u64,
}

impl Traffic<'_> {
    fn hear(&mut self, heard: Heard<'_>) -> Result<()> {
        let talk = self.talks.entry(heard.connection).or_insert_with(|| Talk::new(heard.ends));
        let remarks = match heard.what {
            What::Said(side, part) => talk.hear(self.readers, side, part, heard.at),
            What::Closed => {
                let remarks = talk.close();
                let count =
                    if talk.is_tracker() { &mut self.counts.trackers } else { &mut self.counts.others };
                *count += 1;
                self.talks.remove(&heard.connection);
                remarks
            }
        };
        remarks.into_iter().try_for_each(|remark| self.tell(heard.ends, heard.at, &remark))
    }

    fn tell(&mut self, ends: &Ends, at: Timestamp, remark: &Remark) -> Result<()> {
        match remark {
            Remark::Frame { decoded, bytes } => {
                self.counts.frames += 1;
                self.teller.count(decoded.problem.is_some());
                let captured = Captured { captured_at: at, peer: ends.device.to_string() };
                match self.teller.form {
                    DecodeForm::Ndjson => listing::painted(&json::frame(bytes, decoded, Some(&captured))?),
                    DecodeForm::Table => {
                        let lines = view::frame(decoded, bytes, &self.teller.paint);
                        self.said(ends, Side::Device, at, lines)
                    }
                }
            }
            Remark::Answer { decoded, bytes, words } => {
                self.counts.answers += 1;
                let lines = match decoded {
                    Some(decoded) => view::answer(decoded, words, &self.teller.paint),
                    None => view::bare_answer(bytes, words, &self.teller.paint),
                };
                self.said(ends, Side::Server, at, lines)
            }
            Remark::Gap { side, bytes, cut } => {
                self.counts.gaps += 1;
                self.counts.lost_bytes += bytes;
                let cut = match cut {
                    0 => String::new(),
                    cut => format!("; {} of a frame before it are of no use", counted(*cut, "byte")),
                };
                let words = format!("{} are not in the capture{cut}", counted(*bytes, "byte"));
                self.note(ends, *side, at, &words)
            }
            Remark::Skipped { side, bytes } => {
                let words = format!("{} between frames: {}", counted(bytes.len(), "byte"), few(bytes));
                self.note(ends, *side, at, &words)
            }
            Remark::Unfinished { side, bytes } => {
                let words = format!(
                    "the connection ends within a frame, after {}: {}",
                    counted(bytes.len(), "byte"),
                    few(bytes)
                );
                self.note(ends, *side, at, &words)
            }
        }
    }

    /// Lines for people, under the time and the connection.
    fn said(&self, ends: &Ends, side: Side, at: Timestamp, lines: Vec<String>) -> Result<()> {
        if self.teller.form == DecodeForm::Ndjson {
            return Ok(());
        }
        let lines = [vec![self.place(ends, side, at)], lines].concat();
        listing::painted(&lines.join("\n"))
    }

    fn note(&self, ends: &Ends, side: Side, at: Timestamp, words: &str) -> Result<()> {
        let mut lines = self.teller.paint.labelled("note", BAD, words);
        lines.push(String::new());
        self.said(ends, side, at, lines)
    }

    fn place(&self, ends: &Ends, side: Side, at: Timestamp) -> String {
        let paint = &self.teller.paint;
        let arrow = match side {
            Side::Device => "→",
            Side::Server => "←",
        };
        let words =
            format!("{} {} {} {}", view::captured(at), ends.device, paint.on(NAME, arrow), ends.server);
        paint.on(DIM, &words)
    }
}

fn summary(report: &Report, counts: &Counts) -> String {
    let mut parts = vec![
        counted(report.packets, "packet"),
        format!(
            "{} of trackers with {} and {}",
            counted(counts.trackers, "connection"),
            counted(counts.frames, "frame"),
            counted(counts.answers, "answer")
        ),
    ];
    let mut add = |count: u64, words: String| {
        if count > 0 {
            parts.push(words);
        }
    };
    add(counts.others, format!("{} of something else passed over", counted(counts.others, "connection")));
    add(
        counts.gaps,
        format!("{} with {} lost", counted(counts.gaps, "gap"), counted(counts.lost_bytes, "byte")),
    );
    add(report.fragments, format!("{} not put together", counted(report.fragments, "IP fragment")));
    for (link, count) in &report.unread_links {
        parts.push(format!("{} of link type {link} not read", counted(*count, "packet")));
    }
    parts.extend(report.cut.clone());
    parts.join("; ")
}
