//! What a rule saw, in words: a line for a list, lines for the explanation. Facts only, no judgement of a person.

use model::finding::{Finding, Implausibility, SeparationCause};
use model::{Coordinates, Millis};

/// In one line.
pub(super) fn in_a_line(finding: &Finding) -> String {
    match finding {
        Finding::Moved { distance_m, left_at, speed_max_tenths_kmh, .. } => format!(
            "left its parking place at {left_at}, {distance_m} m away at up to {} km/h",
            speed_max_tenths_kmh / 10
        ),
        Finding::Silent { last_heard, silent_ms, was_moving, .. } => format!(
            "last heard {}at {last_heard}, silent for {} of listening",
            if *was_moving { "while moving " } else { "" },
            span(*silent_ms)
        ),
        Finding::Unpowered { since, .. } => {
            format!("a device has been without the vehicle's supply since {since}")
        }
        Finding::Tampered { alarm, at, newly_bound, .. } => format!(
            "a device said \"{alarm}\" at {at}{}",
            if *newly_bound { ", soon after it was fitted" } else { "" }
        ),
        Finding::LowBattery { since, .. } => format!("the battery has been low since {since}"),
        Finding::Blind { since, was_moving, jammed, .. } => format!(
            "no position {}since {since}, though the device talks{}",
            if *was_moving { "under way " } else { "with the ignition on " },
            if *jammed { "; it says that it is jammed" } else { "" }
        ),
        Finding::Immobile { since, .. } => format!("has not moved since {since}"),
        Finding::Towed { since, speed_max_tenths_kmh, .. } => {
            format!("moves with the ignition off since {since}, at up to {} km/h", speed_max_tenths_kmh / 10)
        }
        Finding::Separated { distance_m, cause, .. } => format!(
            "its two devices are {distance_m} m apart: {}",
            match cause {
                SeparationCause::Removed => "they were together before",
                SeparationCause::Binding => "never seen together, check which vehicle each is on",
            }
        ),
        Finding::OneSilent { last_heard, silent_ms, .. } => format!(
            "the wired device was last heard at {last_heard}, silent for {}; the hidden one lives",
            span(*silent_ms)
        ),
        Finding::Missed { last_heard, interval_ms, missed, .. } => format!(
            "the hidden device, which reports each {}, missed {missed} since {last_heard}",
            span(*interval_ms)
        ),
        Finding::Slow { since, speed_max_kmh } => {
            format!("no faster than {speed_max_kmh} km/h on any day since {since}")
        }
        Finding::Implausible { what, since, times, .. } => {
            format!("{} since {since}: {times} times", implausible(*what))
        }
        Finding::TooFast { at, .. } => format!("the device complained of the speed at {at}"),
        Finding::Exchanged { at, .. } => format!("a device has another SIM card since {at}"),
    }
}

/// With every figure that it rests on.
pub(super) fn seen(finding: &Finding) -> Vec<String> {
    match finding {
        Finding::Moved { anchor, parked_since, left_at, distance_m, threshold_m, speed_max_tenths_kmh } => {
            vec![
                format!("stood      {} since {parked_since}", place(*anchor)),
                format!(
                    "left       {left_at}: {distance_m} m away (counts from {threshold_m} m), up to {} km/h",
                    speed_max_tenths_kmh / 10
                ),
            ]
        }
        Finding::Silent { last_heard, last_place, silent_ms, threshold_ms, was_moving, tampered } => vec![
            format!(
                "heard      {last_heard}{}{}",
                at(*last_place),
                if *was_moving { ", moving" } else { "" }
            ),
            format!(
                "silent     {} of listening (allowed: {}){}",
                span(*silent_ms),
                span(*threshold_ms),
                if *tampered { ", after a power cut, removal or jamming" } else { "" }
            ),
        ],
        Finding::Unpowered { terminal, since, place } => {
            vec![format!("supply     terminal {terminal} lost it at {since}{}", at(*place))]
        }
        Finding::Tampered { terminal, alarm, at: when, place, newly_bound } => vec![format!(
            "handled    terminal {terminal} said \"{alarm}\" at {when}{}{}",
            at(*place),
            if *newly_bound { ", soon after it was fitted" } else { "" }
        )],
        Finding::Immobile { place: stands, since } => {
            vec![format!("stands     {} since {since}", place(*stands))]
        }
        Finding::Towed { anchor, since, place: seen, speed_max_tenths_kmh } => vec![
            format!("stood     {}", at(*anchor)),
            format!(
                "moved      from {since} on, up to {} km/h, seen at {}",
                speed_max_tenths_kmh / 10,
                place(*seen)
            ),
        ],
        Finding::Separated { main, backup, main_place, backup_place, distance_m, threshold_m, cause } => {
            vec![
                format!("wired      terminal {main} at {}", place(*main_place)),
                format!("hidden     terminal {backup} at {}", place(*backup_place)),
                format!(
                    "apart      {distance_m} m (errors and time explain {threshold_m} m); likely cause: {cause}"
                ),
            ]
        }
        Finding::OneSilent { terminal, last_heard, silent_ms, threshold_ms } => vec![format!(
            "silent     terminal {terminal} since {last_heard}: {} of listening (allowed: {})",
            span(*silent_ms),
            span(*threshold_ms)
        )],
        Finding::Missed { terminal, last_heard, interval_ms, missed } => vec![format!(
            "missed     {missed} reports of terminal {terminal}, heard at {last_heard}, which reports each {}",
            span(*interval_ms)
        )],
        Finding::Slow { .. } => vec![format!("seen       {}", in_a_line(finding))],
        Finding::LowBattery { terminal, .. }
        | Finding::Blind { terminal, .. }
        | Finding::Implausible { terminal, .. }
        | Finding::Exchanged { terminal, .. }
        | Finding::TooFast { terminal, .. } => {
            vec![format!("seen       terminal {terminal}: {}", in_a_line(finding))]
        }
    }
}

const fn implausible(what: Implausibility) -> &'static str {
    match what {
        Implausibility::Jump => "positions further apart than any car drives",
        Implausibility::Frozen => "always the same place at changing speeds",
        Implausibility::Future => "reports from the future",
        Implausibility::Undated => "reports without a clock",
        Implausibility::NoFix => "no satellite position",
    }
}

fn at(place_seen: Option<Coordinates>) -> String {
    place_seen.map(|seen| format!(" at {}", place(seen))).unwrap_or_default()
}

/// Degrees, to a metre.
pub(super) fn place(at: Coordinates) -> String {
    format!("{:.5},{:.5}", at.lat(), at.lon())
}

fn span(ms: Millis) -> String {
    let minutes = ms / 60_000;
    if minutes < 180 { format!("{minutes} min") } else { format!("{} h", minutes / 60) }
}
