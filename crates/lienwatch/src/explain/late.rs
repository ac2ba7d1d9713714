//! What `explain` says of positions that came too late to be of now: they are in the log, and say of no vehicle where it is.
//!
//! Shape: a day of stored positions of the vehicle's terminals → [`Late`]. Units: device time, journal time, metres.
//! Errors: those of the store. Source: `domain.md` §3b (v).

use crate::site::Site;
use crate::zone::Local;
use anyhow::Result;
use model::unit::counted;
use model::{Coordinates, Millis, TerminalId, Timestamp, VehicleId};
use rules::VehicleState;
use serde_json::{Value, json};
use store::{PositionQuery, PositionRecord};

/// Positions of the day before a time that came later than a live one may.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Late {
    positions: usize,
    /// Their first and last fix, by the device.
    from: Timestamp,
    to: Timestamp,
    /// When the last of them came in.
    received_at: Timestamp,
    /// How far the furthest of them is from where the vehicle stood, if it stood.
    away_m: Option<u32>,
}

impl Late {
    /// What came late of a vehicle's last day before `at`, whenever it came.
    pub(super) async fn read(
        site: &Site,
        vehicle: VehicleId,
        terminals: &[TerminalId],
        at: Timestamp,
        state: &VehicleState,
    ) -> Result<Option<Self>> {
        let mut late = None;
        for &terminal in terminals {
            let (from, to) = (Some(at.plus(-LOOK_BACK_MS)), Some(at));
            let query = PositionQuery { terminal: Some(terminal), from, to, late: true };
            let read = site.store.positions(&query, |page| {
                for record in &page {
                    Self::add(&mut late, vehicle, record, state);
                }
                Ok::<(), std::convert::Infallible>(())
            });
            let Ok(()) = read.await?;
        }
        Ok(late)
    }

    fn add(late: &mut Option<Self>, vehicle: VehicleId, record: &PositionRecord, state: &VehicleState) {
        let Some(fix_time) = record
            .fix_time
            .filter(|fix_time| record.late && record.received_at.since(*fix_time) > rules::LAG_MS_MAX)
        else {
            return;
        };
        if record.vehicle.as_deref() != Some(vehicle.as_str()) {
            return;
        }
        let received_at = record.received_at;
        let so_far = late.get_or_insert(Self {
            positions: 0,
            from: fix_time,
            to: fix_time,
            received_at,
            away_m: None,
        });
        so_far.positions += 1;
        so_far.from = so_far.from.min(fix_time);
        so_far.to = so_far.to.max(fix_time);
        so_far.received_at = so_far.received_at.max(received_at);
        let place = record.lat.zip(record.lon).filter(|_| record.fixed);
        let place = place.and_then(|(lat, lon)| Coordinates::from_degrees(lat, lon).ok());
        so_far.away_m = so_far.away_m.max(place.and_then(|place| state.metres_from_stand(place)));
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let Self { positions, from, to, received_at, away_m } = self;
        json!({
            "positions": positions,
            "from": from,
            "to": to,
            "received_at": received_at,
            "away_m": away_m,
        })
    }

    /// For people.
    pub(super) fn say(&self, local: &Local) -> String {
        let away =
            self.away_m.map(|metres| format!(", up to {metres} m from where it stood")).unwrap_or_default();
        format!(
            "late       {} of {} to {} came in until {}{away}: of the past, so no alert says that it moved",
            counted(self.positions, "position"),
            local.say(self.from),
            local.say(self.to),
            local.say(self.received_at)
        )
    }
}

/// As long as a wired device may be silent: what it kept meanwhile is of that time.
const LOOK_BACK_MS: Millis = 24 * 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_ms(1_795_000_000_000 + second * 1_000)
    }

    fn record(vehicle: &str, fix_s: i64, received_s: i64) -> PositionRecord {
        PositionRecord {
            terminal: "868120240000015".into(),
            protocol: None,
            vehicle: Some(vehicle.into()),
            fix_time: Some(at(fix_s)),
            received_at: at(received_s),
            fixed: true,
            lat: Some(22.5),
            lon: Some(114.0),
            speed_kmh: None,
            course: None,
            altitude_m: None,
            satellites: None,
            serial: None,
            late: true,
            buffered: false,
            alarms: model::Alarms::default(),
            attributes: Value::Null,
            hex: None,
        }
    }

    #[test]
    fn what_came_late_is_told_with_its_times_and_nothing_else_is() {
        let vehicle = VehicleId::parse("粤B12345").unwrap();
        let mut late = None;
        let live = PositionRecord { late: false, ..record("粤B12345", 0, 300) };
        // Two in one second: no news, and not late.
        let same_second = record("粤B12345", 0, 1);
        for record in [&live, &same_second, &record("粤B99999", 0, 300)] {
            Late::add(&mut late, vehicle, record, &VehicleState::default());
        }
        assert_eq!(late, None);
        for (fix_s, received_s) in [(60, 900), (0, 901), (30, 800)] {
            Late::add(&mut late, vehicle, &record("粤B12345", fix_s, received_s), &VehicleState::default());
        }
        let late = late.unwrap();
        assert_eq!((late.positions, late.from, late.to, late.received_at), (3, at(0), at(60), at(901)));
        let said = late.say(&Local::usual());
        assert!(said.starts_with("late       3 positions of "), "{said}");
        assert!(!said.contains("where it stood"), "{said}");
    }
}
