//! The table of device models: what differs between devices, as data.
//!
//! Shape: [`MODELS`], the first row for a terminal nobody has named the model of. Units: seconds. Source: SPEC.md §9.

use model::command::CommandKind;
use model::{Acknowledgement, Alarm, ChecksumPolicy, Profile};
use wire::{AlarmCode, DeviceModel, Schedule};

/// Every model that differs from another in something that lienwatch does.
pub(crate) static MODELS: &[&DeviceModel] = &[&GENERIC, &FMB, &FM, &TAT, &TMT250];

static GENERIC: DeviceModel = DeviceModel {
    code: "generic",
    label: "Unknown model: Teltonika by the common tables",
    zone: None,
    checksum: ChecksumPolicy::Tolerate,
    acknowledgement: Acknowledgement::Every,
    alarms: &[],
    schedule: UNSAID,
    commands: &[CommandKind::Locate, CommandKind::Restart],
};

static FMB: DeviceModel = DeviceModel {
    code: "fmb",
    label: "FMB, FMC, FMM, FMT: wired and OBD trackers",
    schedule: Schedule { moving_s: Some(300), parked_s: Some(3600), heartbeat_s: None },
    commands: &[CommandKind::Locate, CommandKind::Interval, CommandKind::Restart, CommandKind::Relay],
    ..GENERIC
};

static FM: DeviceModel = DeviceModel {
    code: "fm",
    label: "FM1000 to FM63: trackers before the FMB",
    alarms: &[
        notice(236), // an axis of the accelerometer
        notice(252), // authorized driving
    ],
    ..GENERIC
};

static TAT: DeviceModel = DeviceModel {
    code: "tat",
    label: "TAT100, TAT140, TAT141, TAT240: battery trackers that sleep",
    schedule: Schedule { moving_s: Some(28_800), parked_s: Some(28_800), heartbeat_s: None },
    // Asleep but for minutes a day, and none of its lists was at hand.
    commands: &[],
    ..GENERIC
};

static TMT250: DeviceModel = DeviceModel {
    code: "tmt250",
    label: "TMT250: personal tracker with a button",
    alarms: &[
        AlarmCode { code: 236, alarm: Some(Alarm::Sos) },
        AlarmCode { code: 242, alarm: Some(Alarm::Fall) },
    ],
    ..GENERIC
};

const UNSAID: Schedule = Schedule { moving_s: None, parked_s: None, heartbeat_s: None };

const fn notice(code: u16) -> AlarmCode {
    AlarmCode { code, alarm: None }
}

/// The model of a terminal with this profile.
pub(crate) fn of(profile: &Profile) -> &'static DeviceModel {
    DeviceModel::chosen(MODELS, profile.model).unwrap_or(&GENERIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_model_code_and_stands_once() {
        let mut codes: Vec<&str> = MODELS.iter().map(|model| model.code).collect();
        assert!(codes.iter().all(|code| model::ModelCode::parse(code).is_ok()));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), MODELS.len());
    }

    #[test]
    fn every_command_of_a_model_has_words() {
        use model::Command;
        use model::command::Relay;
        let all = [
            Command::Locate,
            Command::Interval { moving_s: 30, parked_s: None },
            Command::Restart,
            Command::Relay(Relay::Cut),
        ];
        for kind in MODELS.iter().flat_map(|model| model.commands) {
            let command = all.iter().find(|command| command.kind() == *kind).unwrap();
            assert!(crate::command::words(command).is_some(), "{kind}");
        }
    }
}
