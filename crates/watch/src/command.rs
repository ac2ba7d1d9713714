//! Commands on their way: asked for, claimed, sent, answered. The machine stands in `model::command`.
//!
//! Shape: each input that concerns a command moves it, or is ignored: a step that comes twice or too late changes
//! nothing. One command of a terminal is on its way at a time, in the order they were asked for. Errors: outcomes for
//! the person. Source: DESIGN.md §1, fine print 12.

use crate::step::Step;
use model::command::Answer;
use model::input::Outcome;
use model::{
    AnswerKey, Command, CommandState, CommandStep, InputId, Millis, Profile, Seq, SessionId, TerminalId,
    Timestamp,
};
use store::{CommandRow, TerminalRow, TerminalStatus};

/// What a person asked for.
pub(crate) struct Request<'a> {
    pub(crate) id: &'a InputId,
    pub(crate) actor: &'a str,
    pub(crate) terminal: TerminalId,
    pub(crate) order: Command,
    pub(crate) expires_at: Timestamp,
}

/// What a terminal says in answer to a command.
pub(crate) struct Reply<'a> {
    pub(crate) session: SessionId,
    pub(crate) terminal: TerminalId,
    pub(crate) token: Option<u32>,
    pub(crate) text: &'a str,
    pub(crate) verdict: Verdict,
}

/// Whether a command was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    Refused,
}

impl Step<'_> {
    /// Opens a command.
    pub(crate) fn command(&mut self, seq: Seq, at: Timestamp, request: &Request<'_>) -> Outcome {
        if let Err(outcome) = self.may_be_told(at, request) {
            return outcome;
        }
        let row = CommandRow {
            command: request.id.clone(),
            terminal: request.terminal,
            seq,
            actor: request.actor.to_owned(),
            order: request.order,
            asked_at: at,
            expires_at: request.expires_at,
            changed_at: at,
            state: CommandState::Pending,
        };
        self.world.commands.entry(&request.terminal, Vec::new).push(row.clone());
        self.set_command_timer(request.terminal);
        self.note(row);
        let message = format!("{} for {}: recorded as {}", request.order, request.terminal, request.id.0);
        Outcome::Done { message }
    }

    fn may_be_told(&self, at: Timestamp, request: &Request<'_>) -> Result<(), Outcome> {
        let terminal = request.terminal;
        let refused = |message: String| Err(Outcome::Refused { message });
        match self.world.terminals.get(&terminal).map(|row| row.status) {
            None => {
                let message = format!("no terminal {terminal} was ever heard or entered");
                return Err(Outcome::NotFound { message });
            }
            Some(TerminalStatus::Quarantined) => {
                return refused(format!("terminal {terminal} is in quarantine: approve or bind it first"));
            }
            Some(TerminalStatus::Rejected) => {
                return refused(format!("terminal {terminal} was rejected: approve or bind it first"));
            }
            Some(TerminalStatus::Approved) => {}
        }
        if let Command::Relay(_) = request.order {
            // A car that stops on a motorway kills; the law of most places wants a court's word first.
            return refused("lienwatch does not cut or restore relays".to_owned());
        }
        if let Err(error) = request.order.check() {
            return refused(error.to_string());
        }
        if request.expires_at <= at || request.expires_at > at.plus(EXPIRY_MAX) {
            return refused("a command lives for more than nothing and at most 7 days".to_owned());
        }
        let open = self.commands_of(terminal).iter().filter(|row| row.state.is_open()).count();
        if open >= OPEN_MAX {
            let message = format!("{open} commands of {terminal} are open already; cancel some first");
            return Err(Outcome::Conflict { message });
        }
        Ok(())
    }

    /// Takes a command back.
    pub(crate) fn cancel_command(&mut self, at: Timestamp, id: &InputId) -> Outcome {
        let found = self.world.commands.keys().iter().find_map(|terminal| {
            self.commands_of(*terminal).iter().find(|row| row.command == *id && may_change(row, at)).cloned()
        });
        match found {
            Some(row) if row.state == CommandState::Pending => {
                let message = format!("{} for {} will not be sent", row.order, row.terminal);
                self.enter(row, at, CommandState::Cancelled);
                Outcome::Done { message }
            }
            Some(row) => {
                let message = format!("{} for {} is {} already", row.order, row.terminal, row.state.code());
                Outcome::Conflict { message }
            }
            None => Outcome::NotFound { message: format!("there is no open command {}", id.0) },
        }
    }

    /// Says what is known of a terminal's habits.
    pub(crate) fn set_profile(&mut self, terminal: TerminalId, profile: Profile) -> Outcome {
        let Some(row) = self.world.terminals.get(&terminal).cloned() else {
            let message = format!("no terminal {terminal} was ever heard or entered");
            return Outcome::NotFound { message };
        };
        self.world.terminals.set(terminal, TerminalRow { profile, ..row });
        self.world.globals.directory_version += 1;
        Outcome::Done { message: format!("profile of {terminal} set") }
    }

    /// A connection takes a command one step further.
    pub(crate) fn command_step(
        &mut self,
        at: Timestamp,
        id: &InputId,
        terminal: TerminalId,
        step: CommandStep,
    ) {
        let rows = self.commands_of(terminal);
        let Some(row) = rows.iter().find(|row| row.command == *id).cloned() else { return };
        let on_its_way = |other: &CommandRow| {
            matches!(other.state, CommandState::Sending { .. } | CommandState::Sent { .. })
        };
        let busy = rows.iter().any(on_its_way);
        // Where answers repeat nothing, a late one would be taken for the next command's.
        let doubtful = |session: SessionId, key: AnswerKey| {
            let same = |other: &CommandRow| other.state.carried() == Some((session, AnswerKey::Next));
            let unanswered = |other: &CommandRow| {
                matches!(other.state, CommandState::TimedOut { .. } | CommandState::Unknown { .. })
            };
            key == AnswerKey::Next && rows.iter().any(|other| same(other) && unanswered(other))
        };
        let next = match (&row.state, step) {
            (CommandState::Pending, _) if row.expires_at <= at => CommandState::Expired,
            (CommandState::Pending, CommandStep::Claim { session, key }) if !busy => {
                if doubtful(session, key) {
                    CommandState::Unsupported { reason: AWAITS_ANOTHER.to_owned() }
                } else {
                    CommandState::Sending { session, key }
                }
            }
            (CommandState::Pending, CommandStep::Unsupported { reason }) => {
                CommandState::Unsupported { reason }
            }
            (CommandState::Sending { session, key }, CommandStep::Sent { session: sender })
                if *session == sender =>
            {
                CommandState::Sent { session: *session, key: *key, at }
            }
            // Another connection's claim, a claim while another command is on its way, a step that came twice.
            _ => return,
        };
        self.enter(row, at, next);
    }

    /// A terminal answers.
    pub(crate) fn replied(&mut self, at: Timestamp, reply: &Reply<'_>) {
        let rows = self.commands_of(reply.terminal);
        // The newest: a serial comes round again after 65,536 frames.
        let Some(row) = rows.iter().rev().find(|row| is_answer(row, reply, at)).cloned() else { return };
        let (session, key) = row.state.carried().unwrap_or((reply.session, AnswerKey::Next));
        let (first_at, before) = match &row.state {
            CommandState::Answered(answer) | CommandState::Refused(answer) => {
                (answer.at, answer.text.as_str())
            }
            _ => (at, ""),
        };
        let separator = if before.is_empty() { "" } else { "; " };
        let text: String =
            [before, separator, reply.text].concat().chars().take(ANSWER_CHARACTERS_MAX).collect();
        let answer = Answer { session, key, at: first_at, text };
        let state = match reply.verdict {
            Verdict::Done => CommandState::Answered(answer),
            Verdict::Refused => CommandState::Refused(answer),
        };
        self.enter(row, at, state);
    }

    /// A session ended: what it had claimed and not reported sent is unknown for ever.
    pub(crate) fn session_ended(&mut self, at: Timestamp, session: SessionId, terminal: TerminalId) {
        self.forget_claims(at, terminal, |claimed| claimed == session);
    }

    /// A run began: no session of an earlier one lives.
    pub(crate) fn run_began(&mut self, at: Timestamp, run: Seq) {
        for terminal in self.world.commands.keys() {
            self.forget_claims(at, terminal, |claimed| claimed.run != run);
        }
    }

    fn forget_claims(&mut self, at: Timestamp, terminal: TerminalId, gone: impl Fn(SessionId) -> bool) {
        for row in self.commands_of(terminal).to_vec() {
            if let CommandState::Sending { session, key } = row.state
                && gone(session)
            {
                self.enter(row, at, CommandState::Unknown { session, key });
            }
        }
    }

    /// At a tick: commands that are too old to be sent, and those whose answer did not come.
    pub(crate) fn command_timers(&mut self, at: Timestamp) {
        for terminal in self.world.command_timers.due(at) {
            for row in self.commands_of(terminal).to_vec() {
                if deadline(&row).is_none_or(|deadline| deadline > at) {
                    continue;
                }
                let next = match row.state {
                    CommandState::Pending => CommandState::Expired,
                    CommandState::Sending { session, key } => CommandState::Unknown { session, key },
                    CommandState::Sent { session, key, .. } => CommandState::TimedOut { session, key },
                    _ => continue,
                };
                self.enter(row, at, next);
            }
            self.set_command_timer(terminal);
        }
    }

    fn commands_of(&self, terminal: TerminalId) -> &[CommandRow] {
        self.world.commands.get(&terminal).map(Vec::as_slice).unwrap_or_default()
    }

    /// Puts a command into its next state.
    fn enter(&mut self, row: CommandRow, at: Timestamp, state: CommandState) {
        let (terminal, row) = (row.terminal, CommandRow { state, changed_at: at, ..row });
        let rows = self.world.commands.entry(&terminal, Vec::new);
        // What is done with and can get no answer any more is in the store only.
        rows.retain(|other| other.command != row.command && may_change(other, at));
        rows.push(row.clone());
        rows.sort_by_key(|row| row.seq);
        self.set_command_timer(terminal);
        self.note(row);
    }

    fn set_command_timer(&mut self, terminal: TerminalId) {
        let first = self.commands_of(terminal).iter().filter_map(deadline).min();
        self.world.command_timers.set(terminal, first);
    }

    fn note(&mut self, row: CommandRow) {
        self.commands.insert(row.command.0.clone(), row);
    }
}

/// When a command changes by itself.
pub(crate) fn deadline(row: &CommandRow) -> Option<Timestamp> {
    match row.state {
        CommandState::Pending => Some(row.expires_at),
        // Its connection says within moments that it was sent; one that never does is stuck, and holds the others back.
        CommandState::Sending { .. } => Some(row.changed_at.plus(SENDING_MAX)),
        CommandState::Sent { at, .. } => Some(at.plus(ANSWER_MAX)),
        _ => None,
    }
}

/// Whether anything can still happen to a command.
fn may_change(row: &CommandRow, now: Timestamp) -> bool {
    row.state.is_open() || (row.state.carried().is_some() && row.changed_at >= answers_since(now))
}

/// Whether a reply belongs to a command. One without the flag is no answer: devices also say things unasked, and what was
/// not done must not be called done.
fn is_answer(row: &CommandRow, reply: &Reply<'_>, now: Timestamp) -> bool {
    let Some((session, key)) = row.state.carried() else { return false };
    let same_session = session == reply.session;
    let waits = matches!(row.state, CommandState::Sent { .. });
    may_change(row, now)
        && match (key, reply.token) {
            (AnswerKey::Serial(serial), token) => same_session && token == Some(u32::from(serial)),
            (AnswerKey::Flag(flag), token) => token == Some(flag),
            (AnswerKey::Next, None) => same_session && waits,
            (AnswerKey::Next, Some(_)) => false,
        }
}

/// Since when a command must have changed for an answer to be taken for its own.
pub(crate) fn answers_since(now: Timestamp) -> Timestamp {
    now.plus(-LATE_ANSWER_MAX)
}

/// Commands of one terminal that may be open. Each takes a round trip; a longer list is a mistake of a script.
const OPEN_MAX: usize = 16;
/// A command that has waited for a week is not what anybody wants any more.
const EXPIRY_MAX: Millis = 7 * 86_400_000;
/// A connection whose claim was granted writes at once, or ends within its own limits. After this long it has done
/// neither, and what it did is unknown.
const SENDING_MAX: Millis = 120_000;
const AWAITS_ANOTHER: &str = "the terminal has not answered an earlier command on this connection, and its answers do not \
    say what they answer; send it again when it has reconnected";
/// A device looks for a fix before it answers where it is: two minutes under open sky, and some.
const ANSWER_MAX: Millis = 180_000;
/// A device that lost its connection answers after the reconnect, some after the next wake-up of the day.
const LATE_ANSWER_MAX: Millis = 86_400_000;
/// The longest answers list some sixty parameters.
const ANSWER_CHARACTERS_MAX: usize = 4096;
