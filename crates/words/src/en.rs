//! What a rule saw, in English.
//!
//! Shape: a finding and a [`Voice`] in, one line out; the parts of a sentence for whoever shows a finding figure by figure.

mod beside;
mod parts;

use crate::{Voice, vehicle};
use beside::{of_loan, of_many, of_places};
use model::finding::Finding;
use model::unit::counted;
pub use parts::{at, by_whom, destination, known_money, money, of_locality, place, span, unreached};
use parts::{device, jammed, parked, towed, under_way};

/// In one line.
#[expect(clippy::too_many_lines, reason = "a table of sentences: one arm a finding")]
pub fn sentence(finding: &Finding, voice: &Voice<'_>) -> String {
    let time = |at| voice.time(at);
    match finding {
        Finding::Moved { distance_m, left_at, speed_max_tenths_kmh: speed, destination, .. } => {
            let parked =
                destination.map(|destination| format!("; parked again{}", parked(destination, voice)));
            let (left_at, kmh, parked) = (time(*left_at), speed / 10, parked.unwrap_or_default());
            format!("left its parking place at {left_at}, {distance_m} m away at up to {kmh} km/h{parked}")
        }
        Finding::Silent { last_heard, silent_ms, was_moving, .. } => format!(
            "last heard {}at {}, silent for {} or more of listening",
            if *was_moving { "while moving " } else { "" },
            time(*last_heard),
            span(*silent_ms)
        ),
        Finding::Unpowered { since, .. } => {
            format!("a device has been without the vehicle's supply since {}", time(*since))
        }
        Finding::Tampered { alarm, at, newly_bound, repair_shop, .. } => {
            format!("a device said \"{alarm}\" at {}{}", time(*at), by_whom(*newly_bound, *repair_shop))
        }
        Finding::LowBattery { since, .. } => format!("the battery has been low since {}", time(*since)),
        Finding::Blind { since, was_moving, jammed: is_jammed, .. } => format!(
            "no position {}since {}, though the device talks{}",
            if *was_moving { "under way " } else { "with the ignition on " },
            time(*since),
            jammed(*is_jammed)
        ),
        Finding::Immobile { since, locality, .. } => {
            format!("has not moved since {}{}", time(*since), locality.map_or("", of_locality))
        }
        Finding::Towed { since, speed_max_tenths_kmh: speed, destination, .. } => {
            towed(*since, speed / 10, *destination, voice)
        }
        Finding::Separated { distance_m, cause, .. } => {
            format!("its two devices are {distance_m} m apart: {}", vehicle::separation_cause(*cause).en)
        }
        Finding::OneSilent { last_heard, silent_ms, .. } => format!(
            "the wired device was last heard at {}, silent for {} or more; the hidden one lives",
            time(*last_heard),
            span(*silent_ms)
        ),
        Finding::Missed { last_heard, interval_ms, missed, .. } => format!(
            "the hidden device, which reports each {}, missed {missed} since {}",
            span(*interval_ms),
            time(*last_heard)
        ),
        Finding::Slow { since, speed_max_kmh } => {
            format!("no faster than {speed_max_kmh} km/h on any day since {}", time(*since))
        }
        Finding::Implausible { what, since, times, .. } => {
            format!(
                "{} since {}: {}",
                vehicle::implausibility(*what).en,
                time(*since),
                counted(times, "time")
            )
        }
        Finding::TooFast { at, .. } => format!("the device complained of the speed at {}", time(*at)),
        Finding::Exchanged { at, what, .. } => {
            format!("a device {} since {}", vehicle::exchange(*what).en, time(*at))
        }
        Finding::Vanished { last_heard, silent_ms, was_moving, hidden, .. } => format!(
            "position and network gone at once {}at {}{}, silent for {} or more while devices around are heard",
            under_way(*was_moving),
            time(*last_heard),
            if hidden.is_some() { ", of both its devices" } else { "" },
            span(*silent_ms)
        ),
        Finding::DeviceCheck { due, troubles } => {
            let what: Vec<String> = troubles.iter().map(|trouble| device(trouble, voice)).collect();
            format!("due on {due}, and {}", what.join(", "))
        }
        Finding::Inside { .. }
        | Finding::Outside { .. }
        | Finding::Abroad { .. }
        | Finding::StaysElsewhere { .. }
        | Finding::Unvisited { .. }
        | Finding::Replaced { .. }
        | Finding::Window { .. }
        | Finding::Arrived { .. } => of_places(finding, voice),
        Finding::Outage { .. }
        | Finding::Gathered { .. }
        | Finding::FeedStale { .. }
        | Finding::FeedFell { .. } => of_many(finding, voice),
        Finding::Lost { .. } | Finding::NearSevere { .. } => of_loan(finding, voice),
    }
}
