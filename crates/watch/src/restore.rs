//! Taking the fold over: rows from the store, states stepped again from the last checkpoint.

use crate::audit::Head;
use crate::command::{answers_since, deadline};
use crate::coverage::Coverage;
use crate::fold::WatchError;
use crate::glimpse::usual_places as usual_places_of;
use crate::needs::{Questions, needs_of};
use crate::reception::Rows;
use crate::step::Step;
use crate::subject::Subject;
use crate::world::{Globals, World};
use journal::Journal;
use model::Seq;
use model::input::Input;
use rules::{FrozenProfile, Places, RuleSet, UsualPlaces, VehicleState};
use std::path::Path;
use std::sync::Arc;
use store::{Cursor, Mark, StateRecord, Store, TerminalStatus};

/// The world as of the cursor. What is seldom asked for lies on the disk of a directory.
pub(crate) async fn restore(
    journal: &Journal,
    store: &Store,
    cursor: &Cursor,
    mark: &Mark,
    disk: &Path,
) -> Result<World, WatchError> {
    let mut rows = store.world(answers_since(mark.applied_at)).await?;
    let states = std::mem::take(&mut rows.states);
    let rule_set = match &rows.rule_set {
        Some(row) => RuleSet::parse(&row.text).map_err(|error| WatchError::RuleSet(error.to_string()))?,
        None => RuleSet::default(),
    };
    // Empty before the first checkpoint.
    let coverage: Coverage = match mark.checkpoint_coverage.as_str() {
        "" => Coverage::default(),
        text => serde_json::from_str(text).map_err(store::StoreError::from)?,
    };
    // What the fold has forgotten by then does not come back with a restart.
    rows.alerts.retain(|alert| !rules::fleet::is_forgotten(alert, mark.applied_at));
    let globals = Globals {
        coverage,
        rule_set: Arc::new(rule_set),
        places: Arc::new(Places::new(std::mem::take(&mut rows.places))),
        audit: rows
            .audit_head
            .as_ref()
            .map(|row| Head { line: row.line, hash: row.hash.clone() })
            .unwrap_or_default(),
        directory_version: mark.directory_version,
        quarantined: rows.quarantined.iter().map(|(_, frames)| frames).sum(),
        wide: rows
            .alerts
            .iter()
            .map(|alert| &alert.about)
            .filter(|about| about.vehicle().is_none())
            .cloned()
            .collect(),
        applied_at: mark.applied_at,
        recorded: None,
    };
    let mut world = World::new(rows, globals).filing_on(disk);
    restore_states(&mut world, states)?;
    restore_places(&mut world, store).await?;
    world.merge(true);
    step_again(journal, store, cursor, mark, &mut world).await?;
    set_timers(&mut world);
    Ok(world)
}

/// States of this form as they are, of others only when the vehicle was heard.
fn restore_states(world: &mut World, states: Vec<StateRecord>) -> Result<(), WatchError> {
    let mut older = 0_u64;
    for record in states {
        let subject = Subject::parse(&record.subject).ok_or(WatchError::State)?;
        if record.format != i64::from(VehicleState::FORMAT) {
            older += 1;
            let state =
                record.heard_at.map(|at| VehicleState::begun_anew(at, world.globals.coverage.total_ms));
            if let Some(state) = state {
                world.states.set(subject, state);
            }
            continue;
        }
        world.states.restore(subject, &record.state).map_err(|_| WatchError::State)?;
    }
    if older > 0 {
        tracing::warn!(states = older, "states of an older form are begun anew: silence counts from now on");
    }
    Ok(())
}

/// Where vehicles usually stand, and stood when their loans fell behind.
async fn restore_places(world: &mut World, store: &Store) -> Result<(), WatchError> {
    for record in store.usual_places().await? {
        if record.format == i64::from(UsualPlaces::FORMAT) {
            world.usual_places.restore(record.vehicle, &record.places).map_err(|_| WatchError::State)?;
        } else if let Some(places) = usual_places_of(&record) {
            // As what it was learned; written in the new form with its next stay.
            world.usual_places.set(record.vehicle, places.map_err(|_| WatchError::State)?);
        }
    }
    let mut retaken = 0_u64;
    for record in store.frozen_profiles().await? {
        if record.format != i64::from(FrozenProfile::FORMAT) {
            retaken += 1;
            continue;
        }
        let profile = record.profile.unwrap_or_default();
        world.frozen.restore(record.vehicle, &profile).map_err(|_| WatchError::State)?;
    }
    if retaken > 0 {
        tracing::warn!(
            profiles = retaken,
            "profiles from before the arrears are of an older form and taken anew: habits of these vehicles are held against those of now"
        );
    }
    Ok(())
}

/// Steps the states over what lies between checkpoint and cursor. Rows and alerts are in the store already.
async fn step_again(
    journal: &Journal,
    store: &Store,
    cursor: &Cursor,
    mark: &Mark,
    world: &mut World,
) -> Result<(), WatchError> {
    let mut after = mark.checkpoint;
    while after < cursor.applied {
        let entries = journal.read(after, ROWS_MAX).await?;
        let entries: Vec<_> = entries.into_iter().take_while(|entry| entry.seq <= cursor.applied).collect();
        let Some(last) = entries.last().map(|entry| entry.seq) else { break };
        let questions = Questions::of(&entries, &world.newest);
        let needs = needs_of(store, &entries, questions).await?;
        let mut step = Step::new(world, needs);
        for entry in entries {
            step_one_again(&mut step, entry.seq, entry.at, entry.input);
        }
        world.merge(false);
        after = last;
    }
    Ok(())
}

fn step_one_again(step: &mut Step<'_>, seq: Seq, at: model::Timestamp, input: Input) {
    match input {
        Input::RunStart { .. } => step.world.globals.coverage.start(seq),
        Input::RunStop => step.world.globals.coverage.pause(),
        Input::Tick { listening } => {
            step.clock(at, listening);
        }
        Input::Reception(reception) => {
            let approved = |row: &store::TerminalRow| row.status == TerminalStatus::Approved;
            if step.world.terminals.get(&reception.terminal).is_some_and(approved) {
                step.observe(seq, &reception, Rows::Keep);
            }
        }
        Input::SessionStart { .. }
        | Input::SessionEnd { .. }
        | Input::BookChunk { .. }
        | Input::Human(_)
        | Input::Delivery { .. }
        | Input::Command { .. } => {}
    }
}

/// Every vehicle is looked at again when it would have been without the restart. That is asked here and not of the next tick,
/// which would hold up what came in meanwhile, and must look at a part of them only. Commands wait for their own time.
fn set_timers(world: &mut World) {
    for vehicle in world.watched() {
        let timer = world.timer_again(vehicle);
        world.timers.set(vehicle, timer);
    }
    world.timers.merge();
    for terminal in world.commands.keys() {
        let rows = world.commands.get(&terminal).map(Vec::as_slice).unwrap_or_default();
        let first = rows.iter().filter_map(deadline).min();
        world.command_timers.set(terminal, first);
    }
    world.command_timers.merge();
}

/// Entries stepped again at once.
const ROWS_MAX: u32 = 4_096;
