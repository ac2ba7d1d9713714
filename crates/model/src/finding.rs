//! What a rule saw: facts of the vehicle and its devices, one shape for each kind of fact.
//!
//! Units: metres, milliseconds, tenths of km/h; each in its name. Source: `domain.md` §3b.

mod destination;
mod exchange;
mod fault;
mod score;
mod subject;

use crate::loan::LegalBasis;
use crate::place::{Level, Provenance};
use crate::{Alarm, ContractId, Coordinates, Date, Group, Millis, PlaceId, TerminalId, Timestamp, VehicleId};
pub use destination::{Destination, Locality, NightPlace};
pub use exchange::Exchange;
pub use fault::{DeviceFault, DeviceTrouble, Implausibility, SeparationCause};
pub use score::{MovementScore, MovementSign, Scored};
use serde::{Deserialize, Serialize};

/// What a rule saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Finding {
    /// The vehicle left its parking place.
    Moved {
        /// Where it stood.
        anchor: Coordinates,
        /// Since when it stood there.
        parked_since: Timestamp,
        /// First fix away from there.
        left_at: Timestamp,
        /// How far away the furthest confirming fix was, metres.
        distance_m: u32,
        /// How far it had to be, metres.
        threshold_m: u32,
        /// The highest speed among the confirming fixes, tenths of km/h.
        speed_max_tenths_kmh: u16,
        /// What speaks for and against it. Alerts of before it was counted have none.
        #[serde(default, skip_serializing_if = "MovementScore::is_empty")]
        score: MovementScore,
        /// Where it parked again, once it has.
        #[serde(default)]
        destination: Option<Destination>,
    },
    /// The vehicle has not been heard of.
    Silent {
        /// Last valid frame from any of its terminals.
        last_heard: Timestamp,
        /// Where it was seen last, if it was.
        last_place: Option<Coordinates>,
        /// When it was there by its device; unknown of an alert from before this was kept.
        place_at: Option<Timestamp>,
        /// Time since it was heard in which the server could listen.
        silent_ms: Millis,
        /// How much silence the rule allows.
        threshold_ms: Millis,
        /// It was moving when last heard.
        was_moving: bool,
        /// It reported a power cut, removal or jamming shortly before.
        tampered: bool,
    },
    /// A device lost the vehicle's supply.
    Unpowered {
        /// Which.
        terminal: TerminalId,
        /// Its first word of it.
        since: Timestamp,
        /// Where the vehicle was seen last.
        place: Option<Coordinates>,
    },
    /// Somebody laid hands on a device.
    Tampered {
        /// Which.
        terminal: TerminalId,
        /// What it says.
        alarm: Alarm,
        /// When.
        at: Timestamp,
        /// Where the vehicle was seen last.
        place: Option<Coordinates>,
        /// It was put on the vehicle shortly before: fitters have their hands on it.
        newly_bound: bool,
        /// The repair shop that it was in then, if it was.
        #[serde(default)]
        repair_shop: Option<PlaceId>,
    },
    /// A battery is low.
    LowBattery {
        /// Whose word it is.
        terminal: TerminalId,
        /// Since when.
        since: Timestamp,
    },
    /// A device talks and has no position.
    Blind {
        /// Which.
        terminal: TerminalId,
        /// Since when, with the ignition on or under way.
        since: Timestamp,
        /// The vehicle was under way.
        was_moving: bool,
        /// The device says that it is jammed.
        jammed: bool,
    },
    /// The vehicle stands.
    Immobile {
        /// Where.
        place: Coordinates,
        /// Since when.
        since: Timestamp,
        /// What kind of place that is; `None` where too little is known of the vehicle, and in alerts of before it was said.
        #[serde(default)]
        locality: Option<Locality>,
    },
    /// The vehicle moves with its ignition off.
    Towed {
        /// Where it stood, if known.
        anchor: Option<Coordinates>,
        /// Since when it moves like that.
        since: Timestamp,
        /// Where it was seen last.
        place: Coordinates,
        /// The highest speed since, tenths of km/h.
        speed_max_tenths_kmh: u16,
        /// Where it was parked, once it was.
        #[serde(default)]
        destination: Option<Destination>,
    },
    /// Two devices of one vehicle are at two places.
    Separated {
        /// The wired device.
        main: TerminalId,
        /// The hidden one.
        backup: TerminalId,
        /// Where the wired one is.
        main_place: Coordinates,
        /// Where the hidden one is.
        backup_place: Coordinates,
        /// Between them, metres.
        distance_m: u32,
        /// What their errors and the time between their fixes explain, metres.
        threshold_m: u32,
        /// Why, most likely.
        cause: SeparationCause,
    },
    /// One device fell silent, another one lives.
    OneSilent {
        /// The silent one.
        terminal: TerminalId,
        /// Last valid frame from it.
        last_heard: Timestamp,
        /// Time since it was heard in which the server could listen.
        silent_ms: Millis,
        /// How much silence the rule allows.
        threshold_ms: Millis,
    },
    /// A device that reports by the clock did not.
    Missed {
        /// Which.
        terminal: TerminalId,
        /// Last valid frame from it.
        last_heard: Timestamp,
        /// How often it usually reports.
        interval_ms: Millis,
        /// Reports that did not come.
        missed: u32,
    },
    /// No faster than an electric bicycle.
    Slow {
        /// The first of the days.
        since: Timestamp,
        /// The highest speed of all of them, km/h.
        speed_max_kmh: u16,
    },
    /// Positions or times that cannot be.
    Implausible {
        /// Whose.
        terminal: TerminalId,
        /// What is wrong with them.
        what: Implausibility,
        /// Since when.
        since: Timestamp,
        /// How often.
        times: u32,
    },
    /// The device complains of the vehicle's speed.
    TooFast {
        /// Which.
        terminal: TerminalId,
        /// When.
        at: Timestamp,
    },
    /// What says which device it is, is another one.
    Exchanged {
        /// Which.
        terminal: TerminalId,
        /// When it was noticed.
        at: Timestamp,
        /// What.
        #[serde(default)]
        what: Exchange,
    },
    /// Devices that share something fell silent together.
    Outage {
        /// From when on.
        since: Timestamp,
        /// How many fell silent.
        silent: u32,
        /// How many of them there were.
        of: u32,
        /// Contracts past due whose vehicles cannot be heard, the longest past due first, up to
        /// [`Finding::NAMED_MAX`].
        overdue: Vec<ContractId>,
    },
    /// Several vehicles stand together.
    Gathered {
        /// Around which place.
        place: Coordinates,
        /// Since when there have been enough of them.
        since: Timestamp,
        /// Which, in the order of their names, up to [`Finding::NAMED_MAX`].
        vehicles: Vec<VehicleId>,
        /// How many there are.
        count: u32,
        /// How many of them are past due.
        overdue: u32,
    },
    /// A lender's loan book has not come.
    FeedStale {
        /// As of when the newest states its rows.
        as_of: Timestamp,
        /// How many loans rest on it.
        loans: u32,
    },
    /// A lender's loan book came with far fewer loans than the one in force, and was refused.
    FeedFell {
        /// As of when it states its rows.
        as_of: Timestamp,
        /// How many loans it has.
        loans: u32,
        /// How many the one in force has.
        before: u32,
    },
    /// The vehicle is in a place that is watched.
    Inside {
        /// Which.
        place: PlaceId,
        /// What people call it.
        name: String,
        /// Since when.
        since: Timestamp,
        /// How far inside the border it was, at the deepest, metres.
        inside_m: u32,
        /// Since when it stands there; none while it drives.
        parked_since: Option<Timestamp>,
        /// Which of its stays there within the rule's days this is, from 1; 0 where stays do not count.
        stays: u32,
        /// Where the place is from and who stands for it. None of places and alerts of before that was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provenance: Option<Provenance>,
    },
    /// The vehicle left a place that is watched.
    Outside {
        /// Which.
        place: PlaceId,
        /// What people call it.
        name: String,
        /// Since when it had been inside.
        since: Timestamp,
        /// First fix outside, beyond what its error explains.
        left_at: Timestamp,
    },
    /// The vehicle is in another region than the one it belongs to.
    Abroad {
        /// Which.
        region: PlaceId,
        /// What people call it.
        name: String,
        /// What the region is.
        level: Level,
        /// What people call the one that it belongs to.
        home: String,
        /// Since when.
        since: Timestamp,
        /// How far inside the border it was, at the deepest, metres.
        inside_m: u32,
    },
    /// Neither the borrower nor the vehicle can be reached.
    Lost {
        /// Contact with the borrower is lost, by the book.
        contact_lost: bool,
        /// Since when an SMS to the borrower has not arrived, if it did not.
        sms_failed_at: Option<Timestamp>,
        /// Last valid frame from any of the vehicle's terminals.
        last_heard: Timestamp,
        /// Where it was seen last, if it was.
        last_place: Option<Coordinates>,
        /// When it was there by its device; unknown of an alert from before this was kept.
        place_at: Option<Timestamp>,
        /// Time since it was heard in which the server could listen.
        silent_ms: Millis,
        /// How much silence the rule allows.
        threshold_ms: Millis,
    },
    /// The loan is days away from severe overdue.
    NearSevere {
        /// Severe from more days past due than this.
        severe_over: u32,
        /// Where the vehicle was seen last, if it was.
        last_place: Option<Coordinates>,
        /// When it was there.
        seen_at: Option<Timestamp>,
        /// Since when it stands there, if it does.
        parked_since: Option<Timestamp>,
        /// Where it usually stands at night.
        night_place: Option<NightPlace>,
    },
    /// A due date is near, and devices on the vehicle do not do what they should.
    DeviceCheck {
        /// The due date.
        due: Date,
        /// What is wrong, device by device.
        troubles: Vec<DeviceTrouble>,
    },
    /// The vehicle stands where it usually does not.
    StaysElsewhere {
        /// Where.
        place: Coordinates,
        /// Since when.
        since: Timestamp,
        /// From there to the nearest of its usual places, metres.
        nearest_usual_m: Option<u32>,
    },
    /// None of the usual places was visited.
    Unvisited {
        /// The last one that was.
        place: Coordinates,
        /// When it was left.
        since: Timestamp,
        /// How many there are.
        usual: u32,
        /// When they were frozen, if they are those from before the arrears.
        frozen_at: Option<Timestamp>,
    },
    /// Other places have taken the room of the usual ones.
    Replaced {
        /// The new place where it stands most.
        place: Coordinates,
        /// The first day of the first new place.
        since: Timestamp,
        /// Share of the dwell of ten days at new places, percent.
        new_percent: u32,
        /// The same at the usual places of before.
        old_percent: u32,
        /// When these were frozen, if they are those from before the arrears.
        frozen_at: Option<Timestamp>,
    },
    /// The vehicle stands where it usually stays for long.
    Window {
        /// Where.
        place: Coordinates,
        /// Since when.
        since: Timestamp,
        /// When it usually leaves, having come at that time of the day.
        leaves_at: Timestamp,
        /// Nights that it has been there.
        nights: u32,
        /// Days that it has been there.
        days: u32,
        /// What makes a recovery lawful.
        basis: LegalBasis,
    },
    /// The vehicle went where it is not known, shortly after another trip was told of.
    Arrived {
        /// Where it stood before.
        anchor: Coordinates,
        /// When it was seen there last.
        left_at: Timestamp,
        /// From there to where it stands, metres.
        distance_m: u32,
        /// Since when it stands.
        since: Timestamp,
        /// Where.
        destination: Destination,
    },
    /// Position and network were lost at once, while others around were heard.
    Vanished {
        /// The wired device.
        terminal: TerminalId,
        /// A hidden one that talked until then and fell silent with it.
        hidden: Option<TerminalId>,
        /// Last valid frame from any of the vehicle's terminals.
        last_heard: Timestamp,
        /// Where it was seen last, if it was.
        last_place: Option<Coordinates>,
        /// When it was there by its device; unknown of an alert from before this was kept.
        place_at: Option<Timestamp>,
        /// Time since it was heard in which the server could listen.
        silent_ms: Millis,
        /// How much silence the rule allows.
        threshold_ms: Millis,
        /// It was moving when last heard.
        was_moving: bool,
        /// Where others have been heard well since then.
        around: Group,
    },
}

impl Finding {
    /// Contracts or vehicles named in one finding; a list for a person, and an alert of some kilobytes.
    pub const NAMED_MAX: usize = 100;
}
