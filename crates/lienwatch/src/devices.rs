//! `lienwatch devices`: who is knocking, who is ours, on which vehicle, and with what habits.

mod profile;

use crate::cli::{Bind, Devices};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::Site;
use anyhow::Result;
use model::input::{Action, Binding, Role};
use model::{TerminalId, Timestamp, VehicleId};
use serde_json::Value;
use store::{DeviceRow, TerminalStatus};

/// Does what is asked of devices.
pub(crate) async fn devices(config: &Config, command: Devices) -> Result<Exit> {
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let terminal = |text: &str| TerminalId::parse(text).map_err(|error| usage(error.to_string()));
    let entered = |text: &str| TerminalId::entered(text).map_err(|error| usage(error.to_string()));
    if let Devices::Models { protocol, output } = &command {
        profile::models(protocol.as_deref(), *output)?;
        return Ok(Exit::Ok);
    }
    let site = Site::open(config).await?;
    match command {
        Devices::Models { .. } => {}
        Devices::Show { terminal: id, output } => profile::show(&site, terminal(&id)?, output).await?,
        Devices::Profile(args) => {
            listing::line(&profile::set(&site, terminal(&args.terminal)?, &args).await?)?;
        }
        Devices::List { quarantined, output } => list(config, &site, quarantined, output).await?,
        Devices::Approve { terminal: id } => {
            listing::line(&approve(&site, entered(&id)?).await?)?;
        }
        Devices::Bind(bind) => listing::line(&put_on(&site, entered(&bind.terminal)?, &bind).await?)?,
        Devices::Unbind { terminal: id, at } => {
            let now = site.journal.clock().now();
            let end = at.map_or(now, |at| at.on(now));
            listing::line(&take_off(&site, terminal(&id)?, end).await?)?;
        }
    }
    site.close().await;
    Ok(Exit::Ok)
}

/// Approves a terminal, and says so if nobody has heard it yet: its number may be mistyped.
async fn approve(site: &Site, terminal: TerminalId) -> Result<String> {
    site.catch_up().await?;
    let before = site.store.devices(site.journal.clock().now(), None, Some(terminal)).await?;
    let done = site.ask(Action::Approve { terminal }).await?;
    Ok(match before.first() {
        None => format!("terminal {terminal} never heard yet; entered"),
        // One that was entered speaks no protocol until it is heard.
        Some(row) if row.protocol.is_empty() => format!("{done}; never heard yet"),
        Some(_) => done,
    })
}

async fn put_on(site: &Site, terminal: TerminalId, bind: &Bind) -> Result<String> {
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let now = site.journal.clock().now();
    let binding = Binding {
        terminal,
        vehicle: VehicleId::parse(&bind.vehicle).map_err(|error| usage(error.to_string()))?,
        role: Role::parse(&bind.role).map_err(|error| usage(error.to_string()))?,
        from: bind.from.map_or(now, |from| from.on(now)),
        to: bind.to.map(|to| to.on(now)),
    };
    site.catch_up().await?;
    let devices = site.store.devices(now, None, Some(terminal)).await?;
    let before = bindings_on(site, binding.vehicle).await?;
    let unknown = unknown_by_now(site, &binding).await?;
    site.ask(Action::Bind { bindings: vec![binding] }).await?;
    let until = binding.to.map(|to| format!(" to {to}")).unwrap_or_default();
    // The fold takes no binding twice, as of a daily export.
    if let Some(running) = before.iter().find(|it| says_already(it, &binding)) {
        let (vehicle, from) = (binding.vehicle, running.from);
        return Ok(format!("{terminal} is on {vehicle} from {from}{until} already; nothing changed"));
    }
    if !unknown.is_empty() {
        let unknown = unknown.join("; ");
        eprintln!("{unknown}. If that is a slip, take it back: lienwatch devices unbind {terminal}");
    }
    for other in before.iter().filter(|it| is_second_main(it, &binding)) {
        eprintln!(
            "{vehicle} has another main device, {other} since {from}: a hidden one is bound with --role backup, one that was \
             replaced leaves by `lienwatch devices unbind {other}`",
            vehicle = binding.vehicle,
            other = other.terminal,
            from = other.from,
        );
    }
    let waited = devices.first().filter(|row| row.quarantined_frames > 0).and_then(|row| row.first_seen);
    if let Some(first_seen) = waited.filter(|first_seen| *first_seen < binding.from) {
        eprintln!(
            "what it sent before {} is stored as of the past, and on no vehicle. To say at once since when a terminal is on \
             its vehicle, bind it with --from; this one was first heard at {}",
            binding.from, first_seen
        );
    }
    Ok(format!("{terminal} is on {} from {}{until}", binding.vehicle, binding.from))
}

/// What nothing else says of a binding: it may be the first word of a car and of a device, or a slip.
async fn unknown_by_now(site: &Site, binding: &Binding) -> Result<Vec<String>> {
    let Binding { terminal, vehicle, .. } = *binding;
    let devices = site.store.devices(site.journal.clock().now(), None, Some(terminal)).await?;
    let was_heard = devices.first().is_some_and(|row| row.first_seen.is_some());
    let of_terminal = (!was_heard).then(|| {
        let doubt = if terminal.is_unlikely_imei() {
            ", and its last digit is not the check digit of an IMEI: look at the label again"
        } else {
            ""
        };
        format!("terminal {terminal} was never heard yet{doubt}")
    });
    let of_vehicle = match site.store.vehicle_of(vehicle).await? {
        None => Some(format!("{vehicle} is a new vehicle: no loan book and no other binding has it")),
        Some(known) => {
            let loans = site.store.loans_on(&[known]).await?;
            let is_in_a_book = loans.iter().any(|row| row.in_book);
            (!is_in_a_book).then(|| format!("{vehicle} is in no loan book"))
        }
    };
    Ok(of_vehicle.into_iter().chain(of_terminal).collect())
}

async fn bindings_on(site: &Site, name: VehicleId) -> Result<Vec<Binding>> {
    let Some(vehicle) = site.store.vehicle_of(name).await? else { return Ok(Vec::new()) };
    Ok(site.store.bindings_on(vehicle).await?.into_iter().map(|row| row.binding).collect())
}

/// Whether a binding of the same vehicle holds what a new one says.
fn says_already(held: &Binding, new: &Binding) -> bool {
    held.terminal == new.terminal && held.role == new.role && held.from <= new.from && held.to == new.to
}

/// Whether a vehicle has another main device in the time of a new one.
fn is_second_main(held: &Binding, new: &Binding) -> bool {
    let mains = held.role == Role::Main && new.role == Role::Main && held.terminal != new.terminal;
    let overlap = held.to.is_none_or(|to| new.from < to) && new.to.is_none_or(|to| held.from < to);
    mains && overlap
}

/// Ends the binding in force: the same one again, with an end.
async fn take_off(site: &Site, terminal: TerminalId, end: Timestamp) -> Result<String> {
    site.catch_up().await?;
    let now = site.journal.clock().now();
    let bindings = site.store.world(now).await?.bindings.into_iter().map(|row| row.binding);
    let mut of_terminal = bindings.filter(|binding| binding.terminal == terminal);
    let running = of_terminal
        .find(|binding| binding.from <= now && binding.to.is_none_or(|to| now < to))
        .ok_or_else(|| Failure::error(Exit::NotFound, format!("{terminal} is on no vehicle now")))?;
    if end <= running.from {
        let message = format!("{terminal} is on {} only from {}", running.vehicle, running.from);
        return Err(Failure::error(Exit::Usage, message));
    }
    site.ask(Action::Bind { bindings: vec![Binding { to: Some(end), ..running }] }).await?;
    Ok(format!("{terminal} was on {} from {} to {end}", running.vehicle, running.from))
}

async fn list(config: &Config, site: &Site, quarantined: bool, output: Output) -> Result<()> {
    site.catch_up_and_tell().await?;
    let status = quarantined.then_some(TerminalStatus::Quarantined);
    let rows = site.store.devices(site.journal.clock().now(), status, None).await?;
    if rows.is_empty() && output == Output::Table {
        eprintln!(
            "no terminals yet: point a tracker at this server's port {}, or import a bindings file",
            ports(config, site)?
        );
        return Ok(());
    }
    if output == Output::Table {
        let rows = rows.iter().map(for_people).collect::<Result<Vec<_>>>()?;
        return listing::write(output, COLUMNS, &rows);
    }
    listing::write(output, COLUMNS, &rows)
}

/// A row in which it is said that a terminal was never heard.
fn for_people(row: &DeviceRow) -> Result<Value> {
    let mut told = serde_json::to_value(row)?;
    if let Some(members) = told.as_object_mut().filter(|_| row.first_seen.is_none()) {
        members.insert("first_seen".to_owned(), "never".into());
    }
    Ok(told)
}

/// Where trackers connect: as the server said, else as it would by the configuration.
fn ports(config: &Config, site: &Site) -> Result<String> {
    let mut ports = site.tracker_ports();
    if ports.is_empty() {
        ports = config.listeners()?.iter().map(|listener| listener.address.port()).collect();
    }
    ports.dedup();
    Ok(ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "))
}

const COLUMNS: &[&str] = &[
    "terminal",
    "protocol",
    "status",
    "vehicle",
    "role",
    "first_seen",
    "last_heard",
    "last_fix",
    "quarantined_frames",
];
