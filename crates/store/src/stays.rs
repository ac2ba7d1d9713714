//! Stays, as whereabouts and people read them, and what the fold has made of them.

use crate::backend::{with_reader, with_writer};
use crate::batch::StayRow;
use crate::tracks::Stretch;
use crate::world::vehicle_id;
use crate::{FrozenProfileRow, Store, StoreError, UsualPlacesRow};
use model::{Coordinates, Seq, Stay, Timestamp, VehicleId};

const OF_VEHICLE: &str = "SELECT vehicle, from_ms, to_ms, lat_e7, lon_e7 FROM stays \
    WHERE vehicle = $1 AND to_ms >= $2 AND from_ms <= $3 ORDER BY from_ms LIMIT $4";

const PAGE: &str = "SELECT vehicle, from_ms, to_ms, lat_e7, lon_e7 FROM stays \
    WHERE (vehicle, from_ms) > ($1, $2) AND to_ms >= $3 ORDER BY vehicle, from_ms LIMIT $4";

const VEHICLE: &str = "SELECT vehicle FROM vehicles WHERE vehicle = $1 OR alias = $1 \
    ORDER BY CASE WHEN vehicle = $1 THEN 0 ELSE 1 END LIMIT 1";

const USUAL_PLACES: &str = "SELECT vehicle, format, state_seq, places FROM usual_places ORDER BY vehicle";

const FROZEN_PROFILES: &str = "SELECT vehicle, format, profile FROM frozen_profiles \
    WHERE profile IS NOT NULL ORDER BY vehicle";

const FROZEN_PROFILE: &str = "SELECT vehicle, format, profile FROM frozen_profiles WHERE vehicle = $1";

type Columns = (String, i64, i64, i64, i64);

type FrozenColumns = (String, i64, Option<Vec<u8>>);

impl Store {
    /// The vehicle behind a VIN or plate, by the name it was first known by.
    pub async fn vehicle_of(&self, name: VehicleId) -> Result<Option<VehicleId>, StoreError> {
        let vehicle: Option<String> = with_reader!(self, pool => {
            sqlx::query_scalar(VEHICLE).bind(name.as_str()).fetch_optional(pool).await
        })?;
        vehicle.map(|vehicle| vehicle_id(&vehicle)).transpose()
    }

    /// The stays of a vehicle that a stretch of time touches, in their order.
    pub async fn stays(&self, vehicle: VehicleId, stretch: Stretch) -> Result<Vec<Stay>, StoreError> {
        let rows: Vec<Columns> = with_reader!(self, pool => {
            sqlx::query_as(OF_VEHICLE)
                .bind(vehicle.as_str())
                .bind(stretch.from.ms())
                .bind(stretch.to.ms())
                .bind(STAYS_MAX + 1)
                .fetch_all(pool)
                .await
        })?;
        if i64::try_from(rows.len()).is_ok_and(|rows| rows > STAYS_MAX) {
            let message = format!("more than {STAYS_MAX} stays in this time: ask for a shorter one");
            return Err(StoreError::Unusable(message));
        }
        rows.into_iter().map(|columns| Ok(row(columns)?.stay)).collect()
    }

    /// Where each vehicle usually stands, as of the states.
    pub async fn usual_places(&self) -> Result<Vec<UsualPlacesRow>, StoreError> {
        let rows: Vec<(String, i64, i64, Vec<u8>)> =
            with_writer!(self, pool => sqlx::query_as(USUAL_PLACES).fetch_all(pool).await)?;
        let row = |(vehicle, format, seq, places): (String, i64, i64, Vec<u8>)| {
            Ok(UsualPlacesRow { vehicle: vehicle_id(&vehicle)?, format, state_seq: Seq(seq), places })
        };
        rows.into_iter().map(row).collect()
    }

    /// Where each vehicle usually stood before the arrears that are open on it.
    pub async fn frozen_profiles(&self) -> Result<Vec<FrozenProfileRow>, StoreError> {
        let rows: Vec<FrozenColumns> =
            with_writer!(self, pool => sqlx::query_as(FROZEN_PROFILES).fetch_all(pool).await)?;
        rows.into_iter().map(frozen).collect()
    }

    /// The same of one vehicle.
    pub async fn frozen_profile(&self, vehicle: VehicleId) -> Result<Option<FrozenProfileRow>, StoreError> {
        let row: Option<FrozenColumns> = with_reader!(self, pool => {
            sqlx::query_as(FROZEN_PROFILE).bind(vehicle.as_str()).fetch_optional(pool).await
        })?;
        row.map(frozen).transpose()
    }

    /// Everybody's stays that ended at or after `since`, vehicle by vehicle, in their order; `each` is called with every
    /// page.
    pub async fn all_stays<E>(
        &self,
        since: Timestamp,
        mut each: impl FnMut(Vec<StayRow>) -> Result<(), E>,
    ) -> Result<Result<(), E>, StoreError> {
        let mut after = (String::new(), i64::MIN);
        loop {
            let page: Vec<Columns> = with_reader!(self, pool => {
                sqlx::query_as(PAGE)
                    .bind(&after.0)
                    .bind(after.1)
                    .bind(since.ms())
                    .bind(PAGE_ROWS)
                    .fetch_all(pool)
                    .await
            })?;
            let Some(last) = page.last() else { return Ok(Ok(())) };
            after = (last.0.clone(), last.1);
            let rows: Vec<StayRow> = page.into_iter().map(row).collect::<Result<_, _>>()?;
            if let Err(stop) = each(rows) {
                return Ok(Err(stop));
            }
        }
    }
}

fn frozen((vehicle, format, profile): FrozenColumns) -> Result<FrozenProfileRow, StoreError> {
    Ok(FrozenProfileRow { vehicle: vehicle_id(&vehicle)?, format, profile })
}

fn row((vehicle, from, to, lat, lon): Columns) -> Result<StayRow, StoreError> {
    let place = Coordinates::from_e7(lat, lon).map_err(|error| StoreError::Bug(error.to_string()))?;
    let vehicle = vehicle_id(&vehicle)?;
    Ok(StayRow { vehicle, stay: Stay { place, from: Timestamp::from_ms(from), to: Timestamp::from_ms(to) } })
}

/// Of one vehicle in one answer: nine years of thirty a day.
const STAYS_MAX: i64 = 100_000;

/// Rows read at once (DESIGN.md §5: no read lasts).
const PAGE_ROWS: i64 = 5_000;

pub(crate) const ALL: &[&str] = &[OF_VEHICLE, PAGE, VEHICLE, USUAL_PLACES, FROZEN_PROFILES, FROZEN_PROFILE];
