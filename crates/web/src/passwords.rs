//! Passwords: which are taken, and how they are kept and checked (Argon2id as OWASP asks: 19 MiB, two passes).
//!
//! Shape: text → PHC string; text and PHC string → whether it is right. Errors: `invalid` where a password is too easy,
//! `too_many_requests` where too many wait. A check takes 30 ms of a core and 19 MiB: a few at once, on threads that may block, and a
//! few more that wait. Of a user who does not exist a password is checked as well, so that the time does not tell.

use crate::problem::{Code, Problem};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// Where passwords are checked.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    /// Who may wait.
    queue: Arc<Semaphore>,
    /// Who is at work.
    at_work: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let queue = Arc::new(Semaphore::new(AT_WORK_MAX + WAITING_MAX));
        Self { queue, at_work: Arc::new(Semaphore::new(AT_WORK_MAX)) }
    }

    /// The form in which a new password is kept.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Problem> {
        let password = password.to_owned();
        self.at_work(move || hashed(&password)).await?.ok_or_else(|| Code::Internal.into())
    }

    /// Whether a password is right; `None` = there is no such user, which takes as long.
    pub(crate) async fn verify(&self, password: &str, kept: Option<&str>) -> Result<bool, Problem> {
        let (password, kept) = (password.to_owned(), kept.map(ToOwned::to_owned));
        self.at_work(move || {
            let Some(kept) = kept else {
                is_right(&password, decoy());
                return false;
            };
            is_right(&password, &kept)
        })
        .await
    }

    async fn at_work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || Problem::from(Code::TooManyRequests).retry_after(BUSY_RETRY_S);
        let _waits = self.queue.try_acquire().map_err(|_| busy())?;
        let permit = Arc::clone(&self.at_work).acquire_owned().await.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            // With the work, not with the request: one that is given up still takes its core.
            drop(permit);
            done
        });
        done.await.map_err(|_| Code::Internal.into())
    }
}

/// Whether a password may be chosen.
pub(crate) fn check(pointer: &str, password: &str, name: &str) -> Result<(), Problem> {
    let refused = |why: &str| Err(Problem::field(pointer, "password", why));
    let characters = password.chars().count();
    if characters < CHARACTERS_MIN {
        return refused("at least 10 characters; a sentence is good");
    }
    if password.len() > BYTES_MAX {
        return refused("at most 256 bytes");
    }
    let first = password.chars().next();
    let is_one_letter = password.chars().all(|letter| Some(letter) == first);
    let is_name = !name.is_empty() && password.to_ascii_lowercase().replace(name, "").chars().count() < 6;
    let is_well_known = WELL_KNOWN.iter().any(|known| password.to_ascii_lowercase().starts_with(known));
    if is_one_letter || is_name || is_well_known {
        return refused("too easy to guess");
    }
    Ok(())
}

fn hashed(password: &str) -> Option<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).ok()?;
    Some(hash.to_string())
}

fn is_right(password: &str, kept: &str) -> bool {
    let Ok(kept) = PasswordHash::new(kept) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &kept).is_ok()
}

/// The hash of what nobody knows, with the settings of every other.
fn decoy() -> &'static str {
    static DECOY: OnceLock<String> = OnceLock::new();
    DECOY.get_or_init(|| hashed(&hex::encode(rand::random::<[u8; 16]>())).unwrap_or_default())
}

/// Two cores are left to trackers on the smallest machine that is worth serving from.
const AT_WORK_MAX: usize = 2;
/// A shift that logs in at once; the last one waits half a second.
const WAITING_MAX: usize = 32;
const BUSY_RETRY_S: u32 = 2;
/// Attempts are few (`crate::lockout`), so that this is enough [NIST SP 800-63B asks for 8].
const CHARACTERS_MIN: usize = 10;
/// A longer one only costs time.
const BYTES_MAX: usize = 256;
/// What is tried first.
const WELL_KNOWN: &[&str] =
    &["password", "1234567890", "0123456789", "qwertyuiop", "lienwatch", "admin12345", "1qaz2wsx"];

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_right_only_if_it_is_the_same() {
        let passwords = Passwords::new();
        let kept = passwords.hash("correct horse").await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, passwords.hash("correct horse").await.unwrap());
        assert!(passwords.verify("correct horse", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("correct horsf", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("correct horse", None).await.unwrap());
        assert!(!passwords.verify("", Some("nonsense")).await.unwrap());
    }

    #[tokio::test]
    async fn more_than_may_wait_are_sent_away_at_once() {
        let passwords = Passwords::new();
        let queue = passwords.queue.acquire_many(34).await.unwrap();
        let refused = passwords.verify("x", None).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after_s), (Code::TooManyRequests, Some(2)));
        drop(queue);
        assert!(passwords.verify("x", None).await.is_ok());
    }

    #[test]
    fn an_easy_password_is_not_taken() {
        for easy in ["short", "aaaaaaaaaaaa", "li.wei2026", "Password2026!", "1234567890", &"a1".repeat(200)]
        {
            assert!(check("/password", easy, "li.wei").is_err(), "{easy}");
        }
        for good in ["correct horse", "我的车停在哪里了呢你猜", "li.wei parks at the river"] {
            assert!(check("/password", good, "li.wei").is_ok(), "{good}");
        }
    }
}
