//! `lienwatch replay`: plays captured devices into a server.
//!
//! Shape: a capture or a text → one TCP connection for each captured one → a summary. Connections of one terminal follow
//! each other, those of different terminals run beside each other. Errors: nobody listens (6), another machine without
//! `--yes-remote` (5), partly refused or unanswered (3), Ctrl-C (130).

mod player;
mod script;
mod tally;

use crate::cli::{Replay, ReplayForm};
use crate::config::PORT;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use anyhow::{Context, Result};
use model::TerminalId;
use model::unit::counted;
use player::{Ended, Pace, Stop, play};
use script::{Conversation, Script, Timing, load};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tally::{Summary, Tally};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Plays a file and says how it went.
pub(crate) async fn replay(args: &Replay) -> Result<Exit> {
    let target = target(args).await?;
    let mut script = load(&args.file, args.port)?;
    let terminals = args.terminal.iter().map(|text| TerminalId::parse(text)).collect::<Result<Vec<_>, _>>();
    let terminals = terminals.map_err(|error| Failure::error(Exit::Usage, error.to_string()))?;
    let nameless = without_terminal(&mut script);
    script.only(&terminals);
    if args.speed.is_some() && script.timing == Timing::None {
        let message = "a text does not say when its frames were sent: --speed needs a capture";
        return Err(Failure::error(Exit::Usage, message));
    }
    if script.conversations.is_empty() {
        return Err(Failure::error(Exit::NotFound, nothing_to_play(&script, nameless, &terminals)));
    }
    for remark in &script.remarks {
        eprintln!("note: {remark}");
    }
    eprintln!(
        "warning: replayed frames are real inputs to the server at {target}: it stores them, they end the connections of the real terminals, prove them alive, take their commands, and open and close alerts"
    );
    let frames = script.frames();
    let passed_over = script.passed + nameless;
    let summary = Summary { passed_over, ..run(script, target, args.speed).await? };
    tell(args.output, &summary)?;
    let is_complete = summary.is_complete(frames);
    if summary.interrupted {
        return Ok(Exit::Interrupted);
    }
    Ok(if is_complete { Exit::Ok } else { Exit::PartlyDone })
}

/// The server's address; another machine's only if somebody says that it is meant.
async fn target(args: &Replay) -> Result<SocketAddr> {
    let named = if args.to.parse::<u16>().is_ok() {
        format!("127.0.0.1:{}", args.to)
    } else if args.to.parse::<std::net::IpAddr>().is_ok() || !args.to.contains(':') {
        format!("{}:{PORT}", bracketed(&args.to))
    } else {
        args.to.clone()
    };
    let found = tokio::net::lookup_host(&named).await.map_err(|error| {
        Failure::error(Exit::Usage, format!("--to {}: {error}; write it like 127.0.0.1:{PORT}", args.to))
    })?;
    // The server's own default listens on IPv4.
    let target = found.min_by_key(SocketAddr::is_ipv6).with_context(|| format!("{named} has no address"))?;
    if !target.ip().is_loopback() && !args.yes_remote {
        let message = format!(
            "{target} is not this machine: replayed frames are real inputs there, of terminals that may be on real \
             cars; say --yes-remote if that server is meant"
        );
        return Err(Failure::error(Exit::Refused, message));
    }
    Ok(target)
}

/// An IPv6 address with a port behind it needs brackets.
fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// Takes out connections whose login the capture has not: no server would know whose frames they are.
fn without_terminal(script: &mut Script) -> u64 {
    let before = script.conversations.len();
    script.conversations.retain(|one| one.terminal.is_some());
    let nameless = u64::try_from(before - script.conversations.len()).unwrap_or(0);
    if nameless > 0 {
        let connections = counted(nameless, "connection");
        eprintln!("note: {connections} passed over: no login and no terminal number in the file");
    }
    nameless
}

fn nothing_to_play(script: &Script, nameless: u64, terminals: &[TerminalId]) -> String {
    match (terminals, nameless + script.passed) {
        ([], 0) => "nothing to play: the file holds no frame".to_owned(),
        ([], passed) => format!("nothing to play: no connection of a known terminal; {passed} passed over"),
        (terminals, _) => {
            let names: Vec<String> = terminals.iter().map(TerminalId::to_string).collect();
            format!("nothing to play: no connection of {}", names.join(", "))
        }
    }
}

/// Plays all conversations and counts.
async fn run(script: Script, target: SocketAddr, speed: Option<f64>) -> Result<Summary> {
    let begun = Instant::now();
    let pace = speed.map_or(Pace::Acknowledged, |speed| Pace::Captured { start: begun, speed });
    let tally = Arc::new(Tally::new(script.frames()));
    let (stop, stopped) = watch::channel(Stop::NotYet);
    let places = Arc::new(Semaphore::new(match pace {
        Pace::Acknowledged => BESIDE_MAX,
        Pace::Captured { .. } => BESIDE_IN_TIME_MAX,
    }));
    let mut interrupt = Box::pin(tokio::signal::ctrl_c());
    // Asked once here, the signal is heard from before the first connection on.
    tokio::select! {
        biased;
        _ = &mut interrupt => drop(stop.send(Stop::Now)),
        () = std::future::ready(()) => {}
    }
    let mut tasks = JoinSet::new();
    for group in by_terminal(script.conversations) {
        let (tally, places, stopped) = (Arc::clone(&tally), Arc::clone(&places), stopped.clone());
        tasks.spawn(async move {
            let _place = places.acquire().await;
            let mut ended = Vec::with_capacity(group.len());
            for conversation in &group {
                ended.push(play(conversation, target, pace, &tally, stopped.clone()).await);
            }
            ended
        });
    }
    let ended = gather(tasks, interrupt, &stop).await?;
    let count =
        |wanted: &Ended| u64::try_from(ended.iter().filter(|end| *end == wanted).count()).unwrap_or(0);
    let mut summary = tally.summary(begun.elapsed());
    if let Some(Ended::Unreachable(why)) = ended.iter().find(|end| matches!(end, Ended::Unreachable(_))) {
        let message = format!("no server answers at {target}: {why}; start one with: lienwatch serve");
        return Err(Failure::error(Exit::Unreachable, message));
    }
    (summary.refused, summary.closed) = (count(&Ended::Refused), count(&Ended::Closed));
    summary.interrupted = count(&Ended::Stopped) > 0;
    summary.connections = count(&Ended::Done) + summary.refused + summary.closed;
    Ok(summary)
}

/// Waits for all of them; Ctrl-C, or a server that is not there, stops the others.
async fn gather(
    mut tasks: JoinSet<Vec<Ended>>,
    mut interrupt: impl Future<Output = std::io::Result<()>> + Unpin,
    stop: &watch::Sender<Stop>,
) -> Result<Vec<Ended>> {
    let mut all = Vec::new();
    loop {
        tokio::select! {
            ended = tasks.join_next() => match ended {
                None => return Ok(all),
                Some(ended) => all.extend(ended.context("a connection's task")?),
            },
            _ = &mut interrupt, if *stop.borrow() == Stop::NotYet => drop(stop.send(Stop::Now)),
        }
        if all.iter().any(|end| matches!(end, Ended::Unreachable(_))) {
            // Nobody listens to this when all have ended.
            let _ = stop.send(Stop::Now);
        }
    }
}

/// A terminal has one connection at a time.
fn by_terminal(conversations: Vec<Conversation>) -> Vec<Vec<Conversation>> {
    let (mut groups, mut places) = (Vec::<Vec<Conversation>>::new(), HashMap::new());
    for conversation in conversations {
        let place = *places.entry(conversation.terminal).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(conversation),
            None => groups.push(vec![conversation]),
        }
    }
    groups
}

fn tell(form: ReplayForm, summary: &Summary) -> Result<()> {
    match form {
        ReplayForm::Json => listing::json(&serde_json::to_string(summary)?),
        ReplayForm::Table => listing::write(Output::Table, COLUMNS, std::slice::from_ref(summary)),
    }
}

const COLUMNS: &[&str] = &[
    "connections",
    "frames",
    "logins_replaced",
    "replies",
    "refused",
    "closed",
    "unanswered",
    "passed_over",
    "seconds",
];
/// Connections beside each other when only the server sets the pace: enough to keep its group commits full.
const BESIDE_MAX: usize = 64;
/// With captured pauses each connection must be open when it was; a process has about a thousand descriptors.
const BESIDE_IN_TIME_MAX: usize = 900;
