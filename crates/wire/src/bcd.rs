//! Packed decimal digits, two a byte.

/// The digits of packed BCD as text; `None` if a nibble is above 9.
pub fn digits(packed: &[u8]) -> Option<String> {
    packed.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).map(digit).collect()
}

/// One byte of packed BCD as a number, 0..=99; `None` if a nibble is above 9.
pub const fn number(packed: u8) -> Option<u8> {
    let (tens, ones) = (packed >> 4, packed & 0x0F);
    if tens > 9 || ones > 9 { None } else { Some(tens * 10 + ones) }
}

/// A number 0..=99 as one byte of packed BCD; larger numbers keep their last two digits.
pub const fn pack(number: u8) -> u8 {
    let number = number % 100;
    ((number / 10) << 4) | (number % 10)
}

/// Decimal text packed to the right of `N` bytes, zeros before it; `None` if it is too long or not decimal.
pub fn pack_digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() > N * 2 {
        return None;
    }
    let mut packed = [0; N];
    for (at, digit) in text.bytes().rev().enumerate() {
        let value = digit.is_ascii_digit().then(|| digit - b'0')?;
        let byte = packed.get_mut(N.checked_sub(at / 2 + 1)?)?;
        *byte |= if at % 2 == 0 { value } else { value << 4 };
    }
    Some(packed)
}

fn digit(nibble: u8) -> Option<char> {
    char::from_digit(u32::from(nibble), 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nibble_above_nine_is_no_digit() {
        assert_eq!(digits(&[0x08, 0x68]), Some("0868".into()));
        assert_eq!(digits(&[0x0A]), None);
        assert_eq!(number(0x59), Some(59));
        assert_eq!(number(0x5A), None);
    }

    #[test]
    fn packing_is_the_inverse_of_reading() {
        assert_eq!(pack_digits::<6>("13912345678"), Some([0x01, 0x39, 0x12, 0x34, 0x56, 0x78]));
        assert_eq!(pack_digits::<1>("123"), None);
        assert_eq!(pack_digits::<2>("1x"), None);
        for value in 0..100 {
            assert_eq!(number(pack(value)), Some(value));
        }
    }
}
