//! What somebody listens to.
//!
//! Shape: a query in, [`Topics`] out. Units: WGS-84 degrees, or another datum's. Errors: `invalid`; `purpose_required` for positions.

use crate::caller::Caller;
use crate::fleet::read_bbox;
use crate::problem::Problem;
use crate::rights::Right;
use model::{Coordinates, Datum};
use serde::Deserialize;
use store::MapBox;

/// What to listen to.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StreamQuery {
    /// Of alerts, positions, devices (quarantine is the same), health; alerts and health unless said.
    topics: Option<String>,
    /// Positions within this part of the map only: west, south, east, north.
    pub(super) bbox: Option<String>,
    #[param(value_type = Option<String>)]
    datum: Option<Datum>,
    /// As the header `Last-Event-ID`, where none can be set.
    pub(super) last_event_id: Option<String>,
}

/// What somebody listens to, read.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a set: each topic is listened to or is not")]
pub(super) struct Topics {
    pub(super) alerts: bool,
    pub(super) positions: bool,
    pub(super) devices: bool,
    pub(super) health: bool,
    pub(super) within: Option<MapBox>,
    pub(super) datum: Datum,
    pub(super) last_event_id: Option<String>,
}

impl Topics {
    pub(super) fn of(query: &StreamQuery, caller: &Caller) -> Result<Self, Problem> {
        let text = query.topics.as_deref().unwrap_or(USUAL);
        let mut topics = Self {
            alerts: false,
            positions: false,
            devices: false,
            health: false,
            within: read_bbox(query.bbox.as_deref())?,
            datum: query.datum.unwrap_or(Datum::Wgs84),
            last_event_id: query.last_event_id.clone(),
        };
        for topic in text.split(',').map(str::trim).filter(|topic| !topic.is_empty()) {
            match topic {
                "alerts" => topics.alerts = caller.has(Right::AlertsRead),
                "positions" => topics.positions = true,
                "health" => topics.health = true,
                // Who knocks is one of the devices.
                "devices" | "quarantine" => topics.devices = caller.has(Right::DevicesRead),
                _ => {
                    return Err(Problem::field(
                        "?topics",
                        "unknown",
                        "of alerts, positions, devices, quarantine, health",
                    ));
                }
            }
        }
        if topics.positions {
            caller.purpose()?;
        }
        Ok(topics)
    }

    /// Whether a place is one of those that are listened to.
    pub(super) fn holds(&self, place: Coordinates) -> bool {
        self.within.is_none_or(|MapBox { south_west, north_east }| {
            (south_west.lat_e7()..=north_east.lat_e7()).contains(&place.lat_e7())
                && (south_west.lon_e7()..=north_east.lon_e7()).contains(&place.lon_e7())
        })
    }
}

const USUAL: &str = "alerts,health";
