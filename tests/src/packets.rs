//! A JT/T 808 message split by hand, as a tracker splits it: packets of one body, under serials of their own.
//!
//! Shape: a whole frame of the 2013 edition → its packets, sealed. Units: bytes. Errors: what is no such frame.
//! Source: protocols/jt808/SPEC.md §2.1.

use anyhow::{Context as _, ensure};

/// Cuts a whole frame into so many packets, the first under `first_serial`.
pub fn split(whole: &[u8], first_serial: u16, total: u16) -> anyhow::Result<Vec<Vec<u8>>> {
    let inside = whole.strip_prefix(&[0x7E]).and_then(|rest| rest.strip_suffix(&[0x7E]));
    let plain = unescaped(inside.context("no frame")?);
    let (head, rest) = plain.split_at_checked(12).context("no header")?;
    let (Some((number, _)), Some(phone)) = (head.split_first_chunk::<2>(), head.get(4..10)) else {
        anyhow::bail!("no header")
    };
    let (_, body) = rest.split_last().context("no checksum")?;
    let pieces: Vec<&[u8]> = body.chunks(body.len().div_ceil(usize::from(total))).collect();
    ensure!(pieces.len() == usize::from(total), "{} packets instead of {total}", pieces.len());
    let packet = |(at, piece): (u16, &&[u8])| {
        let properties = 0x2000 | u16::try_from(piece.len())?;
        let words = [first_serial + at, total, at + 1].map(u16::to_be_bytes).concat();
        Ok(sealed(&[number, properties.to_be_bytes().as_slice(), phone, words.as_slice(), piece].concat()))
    };
    (0..).zip(&pieces).map(packet).collect()
}

/// Escape, exclusive-or, 0x7E around.
pub fn sealed(content: &[u8]) -> Vec<u8> {
    let sum = content.iter().fold(0, |sum, byte| sum ^ byte);
    let mut frame = vec![0x7E];
    for byte in content.iter().copied().chain([sum]) {
        match byte {
            0x7E => frame.extend([0x7D, 0x02]),
            0x7D => frame.extend([0x7D, 0x01]),
            _ => frame.push(byte),
        }
    }
    frame.push(0x7E);
    frame
}

fn unescaped(piece: &[u8]) -> Vec<u8> {
    let mut plain: Vec<u8> = Vec::new();
    let mut bytes = piece.iter();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            0x7D if bytes.next() == Some(&0x02) => 0x7E,
            byte => *byte,
        });
    }
    plain
}
