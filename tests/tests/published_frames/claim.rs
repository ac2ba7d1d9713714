//! What a row says of its frame, in our names, and whether our decoder says the same.
//!
//! Shape: [`Claim`]s, each settled against the JSON that `lienwatch decode` prints. Units: those of DESIGN.md §7.
//! Errors: none; a claim that does not hold is [`Outcome::Differs`] with both values. Source: DESIGN.md §7.

use serde_json::Value;

/// Where a value stands in our JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose {
    /// In the object of the frame.
    Frame,
    /// In the n-th position.
    Position(usize),
    /// In the first event that has it.
    Any,
}

/// One thing that is claimed.
#[derive(Debug, Clone)]
pub(crate) enum Claim {
    /// Exactly this value, null included.
    Is { whose: Whose, pointer: &'static str, expected: Value, within: f64 },
    /// This value, if we have a name for it.
    Carries { peer: String, pointer: &'static str, expected: Value, within: f64 },
    /// A value that we have no name for.
    Nameless(String),
    /// This alarm is raised.
    Alarm(&'static str),
    /// The message holds this many positions.
    Positions(usize),
    /// This answer, byte for byte but for serials of our own.
    Reply(String),
    /// This many frames are cut from the bytes.
    Frames(usize),
    /// These bytes are the first frame.
    FirstFrame(String),
}

/// How a claim fared.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Agrees,
    /// We do not say anything of the kind yet.
    NotCarried(String),
    /// The peer answers by a rule of its own.
    OtherAnswer,
    Differs(String),
}

/// What our decoder made of a row's bytes.
pub(crate) struct Ours {
    pub(crate) json: Value,
    pub(crate) frames: Vec<String>,
}

impl Claim {
    /// The name under which a deliberate difference is listed.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Is { pointer, .. } => pointer.trim_start_matches('/'),
            Self::Carries { peer, .. } | Self::Nameless(peer) => peer,
            Self::Alarm(alarm) => alarm,
            Self::Positions(_) => "positions",
            Self::Reply(_) => "reply",
            Self::Frames(_) | Self::FirstFrame(_) => "frames",
        }
    }

    /// Whether it needs the message to be understood, not only the frame.
    pub(crate) fn is_about_content(&self) -> bool {
        match self {
            Self::Is { whose: Whose::Frame, .. } | Self::Reply(_) | Self::Frames(_) | Self::FirstFrame(_) => {
                false
            }
            Self::Is { .. }
            | Self::Carries { .. }
            | Self::Nameless(_)
            | Self::Alarm(_)
            | Self::Positions(_) => true,
        }
    }

    pub(crate) fn settle(&self, ours: &Ours) -> Outcome {
        match self {
            Self::Is { whose, pointer, expected, within } => {
                let found = ours.find(*whose, pointer);
                equal(found, expected, *within, pointer)
            }
            Self::Carries { peer, pointer, expected, within } => match ours.find(Whose::Any, pointer) {
                Value::Null if !expected.is_null() => Outcome::NotCarried(peer.clone()),
                found => equal(found, expected, *within, peer),
            },
            Self::Nameless(peer) => Outcome::NotCarried(peer.clone()),
            Self::Alarm(alarm) => raised(ours, alarm),
            Self::Positions(expected) if *expected == ours.positions().count() => Outcome::Agrees,
            Self::Positions(expected) => differs("positions", expected, &ours.positions().count()),
            Self::Reply(expected) => answered(ours.find(Whose::Frame, "/reply").as_str(), expected),
            Self::Frames(expected) if *expected == ours.frames.len() => Outcome::Agrees,
            Self::Frames(expected) => differs("frames", expected, &ours.frames),
            Self::FirstFrame(expected) if ours.frames.first() == Some(expected) => Outcome::Agrees,
            Self::FirstFrame(expected) => differs("first frame", expected, &ours.frames),
        }
    }
}

impl Ours {
    /// Whether nothing is read of it: its number is not known, or it is one of the platform's (JT808, from 0x8000 on),
    /// which are explained, but tell nothing of a terminal.
    pub(crate) fn is_unread(&self) -> bool {
        let number = self.find(Whose::Frame, "/number").as_str().unwrap_or_default();
        let of_platform = number.len() == "0x8000".len() && number >= "0x8000";
        self.find(Whose::Frame, "/message") == "unknown" || of_platform
    }

    fn find(&self, whose: Whose, pointer: &str) -> &Value {
        let present = |value: &&Value| !value.is_null();
        let found = match whose {
            Whose::Frame => self.json.pointer(pointer),
            Whose::Position(nth) => self.positions().nth(nth).and_then(|event| event.pointer(pointer)),
            Whose::Any => self.events().find_map(|event| event.pointer(pointer).filter(present)),
        };
        found.unwrap_or(&Value::Null)
    }

    fn events(&self) -> impl Iterator<Item = &Value> {
        self.json.pointer("/events").and_then(Value::as_array).into_iter().flatten()
    }

    fn positions(&self) -> impl Iterator<Item = &Value> {
        self.events().filter(|event| event.pointer("/type").is_some_and(|kind| kind == "position"))
    }
}

fn equal(found: &Value, expected: &Value, within: f64, what: &str) -> Outcome {
    let same = match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() <= within,
        _ => found == expected,
    };
    if same { Outcome::Agrees } else { differs(what, expected, found) }
}

fn raised(ours: &Ours, alarm: &str) -> Outcome {
    let found = ours.find(Whose::Any, "/alarms");
    let alarms = found.as_array().map(Vec::as_slice).unwrap_or_default();
    if alarms.iter().any(|found| found == alarm) {
        Outcome::Agrees
    } else if alarms.iter().all(|found| found == "general") {
        Outcome::NotCarried(format!("alarm {alarm}"))
    } else {
        differs("alarm", &alarm, found)
    }
}

/// GT06 repeats the device's serial. JT808 answers have a serial of the platform's own: it and the checksum over it
/// are left out, and only the general answer is the same for everybody.
fn answered(found: Option<&str>, expected: &str) -> Outcome {
    if !expected.starts_with("7e") {
        return if found == Some(expected) { Outcome::Agrees } else { differs("reply", &expected, &found) };
    }
    match (found.and_then(general_answer), general_answer(expected)) {
        (Some(found), Some(expected)) if found == expected => Outcome::Agrees,
        (_, Some(_)) => differs("reply", &expected, &found),
        (_, None) => Outcome::OtherAnswer,
    }
}

/// A JT808 general answer, without its serial and its checksum.
fn general_answer(digits: &str) -> Option<(String, String)> {
    const HEADERS: [(&str, usize); 2] = [("80010005", 10), ("80014005", 15)];
    const BODY: usize = 5;
    let inner = digits.strip_prefix("7e")?.strip_suffix("7e")?;
    let plain = inner.replace("7d02", "7e").replace("7d01", "7d");
    let (_, header) = HEADERS.into_iter().find(|(start, _)| plain.starts_with(start))?;
    let body = plain.get((header + 2) * 2..(header + 2 + BODY) * 2)?;
    Some((plain.get(..header * 2)?.to_owned(), body.to_owned()))
}

fn differs(what: &str, expected: &dyn std::fmt::Debug, found: &dyn std::fmt::Debug) -> Outcome {
    Outcome::Differs(format!("{what}: published {expected:?}, ours {found:?}"))
}
