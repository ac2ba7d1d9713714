//! What happens to a car, or to what its devices say, because of a part that it plays.
//!
//! Shape: script, part, life so far → [`Mishap`]s. Units: as in `model`.

use super::{DAY_MS, FIRST_DAY, HOUR_MS, MINUTE_MS, NETWORK_OUTAGE, Script, start};
use crate::facts::FED_MS;
use crate::life::{Fitting, Life, Mishap, Part, rested};
use model::{Alarm, Millis, Timestamp};

/// Of one part.
pub(super) fn of(script: &mut Script, part: Part, life: &Life) -> Vec<Mishap> {
    let (hour, end) = (script.hour, script.end());
    match part {
        Part::Vanisher => vec![Mishap::Gone { from: hour }],
        Part::Hider => {
            let into_it = script.dice.between(0, NETWORK_OUTAGE.long / MINUTE_MS) * MINUTE_MS;
            vec![Mishap::Gone { from: start().plus(NETWORK_OUTAGE.from + into_it) }]
        }
        Part::Tampered | Part::Fitted | Part::Exchanged => hands(script, part, life),
        Part::DeadWire => vec![Mishap::Hooked { from: start(), to: end }],
        Part::LateWire => late_wires(script, life),
        Part::Split => vec![Mishap::LeftBehind { from: hour.plus(-MINUTE_MS) }],
        Part::Drifter => (0..8)
            .map(|_| {
                let from = script.moment();
                Mishap::Excursions { from, to: from.plus(script.dice.between(30, 180) * MINUTE_MS) }
            })
            .collect(),
        Part::Garaged => nights_underground(life),
        Part::Daily if script.dice.percent(50) => {
            let day = script.moment().min(hour.plus(-3 * DAY_MS)).since(start()) / DAY_MS;
            vec![Mishap::Overslept { day }]
        }
        Part::LateTeller => {
            vec![Mishap::Away { from: hour.plus(-5 * MINUTE_MS), to: hour.plus(90 * MINUTE_MS) }]
        }
        Part::LateLeaver => unheard_drive(script, life),
        Part::Towed => {
            let hooked = life.drives.last().map(|(from, to)| Mishap::Hooked { from: *from, to: *to });
            hooked.into_iter().collect()
        }
        Part::Spoofed => fed(script),
        Part::Glitched => glitches(script, life),
        _ => Vec::new(),
    }
}

/// A hand on a device.
fn hands(script: &mut Script, part: Part, life: &Life) -> Vec<Mishap> {
    let hour = script.hour;
    let removed = |fitting: Option<&Fitting>, at: Timestamp| {
        fitting.map(|fitting| Mishap::Raises { alarm: Alarm::Removed, at, by: fitting.terminal })
    };
    // On the device that was fitted last.
    let (oldest, newest) = (life.fittings.first(), life.fittings.last());
    let fitted = removed(newest, hour.plus(40 * MINUTE_MS));
    let both = match part {
        Part::Tampered => {
            let gone = script.dice.percent(50).then(|| Mishap::Gone { from: hour.plus(15 * MINUTE_MS) });
            [removed(newest, hour), gone]
        }
        // The old one comes off when the office has written it down, and says so once more; the new one is put on.
        Part::Exchanged => [removed(oldest, hour.plus(10 * MINUTE_MS)), fitted],
        _ => [fitted, None],
    };
    both.into_iter().flatten().collect()
}

/// Down the ramp before it stands, and up again after it has left: each evening until the next morning.
fn nights_underground(life: &Life) -> Vec<Mishap> {
    let next = life.drives.iter().skip(1);
    let stays = life.drives.iter().zip(next);
    let long = stays.filter(|((_, in_), (out, _))| out.since(*in_) >= 6 * HOUR_MS);
    long.map(|((_, in_), (out, _))| Mishap::Underground { from: in_.plus(-40_000), to: out.plus(40_000) })
        .collect()
}

/// A device that waits until the voltage of its wire has been high for a while.
fn late_wires(script: &mut Script, life: &Life) -> Vec<Mishap> {
    let late = |(leaves, _): &(Timestamp, Timestamp)| {
        let seconds = script.dice.between(SLOW_WIRE_S_MIN, SLOW_WIRE_S_MAX);
        Mishap::Hooked { from: *leaves, to: leaves.plus(seconds * 1_000) }
    };
    life.drives.iter().map(late).collect()
}

/// One drive that nobody hears of before the car stands where it went, before what else happens to it.
fn unheard_drive(script: &Script, life: &Life) -> Vec<Mishap> {
    let within = start().plus(DAY_MS)..script.hour.plus(-DAY_MS);
    let drive = rested(&life.drives).find(|(leaves, _)| within.contains(leaves));
    let unheard = |(leaves, stands): (Timestamp, Timestamp)| Mishap::Away {
        from: leaves.plus(-5 * MINUTE_MS),
        to: stands.plus(20 * MINUTE_MS),
    };
    drive.map(unheard).into_iter().collect()
}

/// Once for a night, and now and then for an hour: days apart, so that each is an event.
fn fed(script: &mut Script) -> Vec<Mishap> {
    let (hour, end) = (script.hour, script.end());
    let long = Mishap::Jumps { from: hour, to: hour.plus(FED_MS + 4 * HOUR_MS) };
    let moments: Vec<Timestamp> = (0..3).map(|_| script.moment()).collect();
    let apart = moments.into_iter().filter(|from| from.since(hour).abs() >= 3 * DAY_MS);
    let short = apart
        .map(|from| Mishap::Jumps { from, to: from.plus(script.dice.between(60, 240) * MINUTE_MS).min(end) });
    [long].into_iter().chain(short).collect()
}

/// On one drive in some days: a single reflection, or a tunnel at the end of which the receiver is wrong twice.
fn glitches(script: &mut Script, life: &Life) -> Vec<Mishap> {
    let mut glitches = Vec::new();
    let mut from = start().plus(FIRST_DAY * DAY_MS);
    for (leaves, stands) in life.drives.iter().copied() {
        if leaves < from || stands.since(leaves) < GLITCHED_DRIVE_MS_MIN {
            continue;
        }
        from = leaves.plus(script.dice.between(GLITCH_DAYS_MIN, GLITCH_DAYS_MAX) * DAY_MS);
        let metres = script.dice.between(REFLECTED_M_MIN, REFLECTED_M_MAX);
        let under_way = leaves.plus(2 * MINUTE_MS);
        if script.dice.percent(50) {
            glitches.push(Mishap::Reflected { from: under_way, to: under_way.plus(FIX_MS), metres });
        } else {
            let out = under_way.plus(script.dice.between(60, 240) * 1_000);
            glitches.push(Mishap::Tunnel { from: under_way, to: out });
            glitches.push(Mishap::Reflected { from: out, to: out.plus(2 * FIX_MS), metres });
        }
    }
    glitches
}

/// Slower than any wire of a device that debounces it, and no journey on a hook.
const SLOW_WIRE_S_MIN: i64 = 40;
const SLOW_WIRE_S_MAX: i64 = 90;
/// Between two fixes of a device under way.
const FIX_MS: Millis = 30_000;
/// Long enough for a tunnel and what comes after.
const GLITCHED_DRIVE_MS_MIN: Millis = 8 * MINUTE_MS;
const GLITCH_DAYS_MIN: i64 = 3;
const GLITCH_DAYS_MAX: i64 = 9;
/// Off the facade of a tower, or out of an almanac of yesterday.
const REFLECTED_M_MIN: i64 = 2_500;
const REFLECTED_M_MAX: i64 = 9_000;
