//! How many may listen at once: of one user, and in all.
//!
//! Shape: [`Seats::take`] gives a [`Seat`], which is given back when it is dropped. Errors: none; there is a seat or there is none.

use model::UserId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Who listens.
#[derive(Clone, Default)]
pub(crate) struct Seats(Arc<Mutex<BTreeMap<UserId, usize>>>);

/// A place to listen from.
pub(super) struct Seat {
    seats: Seats,
    user: UserId,
}

impl Seats {
    pub(super) fn take(&self, user: &UserId) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of_user, in_all) = (taken.get(user).copied().unwrap_or(0), taken.values().sum::<usize>());
        if of_user >= OF_USER_MAX || in_all >= IN_ALL_MAX {
            return None;
        }
        taken.insert(user.clone(), of_user.saturating_add(1));
        Some(Seat { seats: self.clone(), user: user.clone() })
    }

    /// How many listen.
    pub(super) fn taken(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get(&self.user).copied() {
            Some(left) if left > 1 => {
                taken.insert(self.user.clone(), left - 1);
            }
            Some(_) | None => {
                taken.remove(&self.user);
            }
        }
    }
}

/// A browser opens one for all its windows; a few browsers, a phone and a shell.
const OF_USER_MAX: usize = 6;
/// Half of the connections that the listener takes.
const IN_ALL_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_given_back_and_nobody_takes_them_all() {
        let seats = Seats::default();
        let user = |number: usize| UserId(format!("u{number}"));
        let mut held: Vec<Seat> = (0..OF_USER_MAX).filter_map(|_| seats.take(&user(0))).collect();
        assert!(
            held.len() == OF_USER_MAX && seats.take(&user(0)).is_none() && seats.take(&user(1)).is_some()
        );
        held.pop();
        assert!(seats.take(&user(0)).is_some());
        let rest: Vec<Seat> = (1..=IN_ALL_MAX).filter_map(|number| seats.take(&user(number))).collect();
        assert_eq!(rest.len(), IN_ALL_MAX - held.len());
        drop((held, rest));
        assert_eq!(seats.taken(), 0);
    }
}
