//! The authentication code: proved, never stored.
//!
//! Shape: (key, terminal) → 16 hex digits. Sixteen, since the devices' field is short and a guess is only worth one
//! terminal's session. Errors: a wrong code is `false`, compared in constant time. Source: SPEC.md §7; RFC 2104.

use hmac::{Hmac, KeyInit, Mac};
use model::TerminalId;
use sha2::Sha256;
use wire::Authenticator;

/// The code that registration gives out.
pub(crate) fn issue(authenticator: &Authenticator, terminal: TerminalId) -> String {
    match authenticator {
        Authenticator::Open => terminal.to_string(),
        Authenticator::Keyed(key) => {
            let tag = mac(key, terminal).finalize().into_bytes();
            hex::encode(tag.get(..CODE_BYTES).unwrap_or(&tag))
        }
    }
}

/// Whether a code is the one that was given out.
pub(crate) fn accepts(authenticator: &Authenticator, terminal: TerminalId, code: &[u8]) -> bool {
    match authenticator {
        Authenticator::Open => true,
        Authenticator::Keyed(key) => hex::decode(code).is_ok_and(|tag| {
            tag.len() == CODE_BYTES && mac(key, terminal).verify_truncated_left(&tag).is_ok()
        }),
    }
}

fn mac(key: &[u8; 32], terminal: TerminalId) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(terminal.as_str().as_bytes());
    mac.update(GENERATION);
    mac
}

/// Counts up when every code must change.
const GENERATION: &[u8] = b":1";
const CODE_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_opens_one_terminal_under_one_key() {
        let (ours, other) = (Authenticator::Keyed([7; 32]), Authenticator::Keyed([8; 32]));
        let terminal = TerminalId::parse("13912345678").unwrap();
        let code = issue(&ours, terminal);
        assert_eq!(code.len(), 16);
        assert!(accepts(&ours, terminal, code.as_bytes()));
        assert!(!accepts(&other, terminal, code.as_bytes()));
        assert!(!accepts(&ours, TerminalId::parse("13912345679").unwrap(), code.as_bytes()));
        assert!(!accepts(&ours, terminal, &code.as_bytes()[..14]));
        assert!(!accepts(&ours, terminal, b""));
        assert!(accepts(&Authenticator::Open, terminal, b"anything"));
    }
}
