//! Where a borrower lives and works, as it was filed with the contract.
//!
//! Shape: two places, each only where the lender's file has it. Units: WGS-84. Source: `domain.md` §3a (home and work address are
//! entered at on-boarding; a car that is never there says that they may not be true).

use crate::Coordinates;
use serde::{Deserialize, Serialize};

/// Where a borrower lives and works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FiledAddresses {
    /// The home address.
    pub home: Option<Coordinates>,
    /// The work address.
    pub work: Option<Coordinates>,
}
