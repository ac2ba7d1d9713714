//! Why bytes that begin like a login or a packet are no frame.
//!
//! Shape: bytes that `deframe` did not take → the fault and the fields up to it. Units: bytes on the wire. Errors: none.
//! Source: SPEC.md §1.

use crate::codec::Codec;
use crate::field::{Rows, number};
use crate::framing::{
    CRC_SIZE, DATA_MAX, DATA_MIN, HEAD, LOGIN_DIGITS, PING, PREAMBLE, checksums, without_pings,
};
use crate::{command, explain, record};
use wire::diagnosis::spaced;
use wire::{Diagnosis, Fault};

/// Looks for the first thing that is wrong, in the order of the bytes.
pub(crate) fn diagnose(bytes: &[u8]) -> Diagnosis {
    let pings = bytes.len() - without_pings(bytes).len();
    let rest = without_pings(bytes);
    let mut rows = Rows::default();
    for ping in bytes.iter().take_while(|byte| **byte == PING) {
        rows.add_raw("ping", std::slice::from_ref(ping), "keeps the link open, unanswered");
    }
    let fault = if rest.starts_with(&PREAMBLE) {
        packet(rest, pings, &mut rows)
    } else {
        login(rest, pings, &mut rows)
    };
    let fields = explain::placed(bytes, rows);
    let culprit = fields.len().checked_sub(1);
    Diagnosis { fault, fields, culprit }
}

fn login(bytes: &[u8], offset: usize, rows: &mut Rows) -> Fault {
    let Some(length) = bytes.first_chunk::<2>() else { return Fault::CutShort { have: bytes.len() } };
    let (size, digits) = (usize::from(u16::from_be_bytes(*length)), bytes.get(2..).unwrap_or_default());
    rows.add(2, "length", size, "digits");
    let (least, most) = (usize::from(*LOGIN_DIGITS.start()), usize::from(*LOGIN_DIGITS.end()));
    if !(least..=most).contains(&size) {
        return Fault::Impossible { declared: size + 2, least: least + 2, most: most + 2 };
    }
    rows.add_raw("IMEI", digits.get(..size).unwrap_or(digits), "who speaks");
    match digits.iter().take(size).position(|byte| !byte.is_ascii_digit()) {
        Some(at) => Fault::Misfit {
            what: "IMEI",
            at: offset + 2 + at,
            found: spaced(digits.get(at..=at).unwrap_or_default()),
            wanted: "digits, 30 to 39",
        },
        None => Fault::CutOff { expected: size + 2, missing: size.saturating_sub(digits.len()) },
    }
}

fn packet(bytes: &[u8], offset: usize, rows: &mut Rows) -> Fault {
    rows.add_raw("preamble", &PREAMBLE, "start of a packet");
    let Some(length) = bytes.get(PREAMBLE.len()..HEAD) else { return Fault::CutShort { have: bytes.len() } };
    let length = number(length).and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
    rows.add(4, "data length", length, "bytes from the codec to the second count");
    if !(DATA_MIN..=DATA_MAX).contains(&length) {
        let around = HEAD + CRC_SIZE;
        let declared = length.saturating_add(around);
        return Fault::Impossible { declared, least: DATA_MIN + around, most: DATA_MAX + around };
    }
    let (Some(codec), size) = (bytes.get(HEAD).copied(), HEAD + length + CRC_SIZE) else {
        return Fault::CutShort { have: bytes.len() };
    };
    rows.add_raw("codec", &[codec], "how the rest is laid out");
    if !Codec(codec).is_listed() {
        let wanted = "08, 8e or 10 for records, 0c to 0f for texts";
        return Fault::Misfit { what: "codec", at: offset + HEAD, found: spaced(&[codec]), wanted };
    }
    let Some(packet) = bytes.get(..size) else {
        rows.add_raw("rest", bytes.get(HEAD + 1..).unwrap_or_default(), "up to where it is cut off");
        return Fault::CutOff { expected: size, missing: size - bytes.len() };
    };
    senseless(packet, rows)
}

/// A whole packet that was not believed: its checksum is wrong, and what is inside does not add up either.
fn senseless(packet: &[u8], rows: &mut Rows) -> Fault {
    let content = packet.get(HEAD..packet.len() - CRC_SIZE).unwrap_or_default();
    rows.add_raw("rest", content.get(1..).unwrap_or_default(), "does not add up");
    rows.add_raw("checksum", packet.get(packet.len() - CRC_SIZE..).unwrap_or_default(), "");
    let (found, computed) = checksums(packet).unwrap_or_default();
    let what = match content {
        _ if record::fills(content) || command::fills(content) => "its two counts differ",
        _ => "its records do not end where its length says",
    };
    Fault::Unbelieved { found: format!("{found:04x}"), computed: format!("{computed:04x}"), what }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: &str = "000000000000003608010000016B40D8EA30010000000000000000000000000000000105021503010101425E0F01F10000601A014E0000000000000000010000C7CF";

    fn fault(hex: &str) -> Fault {
        let bytes = hex::decode(hex).unwrap();
        let found = diagnose(&bytes);
        let said: Vec<u8> = found.fields.iter().flat_map(|field| field.bytes.to_vec()).collect();
        assert!(bytes.starts_with(&said), "the fields of {hex} are its bytes, in order");
        found.fault
    }

    #[test]
    fn what_is_cut_off_says_how_much_is_missing() {
        assert_eq!(fault(&PACKET[..100]), Fault::CutOff { expected: 66, missing: 16 });
        assert_eq!(fault("000f3335363330"), Fault::CutOff { expected: 17, missing: 10 });
        assert_eq!(fault("00000000"), Fault::CutShort { have: 4 });
        assert_eq!(fault("ff00"), Fault::CutShort { have: 1 });
    }

    #[test]
    fn a_length_or_a_codec_that_there_is_not_is_named_with_its_place() {
        assert_eq!(
            fault("00000000ffffffff08"),
            Fault::Impossible { declared: 4_294_967_307, least: 15, most: 8204 }
        );
        assert_eq!(fault("001138363831"), Fault::Impossible { declared: 19, least: 16, most: 18 });
        let unknown = fault("ff000000000000003609");
        assert!(matches!(unknown, Fault::Misfit { what: "codec", at: 9, .. }), "{unknown:?}");
        let letters = fault("000f33354142");
        assert!(matches!(letters, Fault::Misfit { what: "IMEI", at: 4, .. }), "{letters:?}");
    }

    #[test]
    fn a_packet_that_is_not_believed_says_both_reasons() {
        let senseless = PACKET.replace("C7CF", "C7CE").replacen("0105021503", "0105031503", 1);
        assert_eq!(
            fault(&senseless).to_string(),
            "checksum is c7ce, computed 3837, and its records do not end where its length says"
        );
    }
}
