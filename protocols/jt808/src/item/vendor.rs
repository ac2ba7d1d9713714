//! The makers' own items, one profile each: what an id and a length mean on whose devices.
//!
//! Shape: (id, length) → [`Choice`]. Ids are not unique among makers, so a row is taken where the terminal's model
//! names the maker, or where every maker who has it means the same, or where the items seen before on this connection
//! belong to one of those who differ. Units: in the rows. Errors: what stays disputed is kept. Source: SPEC.md §4.5.

use super::reader::{
    accelerometer, armed, battery_centivolts, battery_level, battery_percent, battery_percent_hundredths,
    cells_2g, cells_4g, cells_of_one_network, counted_wifi, driver_id, driver_name, external_centivolts,
    external_decivolts, external_millivolts, humidities, iccid_text, imei_packed, imei_text, light_level,
    temperatures, version, wifi,
};
use super::rule::{Length, Rule};
use super::{Items, extended};
use std::cell::Cell;

/// How one maker, or one family of devices, uses what the standard leaves open. Alarm bits stand with the models.
pub(crate) struct VendorProfile {
    pub(crate) name: &'static str,
    items: &'static [Rule],
}

/// What is known of the makers on one connection.
#[derive(Debug, Default)]
pub(crate) struct Vendors {
    /// The maker by the terminal's model.
    named: Option<&'static VendorProfile>,
    /// One bit a profile: an item that only it has was met.
    learned: Cell<u32>,
}

/// Whose item it is.
pub(crate) enum Choice {
    Rule(&'static Rule),
    /// Makers differ, and nothing says which one it is.
    Disputed,
    Unknown,
}

impl Vendors {
    /// With the maker that the terminal's model names, and what the connection has learned.
    pub(crate) const fn new(named: Option<&'static VendorProfile>, learned: u32) -> Self {
        Self { named, learned: Cell::new(learned) }
    }

    /// What was learned so far, for the next frame.
    pub(crate) fn learned(&self) -> u32 {
        self.learned.get()
    }

    /// The maker, if it is named or only one was met.
    pub(crate) fn maker(&self) -> Option<&'static VendorProfile> {
        let only = || PROFILES.iter().enumerate().find(|(place, _)| self.learned.get() == 1 << place);
        self.named.or_else(|| only().map(|(_, profile)| *profile))
    }

    /// Finds the row for an item, and learns from an item that one maker alone has.
    pub(crate) fn choose(&self, id: u8, length: usize) -> Choice {
        let own = self.named.and_then(|named| named.rule(id, length));
        if let Some(rule) = own {
            return Choice::Rule(rule);
        }
        let claims = || {
            let rule =
                |(place, profile): (usize, &&'static VendorProfile)| Some((place, profile.rule(id, length)?));
            PROFILES.iter().enumerate().filter_map(rule)
        };
        let mask = claims().fold(0_u32, |mask, (place, _)| mask | 1 << place);
        if mask == 0 {
            return Choice::Unknown;
        }
        if mask.is_power_of_two() {
            self.learned.set(self.learned.get() | mask);
        }
        let met = self.learned.get();
        let by_met = || agreed(claims().filter(|(place, _)| met & (1 << place) != 0).map(|(_, rule)| rule));
        agreed(claims().map(|(_, rule)| rule)).or_else(by_met).map_or(Choice::Disputed, Choice::Rule)
    }
}

/// The row that all rows mean, if they mean one thing.
fn agreed(mut rules: impl Iterator<Item = &'static Rule>) -> Option<&'static Rule> {
    let first = rules.next()?;
    rules.all(|rule| rule.name == first.name).then_some(first)
}

impl std::fmt::Debug for VendorProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl VendorProfile {
    fn rule(&self, id: u8, length: usize) -> Option<&'static Rule> {
        self.items.iter().find(|rule| rule.fits(id, length))
    }
}

/// Every profile; its place is its bit in what a connection learns.
pub(crate) static PROFILES: &[&VendorProfile] = &[
    &G10LS_DEVICES,
    &GPS51_DEVICES,
    &AOVX_DEVICES,
    &EB_EXTENSION_DEVICES,
    &WEARABLE_DEVICES,
    &CARGO_LOCK_DEVICES,
    &D_BLOCK_DEVICES,
    &WIRED_DEVICES,
    &WIRELESS_DEVICES,
    &FUEL_PROBE_DEVICES,
];

pub(crate) static G10LS_DEVICES: VendorProfile = VendorProfile { name: "g10ls", items: G10LS };
pub(crate) static GPS51_DEVICES: VendorProfile = VendorProfile { name: "gps51", items: GPS51 };
pub(crate) static AOVX_DEVICES: VendorProfile = VendorProfile { name: "aovx", items: AOVX };
pub(crate) static EB_EXTENSION_DEVICES: VendorProfile =
    VendorProfile { name: "eb_extension", items: EB_EXTENSION };
pub(crate) static WEARABLE_DEVICES: VendorProfile = VendorProfile { name: "wearable", items: WEARABLE };
pub(crate) static CARGO_LOCK_DEVICES: VendorProfile = VendorProfile { name: "cargo_lock", items: CARGO_LOCK };
pub(crate) static D_BLOCK_DEVICES: VendorProfile = VendorProfile { name: "d_block", items: D_BLOCK };
pub(crate) static WIRED_DEVICES: VendorProfile = VendorProfile { name: "wired", items: WIRED };
pub(crate) static WIRELESS_DEVICES: VendorProfile = VendorProfile { name: "wireless", items: WIRELESS };
pub(crate) static FUEL_PROBE_DEVICES: VendorProfile = VendorProfile { name: "fuel_probe", items: FUEL_PROBE };

// What is learned is a word of 32 bits.
const _: () = assert!(PROFILES.len() <= 32);

/// Asset trackers of the Cantrack G10LS kind.
#[rustfmt::skip]
const G10LS: &[Rule] = &[
    row(0x51, Length::Records { head: 0, each: 2 },  "temperatures",    "0.1 °C, bit 15 minus, FFFF none", temperatures),
    row(0x53, Length::Records { head: 1, each: 8 },  "cells",           "2G",              cells_2g),
    row(0x54, Length::Records { head: 1, each: 7 },  "access points",   "MAC, signal",     counted_wifi),
    row(0x56, Length::Of(&[2]),                      "battery level",   "of 10, percent",  battery_level),
    row(0x5D, Length::Records { head: 1, each: 10 }, "cells",           "4G",              cells_4g),
    row(0x61, Length::Of(&[2]),                      "main voltage",    "0.01 V",          external_centivolts),
    row(0xF1, Length::Of(&[20]),                     "ICCID",           "text",            iccid_text),
    row(0xF3, Length::Of(&[1]),                      "armed",           "",                armed),
    row(0xF4, Length::Of(&[2]),                      "extended alarms", "bits",            extended::g10ls_alarms),
    row(0xF5, Length::Of(&[6]),                      "accelerometer",   "x, y, z",         accelerometer),
    row(0xF6, Length::Of(&[4]),                      "work mode",       "",                extended::g10ls_mode),
];

/// Trackers made for the GPS51 platform.
#[rustfmt::skip]
const GPS51: &[Rule] = &[
    row(0x51, Length::Records { head: 0, each: 2 }, "temperatures",    "0.1 °C, bit 15 minus, FFFF none", temperatures),
    row(0x54, Length::Records { head: 1, each: 7 }, "access points",   "MAC, signal",         counted_wifi),
    row(0x58, Length::Records { head: 0, each: 2 }, "humidities",      "0.1 %, 0FFF none",    humidities),
    row(0x61, Length::Of(&[2]),                     "main voltage",    "0.01 V",              external_centivolts),
    row(0xE1, Length::Records { head: 4, each: 7 }, "cells",           "of one network",      cells_of_one_network),
    row(0xE1, Length::Records { head: 4, each: 8 }, "cells",           "of one network",      cells_of_one_network),
    row(0xE2, Length::From(1),                      "version",         "text",                version),
    row(0xF1, Length::Of(&[20]),                    "ICCID",           "text",                iccid_text),
    row(0xF6, Length::Of(&[8]),                     "IMEI",            "BCD",                 imei_packed),
    row(0xFA, Length::Of(&[4]),                     "extended alarms", "bits",                extended::gps51_alarms),
    row(0xFB, Length::Of(&[4]),                     "battery",         "%, 0.01 V, charging", extended::gps51_battery),
];

/// AOVX trackers (GL100 and its kind).
#[rustfmt::skip]
const AOVX: &[Rule] = &[
    row(0xF2, Length::From(5),            "version",         "text",                     version),
    row(0xF6, Length::From(10),           "sensors",         "event, mask, light, 0.1 °C", extended::aovx_sensors),
    row(0xF7, Length::Of(&[4, 5, 6]),     "battery",         "mV, charging, %",          extended::aovx_battery),
    row(0xF8, Length::From(19),           "device",          "kind, IMEI, ICCID, model", extended::aovx_device),
];

/// Trackers that put a second list of items into 0xEB.
#[rustfmt::skip]
const EB_EXTENSION: &[Rule] = &[
    row(0xEB, Length::From(4), "extension", "length, id, value, or cells", extended::eb),
];

/// Small battery devices: badges, pet collars.
#[rustfmt::skip]
const WEARABLE: &[Rule] = &[
    row(0xE1, Length::Records { head: 4, each: 7 }, "cells",         "of one network", cells_of_one_network),
    row(0xE1, Length::Records { head: 4, each: 8 }, "cells",         "of one network", cells_of_one_network),
    row(0xE4, Length::Of(&[2]),                     "battery",       "0 charging, %",  extended::charge_and_percent),
    row(0xEC, Length::Records { head: 0, each: 7 }, "access points", "MAC, signal",    wifi),
    row(0xF4, Length::Records { head: 0, each: 7 }, "access points", "MAC, signal",    wifi),
];

/// Locks and seals of containers.
#[rustfmt::skip]
const CARGO_LOCK: &[Rule] = &[
    row(0x68, Length::Of(&[2]),  "battery level",   "0.01 %", battery_percent_hundredths),
    row(0x69, Length::Of(&[2]),  "battery voltage", "0.01 V", battery_centivolts),
    row(0x6C, Length::Of(&[15]), "IMEI",            "text",   imei_text),
    row(0x71, Length::Of(&[20]), "ICCID",           "text",   iccid_text),
];

/// Devices whose own items are 0xD0-0xDA.
#[rustfmt::skip]
const D_BLOCK: &[Rule] = &[
    row(0xD0, Length::Of(&[4]),  "user status",     "bits",   extended::user_status),
    row(0xD3, Length::Of(&[2]),  "main voltage",    "0.1 V",  external_decivolts),
    row(0xD4, Length::Of(&[1]),  "battery level",   "%",      battery_percent),
    row(0xD5, Length::Of(&[2]),  "battery voltage", "0.01 V", battery_centivolts),
    row(0xD6, Length::Of(&[20]), "ICCID",           "text",   iccid_text),
];

/// Wired trackers.
#[rustfmt::skip]
const WIRED: &[Rule] = &[
    row(0x51, Length::Records { head: 0, each: 2 }, "temperatures", "0.1 °C, bit 15 minus, FFFF none", temperatures),
    row(0x82, Length::Of(&[2]), "main voltage", "0.1 V", external_decivolts),
    row(0xBC, Length::From(1),  "driver",       "name",  driver_name),
    row(0xBD, Length::From(1),  "driver",       "id",    driver_id),
    row(0xE1, Length::Of(&[2]), "main voltage", "0.1 V", external_decivolts),
    row(0xF1, Length::Of(&[4]), "main voltage", "mV",    external_millivolts),
    row(0xFE, Length::Of(&[2]), "main voltage", "0.1 V", external_decivolts),
];

/// Trackers on a battery of their own.
#[rustfmt::skip]
const WIRELESS: &[Rule] = &[
    row(0x06, Length::Of(&[1]),    "battery level", "%",                battery_percent),
    row(0x56, Length::Of(&[2]),    "battery level", "of 10, percent",   battery_level),
    row(0xE1, Length::Of(&[1]),    "battery level", "%, FF charging",   battery_percent),
    row(0xE3, Length::Of(&[4, 6]), "battery",       "-, %, 0.01 V",     extended::percent_and_volts),
    row(0xE9, Length::Of(&[1]),    "battery level", "%, FF charging",   battery_percent),
    row(0xF5, Length::Of(&[2]),    "light",         "device's scale",   light_level),
    row(0xFE, Length::Of(&[1]),    "battery level", "%",                battery_percent),
];

/// Trackers with a fuel probe. Litres or percent is not told: the item is kept, and disputes 0xE2 with a version text.
#[rustfmt::skip]
const FUEL_PROBE: &[Rule] = &[
    row(0xE2, Length::Of(&[4]), "fuel probe", "0.1, litres or percent", |_, _| None),
];

const fn row(
    id: u8,
    length: Length,
    name: &'static str,
    unit: &'static str,
    read: fn(&mut Items, &[u8]) -> Option<()>,
) -> Rule {
    Rule { id, length, name, unit, read }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Attribute, Attributes};

    fn profile(name: &str) -> &'static VendorProfile {
        PROFILES.iter().find(|profile| profile.name == name).unwrap()
    }

    fn read(hex: &str, vendors: &Vendors) -> Items {
        Items::read(Attributes::default(), &hex::decode(hex).unwrap(), vendors)
    }

    fn version(items: &Items) -> Option<&Attribute> {
        items.attributes.iter().find(|attribute| attribute.name() == "version")
    }

    #[test]
    fn what_makers_mean_differently_is_kept_until_one_is_known() {
        assert!(version(&read("E20456312E30", &Vendors::default())).is_none());
        let named = Vendors::new(Some(profile("gps51")), 0);
        assert!(version(&read("E20456312E30", &named)).is_some());
    }

    #[test]
    fn an_item_of_one_maker_tells_whose_the_others_are_even_behind_them() {
        let vendors = Vendors::default();
        assert!(version(&read("E20456312E30FB045F050701", &vendors)).is_some());
        let later = Vendors::new(None, vendors.learned());
        assert!(version(&read("E20456312E30", &later)).is_some());
        assert_eq!(later.maker().map(|maker| maker.name), Some("gps51"));
    }

    #[test]
    fn rows_that_two_makers_mean_alike_tell_nobody() {
        let vendors = Vendors::default();
        assert_eq!(read("610204DB", &vendors).attributes.0, [Attribute::ExternalVolts(12.43)]);
        assert_eq!(vendors.learned(), 0);
    }

    #[test]
    fn two_makers_on_one_connection_settle_nothing() {
        let both = Vendors::new(None, 0b10 | 1 << (PROFILES.len() - 1));
        assert!(version(&read("E20456312E30", &both)).is_none());
        assert!(both.maker().is_none());
    }
}
