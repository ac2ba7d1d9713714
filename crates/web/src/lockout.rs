//! Attempts to come in: counted by name and by address before each one, each further one after a longer wait.
//!
//! Shape: [`Attempt::begin`] counts or refuses, [`Attempt::succeeded`] takes back. Units: real time. Errors: `too_many_requests` with
//! how long to wait. A name that no user has is counted alike, so that nobody learns which names there are. Counts live in the
//! store: a restart forgives nobody; strangers fill [`ROWS_MAX`] rows at most.

use crate::desk::Desk;
use crate::problem::{Code, Problem};
use model::{Millis, Timestamp};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use store::{Attempts, Store, StoreError};

/// An attempt under way: counted as failed until it has succeeded.
pub(crate) struct Attempt {
    store: Store,
    name: Counted,
    address: Counted,
}

struct Counted {
    subject: String,
    before: Attempts,
    now: Attempts,
}

impl Attempt {
    /// Counts an attempt, unless it comes too early.
    pub(crate) async fn begin(desk: &Desk, name: &str, address: IpAddr) -> Result<Self, Problem> {
        let (store, now) = (desk.store()?, desk.wall.now());
        // One after the other: of many at once each would find that none has failed yet.
        let _turn = desk.gate.attempts.lock().await;
        let name = Counted::one(&store, name_subject(name), NAME_FREE, now).await?;
        let address = Counted::one(&store, address_subject(address), ADDRESS_FREE, now).await?;
        store.fail(&name.subject, name.now).await?;
        store.fail(&address.subject, address.now).await?;
        Ok(Self { store, name, address })
    }

    /// Whether the next attempt has to wait because of this one.
    pub(crate) fn locks(&self) -> bool {
        [&self.name, &self.address].into_iter().any(|counted| counted.now.until > counted.now.last_at)
    }

    /// It was right: the name begins anew. The address only goes back to what it was: somebody's own success does not excuse
    /// what failed with the names of others.
    pub(crate) async fn succeeded(self) -> Result<(), Problem> {
        self.store.succeed(&self.name.subject).await?;
        Ok(self.store.fail(&self.address.subject, self.address.before).await?)
    }

    /// It was neither: more is needed to decide.
    pub(crate) async fn undecided(self) -> Result<(), Problem> {
        self.store.fail(&self.name.subject, self.name.before).await?;
        Ok(self.store.fail(&self.address.subject, self.address.before).await?)
    }
}

impl Counted {
    async fn one(store: &Store, subject: String, free: i64, now: Timestamp) -> Result<Self, Problem> {
        let before = store.attempts(&subject).await?;
        let wait_ms = before.until.since(now);
        if wait_ms > 0 {
            let seconds = u32::try_from(wait_ms.div_euclid(1000).saturating_add(1)).unwrap_or(u32::MAX);
            return Err(Problem::from(Code::TooManyRequests).retry_after(seconds));
        }
        let is_old = now.since(before.last_at) > REMEMBERED_MS;
        let failures = if is_old { 1 } else { before.failures.saturating_add(1) };
        let until = now.plus(wait_ms_after(failures, free));
        Ok(Self { subject, before, now: Attempts { failures, last_at: now, until } })
    }
}

/// Forgets what is a day old, and of what strangers made all but the newest.
pub(crate) async fn forget(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let yesterday = now.ms().div_euclid(REMEMBERED_MS) - 1;
    store.forget_limits(now.plus(-REMEMBERED_MS), yesterday, ROWS_MAX).await
}

/// How long to wait after so many failures.
fn wait_ms_after(failures: i64, free: i64) -> Millis {
    match failures.saturating_sub(free) {
        ..=0 => 0,
        beyond => FIRST_WAIT_MS.saturating_mul(1 << (beyond - 1).min(20)).min(WAIT_MS_MAX),
    }
}

/// Not the name itself: people type passwords into that field.
fn name_subject(name: &str) -> String {
    let hash = Sha256::digest(format!("name\0{name}"));
    format!("name:{}", hex::encode(hash.get(..12).unwrap_or_default()))
}

/// A household or office has a /64 of its own.
fn address_subject(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => format!("address:{:x}/64", address.to_bits() >> 64),
    }
}

/// Fat fingers, before somebody has to wait.
const NAME_FREE: i64 = 5;
/// An office behind one address.
const ADDRESS_FREE: i64 = 30;
const FIRST_WAIT_MS: Millis = 2_000;
/// Long enough that guessing is hopeless, short enough that nobody can lock another one out for a day.
const WAIT_MS_MAX: Millis = 15 * 60_000;
/// A day without an attempt, and all is forgotten.
const REMEMBERED_MS: Millis = 24 * 3_600_000;
/// Some MB; the oldest go.
const ROWS_MAX: i64 = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_beyond_the_free_ones_doubles_the_wait_up_to_a_quarter_of_an_hour() {
        let waits: Vec<i64> = (1..=9).map(|failures| wait_ms_after(failures, NAME_FREE) / 1000).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 2, 4, 8, 16]);
        assert_eq!(wait_ms_after(1_000_000, NAME_FREE), WAIT_MS_MAX);
        assert_eq!(wait_ms_after(i64::MAX, 1), WAIT_MS_MAX);
    }

    #[test]
    fn an_address_of_the_same_office_is_the_same() {
        let subject = |text: &str| address_subject(text.parse().unwrap());
        assert_eq!(subject("2001:db8:1:2:3::4"), subject("2001:db8:1:2:ffff::"));
        assert_ne!(subject("2001:db8:1:2::"), subject("2001:db8:1:3::"));
        assert_ne!(subject("10.0.0.1"), subject("10.0.0.2"));
        assert!(!name_subject("hunter2").contains("hunter2"));
    }
}
