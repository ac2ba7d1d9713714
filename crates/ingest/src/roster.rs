//! Every open connection, under the limits in all and per address.
//!
//! Shape: [`Roster::enter`] gives a connection its number and the handle by which it can be ended, or says what is
//! full. Pure but for its lock. Source: `reliability.md` goal 15, B31.

use crate::Config;
use crate::end::{End, Ending};
use model::AttemptReason;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Every open connection.
#[derive(Debug)]
pub(crate) struct Roster {
    connections_max: usize,
    per_address_max: u32,
    present: Mutex<Present>,
}

#[derive(Debug, Default)]
struct Present {
    last: u32,
    stopping: bool,
    connections: HashMap<u32, Arc<Ending>>,
    addresses: HashMap<IpAddr, u32>,
}

/// Why a connection may not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// As many connections as the server takes.
    Server,
    /// As many as one address may have.
    Address,
    /// The server stops.
    Stopping,
}

impl Full {
    /// Every reason, in declaration order.
    pub(crate) const ALL: [Self; 3] = [Self::Server, Self::Address, Self::Stopping];

    /// The code in metrics and logs.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Server => "server_full",
            Self::Address => "address_full",
            Self::Stopping => "stopping",
        }
    }

    /// What is told of the connection that was turned away.
    pub(crate) const fn attempt(self) -> Option<AttemptReason> {
        match self {
            Self::Server => Some(AttemptReason::ServerFull),
            Self::Address => Some(AttemptReason::AddressFull),
            Self::Stopping => None,
        }
    }
}

impl Roster {
    /// An empty roster; `connections_max` is the config's, cut down to what descriptors allow.
    pub(crate) fn new(config: &Config, connections_max: u32) -> Self {
        Self {
            connections_max: usize::try_from(connections_max).unwrap_or(usize::MAX),
            per_address_max: config.connections_per_address_max,
            present: Mutex::default(),
        }
    }

    /// Lets a connection in.
    pub(crate) fn enter(&self, address: IpAddr) -> Result<(u32, Arc<Ending>), Full> {
        let mut present = self.present();
        if present.stopping {
            return Err(Full::Stopping);
        }
        if present.connections.len() >= self.connections_max {
            return Err(Full::Server);
        }
        // Four thousand million connections in one run: a storm of 1,000 a second for seven weeks. No number is given twice.
        let number = present.last.checked_add(1).ok_or(Full::Server)?;
        let from_address = present.addresses.entry(address.to_canonical()).or_default();
        if *from_address >= self.per_address_max {
            return Err(Full::Address);
        }
        *from_address = from_address.saturating_add(1);
        present.last = number;
        let ending = Arc::new(Ending::default());
        present.connections.insert(number, Arc::clone(&ending));
        Ok((number, ending))
    }

    /// A connection is gone.
    pub(crate) fn leave(&self, number: u32, address: IpAddr) {
        let mut present = self.present();
        if present.connections.remove(&number).is_none() {
            return;
        }
        let address = address.to_canonical();
        match present.addresses.get_mut(&address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(present.addresses.remove(&address)),
        }
    }

    /// Lets nobody in any more and tells everybody to go.
    pub(crate) fn stop(&self) {
        let mut present = self.present();
        present.stopping = true;
        for ending in present.connections.values() {
            ending.tell(End::Stopped);
        }
    }

    /// How many connections have a place.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.present().connections.len()
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        // Nothing in here can be half done by a panic elsewhere.
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const TWO: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    fn roster(in_all: u32, per_address: u32) -> Roster {
        Roster::new(&Config { connections_per_address_max: per_address, ..Config::default() }, in_all)
    }

    #[test]
    fn a_full_address_does_not_shut_others_out() {
        let roster = roster(10, 1);
        let (number, _) = roster.enter(ONE).unwrap();
        assert_eq!(roster.enter(ONE).unwrap_err(), Full::Address);
        assert!(roster.enter(TWO).is_ok());
        roster.leave(number, ONE);
        assert!(roster.enter(ONE).is_ok());
    }

    #[test]
    fn no_number_is_given_twice() {
        let roster = roster(10, 10);
        roster.present().last = u32::MAX - 1;
        assert_eq!(roster.enter(ONE).unwrap().0, u32::MAX);
        assert_eq!(roster.enter(TWO).unwrap_err(), Full::Server);
    }

    #[test]
    fn an_address_is_the_same_written_as_ipv6() {
        let roster = roster(10, 1);
        let IpAddr::V4(plain) = ONE else { unreachable!() };
        roster.enter(ONE).unwrap();
        assert_eq!(roster.enter(IpAddr::V6(plain.to_ipv6_mapped())).unwrap_err(), Full::Address);
    }

    #[test]
    fn the_server_has_a_limit_whatever_the_addresses() {
        let roster = roster(1, 10);
        roster.enter(ONE).unwrap();
        assert_eq!(roster.enter(TWO).unwrap_err(), Full::Server);
    }

    #[test]
    fn stopping_tells_everybody_and_lets_nobody_in() {
        let roster = roster(10, 10);
        let (_, ending) = roster.enter(ONE).unwrap();
        roster.stop();
        assert_eq!(ending.said(), Some(End::Stopped));
        assert_eq!(roster.enter(TWO).unwrap_err(), Full::Stopping);
    }

    #[test]
    fn leaving_twice_frees_one_place_only() {
        let roster = roster(10, 2);
        let (first, _) = roster.enter(ONE).unwrap();
        roster.enter(ONE).unwrap();
        roster.leave(first, ONE);
        roster.leave(first, ONE);
        roster.enter(ONE).unwrap();
        assert_eq!(roster.enter(ONE).unwrap_err(), Full::Address);
    }
}
