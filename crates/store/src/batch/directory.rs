//! Which terminals and vehicles there are, and which is on which.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::StoreError;
use crate::bulk::Bulk;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use model::input::Binding;
use model::{
    Acknowledgement, ChecksumPolicy, ModelCode, Profile, Seq, TerminalId, Timestamp, VehicleId, ZoneOffset,
};

/// Whether a terminal may speak for a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalStatus {
    /// Seen, but nobody has said it is ours.
    Quarantined,
    /// Ours.
    Approved,
    /// Not ours, somebody said: what it sends is dropped.
    Rejected,
}

impl TerminalStatus {
    /// The code in SQL, JSON and the console.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quarantined => "quarantined",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// The status behind a code.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Quarantined, Self::Approved, Self::Rejected].into_iter().find(|status| status.as_str() == text)
    }
}

/// A terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerminalRow {
    /// Its id.
    pub terminal: TerminalId,
    /// What it spoke first.
    pub protocol: String,
    /// Whether it may speak for a vehicle.
    pub status: TerminalStatus,
    /// When it was first heard.
    pub first_seen: Timestamp,
    /// In which input.
    pub first_seq: Seq,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// When the first of its reports with a place was received that is stored.
    pub first_fix_at: Option<Timestamp>,
    /// Its habits, as far as staff said.
    pub profile: Profile,
}

pub(super) static TERMINALS: Bulk = Bulk::new(
    "INSERT INTO terminals (terminal, protocol, status, first_seen_ms, first_seq, approved_ms, first_fix_ms, zone_s, \
     model, checksum, acknowledgement, changed)",
    &[Text, Text, Text, Int, Int, Int, Int, Int, Text, Text, Text, Int],
    "ON CONFLICT (terminal) DO UPDATE SET protocol = excluded.protocol, status = excluded.status, \
     first_seen_ms = excluded.first_seen_ms, first_seq = excluded.first_seq, approved_ms = excluded.approved_ms, \
     first_fix_ms = excluded.first_fix_ms, zone_s = excluded.zone_s, model = excluded.model, \
     checksum = excluded.checksum, acknowledgement = excluded.acknowledgement, changed = excluded.changed",
);

impl TerminalRow {
    /// `version` is the directory's that the row is committed with.
    pub(super) fn row(self, version: i64) -> Row {
        vec![
            self.terminal.as_str().into(),
            self.protocol.into(),
            self.status.as_str().into(),
            self.first_seen.ms().into(),
            self.first_seq.0.into(),
            self.approved_at.map(Timestamp::ms).into(),
            self.first_fix_at.map(Timestamp::ms).into(),
            self.profile.zone.map(|zone| i64::from(zone.seconds())).into(),
            self.profile.model.map(|model| model.to_string()).into(),
            self.profile.checksum.map(|policy| policy.to_string()).into(),
            self.profile.acknowledgement.map(|policy| policy.to_string()).into(),
            version.into(),
        ]
    }
}

/// A profile as its columns: zone in seconds, model, checksum, acknowledgement.
pub(crate) type ProfileColumns = (Option<i64>, Option<String>, Option<String>, Option<String>);

/// The profile of its columns.
pub(crate) fn profile(columns: ProfileColumns) -> Result<Profile, StoreError> {
    let (zone, model, checksum, acknowledgement) = columns;
    let bug = |error: &dyn std::fmt::Display| StoreError::Bug(error.to_string());
    Ok(Profile {
        model: model.as_deref().map(ModelCode::parse).transpose().map_err(|error| bug(&error))?,
        zone: zone.and_then(|east| i32::try_from(east).ok()).and_then(ZoneOffset::from_seconds),
        checksum: checksum.as_deref().map(ChecksumPolicy::parse).transpose().map_err(|error| bug(&error))?,
        acknowledgement: acknowledgement
            .as_deref()
            .map(Acknowledgement::parse)
            .transpose()
            .map_err(|error| bug(&error))?,
    })
}

/// A vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VehicleRow {
    /// VIN or plate, whichever it was first known by.
    pub vehicle: VehicleId,
    /// Its other name: the plate where the id is a VIN, the VIN where the id is a plate.
    pub alias: Option<VehicleId>,
}

pub(super) static VEHICLES: Bulk = Bulk::new(
    "INSERT INTO vehicles (vehicle, alias)",
    &[Text, Text],
    "ON CONFLICT (vehicle) DO UPDATE SET alias = excluded.alias",
);

impl VehicleRow {
    pub(super) fn row(self) -> Row {
        vec![self.vehicle.as_str().into(), self.alias.map(|alias| alias.to_string()).into()]
    }
}

/// A binding interval, with the input that made or changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingRow {
    /// The interval.
    pub binding: Binding,
    /// The input.
    pub seq: Seq,
}

pub(super) static BINDINGS: Bulk = Bulk::new(
    "INSERT INTO bindings (terminal, from_ms, to_ms, vehicle, role, seq)",
    &[Text, Int, Int, Text, Text, Int],
    "ON CONFLICT (terminal, from_ms) DO UPDATE SET to_ms = excluded.to_ms, vehicle = excluded.vehicle, \
     role = excluded.role, seq = excluded.seq",
);

impl BindingRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.binding.terminal.as_str().into(),
            self.binding.from.ms().into(),
            self.binding.to.map(Timestamp::ms).into(),
            self.binding.vehicle.as_str().into(),
            self.binding.role.as_str().into(),
            self.seq.0.into(),
        ]
    }
}
