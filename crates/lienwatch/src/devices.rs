//! `lienwatch devices`: who is knocking, who is ours, and on which vehicle.

use crate::cli::{Bind, Devices};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::println_out;
use crate::site::Site;
use anyhow::Result;
use model::input::{Action, Binding, Role};
use model::{TerminalId, VehicleId};
use store::TerminalStatus;

/// Does what is asked of devices.
pub(crate) async fn devices(config: &Config, command: Devices) -> Result<Exit> {
    let usage = |message: String| Failure::error(Exit::Usage, message);
    let terminal = |text: &str| TerminalId::parse(text).map_err(|error| usage(error.to_string()));
    let site = Site::open(config).await?;
    match command {
        Devices::List { quarantined, output } => list(&site, quarantined, output).await?,
        Devices::Approve { terminal: id } => {
            println_out(&site.ask(Action::Approve { terminal: terminal(&id)? }).await?);
        }
        Devices::Bind(Bind { terminal: id, vehicle, role, from, to }) => {
            let binding = Binding {
                terminal: terminal(&id)?,
                vehicle: VehicleId::parse(&vehicle).map_err(|error| usage(error.to_string()))?,
                role: Role::parse(&role).map_err(|error| usage(error.to_string()))?,
                from: from.unwrap_or_else(|| site.journal.clock().now()),
                to,
            };
            println_out(&site.ask(Action::Bind { bindings: vec![binding] }).await?);
        }
    }
    site.close().await;
    Ok(Exit::Ok)
}

async fn list(site: &Site, quarantined: bool, output: Output) -> Result<()> {
    site.catch_up().await?;
    let status = quarantined.then_some(TerminalStatus::Quarantined);
    let rows = site.store.devices(site.journal.clock().now(), status, None).await?;
    if rows.is_empty() && output == Output::Table {
        eprintln!(
            "no terminals yet: point a tracker at this server's port {}, or import a bindings file",
            crate::config::PORT
        );
        return Ok(());
    }
    listing::write(output, COLUMNS, &rows)
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
