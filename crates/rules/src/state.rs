//! What is remembered of one vehicle: measurements only, no threshold of a rule.
use serde::{Deserialize, Serialize};

/// Measurements of one vehicle, or of a terminal that is bound to none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct VehicleState {}

impl VehicleState {
    /// Of the serialized form; a checkpoint of another format is rebuilt from the journal.
    pub const FORMAT: u16 = 1;
}
