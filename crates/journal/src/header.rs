//! What holds for the whole journal: its id, its key, its clock, and what has been trimmed.
//!
//! Shape: written once, when the journal is made; later opens read it. Units: UTC ms. Errors: a clock that this program
//! does not know is a corrupt header. Source: DESIGN.md §1, fine print 1 and 13.

use crate::clock::{Clock, ClockSpec, real_now};
use crate::{JournalError, JournalId};
use model::{Seq, Timestamp};
use rand::{TryRngCore, rngs::OsRng};
use sqlx::sqlite::{SqliteConnection, SqlitePool};

/// The header as a process keeps it.
pub(crate) struct Header {
    pub(crate) id: JournalId,
    pub(crate) authentication_key: [u8; KEY_BYTES],
    pub(crate) clock: Clock,
}

type Row = (String, Vec<u8>, String, i64, i64, f64);

const CREATE: &str = "INSERT INTO header (only_row, journal_id, authentication_key, clock, clock_origin_ms, \
     clock_real_origin_ms, clock_factor, trimmed_through, trimmed_stamp_ms) \
     VALUES (1, $1, $2, $3, $4, $5, $6, 0, 0) ON CONFLICT (only_row) DO NOTHING";
const READ: &str = "SELECT journal_id, authentication_key, clock, clock_origin_ms, clock_real_origin_ms, \
     clock_factor FROM header";
/// The newest stamp, also when every row has been trimmed.
pub(crate) const LAST_STAMP: &str = "SELECT max(trimmed_stamp_ms, \
     coalesce((SELECT stamped_ms FROM journal ORDER BY seq DESC LIMIT 1), trimmed_stamp_ms)) FROM header";
const TRIMMED_THROUGH: &str = "SELECT trimmed_through FROM header";

/// Reads the header, and makes it of `spec` if this is the first open. Of two first opens at once, one wins.
pub(crate) async fn open(connection: &mut SqliteConnection, spec: ClockSpec) -> Result<Header, JournalError> {
    if let Some(row) = read(connection).await? {
        return of_row(connection, row).await;
    }
    create(connection, spec).await?;
    let row = read(connection).await?.ok_or_else(|| corrupt("there is no header".to_owned()))?;
    of_row(connection, row).await
}

async fn create(connection: &mut SqliteConnection, spec: ClockSpec) -> Result<(), JournalError> {
    let (kind, origin, factor) = stored(spec);
    sqlx::query(CREATE)
        .bind(hex::encode(random::<ID_BYTES>()?))
        .bind(random::<KEY_BYTES>()?.to_vec())
        .bind(kind)
        .bind(origin.ms())
        .bind(real_now().ms())
        .bind(factor)
        .execute(connection)
        .await?;
    Ok(())
}

async fn read(connection: &mut SqliteConnection) -> Result<Option<Row>, JournalError> {
    Ok(sqlx::query_as(READ).fetch_optional(connection).await?)
}

async fn of_row(connection: &mut SqliteConnection, row: Row) -> Result<Header, JournalError> {
    let (id, key, kind, origin, real_origin, factor) = row;
    let last_stamp: i64 = sqlx::query_scalar(LAST_STAMP).fetch_one(connection).await?;
    let authentication_key = key.try_into().map_err(|_| corrupt("the header's key is no key".to_owned()))?;
    let spec = read_back(&kind, Timestamp::from_ms(origin), factor)
        .ok_or_else(|| corrupt(format!("the header names the clock {kind:?} with the factor {factor}")))?;
    let clock = Clock::new(spec, Timestamp::from_ms(real_origin));
    if let ClockSpec::Stepped { origin } = spec {
        clock.step_to(origin.max(Timestamp::from_ms(last_stamp)));
    }
    Ok(Header { id: JournalId(id), authentication_key, clock })
}

/// The highest seq that has been trimmed, 0 if none.
pub(crate) async fn trimmed_through(readers: &SqlitePool) -> Result<Seq, JournalError> {
    Ok(Seq(sqlx::query_scalar(TRIMMED_THROUGH).fetch_one(readers).await?))
}

fn corrupt(reason: String) -> JournalError {
    JournalError::Corrupt { reason }
}

fn stored(spec: ClockSpec) -> (&'static str, Timestamp, f64) {
    match spec {
        ClockSpec::System => (SYSTEM, Timestamp::from_ms(0), 1.0),
        ClockSpec::Scaled { origin, factor } => (SCALED, origin, factor),
        ClockSpec::Stepped { origin } => (STEPPED, origin, 0.0),
    }
}

fn read_back(kind: &str, origin: Timestamp, factor: f64) -> Option<ClockSpec> {
    let spec = match kind {
        SYSTEM => ClockSpec::System,
        SCALED => ClockSpec::Scaled { origin, factor },
        STEPPED => ClockSpec::Stepped { origin },
        _ => return None,
    };
    spec.check().ok().map(|()| spec)
}

fn random<const N: usize>() -> Result<[u8; N], JournalError> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| JournalError::Failed { reason: error.to_string() })?;
    Ok(bytes)
}

const SYSTEM: &str = "system";
const SCALED: &str = "scaled";
const STEPPED: &str = "stepped";
const ID_BYTES: usize = 16;
/// HMAC-SHA-256 wants a key of its block's half or more.
const KEY_BYTES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clock_reads_back_as_it_was_stored() {
        let origin = Timestamp::from_ms(1_800_000_000_000);
        for spec in
            [ClockSpec::System, ClockSpec::Scaled { origin, factor: 60.0 }, ClockSpec::Stepped { origin }]
        {
            let (kind, origin, factor) = stored(spec);
            assert_eq!(read_back(kind, origin, factor), Some(spec));
        }
        assert_eq!(read_back("lunar", origin, 1.0), None);
        assert_eq!(read_back(SCALED, origin, 0.0), None);
    }
}
