//! What a file says → actions of which each fits into one input of the journal, and what the fold will make of them.
//!
//! Shape: bindings and events in, [`Action`]s out, in order; the portions of a file belong into one commit. Units: bytes as the
//! journal encodes them. Source: DESIGN.md §1, fine print 2 (an input has at most 64 KiB).

use crate::LoanFile;
use model::input::{Action, Binding, LoanEvent, ToldEvent};
use model::loan::FiledAddresses;
use model::{ContractId, Millis, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Bindings in portions.
pub fn binding_actions(bindings: &[Binding]) -> Vec<Action> {
    let portion = |part: &[Binding]| Action::Bind { bindings: part.to_vec() };
    bindings.chunks(BINDINGS_PER_INPUT_MAX).map(portion).collect()
}

/// Events in portions.
pub fn event_actions(events: &[ToldEvent]) -> Vec<Action> {
    let portion = |part: &[ToldEvent]| Action::LoanEvents { events: part.to_vec() };
    events.chunks(EVENTS_PER_INPUT_MAX).map(portion).collect()
}

/// Where borrowers live and work, as a book says it: told of the contracts of which it says something new, in portions. A book that
/// is the same each day says nothing new.
pub fn address_actions(file: &LoanFile, known: &BTreeMap<ContractId, FiledAddresses>) -> Vec<Action> {
    let portion = |part: &[ToldEvent]| Action::LoanEvents { events: part.to_vec() };
    news(file, known).chunks(ADDRESSES_PER_INPUT_MAX).map(portion).collect()
}

fn news(file: &LoanFile, known: &BTreeMap<ContractId, FiledAddresses>) -> Vec<ToldEvent> {
    let is_new = |contract: &ContractId, addresses: &FiledAddresses| {
        known.get(contract).copied().unwrap_or_default() != *addresses
    };
    let told = file.filed.iter().filter(|(contract, addresses)| is_new(contract, addresses));
    told.map(|(contract, addresses)| ToldEvent {
        contract: contract.clone(),
        at: file.as_of,
        event: LoanEvent::AddressesFiled { addresses: *addresses },
    })
    .collect()
}

/// Why the fold will leave an event out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// No book has its contract.
    Unknown,
    /// What has not happened cannot be told.
    Future,
}

/// Whether the fold will leave an event out, and why.
pub fn left_out(told: &ToldEvent, known: &BTreeSet<ContractId>, now: Timestamp) -> Option<LeftOut> {
    if !known.contains(&told.contract) {
        return Some(LeftOut::Unknown);
    }
    (told.at > now.plus(DAY_MS)).then_some(LeftOut::Future)
}

/// How many events say what another one of the same file says, to the second: they count once.
pub fn twins(events: &[ToldEvent]) -> usize {
    let mut seen = BTreeSet::new();
    let said = |told: &&ToldEvent| serde_json::to_string(told).is_ok_and(|said| !seen.insert(said));
    events.iter().filter(said).count()
}

/// A binding takes less than 90 bytes.
const BINDINGS_PER_INPUT_MAX: usize = 500;
/// An event takes less than 128 bytes of contract, 240 of reason and 30 of the rest.
const EVENTS_PER_INPUT_MAX: usize = 150;
/// An event of addresses takes less than 128 bytes of contract and 30 of the rest.
const ADDRESSES_PER_INPUT_MAX: usize = 300;
/// A lender's clock may be ahead of ours by this, as the fold allows.
const DAY_MS: Millis = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileOptions, REASON_BYTES_MAX, read_loans};
    use model::input::{Human, Input};
    use model::loan::Attention;
    use model::{Coordinates, Date, LenderId};
    use std::io::Cursor;

    #[test]
    fn the_largest_group_of_events_fits_into_an_input() {
        let attention =
            Attention { reason: "x".repeat(REASON_BYTES_MAX), until: Date::parse("2026-12-01").unwrap() };
        let event = LoanEvent::Attention { attention: Some(attention) };
        let told =
            ToldEvent { contract: ContractId("c".repeat(128)), at: Timestamp::from_ms(i64::MAX), event };
        let actions = event_actions(&vec![told; EVENTS_PER_INPUT_MAX + 1]);
        assert_eq!(actions.len(), 2);
        for action in actions {
            let human = Human { id: model::InputId("x".repeat(32)), actor: "li".into(), action };
            let bytes = postcard::to_stdvec(&Input::Human(Box::new(human))).unwrap().len();
            assert!(bytes <= 65_535, "{bytes} bytes");
        }
    }

    #[test]
    fn only_the_addresses_that_are_new_or_gone_are_told() {
        let text = "contract,plate,due_date,home_lat,home_lon\nC1,粤B1,,22.5,114\nC2,粤B2,,22.5,114\nC3,粤B3,,,\nC4,粤B4,,,\n";
        let as_of = Timestamp::parse("2026-11-20T01:00:00Z");
        let options = FileOptions { as_of, ..FileOptions::of(LenderId("main".into())) };
        let file = read_loans(Cursor::new(text), &options).unwrap();
        let home = Coordinates::from_degrees(22.5, 114.0).ok();
        let filed = FiledAddresses { home, work: None };
        let contract = |id: &str| ContractId(id.into());
        let known = BTreeMap::from([(contract("C1"), filed), (contract("C3"), filed)]);
        let told: Vec<String> = news(&file, &known).into_iter().map(|told| told.contract.0).collect();
        assert_eq!(told, ["C2", "C3"], "C1 is as it was, and of C4 nothing was ever filed");
        assert!(news(&file, &known).iter().all(|told| Some(told.at) == as_of));
    }

    #[test]
    fn what_the_fold_leaves_out_is_known_before() {
        let now = Timestamp::from_ms(0);
        let told = |contract: &str, at| ToldEvent {
            contract: ContractId(contract.into()),
            at: Timestamp::from_ms(at),
            event: LoanEvent::DebitFailed,
        };
        let known = BTreeSet::from([ContractId("C1".into())]);
        assert_eq!(left_out(&told("C1", 0), &known, now), None);
        assert_eq!(left_out(&told("C2", 0), &known, now), Some(LeftOut::Unknown));
        assert_eq!(left_out(&told("C1", DAY_MS + 1), &known, now), Some(LeftOut::Future));
        assert_eq!(twins(&[told("C1", 0), told("C1", 0), told("C1", 1)]), 1);
    }
}
