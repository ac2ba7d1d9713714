//! What is seen of a vehicle with its places and its loan, or of many vehicles.

use super::parts::{at_night, of_profile, parked, span, unreached, whereabouts};
use crate::Voice;
use model::finding::Finding;
use model::unit::counted;

pub(super) fn of_places(finding: &Finding, voice: &Voice<'_>) -> String {
    let time = |at| voice.time(at);
    match finding {
        Finding::Inside { name, since, inside_m, parked_since, .. } => match parked_since {
            Some(stood) => {
                format!("stands in \"{name}\" since {}, {inside_m} m inside its border", time(*stood))
            }
            None => format!("in \"{name}\" since {}, {inside_m} m inside its border", time(*since)),
        },
        Finding::Outside { name, left_at, .. } => format!("left \"{name}\" at {}", time(*left_at)),
        Finding::Abroad { name, level, home, since, inside_m, .. } => format!(
            "in another {level}, \"{name}\", since {}, {inside_m} m inside its border; it belongs to \"{home}\"",
            time(*since)
        ),
        Finding::StaysElsewhere { since, nearest_usual_m, .. } => format!(
            "has stood since {} at a place that is none of its usual ones{}",
            time(*since),
            nearest_usual_m.map(|metres| format!(", {metres} m from the nearest")).unwrap_or_default()
        ),
        Finding::Unvisited { since, usual, frozen_at, .. } => format!(
            "moves, and has been at none of its {usual} usual places since {}{}",
            time(*since),
            of_profile(*frozen_at, voice)
        ),
        Finding::Replaced { since, new_percent, old_percent, frozen_at, .. } => format!(
            "of the last ten days' standing {new_percent} % at places new since {}, {old_percent} % at its usual ones{}",
            time(*since),
            of_profile(*frozen_at, voice)
        ),
        Finding::Window { since, leaves_at, .. } => {
            format!("stands since {} where it usually stays until {}", time(*since), time(*leaves_at))
        }
        Finding::Arrived { left_at, since, distance_m, destination, .. } => format!(
            "went {distance_m} m after {} and stands since {}{}",
            time(*left_at),
            time(*since),
            parked(*destination, voice)
        ),
        _ => String::new(),
    }
}

pub(super) fn of_many(finding: &Finding, voice: &Voice<'_>) -> String {
    let time = |at| voice.time(at);
    match finding {
        Finding::Outage { since, silent, of, overdue, .. } => format!(
            "{silent} of {of} devices that share this fell silent together at {}; {} among them",
            time(*since),
            counted(overdue.len(), "overdue contract")
        ),
        Finding::Gathered { since, count, overdue, .. } => {
            format!("{count} vehicles stand together since {}, {overdue} of them past due", time(*since))
        }
        Finding::FeedStale { as_of, loans } => format!(
            "the newest loan book is as of {}: nothing is stated of its {} until the next",
            time(*as_of),
            counted(loans, "loan")
        ),
        Finding::FeedFell { as_of, loans, before } => format!(
            "the loan book as of {} has {}, the one in force {before}: refused, and not in force",
            time(*as_of),
            counted(loans, "loan")
        ),
        _ => String::new(),
    }
}

pub(super) fn of_loan(finding: &Finding, voice: &Voice<'_>) -> String {
    match finding {
        Finding::Lost { contact_lost, sms_failed_at, last_heard, silent_ms, .. } => format!(
            "{}; last heard at {}, silent for {} or more of listening",
            unreached(*contact_lost, *sms_failed_at, voice),
            voice.time(*last_heard),
            span(*silent_ms)
        ),
        Finding::NearSevere { severe_over, last_place, seen_at, parked_since, night_place } => format!(
            "severe from more than {severe_over} days on; {}{}",
            whereabouts(last_place.zip(*seen_at), *parked_since, voice),
            night_place.map(|night| format!("; {}", at_night(night, voice))).unwrap_or_default()
        ),
        _ => String::new(),
    }
}
