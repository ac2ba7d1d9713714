//! What a device says of itself beside where it is: its supply, its batteries, hands on it, its sight of the sky.
//!
//! Shape: alarms and attributes of a live report, or of a heartbeat, step it. Units: the server's clock. Errors: none.
//! Source: `domain.md` §3b, §8 (devices repeat their alarms); constants marked [P] are ours.

mod condition;

use condition::Word;
pub(crate) use condition::{Condition, Sound, Spell};
use model::finding::Exchange;
use model::{Alarm, Alarms, Attribute, Attributes, Group, Millis, Position, Timestamp};
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
    /// The last time that it felt vibration.
    pub(crate) shaken_at: Option<Timestamp>,
    /// Hash of its SIM card's number.
    card: Option<u64>,
    /// Whose card it is: the first six digits.
    issuer: Option<u32>,
    /// The last time that it was not the one that it had been.
    pub(crate) exchanged: Option<Exchanged>,
    /// Hash of its own equipment number.
    unit: Option<u32>,
    /// Hash of the plate that it says it is on.
    plate: Option<u32>,
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

/// What says which device it is, is another one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exchanged {
    pub(crate) what: Exchange,
    pub(crate) at: Timestamp,
}

/// Somebody laid hands on a device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Handled {
    pub(crate) alarm: Alarm,
    pub(crate) at: Timestamp,
    /// When it became known: later, if the device could not say so at once.
    pub(crate) known_at: Timestamp,
}

impl Signals {
    /// Steps by a live report; gives what it calls good.
    pub(crate) fn on_report(&mut self, alarms: Alarms, attributes: &Attributes, at: Timestamp) -> Sound {
        let told = Told::of(attributes);
        let words @ [of_supply, of_device, of_vehicle] = words(alarms, &told);
        self.supply = self.supply.step(of_supply, at);
        self.device_battery = self.device_battery.step(of_device, at);
        self.vehicle_battery = self.vehicle_battery.step(of_vehicle, at);
        if let Some(alarm) = handling(alarms, &told) {
            self.handled = Some(Handled { alarm, at, known_at: at });
        }
        if alarms.contains(Alarm::Jamming) {
            let spell = self.jammed.filter(|jammed| at.since(jammed.until) <= JAM_GAP_MS_MAX);
            self.jammed = Some(Jammed { since: spell.map_or(at, |jammed| jammed.since), until: at });
        }
        if alarms.contains(Alarm::Overspeed) {
            self.too_fast_at = Some(at);
        }
        if alarms.contains(Alarm::Vibration) {
            self.shaken_at = Some(at);
        }
        if alarms.contains(Alarm::SimChanged) {
            let is_repeated = self.card_said_at.is_some_and(|said_at| at.since(said_at) <= CARD_GAP_MS_MAX);
            let said = Some(Exchanged { what: Exchange::SimCard, at });
            self.exchanged = if is_repeated { self.exchanged } else { said };
            self.card_said_at = Some(at);
        }
        self.note_identity(&told, at);
        Sound::of(words)
    }

    /// Steps by a report of the past: hands on a device are an event, told late rather than never. It calls nothing good.
    pub(crate) fn on_past(&mut self, position: &Position, at: Timestamp, known_at: Timestamp) -> Sound {
        let is_news = self.handled.is_none_or(|handled| at > handled.at);
        let alarm = handling(position.alarms, &Told::of(&position.attributes));
        if let Some(alarm) = alarm.filter(|_| is_news) {
            self.handled = Some(Handled { alarm, at, known_at });
        }
        Sound::default()
    }

    /// Steps by what is said without a report: what it does not say has not ended. Gives what it calls good.
    pub(crate) fn on_told(&mut self, attributes: &Attributes, at: Timestamp) -> Sound {
        let told = Told::of(attributes);
        let words @ [of_supply, of_device, of_vehicle] = words(Alarms::NONE, &told);
        if told.tampered {
            self.handled = Some(Handled { alarm: Alarm::CoverOpen, at, known_at: at });
        }
        self.supply = self.supply.step_if_said(of_supply, at);
        self.device_battery = self.device_battery.step_if_said(of_device, at);
        self.vehicle_battery = self.vehicle_battery.step_if_said(of_vehicle, at);
        self.note_identity(&told, at);
        Sound::of(words)
    }

    /// What was not said before says nothing of an exchange.
    fn note_identity(&mut self, told: &Told<'_>, at: Timestamp) {
        let short = |text: &str| u32::try_from(xxh3_64(text.as_bytes()) & u64::from(u32::MAX)).ok();
        for (what, known, said) in [
            (Exchange::Device, &mut self.unit, told.unit.and_then(short)),
            (Exchange::Plate, &mut self.plate, told.plate.and_then(short)),
        ] {
            if said.is_some() && known.is_some() && said != *known {
                self.exchanged = Some(Exchanged { what, at });
            }
            *known = said.or(*known);
        }
        self.note_card(told, at);
    }

    fn note_card(&mut self, told: &Told<'_>, at: Timestamp) {
        // Half of the hash tells two cards apart, and takes half the room in a state.
        let half = |hash: u64| hash & u64::from(u32::MAX);
        let Some(card) = told.card.map(|card| half(xxh3_64(card.as_bytes()))) else { return };
        if self.card.is_some_and(|known| half(known) != card) {
            self.exchanged = Some(Exchanged { what: Exchange::SimCard, at });
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

/// The attributes that matter here, found in one pass.
#[derive(Default)]
struct Told<'a> {
    charging: Option<bool>,
    external_volts: Option<f32>,
    battery_percent: Option<f32>,
    card: Option<&'a str>,
    unit: Option<&'a str>,
    plate: Option<&'a str>,
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
                Attribute::Imei(unit) => told.unit = Some(unit),
                Attribute::Plate(plate) => told.plate = Some(plate),
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

/// Of the supply, the device's battery and the vehicle's.
fn words(alarms: Alarms, told: &Told<'_>) -> [Word; 3] {
    [supply(alarms, told), device_battery(alarms, told), vehicle_battery(alarms, told)]
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
            assert_eq!(signals.exchanged.map(|exchanged| exchanged.at), exchanged);
        }
    }
}
