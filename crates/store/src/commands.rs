//! Commands to terminals, as ingest carries them out, ops list them, and the fold takes them up again.

use crate::backend::{with_reader, with_writer};
use crate::positions::terminal_id;
use crate::{CommandRow, Store, StoreError};
use model::{InputId, Seq, TerminalId, Timestamp};

const OPEN: &str = "SELECT command, terminal, seq, actor, asked_ms, expires_ms, changed_ms, body FROM commands \
    WHERE state IN ('pending', 'sending', 'sent') ORDER BY terminal, seq";

const AWAITED: &str = "SELECT command, terminal, seq, actor, asked_ms, expires_ms, changed_ms, body FROM commands \
    WHERE state IN ('pending', 'sending', 'sent') OR (state IN ('timed_out', 'unknown', 'answered', 'refused') AND changed_ms >= $1) \
    ORDER BY terminal, seq";

const LIST: &str = "SELECT command, terminal, seq, actor, asked_ms, expires_ms, changed_ms, body FROM commands \
    WHERE ($1 = '' OR terminal = $1) ORDER BY seq DESC LIMIT $2";

const PAGE: &str = "SELECT command, terminal, seq, actor, asked_ms, expires_ms, changed_ms, body FROM commands \
    WHERE seq < $1 AND ($2 = '' OR terminal = $2) ORDER BY seq DESC LIMIT $3";

const FIND: &str = "SELECT command, terminal, seq, actor, asked_ms, expires_ms, changed_ms, body FROM commands \
    WHERE substr(command, 1, $2) = $1 ORDER BY seq LIMIT 2";

type Columns = (String, String, i64, String, i64, i64, i64, String);

impl Store {
    /// Commands that are not done with, by terminal and in the order they were asked for.
    pub async fn open_commands(&self) -> Result<Vec<CommandRow>, StoreError> {
        let rows: Vec<Columns> = with_reader!(self, pool => sqlx::query_as(OPEN).fetch_all(pool).await)?;
        rows.into_iter().map(command).collect()
    }

    /// The same with those whose answer may still come, or be completed: changed since `since`. The fold's own read.
    pub(crate) async fn awaited_commands(&self, since: Timestamp) -> Result<Vec<CommandRow>, StoreError> {
        let rows: Vec<Columns> =
            with_writer!(self, pool => sqlx::query_as(AWAITED).bind(since.ms()).fetch_all(pool).await)?;
        rows.into_iter().map(command).collect()
    }

    /// The newest commands, of one terminal or of all.
    pub async fn commands(
        &self,
        terminal: Option<TerminalId>,
        rows_max: u32,
    ) -> Result<Vec<CommandRow>, StoreError> {
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(LIST)
                .bind(terminal.map(|terminal| terminal.to_string()).unwrap_or_default())
                .bind(i64::from(rows_max))
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(command).collect()
    }

    /// The next commands behind one, the newest first.
    pub async fn commands_page(
        &self,
        behind: Option<Seq>,
        terminal: Option<TerminalId>,
        rows_max: i64,
    ) -> Result<Vec<CommandRow>, StoreError> {
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(PAGE)
                .bind(behind.map_or(i64::MAX, |seq| seq.0))
                .bind(terminal.map(|terminal| terminal.to_string()).unwrap_or_default())
                .bind(rows_max)
                .fetch_all(pool)
                .await
        })?;
        rows.into_iter().map(command).collect()
    }

    /// Commands whose id begins so; at most two, which is enough to see that one is meant.
    pub async fn commands_like(&self, prefix: &str) -> Result<Vec<CommandRow>, StoreError> {
        let characters = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(FIND).bind(prefix).bind(characters).fetch_all(pool).await
        })?;
        rows.into_iter().map(command).collect()
    }
}

fn command(columns: Columns) -> Result<CommandRow, StoreError> {
    let (command, terminal, seq, actor, asked, expires, changed, body) = columns;
    let (order, state) = serde_json::from_str(&body)?;
    Ok(CommandRow {
        command: InputId(command),
        terminal: terminal_id(&terminal)?,
        seq: Seq(seq),
        actor,
        order,
        asked_at: Timestamp::from_ms(asked),
        expires_at: Timestamp::from_ms(expires),
        changed_at: Timestamp::from_ms(changed),
        state,
    })
}

pub(crate) const ALL: &[&str] = &[OPEN, AWAITED, LIST, PAGE, FIND];
