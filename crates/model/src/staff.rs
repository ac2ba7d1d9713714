//! The people at the desk: who they are, what they are for, why they look, and what they did to each other's accounts.
//!
//! Shape: plain values; names and ids in one canonical form. Errors: [`InvalidName`] says what a name may be.
//! Source: `ux.md` §5; `domain.md` §3c (a track is personal data: no look without a purpose).

mod scope;

use crate::code::codes;
pub use scope::{Grant, Scope, plate_of};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Somebody who may log in. Opaque, never given twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub String);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A team. Opaque, never given twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TeamId(pub String);

impl fmt::Display for TeamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

codes! {
    /// What somebody is for. Which rights that gives stands in `web::rights`.
    pub enum Role {
        /// Works alerts of some lenders.
        Collector = "collector",
        /// Hands alerts out, keeps places, imports books.
        Supervisor = "supervisor",
        /// Keeps devices and the server.
        Ops = "ops",
        /// Checks who did and saw what; never sees where a car is.
        Auditor = "auditor",
        /// Keeps users, rules and everything else.
        Admin = "admin",
    }
}

codes! {
    /// Why somebody looks at where a car is. Written to the audit log before anything is shown.
    pub enum Purpose {
        /// To collect a debt past due.
        Collect = "collect",
        /// To check that an alert is true.
        Verify = "verify",
        /// For a court, the police or a lawyer.
        Legal = "legal",
        /// To keep devices and server running.
        Ops = "ops",
    }
}

codes! {
    /// What was done at the desk that is no alert and no loan: accounts, logins, tokens. New ones at the end: the journal
    /// stores the index.
    pub enum DeskAct {
        /// Somebody came in.
        LoggedIn = "login",
        /// Somebody was not let in.
        LoginFailed = "login_failed",
        /// A name or an address has to wait before the next attempt.
        LockedOut = "locked_out",
        /// Somebody left.
        LoggedOut = "logout",
        /// The first user made themselves with the link that the server printed.
        SetUp = "setup",
        /// A user was made.
        UserAdded = "user_added",
        /// A user's name, role, lenders or regions are others now.
        UserChanged = "user_changed",
        /// A user may not log in any more.
        UserDisabled = "user_disabled",
        /// A user may log in again.
        UserEnabled = "user_enabled",
        /// A link was made with which a user chooses a password.
        Invited = "invited",
        /// A user chose a password with such a link.
        InviteAccepted = "invite_accepted",
        /// A user chose another password.
        PasswordChanged = "password_changed",
        /// A second factor is asked for from now on.
        TotpEnabled = "totp_enabled",
        /// A second factor is asked for no longer.
        TotpDisabled = "totp_disabled",
        /// A token for programs was made.
        TokenMade = "token_made",
        /// A token for programs counts no more.
        TokenRevoked = "token_revoked",
        /// What was to be read was not shown after all.
        ReadFailed = "read_failed",
        /// A team was made.
        TeamAdded = "team_added",
        /// A team has another name, scope or other members now.
        TeamChanged = "team_changed",
        /// A team is no more: its members see without it.
        TeamRemoved = "team_removed",
    }
}

/// Why a text is no login name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a login name has 1 to 32 lower-case letters, digits, dots, dashes or underscores, and begins with a letter"
)]
pub struct InvalidName;

/// What somebody logs in by, in lower case. It stands in the audit log, so it is never given to somebody else.
pub fn login_name(text: &str) -> Result<String, InvalidName> {
    let name = text.trim().to_ascii_lowercase();
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins || name.len() > NAME_BYTES_MAX || !name.chars().all(allowed) {
        return Err(InvalidName);
    }
    Ok(name)
}

/// Fits a column of the audit log.
const NAME_BYTES_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_has_one_form_and_no_slash() {
        assert_eq!(login_name(" Li.Wei "), Ok("li.wei".to_owned()));
        for wrong in ["", "1a", "li wei", "li/erp", "李伟", &"a".repeat(33)] {
            assert_eq!(login_name(wrong), Err(InvalidName), "{wrong:?}");
        }
    }
}
