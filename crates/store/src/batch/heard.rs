//! What terminals said: frames, positions, and what waits in quarantine.
//!
//! Each row type beside the statement that writes it, columns in the same order. Units: see the migrations.

use crate::bulk::Bulk;
use crate::value::Kind::{Blob, Int, Text};
use crate::value::Row;
use model::{Identity, Position, Reception, Seq, TerminalId, Timestamp};

/// A frame as it was received.
#[derive(Debug, PartialEq)]
pub struct FrameRow {
    /// Its place in the journal.
    pub seq: Seq,
    /// Journal time.
    pub at: Timestamp,
    /// How it was received; its events are not kept here.
    pub reception: Reception,
    /// Its bytes.
    pub frame: Option<Vec<u8>>,
}

/// No input is folded twice: a row that is there already is a bug that must not pass in silence. To look for it would cost
/// PostgreSQL two fifths of the insert.
pub(super) static FRAMES: Bulk = Bulk::new(
    "INSERT INTO frames (seq, at_ms, terminal, protocol, session, frame_no, number, serial, received_ms, checksum_ok, \
     problem, frame)",
    &[Int, Int, Text, Text, Text, Int, Int, Int, Int, Int, Text, Blob],
    "",
);

impl FrameRow {
    pub(super) fn row(self) -> Row {
        let reception = self.reception;
        vec![
            self.seq.0.into(),
            self.at.ms().into(),
            reception.terminal.as_str().into(),
            reception.protocol.as_str().into(),
            reception.session.to_string().into(),
            i64::from(reception.frame_no).into(),
            i64::from(reception.number).into(),
            reception.serial.map(i64::from).into(),
            reception.received_at.ms().into(),
            reception.checksum_ok.into(),
            reception.problem.into(),
            self.frame.into(),
        ]
    }
}

/// A position that is not a duplicate.
#[derive(Debug)]
pub struct PositionRow {
    /// What makes it one row.
    pub identity: Identity,
    /// Its first reception.
    pub seq: Seq,
    /// Which event of that frame.
    pub item: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// How timely it was: the rules' code.
    pub timeliness: &'static str,
    /// What it says.
    pub position: Position,
}

/// The fold has looked for each identity in the step before it: as for frames, a second row is a bug.
pub(super) static POSITIONS: Bulk = Bulk::new(
    "INSERT INTO positions (wall_ms, terminal, measured, seq, item, fix_ms, received_ms, timeliness, lat_e7, lon_e7, \
     speed_tenths, course, altitude_m, satellites, buffered, alarms, attributes)",
    &[Int, Text, Int, Int, Int, Int, Int, Text, Int, Int, Int, Int, Int, Int, Int, Int, Text],
    "",
);

/// What a track needs of it, appended; `tracks` sorts it.
pub(super) static TRACK_TAIL: Bulk = Bulk::new(
    "INSERT INTO track_tail (seq, item, terminal, wall_ms, measured, fix_ms, received_ms, timeliness, lat_e7, lon_e7, \
     speed_tenths, course, alarms)",
    &[Int, Int, Text, Int, Int, Int, Int, Text, Int, Int, Int, Int, Int],
    "",
);

impl PositionRow {
    pub(super) fn tail_row(&self) -> Row {
        let position = &self.position;
        let place = position.fix.coordinates();
        vec![
            self.seq.0.into(),
            self.item.into(),
            self.identity.terminal.as_str().into(),
            self.identity.wall_ms.into(),
            self.identity.measured.into(),
            position.fix_time().map(Timestamp::ms).into(),
            self.received_at.ms().into(),
            self.timeliness.into(),
            place.map(|place| i64::from(place.lat_e7())).into(),
            place.map(|place| i64::from(place.lon_e7())).into(),
            position.speed.map(|speed| i64::from(speed.tenths())).into(),
            position.course.map(|course| i64::from(course.degrees())).into(),
            position.alarms.bits().cast_signed().into(),
        ]
    }

    pub(super) fn row(&self) -> Row {
        let position = &self.position;
        let place = position.fix.coordinates();
        let attributes = serde_json::to_string(&position.attributes).unwrap_or_else(|_| "{}".into());
        vec![
            self.identity.wall_ms.into(),
            self.identity.terminal.as_str().into(),
            self.identity.measured.into(),
            self.seq.0.into(),
            self.item.into(),
            position.fix_time().map(Timestamp::ms).into(),
            self.received_at.ms().into(),
            self.timeliness.into(),
            place.map(|place| i64::from(place.lat_e7())).into(),
            place.map(|place| i64::from(place.lon_e7())).into(),
            position.speed.map(|speed| i64::from(speed.tenths())).into(),
            position.course.map(|course| i64::from(course.degrees())).into(),
            position.altitude.map(|altitude| i64::from(altitude.metres())).into(),
            position.satellites.map(i64::from).into(),
            position.buffered.into(),
            position.alarms.bits().cast_signed().into(),
            attributes.into(),
        ]
    }
}

/// A frame of a terminal that nobody has approved.
#[derive(Debug, PartialEq)]
pub struct QuarantineRow {
    /// Its place in the journal.
    pub seq: Seq,
    /// Who sent it.
    pub terminal: TerminalId,
    /// When it was received.
    pub received_at: Timestamp,
    /// The whole input, in the journal's form.
    pub payload: Vec<u8>,
    /// Its bytes.
    pub frame: Option<Vec<u8>>,
}

pub(super) static QUARANTINE: Bulk = Bulk::new(
    "INSERT INTO quarantine (seq, terminal, received_ms, payload, frame)",
    &[Int, Text, Int, Blob, Blob],
    "ON CONFLICT DO NOTHING",
);

impl QuarantineRow {
    pub(super) fn row(self) -> Row {
        vec![
            self.seq.0.into(),
            self.terminal.as_str().into(),
            self.received_at.ms().into(),
            self.payload.into(),
            self.frame.into(),
        ]
    }
}

/// Takes terminals' frames out of quarantine.
pub(super) static RELEASED: Bulk = Bulk::new("DELETE FROM quarantine WHERE terminal IN (", &[Text], ")");
