//! What a rule saw, in words: a line for a list, lines for the explanation. Facts only, no judgement of a person.

use model::finding::{DeviceTrouble, Finding, MovementScore};
use model::unit::counted;
use model::{ContractId, Coordinates, Timestamp, VehicleId};
use words::Voice;
use words::en::{at, by_whom, destination, of_locality, unreached};
pub(crate) use words::en::{place, span};

/// In one line.
pub(super) fn in_a_line(finding: &Finding) -> String {
    words::en::sentence(finding, &Voice::EXACT)
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
        Finding::Towed { anchor, since, place: seen, speed_max_tenths_kmh, destination: parked } => {
            let moved = format!(
                "moved      from {since} on, up to {} km/h, seen at {}",
                speed_max_tenths_kmh / 10,
                place(*seen)
            );
            let parked = parked.map(|there| format!("parked     {}", destination(there, &Voice::EXACT)));
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
            "missed     {} of terminal {terminal}, heard at {last_heard}, which reports each {}",
            counted(missed, "report"),
            span(*interval_ms)
        )],
        Finding::Vanished {
            terminal, hidden, last_place, place_at, silent_ms, threshold_ms, around, ..
        } => {
            let hidden = hidden.map(|hidden| format!(", and terminal {hidden} with it")).unwrap_or_default();
            vec![
                format!(
                    "lost       terminal {terminal}{hidden}{}: {}",
                    last_seen(*last_place, *place_at),
                    in_a_line(finding)
                ),
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
        Finding::Lost {
            last_heard,
            last_place,
            place_at,
            silent_ms,
            threshold_ms,
            contact_lost,
            sms_failed_at,
        } => {
            vec![
                format!("borrower   {}", unreached(*contact_lost, *sms_failed_at, &Voice::EXACT)),
                format!("heard      {last_heard}{}", last_seen(*last_place, *place_at)),
                format!("silent     {} of listening (allowed: {})", span(*silent_ms), span(*threshold_ms)),
            ]
        }
        Finding::DeviceCheck { due, troubles } => {
            let of = |one: &DeviceTrouble| {
                format!(
                    "device     terminal {}: {} since {}",
                    one.terminal,
                    words::device_fault(one.what).en,
                    one.since
                )
            };
            std::iter::once(format!("due        {due}")).chain(troubles.iter().map(of)).collect()
        }
        _ => vec![format!("seen       {}", in_a_line(finding))],
    }
}

/// Where it was seen last, which may be long before it was heard last.
fn last_seen(last_place: Option<Coordinates>, place_at: Option<Timestamp>) -> String {
    let when = place_at.map(|at| format!(" ({at})")).unwrap_or_default();
    last_place.map(|at| format!(", last seen at {}{when}", place(at))).unwrap_or_default()
}

fn silent(finding: &Finding) -> Vec<String> {
    let Finding::Silent { last_heard, last_place, place_at, silent_ms, threshold_ms, was_moving, tampered } =
        finding
    else {
        return Vec::new();
    };
    vec![
        format!(
            "heard      {last_heard}{}{}",
            if *was_moving { ", moving" } else { "" },
            last_seen(*last_place, *place_at)
        ),
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
    let number = (stays > 0).then(|| format!("stay       number {stays} there within the days that count"));
    let lines =
        [format!("place      {place}, entered {since}"), format!("seen       {}", in_a_line(finding))];
    let provenance = provenance.map(|provenance| format!("watched    {provenance}"));
    lines.into_iter().chain(provenance).chain(number).collect()
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
        destination: parked,
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
    lines.extend(parked.map(|there| format!("parked     {}", destination(there, &Voice::EXACT))));
    lines.extend(score(evidence));
    lines
}

/// What else speaks for a movement, and what against it; that it left is decided by its distance, and no sum beside that helps.
fn score(score: &MovementScore) -> impl Iterator<Item = String> + '_ {
    [("signs      ", true), ("against    ", false)].into_iter().filter_map(|(head, speaks)| {
        let signs = score.0.iter().filter(|scored| (scored.points > 0) == speaks);
        let signs: Vec<&str> = signs.map(|scored| words::movement_sign(scored.sign).en).collect();
        (!signs.is_empty()).then(|| format!("{head}{}", signs.join(", ")))
    })
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
            format!(
                "stands     {}: {} and {} before",
                place(*stands),
                counted(nights, "night"),
                counted(days, "day")
            ),
            line,
            format!("case       open, by {basis}"),
        ],
        _ => vec![line],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::PlaceId;
    use model::finding::{Destination, Locality, MovementSign};

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
        assert_eq!(seen(&finding).last().map(String::as_str), Some("signs      10 km/h or more twice"));
    }
    const SILENT: &str = r#"{"type":"silent","last_heard":"2026-11-20T02:00:00Z","last_place":{"lat_e7":10000000,"lon_e7":20000000},
        "silent_ms":60000,"threshold_ms":60000,"was_moving":true,"tampered":false}"#;

    #[test]
    fn a_last_place_has_a_time_of_its_own_and_none_where_that_was_not_kept() {
        let mut finding: Finding = serde_json::from_str(SILENT).unwrap();
        let heard = "heard      2026-11-20T02:00:00Z, moving, last seen at 1.00000,2.00000";
        assert_eq!(seen(&finding).first().map(String::as_str), Some(heard));
        if let Finding::Silent { place_at, .. } = &mut finding {
            *place_at = Timestamp::parse("2026-11-20T01:00:00Z");
        }
        assert_eq!(seen(&finding).first().cloned(), Some(format!("{heard} (2026-11-20T01:00:00Z)")));
    }
}
