//! What a tracker must not forget yet: frames in flight on this connection, and reports waiting to be sent again.
//!
//! ```text
//! report --send--> in flight --answer--> forgotten
//! in flight --connection lost--> backlog --send on the next connection--> in flight
//! ```
//! Pure. Units: serials are those of one connection. Source: issue of the spine, point 3 of the fleet.

use crate::ledger::ReportId;
use model::Position;
use std::collections::VecDeque;
use tokio::time::Instant;

/// Frames and reports without an answer.
#[derive(Debug, Default)]
pub(crate) struct Outstanding {
    flights: VecDeque<Flight>,
    backlog: VecDeque<Kept>,
}

/// A report that the server has not yet promised to keep.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    /// The report.
    pub(crate) position: Position,
    /// Its place in the ledger, once it has been sent.
    pub(crate) report: Option<ReportId>,
}

/// A frame without an answer: one report, a batch of them, or none for a heartbeat.
#[derive(Debug)]
pub(crate) struct Flight {
    /// The serial that the answer will name.
    pub(crate) serial: u16,
    /// What it carries.
    pub(crate) kept: Vec<Kept>,
    /// When it was sent.
    pub(crate) sent_at: Instant,
}

impl Outstanding {
    /// A frame is on its way.
    pub(crate) fn take_off(&mut self, flight: Flight) {
        self.flights.push_back(flight);
    }

    /// The frame that an answer is for; `None` if nothing waits under this serial.
    pub(crate) fn land(&mut self, serial: u16) -> Option<Flight> {
        let index = self.flights.iter().position(|flight| flight.serial == serial)?;
        self.flights.remove(index)
    }

    /// The connection is gone, and the answers with it: what was in flight goes to the front of the backlog.
    /// Returns how many report frames that were.
    pub(crate) fn connection_lost(&mut self) -> u64 {
        let mut frames = 0;
        for flight in self.flights.drain(..).rev() {
            frames += u64::from(!flight.kept.is_empty());
            for kept in flight.kept.into_iter().rev() {
                self.backlog.push_front(kept);
            }
        }
        self.backlog.truncate(BACKLOG_MAX);
        frames
    }

    /// Keeps a report to be sent from the backlog; a full memory forgets the newest, as devices do.
    pub(crate) fn keep(&mut self, position: Position) {
        if self.backlog.len() < BACKLOG_MAX {
            self.backlog.push_back(Kept { position, report: None });
        }
    }

    /// The oldest reports of the backlog, at most `count`.
    pub(crate) fn oldest_kept(&mut self, count: usize) -> Vec<Kept> {
        self.backlog.drain(..count.min(self.backlog.len())).collect()
    }

    /// Puts reports that could not be sent back where they were.
    pub(crate) fn put_back(&mut self, kept: Vec<Kept>) {
        for kept in kept.into_iter().rev() {
            self.backlog.push_front(kept);
        }
    }

    /// Frames without an answer.
    pub(crate) fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Nothing to send again.
    pub(crate) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// When the frame that waits longest was sent.
    pub(crate) fn waiting_since(&self) -> Option<Instant> {
        self.flights.front().map(|flight| flight.sent_at)
    }
}

/// What a small tracker keeps in flash: about 17 hours at one report a minute.
const BACKLOG_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::{City, Spot};
    use crate::plan::{Motion, Truth};
    use crate::receiver::{Receiver, Sky};
    use model::Timestamp;

    fn position(second: i64) -> Position {
        let truth = Truth { spot: Spot { north_mm: 0, east_mm: 0 }, motion: Motion::Parked };
        Receiver::new(City::SHENZHEN, 1, Sky::Open).report(&truth, Timestamp::from_ms(second * 1000))
    }

    fn flight(serial: u16, seconds: &[i64]) -> Flight {
        let kept = seconds.iter().map(|s| Kept { position: position(*s), report: None }).collect();
        Flight { serial, kept, sent_at: Instant::now() }
    }

    fn seconds(kept: &[Kept]) -> Vec<i64> {
        kept.iter().map(|kept| kept.position.fix_time().unwrap().ms() / 1000).collect()
    }

    #[test]
    fn an_answer_lands_its_own_frame_and_no_other() {
        let mut outstanding = Outstanding::default();
        outstanding.take_off(flight(1, &[10]));
        outstanding.take_off(flight(2, &[20]));
        assert_eq!(seconds(&outstanding.land(2).unwrap().kept), [20]);
        assert!(outstanding.land(2).is_none());
        assert_eq!(outstanding.in_flight(), 1);
    }

    #[test]
    fn a_lost_connection_gives_back_every_report_in_order_before_what_waited_already() {
        let mut outstanding = Outstanding::default();
        outstanding.keep(position(40));
        outstanding.take_off(flight(1, &[10, 20]));
        outstanding.take_off(flight(2, &[]));
        outstanding.take_off(flight(3, &[30]));
        assert_eq!(outstanding.connection_lost(), 2);
        assert_eq!(outstanding.in_flight(), 0);
        assert_eq!(seconds(&outstanding.oldest_kept(3)), [10, 20, 30]);
        assert_eq!(seconds(&outstanding.oldest_kept(3)), [40]);
    }

    #[test]
    fn the_backlog_is_bounded() {
        let mut outstanding = Outstanding::default();
        (0..2000).for_each(|second| outstanding.keep(position(second)));
        assert_eq!(outstanding.oldest_kept(usize::MAX).len(), BACKLOG_MAX);
    }
}
