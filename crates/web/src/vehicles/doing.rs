//! What a vehicle does, in the words of the interface; which of them is right is for `rules` to say.
//!
//! Shape: [`rules::Doing`] in, its code out. Units: none. Errors: none. Source: `ux.md` §0.3 (online, no new fix, offline).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a vehicle does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Doing {
    /// Is under way.
    Moving,
    /// Stands.
    Parked,
    /// Its devices talk, and do not say where it is.
    Unseen,
    /// It has not been heard for longer than a day.
    Dark,
    /// None of its devices was ever heard.
    Never,
}

impl From<rules::Doing> for Doing {
    fn from(doing: rules::Doing) -> Self {
        match doing {
            rules::Doing::Moving { .. } => Self::Moving,
            rules::Doing::Parked { .. } => Self::Parked,
            rules::Doing::Unseen { .. } => Self::Unseen,
            rules::Doing::Dark { .. } => Self::Dark,
            rules::Doing::Never => Self::Never,
        }
    }
}
