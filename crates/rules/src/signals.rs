//! What a device says of itself beside where it is: its supply, its batteries, hands on it, its sight of the sky.
//!
//! ```text
//! Fine --bad--> Bad --fine, or a state that is repeated no more--> Mended --bad at once--> Bad (the same)
//! ```
//! Shape: alarms and attributes of a live report, or of a heartbeat, step it. Units: the server's clock. Errors: none.
//! Source: `domain.md` §3b, §8 (devices repeat their alarms); constants marked [P] are ours.

use model::{Alarm, Alarms, Attribute, Attributes, Group, Millis, Timestamp};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Signals {
    /// The vehicle's supply to the device.
    pub(crate) supply: Condition,
    /// The device's own battery.
    pub(crate) device_battery: Condition,
    /// The vehicle's battery.
    pub(crate) vehicle_battery: Condition,
    /// The last time that somebody laid hands on it.
    pub(crate) handled: Option<Handled>,
    /// It says that it is jammed.
    pub(crate) jammed: Option<Jammed>,
    /// The last time that it called the vehicle too fast.
    pub(crate) too_fast_at: Option<Timestamp>,
    /// Hash of its SIM card's number.
    card: Option<u64>,
    /// Whose card it is: the first six digits.
    issuer: Option<u32>,
    /// When the card was another one.
    pub(crate) exchanged_at: Option<Timestamp>,
    /// When the device said last by an alarm that the card is another one.
    card_said_at: Option<Timestamp>,
}

/// A device says that it is jammed, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Jammed {
    /// The first word of it.
    pub(crate) since: Timestamp,
    /// The last.
    pub(crate) until: Timestamp,
}

/// Somebody laid hands on a device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Handled {
    pub(crate) alarm: Alarm,
    pub(crate) at: Timestamp,
}

/// Something that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) enum Condition {
    /// Nothing is known to be wrong.
    #[default]
    Fine,
    /// It is wrong.
    Bad {
        /// The first word of it, where an end of a few minutes is none.
        since: Timestamp,
        /// The first word of it since it was good last.
        begun: Timestamp,
        /// Reports in a row that said so.
        unbroken: u8,
    },
    /// It was wrong.
    Mended {
        /// The first word of it.
        since: Timestamp,
        /// The first word of its end.
        at: Timestamp,
    },
}

/// Something is wrong, perhaps not for the first time within minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spell {
    /// The first word of it, where an end of a few minutes is none.
    pub(crate) since: Timestamp,
    /// The first word of it since it was good last.
    pub(crate) begun: Timestamp,
}

/// What one report says of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// An alarm says that it is wrong.
    Alarm,
    /// A value says so.
    Bad,
    /// A value, or another alarm, says that it is not.
    Fine,
    /// A value between good and bad: as before.
    Same,
    /// There is neither.
    Nothing,
}

/// What a device has called good since it is known. A state that was begun anew has seen nothing of it: that nothing bad
/// is known of a supply does not say that it is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Sound {
    pub(crate) supply: bool,
    pub(crate) device_battery: bool,
    pub(crate) vehicle_battery: bool,
}

impl Sound {
    fn of(words: [Word; 3]) -> Self {
        let [supply, device_battery, vehicle_battery] = words.map(|word| word == Word::Fine);
        Self { supply, device_battery, vehicle_battery }
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            supply: self.supply || other.supply,
            device_battery: self.device_battery || other.device_battery,
            vehicle_battery: self.vehicle_battery || other.vehicle_battery,
        }
    }
}

impl Signals {
    /// Steps by a live report; gives what it calls good.
    pub(crate) fn on_report(&mut self, alarms: Alarms, attributes: &Attributes, at: Timestamp) -> Sound {
        let told = Told::of(attributes);
        let words @ [of_supply, of_device, of_vehicle] =
            [supply(alarms, &told), device_battery(alarms, &told), vehicle_battery(alarms, &told)];
        self.supply = self.supply.step(of_supply, at);
        self.device_battery = self.device_battery.step(of_device, at);
        self.vehicle_battery = self.vehicle_battery.step(of_vehicle, at);
        if let Some(alarm) = handling(alarms, &told) {
            self.handled = Some(Handled { alarm, at });
        }
        if alarms.contains(Alarm::Jamming) {
            let spell = self.jammed.filter(|jammed| at.since(jammed.until) <= JAM_GAP_MS_MAX);
            self.jammed = Some(Jammed { since: spell.map_or(at, |jammed| jammed.since), until: at });
        }
        if alarms.contains(Alarm::Overspeed) {
            self.too_fast_at = Some(at);
        }
        if alarms.contains(Alarm::SimChanged) {
            let is_repeated = self.card_said_at.is_some_and(|said_at| at.since(said_at) <= CARD_GAP_MS_MAX);
            self.exchanged_at = if is_repeated { self.exchanged_at } else { Some(at) };
            self.card_said_at = Some(at);
        }
        self.note_card(&told, at);
        Sound::of(words)
    }

    /// Steps by a report of the past: hands on a device are an event, told late rather than never. It calls nothing good.
    pub(crate) fn on_past(&mut self, alarms: Alarms, attributes: &Attributes, at: Timestamp) -> Sound {
        let is_news = self.handled.is_none_or(|handled| at > handled.at);
        if let Some(alarm) = handling(alarms, &Told::of(attributes)).filter(|_| is_news) {
            self.handled = Some(Handled { alarm, at });
        }
        Sound::default()
    }

    /// Steps by what is said without a report: what it does not say has not ended. Gives what it calls good.
    pub(crate) fn on_told(&mut self, attributes: &Attributes, at: Timestamp) -> Sound {
        let told = Told::of(attributes);
        let alarms = Alarms::NONE;
        let words @ [of_supply, of_device, of_vehicle] =
            [supply(alarms, &told), device_battery(alarms, &told), vehicle_battery(alarms, &told)];
        if told.tampered {
            self.handled = Some(Handled { alarm: Alarm::CoverOpen, at });
        }
        self.supply = self.supply.step_if_said(of_supply, at);
        self.device_battery = self.device_battery.step_if_said(of_device, at);
        self.vehicle_battery = self.vehicle_battery.step_if_said(of_vehicle, at);
        self.note_card(&told, at);
        Sound::of(words)
    }

    fn note_card(&mut self, told: &Told<'_>, at: Timestamp) {
        let Some(card) = told.card.map(|card| xxh3_64(card.as_bytes())) else { return };
        if self.card.is_some_and(|known| known != card) {
            self.exchanged_at = Some(at);
        }
        self.card = Some(card);
        self.issuer = told.card.and_then(Group::carrier).and_then(|group| match group {
            Group::Carrier(issuer) => Some(issuer),
            Group::Everyone | Group::Cell { .. } | Group::Batch(_) => None,
        });
    }

    /// The network, by its number.
    pub(crate) const fn issuer(&self) -> Option<u32> {
        self.issuer
    }
}

impl Condition {
    fn step(self, word: Word, at: Timestamp) -> Self {
        let said = u8::from(word == Word::Alarm);
        match (self, word) {
            (Self::Fine, Word::Alarm | Word::Bad) => Self::Bad { since: at, begun: at, unbroken: said },
            (Self::Mended { since, at: mended }, Word::Alarm | Word::Bad) => {
                let since = if at.since(mended) < FLAP_MS_MAX { since } else { at };
                Self::Bad { since, begun: at, unbroken: said }
            }
            (Self::Bad { since, begun, unbroken }, Word::Alarm) => {
                Self::Bad { since, begun, unbroken: unbroken.saturating_add(1) }
            }
            (Self::Bad { since, .. }, Word::Fine) => Self::Mended { since, at },
            // A state stands in each report, and has ended with the first that lacks it; an event is told once, or a few
            // times within a minute.
            (Self::Bad { since, begun, unbroken }, Word::Nothing)
                if unbroken >= STATE_REPORTS && at.since(begun) >= STATE_MS_MIN =>
            {
                Self::Mended { since, at }
            }
            (Self::Bad { since, begun, .. }, Word::Bad | Word::Nothing) => {
                Self::Bad { since, begun, unbroken: 0 }
            }
            (_, Word::Same) | (Self::Fine | Self::Mended { .. }, Word::Fine | Word::Nothing) => self,
        }
    }

    fn step_if_said(self, word: Word, at: Timestamp) -> Self {
        if word == Word::Nothing { self } else { self.step(word, at) }
    }

    /// Since when it is wrong, if it is.
    pub(crate) const fn bad_since(&self) -> Option<Timestamp> {
        match self {
            Self::Bad { since, .. } => Some(*since),
            Self::Fine | Self::Mended { .. } => None,
        }
    }

    /// The same, with the begin of the spell that lasts still.
    pub(crate) const fn spell(&self) -> Option<Spell> {
        match self {
            Self::Bad { since, begun, .. } => Some(Spell { since: *since, begun: *begun }),
            Self::Fine | Self::Mended { .. } => None,
        }
    }

    /// When it ended, if it was wrong.
    pub(crate) const fn mended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Mended { at, .. } => Some(*at),
            Self::Fine | Self::Bad { .. } => None,
        }
    }
}

/// The attributes that matter here, found in one pass.
#[derive(Default)]
struct Told<'a> {
    charging: Option<bool>,
    external_volts: Option<f32>,
    battery_percent: Option<f32>,
    card: Option<&'a str>,
    tampered: bool,
}

impl<'a> Told<'a> {
    fn of(attributes: &'a Attributes) -> Self {
        let mut told = Self::default();
        for attribute in attributes.iter() {
            match attribute {
                Attribute::Charging(on) => told.charging = Some(*on),
                Attribute::ExternalVolts(volts) => told.external_volts = Some(*volts),
                Attribute::BatteryPercent(percent) => told.battery_percent = Some(*percent),
                Attribute::Iccid(card) => told.card = Some(card),
                Attribute::Tampered(on) => told.tampered = *on,
                _ => {}
            }
        }
        told
    }
}

fn handling(alarms: Alarms, told: &Told<'_>) -> Option<Alarm> {
    let handling = HANDLING.into_iter().find(|alarm| alarms.contains(*alarm));
    handling.or(told.tampered.then_some(Alarm::CoverOpen))
}

/// Not charging says nothing: a full battery is not charged.
fn supply(alarms: Alarms, told: &Told<'_>) -> Word {
    let volts = told.external_volts;
    match () {
        () if alarms.contains(Alarm::PowerCut) => Word::Alarm,
        () if volts.is_some_and(|volts| volts < SUPPLY_V_MIN) => Word::Bad,
        () if volts.is_some() || told.charging == Some(true) || alarms.contains(Alarm::PowerOn) => Word::Fine,
        () => Word::Nothing,
    }
}

fn device_battery(alarms: Alarms, told: &Told<'_>) -> Word {
    match told.battery_percent {
        _ if alarms.contains(Alarm::LowBattery) => Word::Alarm,
        Some(percent) if percent < DEVICE_LOW_PERCENT => Word::Bad,
        Some(percent) if percent >= DEVICE_GOOD_PERCENT => Word::Fine,
        Some(_) => Word::Same,
        None => Word::Nothing,
    }
}

/// A supply that is cut is no low battery.
fn vehicle_battery(alarms: Alarms, told: &Told<'_>) -> Word {
    let volts = told.external_volts.filter(|volts| *volts >= SUPPLY_V_MIN);
    let of_12_v = volts.map(|volts| if volts > SYSTEM_12_V_MAX { volts / 2.0 } else { volts });
    match of_12_v {
        _ if alarms.contains(Alarm::LowExternal) => Word::Alarm,
        Some(volts) if volts < VEHICLE_LOW_V => Word::Bad,
        Some(volts) if volts >= VEHICLE_GOOD_V => Word::Fine,
        Some(_) => Word::Same,
        None => Word::Nothing,
    }
}

/// Hands on a device.
const HANDLING: [Alarm; 3] = [Alarm::Removed, Alarm::Light, Alarm::CoverOpen];
/// So many alarms in a row, over so long a time, are a state, not an event [P].
const STATE_REPORTS: u8 = 3;
const STATE_MS_MIN: Millis = 2 * 60_000;
/// Bad again so soon is the same spell: a loose contact, or a device that repeats its alarm each three minutes [E:15c].
const FLAP_MS_MAX: Millis = 10 * 60_000;
/// Said again within this, it is the same spell [P].
pub(crate) const JAM_GAP_MS_MAX: Millis = 30 * 60_000;
/// Said again within a day, it is the same exchange: a state that stands in each report [P].
const CARD_GAP_MS_MAX: Millis = 24 * 3_600_000;
/// Less than any vehicle's battery gives: the wire is cut [P].
const SUPPLY_V_MIN: f32 = 5.0;
/// A 12 V system does not reach it, a flat 24 V system does not fall to it [P].
const SYSTEM_12_V_MAX: f32 = 16.5;
/// [E:15b], and half a volt more before it counts as good.
const VEHICLE_LOW_V: f32 = 11.4;
const VEHICLE_GOOD_V: f32 = 11.9;
/// [P], and ten more before it counts as good.
const DEVICE_LOW_PERCENT: f32 = 20.0;
const DEVICE_GOOD_PERCENT: f32 = 30.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(minute * 60_000)
    }

    fn told(attributes: &[Attribute]) -> Attributes {
        Attributes(attributes.to_vec())
    }

    #[test]
    fn an_event_lasts_until_the_device_says_otherwise() {
        let mut signals = Signals::default();
        signals.on_report(Alarms::NONE.with(Alarm::PowerCut), &told(&[]), at(0));
        signals.on_report(Alarms::NONE, &told(&[]), at(1));
        signals.on_report(Alarms::NONE, &told(&[Attribute::Charging(false)]), at(2));
        assert_eq!(signals.supply.bad_since(), Some(at(0)));
        signals.on_told(&told(&[Attribute::Charging(true)]), at(3));
        assert_eq!((signals.supply.bad_since(), signals.supply.mended_at()), (None, Some(at(3))));
    }

    #[test]
    fn a_state_lasts_until_a_report_lacks_it() {
        let mut signals = Signals::default();
        for minute in 0..3 {
            signals.on_report(Alarms::NONE.with(Alarm::PowerCut), &told(&[]), at(minute));
        }
        signals.on_told(&told(&[]), at(4));
        assert_eq!(signals.supply.bad_since(), Some(at(0)), "a heartbeat says nothing of it");
        signals.on_report(Alarms::NONE, &told(&[]), at(5));
        assert_eq!(signals.supply.mended_at(), Some(at(5)));
    }

    #[test]
    fn a_value_between_good_and_bad_and_a_report_without_one_change_nothing() {
        let mut signals = Signals::default();
        for minute in 0..4 {
            signals.on_told(&told(&[Attribute::ExternalVolts(11.2)]), at(minute));
        }
        signals.on_report(Alarms::NONE, &told(&[]), at(5));
        signals.on_told(&told(&[Attribute::ExternalVolts(11.6)]), at(6));
        assert_eq!(signals.vehicle_battery.bad_since(), Some(at(0)));
        signals.on_told(&told(&[Attribute::ExternalVolts(11.9)]), at(7));
        assert_eq!(signals.vehicle_battery.mended_at(), Some(at(7)));
    }

    #[test]
    fn a_burst_of_one_event_is_no_state() {
        let mut signals = Signals::default();
        for second in 0..5 {
            let at = Timestamp::from_ms(second * 1_000);
            signals.on_report(Alarms::NONE.with(Alarm::PowerCut), &told(&[]), at);
        }
        signals.on_report(Alarms::NONE, &told(&[]), at(1));
        assert_eq!(signals.supply.bad_since(), Some(at(0)));
    }

    #[test]
    fn what_is_bad_again_at_once_never_ended() {
        let mut signals = Signals::default();
        let (cut, back) = (told(&[Attribute::ExternalVolts(0.0)]), told(&[Attribute::ExternalVolts(12.6)]));
        signals.on_told(&cut, at(0));
        signals.on_told(&back, at(1));
        signals.on_told(&cut, at(10));
        assert_eq!(signals.supply.bad_since(), Some(at(0)));
        signals.on_told(&back, at(11));
        signals.on_told(&cut, at(21));
        assert_eq!(signals.supply.bad_since(), Some(at(21)));
    }

    #[test]
    fn volts_are_those_of_the_system() {
        for (volts, low) in
            [(11.3, true), (11.4, false), (12.6, false), (22.7, true), (22.9, false), (4.9, false)]
        {
            let mut signals = Signals::default();
            signals.on_told(&told(&[Attribute::ExternalVolts(volts)]), at(0));
            assert_eq!(signals.vehicle_battery.bad_since().is_some(), low, "{volts} V");
        }
    }

    #[test]
    fn another_card_is_noticed_and_the_first_is_not() {
        let mut signals = Signals::default();
        for (card, minute, exchanged) in [("8986A", 0, None), ("8986A", 1, None), ("8986B", 2, Some(at(2)))] {
            signals.on_told(&told(&[Attribute::Iccid(card.to_owned())]), at(minute));
            assert_eq!(signals.exchanged_at, exchanged);
        }
    }
}
