//! A protocol's table of device models: what differs between devices is data, never a branch in a parser.
//!
//! Shape: one [`DeviceModel`] a row, chosen per terminal by its profile; the profile's own words come first. Units: in
//! the names. Errors: a model that the table does not have is the first row. Source: each protocol's SPEC.md.

use model::command::CommandKind;
use model::{Acknowledgement, Alarm, ChecksumPolicy, ModelCode, Profile, ZoneOffset};

/// One row: how one model, or one family of models, differs from the protocol's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceModel {
    /// Its code in commands, store and JSON; a `ModelCode`.
    pub code: &'static str,
    /// Maker and models, for people.
    pub label: &'static str,
    /// Zone of its clock where it is not the protocol's.
    pub zone: Option<ZoneOffset>,
    /// What to do with a wrong checksum.
    pub checksum: ChecksumPolicy,
    /// Which frames are answered.
    pub acknowledgement: Acknowledgement,
    /// Alarm codes that mean something else than in the protocol's table.
    pub alarms: &'static [AlarmCode],
    /// How it reports as delivered.
    pub schedule: Schedule,
    /// What it can be told.
    pub commands: &'static [CommandKind],
}

/// An alarm code, or the number of an alarm bit, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmCode {
    /// On the wire.
    pub code: u16,
    /// `None` = a notice that is no alarm.
    pub alarm: Option<Alarm>,
}

/// How often a device reports as delivered, seconds. `None` = not at all, or not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Schedule {
    /// While the vehicle moves.
    pub moving_s: Option<u32>,
    /// While it stands.
    pub parked_s: Option<u32>,
    /// Signs of life.
    pub heartbeat_s: Option<u32>,
}

impl Schedule {
    /// How long it is silent at most, seconds: between signs of life, else between the rarer of its reports.
    pub fn silence_s_max(&self) -> Option<u32> {
        self.heartbeat_s.or_else(|| self.moving_s.max(self.parked_s))
    }
}

impl DeviceModel {
    /// The row that a profile names, else the first. `None` only of an empty table.
    pub fn chosen(rows: &[&'static Self], model: Option<ModelCode>) -> Option<&'static Self> {
        let named = model.and_then(|code| rows.iter().find(|row| row.code == code.as_str()));
        named.or(rows.first()).copied()
    }

    /// What to do with a wrong checksum of a terminal with this profile.
    pub fn checksum_for(&self, profile: &Profile) -> ChecksumPolicy {
        profile.checksum.unwrap_or(self.checksum)
    }

    /// Which frames of a terminal with this profile are answered.
    pub fn acknowledgement_for(&self, profile: &Profile) -> Acknowledgement {
        profile.acknowledgement.unwrap_or(self.acknowledgement)
    }

    /// Zone of the clock of a terminal with this profile; `None` = what the login or the protocol says.
    pub fn zone_for(&self, profile: &Profile) -> Option<ZoneOffset> {
        profile.zone.or(self.zone)
    }

    /// What this model means by an alarm code, if it differs from the protocol's table.
    pub fn alarm(&self, code: u16) -> Option<Option<Alarm>> {
        self.alarms.iter().find(|row| row.code == code).map(|row| row.alarm)
    }

    /// Whether it can be told this.
    pub fn knows(&self, kind: CommandKind) -> bool {
        self.commands.contains(&kind)
    }

    /// The commands that a person may have sent: a relay is in the codec only.
    pub fn allowed(&self) -> impl Iterator<Item = CommandKind> {
        self.commands.iter().copied().filter(|kind| *kind != CommandKind::Relay)
    }
}
