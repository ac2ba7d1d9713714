//! Words for the parts of a finding.
//!
//! Shape: a value in, words out. Units: degrees to a metre, minutes or hours. Errors: none.

use model::finding::{
    Destination, DeviceFault, DeviceTrouble, Exchange, Implausibility, Locality, MovementSign,
};
use model::{Coordinates, Millis, PlaceId, Timestamp};

pub(super) const fn of_locality(locality: Locality) -> &'static str {
    match locality {
        Locality::UsualPlace => ", at one of its usual places",
        Locality::BlackPoint => ", in a black point",
        Locality::TowLot => ", in a lot for towed cars",
        Locality::Elsewhere => ", at none of its usual places",
        Locality::Dealer => ", on a dealer's ground",
        Locality::RepairShop => ", in a repair shop",
    }
}

pub(super) fn unreached(contact_lost: bool, sms_failed_at: Option<Timestamp>) -> String {
    let sms = sms_failed_at.map(|failed_at| format!("an SMS of {failed_at} did not arrive"));
    let lost = contact_lost.then(|| "contact with the borrower is lost".to_owned());
    lost.into_iter().chain(sms).collect::<Vec<_>>().join(", ")
}

pub(super) fn whereabouts(
    last_place: Option<Coordinates>,
    seen_at: Option<Timestamp>,
    parked_since: Option<Timestamp>,
) -> String {
    let (Some(seen), Some(seen_at)) = (last_place, seen_at) else {
        return "the vehicle has not been seen yet".to_owned();
    };
    match parked_since {
        Some(since) => format!("stands at {} since {since}, last seen {seen_at}", place(seen)),
        None => format!("last seen at {} at {seen_at}", place(seen)),
    }
}

pub(super) fn trouble(trouble: &DeviceTrouble) -> String {
    format!("a device {} since {}", fault(trouble.what), trouble.since)
}

pub(super) const fn fault(what: DeviceFault) -> &'static str {
    match what {
        DeviceFault::Silent => "is silent",
        DeviceFault::LowBattery => "says that its battery is low",
        DeviceFault::LowVehicleBattery => "says that the vehicle's battery is low",
        DeviceFault::NoFix => "reports without a position",
        DeviceFault::ClockBehind => "has a clock that is behind: time zone, or battery",
    }
}

pub(super) const fn sign(sign: MovementSign) -> &'static str {
    match sign {
        MovementSign::Speed => "10 km/h or more twice",
        MovementSign::Displacement => "three fixes away",
        MovementSign::Ignition => "ignition on",
        MovementSign::Odometer => "the odometer grew",
        MovementSign::Vibration => "vibration as it left",
        MovementSign::Imprecise => "imprecise fixes",
        MovementSign::AfterGap => "first fixes after a gap",
        MovementSign::BackAtAnchor => "back where it stood in between",
    }
}

pub(super) const fn implausible(what: Implausibility) -> &'static str {
    match what {
        Implausibility::Jump => "positions further apart than any car drives",
        Implausibility::Frozen => "always the same place at changing speeds",
        Implausibility::Future => "reports from the future",
        Implausibility::Undated => "reports without a clock",
        Implausibility::NoFix => "no satellite position",
        Implausibility::Behind => "reports of the past and none of now (clock or time zone)",
    }
}

pub(super) fn parked(Destination { place: there, usual, locality, watched }: Destination) -> String {
    let known = match usual {
        Some(true) => ", one of its usual places",
        Some(false) => ", none of its usual places",
        None => "",
    };
    let ground = watched.zip(locality).map(|(id, locality)| format!("{} ({id})", of_locality(locality)));
    format!("{}{known}{}", place(there), ground.unwrap_or_default())
}

/// Whose hands it may have been.
pub(super) fn by_whom(newly_bound: bool, repair_shop: Option<PlaceId>) -> String {
    let fitted = if newly_bound { ", soon after it was fitted" } else { "" };
    let shop = repair_shop.map(|id| format!(", in a repair shop ({id})")).unwrap_or_default();
    format!("{fitted}{shop}")
}

pub(super) fn at(place_seen: Option<Coordinates>) -> String {
    place_seen.map(|seen| format!(" at {}", place(seen))).unwrap_or_default()
}

/// Degrees, to a metre.
pub(crate) fn place(at: Coordinates) -> String {
    format!("{:.5},{:.5}", at.lat(), at.lon())
}

pub(crate) fn span(ms: Millis) -> String {
    let minutes = ms / 60_000;
    if minutes < 180 { format!("{minutes} min") } else { format!("{} h", minutes / 60) }
}

pub(super) const fn exchange(what: Exchange) -> &'static str {
    match what {
        Exchange::SimCard => "has another SIM card",
        Exchange::Device => "gives another equipment number",
        Exchange::Plate => "says that it is on another plate",
    }
}

pub(super) fn towed(since: Timestamp, kmh: u16, destination: Option<Destination>) -> String {
    let parked = destination.map(|destination| format!("; parked at {}", parked(destination)));
    format!("moves with the ignition off since {since}, at up to {kmh} km/h{}", parked.unwrap_or_default())
}
