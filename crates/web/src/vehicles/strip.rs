//! A day of a vehicle as a strip: when it moved, stood, was not heard, and what of it came late.
//!
//! ```text
//! beat --the next within a quarter of an hour, or at the same place--> a segment of what it did between them
//! beat --longer, elsewhere--> no signal          segments of a kind that follow one another are one; halts of a minute are none
//! ```
//! Shape: [`Beat`]s in the order of time, a day in; [`Segment`]s out, which cover the day without a gap. Units: milliseconds,
//! metres. Errors: none. Source: `ux.md` §4 screen 2; constants marked [P] are ours.

use model::{Coordinates, Millis, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A report, as far as the strip needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Beat {
    pub(crate) at: Timestamp,
    pub(crate) place: Option<Coordinates>,
    pub(crate) speed_kmh: Option<f64>,
    pub(crate) ignition: Option<bool>,
    pub(crate) is_late: bool,
}

/// What a vehicle did for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Moving,
    Parked,
    NoSignal,
    /// It is known, and was not when it happened.
    Late,
}

/// One stretch of the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Segment {
    #[schema(value_type = String, format = DateTime)]
    pub(crate) from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) to: Timestamp,
    pub(crate) kind: Kind,
    /// By the newest report that says; null where none does.
    pub(crate) ignition: Option<bool>,
}

/// The strip of a stretch of time.
pub(crate) fn strip(beats: &[Beat], from: Timestamp, to: Timestamp) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (beat, next) in beats.iter().zip(beats.iter().skip(1)) {
        let ignition = next.ignition.or(beat.ignition);
        push(
            &mut segments,
            Segment { from: beat.at, to: next.at, kind: between(beat, next), ignition },
            (from, to),
        );
    }
    let segments = without_halts(segments);
    filled(segments, from, to)
}

/// What happened between two reports.
fn between(beat: &Beat, next: &Beat) -> Kind {
    let gap_ms = next.at.since(beat.at);
    let moved_m = beat.place.zip(next.place).map(|(one, other)| apart_m(one, other));
    let stayed = moved_m.is_none_or(|moved_m| moved_m <= DRIFT_M);
    match () {
        () if gap_ms > SILENT_MS && !(stayed && gap_ms <= ASLEEP_MS) => Kind::NoSignal,
        () if next.is_late => Kind::Late,
        () if gap_ms > SILENT_MS => Kind::Parked,
        () if is_driving(next.speed_kmh) || (is_driving(beat.speed_kmh) && !stayed) => Kind::Moving,
        // No speed, or a slow one, all the same elsewhere.
        () if moved_m.is_some_and(|moved_m| moved_m > DRIFT_M) => Kind::Moving,
        () => Kind::Parked,
    }
}

fn is_driving(speed_kmh: Option<f64>) -> bool {
    speed_kmh.is_some_and(|speed_kmh| speed_kmh >= DRIVING_KMH)
}

/// Adds a segment, or lengthens the last one; what is outside the stretch is cut off.
fn push(segments: &mut Vec<Segment>, segment: Segment, (from, to): (Timestamp, Timestamp)) {
    let cut = Segment { from: segment.from.max(from), to: segment.to.min(to), ..segment };
    if cut.from >= cut.to {
        return;
    }
    match segments.last_mut() {
        Some(last) if last.to == cut.from && (last.kind, last.ignition) == (cut.kind, cut.ignition) => {
            last.to = cut.to;
        }
        _ => segments.push(cut),
    }
}

/// A halt at a traffic light belongs to the ride.
fn without_halts(segments: Vec<Segment>) -> Vec<Segment> {
    let mut kept: Vec<Segment> = Vec::with_capacity(segments.len());
    let mut rest = segments.into_iter().peekable();
    while let Some(mut segment) = rest.next() {
        let is_short = segment.kind == Kind::Parked && segment.to.since(segment.from) < HALT_MS;
        let rides_on = kept.last().is_some_and(|last| last.kind == Kind::Moving && last.to == segment.from)
            && rest.peek().is_some_and(|next| next.kind == Kind::Moving && next.from == segment.to);
        if is_short && rides_on {
            segment.kind = Kind::Moving;
        }
        match kept.last_mut() {
            Some(last)
                if last.to == segment.from
                    && (last.kind, last.ignition) == (segment.kind, segment.ignition) =>
            {
                last.to = segment.to;
            }
            _ => kept.push(segment),
        }
    }
    kept
}

/// Before the first report, behind the last one and between segments nothing is known.
fn filled(segments: Vec<Segment>, from: Timestamp, to: Timestamp) -> Vec<Segment> {
    let silence = |from, to| Segment { from, to, kind: Kind::NoSignal, ignition: None };
    let mut filled = Vec::with_capacity(segments.len().saturating_add(2));
    let mut until = from;
    for segment in segments {
        if segment.from > until {
            filled.push(silence(until, segment.from));
        }
        until = segment.to;
        filled.push(segment);
    }
    if until < to {
        filled.push(silence(until, to));
    }
    filled
}

fn apart_m(one: Coordinates, other: Coordinates) -> f64 {
    let north_m = (one.lat() - other.lat()) * METRES_PER_DEGREE;
    let east_m = (one.lon() - other.lon()) * METRES_PER_DEGREE * one.lat().to_radians().cos();
    north_m.hypot(east_m)
}

/// Three of the usual reports of a parked wired device [P].
const SILENT_MS: Millis = 15 * 60_000;
/// A hidden device that wakes at the same place once a day stood there [P].
const ASLEEP_MS: Millis = 26 * 3_600_000;
/// A parked receiver drifts [P].
const DRIFT_M: f64 = 150.0;
/// Faster than a receiver that stands says it is [P].
const DRIVING_KMH: f64 = 5.0;
/// A traffic light [P].
const HALT_MS: Millis = 3 * 60_000;
const METRES_PER_DEGREE: f64 = 111_195.08;

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Millis = 60_000;

    fn beat(minute: i64, north_m: f64, speed_kmh: f64) -> Beat {
        let place = Coordinates::from_degrees(22.5 + north_m / METRES_PER_DEGREE, 114.0).unwrap();
        Beat {
            at: Timestamp::from_ms(minute * MINUTE),
            place: Some(place),
            speed_kmh: Some(speed_kmh),
            ignition: Some(speed_kmh > 0.0),
            is_late: false,
        }
    }

    fn told(beats: &[Beat], to: i64) -> Vec<(i64, i64, Kind)> {
        let segments = strip(beats, Timestamp::from_ms(0), Timestamp::from_ms(to * MINUTE));
        segments.iter().map(|it| (it.from.ms() / MINUTE, it.to.ms() / MINUTE, it.kind)).collect()
    }

    #[test]
    fn a_day_without_a_report_is_no_signal() {
        assert_eq!(told(&[], 60), [(0, 60, Kind::NoSignal)]);
        assert_eq!(
            told(&[beat(30, 0.0, 0.0)], 60),
            [(0, 60, Kind::NoSignal)],
            "one report says nothing between"
        );
    }

    #[test]
    fn a_ride_with_a_traffic_light_is_one_ride() {
        let beats = [
            beat(0, 0.0, 0.0),
            beat(10, 0.0, 0.0),
            beat(11, 800.0, 48.0),
            beat(12, 1_600.0, 48.0),
            beat(13, 1_605.0, 0.0),
            beat(14, 2_400.0, 48.0),
            beat(15, 3_200.0, 48.0),
            beat(16, 3_210.0, 0.0),
            beat(30, 3_215.0, 0.0),
        ];
        let all_off: Vec<Beat> = beats.map(|beat| Beat { ignition: None, ..beat }).into();
        assert_eq!(
            told(&all_off, 30),
            [(0, 10, Kind::Parked), (10, 15, Kind::Moving), (15, 30, Kind::Parked)]
        );
    }

    #[test]
    fn a_hidden_device_that_wakes_where_it_slept_stood_there_and_elsewhere_was_not_heard() {
        let slept = [beat(0, 0.0, 0.0), beat(600, 10.0, 0.0)];
        assert_eq!(told(&slept, 600), [(0, 600, Kind::Parked)]);
        let moved = [beat(0, 0.0, 0.0), beat(600, 5_000.0, 0.0)];
        assert_eq!(told(&moved, 600), [(0, 600, Kind::NoSignal)]);
    }

    #[test]
    fn what_came_late_is_told_as_late() {
        let late = |minute, north_m| Beat { is_late: true, ..beat(minute, north_m, 40.0) };
        let beats = [beat(0, 0.0, 40.0), late(5, 3_000.0), late(10, 6_000.0), beat(11, 6_700.0, 40.0)];
        assert_eq!(told(&beats, 11), [(0, 10, Kind::Late), (10, 11, Kind::Moving)]);
    }

    #[test]
    fn the_strip_covers_the_day_and_no_more() {
        let beats =
            [beat(-10, 0.0, 0.0), beat(5, 0.0, 0.0), beat(70, 9_000.0, 30.0), beat(71, 9_500.0, 30.0)];
        let told = told(&beats, 60);
        assert_eq!(told, [(0, 5, Kind::Parked), (5, 60, Kind::NoSignal)]);
    }
}
