//! By what it was noticed that a device is not the one that it was.
//!
//! Shape: a code. Source: `domain.md` §3b DEVICE_MOVED (a device's identity fields change).

use crate::code::codes;

codes! {
    /// What of a device is another one.
    pub enum Exchange {
        /// The SIM card.
        SimCard = "sim_card",
        /// Its own equipment number.
        Device = "device",
        /// The plate of the vehicle that it says it is on.
        Plate = "plate",
    }
}

/// Of alerts of before anything else was noticed.
impl Default for Exchange {
    fn default() -> Self {
        Self::SimCard
    }
}
