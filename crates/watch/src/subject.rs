//! Whose state it is: a vehicle's, or a terminal's that is on none.

use model::{TerminalId, VehicleId};

/// The owner of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) enum Subject {
    Vehicle(VehicleId),
    Terminal(TerminalId),
}

impl Subject {
    /// The key in the store.
    pub(crate) fn code(&self) -> String {
        match self {
            Self::Vehicle(vehicle) => format!("v:{vehicle}"),
            Self::Terminal(terminal) => format!("t:{terminal}"),
        }
    }

    /// The owner behind a key.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        match code.split_once(':')? {
            ("v", vehicle) => VehicleId::parse(vehicle).ok().map(Self::Vehicle),
            ("t", terminal) => TerminalId::parse(terminal).ok().map(Self::Terminal),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back_from_its_key() {
        for code in ["v:粤B12345", "t:868120240000015"] {
            assert_eq!(Subject::parse(code).unwrap().code(), code);
        }
        assert_eq!(Subject::parse("x:1"), None);
    }
}
