//! The standard's parameters by id.
//!
//! Shape: id + value → [`Parameter`]. Units: in each name; numbers are read by their length, since makers differ in it.
//! Errors: `None` for an id that is not here, or a number of a length that no number has. Source: SPEC.md §3.4.

use crate::field::text;
use model::attribute::Parameter;

/// How a value is written.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    Text,
    Bytes,
}

/// A parameter in words.
pub(super) fn parameter(id: u32, value: &[u8]) -> Option<Parameter> {
    let (_, kind, name) = PARAMETERS.iter().find(|(known, ..)| *known == id)?;
    let value = match (kind, value.len()) {
        (Kind::Number, 1 | 2 | 4) => {
            value.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)).to_string()
        }
        (Kind::Number, _) => return None,
        (Kind::Text, _) => text(value),
        (Kind::Bytes, _) => hex::encode(value),
    };
    Some(Parameter { id, name: (*name).to_owned(), value })
}

/// What a parameter is called; empty if it is not known.
pub(super) fn name(id: u64) -> &'static str {
    PARAMETERS.iter().find(|(known, ..)| u64::from(*known) == id).map_or("", |(.., name)| name)
}

#[rustfmt::skip]
const PARAMETERS: &[(u32, Kind, &str)] = &[
    (0x0001, Kind::Number, "heartbeat_s"),
    (0x0002, Kind::Number, "tcp_timeout_s"),
    (0x0003, Kind::Number, "tcp_retries"),
    (0x0004, Kind::Number, "udp_timeout_s"),
    (0x0005, Kind::Number, "udp_retries"),
    (0x0006, Kind::Number, "sms_timeout_s"),
    (0x0007, Kind::Number, "sms_retries"),
    (0x0010, Kind::Text, "apn"),
    (0x0011, Kind::Text, "apn_user"),
    (0x0012, Kind::Text, "apn_password"),
    (0x0013, Kind::Text, "server"),
    (0x0014, Kind::Text, "backup_apn"),
    (0x0015, Kind::Text, "backup_apn_user"),
    (0x0016, Kind::Text, "backup_apn_password"),
    (0x0017, Kind::Text, "backup_server"),
    (0x0018, Kind::Number, "tcp_port"),
    (0x0019, Kind::Number, "udp_port"),
    (0x001A, Kind::Text, "card_server"),
    (0x001B, Kind::Number, "card_tcp_port"),
    (0x001C, Kind::Number, "card_udp_port"),
    (0x001D, Kind::Text, "card_backup_server"),
    (0x0020, Kind::Number, "report_strategy"),
    (0x0021, Kind::Number, "report_scheme"),
    (0x0022, Kind::Number, "interval_without_driver_s"),
    (0x0023, Kind::Text, "secondary_apn"),
    (0x0024, Kind::Text, "secondary_apn_user"),
    (0x0025, Kind::Text, "secondary_apn_password"),
    (0x0026, Kind::Text, "secondary_server"),
    (0x0027, Kind::Number, "interval_asleep_s"),
    (0x0028, Kind::Number, "interval_emergency_s"),
    (0x0029, Kind::Number, "interval_s"),
    (0x002C, Kind::Number, "distance_m"),
    (0x002D, Kind::Number, "distance_without_driver_m"),
    (0x002E, Kind::Number, "distance_asleep_m"),
    (0x002F, Kind::Number, "distance_emergency_m"),
    (0x0030, Kind::Number, "turn_degrees"),
    (0x0031, Kind::Number, "fence_radius_m"),
    (0x0032, Kind::Bytes, "forbidden_hours"),
    (0x0040, Kind::Text, "platform_phone"),
    (0x0041, Kind::Text, "reset_phone"),
    (0x0042, Kind::Text, "factory_reset_phone"),
    (0x0043, Kind::Text, "sms_phone"),
    (0x0044, Kind::Text, "alarm_sms_phone"),
    (0x0045, Kind::Number, "call_policy"),
    (0x0046, Kind::Number, "call_max_s"),
    (0x0047, Kind::Number, "call_month_max_s"),
    (0x0048, Kind::Text, "listening_phone"),
    (0x0049, Kind::Text, "privileged_sms_phone"),
    (0x0050, Kind::Number, "alarms_suppressed"),
    (0x0051, Kind::Number, "alarms_by_sms"),
    (0x0052, Kind::Number, "alarms_with_photo"),
    (0x0053, Kind::Number, "alarms_storing_photo"),
    (0x0054, Kind::Number, "alarms_key"),
    (0x0055, Kind::Number, "speed_max_kmh"),
    (0x0056, Kind::Number, "overspeed_s"),
    (0x0057, Kind::Number, "driving_max_s"),
    (0x0058, Kind::Number, "driving_day_max_s"),
    (0x0059, Kind::Number, "rest_min_s"),
    (0x005A, Kind::Number, "parking_max_s"),
    (0x005B, Kind::Number, "overspeed_warning"),
    (0x005C, Kind::Number, "fatigue_warning_s"),
    (0x005D, Kind::Number, "collision"),
    (0x005E, Kind::Number, "rollover_degrees"),
    (0x0064, Kind::Number, "photo_interval"),
    (0x0065, Kind::Number, "photo_distance"),
    (0x0070, Kind::Number, "image_quality"),
    (0x0071, Kind::Number, "brightness"),
    (0x0072, Kind::Number, "contrast"),
    (0x0073, Kind::Number, "saturation"),
    (0x0074, Kind::Number, "chroma"),
    (0x0080, Kind::Number, "odometer_hundred_m"),
    (0x0081, Kind::Number, "province"),
    (0x0082, Kind::Number, "city"),
    (0x0083, Kind::Text, "plate"),
    (0x0084, Kind::Number, "plate_colour"),
    (0x0090, Kind::Number, "gnss_systems"),
    (0x0091, Kind::Number, "gnss_baud"),
    (0x0092, Kind::Number, "gnss_output"),
    (0x0093, Kind::Number, "gnss_collect_s"),
    (0x0094, Kind::Number, "gnss_upload"),
    (0x0095, Kind::Number, "gnss_upload_setting"),
    (0x0100, Kind::Number, "can1_collect_ms"),
    (0x0101, Kind::Number, "can1_upload_s"),
    (0x0102, Kind::Number, "can2_collect_ms"),
    (0x0103, Kind::Number, "can2_upload_s"),
    (0x0110, Kind::Bytes, "can_id"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_names_are_unique() {
        assert!(PARAMETERS.is_sorted_by(|a, b| a.0 < b.0));
        let mut names: Vec<_> = PARAMETERS.iter().map(|(.., name)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARAMETERS.len());
    }

    #[test]
    fn a_number_is_read_by_its_length() {
        assert_eq!(parameter(0x0081, &[0, 0, 0, 44]).map(|p| p.value), Some("44".to_owned()));
        assert!(parameter(0x0081, &[0, 0, 44]).is_none());
    }
}
