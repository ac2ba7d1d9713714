//! Parts of split messages that are not whole: kept in the commit of their own entry, dropped in that of another.
//!
//! Shape: [`PartChange`]s beside an item in, [`KeptPart`]s out when a server starts. Units: journal ms. Errors: those
//! of the commit; a stored id that is none is corrupt. Source: DESIGN.md §3, last paragraph.

use crate::JournalError;
use crate::call::Call;
use bytes::Bytes;
use futures_util::TryStreamExt;
use model::{PartSet, ProtocolName, Seq, TerminalId, Timestamp};
use sqlx::sqlite::{SqliteConnection, SqlitePool};

/// Which split message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartKey {
    /// Whose.
    pub terminal: TerminalId,
    /// What its set is a number of.
    pub protocol: ProtocolName,
    /// The message.
    pub set: PartSet,
}

/// What an item changes among the parts that are kept, in its own commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartChange {
    /// One more, or one that came again.
    Keep {
        /// Of which message.
        key: PartKey,
        /// Which part.
        number: u16,
        /// The frame as it was on the wire.
        frame: Bytes,
        /// When it came.
        received_at: Timestamp,
    },
    /// What a message had up to a moment: a part that came later is of another attempt, whichever is written first.
    Drop {
        /// The message.
        key: PartKey,
        /// The last moment.
        through: Timestamp,
    },
}

/// A part as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPart {
    /// Of which message.
    pub key: PartKey,
    /// Which part.
    pub number: u16,
    /// The frame as it was on the wire.
    pub frame: Bytes,
    /// The entry of the frame.
    pub seq: Seq,
    /// When it came.
    pub received_at: Timestamp,
}

impl PartChange {
    /// What it takes in memory and in the file, nearly.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Keep { frame, .. } => frame.len(),
            Self::Drop { .. } => 0,
        }
    }
}

const KEEP: &str = "INSERT INTO parts (terminal, protocol, part_set, number, frame, seq, received_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (terminal, protocol, part_set, number) \
     DO UPDATE SET frame = excluded.frame, seq = excluded.seq, received_ms = excluded.received_ms";
const DROP: &str =
    "DELETE FROM parts WHERE terminal = $1 AND protocol = $2 AND part_set = $3 AND received_ms <= $4";
const READ: &str =
    "SELECT terminal, protocol, part_set, number, frame, seq, received_ms FROM parts ORDER BY seq, number";

/// Applies what the calls of a commit change, in their order; `last` is the seq of the last one.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    calls: &[&Call],
    last: Seq,
) -> Result<(), JournalError> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut first = last.0 + 1 - number(calls.iter().map(|call| call.count).sum());
    for call in calls {
        for (place, change) in &call.parts {
            apply_one(connection, change, Seq(first + number(*place))).await?;
        }
        first += number(call.count);
    }
    Ok(())
}

async fn apply_one(
    connection: &mut SqliteConnection,
    change: &PartChange,
    seq: Seq,
) -> Result<(), JournalError> {
    let (PartChange::Keep { key, .. } | PartChange::Drop { key, .. }) = change;
    let text = match change {
        PartChange::Keep { .. } => KEEP,
        PartChange::Drop { .. } => DROP,
    };
    let mut query = sqlx::query(text)
        .bind(key.terminal.as_str())
        .bind(key.protocol.as_str())
        .bind(key.set.0.cast_signed());
    query = match change {
        PartChange::Keep { number, frame, received_at, .. } => {
            query.bind(i64::from(*number)).bind(&frame[..]).bind(seq.0).bind(received_at.ms())
        }
        PartChange::Drop { through, .. } => query.bind(through.ms()),
    };
    query.execute(connection).await?;
    Ok(())
}

type Stored = (String, String, i64, i64, Vec<u8>, i64, i64);

/// What is kept, in the order in which it came.
pub(crate) async fn read(readers: &SqlitePool) -> Result<Vec<KeptPart>, JournalError> {
    let mut rows = sqlx::query_as::<_, Stored>(READ).fetch(readers);
    let (mut kept, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        bytes += row.4.len();
        kept.push(part(row)?);
        if bytes >= READ_BYTES_MAX {
            break;
        }
    }
    Ok(kept)
}

fn part(
    (terminal, protocol, set, number, frame, seq, received_ms): Stored,
) -> Result<KeptPart, JournalError> {
    let corrupt = |reason: String| JournalError::Corrupt { reason: format!("a part of seq {seq}: {reason}") };
    Ok(KeptPart {
        key: PartKey {
            terminal: TerminalId::parse(&terminal).map_err(|error| corrupt(error.to_string()))?,
            protocol: ProtocolName::parse(&protocol).map_err(|error| corrupt(error.to_string()))?,
            set: PartSet(set.cast_unsigned()),
        },
        number: u16::try_from(number).map_err(|error| corrupt(error.to_string()))?,
        frame: Bytes::from(frame),
        seq: Seq(seq),
        received_at: Timestamp::from_ms(received_ms),
    })
}

/// Twice what a server keeps: after a kill the table may hold messages that it had just given up.
const READ_BYTES_MAX: usize = 64 << 20;
