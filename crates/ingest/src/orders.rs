//! Commands that wait to be carried out, in memory: what the fold says is open, by terminal.
//!
//! ```text
//! the fold opens it --replace--> Pending --a session claims it--> (the fold) --replace--> Sending by that session
//!   --its bytes leave, the session reports it sent--> (the fold) --replace--> Sent: holds back the next one
//! ```
//! Shape: [`OrderDesk::replace`] takes everything that is open; connections that carry a terminal with orders are
//! woken. Errors: none; what is missed is said again with the next replacement. Source: DESIGN.md §1, fine print 12.

use crate::server::Server;
use model::{Command, InputId, Seq, SessionId, TerminalId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// A command that is not done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: InputId,
    /// The input that asked for it; its number is the flag by which an answer is known.
    pub seq: Seq,
    /// What to do.
    pub command: Command,
    /// How far it is.
    pub stage: Stage,
}

/// How far an order is, by the fold's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has claimed it.
    Pending,
    /// This session has claimed it, and it is durable that it has: the bytes may leave.
    Sending(SessionId),
    /// The bytes have left; no other command of the terminal is sent before this one is answered or given up.
    Sent,
}

/// All open orders by terminal, each terminal's in the order they were asked for.
pub type OpenOrders = HashMap<TerminalId, Vec<Order>>;

/// Where whoever reads the store lays down what is open.
#[derive(Clone)]
pub struct OrderDesk {
    server: Arc<Server>,
}

impl OrderDesk {
    pub(crate) const fn new(server: Arc<Server>) -> Self {
        Self { server }
    }

    /// Puts what the fold says in the place of what it said before, and wakes the connections it concerns.
    pub fn replace(&self, open: OpenOrders) {
        let concerned = self.server.house.orders.replace(open);
        self.ring(&concerned);
    }

    /// Has every open order looked at again: the directory says something else of terminals than it did.
    pub fn look_again(&self) {
        let terminals = self.server.house.orders.terminals();
        self.ring(&terminals);
    }

    fn ring(&self, terminals: &[TerminalId]) {
        let registry = self.server.house.registry();
        for terminal in terminals {
            registry.ring(*terminal);
        }
    }
}

/// The open orders, as connections see them.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    // Held for one look-up or one swap, never across an await.
    open: RwLock<OpenOrders>,
}

impl Orders {
    /// Gives the terminals whose orders have changed.
    pub(crate) fn replace(&self, open: OpenOrders) -> Vec<TerminalId> {
        let mut current = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, open);
        let changed = current.iter().filter(|(terminal, orders)| before.get(*terminal) != Some(*orders));
        let gone = before.keys().filter(|terminal| !current.contains_key(*terminal));
        changed.map(|(terminal, _)| terminal).chain(gone).copied().collect()
    }

    /// Terminals that have open orders.
    fn terminals(&self) -> Vec<TerminalId> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// The open order of a terminal that is to be looked at: the one under way, else the first.
    pub(crate) fn next(&self, terminal: TerminalId) -> Option<Order> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let orders = open.get(&terminal)?;
        let under_way = orders.iter().find(|order| order.stage != Stage::Pending);
        under_way.or(orders.first()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seq: i64, stage: Stage) -> Order {
        Order { id: InputId(format!("c-{seq}")), seq: Seq(seq), command: Command::Locate, stage }
    }

    #[test]
    fn the_one_under_way_holds_the_others_back() {
        let (orders, terminal) = (Orders::default(), TerminalId::parse("15").unwrap());
        orders.replace([(terminal, vec![order(1, Stage::Pending), order(2, Stage::Sent)])].into());
        assert_eq!(orders.next(terminal), Some(order(2, Stage::Sent)));
        orders.replace([(terminal, vec![order(1, Stage::Pending), order(3, Stage::Pending)])].into());
        assert_eq!(orders.next(terminal), Some(order(1, Stage::Pending)));
    }

    #[test]
    fn only_terminals_whose_orders_changed_are_concerned() {
        let orders = Orders::default();
        let [a, b] = ["15", "16"].map(|id| TerminalId::parse(id).unwrap());
        let first = orders.replace([(a, vec![order(1, Stage::Pending)])].into());
        let same = orders.replace([(a, vec![order(1, Stage::Pending)])].into());
        let moved = orders.replace([(b, vec![order(2, Stage::Pending)])].into());
        assert_eq!((first, same), (vec![a], vec![]));
        assert_eq!(moved.iter().copied().collect::<std::collections::BTreeSet<_>>(), [a, b].into());
    }
}
