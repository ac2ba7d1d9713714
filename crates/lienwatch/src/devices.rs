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
use store::TerminalStatus;

/// Does what is asked of devices.
pub(crate) async fn devices(config: &Config, command: Devices) -> Result<Exit> {
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let terminal = |text: &str| TerminalId::parse(text).map_err(|error| usage(error.to_string()));
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
            listing::line(&approve(&site, terminal(&id)?).await?)?;
        }
        Devices::Bind(bind) => listing::line(&put_on(&site, terminal(&bind.terminal)?, &bind).await?)?,
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
    site.ask(Action::Bind { bindings: vec![binding] }).await?;
    let until = binding.to.map(|to| format!(" to {to}")).unwrap_or_default();
    Ok(format!("{terminal} is on {} from {}{until}", binding.vehicle, binding.from))
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
    site.catch_up().await?;
    let status = quarantined.then_some(TerminalStatus::Quarantined);
    let rows = site.store.devices(site.journal.clock().now(), status, None).await?;
    if rows.is_empty() && output == Output::Table {
        eprintln!(
            "no terminals yet: point a tracker at this server's port {}, or import a bindings file",
            ports(config, site)?
        );
        return Ok(());
    }
    listing::write(output, COLUMNS, &rows)
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
