//! Parts of English sentences.
//!
//! Shape: a value in, words out. Units: degrees to a metre, minutes or hours. Errors: none.

use crate::{Voice, vehicle};
use model::finding::{Destination, DeviceTrouble, Locality, NightPlace};
use model::{Coordinates, Millis, PlaceId, Timestamp};

/// Degrees, to a metre.
pub fn place(at: Coordinates) -> String {
    format!("{:.5},{:.5}", at.lat(), at.lon())
}

/// Behind what was seen: at which place; nothing where none is known.
pub fn at(seen: Option<Coordinates>) -> String {
    seen.map(|seen| format!(" at {}", place(seen))).unwrap_or_default()
}

/// `179 min`, `26 h`.
pub fn span(ms: Millis) -> String {
    let minutes = ms / 60_000;
    if minutes < 180 { format!("{minutes} min") } else { format!("{} h", minutes / 60) }
}

/// The smallest unit as people write it: `1250.00`.
pub fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// A sum, or that nobody stated it.
pub fn known_money(cents: Option<i64>) -> String {
    cents.map_or_else(|| "—".to_owned(), money)
}

/// At what kind of place.
pub const fn of_locality(locality: Locality) -> &'static str {
    match locality {
        Locality::UsualPlace => ", at one of its usual places",
        Locality::BlackPoint => ", in a black point",
        Locality::TowLot => ", in a lot for towed cars",
        Locality::Elsewhere => ", at none of its usual places",
        Locality::Dealer => ", on a dealer's ground",
        Locality::RepairShop => ", in a repair shop",
    }
}

/// Why the borrower cannot be reached.
pub fn unreached(contact_lost: bool, sms_failed_at: Option<Timestamp>, voice: &Voice<'_>) -> String {
    let sms = sms_failed_at.map(|failed_at| format!("an SMS of {} did not arrive", voice.time(failed_at)));
    let lost = contact_lost.then(|| "contact with the borrower is lost".to_owned());
    lost.into_iter().chain(sms).collect::<Vec<_>>().join(", ")
}

/// Where it parked, and what kind of place that is.
pub fn destination(destination: Destination, voice: &Voice<'_>) -> String {
    let Destination { place: there, usual, locality, watched } = destination;
    let known = usual.map(|usual| if usual { "one of its usual places" } else { "none of its usual places" });
    let ground = watched.zip(locality).map(|(id, locality)| {
        let ground = of_locality(locality).trim_start_matches(", ");
        format!("{ground} ({id})")
    });
    let parts = voice.place(there).into_iter().chain(known.map(str::to_owned)).chain(ground);
    parts.collect::<Vec<_>>().join(", ")
}

/// The same behind `parked`, `stands`.
pub(super) fn parked(at: Destination, voice: &Voice<'_>) -> String {
    let said = destination(at, voice);
    match voice.place(at.place) {
        _ if said.is_empty() => said,
        Some(_) => format!(" at {said}"),
        None => format!(", {said}"),
    }
}

/// Whose hands it may have been.
pub fn by_whom(newly_bound: bool, repair_shop: Option<PlaceId>) -> String {
    let fitted = if newly_bound { ", soon after it was fitted" } else { "" };
    let shop = repair_shop.map(|id| format!(", in a repair shop ({id})")).unwrap_or_default();
    format!("{fitted}{shop}")
}

pub(super) fn towed(
    since: Timestamp,
    kmh: u16,
    destination: Option<Destination>,
    voice: &Voice<'_>,
) -> String {
    let parked = destination.map(|destination| format!("; parked{}", parked(destination, voice)));
    let since = voice.time(since);
    format!("moves with the ignition off since {since}, at up to {kmh} km/h{}", parked.unwrap_or_default())
}

pub(super) fn whereabouts(
    seen: Option<(Coordinates, Timestamp)>,
    parked_since: Option<Timestamp>,
    voice: &Voice<'_>,
) -> String {
    let Some((seen, seen_at)) = seen else { return "the vehicle has not been seen yet".to_owned() };
    let there = voice.place(seen).map(|there| format!(" at {there}")).unwrap_or_default();
    let seen_at = voice.time(seen_at);
    match parked_since {
        Some(since) => format!("stands{there} since {}, last seen {seen_at}", voice.time(since)),
        None => format!("last seen{there} at {seen_at}"),
    }
}

pub(super) fn at_night(NightPlace { place: there, nights, until }: NightPlace, voice: &Voice<'_>) -> String {
    let there = voice.place(there).unwrap_or_else(|| "one place".to_owned());
    format!("usually stands at night at {there}, on {nights} nights until {}", voice.time(until))
}

pub(super) fn device(trouble: &DeviceTrouble, voice: &Voice<'_>) -> String {
    format!("a device {} since {}", vehicle::device_fault(trouble.what).en, voice.time(trouble.since))
}

pub(super) fn of_profile(frozen_at: Option<Timestamp>, voice: &Voice<'_>) -> String {
    frozen_at.map(|at| format!(" (profile of {}, frozen)", voice.time(at))).unwrap_or_default()
}

pub(super) const fn under_way(was_moving: bool) -> &'static str {
    if was_moving { "under way " } else { "" }
}

pub(super) const fn jammed(is_jammed: bool) -> &'static str {
    if is_jammed { "; it says that it is jammed" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_minutes_up_to_three_hours() {
        assert_eq!([179 * 60_000, 180 * 60_000, 26 * 3_600_000].map(span), ["179 min", "3 h", "26 h"]);
    }

    #[test]
    fn money_is_told_to_the_cent() {
        assert_eq!([0, 5, 125_000, -5].map(money), ["0.00", "0.05", "1250.00", "-0.05"]);
    }
}
