//! What somebody may see, as it is told and as it is given.
//!
//! Shape: lists from a body in, a [`Grant`] out; a grant or a scope in, lists for JSON out, null = all. Errors: `invalid` with the place
//! in the list; `forbidden` where somebody would give away more than they have.

use crate::accounts::{check_grant, lender};
use crate::caller::Caller;
use crate::problem::{Code, Problem};
use crate::rights::Rights;
use model::Region;
use model::staff::{Grant, Role, Scope};
use serde::{Deserialize, Deserializer, Serialize};
use store::Membership;
use utoipa::ToSchema;

/// What somebody was given to see: loans of these lenders, on vehicles of these regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Grant)]
pub(crate) struct GrantView {
    /// null = all.
    pub(crate) lenders: Option<Vec<String>>,
    /// What their plates begin with; null = wherever they are registered.
    pub(crate) regions: Option<Vec<String>>,
}

impl GrantView {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self {
            lenders: grant.lenders.as_ref().map(|lenders| texts(lenders)),
            regions: grant.regions.as_ref().map(|regions| texts(regions)),
        }
    }

    /// Each grant of a scope.
    pub(crate) fn all(scope: &Scope) -> Vec<Self> {
        scope.grants().iter().map(Self::of).collect()
    }

    /// Which lenders and which regions a scope reaches at all. Not each of these lenders need be seen in each of these regions.
    pub(crate) fn reached(scope: &Scope) -> Self {
        let grants = scope.grants();
        let lenders: Option<Vec<_>> = grants.iter().map(|grant| grant.lenders.as_deref()).collect();
        let regions: Option<Vec<_>> = grants.iter().map(|grant| grant.regions.as_deref()).collect();
        Self { lenders: lenders.map(|lists| union(&lists)), regions: regions.map(|lists| union(&lists)) }
    }
}

fn texts<T: ToString>(list: &[T]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

fn union<T: ToString>(lists: &[&[T]]) -> Vec<String> {
    let mut all: Vec<String> = lists.iter().flat_map(|list| texts(list)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// A team, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TeamName {
    id: String,
    name: String,
}

impl TeamName {
    pub(crate) fn all(teams: &[Membership]) -> Vec<Self> {
        teams.iter().map(|team| Self { id: team.team.0.clone(), name: team.name.clone() }).collect()
    }
}

/// What a body says that somebody shall see; null = all.
pub(crate) fn grant(lenders: Option<&[String]>, regions: Option<&[String]>) -> Result<Grant, Problem> {
    let lenders = lenders.map(|names| each("/lenders", names, lender)).transpose()?;
    let regions = regions
        .map(|names| each("/regions", names, |name| Region::parse(name).map_err(|error| error.to_string())));
    let regions = regions.transpose()?;
    let grant = Grant { lenders, regions };
    check_grant(&grant).map_err(|detail| Problem::field("/regions", "count", detail))?;
    Ok(grant)
}

fn each<T>(
    list: &str,
    names: &[String],
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, Problem> {
    let wrong = |(place, name): (usize, &String)| {
        read(name).map_err(|detail| Problem::field(&format!("{list}/{place}"), "unknown", detail))
    };
    names.iter().enumerate().map(wrong).collect()
}

/// A part of a grant in the body of a change: left out, null and a list are three things.
pub(crate) type Said = Option<Option<Vec<String>>>;

/// Tells a null from what was left out.
pub(crate) fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Said, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

/// A grant after a change; what is left out stays.
pub(crate) fn changed(
    before: &Grant,
    lenders: Option<&Option<Vec<String>>>,
    regions: Option<&Option<Vec<String>>>,
) -> Result<Grant, Problem> {
    let said = grant(
        lenders.and_then(|lenders| lenders.as_deref()),
        regions.and_then(|regions| regions.as_deref()),
    )?;
    let after = Grant {
        lenders: if lenders.is_some() { said.lenders } else { before.lenders.clone() },
        regions: if regions.is_some() { said.regions } else { before.regions.clone() },
    };
    if after.pairs() > before.pairs() {
        check_grant(&after).map_err(|detail| Problem::field("/regions", "count", detail))?;
    }
    Ok(after)
}

/// Nobody makes somebody who may do more, or sees more, than they themselves.
pub(crate) fn may_give(caller: &Caller, role: Role, scope: &Scope) -> Result<(), Problem> {
    let rights = Rights::of_role(role);
    if rights.within(caller.rights) != rights || !caller.scope.covers_all(scope) {
        return Err(Problem::new(Code::Forbidden, "This user may do or see more than you."));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
