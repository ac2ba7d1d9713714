//! The codec byte, which stands for the message number, and how the codecs of records differ.
//!
//! Shape: byte → [`Codec`]; the codecs of records have a [`Layout`], a row of a table. Errors: a codec of no table
//! survives as a number. Source: SPEC.md §2 and §4.

/// The codec byte of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Codec(pub(crate) u8);

impl Codec {
    pub(crate) const RECORDS: Self = Self(0x08);
    pub(crate) const RECORDS_EXTENDED: Self = Self(0x8E);
    pub(crate) const RECORDS_16: Self = Self(0x10);
    pub(crate) const COMMAND: Self = Self(0x0C);
    pub(crate) const TEXT: Self = Self(0x0D);
    pub(crate) const COMMAND_IMEI: Self = Self(0x0E);
    pub(crate) const SERIAL_PORT: Self = Self(0x0F);

    /// How its records are laid out; `None` if it carries none.
    pub(crate) fn layout(self) -> Option<&'static Layout> {
        LAYOUTS.iter().find(|(codec, _)| *codec == self).map(|(_, layout)| layout)
    }

    /// Whether a table of SPEC.md lists it.
    pub(crate) fn is_listed(self) -> bool {
        let others = [Self::COMMAND, Self::TEXT, Self::COMMAND_IMEI, Self::SERIAL_PORT];
        self.layout().is_some() || others.contains(&self)
    }
}

/// What differs between the codecs of records.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Of the id of the event.
    pub(crate) event: Width,
    /// Of an element's id.
    pub(crate) id: Width,
    /// Of the number of elements, in all and of each size.
    pub(crate) count: Width,
    /// A byte behind the event that says why the record was made.
    pub(crate) has_generation: bool,
    /// Of the values in each group; `None` = each brings its length.
    pub(crate) sizes: &'static [Option<u8>],
}

/// Bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    One,
    Two,
}

impl Width {
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

#[rustfmt::skip] // a table
const LAYOUTS: &[(Codec, Layout)] = &[
    (Codec::RECORDS,          layout(Width::One, Width::One, Width::One, false, FIXED)),
    (Codec::RECORDS_EXTENDED, layout(Width::Two, Width::Two, Width::Two, false, FIXED_AND_VARIABLE)),
    (Codec::RECORDS_16,       layout(Width::Two, Width::Two, Width::One, true,  FIXED)),
];

const FIXED: &[Option<u8>] = &[Some(1), Some(2), Some(4), Some(8)];
const FIXED_AND_VARIABLE: &[Option<u8>] = &[Some(1), Some(2), Some(4), Some(8), None];

const fn layout(
    event: Width,
    id: Width,
    count: Width,
    has_generation: bool,
    sizes: &'static [Option<u8>],
) -> Layout {
    Layout { event, id, count, has_generation, sizes }
}
