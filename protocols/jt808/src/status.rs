//! The status word of a location.
//!
//! Shape: u32 → claims. One means south and west, unlike GT06. Source: SPEC.md §4.

use model::{Attribute, Attributes};

/// The status word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(pub(crate) u32);

impl Status {
    pub(crate) const IGNITION: u32 = 1; // bit 0
    pub(crate) const FIXED: u32 = 1 << 1;
    pub(crate) const SOUTH: u32 = 1 << 2;
    pub(crate) const WEST: u32 = 1 << 3;
    const FUEL_CUT: u32 = 0b11 << 10; // bit 10 oil, bit 11 electricity
    const DOORS_LOCKED: u32 = 1 << 12;
    const DOOR_OPEN: u32 = 0b1_1111 << 13; // bits 13-17: front, middle, rear, driver, custom

    pub(crate) const fn has(self, mask: u32) -> bool {
        self.0 & mask != 0
    }

    /// What the word says beside the fix. A door bit of zero is no claim: few terminals are wired to a door.
    pub(crate) fn push(self, attributes: &mut Attributes) {
        attributes.push(Attribute::Ignition(self.has(Self::IGNITION)));
        attributes.push(Attribute::FuelCut(self.has(Self::FUEL_CUT)));
        if self.has(Self::DOORS_LOCKED) {
            attributes.push(Attribute::DoorsLocked(true));
        }
        if self.has(Self::DOOR_OPEN) {
            attributes.push(Attribute::DoorOpen(true));
        }
    }

    /// The standard's words for the word.
    pub(crate) fn words(self) -> String {
        let said = WORDS.iter().map(|(bit, set, clear)| if self.has(1 << bit) { *set } else { *clear });
        said.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// (bit, meaning of 1, meaning of 0); load is two bits, of which only "not empty" is agreed between makers.
const WORDS: [(u8, &str, &str); 23] = [
    (0, "ACC on", "ACC off"),
    (1, "fixed", "not fixed"),
    (2, "south", "north"),
    (3, "west", "east"),
    (4, "out of service", ""),
    (5, "coordinates encrypted by plug-in", ""),
    (6, "forward collision warning (2019)", ""),
    (7, "lane departure warning (2019)", ""),
    (8, "load bit 8", ""),
    (9, "load bit 9", ""),
    (10, "fuel cut", ""),
    (11, "electricity cut", ""),
    (12, "doors locked", ""),
    (13, "front door open", ""),
    (14, "middle door open", ""),
    (15, "rear door open", ""),
    (16, "driver's door open", ""),
    (17, "another door open", ""),
    (18, "GPS", ""),
    (19, "BeiDou", ""),
    (20, "GLONASS", ""),
    (21, "Galileo", ""),
    (22, "moving (2019)", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignition_and_relay_are_always_claimed_doors_only_when_set() {
        let said = |word| {
            let mut attributes = Attributes::default();
            Status(word).push(&mut attributes);
            attributes.0
        };
        assert_eq!(said(0), [Attribute::Ignition(false), Attribute::FuelCut(false)]);
        assert_eq!(
            said(1 | 1 << 11 | 1 << 12 | 1 << 16),
            [
                Attribute::Ignition(true),
                Attribute::FuelCut(true),
                Attribute::DoorsLocked(true),
                Attribute::DoorOpen(true)
            ]
        );
    }

    #[test]
    fn words_name_hemispheres_and_satellites() {
        assert_eq!(Status(0x0004_000F).words(), "ACC on, fixed, south, west, GPS");
    }
}
