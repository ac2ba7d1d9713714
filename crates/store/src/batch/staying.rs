//! Where vehicles stood.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Int, Text};
use crate::value::Row;
use model::{Stay, VehicleId};

/// A stay that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StayRow {
    /// Whose.
    pub vehicle: VehicleId,
    /// Where, from when to when.
    pub stay: Stay,
}

pub(super) static STAYS: Bulk = Bulk::new(
    "INSERT INTO stays (vehicle, from_ms, to_ms, lat_e7, lon_e7)",
    &[Text, Int, Int, Int, Int],
    "ON CONFLICT DO NOTHING",
);

impl StayRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.vehicle.as_str().into(),
            self.stay.from.ms().into(),
            self.stay.to.ms().into(),
            i64::from(self.stay.place.lat_e7()).into(),
            i64::from(self.stay.place.lon_e7()).into(),
        ]
    }
}
