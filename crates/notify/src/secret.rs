//! The secrets that sign a webhook.
//!
//! Shape: a file of one or two lines → signatures over `id.timestamp.body`. Units: Unix seconds. Errors: what is wrong
//! with the file, never what it holds. Source: Standard Webhooks, "Symmetric signatures".

use crate::NotifyError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// One secret, or two while it is changed.
pub(crate) struct Secrets(Vec<Hmac<Sha256>>);

impl Secrets {
    /// Reads the file, which nobody but its owner may read.
    pub(crate) fn read(path: &Path) -> Result<Self, NotifyError> {
        let file = |source: io::Error| NotifyError::SecretFile { path: path.to_owned(), source };
        let mut opened = File::open(path).map_err(file)?;
        if !is_private(&opened.metadata().map_err(file)?) {
            let reason = "others may read it; chmod 600 keeps it to its owner";
            return Err(NotifyError::Secret { path: path.to_owned(), reason });
        }
        let mut text = String::new();
        opened.by_ref().take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(file)?;
        Self::parse(&text).map_err(|reason| NotifyError::Secret { path: path.to_owned(), reason })
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys = lines.map(key).collect::<Result<Vec<_>, _>>()?;
        match keys.len() {
            0 => Err("it is empty"),
            1..=SECRETS_MAX => Ok(Self(keys)),
            _ => Err("it holds more than two secrets"),
        }
    }

    /// The value of `webhook-signature`.
    pub(crate) fn sign(&self, id: &str, timestamp_s: u64, body: &[u8]) -> String {
        let signatures = self.0.iter().map(|key| {
            let mut mac = key.clone();
            mac.update(format!("{id}.{timestamp_s}.").as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

fn key(line: &str) -> Result<Hmac<Sha256>, &'static str> {
    let encoded = line.strip_prefix("whsec_").ok_or("a secret begins with whsec_")?;
    let bytes = STANDARD.decode(encoded).map_err(|_| "what follows whsec_ is not base64")?;
    if !(KEY_BYTES_MIN..=KEY_BYTES_MAX).contains(&bytes.len()) {
        return Err("a secret has 24 to 64 bytes; make one with: echo whsec_$(openssl rand -base64 32)");
    }
    Hmac::new_from_slice(&bytes).map_err(|_| "the secret cannot be used")
}

#[cfg(unix)]
fn is_private(file: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & OTHERS == 0
}

/// Any permission of group or world.
#[cfg(unix)]
const OTHERS: u32 = 0o077;

#[cfg(not(unix))]
fn is_private(_: &std::fs::Metadata) -> bool {
    true
}

/// The old one and the new one.
const SECRETS_MAX: usize = 2;
/// Bounds of Standard Webhooks.
const KEY_BYTES_MIN: usize = 24;
const KEY_BYTES_MAX: usize = 64;
/// Two secrets of the largest size fit in a quarter of it.
const FILE_BYTES_MAX: u64 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_signs_as_printed_there() {
        let secrets = Secrets::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            secrets.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_give_two_signatures() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let secrets = Secrets::parse(&format!("{secret}\n\n{secret}\n")).unwrap();
        let signatures = secrets.sign("a", 1, b"");
        let (first, second) = signatures.split_once(' ').unwrap();
        assert_eq!(first, second);
    }

    #[test]
    fn a_bad_secret_is_refused_and_not_shown() {
        for text in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!", "whsec_c2hvcnQ="] {
            let reason = Secrets::parse(text).err().unwrap();
            assert!(!reason.contains("c2hvcnQ") && !reason.contains("MfKQ"), "{reason}");
        }
        assert!(Secrets::parse(&"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n".repeat(3)).is_err());
    }
}
