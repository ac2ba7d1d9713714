//! The second factor: six digits that an authenticator shows for thirty seconds.
//!
//! Shape: a secret and a time → the number of the code that was entered, if it is one of now, the one before or the one after.
//! Units: seconds since 1970. A code is told by its number, so that whoever keeps the last one lets each count once.
//! Source: RFC 6238 with SHA-1 and 6 digits, the only form that every authenticator has; RFC 4648 §6.

use crate::desk::Desk;
use crate::problem::{Code, Problem};
use crate::vault::{VERSION, VaultError};
use model::{Timestamp, UserId};
use totp_rs::{Builder, Secret};

/// The secret of one authenticator.
pub(crate) struct Totp(totp_rs::Totp);

impl Totp {
    /// A new one: 160 bits, as RFC 4226 advises.
    pub(crate) fn random() -> Self {
        Self::of(Secret::new_stack(rand::random()))
    }

    /// Reads what [`Totp::base32`] wrote.
    pub(crate) fn of_base32(text: &str) -> Option<Self> {
        let secret = Secret::try_from_base32(text).ok()?;
        (secret.as_bytes().len() >= SECRET_BYTES_MIN).then(|| Self::of(secret))
    }

    /// Reads what [`Totp::sealed`] gave to the store for a user.
    pub(crate) async fn of_stored(desk: &Desk, user: &UserId, stored: &str) -> Result<Self, Problem> {
        let (of, text) = (user.clone(), stored.to_owned());
        let secret = desk.vault.apart(move |vault| vault.open(&of, &text)).await;
        let secret = secret.map_err(|error| unreadable(user, &error))?;
        Self::of_base32(&secret).ok_or_else(|| Code::Internal.into())
    }

    /// What the store keeps of it for a user. A key that was lost is not replaced while others need it back.
    pub(crate) async fn sealed(&self, desk: &Desk, user: &UserId) -> Result<String, Problem> {
        let is_lost = !desk.vault.has_key() && desk.store()?.has_totp_in_form(VERSION).await?;
        let (of, secret) = (user.clone(), self.base32());
        let sealed = if is_lost {
            Err(desk.vault.lost())
        } else {
            desk.vault.apart(move |vault| vault.seal(&of, &secret)).await
        };
        sealed.map_err(|error| {
            tracing::error!(user = %user, %error, "no second factor can be stored");
            Problem::new(Code::TotpUnreadable, UNSEALED)
        })
    }

    fn of(secret: Secret) -> Self {
        // Six digits of SHA-1, thirty seconds, one step early or late: what a builder begins with, and the tests hold it to.
        Self(Builder::new().with_secret(secret).build_noncompliant())
    }

    /// As people type it in where they cannot scan it.
    pub(crate) fn base32(&self) -> String {
        self.0.secret().to_base32()
    }

    /// What the authenticator scans.
    pub(crate) fn url(&self, name: &str) -> String {
        format!(
            "otpauth://totp/lienwatch:{name}?secret={}&issuer=lienwatch&algorithm=SHA1&digits=6&period=30",
            self.base32()
        )
    }

    /// The number of a code that counts at a time and is later than the last one that was used.
    pub(crate) fn step(&self, code: &str, now: Timestamp, last: i64) -> Option<i64> {
        let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
        let step = self.0.check(&code, seconds(now))?;
        i64::try_from(step).ok().filter(|step| *step > last)
    }

    /// What the authenticator shows.
    #[cfg(test)]
    pub(crate) fn code_at(&self, now: Timestamp) -> String {
        self.0.generate(seconds(now)).to_string()
    }
}

/// Says what happened and what can be done; the log says why.
fn unreadable(user: &UserId, error: &VaultError) -> Problem {
    tracing::error!(user = %user, %error, "a second factor cannot be read: put the key file back, or take the factor away");
    Problem::new(Code::TotpUnreadable, UNREADABLE)
}

/// No code counts before 1970.
fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.ms() / 1_000).unwrap_or_default()
}

const UNREADABLE: &str = "The second factor of this user cannot be read: the key file totp.key of the server's data directory is missing, \
    or not the one with which it was stored. An administrator puts the file back from the backup, or takes the second factor away \
    with lienwatch user passwd NAME --reset-totp.";
const UNSEALED: &str = "The server cannot keep a second factor: the key file totp.key of its data directory was lost, or can be neither \
    read nor made. Its log says why; nothing was changed. An administrator puts the file back from the backup, or takes away the second \
    factors that need it.";
/// 128 bits, the least of RFC 4226.
const SECRET_BYTES_MIN: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD_MS: i64 = 30_000;

    /// RFC 6238, appendix B, SHA-1: the last six of its eight digits.
    #[test]
    fn the_published_vectors_hold() {
        let totp = Totp::of(Secret::new_stack(*b"12345678901234567890"));
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_ms(second * 1000);
            assert_eq!(totp.code_at(now), code, "{second}");
            assert_eq!(totp.step(code, now, 0), Some(second / 30));
        }
    }

    #[test]
    fn a_code_counts_once_and_half_a_minute_early_or_late() {
        let totp = Totp::random();
        let now = Timestamp::from_ms(1_795_000_000_000);
        let step = now.ms() / PERIOD_MS;
        let code = totp.code_at(now);
        assert_eq!(totp.step(&code, now, step - 1), Some(step));
        assert_eq!(totp.step(&code, now, step), None, "used");
        assert_eq!(totp.step(&code, now.plus(PERIOD_MS), 0), Some(step));
        assert_eq!(totp.step(&code, now.plus(-PERIOD_MS), 0), Some(step));
        assert_eq!(totp.step(&code, now.plus(3 * PERIOD_MS), 0), None);
        assert_eq!(totp.step(&format!("{} {}", &code[..3], &code[3..]), now, 0), Some(step));
        assert_eq!(totp.step("", now, 0), None);
    }

    /// RFC 4648, §10.
    #[test]
    fn a_secret_reads_back_from_base_32() {
        let totp = Totp::of(Secret::new_stack(*b"foobarfoobarfoobarfo"));
        assert_eq!(totp.base32(), "MZXW6YTBOJTG633CMFZGM33PMJQXEZTP");
        assert_eq!(Totp::of_base32(&totp.base32()).unwrap().base32(), totp.base32());
        assert!(Totp::of_base32("0").is_none() && Totp::of_base32("MZXW6YQ").is_none());
    }
}
