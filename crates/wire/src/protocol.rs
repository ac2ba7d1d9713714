//! The seam between the server and a wire format: both ends of one connection, without the connection.
//!
//! ```text
//! server side:  sniff → open → ( deframe → terminal_of → admit → restore, once → handle | command | wake )*
//! device side:  terminal(id) → login → ( position | heartbeat | receive )*
//! ```

use crate::{Admission, Cut, DeviceModel, Diagnosis, Frame, PartsChange, Problem, Wake};
use bytes::{Bytes, BytesMut};
use model::{AnswerKey, Command, Event, Position, TerminalId, Timestamp};

/// A published wire format.
pub trait Protocol: Sync {
    /// Its name in journal, store, JSON and metrics: lower-case letters and digits.
    fn name(&self) -> &'static str;

    /// Whether a connection that begins with these bytes speaks it.
    fn sniff(&self, first: &[u8]) -> Sniff;

    /// Why bytes are no frame that it sniffs, or that begin with two bytes of its own, for `decode`; `None` if it has
    /// nothing to say.
    fn diagnose(&self, _bytes: &[u8]) -> Option<Diagnosis> {
        None
    }

    /// The server's side of one connection.
    fn open(&self, authenticator: Authenticator) -> Box<dyn Session>;

    /// The device's side of one connection, for the simulator and `encode`.
    fn terminal(&self, id: TerminalId) -> Box<dyn Terminal>;

    /// Which terminal ids it can carry, for people: `an IMEI of 15 digits`.
    fn terminal_form(&self) -> &'static str;

    /// The table of device models; the first row is what a terminal is taken for until somebody says otherwise.
    fn models(&self) -> &'static [&'static DeviceModel];
}

/// What the first bytes of a connection say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniff {
    /// This protocol.
    Yes,
    /// Not this protocol.
    No,
    /// Too few bytes to tell.
    More,
}

/// The server's side of one connection.
pub trait Session: Send {
    /// Cuts the next frame off the buffer. Called until it says [`Cut::Need`].
    fn deframe(&mut self, input: &mut BytesMut) -> Cut;

    /// Whom a frame speaks for: the id in it, else the one that logged in on this connection.
    fn terminal_of(&self, frame: &Frame) -> Option<TerminalId>;

    /// Tells what the directory says of the terminal whose frame comes next.
    fn admit(&mut self, terminal: TerminalId, admission: Admission);

    /// Hands over the parts of the terminal's incomplete messages, as frames on the wire: those that the server has
    /// kept, before the terminal's first frame on this connection, and again when it could not keep one. What the
    /// session holds of this terminal is replaced.
    fn restore(&mut self, _terminal: TerminalId, _parts: &[Bytes], _now: Timestamp) {}

    /// Reads a frame. Infallible: what is not understood is `Event::Raw` with a problem.
    fn handle(&mut self, frame: &Frame, now: Timestamp) -> Reaction;

    /// When [`Session::wake`] is wanted, if nothing comes before; `None` = the session waits for nothing.
    fn wake_at(&self) -> Option<Timestamp> {
        None
    }

    /// Does what is due at `now`.
    fn wake(&mut self, _now: Timestamp) -> Wake {
        Wake::default()
    }

    /// Encodes a command for a terminal that was admitted and has spoken on this connection. `flag` is a number that
    /// no other command of the server has; protocols whose answers repeat a flag use it.
    fn command(
        &mut self,
        terminal: TerminalId,
        command: &Command,
        flag: u32,
    ) -> Result<Downlink, Unsupported>;

    /// Explains a frame for a person: every byte belongs to exactly one field, in order.
    fn explain(&self, frame: &Frame) -> Vec<Field>;
}

/// What a frame means and what it is owed.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    /// The message's name in the protocol's table, e.g. `location`; `unknown` if it is not there.
    pub message: &'static str,
    /// Its number on the wire.
    pub number: u16,
    /// How many hex digits the protocol writes its numbers with.
    pub number_digits: u8,
    /// Its serial on the wire.
    pub serial: Option<u16>,
    /// Who speaks; `None` before a login.
    pub terminal: Option<TerminalId>,
    /// What it says, in order.
    pub events: Vec<Event>,
    /// What the device waits for.
    pub reply: Reply,
    /// What was wrong.
    pub problem: Option<Problem>,
    /// What it changes among the incomplete messages of its terminal; mostly nothing.
    pub parts: Vec<PartsChange>,
}

/// The answer a device waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// None.
    None,
    /// Promises nothing: leaves at once.
    Now(Bytes),
    /// Promises that the frame is stored: leaves when the journal has committed it.
    Durable(Bytes),
}

impl Reply {
    /// The bytes, whenever they leave.
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::None => None,
            Self::Now(bytes) | Self::Durable(bytes) => Some(bytes),
        }
    }
}

/// A command, ready for the socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downlink {
    /// The frame.
    pub bytes: Bytes,
    /// By what the answer will be known.
    pub key: AnswerKey,
}

/// Why a command cannot be encoded for a terminal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// The protocol has no such command.
    #[error("{protocol} has no command for {command}")]
    Protocol {
        /// The protocol.
        protocol: &'static str,
        /// The command, in words.
        command: String,
    },
    /// The device model has no such command.
    #[error("the model {model} ({label}) has no command for {command}")]
    Model {
        /// The model's code.
        model: &'static str,
        /// The model in words.
        label: &'static str,
        /// The command, in words.
        command: String,
    },
    /// The device model has the command, but cannot be told these values.
    #[error("the model {model} ({label}) cannot be told {command}: {reason}")]
    Value {
        /// The model's code.
        model: &'static str,
        /// The model in words.
        label: &'static str,
        /// The command, in words.
        command: String,
        /// What it can be told instead.
        reason: String,
    },
    /// The terminal has not spoken on this connection.
    #[error("the terminal has not spoken on this connection")]
    Stranger,
}

/// One field of an explained frame.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Field {
    /// First byte within the frame's content (for protocols that escape: of the unescaped frame with delimiters).
    pub offset: usize,
    /// The bytes.
    #[serde(serialize_with = "as_hex")]
    pub bytes: Bytes,
    /// Name in the spec's table.
    pub name: &'static str,
    /// Value in the spec's unit.
    pub value: String,
    /// What it means to a person.
    pub meaning: String,
}

fn as_hex<S: serde::Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(bytes))
}

/// How a server proves that an authentication code is its own. A code is computed from the key, never stored.
#[derive(Clone, Copy)]
pub enum Authenticator {
    /// Every code is accepted; for `decode` and tests that take frames out of any server's context.
    Open,
    /// Codes are an HMAC of the terminal under this key.
    Keyed([u8; 32]),
}

/// The device's side of one connection.
pub trait Terminal: Send {
    /// The first frame to send after connecting.
    fn login(&mut self) -> Bytes;

    /// A live or buffered report. Coordinates on a grid of 1e-5 degrees, whole km/h, degrees and seconds travel
    /// unchanged in every protocol.
    fn position(&mut self, position: &Position) -> Upload;

    /// Reports kept while offline, in one frame, where the protocol has such a message.
    fn batch(&mut self, positions: &[Position]) -> Option<Upload>;

    /// A sign of life.
    fn heartbeat(&mut self) -> Upload;

    /// Which SIM card is in it (ICCID, twenty digits or fewer), where the protocol has such a message.
    fn card(&mut self, _iccid: &str) -> Option<Upload> {
        None
    }

    /// Cuts and reads one frame from the server; `None` = not enough bytes yet.
    fn receive(&mut self, input: &mut BytesMut) -> Option<Answer>;
}

/// A frame to send, and the serial under which the server will acknowledge it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Serial in the frame; where the wire has none, the terminal's own count of its frames.
    pub serial: u16,
    /// The frame.
    pub bytes: Bytes,
    /// The server answers it; what it does not answer is not waited for.
    pub answered: bool,
}

/// What the server said to a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Logged in: reports may be sent.
    Ready,
    /// Send this next (the second step of a login).
    Send(Bytes),
    /// The frame with this serial is acknowledged; `message` is its number.
    Acknowledged {
        /// Serial of the frame that is acknowledged.
        serial: u16,
        /// Number of the message that is acknowledged.
        message: u16,
    },
    /// Refused: the terminal must begin again.
    Refused,
    /// Told to do something; a device sends this back.
    Command {
        /// The answer.
        reply: Bytes,
    },
    /// Anything else.
    Other,
}
