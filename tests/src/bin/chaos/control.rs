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
    broken(killed(Site::on_sqlite()?.sabotaged_by("ack_before_commit")?, plan, KILLS).await)
}

/// A commit is not synced: a kill alone would not show it, a power cut does. It may leave files that nobody can open, and
/// a store, which is synced, ahead of the journal: the server refuses to go on then.
pub(crate) async fn synchronous_off(plan: Plan) -> anyhow::Result<String> {
    match noticed(cut(Site::on_sqlite()?.sabotaged_by("synchronous_off")?, plan, CUTS, SOON).await)? {
        unusable @ Red::Unusable(_) => Ok(format!("noticed: {}", last_line(&unusable.to_string()))),
        other => lost_or_doubled(&other),
    }
}

/// The serial is part of the identity: what is sent again is another report then. Kills alone leave too few of them.
pub(crate) async fn serial_in_identity(plan: Plan) -> anyhow::Result<String> {
    broken(resends(Site::on_sqlite()?.sabotaged_by("serial_in_identity")?, plan).await)
}

/// The fold's place is committed before its rows: a kill between the two takes them.
pub(crate) async fn cursor_apart(plan: Plan) -> anyhow::Result<String> {
    broken(killed(Site::on_sqlite()?.sabotaged_by("cursor_apart")?, plan, KILLS).await)
}

/// Green when reports and rows differ: a scenario that is red for something else has not seen what was broken.
fn broken(ended: anyhow::Result<String>) -> anyhow::Result<String> {
    lost_or_doubled(&noticed(ended)?)
}

fn lost_or_doubled(red: &Red) -> anyhow::Result<String> {
    match red {
        Red::Broken(broken) => Ok(format!("noticed: {}", short(&format!("{broken:?}")))),
        other => bail!("red, but not for what was broken: {other}"),
    }
}

/// The promise that a scenario found broken.
fn noticed(ended: anyhow::Result<String>) -> anyhow::Result<Red> {
    match ended {
        Ok(seen) => bail!("the sabotage was not noticed: {seen}"),
        Err(error) => {
            error.downcast::<Red>().map_err(|error| error.context("the control failed before its proof"))
        }
    }
}

/// Where a server has said why it does not go on.
fn last_line(text: &str) -> String {
    short(text.lines().rfind(|line| !line.is_empty()).unwrap_or_default())
}

fn short(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    first.chars().take(SHOWN_MAX).collect()
}

/// One loses something already; five leave no room for luck.
const KILLS: u32 = 5;
const CUTS: u32 = 2;
const SHOWN_MAX: usize = 100;
