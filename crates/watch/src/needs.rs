//! What a step reads from the store before it begins: nothing in a step waits.
//!
//! Shape: entries in, [`Needs`] out. Errors: those of the store.

use crate::fold::WatchError;
use crate::lending::identity;
use crate::newest::Newest;
use crate::reversal::Reverted;
use crate::step::{Known, Needs};
use journal::Entry;
use model::input::{Action, Human, Input};
use model::{Event, Identity, Reception, Seq, TerminalId};
use std::collections::BTreeSet;
use store::{Store, StoreError};

/// What is asked of the store before a step.
pub(crate) struct Questions {
    /// Whether these have rows.
    identities: Vec<Identity>,
    /// What people's inputs are about.
    by_people: bool,
}

impl Questions {
    /// Those of some entries.
    pub(crate) fn of(entries: &[Entry], newest: &Newest) -> Self {
        let mut identities = reported(entries);
        identities.retain(|identity| !newest.is_new(identity));
        Self { identities, by_people: entries.iter().any(|entry| matches!(entry.input, Input::Human(_))) }
    }

    /// There are none: the step can be made before the one before it is stored.
    pub(crate) const fn is_empty(&self) -> bool {
        self.identities.is_empty() && !self.by_people
    }
}

/// What the entries of a step need from the store.
pub(crate) async fn needs_of(
    store: &Store,
    entries: &[Entry],
    questions: Questions,
) -> Result<Needs, WatchError> {
    let mut needs = Needs::default();
    if questions.is_empty() {
        return Ok(needs);
    }
    let mut identities = questions.identities;
    for entry in entries {
        if let Input::Human(human) = &entry.input {
            identities.extend(human_needs(store, &mut needs, human).await?);
        }
    }
    needs.known = known(store, &identities).await?;
    Ok(needs)
}

/// The rows that the positions of some entries have in the store.
pub(crate) async fn known_of(store: &Store, entries: &[Entry]) -> Result<Known, WatchError> {
    Ok(known(store, &reported(entries)).await?)
}

async fn known(store: &Store, identities: &[Identity]) -> Result<Known, StoreError> {
    let known = store.known(identities).await?;
    Ok(known.into_iter().map(|(identity, seq)| (identity, (seq, ITEM_ANY))).collect())
}

fn reported(entries: &[Entry]) -> Vec<Identity> {
    let receptions = entries.iter().filter_map(|entry| match &entry.input {
        Input::Reception(reception) => Some(reception),
        Input::RunStart { .. }
        | Input::RunStop
        | Input::SessionStart { .. }
        | Input::SessionEnd { .. }
        | Input::Tick { .. }
        | Input::BookChunk { .. }
        | Input::Human(_)
        | Input::Delivery { .. }
        | Input::Command { .. } => None,
    });
    receptions.flat_map(|reception| identities_in(reception)).collect()
}

fn identities_in(reception: &Reception) -> Vec<Identity> {
    let positions = reception.events.iter().enumerate().filter_map(|(item, event)| match event {
        Event::Position(position) => Some(reception.identity(item, position)),
        _ => None,
    });
    positions.collect()
}

/// Which item of an input made a row need not be known: where an input is stepped again, its items come in their order,
/// and the first of an identity is the one that made it.
const ITEM_ANY: i64 = i64::MAX;

/// What a person's input needs; gives the identities of the positions that it may store.
async fn human_needs(store: &Store, needs: &mut Needs, human: &Human) -> Result<Vec<Identity>, StoreError> {
    needs.settled.extend(store.known_inputs(std::slice::from_ref(&human.id)).await?);
    match &human.action {
        Action::ActivateBook(activation) => needs.book = store.book_rows(&activation.book).await?,
        Action::RevertBook(reversal) => {
            if let Some(former) = store.former(&reversal.book).await? {
                // It stands alone: everything that was told is of before it.
                let told = store.told_between(former.activated_seq, Seq(i64::MAX)).await?;
                needs.reverted = Some(Reverted { former, told });
            }
        }
        Action::Approve { terminal } => return release(store, needs, &[*terminal]).await,
        Action::Bind { bindings } => {
            let terminals: Vec<TerminalId> = bindings.iter().map(|binding| binding.terminal).collect();
            return release(store, needs, &terminals).await;
        }
        Action::Acknowledge { alert, .. }
        | Action::Close { alert, .. }
        | Action::Unacknowledge { alert, .. }
        | Action::Assign { alert, .. }
        | Action::Snooze { alert, .. }
        | Action::Note { alert, .. } => {
            if let Some(alert) = store.alert(alert).await? {
                needs.alerts.insert(alert.id.clone(), alert.about.clone());
                if !alert.state.is_live() {
                    needs.ended.insert(alert.id.clone(), alert);
                }
            }
        }
        Action::LoanEvents { events } => {
            let identities: Vec<String> = events.iter().map(identity).collect();
            needs.told.extend(store.known_events(&identities).await?);
        }
        Action::LoanEvent { .. }
        | Action::RuleSet { .. }
        | Action::Read { .. }
        | Action::Command { .. }
        | Action::CancelCommand { .. }
        | Action::SetProfile { .. }
        | Action::SetPlaces { .. }
        | Action::ConfirmPlaces { .. }
        | Action::Desk { .. }
        | Action::RejectTerminal { .. } => {}
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
    receptions.flat_map(|reception| identities_in(&reception)).collect()
}
