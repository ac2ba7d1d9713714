//! An alert: one fact about one vehicle (or what many have in common), raised once, explained, and ended for a named reason.
//!
//! ```text
//! (condition) --loan fresh--> Open          (condition) --loan stale--> Unconfirmed
//! Unconfirmed --fresh loan agrees--> Open   Unconfirmed --fresh loan disagrees--> Withdrawn
//! Open --staff--> Acknowledged              Open | Acknowledged --staff, or P2..P4 condition over--> Closed
//! any live state --payment, settlement, hold, binding change--> Withdrawn
//! ```
//! Units: see each field. Source: `domain.md` §3b; DESIGN.md §4.

mod triage;

use crate::code::codes;
use crate::finding::Finding;
use crate::loan::{Course, Dealings, Standing};
use crate::{About, AlertId, Coordinates, Loan, Seq, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};
pub use triage::{AlertEvent, Custody, Owner, Triage};

codes! {
    /// What an alert states. The codes are those of the taxonomy.
    pub enum Rule {
        /// An overdue vehicle left the place where it stood.
        OverdueMoved = "OVERDUE_MOVED",
        /// An overdue vehicle has not been heard of.
        OverdueOffline = "OVERDUE_OFFLINE",
        /// A vehicle on which nothing is past due has not been heard of: a matter of the device.
        OfflineNoLoan = "OFFLINE_NOLOAN",
        /// A device lost the vehicle's supply.
        PowerCut = "POWER_CUT",
        /// A device was uncovered, opened or taken off.
        TamperLight = "TAMPER_LIGHT",
        /// The vehicle's battery is low, and stays so.
        LowVehicleBattery = "LOW_VEH_BATT",
        /// A device's own battery is low, and stays so.
        LowDeviceBattery = "LOW_DEV_BATT",
        /// A vehicle under way lost its position while its device goes on talking.
        JamSuspect = "JAM_SUSPECT",
        /// The ignition is on and there is no position.
        IgnitionNoGps = "IGN_NO_GPS",
        /// A vehicle has not moved for days.
        Abandoned = "ABANDONED",
        /// Two devices of one vehicle are at two places.
        PairSeparated = "PAIR_SEPARATED",
        /// The wired device fell silent, the hidden one lives.
        PairLiveness = "PAIR_LIVENESS",
        /// Day after day no faster than an electric bicycle.
        EbikeSignature = "EBIKE_SIGNATURE",
        /// The vehicle moves with its ignition off.
        Tow = "TOW",
        /// Positions that cannot be.
        JumpSpoof = "JUMP_SPOOF",
        /// The device says that the vehicle is too fast.
        Speed = "SPEED",
        /// A device is not the one that it was.
        DeviceMoved = "DEVICE_MOVED",
        /// A hidden device missed its hour.
        WirelessMissed = "WIRELESS_MISSED",
        /// A clock or positions that are of no use.
        ClockQuality = "CLOCK_QUALITY",
        /// The vehicle is in a place that it is not to enter.
        FenceIn = "FENCE_IN",
        /// The vehicle left a place that it is not to leave.
        FenceOut = "FENCE_OUT",
        /// The vehicle is in another region than the one it belongs to.
        RegionCross = "REGION_CROSS",
        /// The vehicle drives through a place where pledged cars collect.
        BlackpointPass = "BLACKPOINT_PASS",
        /// The vehicle stands in a place where pledged cars collect.
        BlackpointStay = "BLACKPOINT_STAY",
        /// The vehicle stands in a lot for towed cars.
        Impound = "IMPOUND",
        /// Something is past due, the borrower cannot be reached and the vehicle is silent.
        PersonAndCarLost = "PERSON_AND_CAR_LOST",
        /// The loan is days away from severe overdue.
        SevereBoundary = "SEVERE_BOUNDARY",
        /// A due date is near and a device on the vehicle does not do what it should.
        DeviceCheckDue = "DEVICE_CHECK_DUE",
        /// An overdue vehicle stands for a day at a place where it usually does not.
        DwellUnknown = "DWELL_UNKNOWN",
        /// A vehicle moves and visits none of its usual places.
        HabitBreak = "HABIT_BREAK",
        /// Other places have taken the room of the usual ones.
        HabitReplaced = "HABIT_REPLACED",
        /// A vehicle whose recovery is lawful stands where it usually stays for hours.
        RecoveryWindow = "RECOVERY_WINDOW",
        /// Several vehicles stand together where they do not usually.
        Gathering = "GATHERING",
        /// A lender's loan book has not come.
        LoanFeedStale = "LOAN_FEED_STALE",
        /// Devices that share something fell silent together.
        Outage = "OUTAGE",
    }
}

codes! {
    /// How soon somebody must act.
    pub enum Severity {
        /// Now, within minutes.
        P1 = "P1",
        /// Today.
        P2 = "P2",
        /// On the work list.
        P3 = "P3",
        /// Log only.
        P4 = "P4",
    }
}

codes! {
    /// Why an alert closed.
    pub enum CloseReason {
        /// Staff say it was right.
        Confirmed = "confirmed",
        /// Staff say it was wrong.
        FalseAlarm = "false_alarm",
        /// Staff cannot say.
        Unclear = "unclear",
        /// The condition is over.
        ConditionOver = "condition_over",
    }
}

codes! {
    /// Why an alert was taken back.
    pub enum WithdrawReason {
        /// The arrears were paid.
        Paid = "paid",
        /// The loan is settled.
        Settled = "settled",
        /// A hold dominates.
        Held = "held",
        /// A fresh loan book says the loan is current.
        Current = "current",
        /// The loan is no longer in the book.
        Absent = "absent",
        /// The terminal belongs to another vehicle.
        BindingChanged = "binding_changed",
        /// Something is past due now: another rule speaks of the same.
        Overdue = "overdue",
        /// It is part of a wider outage, which is told instead.
        Merged = "merged",
    }
}

codes! {
    /// What people are told of an alert.
    pub enum Notice {
        /// It was raised.
        Opened = "opened",
        /// It was observed before; a fresh loan book now bears it out.
        Confirmed = "confirmed",
        /// It became more severe.
        Escalated = "escalated",
        /// Its condition has ended; it waits for a verdict.
        Cleared = "cleared",
        /// It was taken back.
        Withdrawn = "withdrawn",
        /// It is over.
        Closed = "closed",
        /// Nobody has acknowledged it in time: it is told once more.
        Unacknowledged = "unacknowledged",
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum AlertState {
    /// Observed, but the loan file is stale: visible, not delivered, no delinquency stated.
    Unconfirmed,
    /// Waiting for somebody.
    Open,
    /// Somebody has it.
    Acknowledged {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// What staff wrote.
        note: Option<String>,
    },
    /// Over.
    Closed {
        /// Why.
        reason: CloseReason,
        /// Who; none when the condition ended by itself.
        by: Option<String>,
        /// When.
        at: Timestamp,
        /// What staff wrote.
        note: Option<String>,
    },
    /// Taken back.
    Withdrawn {
        /// Why.
        reason: WithdrawReason,
        /// When.
        at: Timestamp,
    },
}

impl AlertState {
    /// Every code that [`AlertState::code`] gives.
    pub const CODES: &'static [&'static str] =
        &["unconfirmed", "open", "acknowledged", "closed", "withdrawn"];

    /// The code as SQL, JSON and the console write it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Open => "open",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Closed { .. } => "closed",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// Whether the alert still counts as the one live alert of its rule about the same.
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Unconfirmed | Self::Open | Self::Acknowledged { .. })
    }
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Hash of (what it is about, rule, episode).
    pub id: AlertId,
    /// What it states.
    pub rule: Rule,
    /// Which vehicle, mostly.
    #[serde(flatten)]
    pub about: About,
    /// When the episode began: departure, the last time the vehicle was heard, the device's first word of it.
    pub episode: Timestamp,
    /// How soon somebody must act.
    pub severity: Severity,
    /// Where it stands.
    pub state: AlertState,
    /// Counts every change, so that an action can name the version it saw.
    pub version: u32,
    /// Journal time at which it was raised.
    pub opened_at: Timestamp,
    /// When the fact happened, by the device or by the coverage clock.
    pub event_time: Timestamp,
    /// The condition has ended; a P1 then waits for a verdict.
    pub cleared_at: Option<Timestamp>,
    /// Journal time at which people were told last that there is something to do. Alerts of before it was kept have none.
    #[serde(default)]
    pub told_at: Option<Timestamp>,
    /// Journal time at which they were told of the same once more, as nobody had acknowledged it.
    #[serde(default)]
    pub told_again_at: Option<Timestamp>,
    /// In whose hands it is.
    #[serde(default, skip_serializing_if = "Triage::is_untouched")]
    pub triage: Triage,
    /// Why it was raised.
    pub explanation: Explanation,
}

/// Everything an alert rests on, as it was when it was raised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// What was seen.
    pub finding: Finding,
    /// The fixes that prove it.
    pub fixes_used: Vec<Evidence>,
    /// The fixes that were looked at and not believed.
    pub fixes_rejected: Vec<Rejected>,
    /// The loan, exactly as it was known; none if none was.
    pub loan: Option<LoanSnapshot>,
    /// Hash of the rule set in force.
    pub rule_set: String,
    /// Version of the rules' code.
    pub rules_version: u32,
}

/// A fix that a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its place in the journal.
    pub seq: Seq,
    /// Who reported it.
    pub terminal: TerminalId,
    /// When, by the device.
    pub fix_time: Timestamp,
    /// Where.
    pub place: Coordinates,
    /// Tenths of km/h.
    pub speed_tenths_kmh: Option<u16>,
    /// Used for the fix.
    pub satellites: Option<u8>,
}

codes! {
    /// Why a fix was not believed.
    pub enum Rejection {
        /// Fewer satellites than a fix needs.
        FewSatellites = "few_satellites",
        /// Further from the last believed fix than any car drives.
        Jump = "jump",
        /// First fixes after a gap, while the receiver settles.
        Settling = "settling",
        /// Within the scatter of a parked receiver.
        Drift = "drift",
        /// From the future.
        Future = "future",
        /// Received too late to say anything of now.
        Late = "late",
    }
}

/// A fix that was looked at and not believed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// The fix.
    pub fix: Evidence,
    /// Why.
    pub reason: Rejection,
}

/// The loan as it was known when the alert was raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanSnapshot {
    /// The row.
    pub loan: Loan,
    /// What it meant at that moment.
    pub standing: Standing,
    /// The lender's book was fresh enough to state it.
    pub fresh: bool,
    /// As of when that book states it. A payment since then has made the row younger.
    #[serde(default)]
    pub book_as_of: Option<Timestamp>,
    /// What was known of the borrower beside the book.
    #[serde(default)]
    pub dealings: Dealings,
    /// What the lender's policy said of willingness and ability to pay, once both were known; nothing while the loan was held.
    #[serde(default)]
    pub course: Option<Course>,
}

impl LoanSnapshot {
    /// Whether what is owed could be stated: the book was fresh, and nothing forbade to press.
    pub const fn states_debt(&self) -> bool {
        self.fresh && matches!(self.standing, Standing::Overdue(_) | Standing::Current)
    }
}
