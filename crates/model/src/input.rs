//! Everything that can change an alert, and therefore everything that enters the journal.
//!
//! Shape: one enum, stored in one versioned binary form. New variants go at the end of their enum: the journal stores
//! the index. Units: see each field. Source: DESIGN.md §1, fine print 2.

pub(crate) mod text;

use crate::alert::Owner;
use crate::code::codes;
pub use crate::loan::event::{LoanEvent, ToldEvent};
use crate::place::Sourced;
use crate::{
    AlertId, CloseReason, Command, CommandStep, ContractId, DeskAct, Event, Identity, InputId, LenderId,
    Loan, Place, PlaceId, Position, Profile, ProtocolName, SessionId, TerminalId, Timestamp, VehicleId,
};
use serde::{Deserialize, Serialize};
pub use text::ControlCharacter;
use xxhash_rust::xxh3::xxh3_64;

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// A server started. Its place in the journal names the run.
    RunStart {
        /// Version of the program.
        build: String,
        /// Version of the rules' code.
        rules_version: u32,
    },
    /// A server stopped in order; what follows until the next start is not covered.
    RunStop,
    /// A terminal spoke on a connection for the first time.
    SessionStart {
        /// The connection.
        session: SessionId,
        /// Who speaks.
        terminal: TerminalId,
        /// What it speaks.
        protocol: ProtocolName,
        /// From where.
        peer: String,
    },
    /// A connection on which a terminal had spoken ended.
    SessionEnd {
        /// The connection.
        session: SessionId,
        /// Who spoke.
        terminal: TerminalId,
        /// Why it ended.
        reason: SessionEndReason,
    },
    /// A frame. Its bytes stand beside the input in the journal.
    Reception(Box<Reception>),
    /// Ten seconds passed. The coverage clock.
    Tick {
        /// Sockets were being read since the last tick; backpressure and a full disk are uncovered time.
        listening: bool,
    },
    /// Rows of a loan book; inert until the book is activated.
    BookChunk {
        /// The book.
        book: String,
        /// First row's number in the file's data, from 0.
        first_row: u32,
        /// The rows.
        loans: Vec<Loan>,
    },
    /// A person, or a program in a person's name, wants something.
    Human(Box<Human>),
    /// An attempt to deliver an outbox entry ended.
    Delivery {
        /// The outbox entry.
        entry: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// How it ended.
        result: DeliveryResult,
    },
    /// A command got one step further on its way to the terminal.
    Command {
        /// The command: the id of the human input that asked for it.
        command: InputId,
        /// The terminal it is for.
        terminal: TerminalId,
        /// Which step.
        step: CommandStep,
    },
}

codes! {
    /// Why a session ended.
    pub enum SessionEndReason {
        /// The peer closed.
        Closed = "closed",
        /// Nothing came for too long.
        Idle = "idle",
        /// The same terminal connected again.
        TakenOver = "taken_over",
        /// The bytes made no sense.
        Protocol = "protocol",
        /// The socket failed.
        Failed = "failed",
        /// The server stopped.
        Stopped = "stopped",
    }
}

/// A frame as it was received, with what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reception {
    /// On which connection.
    pub session: SessionId,
    /// Counted up within the connection, from 1.
    pub frame_no: u32,
    /// Who speaks.
    pub terminal: TerminalId,
    /// What it speaks.
    pub protocol: ProtocolName,
    /// Message number on the wire.
    pub number: u16,
    /// Serial on the wire.
    pub serial: Option<u16>,
    /// When the server read it.
    pub received_at: Timestamp,
    /// The checksum was right, or the frame has none.
    pub checksum_ok: bool,
    /// What it says.
    pub events: Vec<Event>,
    /// Code of what was wrong with it, if anything.
    pub problem: Option<String>,
}

impl Reception {
    /// The identity of the position that is the `item`th event of this frame.
    ///
    /// A report without a usable clock is only itself: its place of arrival stands in for time and content.
    pub fn identity(&self, item: usize, position: &Position) -> Identity {
        match position.time {
            crate::DeviceTime::Clock { wall, .. } => Identity {
                wall_ms: wall.ms(),
                terminal: self.terminal,
                measured: position.measured.hash.cast_signed(),
            },
            crate::DeviceTime::Unusable => {
                let place = (self.session.run.0, self.session.connection, self.frame_no, item);
                let measured = xxh3_64(&place_bytes(place)).cast_signed();
                Identity { wall_ms: 0, terminal: self.terminal, measured }
            }
        }
    }
}

/// The bytes of a place of arrival, whatever the platform.
fn place_bytes((run, connection, frame_no, item): (i64, u32, u32, usize)) -> [u8; 24] {
    let mut bytes = [0; 24];
    let item = u64::try_from(item).unwrap_or(u64::MAX);
    let parts = [run.cast_unsigned(), (u64::from(connection) << 32) | u64::from(frame_no), item];
    for (into, part) in bytes.chunks_exact_mut(8).zip(parts) {
        into.copy_from_slice(&part.to_be_bytes());
    }
    bytes
}

/// An input made by a person. The fold stores its outcome and ignores a repeated id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Human {
    /// Caller-made id: the same id twice is one action.
    pub id: InputId,
    /// Who; on the command line the OS user.
    pub actor: String,
    /// What.
    pub action: Action,
}

/// What a person wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Put a loan book in force.
    ActivateBook(BookActivation),
    /// Something happened to one loan.
    LoanEvent {
        /// The contract.
        contract: ContractId,
        /// When it happened.
        at: Timestamp,
        /// What happened.
        event: LoanEvent,
    },
    /// Say which vehicle terminals are on. All or nothing.
    Bind {
        /// The intervals.
        bindings: Vec<Binding>,
    },
    /// Let a terminal out of quarantine.
    Approve {
        /// The terminal.
        terminal: TerminalId,
    },
    /// Take an alert.
    Acknowledge {
        /// The alert.
        alert: AlertId,
        /// The version that was seen; `None` = whichever.
        version: Option<u32>,
        /// What staff wrote.
        note: Option<String>,
    },
    /// End an alert with a verdict.
    Close {
        /// The alert.
        alert: AlertId,
        /// The version that was seen; `None` = whichever.
        version: Option<u32>,
        /// The verdict.
        reason: CloseReason,
        /// What staff wrote.
        note: Option<String>,
    },
    /// Put a rule set in force.
    RuleSet {
        /// Its full text, TOML.
        text: String,
    },
    /// Read positions. The audit line exists before the data is shown.
    Read {
        /// What is read, e.g. `positions terminal=…`.
        subject: String,
        /// Why.
        purpose: String,
    },
    /// Tell a terminal to do something. The input's id is the command's.
    Command {
        /// The terminal.
        terminal: TerminalId,
        /// What to do.
        command: Command,
        /// Not sent any more from then on.
        expires_at: Timestamp,
    },
    /// Take a command back that has not been sent.
    CancelCommand {
        /// The command.
        command: InputId,
    },
    /// Say what is known of a terminal's habits.
    SetProfile {
        /// The terminal.
        terminal: TerminalId,
        /// The whole profile: what is left open is the model's.
        profile: Profile,
    },
    /// Say which places are watched. All or nothing.
    SetPlaces {
        /// New ones, and others in the place of those that have their ids.
        places: Vec<Place>,
        /// Those that are watched no more.
        remove: Vec<PlaceId>,
    },
    /// Things happened to loans: rows of a file. A row whose contract is not known, or whose moment cannot be, is left out
    /// and named.
    LoanEvents {
        /// What happened, in the order in which it is to count.
        events: Vec<ToldEvent>,
    },
    /// Watch places, each with where it is from, for which a person stands. All or nothing.
    ConfirmPlaces {
        /// New ones, and others in the place of those that have their ids.
        places: Vec<Sourced>,
        /// Who stands for them; `None` = whoever asks, which is not enough for those that were mined.
        by: Option<String>,
    },
    /// Give an alert back that was acknowledged.
    Unacknowledge {
        /// The alert.
        alert: AlertId,
        /// The version that was seen; `None` = whichever.
        version: Option<u32>,
        /// What staff wrote.
        note: Option<String>,
    },
    /// Give an alert to somebody.
    Assign {
        /// The alert.
        alert: AlertId,
        /// The version that was seen; `None` = whichever.
        version: Option<u32>,
        /// To whom; `None` = to nobody.
        to: Option<Owner>,
    },
    /// Put an alert out of the way for a while.
    Snooze {
        /// The alert.
        alert: AlertId,
        /// The version that was seen; `None` = whichever.
        version: Option<u32>,
        /// Until when; `None` = no longer.
        until: Option<Timestamp>,
        /// Why.
        reason: Option<String>,
    },
    /// Write something to an alert, be it over or not.
    Note {
        /// The alert.
        alert: AlertId,
        /// The version that was seen; `None` = whichever.
        version: Option<u32>,
        /// What staff wrote.
        note: String,
    },
    /// Something was done at the desk: nothing but its audit line, since users, tokens and sessions are plain rows.
    Desk {
        /// What.
        what: DeskAct,
        /// To whom or what, e.g. the login name of a user. Never a secret.
        subject: String,
    },
    /// Say that a terminal is not ours: what it has in quarantine and what it sends from now on is dropped, until it is approved
    /// after all.
    RejectTerminal {
        /// The terminal.
        terminal: TerminalId,
        /// What staff wrote.
        reason: String,
    },
    /// Take the book in force back: the loans are again what they were before it, and what was told since stays.
    RevertBook(BookReversal),
}

/// Puts the chunks of a loan book in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookActivation {
    /// The book.
    pub book: String,
    /// Whose.
    pub lender: LenderId,
    /// As of when the lender states it.
    pub as_of: Timestamp,
    /// How many rows the chunks must add up to.
    pub rows: u32,
    /// The book holds every contract of the lender: one that is missing is no longer in the book. Never: settled.
    pub complete: bool,
    /// The caller has seen that the row count fell by more than the limit and wants it all the same.
    pub accept_fall: bool,
}

/// Takes a loan book back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookReversal {
    /// The book, which must be the one in force.
    pub book: String,
    /// Whose.
    pub lender: LenderId,
    /// What is wrong with it.
    pub reason: String,
}

impl BookReversal {
    /// Of a reason: a paragraph. An input of the journal holds 64 KiB.
    pub const REASON_CHARACTERS_MAX: usize = 500;
}

codes! {
    /// A terminal's part on a vehicle.
    pub enum Role {
        /// The wired main device.
        Main = "main",
        /// The wireless backup.
        Backup = "backup",
    }
}

/// Which vehicle a terminal is on, and when. A position belongs to the vehicle bound at fix time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The terminal.
    pub terminal: TerminalId,
    /// The vehicle, by VIN or plate.
    pub vehicle: VehicleId,
    /// Its part.
    pub role: Role,
    /// From, inclusive.
    pub from: Timestamp,
    /// To, exclusive; `None` = until further notice.
    pub to: Option<Timestamp>,
}

/// How an attempt to deliver ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryResult {
    /// The receiver took it.
    Delivered,
    /// It did not; try again at this time.
    Retry {
        /// When.
        at: Timestamp,
        /// What the receiver or the network said.
        error: String,
    },
    /// No further attempt.
    Dead {
        /// What the receiver or the network said last.
        error: String,
    },
    /// Not sent: the alert had been taken back before.
    Cancelled,
}

/// What became of a human input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Done {
        /// What was done, for the person.
        message: String,
    },
    /// Somebody else was first, or a newer state exists.
    Conflict {
        /// What stands against it.
        message: String,
    },
    /// Not allowed, or makes no sense.
    Refused {
        /// Why.
        message: String,
    },
    /// The thing it is about does not exist.
    NotFound {
        /// What is missing.
        message: String,
    },
}
