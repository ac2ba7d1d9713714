//! What is known of a terminal's habits: the profile staff chose, over the model's row, over the protocol.

use crate::cli::{Choice, SetProfile};
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::Site;
use anyhow::Result;
use model::command::CommandKind;
use model::input::Action;
use model::{Acknowledgement, ChecksumPolicy, Profile, TerminalId};
use serde::Serialize;
use store::DeviceRow;
use wire::{AlarmCode, DeviceModel, Protocol, Schedule};

/// Everything that is known of one terminal's habits, and who says so.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    device: &'a DeviceRow,
    model: &'static str,
    model_label: &'static str,
    model_by: By,
    zone: Option<String>,
    zone_by: By,
    checksum: ChecksumPolicy,
    checksum_by: By,
    acknowledgement: Acknowledgement,
    acknowledgement_by: By,
    alarms: Vec<AlarmMeaning>,
    schedule: Schedule,
    commands: Vec<&'static str>,
}

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum By {
    /// A person, for this terminal.
    Profile,
    /// The model's row.
    Model,
    /// Nobody: the protocol's text holds.
    Protocol,
}

impl By {
    const fn word(self) -> &'static str {
        match self {
            Self::Profile => "set for this terminal",
            Self::Model => "by the model",
            Self::Protocol => "by the protocol, or the device's login",
        }
    }

    const fn of<T>(chosen: Option<&T>) -> Self {
        if chosen.is_some() { Self::Profile } else { Self::Model }
    }
}

#[derive(Debug, Serialize)]
struct AlarmMeaning {
    code: u16,
    alarm: &'static str,
}

impl From<&AlarmCode> for AlarmMeaning {
    fn from(row: &AlarmCode) -> Self {
        Self { code: row.code, alarm: row.alarm.map_or("no alarm", model::Alarm::as_str) }
    }
}

/// Shows one terminal.
pub(super) async fn show(site: &Site, terminal: TerminalId, output: Output) -> Result<()> {
    site.catch_up_and_tell().await?;
    let rows = site.store.devices(site.journal.clock().now(), None, Some(terminal)).await?;
    let Some(device) = rows.first() else { return Err(unknown(terminal)) };
    let profile = site.store.profile_of(terminal).await?.unwrap_or_default();
    let shown = protocol_of(device).and_then(|protocol| shown(device, &profile, protocol));
    match (output, shown) {
        (Output::Table, Some(shown)) => listing::line(&for_people(&shown))?,
        (_, Some(shown)) => listing::json(&serde_json::to_string_pretty(&shown)?)?,
        (Output::Table, None) => {
            listing::line(&format!(
                "terminal         {terminal}\nnever heard yet: its protocol is not known"
            ))?;
        }
        (_, None) => listing::json(&serde_json::to_string_pretty(device)?)?,
    }
    Ok(())
}

fn shown<'a>(device: &'a DeviceRow, profile: &Profile, protocol: &dyn Protocol) -> Option<Shown<'a>> {
    let model = DeviceModel::chosen(protocol.models(), profile.model)?;
    let zone = model.zone_for(profile);
    let zone_by = match (profile.zone, model.zone) {
        (Some(_), _) => By::Profile,
        (None, Some(_)) => By::Model,
        (None, None) => By::Protocol,
    };
    Some(Shown {
        device,
        model: model.code,
        model_label: model.label,
        model_by: if profile.model.is_some() { By::Profile } else { By::Protocol },
        zone: zone.map(|zone| zone.to_string()),
        zone_by,
        checksum: model.checksum_for(profile),
        checksum_by: By::of(profile.checksum.as_ref()),
        acknowledgement: model.acknowledgement_for(profile),
        acknowledgement_by: By::of(profile.acknowledgement.as_ref()),
        alarms: model.alarms.iter().map(AlarmMeaning::from).collect(),
        schedule: model.schedule,
        commands: model.allowed().map(CommandKind::as_str).collect(),
    })
}

fn for_people(shown: &Shown<'_>) -> String {
    let device = shown.device;
    let mut lines = vec![
        row("terminal", &device.terminal),
        row("protocol", &device.protocol),
        row("status", &device.status),
        row("vehicle", device.vehicle.as_deref().unwrap_or("none")),
        row("first seen", &device.first_seen.map_or_else(|| "never".to_owned(), |at| at.to_string())),
        row("last heard", &last_heard(device)),
        String::new(),
        said(
            "model",
            &format!("{}: {}", shown.model, shown.model_label),
            match shown.model_by {
                By::Profile => By::Profile.word(),
                By::Model | By::Protocol => "nobody has said which",
            },
        ),
        said("zone", shown.zone.as_deref().unwrap_or("-"), shown.zone_by.word()),
        said("checksum", shown.checksum.as_str(), shown.checksum_by.word()),
        said("acknowledgement", shown.acknowledgement.as_str(), shown.acknowledgement_by.word()),
    ];
    lines.push(row("alarms", &alarms(&shown.alarms)));
    lines.push(row("schedule", &schedule(shown.schedule)));
    let commands = if shown.commands.is_empty() { "none".to_owned() } else { shown.commands.join(", ") };
    lines.push(row("commands", &commands));
    lines.join("\n")
}

/// When it spoke for a vehicle last, or for itself. What lies in quarantine is no word of now, before an approval and behind it.
fn last_heard(device: &DeviceRow) -> String {
    match device.last_heard {
        Some(at) if device.status == "quarantined" => format!("{at}, in quarantine only"),
        Some(at) => at.to_string(),
        None => "not since it was approved".to_owned(),
    }
}

fn row(name: &str, value: &str) -> String {
    format!("{name:<16} {value}")
}

fn said(name: &str, value: &str, by: &str) -> String {
    format!("{name:<16} {value}  ({by})")
}

fn alarms(alarms: &[AlarmMeaning]) -> String {
    if alarms.is_empty() {
        return "as the protocol's table says".to_owned();
    }
    let meanings: Vec<String> =
        alarms.iter().map(|meaning| format!("{:#04x} = {}", meaning.code, meaning.alarm)).collect();
    format!("as the protocol's table says, but {}", meanings.join(", "))
}

fn schedule(schedule: Schedule) -> String {
    let every =
        |seconds: Option<u32>| seconds.map_or("not said".to_owned(), |seconds| format!("{seconds} s"));
    format!(
        "moving {}, parked {}, heartbeat {} (as delivered)",
        every(schedule.moving_s),
        every(schedule.parked_s),
        every(schedule.heartbeat_s)
    )
}

/// One model in a listing.
#[derive(Debug, Serialize)]
struct ModelLine {
    protocol: &'static str,
    model: &'static str,
    label: &'static str,
    zone: Option<String>,
    checksum: ChecksumPolicy,
    acknowledgement: Acknowledgement,
    alarms: usize,
    moving_s: Option<u32>,
    parked_s: Option<u32>,
    heartbeat_s: Option<u32>,
    commands: String,
}

/// Lists the models.
pub(super) fn models(protocol: Option<&str>, output: Output) -> Result<()> {
    let wanted = protocol.map(crate::config::protocol_name).transpose()?;
    let protocols =
        protocols::ALL.iter().filter(|protocol| wanted.is_none_or(|name| protocol.name() == name));
    let line = |protocol: &'static str, model: &DeviceModel| ModelLine {
        protocol,
        model: model.code,
        label: model.label,
        zone: model.zone.map(|zone| zone.to_string()),
        checksum: model.checksum,
        acknowledgement: model.acknowledgement,
        alarms: model.alarms.len(),
        moving_s: model.schedule.moving_s,
        parked_s: model.schedule.parked_s,
        heartbeat_s: model.schedule.heartbeat_s,
        commands: model.allowed().map(CommandKind::as_str).collect::<Vec<_>>().join(" "),
    };
    let lines: Vec<ModelLine> = protocols
        .flat_map(|protocol| protocol.models().iter().map(|model| line(protocol.name(), model)))
        .collect();
    listing::write(output, MODEL_COLUMNS, &lines)
}

/// Changes what is named of a terminal's profile.
pub(super) async fn set(site: &Site, terminal: TerminalId, args: &SetProfile) -> Result<String> {
    site.catch_up().await?;
    let before = site.store.profile_of(terminal).await?.ok_or_else(|| unknown(terminal))?;
    let profile = Profile {
        model: args.model.map_or(before.model, Choice::value),
        zone: args.timezone.map_or(before.zone, Choice::value),
        checksum: args.checksum.map_or(before.checksum, Choice::value),
        acknowledgement: args.acknowledgement.map_or(before.acknowledgement, Choice::value),
    };
    let rows = site.store.devices(site.journal.clock().now(), None, Some(terminal)).await?;
    check_model(&profile, rows.first().and_then(protocol_of))?;
    site.ask(Action::SetProfile { terminal, profile }).await
}

/// A model must be in the table of the terminal's protocol; of any, while the terminal was never heard.
fn check_model(profile: &Profile, protocol: Option<&'static dyn Protocol>) -> Result<()> {
    let Some(model) = profile.model else { return Ok(()) };
    let models: Vec<&str> = protocols::ALL
        .iter()
        .filter(|known| protocol.is_none_or(|protocol| protocol.name() == known.name()))
        .flat_map(|known| known.models().iter().map(|model| model.code))
        .collect();
    if models.contains(&model.as_str()) {
        return Ok(());
    }
    let message = format!("no model is called {model}; there are: {}", models.join(", "));
    Err(Failure::error(Exit::Usage, message))
}

fn protocol_of(device: &DeviceRow) -> Option<&'static dyn Protocol> {
    protocols::ALL.iter().copied().find(|protocol| protocol.name() == device.protocol)
}

fn unknown(terminal: TerminalId) -> anyhow::Error {
    let message = format!("no terminal {terminal} was ever heard or entered (see: lienwatch devices list)");
    Failure::error(Exit::NotFound, message)
}

const MODEL_COLUMNS: &[&str] = &[
    "protocol",
    "model",
    "label",
    "zone",
    "checksum",
    "acknowledgement",
    "alarms",
    "moving_s",
    "parked_s",
    "heartbeat_s",
    "commands",
];
