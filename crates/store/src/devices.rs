//! Terminals, as ingest admits them and ops list them.

use crate::backend::with_reader;
use crate::batch::{ProfileColumns, profile};
use crate::positions::terminal_id;
use crate::{Store, StoreError, TerminalStatus};
use model::{Profile, TerminalId, Timestamp};

const VERSION: &str = "SELECT directory_version, (SELECT COUNT(*) FROM quarantine) FROM fold WHERE id = 1";

const DIRECTORY: &str =
    "SELECT terminal, status, zone_s, model, checksum, acknowledgement FROM terminals WHERE changed > $1";

const PROFILE: &str = "SELECT zone_s, model, checksum, acknowledgement FROM terminals WHERE terminal = $1";

const LIST: &str = "SELECT t.terminal, t.protocol, t.status, t.first_seen_ms, b.vehicle, b.role, s.heard_ms, s.fix_ms, \
    (SELECT MAX(q.received_ms) FROM quarantine q WHERE q.terminal = t.terminal), \
    (SELECT COUNT(*) FROM quarantine q WHERE q.terminal = t.terminal) \
    FROM terminals t \
    LEFT JOIN bindings b ON b.terminal = t.terminal AND b.from_ms <= $1 AND (b.to_ms IS NULL OR $1 < b.to_ms) \
    LEFT JOIN subject_states s ON s.subject = CASE WHEN b.vehicle IS NULL THEN 't:' || t.terminal ELSE 'v:' || b.vehicle END \
    WHERE ($2 = '' OR t.status = $2) AND ($3 = '' OR t.terminal = $3) ORDER BY t.terminal";

/// What ingest needs to know of terminals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// Counts changes.
    pub version: i64,
    /// Frames in quarantine.
    pub quarantined: i64,
    /// The terminals.
    pub terminals: Vec<Listed>,
}

/// One terminal of the listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub terminal: TerminalId,
    /// Whether it may speak for a vehicle.
    pub status: TerminalStatus,
    /// Its habits, as far as staff said.
    pub profile: Profile,
}

/// One terminal, as ops see it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct DeviceRow {
    /// Its id.
    pub terminal: String,
    /// What it speaks.
    pub protocol: String,
    /// `quarantined` or `approved`.
    pub status: String,
    /// When it was first heard; none while it never was.
    pub first_seen: Option<Timestamp>,
    /// The vehicle it is on now.
    pub vehicle: Option<String>,
    /// Its part there.
    pub role: Option<String>,
    /// When it, or another device of the vehicle, was last heard, as far as is kept; none while it never was, or not since it was approved.
    pub last_heard: Option<Timestamp>,
    /// When the last live fix was made.
    pub last_fix: Option<Timestamp>,
    /// Frames kept in quarantine.
    pub quarantined_frames: i64,
}

type ListedColumns = (String, String, Option<i64>, Option<String>, Option<String>, Option<String>);

type Row =
    (String, String, String, i64, Option<String>, Option<String>, Option<i64>, Option<i64>, Option<i64>, i64);

impl Store {
    /// The directory's version and the number of quarantined frames.
    pub async fn directory_version(&self) -> Result<(i64, i64), StoreError> {
        let row: Option<(i64, i64)> =
            with_reader!(self, pool => sqlx::query_as(VERSION).fetch_optional(pool).await)?;
        Ok(row.unwrap_or_default())
    }

    /// The terminals that changed behind a version of the directory, for ingest; all of them where none is known. The
    /// version is read first: a later change gives a later version.
    pub async fn directory(&self, behind: Option<i64>) -> Result<Listing, StoreError> {
        let (version, quarantined) = self.directory_version().await?;
        let rows: Vec<ListedColumns> = with_reader!(self, pool => sqlx::query_as(DIRECTORY).bind(behind.unwrap_or(-1)).fetch_all(pool).await)?;
        let terminals = rows.into_iter().map(|(terminal, status, zone, model, checksum, acknowledgement)| {
            let status = TerminalStatus::parse(&status)
                .ok_or_else(|| StoreError::Bug(format!("terminal status {status}")))?;
            let profile = profile((zone, model, checksum, acknowledgement))?;
            Ok(Listed { terminal: terminal_id(&terminal)?, status, profile })
        });
        Ok(Listing { version, quarantined, terminals: terminals.collect::<Result<_, StoreError>>()? })
    }

    /// A terminal's profile; `None` = the terminal is not known.
    pub async fn profile_of(&self, terminal: TerminalId) -> Result<Option<Profile>, StoreError> {
        let row: Option<ProfileColumns> = with_reader!(self, pool => {
            sqlx::query_as(PROFILE).bind(terminal.as_str()).fetch_optional(pool).await
        })?;
        row.map(profile).transpose()
    }

    /// Terminals as ops see them; bindings as of `now`.
    pub async fn devices(
        &self,
        now: Timestamp,
        status: Option<TerminalStatus>,
        terminal: Option<TerminalId>,
    ) -> Result<Vec<DeviceRow>, StoreError> {
        let rows: Vec<Row> = with_reader!(self, pool => {
            sqlx::query_as(LIST)
                .bind(now.ms())
                .bind(status.map(TerminalStatus::as_str).unwrap_or_default())
                .bind(terminal.map(|terminal| terminal.to_string()).unwrap_or_default())
                .fetch_all(pool)
                .await
        })?;
        Ok(rows.into_iter().map(device).collect())
    }
}

fn device(row: Row) -> DeviceRow {
    let (terminal, protocol, status, first_seen, vehicle, role, heard, fix, kept, quarantined_frames) = row;
    // One that was entered speaks no protocol until it is heard: what its vehicle's other devices say is not its word.
    let was_heard = !protocol.is_empty();
    let heard_at = |ms: Option<i64>| ms.filter(|_| was_heard).map(Timestamp::from_ms);
    // What lay in quarantine is no word of one that has been approved since.
    let is_approved = status == TerminalStatus::Approved.as_str();
    let last_heard =
        if is_approved { heard } else { [Some(first_seen), heard, kept].into_iter().flatten().max() };
    DeviceRow {
        terminal,
        status,
        first_seen: heard_at(Some(first_seen)),
        vehicle,
        role,
        last_heard: heard_at(last_heard),
        last_fix: heard_at(fix),
        quarantined_frames,
        protocol,
    }
}

pub(crate) const ALL: &[&str] = &[VERSION, DIRECTORY, PROFILE, LIST];

#[cfg(test)]
mod tests {
    use super::*;

    /// A device as its row says; times in ms: its vehicle was heard and fixed at 60,000.
    fn told(protocol: &str, status: TerminalStatus, kept: Option<i64>) -> DeviceRow {
        let text = |it: &str| it.to_owned();
        let vehicle = Some(text("粤B12345"));
        let (heard, fix) = (Some(60_000), Some(60_000));
        device((text("999"), text(protocol), text(status.as_str()), 0, vehicle, None, heard, fix, kept, 0))
    }

    #[test]
    fn a_device_that_was_never_heard_has_no_word_of_another_one() {
        let told = |protocol: &str| told(protocol, TerminalStatus::Approved, None);
        let silent = told("");
        assert_eq!((silent.first_seen, silent.last_heard, silent.last_fix), (None, None, None));
        assert_eq!(told("gt06").first_seen, Some(Timestamp::from_ms(0)));
        assert_eq!(told("gt06").last_heard, Some(Timestamp::from_ms(60_000)));
    }

    #[test]
    fn a_device_in_quarantine_was_heard_last_with_what_is_kept_of_it() {
        let heard = |status, kept| told("gt06", status, Some(kept)).last_heard.map(Timestamp::ms);
        assert_eq!(heard(TerminalStatus::Quarantined, 70_000), Some(70_000));
        assert_eq!(heard(TerminalStatus::Quarantined, 5), Some(60_000));
        assert_eq!(heard(TerminalStatus::Approved, 70_000), Some(60_000));
    }
}
