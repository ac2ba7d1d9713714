//! Which text of people is taken: what a list can show and every database can hold.
//!
//! Shape: an input or a loan in, what is wrong out. Line breaks and tabs are text. Errors: [`ControlCharacter`] says where.
//! Source: PostgreSQL's TEXT holds no NUL; a terminal obeys an escape.

use super::{Action, BookActivation, BookReversal, Human, LoanEvent};
use crate::Loan;
use crate::place::Origin;

/// A character that no person writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} has a control character in it")]
pub struct ControlCharacter {
    /// The text.
    pub text: String,
}

impl Human {
    /// Whether all its text can be shown and stored.
    pub fn check(&self) -> Result<(), ControlCharacter> {
        plain([self.id.0.as_str(), &self.actor].into_iter().chain(self.action.texts()))
    }
}

impl Action {
    fn texts(&self) -> Vec<&str> {
        match self {
            Self::ActivateBook(BookActivation { book, lender, .. }) => vec![book, &lender.0],
            Self::RevertBook(BookReversal { book, lender, reason }) => vec![book, &lender.0, reason],
            Self::LoanEvent { contract, event, .. } => {
                [contract.0.as_str()].into_iter().chain(event.text()).collect()
            }
            Self::LoanEvents { events } => {
                let texts = events.iter().map(|told| [Some(told.contract.0.as_str()), told.event.text()]);
                texts.flatten().flatten().collect()
            }
            Self::Acknowledge { alert, note, .. }
            | Self::Close { alert, note, .. }
            | Self::Unacknowledge { alert, note, .. }
            | Self::Snooze { alert, reason: note, .. } => {
                [Some(alert.0.as_str()), note.as_deref()].into_iter().flatten().collect()
            }
            Self::Assign { alert, to, .. } => {
                let named = to.iter().flat_map(|owner| [owner.id.0.as_str(), &owner.name]);
                [alert.0.as_str()].into_iter().chain(named).collect()
            }
            Self::Note { alert, note, .. } => vec![&alert.0, note],
            Self::RuleSet { text } => vec![text],
            Self::Read { subject, purpose } => vec![subject, purpose],
            Self::Desk { subject, .. } => vec![subject],
            Self::CancelCommand { command } => vec![&command.0],
            Self::RejectTerminal { reason, .. } => vec![reason],
            Self::SetPlaces { places, .. } => places.iter().map(|place| place.name.as_str()).collect(),
            Self::ConfirmPlaces { places, by } => {
                let names = places.iter().map(|sourced| sourced.place.name.as_str());
                let files = places.iter().filter_map(|sourced| match &sourced.origin {
                    Origin::Imported { file } => Some(file.as_str()),
                    Origin::Mined { .. } | Origin::Drawn => None,
                });
                names.chain(files).chain(by.as_deref()).collect()
            }
            Self::Bind { .. } | Self::Approve { .. } | Self::Command { .. } | Self::SetProfile { .. } => {
                Vec::new()
            }
        }
    }
}

impl LoanEvent {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Contacted { note, .. } | Self::Visit { note, .. } => note.as_deref(),
            Self::Attention { attention } => attention.as_ref().map(|attention| attention.reason.as_str()),
            Self::Payment { .. }
            | Self::DebitFailed
            | Self::Promise { .. }
            | Self::Hold { .. }
            | Self::Settled
            | Self::SmsDelivery { .. }
            | Self::RecoveryCase { .. }
            | Self::AddressesFiled { .. } => None,
        }
    }
}

impl Loan {
    /// Whether all its text can be shown and stored.
    pub fn check_text(&self) -> Result<(), ControlCharacter> {
        let Self { contract, lender, time_zone, risk_grade, actual_user, .. } = self;
        let always = [contract.0.as_str(), &lender.0, time_zone.name()];
        plain(always.into_iter().chain(risk_grade.as_deref()).chain(actual_user.as_deref()))
    }
}

fn plain<'a>(mut texts: impl Iterator<Item = &'a str>) -> Result<(), ControlCharacter> {
    let found = texts.find(|text| text.chars().any(is_control));
    found.map_or(Ok(()), |text| Err(ControlCharacter { text: text.to_owned() }))
}

/// A line break or a tab is text.
pub(crate) fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loan::{Channel, ContactResult};
    use crate::{AlertId, CloseReason, ContractId, InputId, LenderId, Timestamp, VehicleId};

    fn checked(action: Action) -> Result<(), ControlCharacter> {
        Human { id: InputId("i-1".into()), actor: "li".into(), action }.check()
    }

    #[test]
    fn text_with_a_control_character_is_not_taken_wherever_it_stands() {
        let note = |note: &str| Some(note.to_owned());
        let close = |text: &str| Action::Close {
            alert: AlertId("a".into()),
            version: None,
            reason: CloseReason::Confirmed,
            note: note(text),
        };
        assert_eq!(checked(close("seen in the yard,\nby the wall")), Ok(()));
        let refused = checked(close("seen\0")).unwrap_err();
        assert_eq!(refused.to_string(), r#""seen\0" has a control character in it"#);
        let called = |contract: &str, text: &str| Action::LoanEvent {
            contract: ContractId(contract.into()),
            at: Timestamp::default(),
            event: LoanEvent::Contacted {
                channel: Channel::Phone,
                result: ContactResult::Reached,
                note: note(text),
            },
        };
        assert!(checked(called("C1", "will pay")).is_ok());
        assert!(checked(called("C1\u{1b}", "will pay")).is_err() && checked(called("C1", "\u{7f}")).is_err());
        let human = Human { id: InputId("i\0".into()), actor: "li".into(), action: close("") };
        assert!(human.check().is_err());
    }

    #[test]
    fn a_loan_with_a_control_character_is_not_taken() {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let loan = |contract: &str| {
            Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle, Timestamp::default())
        };
        assert!(loan("C1").check_text().is_ok() && loan("C\0").check_text().is_err());
        let user = Loan { actual_user: Some("a\u{0}".into()), ..loan("C1") };
        assert!(user.check_text().is_err());
    }
}
