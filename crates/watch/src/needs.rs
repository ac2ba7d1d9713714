//! What a step reads from the store before it begins: nothing in a step waits.
//!
//! Shape: entries in, [`Needs`] out. Errors: those of the store.

use crate::fold::WatchError;
use crate::step::Needs;
use journal::Entry;
use model::input::{Action, Human, Input};
use model::{Event, Identity, TerminalId};
use std::collections::BTreeSet;
use store::{Store, StoreError};

/// What the entries of a step need from the store.
pub(crate) async fn needs_of(store: &Store, entries: &[Entry]) -> Result<Needs, WatchError> {
    let mut needs = Needs::default();
    let (mut identities, mut inputs) = (Vec::new(), Vec::new());
    for entry in entries {
        match &entry.input {
            Input::Reception(reception) => {
                for (item, event) in reception.events.iter().enumerate() {
                    if let Event::Position(position) = event {
                        identities.push(reception.identity(item, position));
                    }
                }
            }
            Input::Human(human) => inputs.push(human),
            Input::RunStart { .. }
            | Input::RunStop
            | Input::SessionStart { .. }
            | Input::SessionEnd { .. }
            | Input::Tick { .. }
            | Input::BookChunk { .. }
            | Input::Delivery { .. }
            | Input::Command { .. } => {}
        }
    }
    for human in inputs {
        identities.extend(human_needs(store, &mut needs, human).await?);
    }
    let known = store.known(&identities).await?;
    needs.known = known.into_iter().map(|(identity, seq)| (identity, (seq, ITEM_ANY))).collect();
    Ok(needs)
}

/// Which item of an input made a row need not be known: where an input is stepped again, its items come in their order,
/// and the first of an identity is the one that made it.
const ITEM_ANY: i64 = i64::MAX;

/// What a person's input needs; gives the identities of the positions that it may store.
async fn human_needs(store: &Store, needs: &mut Needs, human: &Human) -> Result<Vec<Identity>, StoreError> {
    needs.settled.extend(store.known_inputs(std::slice::from_ref(&human.id)).await?);
    match &human.action {
        Action::ActivateBook(activation) => needs.book = store.book_rows(&activation.book).await?,
        Action::Approve { terminal } => return release(store, needs, &[*terminal]).await,
        Action::Bind { bindings } => {
            let terminals: Vec<TerminalId> = bindings.iter().map(|binding| binding.terminal).collect();
            return release(store, needs, &terminals).await;
        }
        Action::Acknowledge { alert, .. } | Action::Close { alert, .. } => {
            if let Some(alert) = store.alert(alert).await? {
                needs.alerts.insert(alert.id, alert.vehicle);
            }
        }
        Action::LoanEvent { .. }
        | Action::RuleSet { .. }
        | Action::Read { .. }
        | Action::Command { .. }
        | Action::CancelCommand { .. }
        | Action::SetProfile { .. } => {}
    }
    Ok(Vec::new())
}

/// Reads the frames that terminals have in quarantine; gives the identities of the positions in them.
async fn release(
    store: &Store,
    needs: &mut Needs,
    terminals: &[TerminalId],
) -> Result<Vec<Identity>, StoreError> {
    let quarantined: BTreeSet<TerminalId> = store.quarantined_terminals().await?.into_iter().collect();
    let mut identities = Vec::new();
    for terminal in terminals.iter().copied().filter(|terminal| quarantined.contains(terminal)) {
        let kept = store.quarantine_of(terminal).await?;
        identities.extend(kept_identities(&kept));
        needs.quarantine.insert(terminal, kept);
    }
    Ok(identities)
}

fn kept_identities(kept: &[store::QuarantineRow]) -> Vec<Identity> {
    let receptions = kept.iter().filter_map(|row| match journal::codec::decode(&row.payload) {
        Ok(Input::Reception(reception)) => Some(reception),
        _ => None,
    });
    let identities = receptions.flat_map(|reception| {
        let positions = reception.events.iter().enumerate().filter_map(|(item, event)| match event {
            Event::Position(position) => Some(reception.identity(item, position)),
            _ => None,
        });
        positions.collect::<Vec<_>>()
    });
    identities.collect()
}
