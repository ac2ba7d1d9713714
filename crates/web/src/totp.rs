//! The second factor: six digits that an authenticator shows for thirty seconds.
//!
//! Shape: a secret and a time → the number of the code that was entered, if it is one of now, the one before or the one after.
//! Units: seconds since 1970. A code is told by its number, so that whoever keeps the last one lets each count once.
//! Source: RFC 6238 with SHA-1 and 6 digits, the only form that every authenticator has; RFC 4648 §6.

use hmac::{Hmac, KeyInit, Mac};
use model::Timestamp;
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// The secret of one authenticator.
pub(crate) struct Totp(Vec<u8>);

impl Totp {
    /// A new one: 160 bits, as RFC 4226 advises.
    pub(crate) fn random() -> Self {
        Self(rand::random::<[u8; 20]>().to_vec())
    }

    /// Reads what [`Totp::base32`] wrote.
    pub(crate) fn of_base32(text: &str) -> Option<Self> {
        let mut bits = 0u32;
        let mut count = 0;
        let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
        for letter in text.bytes() {
            let place = ALPHABET.iter().position(|known| *known == letter)?;
            bits = (bits << 5) | u32::try_from(place).ok()?;
            count += 5;
            if count >= 8 {
                count -= 8;
                bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
            }
        }
        (bytes.len() >= SECRET_BYTES_MIN).then_some(Self(bytes))
    }

    /// As people type it in where they cannot scan it.
    pub(crate) fn base32(&self) -> String {
        let mut text = String::with_capacity(self.0.len() * 8 / 5 + 1);
        for chunk in self.0.chunks(5) {
            let mut group = [0u8; 8];
            for (into, byte) in group.iter_mut().skip(3).zip(chunk) {
                *into = *byte;
            }
            let bits = u64::from_be_bytes(group);
            let letters = (chunk.len() * 8).div_ceil(5);
            let indices = (0..8).map(|place| (bits >> (35 - 5 * place)) & 31).take(letters);
            let letter = |index: u64| usize::try_from(index).ok().and_then(|index| ALPHABET.get(index));
            text.extend(indices.filter_map(letter).map(|letter| char::from(*letter)));
        }
        text
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
        let current = now.ms().div_euclid(PERIOD_MS);
        // All are computed, whichever is right.
        let right = |step: &i64| bool::from(self.code(*step).as_bytes().ct_eq(code.as_bytes()));
        let steps: Vec<i64> = (current - 1..=current + 1).filter(right).collect();
        steps.into_iter().find(|step| *step > last)
    }

    /// What the authenticator shows.
    #[cfg(test)]
    pub(crate) fn code_at(&self, now: Timestamp) -> String {
        self.code(now.ms().div_euclid(PERIOD_MS))
    }

    fn code(&self, step: i64) -> String {
        // A key of any length is taken.
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&self.0) else { return String::new() };
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = hash.last().map_or(0, |byte| usize::from(byte & 0xf));
        let word = hash.iter().skip(offset).take(4).fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PERIOD_MS: i64 = 30_000;
/// 128 bits, the least of RFC 4226.
const SECRET_BYTES_MIN: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1: the last six of its eight digits.
    #[test]
    fn the_published_vectors_hold() {
        let totp = Totp(b"12345678901234567890".to_vec());
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.code(second / 30), code, "{second}");
            let now = Timestamp::from_ms(second * 1000);
            assert_eq!(totp.step(code, now, 0), Some(second / 30));
        }
    }

    #[test]
    fn a_code_counts_once_and_half_a_minute_early_or_late() {
        let totp = Totp::random();
        let now = Timestamp::from_ms(1_795_000_000_000);
        let step = now.ms() / PERIOD_MS;
        let code = totp.code(step);
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
        let base32 = |text: &str| Totp(text.as_bytes().to_vec()).base32();
        assert_eq!((base32("foobar").as_str(), base32("foob").as_str()), ("MZXW6YTBOI", "MZXW6YQ"));
        let totp = Totp::random();
        assert_eq!(Totp::of_base32(&totp.base32()).unwrap().0, totp.0);
        assert!(Totp::of_base32("0").is_none() && Totp::of_base32("MZXW6YQ").is_none());
    }
}
