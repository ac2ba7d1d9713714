//! Commands as the devices' own text: what stands in a template, and which value of a command fills it.
//!
//! Shape: [`Command`] ↔ text of 0x80, by one [`Template`] of a model. No text of a person ever gets in: a template holds
//! fixed words and numbers. Units: a command counts seconds and km/h, a template says what the device counts in.
//! Errors: [`Inexpressible`], rather than a rounded value that nobody asked for. Source: SPEC.md §10.

#[cfg(test)]
use model::command::CommandKind;
use model::command::{Parameter, Relay};
use model::{Command, ZoneOffset};
use std::fmt;

/// How one form of a command is said.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) form: Form,
    pub(crate) pieces: &'static [Piece],
}

/// A piece of a template.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Fixed words.
    Words(&'static str),
    /// A number of the command.
    Number(Slot, Count),
    /// `E` or `W` of a time zone.
    Side,
}

/// What a device counts in, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) unit: Unit,
    pub(crate) min: u32,
    pub(crate) max: u32,
}

/// A unit of a device's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Minutes,
    Hours,
    /// Minutes of a time zone beside its hours.
    Quarters,
    Kmh,
}

/// Which number of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Moving,
    Parked,
    Heartbeat,
    ZoneHours,
    ZoneMinutes,
    Speed,
}

/// A command by the words it needs: where a value is left out or switched off, the text is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Locate,
    /// The moving interval alone.
    Interval,
    /// Both intervals.
    Intervals,
    Tracking,
    ReadParameters,
    Heartbeat,
    TimeZone,
    SpeedLimit,
    SpeedLimitOff,
    VibrationOn,
    VibrationOff,
    Restart,
    Text,
    RelayCut,
    RelayRestore,
}

/// Why a model's text cannot say what a command wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inexpressible {
    ParkedIsMissing,
    ParkedIsTooMuch,
    NoText,
    NotWhole { value: u32, unit: Unit },
    OutOfRange { value: u32, count: Count },
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ParkedIsMissing => write!(f, "it sets both intervals at once, so say the parked one too"),
            Self::ParkedIsTooMuch => write!(f, "it has no interval for parking, so leave that out"),
            Self::NoText => write!(f, "no text for this is known"),
            Self::NotWhole { value, unit } => write!(f, "{value} s is no whole number of {}", unit.words()),
            Self::OutOfRange { value, count: Count { unit, min, max } } => {
                write!(f, "{value} is not in {min} to {max} {}", unit.words())
            }
        }
    }
}

impl Template {
    /// The text for a command of this template's form.
    pub(crate) fn write(&self, command: &Command) -> Result<String, Inexpressible> {
        self.pieces.iter().map(|piece| piece.write(command)).collect()
    }

    /// The command that a text of this template is.
    pub(crate) fn read(&self, text: &str) -> Option<Command> {
        let (mut left, mut numbers, mut west) = (text, Numbers::default(), false);
        for piece in self.pieces {
            left = match piece {
                Piece::Words(words) => left.strip_prefix(words)?,
                Piece::Number(slot, count) => numbers.read(left, *slot, *count)?,
                Piece::Side => {
                    west = left.starts_with(WEST);
                    left.strip_prefix([EAST, WEST])?
                }
            };
        }
        left.is_empty().then(|| self.form.command(&numbers, west)).flatten()
    }
}

impl Piece {
    fn write(&self, command: &Command) -> Result<String, Inexpressible> {
        match self {
            Self::Words(words) => Ok((*words).to_owned()),
            Self::Number(slot, count) => {
                let value = slot.of(command).ok_or(Inexpressible::NoText)?;
                count.write(value).map(|number| number.to_string())
            }
            Self::Side => {
                Ok(if zone(command).is_some_and(|zone| zone.seconds() < 0) { WEST } else { EAST }.into())
            }
        }
    }
}

impl Count {
    /// A value in the device's unit.
    fn write(self, value: u32) -> Result<u32, Inexpressible> {
        let Self { unit, min, max } = self;
        if !value.is_multiple_of(unit.size()) {
            return Err(Inexpressible::NotWhole { value, unit });
        }
        let value = value / unit.size();
        let fits = (min..=max).contains(&value) && unit.allows(value);
        if fits { Ok(value) } else { Err(Inexpressible::OutOfRange { value, count: self }) }
    }
}

impl Unit {
    /// How many of the command's own units make one.
    const fn size(self) -> u32 {
        match self {
            Self::Seconds | Self::Kmh => 1,
            Self::Minutes | Self::Quarters => 60,
            Self::Hours => 3600,
        }
    }

    const fn allows(self, value: u32) -> bool {
        !matches!(self, Self::Quarters) || value.is_multiple_of(15)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Quarters => "minutes, a quarter of an hour each",
            Self::Kmh => "km/h",
        }
    }
}

impl Slot {
    const COUNT: usize = 6;

    /// The number of a command, in seconds or km/h.
    fn of(self, command: &Command) -> Option<u32> {
        match (self, command) {
            (Self::Moving, Command::Interval { moving_s, .. }) => Some(*moving_s),
            (Self::Parked, Command::Interval { parked_s, .. }) => *parked_s,
            (Self::Heartbeat, Command::SetParameter(Parameter::Heartbeat { every_s })) => Some(*every_s),
            (Self::Speed, Command::SetParameter(Parameter::SpeedLimit { kmh })) => kmh.map(u32::from),
            (Self::ZoneHours, command) => {
                zone(command).map(|zone| zone.seconds().unsigned_abs() / 3600 * 3600)
            }
            (Self::ZoneMinutes, command) => zone(command).map(|zone| zone.seconds().unsigned_abs() % 3600),
            _ => None,
        }
    }

    const fn place(self) -> usize {
        match self {
            Self::Moving => 0,
            Self::Parked => 1,
            Self::Heartbeat => 2,
            Self::ZoneHours => 3,
            Self::ZoneMinutes => 4,
            Self::Speed => 5,
        }
    }
}

/// The numbers of a text, in seconds or km/h.
#[derive(Debug, Default)]
struct Numbers([Option<u32>; Slot::COUNT]);

impl Numbers {
    fn of(&self, slot: Slot) -> Option<u32> {
        self.0.get(slot.place()).copied().flatten()
    }

    /// Reads a number off the front of a text; one that stands twice must be the same.
    fn read<'a>(&mut self, text: &'a str, slot: Slot, count: Count) -> Option<&'a str> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, left) = text.split_at_checked(digits)?;
        let value = number.parse::<u32>().ok().filter(|value| (count.min..=count.max).contains(value))?;
        let value = value.checked_mul(count.unit.size())?;
        let place = self.0.get_mut(slot.place())?;
        let same = *place.get_or_insert(value) == value;
        same.then_some(left)
    }
}

impl Form {
    /// Every form, for tests.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 15] = [
        Self::Locate,
        Self::Interval,
        Self::Intervals,
        Self::Tracking,
        Self::ReadParameters,
        Self::Heartbeat,
        Self::TimeZone,
        Self::SpeedLimit,
        Self::SpeedLimitOff,
        Self::VibrationOn,
        Self::VibrationOff,
        Self::Restart,
        Self::Text,
        Self::RelayCut,
        Self::RelayRestore,
    ];

    pub(crate) const fn of(command: &Command) -> Self {
        match command {
            Command::Locate => Self::Locate,
            Command::Interval { parked_s: None, .. } => Self::Interval,
            Command::Interval { parked_s: Some(_), .. } => Self::Intervals,
            Command::Tracking { .. } => Self::Tracking,
            Command::ReadParameters => Self::ReadParameters,
            Command::SetParameter(Parameter::Heartbeat { .. }) => Self::Heartbeat,
            Command::SetParameter(Parameter::TimeZone(_)) => Self::TimeZone,
            Command::SetParameter(Parameter::SpeedLimit { kmh: Some(_) }) => Self::SpeedLimit,
            Command::SetParameter(Parameter::SpeedLimit { kmh: None }) => Self::SpeedLimitOff,
            Command::SetParameter(Parameter::VibrationAlarm(true)) => Self::VibrationOn,
            Command::SetParameter(Parameter::VibrationAlarm(false)) => Self::VibrationOff,
            Command::Restart => Self::Restart,
            Command::Text(_) => Self::Text,
            Command::Relay(Relay::Cut) => Self::RelayCut,
            Command::Relay(Relay::Restore) => Self::RelayRestore,
        }
    }

    /// The line of a model's list that this form belongs to.
    #[cfg(test)]
    pub(crate) const fn kind(self) -> CommandKind {
        match self {
            Self::Locate => CommandKind::Locate,
            Self::Interval | Self::Intervals => CommandKind::Interval,
            Self::Tracking => CommandKind::Tracking,
            Self::ReadParameters => CommandKind::ReadParameters,
            Self::Heartbeat => CommandKind::Heartbeat,
            Self::TimeZone => CommandKind::TimeZone,
            Self::SpeedLimit | Self::SpeedLimitOff => CommandKind::SpeedLimit,
            Self::VibrationOn | Self::VibrationOff => CommandKind::VibrationAlarm,
            Self::Restart => CommandKind::Restart,
            Self::Text => CommandKind::Text,
            Self::RelayCut | Self::RelayRestore => CommandKind::Relay,
        }
    }

    /// Why a model that knows the kind does not know this form of it.
    pub(crate) const fn missing(self) -> Inexpressible {
        match self {
            Self::Interval => Inexpressible::ParkedIsMissing,
            Self::Intervals => Inexpressible::ParkedIsTooMuch,
            _ => Inexpressible::NoText,
        }
    }

    fn command(self, numbers: &Numbers, west: bool) -> Option<Command> {
        Some(match self {
            Self::Locate => Command::Locate,
            Self::Interval | Self::Intervals => {
                Command::Interval { moving_s: numbers.of(Slot::Moving)?, parked_s: numbers.of(Slot::Parked) }
            }
            Self::ReadParameters => Command::ReadParameters,
            Self::Heartbeat => {
                Command::SetParameter(Parameter::Heartbeat { every_s: numbers.of(Slot::Heartbeat)? })
            }
            Self::TimeZone => {
                let size = numbers.of(Slot::ZoneHours)?.checked_add(numbers.of(Slot::ZoneMinutes)?)?;
                let size = i32::try_from(size).ok()?;
                let zone = ZoneOffset::from_seconds(if west { -size } else { size })?;
                Command::SetParameter(Parameter::TimeZone(zone))
            }
            Self::SpeedLimit => {
                let kmh = u16::try_from(numbers.of(Slot::Speed)?).ok()?;
                Command::SetParameter(Parameter::SpeedLimit { kmh: Some(kmh) })
            }
            Self::SpeedLimitOff => Command::SetParameter(Parameter::SpeedLimit { kmh: None }),
            Self::VibrationOn => Command::SetParameter(Parameter::VibrationAlarm(true)),
            Self::VibrationOff => Command::SetParameter(Parameter::VibrationAlarm(false)),
            Self::Restart => Command::Restart,
            Self::RelayCut => Command::Relay(Relay::Cut),
            Self::RelayRestore => Command::Relay(Relay::Restore),
            // No model has a text for these.
            Self::Tracking | Self::Text => return None,
        })
    }
}

const fn zone(command: &Command) -> Option<ZoneOffset> {
    match command {
        Command::SetParameter(Parameter::TimeZone(zone)) => Some(*zone),
        _ => None,
    }
}

const EAST: char = 'E';
const WEST: char = 'W';
