//! Negative controls: builds that break a promise. Each must turn its scenario red, or the scenario proves nothing.
//!
//! Shape: a sabotage and the scenario that catches it → green when the proof is red. Errors: a proof that stays green, and
//! a scenario that stumbles over something else. Source: issue of the faults, point 5; `journal::sabotage`.

use crate::between::resends;
use crate::disk::{SOON, cut};
use crate::kill::killed;
use crate::options::Plan;
use crate::stage::Red;
use anyhow::bail;
use stories::server::Site;

/// A reply leaves before its commit.
pub(crate) async fn ack_before_commit(plan: Plan) -> anyhow::Result<String> {
    red(killed(Site::on_sqlite()?.sabotaged_by("ack_before_commit")?, plan, KILLS).await)
}

/// A commit is not synced: a kill alone would not show it, a power cut does.
pub(crate) async fn synchronous_off(plan: Plan) -> anyhow::Result<String> {
    red(cut(Site::on_sqlite()?.sabotaged_by("synchronous_off")?, plan, CUTS, SOON).await)
}

/// The serial is part of the identity: what is sent again is another report then. Kills alone leave too few of them.
pub(crate) async fn serial_in_identity(plan: Plan) -> anyhow::Result<String> {
    red(resends(Site::on_sqlite()?.sabotaged_by("serial_in_identity")?, plan).await)
}

/// The fold's place is committed before its rows: a kill between the two takes them.
pub(crate) async fn cursor_apart(plan: Plan) -> anyhow::Result<String> {
    red(killed(Site::on_sqlite()?.sabotaged_by("cursor_apart")?, plan, KILLS).await)
}

/// Green when a proof is red.
fn red(ended: anyhow::Result<String>) -> anyhow::Result<String> {
    match ended {
        Ok(seen) => bail!("the sabotage was not noticed: {seen}"),
        Err(error) => match error.downcast_ref::<Red>() {
            Some(Red::Broken(broken)) => Ok(format!("noticed: {}", short(&format!("{broken:?}")))),
            Some(other) => Ok(format!("noticed: {}", short(&other.to_string()))),
            None => Err(error.context("the control failed before its proof")),
        },
    }
}

fn short(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    first.chars().take(SHOWN_MAX).collect()
}

/// One loses something already; five leave no room for luck.
const KILLS: u32 = 5;
const CUTS: u32 = 2;
const SHOWN_MAX: usize = 100;
