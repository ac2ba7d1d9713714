//! One finding of each kind, with everything in it that can be said.

use model::finding::{
    Destination, DeviceFault, DeviceTrouble, Exchange, Finding, Implausibility, Locality, MovementScore,
    MovementSign, NightPlace, Scored, SeparationCause,
};
use model::place::{Level, Origin, Provenance};
use model::{
    Alarm, ContractId, Coordinates, Date, Group, LegalBasis, Millis, PlaceId, TerminalId, Timestamp,
    VehicleId,
};

const HOUR: Millis = 3_600_000;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_ms(1_795_000_000_000 + hours * HOUR)
}

fn place() -> Coordinates {
    Coordinates::from_degrees(22.5, 114.0).unwrap()
}

fn terminal() -> TerminalId {
    TerminalId::parse("868120240000015").unwrap()
}

fn destination() -> Destination {
    Destination {
        place: place(),
        usual: Some(false),
        locality: Some(Locality::TowLot),
        watched: PlaceId::parse("lot-7").ok(),
    }
}

/// One of each kind. A new kind makes [`kind`] red until it is here too.
pub(crate) fn findings() -> Vec<Finding> {
    let all = [of_motion(), of_devices(), of_places(), of_loans(), of_many()].concat();
    let mut kinds: Vec<u8> = all.iter().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, (0..KINDS).collect::<Vec<_>>(), "a kind of finding has no sample");
    all
}

fn of_motion() -> Vec<Finding> {
    let score = MovementScore(vec![Scored { sign: MovementSign::Speed, points: 3 }]);
    vec![
        Finding::Moved {
            anchor: place(),
            parked_since: at(0),
            left_at: at(1),
            distance_m: 900,
            threshold_m: 200,
            speed_max_tenths_kmh: 365,
            score,
            destination: Some(destination()),
        },
        Finding::Immobile { place: place(), since: at(0), locality: Some(Locality::Elsewhere) },
        Finding::Towed {
            anchor: Some(place()),
            since: at(0),
            place: place(),
            speed_max_tenths_kmh: 300,
            destination: Some(destination()),
        },
        Finding::Slow { since: at(0), speed_max_kmh: 24 },
        Finding::TooFast { terminal: terminal(), at: at(0) },
        Finding::Arrived {
            anchor: place(),
            left_at: at(0),
            distance_m: 1_200,
            since: at(1),
            destination: destination(),
        },
    ]
}

fn of_devices() -> Vec<Finding> {
    vec![
        Finding::Silent {
            last_heard: at(0),
            last_place: Some(place()),
            place_at: None,
            silent_ms: 26 * HOUR,
            threshold_ms: 24 * HOUR,
            was_moving: true,
            tampered: true,
        },
        Finding::Unpowered { terminal: terminal(), since: at(0), place: Some(place()) },
        Finding::Tampered {
            terminal: terminal(),
            alarm: Alarm::Light,
            at: at(0),
            place: Some(place()),
            newly_bound: true,
            repair_shop: PlaceId::parse("shop-1").ok(),
        },
        Finding::LowBattery { terminal: terminal(), since: at(0) },
        Finding::Blind { terminal: terminal(), since: at(0), was_moving: true, jammed: true },
        Finding::Separated {
            main: terminal(),
            backup: TerminalId::parse("13912345678").unwrap(),
            main_place: place(),
            backup_place: place(),
            distance_m: 2_400,
            threshold_m: 1_000,
            cause: SeparationCause::Binding,
        },
        Finding::OneSilent {
            terminal: terminal(),
            last_heard: at(0),
            silent_ms: 26 * HOUR,
            threshold_ms: 24 * HOUR,
        },
        Finding::Missed { terminal: terminal(), last_heard: at(0), interval_ms: 24 * HOUR, missed: 2 },
        Finding::Implausible { terminal: terminal(), what: Implausibility::Jump, since: at(0), times: 3 },
        Finding::Exchanged { terminal: terminal(), at: at(0), what: Exchange::SimCard },
        Finding::Vanished {
            terminal: terminal(),
            hidden: Some(terminal()),
            last_heard: at(0),
            last_place: Some(place()),
            place_at: None,
            silent_ms: HOUR,
            threshold_ms: HOUR / 2,
            was_moving: true,
            around: Group::Everyone,
        },
    ]
}

fn of_places() -> Vec<Finding> {
    let id = PlaceId::parse("pawn-17").unwrap();
    let provenance = Some(Provenance {
        origin: Origin::Imported { file: "pawn.csv".into() },
        confirmed_by: "li".into(),
        confirmed_at: at(0),
    });
    vec![
        Finding::Inside {
            place: id,
            name: "城东".into(),
            since: at(0),
            inside_m: 40,
            parked_since: Some(at(1)),
            stays: 2,
            provenance,
        },
        Finding::Outside { place: id, name: "城东".into(), since: at(0), left_at: at(2) },
        Finding::Abroad {
            region: id,
            name: "城东".into(),
            level: Level::Province,
            home: "城东".into(),
            since: at(0),
            inside_m: 5_000,
        },
        Finding::StaysElsewhere { place: place(), since: at(0), nearest_usual_m: Some(3_000) },
        Finding::Unvisited { place: place(), since: at(0), usual: 3, frozen_at: Some(at(-99)) },
        Finding::Replaced {
            place: place(),
            since: at(0),
            new_percent: 80,
            old_percent: 5,
            frozen_at: Some(at(-99)),
        },
        Finding::Window {
            place: place(),
            since: at(0),
            leaves_at: at(5),
            nights: 9,
            days: 11,
            basis: LegalBasis::CourtDocument,
        },
    ]
}

fn of_loans() -> Vec<Finding> {
    let trouble = DeviceTrouble { terminal: terminal(), what: DeviceFault::NoFix, since: at(0) };
    vec![
        Finding::Lost {
            contact_lost: true,
            sms_failed_at: Some(at(0)),
            last_heard: at(0),
            last_place: Some(place()),
            place_at: None,
            silent_ms: 26 * HOUR,
            threshold_ms: 24 * HOUR,
        },
        Finding::NearSevere {
            severe_over: 60,
            last_place: Some(place()),
            seen_at: Some(at(0)),
            parked_since: Some(at(0)),
            night_place: Some(NightPlace { place: place(), nights: 9, until: at(0) }),
        },
        Finding::DeviceCheck { due: Date::parse("2026-11-25").unwrap(), troubles: vec![trouble, trouble] },
    ]
}

fn of_many() -> Vec<Finding> {
    vec![
        Finding::Outage { since: at(0), silent: 27, of: 30, overdue: vec![ContractId("C1".into())] },
        Finding::Gathered {
            place: place(),
            since: at(0),
            vehicles: vec![VehicleId::parse("粤B12345").unwrap()],
            count: 4,
            overdue: 2,
        },
        Finding::FeedStale { as_of: at(0), loans: 900 },
        Finding::FeedFell { as_of: at(0), loans: 500, before: 900 },
    ]
}

#[rustfmt::skip]
const fn kind(finding: &Finding) -> u8 {
    match finding {
        Finding::Moved { .. } => 0,           Finding::Silent { .. } => 1,         Finding::Unpowered { .. } => 2,
        Finding::Tampered { .. } => 3,        Finding::LowBattery { .. } => 4,     Finding::Blind { .. } => 5,
        Finding::Immobile { .. } => 6,        Finding::Towed { .. } => 7,          Finding::Separated { .. } => 8,
        Finding::OneSilent { .. } => 9,       Finding::Missed { .. } => 10,        Finding::Slow { .. } => 11,
        Finding::Implausible { .. } => 12,    Finding::TooFast { .. } => 13,       Finding::Exchanged { .. } => 14,
        Finding::Outage { .. } => 15,         Finding::Gathered { .. } => 16,      Finding::FeedStale { .. } => 17,
        Finding::FeedFell { .. } => 18,       Finding::Inside { .. } => 19,        Finding::Outside { .. } => 20,
        Finding::Abroad { .. } => 21,         Finding::Lost { .. } => 22,          Finding::NearSevere { .. } => 23,
        Finding::DeviceCheck { .. } => 24,    Finding::StaysElsewhere { .. } => 25, Finding::Unvisited { .. } => 26,
        Finding::Replaced { .. } => 27,       Finding::Window { .. } => 28,        Finding::Arrived { .. } => 29,
        Finding::Vanished { .. } => 30,
    }
}

const KINDS: u8 = 31;
