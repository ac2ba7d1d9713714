//! What is played: the device's frames of each connection, in order.
//!
//! Shape: a capture or a text → [`Conversation`]s. A text has no connections: frames go by their terminal, those that name
//! none belong to the last login. Memory: [`SCRIPT_BYTES_MAX`]. Errors: files that cannot be read; a script too large.

use crate::decode::capture::connections::{ConnectionId, Heard, What};
use crate::decode::capture::{is_capture, read_from};
use crate::decode::frames::Readers;
use crate::decode::lines::{Lines, Said, Source, next_line};
use crate::decode::talk::{Remark, Talk};
use crate::exit::{Exit, Failure};
use anyhow::{Context, Result};
use bytes::Bytes;
use model::unit::counted;
use model::{Event, TerminalId, Timestamp};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;
use wire::{Decoded, Protocol};

/// Everything to play.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) timing: Timing,
    /// Connections of something else, and lines without a frame.
    pub(crate) passed: u64,
    /// What the reader should know of the file.
    pub(crate) remarks: Vec<String>,
    bytes: usize,
}

/// Whether the file says when each frame was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Timing {
    Captured,
    #[default]
    None,
}

/// One connection of one device.
pub(crate) struct Conversation {
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) terminal: Option<TerminalId>,
    pub(crate) frames: Vec<Cue>,
}

/// A frame to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cue {
    /// Since the first frame of the file.
    pub(crate) after: Duration,
    pub(crate) bytes: Bytes,
    pub(crate) role: Role,
    pub(crate) owed: Owed,
}

/// What a frame is to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Login,
    Report,
}

/// Whether a server answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owed {
    Answer,
    Nothing,
}

/// Reads a file; `-` is stdin.
pub(crate) fn load(file: &Path, port: Option<u16>) -> Result<Script> {
    let name = file.display();
    if file.as_os_str() == "-" {
        return read(BufReader::new(std::io::stdin()), port).context("stdin");
    }
    if !file.exists() {
        return Err(Failure::error(Exit::NotFound, format!("there is no file {name}")));
    }
    let opened = File::open(file).with_context(|| format!("opening {name}"))?;
    read(BufReader::new(opened), port).with_context(|| format!("{name}"))
}

fn read<R: Read + Send + 'static>(mut reader: BufReader<R>, port: Option<u16>) -> Result<Script> {
    if is_capture(reader.fill_buf()?) { of_capture(reader, port) } else { of_text(&mut reader) }
}

fn readers() -> Readers {
    Readers { protocols: protocols::ALL.to_vec(), zone: None }
}

fn of_capture(reader: impl Read + Send + 'static, port: Option<u16>) -> Result<Script> {
    let (readers, mut script) = (readers(), Script { timing: Timing::Captured, ..Script::default() });
    let mut talks: HashMap<ConnectionId, (Talk, Option<usize>)> = HashMap::new();
    let (mut first, mut gaps) = (None, 0_u64);
    let report = read_from(reader, port, &mut |heard: Heard<'_>| {
        let (talk, place) = talks.entry(heard.connection).or_insert_with(|| (Talk::new(heard.ends), None));
        let remarks = match heard.what {
            What::Said(side, said) => talk.hear(&readers, side, said, heard.at),
            What::Closed => {
                script.passed += u64::from(!talk.is_tracker());
                talks.remove(&heard.connection);
                return Ok(());
            }
        };
        for remark in remarks {
            match remark {
                Remark::Frame { decoded, bytes } => {
                    let begin: Timestamp = *first.get_or_insert(heard.at);
                    let after = u64::try_from(heard.at.since(begin)).unwrap_or(0);
                    script.add(place, &decoded, bytes, Duration::from_millis(after))?;
                }
                Remark::Gap { .. } => gaps += 1,
                Remark::Answer { .. } | Remark::Skipped { .. } | Remark::Unfinished { .. } => {}
            }
        }
        Ok(())
    })?;
    if gaps > 0 {
        script
            .remarks
            .push(format!("{} in the capture: what is missing there is not played", counted(gaps, "gap")));
    }
    script.remarks.extend(report.cut);
    Ok(script)
}

fn of_text(reader: &mut dyn BufRead) -> Result<Script> {
    let (readers, mut script) = (readers(), Script::default());
    let mut lines = Lines::new(&readers, Source::File);
    let mut places = Places::default();
    loop {
        let line = next_line(reader)?;
        let found = match &line {
            Some(line) => lines.take(line),
            None => lines.end(),
        };
        for found in found {
            match found.said {
                Said::Frame { from_server: true, .. } | Said::Surplus(_) => {}
                Said::Frame { decoded, bytes, .. } => places.add(&mut script, &decoded, bytes.into())?,
                Said::NotHex { .. } => script.passed += 1,
            }
        }
        if line.is_none() {
            break;
        }
    }
    script.passed += lines.passed.count;
    Ok(script)
}

/// Which conversation a frame of a text belongs to.
#[derive(Default)]
struct Places {
    of_terminal: HashMap<TerminalId, usize>,
    last: HashMap<&'static str, usize>,
}

impl Places {
    fn add(&mut self, script: &mut Script, decoded: &Decoded, bytes: Bytes) -> Result<()> {
        let Some(name) = decoded.protocol else { return Ok(()) };
        let terminal = decoded.reaction.as_ref().and_then(|reaction| reaction.terminal);
        let mut place = match terminal {
            Some(terminal) => self.of_terminal.get(&terminal).copied(),
            None => self.last.get(name).copied(),
        };
        script.add(&mut place, decoded, bytes, Duration::ZERO)?;
        if let Some(place) = place {
            self.last.insert(name, place);
            self.of_terminal.extend(terminal.map(|terminal| (terminal, place)));
        }
        Ok(())
    }
}

impl Script {
    /// Adds a frame to the conversation at a place, or begins one.
    fn add(
        &mut self,
        place: &mut Option<usize>,
        decoded: &Decoded,
        bytes: Bytes,
        after: Duration,
    ) -> Result<()> {
        self.bytes += bytes.len() + size_of::<Cue>();
        if self.bytes > SCRIPT_BYTES_MAX {
            let message = format!(
                "it holds more than {} MiB of frames; split it, or choose connections with --port",
                SCRIPT_BYTES_MAX / 1024 / 1024
            );
            return Err(Failure::error(Exit::Usage, message));
        }
        let known = protocols::ALL.iter().find(|known| Some(known.name()) == decoded.protocol);
        let Some(protocol) = known else { return Ok(()) };
        let place = *place.get_or_insert_with(|| {
            self.conversations.push(Conversation { protocol: *protocol, terminal: None, frames: Vec::new() });
            self.conversations.len() - 1
        });
        let Some(conversation) = self.conversations.get_mut(place) else { return Ok(()) };
        let reaction = decoded.reaction.as_ref();
        conversation.terminal = conversation.terminal.or_else(|| reaction.and_then(|said| said.terminal));
        let logs_in = |event: &Event| matches!(event, Event::Login { .. });
        let is_login = reaction.is_some_and(|reaction| reaction.events.iter().any(logs_in));
        let is_owed = reaction.is_some_and(|reaction| reaction.reply.bytes().is_some());
        let role = if is_login { Role::Login } else { Role::Report };
        let owed = if is_owed { Owed::Answer } else { Owed::Nothing };
        conversation.frames.push(Cue { after, bytes, role, owed });
        Ok(())
    }

    /// Keeps what these terminals said; all of it if none is named.
    pub(crate) fn only(&mut self, terminals: &[TerminalId]) {
        if !terminals.is_empty() {
            self.conversations
                .retain(|one| one.terminal.is_some_and(|terminal| terminals.contains(&terminal)));
        }
    }

    /// Frames to send.
    pub(crate) fn frames(&self) -> usize {
        self.conversations.iter().map(|conversation| conversation.frames.len()).sum()
    }
}

/// A day of a thousand devices; a longer capture is played in pieces.
const SCRIPT_BYTES_MAX: usize = 512 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::capture::testing::{Pcap, Wire};
    use std::io::Cursor;

    const LOGIN: &str = "78780d010868120240000015000170e50d0a";
    const OTHER: &str = "7e0002000001391234567800030d7e";

    /// A terminal, and its frames by second and role.
    type Played = (Option<String>, Vec<(u64, Role)>);

    fn played(file: Vec<u8>) -> Vec<Played> {
        let script = read(BufReader::new(Cursor::new(file)), None).unwrap();
        let cues = |one: &Conversation| {
            one.frames.iter().map(|cue| (cue.after.as_secs(), cue.role)).collect::<Vec<_>>()
        };
        script
            .conversations
            .iter()
            .map(|one| (one.terminal.map(|terminal| terminal.to_string()), cues(one)))
            .collect()
    }

    #[test]
    fn a_capture_gives_each_connection_with_its_pauses() {
        let login = hex::decode(LOGIN).unwrap();
        let (head, tail) = login.split_at(7);
        let pcap =
            Pcap::micro(Wire::Ethernet).connect().device(head).device(tail).wait_ms(60_000).device(&login);
        let pcap = pcap.other_device(50_000).connect().device(hex::decode(OTHER).unwrap()).finish();
        let terminal = |id: &str| Some(id.to_owned());
        assert_eq!(
            played(pcap),
            [
                (terminal("868120240000015"), vec![(0, Role::Login), (60, Role::Login)]),
                (terminal("13912345678"), vec![(60, Role::Report)]),
            ]
        );
    }

    #[test]
    fn a_text_goes_by_terminal_and_leaves_out_what_the_server_said() {
        let heartbeat =
            hex::encode(protocols::ALL[0].terminal(TerminalId::parse("1").unwrap()).heartbeat().bytes);
        let text = format!(
            "[T1: gt06 < 192.0.2.1] HEX: {LOGIN}\n[T1: gt06 > 192.0.2.1] HEX: {LOGIN}\n{OTHER}\n{heartbeat}\n"
        );
        let frames = played(text.into_bytes()).into_iter().map(|(_, cues)| cues.len()).collect::<Vec<_>>();
        assert_eq!(frames, [2, 1]);
    }
}
