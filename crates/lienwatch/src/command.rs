//! `lienwatch command`: what terminals are told, and what they answer.
//!
//! Shape: a request enters the journal; the server sends it when the terminal is online; what became of it is read from
//! the store. Exit codes: 0 answered (or recorded, with `--wait 0`), 1 refused by the terminal, not in its model, or
//! no answer; 5 refused by policy; 6 recorded and still open.

use crate::cli::{Send, TellCommand};
use crate::config::Config;
use crate::decode::harmless;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::{Site, new_input_id};
use anyhow::Result;
use model::command::{Answer, CommandKind};
use model::input::Action;
use model::{Command, CommandState, InputId, TerminalId, Timestamp};
use serde::Serialize;
use std::time::{Duration, Instant};
use store::CommandRow;
use wire::DeviceModel;

/// Does what is asked of commands.
pub(crate) async fn command(config: &Config, command: TellCommand) -> Result<Exit> {
    let site = Site::open(config).await?;
    let exit = match command {
        TellCommand::Send(args) => send(&site, &args).await?,
        TellCommand::List { terminal, open, output } => list(&site, terminal, open, output).await?,
        TellCommand::Show { id, purpose, output } => show(&site, &id, purpose, output).await?,
        TellCommand::Cancel { id } => {
            site.catch_up().await?;
            let command = find(&site, &id).await?.command;
            listing::line(&site.ask(Action::CancelCommand { command }).await?)?;
            Exit::Ok
        }
    };
    site.close().await;
    Ok(exit)
}

async fn send(site: &Site, args: &Send) -> Result<Exit> {
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let terminal = TerminalId::parse(&args.terminal).map_err(|error| usage(error.to_string()))?;
    let command = args.order.command();
    command.check().map_err(|error| usage(error.to_string()))?;
    site.catch_up().await?;
    can_be_told(site, terminal, command).await?;
    let (id, now) = (new_input_id(), site.journal.clock().now());
    let expires_at = now.plus(args.expires);
    match site.ask_as(id.clone(), Action::Command { terminal, command, expires_at }).await {
        Ok(recorded) => eprintln!("{recorded}"),
        Err(error) => {
            if is_pending(&error) {
                eprintln!("its id is {}: look whether it was done before you send it again", id.0);
            }
            return Err(error);
        }
    }
    if !site.is_served()? {
        eprintln!("no server runs: it is sent when one does and the terminal connects, until {expires_at}");
        listing::line(&id.0)?;
        return Ok(Exit::Unreachable);
    }
    if args.wait == 0 {
        listing::line(&id.0)?;
        return Ok(Exit::Ok);
    }
    let row = tokio::select! {
        row = outcome(site, &id, Duration::from_secs(args.wait.into())) => row?,
        _ = tokio::signal::ctrl_c() => {
            eprintln!("still recorded: it is sent when it can be. Take it back: lienwatch command cancel {}", short(&id));
            return Ok(Exit::Interrupted);
        }
    };
    if let CommandState::Answered(_) | CommandState::Refused(_) = row.state {
        // An answer may tell a place: whoever reads it is in the audit log before it is shown.
        let subject = format!("answer of {terminal} to {}", row.order);
        site.ask(Action::Read { subject, purpose: args.purpose.clone() }).await?;
    }
    listing::line(&sentence(&row))?;
    if row.state.is_open() {
        let prospects = prospects(site, &row).await?;
        eprintln!("{prospects}. See: lienwatch command show {}", short(&row.command));
    }
    Ok(exit_for(&row.state))
}

/// What an open command waits for.
async fn prospects(site: &Site, row: &CommandRow) -> Result<String> {
    let open = site.store.open_commands().await?;
    let ahead = open.iter().find(|other| other.terminal == row.terminal && other.seq < row.seq);
    Ok(match (&row.state, ahead) {
        (CommandState::Pending, Some(ahead)) => format!(
            "{} ({}) is {} and comes first; without an answer it is given up three minutes after it was sent",
            ahead.order,
            short(&ahead.command),
            ahead.state.code()
        ),
        (CommandState::Pending, None) => {
            format!("the terminal is not online; it is sent when it is, until {}", row.expires_at)
        }
        _ => "the terminal has it, and has not answered".to_owned(),
    })
}

fn short(id: &InputId) -> String {
    id.0.chars().take(SHORT_ID).collect()
}

/// Whether it stands in the journal, though nobody has said yet what comes of it.
fn is_pending(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.exit == Exit::Unreachable)
}

/// Whether the terminal's model has such a command. A relay is the policy's business, not the model's.
async fn can_be_told(site: &Site, terminal: TerminalId, command: Command) -> Result<()> {
    let rows = site.store.devices(site.journal.clock().now(), None, Some(terminal)).await?;
    let protocol =
        rows.first().and_then(|row| protocols::ALL.iter().find(|known| known.name() == row.protocol));
    // One that was never heard speaks no protocol yet, and one that is not known is refused by name.
    let (Some(protocol), false) = (protocol, matches!(command, Command::Relay(_))) else { return Ok(()) };
    let profile = site.store.profile_of(terminal).await?.unwrap_or_default();
    match DeviceModel::chosen(protocol.models(), profile.model) {
        Some(model) if !model.knows(command.kind()) => {
            let known: Vec<&str> = model.allowed().map(CommandKind::as_str).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            let message = format!(
                "the model {} ({}) of terminal {terminal} has no command for {command}; it can be told: {known}. If it is \
                 another model, say so: lienwatch devices profile {terminal} --model CODE (see: devices models)",
                model.code, model.label
            );
            Err(Failure::error(Exit::Failed, message))
        }
        _ => Ok(()),
    }
}

/// Waits for the end of a command, and says on stderr how it gets on.
async fn outcome(site: &Site, id: &InputId, wait: Duration) -> Result<CommandRow> {
    let since = Instant::now();
    let mut said = "pending";
    loop {
        let row = find(site, &id.0).await?;
        if row.state.code() != said {
            said = row.state.code();
            eprintln!("{said}");
        }
        if !row.state.is_open() || since.elapsed() >= wait {
            return Ok(row);
        }
        tokio::time::sleep(POLL).await;
    }
}

const fn exit_for(state: &CommandState) -> Exit {
    match state {
        CommandState::Answered(_) => Exit::Ok,
        CommandState::Pending | CommandState::Sending { .. } | CommandState::Sent { .. } => Exit::Unreachable,
        CommandState::Refused(_)
        | CommandState::Cancelled
        | CommandState::TimedOut { .. }
        | CommandState::Unknown { .. }
        | CommandState::Expired
        | CommandState::Unsupported { .. } => Exit::Failed,
    }
}

async fn list(site: &Site, terminal: Option<String>, open: bool, output: Output) -> Result<Exit> {
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let terminal = terminal.as_deref().map(TerminalId::parse).transpose();
    let terminal = terminal.map_err(|error| usage(error.to_string()))?;
    site.catch_up_and_tell().await?;
    let rows = if open {
        site.store.open_commands().await?
    } else {
        site.store.commands(terminal, LISTED_MAX).await?
    };
    let of_terminal = |row: &&CommandRow| terminal.is_none_or(|terminal| row.terminal == terminal);
    let rows: Vec<Line> = rows.iter().filter(of_terminal).map(Line::from).collect();
    if rows.is_empty() && output == Output::Table {
        eprintln!("no commands; tell a terminal something: lienwatch command send TERMINAL locate");
        return Ok(Exit::Ok);
    }
    listing::write(output, COLUMNS, &rows)?;
    Ok(Exit::Ok)
}

async fn show(site: &Site, id: &str, purpose: String, output: Output) -> Result<Exit> {
    site.catch_up().await?;
    let id = find(site, id).await?.command;
    site.witness(format!("command {}", id.0), purpose).await?;
    let row = find(site, &id.0).await?;
    match output {
        Output::Table => {
            listing::line(&story(&row))?;
            if row.state.is_open() {
                listing::line(&format!("waits for  {}", prospects(site, &row).await?))?;
            }
        }
        Output::Json | Output::Ndjson | Output::Csv => {
            listing::json(&serde_json::to_string_pretty(&Whole {
                line: Line::from(&row),
                detail: &row.state,
            })?)?;
        }
    }
    Ok(Exit::Ok)
}

/// The one command whose id begins so.
async fn find(site: &Site, prefix: &str) -> Result<CommandRow> {
    let mut found = site.store.commands_like(prefix).await?;
    match (found.pop(), found.is_empty()) {
        (Some(row), true) => Ok(row),
        (Some(_), false) => {
            let message = format!("several commands begin with {prefix}: write more of the id");
            Err(Failure::error(Exit::Usage, message))
        }
        (None, _) => {
            let message = format!("no command begins with {prefix} (see: lienwatch command list)");
            Err(Failure::error(Exit::NotFound, message))
        }
    }
}

/// One command in a sentence.
fn sentence(row: &CommandRow) -> String {
    let what = match &row.state {
        CommandState::Pending => "waits".to_owned(),
        CommandState::Sending { .. } => "is being sent".to_owned(),
        CommandState::Sent { at, .. } => format!("was sent at {at}, not answered yet"),
        CommandState::Answered(Answer { text, .. }) => format!("answered: {}", harmless(text)),
        CommandState::Refused(Answer { text, .. }) => format!("the terminal refused: {}", harmless(text)),
        CommandState::TimedOut { .. } => "was sent, no answer came; it may have been done all the same".to_owned(),
        CommandState::Unknown { .. } => {
            "the connection or the server ended while it was being sent: nobody knows whether it was done. It is not \
             sent again; look at the terminal, then send it anew if need be"
                .to_owned()
        }
        CommandState::Expired => "expired: the terminal was not online in time".to_owned(),
        CommandState::Cancelled => "cancelled".to_owned(),
        CommandState::Unsupported { reason } => format!("not sent: {reason}"),
    };
    format!("{} to {}: {what}", row.order, row.terminal)
}

fn story(row: &CommandRow) -> String {
    let mut lines = vec![sentence(row), String::new()];
    lines.push(format!("command    {}", row.command.0));
    lines.push(format!("asked      {} by {}", row.asked_at, row.actor));
    lines.push(format!("expires    {}", row.expires_at));
    lines.push(format!("state      {} since {}", row.state.code(), row.changed_at));
    if let Some((session, _)) = row.state.carried() {
        lines.push(format!("session    {session}"));
    }
    lines.join("\n")
}

/// A command as programs read it; without the answer, which `show` gives.
#[derive(Debug, Serialize)]
struct Line {
    id: String,
    terminal: String,
    command: String,
    state: &'static str,
    asked_at: Timestamp,
    changed_at: Timestamp,
    expires_at: Timestamp,
    actor: String,
}

#[derive(Debug, Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    line: Line,
    detail: &'a CommandState,
}

impl From<&CommandRow> for Line {
    fn from(row: &CommandRow) -> Self {
        Self {
            id: row.command.0.clone(),
            terminal: row.terminal.to_string(),
            command: row.order.to_string(),
            state: row.state.code(),
            asked_at: row.asked_at,
            changed_at: row.changed_at,
            expires_at: row.expires_at,
            actor: row.actor.clone(),
        }
    }
}

const COLUMNS: &[&str] = &["id", "terminal", "command", "state", "asked_at", "changed_at", "actor"];
/// Commands in a listing: more than a person reads.
const LISTED_MAX: u32 = 1000;
/// Characters of an id that tell it from others in practice.
const SHORT_ID: usize = 8;
/// How often the state is looked at while waiting.
const POLL: Duration = Duration::from_millis(100);
