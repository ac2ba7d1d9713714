//! Who asks: the user behind a session or a token, with what they may do and what they may see.
//!
//! Shape: put into the request by `routes::access` after the table was asked, taken out by handlers. Errors:
//! `unauthenticated` where nobody was put in, `forbidden` from [`Caller::may`].

use crate::problem::{Code, Problem};
use crate::request_id::RequestId;
use crate::rights::{self, Right, Rights};
use crate::secret::Secret;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use model::staff::{Role, Scope};
use model::{Purpose, UserId, VehicleId};

/// Somebody who is known.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    /// The login name: unique for ever, so that it can stand in the journal as the actor.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Whose loans, on vehicles from where.
    pub(crate) scope: Scope,
    /// Why they look, if they said so.
    pub(crate) purpose: Option<Purpose>,
    pub(crate) request: RequestId,
    /// The role's; of a token, what it has of them.
    pub(crate) rights: Rights,
    pub(crate) via: Via,
}

/// How they are known.
#[derive(Debug, Clone)]
pub(crate) enum Via {
    /// A person's browser: the hash of its session's token, and what its pages send along.
    Session { hash: String, csrf: Secret },
    /// A program, by the name of its token.
    Token { name: String },
}

impl Caller {
    /// Whether they have a right.
    pub(crate) fn has(&self, right: Right) -> bool {
        self.rights.has(right)
    }

    /// `forbidden` without the right.
    pub(crate) fn may(&self, right: Right) -> Result<(), Problem> {
        if self.has(right) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Forbidden,
            format!("This needs the right {}, which you do not have.", right.as_str()),
        ))
    }

    /// Why they look; `purpose_required` if they did not say, or it is not their business.
    pub(crate) fn purpose(&self) -> Result<Purpose, Problem> {
        let theirs = self.purpose.filter(|purpose| rights::purposes(self.role).contains(purpose));
        theirs.ok_or_else(|| Code::PurposeRequired.into())
    }

    /// Who stands in the journal: the login name, for a token with the token's name behind it.
    pub(crate) fn actor(&self) -> String {
        match &self.via {
            Via::Session { .. } => self.name.clone(),
            Via::Token { name } => format!("{}/{name}", self.name),
        }
    }

    /// A vehicle's name as they may read it: whole, or masked for who only checks the books.
    pub(crate) fn plate(&self, vehicle: VehicleId) -> String {
        match self.role {
            Role::Collector | Role::Supervisor | Role::Ops | Role::Admin => vehicle.to_string(),
            Role::Auditor => masked(vehicle.as_str()),
        }
    }
}

/// `粤B88821` as `粤B·8**21`; of a VIN the last four characters.
fn masked(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let tail = |count: usize| letters.iter().skip(letters.len().saturating_sub(count)).collect::<String>();
    match letters.as_slice() {
        // A plate has seven characters, one of an electric car eight, and begins with its province.
        [province, city, first, _, _, _, _, ..] if !province.is_ascii() && letters.len() <= 8 => {
            format!("{province}{city}·{first}**{}", tail(2))
        }
        _ => format!("**{}", if letters.len() > 4 { tail(4) } else { String::new() }),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Code::Unauthenticated.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_plate_shows_no_more_than_tells_two_apart() {
        for (name, shown) in [
            ("粤B88821", "粤B·8**21"),
            ("粤BD12345", "粤B·D**45"),
            ("LSVAA4182E2184847", "**4847"),
            ("A1", "**"),
        ] {
            assert_eq!(masked(name), shown);
        }
    }
}
