//! The commands that one connection carries, each from claim to sent.
//!
//! ```text
//! order Pending --encoded, Claim journalled--> Claimed     Claimed --the fold says Sending, by us--> bytes given out
//! bytes given out --the socket has taken them, Sent journalled--> gone        any --the order is open no more--> gone
//! ```
//! At most one a terminal. The bytes are made at the claim, so that what is claimed can be sent. Errors: a command that
//! the protocol or model does not have is reported, and is no errand.

use super::{House, Talk};
use crate::orders::{Order, Stage};
use bytes::{Bytes, BytesMut};
use journal::Item;
use model::{CommandStep, Input, InputId, SessionId, TerminalId};
use wire::{Admission, Downlink, Session, Unsupported};

/// What orders there were to carry out.
#[derive(Debug, Default)]
pub(crate) struct CarriedOut {
    /// For the journal, in order.
    pub(crate) items: Vec<Item>,
    /// For the socket.
    pub(crate) bytes: BytesMut,
}

/// The errands of one connection.
#[derive(Debug, Default)]
pub(super) struct Errands {
    under_way: Vec<Trip>,
}

#[derive(Debug)]
struct Trip {
    terminal: TerminalId,
    command: InputId,
    leg: Leg,
}

/// How far an errand is.
#[derive(Debug)]
enum Leg {
    /// It is on its way to the journal, or there; the fold has not said yes.
    Claimed(Bytes),
    /// The bytes are with the socket.
    GivenOut,
    /// The socket has taken them, and the journal is told.
    Reported,
}

/// What there is to do for a terminal.
#[derive(Debug, PartialEq)]
pub(super) enum Task {
    /// Nothing, for now.
    Nothing,
    /// Tell the journal.
    Tell(Input),
    /// Give these bytes to the socket.
    GiveOut(Bytes),
    /// The terminal has not said enough to be told anything; look again when it has.
    LookAgain,
}

impl Talk {
    /// Carries out what is ordered of the terminals on this connection, as far as it can be.
    pub(crate) fn carry_out(&mut self, house: &House) -> CarriedOut {
        let mut done = CarriedOut::default();
        let Some((_, tongue)) = self.tongue.spoken() else { return done };
        for speaker in self.speakers.iter_mut().filter(|speaker| speaker.entered) {
            let terminal = speaker.terminal;
            // A newer connection of the same terminal carries its orders.
            let ours = house.registry().holder(terminal) == Some(self.session);
            if !ours {
                continue;
            }
            let Admission::Known(profile) = house.directory.admission(terminal) else {
                // The directory may be a moment behind the order.
                speaker.unready = true;
                continue;
            };
            tongue.admit(terminal, Admission::Known(profile));
            match self.errands.look(self.session, terminal, house.orders.next(terminal), tongue) {
                Task::Nothing => {}
                Task::Tell(input) => done.items.push(input.into()),
                Task::GiveOut(bytes) => done.bytes.extend_from_slice(&bytes),
                Task::LookAgain => speaker.unready = true,
            }
        }
        done
    }

    /// Whether commands were given to the socket that the journal does not know to be sent.
    pub(crate) fn has_given_out(&self) -> bool {
        self.errands.are_given_out()
    }

    /// The socket has taken everything: what the journal is told of commands among it.
    pub(crate) fn sent(&mut self) -> Vec<Item> {
        self.errands.sent(self.session).into_iter().map(Item::from).collect()
    }
}

impl Errands {
    /// Looks at a terminal's next order.
    pub(super) fn look(
        &mut self,
        session: SessionId,
        terminal: TerminalId,
        order: Option<Order>,
        tongue: &mut dyn Session,
    ) -> Task {
        let Some(order) = order else {
            self.under_way.retain(|errand| errand.terminal != terminal);
            return Task::Nothing;
        };
        self.under_way.retain(|errand| errand.terminal != terminal || errand.command == order.id);
        match (order.stage, self.under_way.iter_mut().find(|errand| errand.command == order.id)) {
            (Stage::Pending, None) => self.claim(session, terminal, &order, tongue),
            (Stage::Sending(carrier), Some(errand)) if carrier == session => errand.give_out(),
            // Claimed and not folded yet, sent already, or another session's.
            (Stage::Pending | Stage::Sending(_) | Stage::Sent, _) => Task::Nothing,
        }
    }

    fn claim(
        &mut self,
        session: SessionId,
        terminal: TerminalId,
        order: &Order,
        tongue: &mut dyn Session,
    ) -> Task {
        let tell = |step| Task::Tell(Input::Command { command: order.id.clone(), terminal, step });
        match tongue.command(terminal, &order.command, flag(order)) {
            Ok(Downlink { bytes, key }) => {
                let leg = Leg::Claimed(bytes);
                self.under_way.push(Trip { terminal, command: order.id.clone(), leg });
                tell(CommandStep::Claim { session, key })
            }
            Err(Unsupported::Stranger) => Task::LookAgain,
            Err(unsupported) => {
                // Reported once: the fold ends the order, and until then it is under way.
                let leg = Leg::Reported;
                self.under_way.push(Trip { terminal, command: order.id.clone(), leg });
                tell(CommandStep::Unsupported { reason: unsupported.to_string() })
            }
        }
    }

    /// Whether bytes were given out that nobody has reported sent.
    pub(super) fn are_given_out(&self) -> bool {
        self.under_way.iter().any(|errand| matches!(errand.leg, Leg::GivenOut))
    }

    /// The socket has taken everything it was given: what the journal is told.
    pub(super) fn sent(&mut self, session: SessionId) -> Vec<Input> {
        let given_out = self.under_way.iter_mut().filter(|errand| matches!(errand.leg, Leg::GivenOut));
        given_out
            .map(|errand| {
                errand.leg = Leg::Reported;
                let (command, terminal) = (errand.command.clone(), errand.terminal);
                Input::Command { command, terminal, step: CommandStep::Sent { session } }
            })
            .collect()
    }
}

impl Trip {
    fn give_out(&mut self) -> Task {
        match std::mem::replace(&mut self.leg, Leg::GivenOut) {
            Leg::Claimed(bytes) => Task::GiveOut(bytes),
            leg @ (Leg::GivenOut | Leg::Reported) => {
                self.leg = leg;
                Task::Nothing
            }
        }
    }
}

/// The low half of the asking input's number: unique among the commands whose answers can still come, never 0.
fn flag(order: &Order) -> u32 {
    let low = u32::try_from(order.seq.0 & i64::from(u32::MAX)).unwrap_or(u32::MAX);
    low.max(1)
}
