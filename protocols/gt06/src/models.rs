//! The table of device models: what differs between devices, as data.
//!
//! Shape: [`MODELS`], the first row for a terminal nobody has named the model of; [`of`] finds a row once for each
//! admission. Units: seconds. Errors: a model that is not in the table is the first row; a command that a model has no
//! text for is [`Unsupported`]. Source: SPEC.md §9 and §10.

mod table;
mod texts;

use crate::alarm_codes::Dialect;
use crate::template::{Form, Template};
use model::{Command, Profile};
use wire::{AlarmCode, DeviceModel, Unsupported};

/// A row: what everybody may see of a model, and what only this protocol needs.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) device: DeviceModel,
    /// Classes in bits 3 to 5 of the terminal information that mean something else.
    classes: &'static [AlarmCode],
    /// The two bytes behind a command's text: some models need them, others take them for text.
    pub(crate) language: &'static [u8],
    templates: &'static [Template],
}

/// The rows, for whoever knows no protocol.
pub(crate) static MODELS: &[&DeviceModel] = &[
    &table::GENERIC.device,
    &table::CONCOX_WIRED.device,
    &table::GT06_CLASSIC.device,
    &table::JIMI_4G.device,
    &table::JIMI_ASSET.device,
    &table::WANWAY_S20.device,
    &table::SEEWORLD.device,
    &table::LW.device,
    &table::VXT01.device,
    &table::CLONE_LOCAL.device,
];

/// The same rows, whole.
static ROWS: &[&Model] = &[
    &table::GENERIC,
    &table::CONCOX_WIRED,
    &table::GT06_CLASSIC,
    &table::JIMI_4G,
    &table::JIMI_ASSET,
    &table::WANWAY_S20,
    &table::SEEWORLD,
    &table::LW,
    &table::VXT01,
    &table::CLONE_LOCAL,
];

/// The model of a terminal with this profile.
pub(crate) fn of(profile: &Profile) -> &'static Model {
    let named =
        profile.model.as_ref().and_then(|code| ROWS.iter().find(|row| row.device.code == code.as_str()));
    named.copied().unwrap_or(&table::GENERIC)
}

/// The command that a text is to a device of any model.
pub(crate) fn understood(text: &str) -> Option<Command> {
    ROWS.iter().flat_map(|row| row.templates).find_map(|template| template.read(text))
}

impl Model {
    pub(crate) const fn dialect(&self) -> Dialect {
        Dialect { codes: self.device.alarms, classes: self.classes }
    }

    /// The text that tells this model a command.
    pub(crate) fn text(&self, command: &Command) -> Result<String, Unsupported> {
        let DeviceModel { code: model, label, .. } = self.device;
        if !self.device.knows(command.kind()) {
            return Err(Unsupported::Model { model, label, command: command.to_string() });
        }
        let form = Form::of(command);
        let template = self.templates.iter().find(|template| template.form == form);
        template.map_or_else(|| Err(form.missing()), |template| template.write(command)).map_err(|why| {
            Unsupported::Value { model, label, command: command.to_string(), reason: why.to_string() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::command::TEXT_MAX;
    use model::ModelCode;
    use model::ZoneOffset;
    use model::command::{CommandKind, Notice, Parameter, Relay};

    /// Values that every unit and range below can say.
    fn sample(form: Form) -> Command {
        match form {
            Form::Locate => Command::Locate,
            Form::Interval => Command::Interval { moving_s: 30, parked_s: None },
            Form::Intervals => Command::Interval { moving_s: 30, parked_s: Some(300) },
            Form::Tracking => Command::Tracking { every_s: 10, minutes: 30 },
            Form::ReadParameters => Command::ReadParameters,
            Form::Heartbeat => Command::SetParameter(Parameter::Heartbeat { every_s: 180 }),
            Form::TimeZone => {
                Command::SetParameter(Parameter::TimeZone(ZoneOffset::parse("-03:30").unwrap()))
            }
            Form::SpeedLimit => Command::SetParameter(Parameter::SpeedLimit { kmh: Some(120) }),
            Form::SpeedLimitOff => Command::SetParameter(Parameter::SpeedLimit { kmh: None }),
            Form::VibrationOn => Command::SetParameter(Parameter::VibrationAlarm(true)),
            Form::VibrationOff => Command::SetParameter(Parameter::VibrationAlarm(false)),
            Form::Restart => Command::Restart,
            Form::Text => Command::Text(Notice::CallLender),
            Form::RelayCut => Command::Relay(Relay::Cut),
            Form::RelayRestore => Command::Relay(Relay::Restore),
        }
    }

    #[test]
    fn both_lists_have_the_same_rows_and_each_code_is_one() {
        let codes: Vec<&str> = MODELS.iter().map(|row| row.code).collect();
        assert_eq!(codes, ROWS.iter().map(|row| row.device.code).collect::<Vec<_>>());
        for row in MODELS {
            let code = ModelCode::parse(row.code).unwrap();
            let profile = Profile { model: Some(code), ..Profile::default() };
            assert_eq!(of(&profile).device, **row);
            assert_eq!(codes.iter().filter(|other| **other == row.code).count(), 1);
        }
        assert_eq!(of(&Profile::default()).device.code, "generic");
    }

    #[test]
    fn a_model_lists_a_command_exactly_if_it_has_a_text_for_it() {
        for row in ROWS {
            for kind in CommandKind::ALL {
                let has = row.templates.iter().any(|template| template.form.kind() == *kind);
                assert_eq!(row.device.knows(*kind), has, "{} {kind}", row.device.code);
            }
            for form in Form::ALL {
                let count = row.templates.iter().filter(|template| template.form == form).count();
                assert!(count <= 1, "{} {form:?} twice", row.device.code);
                assert_eq!(row.text(&sample(form)).is_ok(), count == 1, "{} {form:?}", row.device.code);
            }
        }
    }

    #[test]
    fn what_can_be_switched_on_can_be_switched_off_and_what_is_cut_can_be_restored() {
        let pairs = [
            (Form::RelayCut, Form::RelayRestore),
            (Form::VibrationOn, Form::VibrationOff),
            (Form::SpeedLimit, Form::SpeedLimitOff),
        ];
        for row in ROWS {
            let has = |form| row.templates.iter().any(|template| template.form == form);
            for (one, other) in pairs {
                assert_eq!(has(one), has(other), "{} {one:?}", row.device.code);
            }
        }
    }

    #[test]
    fn every_text_reads_back_as_its_command_and_fits_a_frame() {
        for row in ROWS {
            for template in row.templates {
                let command = sample(template.form);
                let text = row.text(&command).unwrap();
                assert_eq!(template.read(&text), Some(command), "{text}");
                assert_eq!(understood(&text), Some(command), "{text}");
                assert!(text.is_ascii() && text.ends_with('#') && text.len() <= TEXT_MAX, "{text}");
            }
        }
    }

    #[test]
    fn a_value_that_the_device_cannot_count_is_refused_and_never_rounded() {
        let refused = |row: &Model, command| row.text(&command).unwrap_err().to_string();
        let heartbeat = |every_s| Command::SetParameter(Parameter::Heartbeat { every_s });
        assert_eq!(table::CONCOX_WIRED.text(&heartbeat(180)), Ok("HBT,3,3#".to_owned()));
        assert_eq!(
            refused(&table::CONCOX_WIRED, heartbeat(90)),
            "the model concox_wired (Concox GT06N, GT06E, X3 and other wired ones) cannot be told params set \
             heartbeat 90 s: 90 s is no whole number of minutes"
        );
        let interval = |moving_s, parked_s| Command::Interval { moving_s, parked_s };
        assert!(refused(&table::CONCOX_WIRED, interval(30, None)).ends_with("so say the parked one too"));
        assert!(refused(&table::WANWAY_S20, interval(30, Some(60))).ends_with("so leave that out"));
        assert!(refused(&table::CONCOX_WIRED, interval(30, Some(86_400))).ends_with("5 to 18000 seconds"));
        let zone = |text| Command::SetParameter(Parameter::TimeZone(ZoneOffset::parse(text).unwrap()));
        assert_eq!(table::CONCOX_WIRED.text(&zone("-03:30")), Ok("GMT,W,3,30#".to_owned()));
        assert!(table::CONCOX_WIRED.text(&zone("+05:40")).is_err());
        assert!(table::CONCOX_WIRED.text(&zone("+13:00")).is_err());
    }
}
