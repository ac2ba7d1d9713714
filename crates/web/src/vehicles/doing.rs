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
    /// Stands, and its devices talk on without having seen it for longer than usual.
    ParkedUnseen,
    /// Its devices talk, and do not say whether it stands or where it goes.
    Unseen,
    /// It has not been heard for longer than its devices' schedule allows.
    Dark,
    /// None of its devices was ever heard.
    Never,
}

impl From<rules::Doing> for Doing {
    fn from(doing: rules::Doing) -> Self {
        match doing {
            rules::Doing::Moving { .. } => Self::Moving,
            rules::Doing::Parked { .. } => Self::Parked,
            rules::Doing::ParkedUnseen { .. } => Self::ParkedUnseen,
            rules::Doing::Unseen { .. } => Self::Unseen,
            rules::Doing::Dark { .. } => Self::Dark,
            rules::Doing::Never => Self::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Coordinates, Timestamp};

    #[test]
    fn the_interface_and_the_rules_have_one_word_for_each() {
        let at = Timestamp::from_ms(1_795_000_000_000);
        let anchor = Coordinates::from_degrees(22.5, 114.0).unwrap();
        for doing in [
            rules::Doing::Moving { seen_at: at },
            rules::Doing::Parked { anchor, since: at },
            rules::Doing::ParkedUnseen { anchor, since: at, seen_at: at },
            rules::Doing::Unseen { seen_at: None },
            rules::Doing::Dark { heard_at: at },
            rules::Doing::Never,
        ] {
            assert_eq!(serde_json::to_value(Doing::from(doing)).unwrap(), doing.code());
        }
    }
}
