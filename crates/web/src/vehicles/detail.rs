//! One vehicle: what it does in a sentence, its devices, its loans.
//!
//! Shape: a name in the path in, [`VehicleDetail`] out. No coordinates: where it is has an address of its own. Units: in the names.
//! Errors: `not_found` for what is not the caller's to know of.

use super::doing::Doing;
use super::row::{Eyes, VehicleRow};
use super::{Found, row, rule_set};
use crate::caller::Caller;
use crate::desk::Desk;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, State};
use model::input::Binding;
use model::{Coordinates, Millis, TerminalId, Timestamp};
use rules::VehicleState;
use serde::Serialize;
use store::{BindingRow, LogRow, Store, Stretch};
use utoipa::ToSchema;
use words::Said;

/// A vehicle with what is on it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VehicleDetail {
    #[serde(flatten)]
    row: VehicleRow,
    /// What it does, in a sentence.
    #[schema(value_type = Object)]
    text: Said,
    /// In which its days are counted.
    time_zone: String,
    /// On it now.
    devices: Vec<DeviceOn>,
    /// Those that are the caller's to see.
    #[schema(value_type = Vec<Object>)]
    loans: Vec<serde_json::Value>,
    /// Which devices are and were on it.
    bindings: Vec<BindingView>,
}

/// A device that is on a vehicle.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceOn {
    terminal: String,
    role: &'static str,
    protocol: Option<String>,
    model: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_heard_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_fix_at: Option<Timestamp>,
    battery_percent: Option<f64>,
    external_volts: Option<f64>,
    online: bool,
}

/// When a device was on a vehicle.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BindingView {
    pub(crate) terminal: String,
    pub(crate) vehicle: String,
    pub(crate) role: &'static str,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) from: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) to: Option<Timestamp>,
}

impl BindingView {
    pub(crate) fn of(Binding { terminal, vehicle, role, from, to }: Binding) -> Self {
        Self { terminal: terminal.to_string(), vehicle: vehicle.to_string(), role: role.as_str(), from, to }
    }
}

/// A vehicle, without where it is.
#[utoipa::path(get, path = "/vehicles/{id}", tag = "vehicles",
    params(("id" = String, Path, description = "id, plate or VIN")), responses((status = 200, body = VehicleDetail)))]
pub(crate) async fn detail(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<VehicleDetail>, Problem> {
    let (store, now) = (desk.store()?, desk.now());
    let found = Found::by_name(&store, &caller, &name, now).await?;
    let rule_set = rule_set(&store).await?;
    let eyes = Eyes { caller: &caller, rule_set: &rule_set, now };
    let vehicle = found.record.vehicle;
    let live = row::by_id(store.live_alerts_on(&[vehicle]).await?).remove(&vehicle).unwrap_or_default();
    let row = eyes.row(&found.record, found.state.as_ref(), &found.loans, &live);
    let bindings = store.bindings_on(vehicle).await?;
    let mut devices = Vec::new();
    for binding in bindings.iter().map(|row| row.binding).filter(|binding| is_on(binding, now)) {
        devices.push(device(&desk, &store, found.state.as_ref(), binding).await?);
    }
    let text = sentence(&row, found.state.as_ref(), &bindings, now);
    let time_zone = found.zone(&rule_set, now).iana_name().unwrap_or("UTC").to_owned();
    let loans = crate::loans::of_vehicle(&desk, &caller, (found.record.plate(), &found.loans)).await?;
    let bindings = bindings.into_iter().map(|row| BindingView::of(row.binding)).collect();
    Ok(Json(VehicleDetail { row, text, time_zone, devices, loans, bindings }))
}

pub(crate) fn is_on(binding: &Binding, now: Timestamp) -> bool {
    binding.from <= now && binding.to.is_none_or(|to| now < to)
}

async fn device(
    desk: &Desk,
    store: &Store,
    state: Option<&VehicleState>,
    binding: Binding,
) -> Result<DeviceOn, Problem> {
    let Binding { terminal, role, from, to, .. } = binding;
    let known = store.device(terminal, desk.now()).await?;
    let device = state.and_then(|state| state.devices().find(|device| device.terminal == terminal));
    let heard_at = device.map(|device| device.heard_at);
    let newest = newest_report(store, terminal, heard_at).await?;
    let said = |name: &str| newest.as_ref().and_then(|row| row.attributes.get(name)?.as_f64());
    Ok(DeviceOn {
        terminal: terminal.to_string(),
        role: role.as_str(),
        protocol: known.as_ref().map(|known| known.protocol.clone()).filter(|name| !name.is_empty()),
        model: known.and_then(|known| known.model),
        from,
        to,
        last_heard_at: heard_at,
        last_fix_at: device.and_then(|device| device.fix).map(|(_, at)| at),
        battery_percent: said("battery_percent"),
        external_volts: said("external_volts"),
        online: desk.ports.is_online(terminal),
    })
}

/// The newest report of a terminal around when it was last heard.
pub(crate) async fn newest_report(
    store: &Store,
    terminal: TerminalId,
    heard_at: Option<Timestamp>,
) -> Result<Option<LogRow>, Problem> {
    let Some(heard_at) = heard_at else { return Ok(None) };
    let stretch = Stretch { from: heard_at.plus(-AROUND_MS), to: heard_at.plus(AROUND_MS) };
    let keys = store.log_keys(terminal, stretch).await?;
    let newest = keys.len().saturating_sub(NEWEST);
    let rows = store.log_rows(keys.get(newest..).unwrap_or_default()).await?;
    Ok(rows.into_iter().max_by_key(|row| (row.fix_time, row.seq)))
}

/// `停放9小时12分，4分钟前有信号；有线与无线设备相距80米`.
fn sentence(row: &VehicleRow, state: Option<&VehicleState>, bindings: &[BindingRow], now: Timestamp) -> Said {
    let ago = |at: Option<Timestamp>| at.map(|at| span(now.since(at)));
    let since = ago(row.state_since);
    let what = match (row.state, since) {
        (Doing::Never, _) if bindings.is_empty() => said("没有绑定设备", "no device is on it"),
        (Doing::Never, _) => said("设备从未上线", "its device was never heard"),
        (Doing::Dark, Some(since)) => {
            said(&format!("失联{}", since.zh), &format!("not heard for {}", since.en))
        }
        (Doing::Parked, Some(since)) => {
            said(&format!("停放{}", since.zh), &format!("parked for {}", since.en))
        }
        (Doing::ParkedUnseen, Some(since)) => {
            let blind = ago(row.last_fix_at).unwrap_or_else(|| said("", ""));
            said(
                &format!("停放{}，{}没有新定位", since.zh, blind.zh),
                &format!("parked for {}, out of sight for {}", since.en, blind.en),
            )
        }
        (Doing::Moving, _) => said("行驶中", "under way"),
        (Doing::Unseen, Some(since)) => said(
            &format!("在线，{}没有新定位", since.zh),
            &format!("heard, without a new position for {}", since.en),
        ),
        (Doing::Unseen | Doing::Dark | Doing::Parked | Doing::ParkedUnseen, None) => {
            said("在线，尚无定位", "heard, without a position yet")
        }
    };
    let heard = ago(row.last_heard_at).filter(|_| !matches!(row.state, Doing::Dark | Doing::Never));
    let heard = heard
        .map(|heard| said(&format!("，{}前有信号", heard.zh), &format!(", last heard {} ago", heard.en)));
    let apart = state.and_then(apart_m).map(|metres| {
        said(&format!("；两台设备相距{metres}米"), &format!("; its two devices are {metres} m apart"))
    });
    [Some(what), heard, apart].into_iter().flatten().fold(said("", ""), |mut whole, part| {
        whole.zh.push_str(&part.zh);
        whole.en.push_str(&part.en);
        whole
    })
}

fn said(zh: &str, en: &str) -> Said {
    Said { zh: zh.to_owned(), en: en.to_owned() }
}

/// Minutes, hours and minutes, days.
fn span(ms: Millis) -> Said {
    let minutes = ms.max(0) / 60_000;
    let (days, hours) = (minutes / 1_440, minutes / 60);
    match () {
        () if days >= 2 => said(&format!("{days}天"), &format!("{days} days")),
        () if hours >= 1 => {
            let rest = minutes % 60;
            said(&format!("{hours}小时{rest}分"), &format!("{hours} h {rest} min"))
        }
        () => said(&format!("{minutes}分钟"), &format!("{minutes} min")),
    }
}

/// How far its two devices are from each other, where both said so at about the same time.
fn apart_m(state: &VehicleState) -> Option<i64> {
    let mut fixes = state.devices().filter_map(|device| device.fix);
    let ((one, at), (other, then)) = (fixes.next()?, fixes.next()?);
    (at.since(then).abs() <= TOGETHER_MS).then(|| whole_m(one, other))
}

fn whole_m(one: Coordinates, other: Coordinates) -> i64 {
    let north_m = (one.lat() - other.lat()) * METRES_PER_DEGREE;
    let east_m = (one.lon() - other.lon()) * METRES_PER_DEGREE * one.lat().to_radians().cos();
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "at most half the Earth's girth"
    )]
    let metres = north_m.hypot(east_m).round() as i64;
    metres
}

/// A device's clock may be a zone off.
const AROUND_MS: Millis = 15 * 3_600_000;
/// Of reports at about the same time the last ones.
const NEWEST: usize = 8;
/// A hidden device wakes once a day; within an hour of it the car may have driven off [P].
const TOGETHER_MS: Millis = 3_600_000;
const METRES_PER_DEGREE: f64 = 111_195.08;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_as_people_tell_it() {
        let told = |minutes: i64| span(minutes * 60_000);
        assert_eq!((told(4).zh.as_str(), told(4).en.as_str()), ("4分钟", "4 min"));
        assert_eq!((told(552).zh.as_str(), told(552).en.as_str()), ("9小时12分", "9 h 12 min"));
        assert_eq!(told(3 * 1_440).en, "3 days");
        assert_eq!(told(-5).en, "0 min", "a clock that was set back");
    }
}
