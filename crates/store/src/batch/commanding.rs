//! What terminals were told to do.
//!
//! The row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use model::{Command, CommandState, InputId, Seq, TerminalId, Timestamp};

/// A command and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandRow {
    /// The id of the human input that asked for it.
    pub command: InputId,
    /// Who is told.
    pub terminal: TerminalId,
    /// The input that asked; commands of a terminal are sent in this order.
    pub seq: Seq,
    /// Who asked.
    pub actor: String,
    /// What to do.
    pub order: Command,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Not sent any more from then on.
    pub expires_at: Timestamp,
    /// When it came into its state.
    pub changed_at: Timestamp,
    /// Where it stands.
    pub state: CommandState,
}

pub(super) static COMMANDS: Bulk = Bulk::new(
    "INSERT INTO commands (command, terminal, seq, actor, state, asked_ms, expires_ms, changed_ms, body)",
    &[Text, Text, Int, Text, Text, Int, Int, Int, Text],
    "ON CONFLICT (command) DO UPDATE SET state = excluded.state, changed_ms = excluded.changed_ms, body = excluded.body",
);

impl CommandRow {
    pub(super) fn row(self) -> Row {
        let body = serde_json::to_string(&(&self.order, &self.state)).unwrap_or_default();
        vec![
            self.command.0.into(),
            self.terminal.as_str().into(),
            self.seq.0.into(),
            self.actor.into(),
            self.state.code().into(),
            self.asked_at.ms().into(),
            self.expires_at.ms().into(),
            self.changed_at.ms().into(),
            body.into(),
        ]
    }
}
