//! What a rule saw, in words: a line for a list, lines for the explanation. Facts only, no judgement of a person.

mod words;

use model::finding::{DeviceTrouble, Finding, MovementScore, NightPlace, SeparationCause};
use model::{ContractId, Coordinates, Timestamp, VehicleId};
use words::{
    at, by_whom, exchange, fault, implausible, of_locality, parked, sign, towed, trouble, unreached,
    whereabouts,
};
pub(crate) use words::{place, span};

/// In one line.
pub(super) fn in_a_line(finding: &Finding) -> String {
    match finding {
        Finding::Moved { distance_m, left_at, speed_max_tenths_kmh: speed, destination, .. } => {
            let parked = destination.map(|destination| format!("; parked again at {}", parked(destination)));
            let (kmh, parked) = (speed / 10, parked.unwrap_or_default());
            format!("left its parking place at {left_at}, {distance_m} m away at up to {kmh} km/h{parked}")
        }
        Finding::Silent { last_heard, silent_ms, was_moving, .. } => format!(
            "last heard {}at {last_heard}, silent for {} of listening",
            if *was_moving { "while moving " } else { "" },
            span(*silent_ms)
        ),
        Finding::Unpowered { since, .. } => {
            format!("a device has been without the vehicle's supply since {since}")
        }
        Finding::Tampered { alarm, at, newly_bound, repair_shop, .. } => {
            format!("a device said \"{alarm}\" at {at}{}", by_whom(*newly_bound, *repair_shop))
        }
        Finding::LowBattery { since, .. } => format!("the battery has been low since {since}"),
        Finding::Blind { since, was_moving, jammed, .. } => format!(
            "no position {}since {since}, though the device talks{}",
            if *was_moving { "under way " } else { "with the ignition on " },
            if *jammed { "; it says that it is jammed" } else { "" }
        ),
        Finding::Immobile { since, locality, .. } => {
            format!("has not moved since {since}{}", locality.map_or("", of_locality))
        }
        Finding::Towed { since, speed_max_tenths_kmh: speed, destination, .. } => {
            towed(*since, speed / 10, *destination)
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
        Finding::Exchanged { at, what, .. } => format!("a device {} since {at}", exchange(*what)),
        Finding::Outage { .. }
        | Finding::Gathered { .. }
        | Finding::FeedStale { .. }
        | Finding::FeedFell { .. }
        | Finding::Inside { .. }
        | Finding::Outside { .. }
        | Finding::Abroad { .. }
        | Finding::Lost { .. }
        | Finding::NearSevere { .. }
        | Finding::DeviceCheck { .. }
        | Finding::StaysElsewhere { .. }
        | Finding::Unvisited { .. }
        | Finding::Replaced { .. }
        | Finding::Window { .. }
        | Finding::Vanished { .. }
        | Finding::Arrived { .. } => beside_the_device(finding),
    }
}

/// What is seen of a vehicle with its places and its loan, or of many vehicles.
fn beside_the_device(finding: &Finding) -> String {
    match finding {
        Finding::Outage { since, silent, of, overdue, .. } => format!(
            "{silent} of {of} devices that share this fell silent together at {since}; {} overdue contracts among them",
            overdue.len()
        ),
        Finding::Gathered { since, count, overdue, .. } => {
            format!("{count} vehicles stand together since {since}, {overdue} of them past due")
        }
        Finding::FeedStale { as_of, loans } => {
            format!(
                "the newest loan book is as of {as_of}: nothing is stated of its {loans} loans until the next"
            )
        }
        Finding::FeedFell { as_of, loans, before } => format!(
            "the loan book as of {as_of} has {loans} loans, the one in force {before}: refused, and not in force"
        ),
        Finding::Inside { name, since, inside_m, parked_since, .. } => match parked_since {
            Some(stood) => format!("stands in \"{name}\" since {stood}, {inside_m} m inside its border"),
            None => format!("in \"{name}\" since {since}, {inside_m} m inside its border"),
        },
        Finding::Outside { name, left_at, .. } => format!("left \"{name}\" at {left_at}"),
        Finding::Abroad { name, level, home, since, inside_m, .. } => format!(
            "in another {level}, \"{name}\", since {since}, {inside_m} m inside its border; it belongs to \"{home}\""
        ),
        Finding::Lost { contact_lost, sms_failed_at, last_heard, silent_ms, .. } => format!(
            "{}; last heard at {last_heard}, silent for {} of listening",
            unreached(*contact_lost, *sms_failed_at),
            span(*silent_ms)
        ),
        Finding::NearSevere { severe_over, last_place, seen_at, parked_since, night_place } => format!(
            "severe from more than {severe_over} days on; {}{}",
            whereabouts(*last_place, *seen_at, *parked_since),
            night_place.map(|night| format!("; {}", at_night(night))).unwrap_or_default()
        ),
        Finding::DeviceCheck { due, troubles } => {
            let what: Vec<String> = troubles.iter().map(trouble).collect();
            format!("due on {due}, and {}", what.join(", "))
        }
        Finding::StaysElsewhere { since, nearest_usual_m, .. } => format!(
            "has stood since {since} at a place that is none of its usual ones{}",
            nearest_usual_m.map(|metres| format!(", {metres} m from the nearest")).unwrap_or_default()
        ),
        Finding::Unvisited { since, usual, frozen_at, .. } => format!(
            "moves, and has been at none of its {usual} usual places since {since}{}",
            of_profile(*frozen_at)
        ),
        Finding::Replaced { since, new_percent, old_percent, frozen_at, .. } => format!(
            "of the last ten days' standing {new_percent} % at places new since {since}, {old_percent} % at its usual ones{}",
            of_profile(*frozen_at)
        ),
        Finding::Window { since, leaves_at, .. } => {
            format!("stands since {since} where it usually stays until {leaves_at}")
        }
        Finding::Arrived { left_at, since, distance_m, destination, .. } => format!(
            "went {distance_m} m after {left_at} and stands since {since} at {}",
            parked(*destination)
        ),
        Finding::Vanished { last_heard, silent_ms, was_moving, hidden, .. } => format!(
            "position and network gone at once {}at {last_heard}{}, silent for {} while devices around are heard",
            if *was_moving { "under way " } else { "" },
            if hidden.is_some() { ", of both its devices" } else { "" },
            span(*silent_ms)
        ),
        _ => String::new(),
    }
}

/// With every figure that it rests on.
pub(super) fn seen(finding: &Finding) -> Vec<String> {
    match finding {
        Finding::Moved { .. } => moved(finding),
        Finding::Silent { .. } => silent(finding),
        Finding::Unpowered { terminal, since, place } => {
            vec![format!("supply     terminal {terminal} lost it at {since}{}", at(*place))]
        }
        Finding::Tampered { terminal, alarm, at: when, place, newly_bound, repair_shop } => vec![format!(
            "handled    terminal {terminal} said \"{alarm}\" at {when}{}{}",
            at(*place),
            by_whom(*newly_bound, *repair_shop)
        )],
        Finding::Immobile { place: stands, since, locality } => {
            let locality = locality.map_or("", of_locality);
            vec![format!("stands     {} since {since}{locality}", place(*stands))]
        }
        Finding::Towed { anchor, since, place: seen, speed_max_tenths_kmh, destination } => {
            let moved = format!(
                "moved      from {since} on, up to {} km/h, seen at {}",
                speed_max_tenths_kmh / 10,
                place(*seen)
            );
            let parked = destination.map(|destination| format!("parked     {}", parked(destination)));
            [format!("stood     {}", at(*anchor)), moved].into_iter().chain(parked).collect()
        }
        Finding::Separated { .. } => separated(finding),
        Finding::Arrived { anchor, left_at, .. } => vec![
            format!("stood      {} until {left_at}", place(*anchor)),
            format!("parked     {}", in_a_line(finding)),
        ],
        Finding::OneSilent { .. } | Finding::Missed { .. } | Finding::Vanished { .. } => {
            seen_of_one_device(finding)
        }
        Finding::Outage { overdue, .. } => outage(finding, overdue),
        Finding::Gathered { place: around, vehicles, .. } => gathered(finding, *around, vehicles),
        Finding::Inside { .. } | Finding::Outside { .. } | Finding::Abroad { .. } => of_place(finding),
        Finding::StaysElsewhere { .. }
        | Finding::Unvisited { .. }
        | Finding::Replaced { .. }
        | Finding::Window { .. } => places_seen(finding),
        Finding::Lost { .. }
        | Finding::DeviceCheck { .. }
        | Finding::Slow { .. }
        | Finding::FeedStale { .. }
        | Finding::FeedFell { .. }
        | Finding::NearSevere { .. } => seen_beside_the_loan(finding),
        Finding::LowBattery { terminal, .. }
        | Finding::Blind { terminal, .. }
        | Finding::Implausible { terminal, .. }
        | Finding::Exchanged { terminal, .. }
        | Finding::TooFast { terminal, .. } => {
            vec![format!("seen       terminal {terminal}: {}", in_a_line(finding))]
        }
    }
}

/// What one device of several does not say.
fn seen_of_one_device(finding: &Finding) -> Vec<String> {
    match finding {
        Finding::OneSilent { terminal, last_heard, silent_ms, threshold_ms } => vec![format!(
            "silent     terminal {terminal} since {last_heard}: {} of listening (allowed: {})",
            span(*silent_ms),
            span(*threshold_ms)
        )],
        Finding::Missed { terminal, last_heard, interval_ms, missed } => vec![format!(
            "missed     {missed} reports of terminal {terminal}, heard at {last_heard}, which reports each {}",
            span(*interval_ms)
        )],
        Finding::Vanished { terminal, hidden, last_place, silent_ms, threshold_ms, around, .. } => {
            let hidden = hidden.map(|hidden| format!(", and terminal {hidden} with it")).unwrap_or_default();
            vec![
                format!("lost       terminal {terminal}{}{hidden}: {}", at(*last_place), in_a_line(finding)),
                format!(
                    "silent     {} of listening (counts from {}); others heard all the time: {around}",
                    span(*silent_ms),
                    span(*threshold_ms)
                ),
            ]
        }
        _ => vec![format!("seen       {}", in_a_line(finding))],
    }
}

/// What needs more than a line, of what is seen together with a loan.
fn seen_beside_the_loan(finding: &Finding) -> Vec<String> {
    match finding {
        Finding::Lost { last_heard, last_place, silent_ms, threshold_ms, contact_lost, sms_failed_at } => {
            vec![
                format!("borrower   {}", unreached(*contact_lost, *sms_failed_at)),
                format!("heard      {last_heard}{}", at(*last_place)),
                format!("silent     {} of listening (allowed: {})", span(*silent_ms), span(*threshold_ms)),
            ]
        }
        Finding::DeviceCheck { due, troubles } => {
            let of = |one: &DeviceTrouble| {
                format!("device     terminal {}: {} since {}", one.terminal, fault(one.what), one.since)
            };
            std::iter::once(format!("due        {due}")).chain(troubles.iter().map(of)).collect()
        }
        _ => vec![format!("seen       {}", in_a_line(finding))],
    }
}

fn silent(finding: &Finding) -> Vec<String> {
    let Finding::Silent { last_heard, last_place, silent_ms, threshold_ms, was_moving, tampered } = finding
    else {
        return Vec::new();
    };
    vec![
        format!("heard      {last_heard}{}{}", at(*last_place), if *was_moving { ", moving" } else { "" }),
        format!(
            "silent     {} of listening (allowed: {}){}",
            span(*silent_ms),
            span(*threshold_ms),
            if *tampered { ", after a power cut, removal or jamming" } else { "" }
        ),
    ]
}

fn separated(finding: &Finding) -> Vec<String> {
    let Finding::Separated { main, backup, main_place, backup_place, distance_m, threshold_m, cause } =
        finding
    else {
        return Vec::new();
    };
    vec![
        format!("wired      terminal {main} at {}", place(*main_place)),
        format!("hidden     terminal {backup} at {}", place(*backup_place)),
        format!("apart      {distance_m} m (errors and time explain {threshold_m} m); likely cause: {cause}"),
    ]
}

fn outage(finding: &Finding, overdue: &[ContractId]) -> Vec<String> {
    let seen = format!("seen       {}", in_a_line(finding));
    [seen].into_iter().chain(overdue.iter().map(|contract| format!("overdue    {contract}"))).collect()
}

fn gathered(finding: &Finding, around: Coordinates, vehicles: &[VehicleId]) -> Vec<String> {
    let names: Vec<&str> = vehicles.iter().map(VehicleId::as_str).collect();
    vec![
        format!("around     {}: {}", place(around), in_a_line(finding)),
        format!("vehicles   {}", names.join(", ")),
    ]
}

/// What was seen of a place that is watched.
fn of_place(finding: &Finding) -> Vec<String> {
    let (place, since, stays, provenance) = match finding {
        Finding::Inside { place, since, stays, provenance, .. } => {
            (place, since, *stays, provenance.as_ref())
        }
        Finding::Outside { place, since, .. } | Finding::Abroad { region: place, since, .. } => {
            (place, since, 0, None)
        }
        _ => return Vec::new(),
    };
    let counted = (stays > 0).then(|| format!("stay       number {stays} there within the days that count"));
    let lines =
        [format!("place      {place}, entered {since}"), format!("seen       {}", in_a_line(finding))];
    let provenance = provenance.map(|provenance| format!("watched    {provenance}"));
    lines.into_iter().chain(provenance).chain(counted).collect()
}

fn at_night(NightPlace { place: there, nights, until }: NightPlace) -> String {
    format!("usually stands at night at {}, on {nights} nights until {until}", place(there))
}

/// How it left, where it went, and what speaks for it.
fn moved(finding: &Finding) -> Vec<String> {
    let Finding::Moved {
        anchor,
        parked_since,
        left_at,
        distance_m,
        threshold_m,
        speed_max_tenths_kmh,
        score: evidence,
        destination,
    } = finding
    else {
        return Vec::new();
    };
    let mut lines = vec![
        format!("stood      {} since {parked_since}", place(*anchor)),
        format!(
            "left       {left_at}: {distance_m} m away (counts from {threshold_m} m), up to {} km/h",
            speed_max_tenths_kmh / 10
        ),
    ];
    lines.extend(destination.map(|destination| format!("parked     {}", parked(destination))));
    lines.extend(score(evidence));
    lines
}

/// What speaks for a movement and against it; nothing of an alert of before that was counted.
fn score(score: &MovementScore) -> Option<String> {
    let signs = score.0.iter().map(|scored| format!("{} {:+}", sign(scored.sign), scored.points));
    let signs = signs.collect::<Vec<_>>().join(", ");
    let (points, enough) = (score.points(), MovementScore::ENOUGH);
    (!score.is_empty()).then(|| format!("score      {points} ({enough} speak for a movement): {signs}"))
}

/// What concerns its usual places, with every figure that it rests on.
fn places_seen(finding: &Finding) -> Vec<String> {
    let line = format!("seen       {}", in_a_line(finding));
    match finding {
        Finding::StaysElsewhere { place: stands, .. } => {
            vec![format!("stands     {}", place(*stands)), line]
        }
        Finding::Unvisited { place: left, .. } => vec![format!("left       {}", place(*left)), line],
        Finding::Replaced { place: new, .. } => vec![format!("stands     mostly {}", place(*new)), line],
        Finding::Window { place: stands, nights, days, basis, .. } => vec![
            format!("stands     {}: {nights} nights and {days} days before", place(*stands)),
            line,
            format!("case       open, by {basis}"),
        ],
        _ => vec![line],
    }
}

fn of_profile(frozen_at: Option<Timestamp>) -> String {
    frozen_at.map(|at| format!(" (profile of {at}, frozen)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::finding::{Destination, Locality, MovementSign};
    use model::{Coordinates, PlaceId, Timestamp};

    #[test]
    fn a_tow_that_has_ended_names_the_lot_where_the_car_is() {
        let (since, place) =
            (Timestamp::from_ms(0), Coordinates::from_e7(225_000_000, 1_140_000_000).unwrap());
        let (locality, watched) = (Some(Locality::TowLot), PlaceId::parse("lot-7").ok());
        let destination = Some(Destination { place, usual: Some(false), locality, watched });
        let finding = Finding::Towed { anchor: None, since, place, speed_max_tenths_kmh: 360, destination };
        let parked = "22.50000,114.00000, none of its usual places, in a lot for towed cars (lot-7)";
        assert!(in_a_line(&finding).ends_with(&format!("at up to 36 km/h; parked at {parked}")));
        assert_eq!(seen(&finding).last(), Some(&format!("parked     {parked}")));
    }

    const STORED: &str = r#"{"type":"moved","anchor":{"lat_e7":1,"lon_e7":2},"parked_since":"2026-11-20T00:00:00Z",
        "left_at":"2026-11-20T02:00:00Z","distance_m":900,"threshold_m":200,"speed_max_tenths_kmh":360}"#;

    #[test]
    fn a_stored_movement_of_before_the_score_still_reads_and_shows_none() {
        let mut finding: Finding = serde_json::from_str(STORED).unwrap();
        assert_eq!(seen(&finding).len(), 2);
        if let Finding::Moved { score, .. } = &mut finding {
            score.0.push(model::finding::Scored { sign: MovementSign::Speed, points: 3 });
        }
        assert_eq!(
            seen(&finding).last().map(String::as_str),
            Some("score      3 (5 speak for a movement): 10 km/h or more twice +3")
        );
    }
}
