//! Something that opens a door: the token of a session, a link, a program. Kept as a hash only.
//!
//! Shape: 256 random bits as URL-safe text; its SHA-256 in hex is what the store knows. A hash without salt and work is enough,
//! since nobody guesses 256 bits. Nothing of it is ever printed by accident.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    /// A new one, with a prefix that tells scanners what it is.
    pub(crate) fn random(prefix: &str) -> Self {
        Self(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())))
    }

    /// One that somebody presents.
    pub(crate) fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What the store knows of it.
    pub(crate) fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }

    /// What a page of this session sends along with whatever it changes; who has only the cookie cannot read it.
    pub(crate) fn csrf(&self) -> Self {
        Self(hex::encode(Sha256::digest(format!("lienwatch csrf\0{}", self.0))))
    }

    /// Whether a text is it; how long that takes does not say how much of it is right.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// The text, to be shown once.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_never_the_same_and_never_printed() {
        let (one, other) = (Secret::random("lw_"), Secret::random("lw_"));
        assert_eq!(one.reveal().len(), 46);
        assert_ne!(one.hash(), other.hash());
        assert_eq!(Secret::presented(one.reveal()).hash(), one.hash());
        assert!(one.is(one.reveal()) && !one.is(other.reveal()) && !one.is(""));
        assert!(!one.csrf().is(one.reveal()) && one.csrf().is(one.csrf().reveal()));
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }
}
