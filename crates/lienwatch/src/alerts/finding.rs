//! What a rule saw, in words: a line for a list, lines for the explanation. Facts only, no judgement of a person.

use model::finding::{
    Destination, DeviceFault, DeviceTrouble, Finding, Implausibility, Locality, MovementScore, MovementSign,
    SeparationCause,
};
use model::{ContractId, Coordinates, Millis, Timestamp, VehicleId};

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
        Finding::Immobile { since, locality, .. } => {
            format!("has not moved since {since}{}", locality.map_or("", of_locality))
        }
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
        | Finding::Window { .. } => beside_the_device(finding),
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
        Finding::NearSevere { severe_over, last_place, seen_at, parked_since } => format!(
            "severe from more than {severe_over} days on; {}",
            whereabouts(*last_place, *seen_at, *parked_since)
        ),
        Finding::DeviceCheck { due, troubles } => {
            let what: Vec<String> = troubles.iter().map(trouble).collect();
            format!("due on {due}, and {}", what.join(", "))
        }
        Finding::StaysElsewhere { since, nearest_usual_m, .. } => format!(
            "has stood since {since} at a place that is none of its usual ones{}",
            nearest_usual_m.map(|metres| format!(", {metres} m from the nearest")).unwrap_or_default()
        ),
        Finding::Unvisited { since, usual, .. } => {
            format!("moves, and has been at none of its {usual} usual places since {since}")
        }
        Finding::Replaced { since, new_percent, old_percent, .. } => format!(
            "of the last ten days' standing {new_percent} % at places new since {since}, {old_percent} % at its usual ones"
        ),
        Finding::Window { since, leaves_at, .. } => {
            format!("stands since {since} where it usually stays until {leaves_at}")
        }
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
        Finding::Tampered { terminal, alarm, at: when, place, newly_bound } => vec![format!(
            "handled    terminal {terminal} said \"{alarm}\" at {when}{}{}",
            at(*place),
            if *newly_bound { ", soon after it was fitted" } else { "" }
        )],
        Finding::Immobile { place: stands, since, locality } => {
            let locality = locality.map_or("", of_locality);
            vec![format!("stands     {} since {since}{locality}", place(*stands))]
        }
        Finding::Towed { anchor, since, place: seen, speed_max_tenths_kmh } => vec![
            format!("stood     {}", at(*anchor)),
            format!(
                "moved      from {since} on, up to {} km/h, seen at {}",
                speed_max_tenths_kmh / 10,
                place(*seen)
            ),
        ],
        Finding::Separated { .. } => separated(finding),
        Finding::OneSilent { .. } | Finding::Missed { .. } => seen_of_one_device(finding),
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
        _ => vec![format!("seen       {}", in_a_line(finding))],
    }
}

const fn of_locality(locality: Locality) -> &'static str {
    match locality {
        Locality::UsualPlace => ", at one of its usual places",
        Locality::BlackPoint => ", in a black point",
        Locality::TowLot => ", in a lot for towed cars",
        Locality::Elsewhere => ", at none of its usual places",
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

fn unreached(contact_lost: bool, sms_failed_at: Option<Timestamp>) -> String {
    let sms = sms_failed_at.map(|failed_at| format!("an SMS of {failed_at} did not arrive"));
    let lost = contact_lost.then(|| "contact with the borrower is lost".to_owned());
    lost.into_iter().chain(sms).collect::<Vec<_>>().join(", ")
}

fn whereabouts(
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

fn trouble(trouble: &DeviceTrouble) -> String {
    format!("a device {} since {}", fault(trouble.what), trouble.since)
}

const fn fault(what: DeviceFault) -> &'static str {
    match what {
        DeviceFault::Silent => "is silent",
        DeviceFault::LowBattery => "says that its battery is low",
        DeviceFault::LowVehicleBattery => "says that the vehicle's battery is low",
        DeviceFault::NoFix => "reports without a position",
        DeviceFault::ClockBehind => "has a clock that is behind: time zone, or battery",
    }
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

const fn sign(sign: MovementSign) -> &'static str {
    match sign {
        MovementSign::Speed => "10 km/h or more twice",
        MovementSign::Displacement => "three fixes away",
        MovementSign::Ignition => "ignition on",
        MovementSign::Imprecise => "imprecise fixes",
        MovementSign::AfterGap => "first fixes after a gap",
        MovementSign::BackAtAnchor => "back where it stood in between",
    }
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

const fn implausible(what: Implausibility) -> &'static str {
    match what {
        Implausibility::Jump => "positions further apart than any car drives",
        Implausibility::Frozen => "always the same place at changing speeds",
        Implausibility::Future => "reports from the future",
        Implausibility::Undated => "reports without a clock",
        Implausibility::NoFix => "no satellite position",
        Implausibility::Behind => "reports of the past and none of now (clock or time zone)",
    }
}

fn parked(Destination { place: there, usual }: Destination) -> String {
    let known = match usual {
        Some(true) => ", one of its usual places",
        Some(false) => ", none of its usual places",
        None => "",
    };
    format!("{}{known}", place(there))
}

fn at(place_seen: Option<Coordinates>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

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
