//! The table of device models: what differs between devices, as data.
//!
//! Shape: [`MODELS`], the first row for a terminal nobody has named the model of; [`of`] finds a row once for each
//! admission. The makers of item profiles have a row each, under the same name. Units: seconds. Errors: a model that is
//! not in the table is the first row; a command that a model does not know is [`Unsupported`].
//! Source: SPEC.md §9 and §10.

mod table;

use crate::item::vendor::VendorProfile;
use crate::message::order::{Edition, Inexpressible, Order};
use crate::number::Number;
use model::command::CommandKind;
use model::{Command, Profile};
use wire::{AlarmCode, DeviceModel, Unsupported};

/// A row: what everybody may see of a model, and what only this protocol needs.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) device: DeviceModel,
    /// Whose items it sends.
    pub(crate) vendor: Option<&'static VendorProfile>,
    orders: &'static [(CommandKind, Order)],
}

/// The rows, for whoever knows no protocol.
pub(crate) static MODELS: &[&DeviceModel] = &[
    &table::GENERIC.device,
    &table::STANDARD_2019.device,
    &table::G10LS.device,
    &table::GPS51.device,
    &table::AOVX.device,
    &table::EB_EXTENSION.device,
    &table::WEARABLE.device,
    &table::CARGO_LOCK.device,
    &table::D_BLOCK.device,
    &table::WIRED.device,
    &table::WIRELESS.device,
    &table::FUEL_PROBE.device,
];

/// The same rows, whole.
static ROWS: &[&Model] = &[
    &table::GENERIC,
    &table::STANDARD_2019,
    &table::G10LS,
    &table::GPS51,
    &table::AOVX,
    &table::EB_EXTENSION,
    &table::WEARABLE,
    &table::CARGO_LOCK,
    &table::D_BLOCK,
    &table::WIRED,
    &table::WIRELESS,
    &table::FUEL_PROBE,
];

/// The model of a terminal with this profile.
pub(crate) fn of(profile: &Profile) -> &'static Model {
    let named =
        profile.model.as_ref().and_then(|code| ROWS.iter().find(|row| row.device.code == code.as_str()));
    named.copied().unwrap_or(&table::GENERIC)
}

/// The alarm bits of the devices that send a maker's items.
pub(crate) fn alarm_bits(maker: &VendorProfile) -> &'static [AlarmCode] {
    let made = |row: &&&Model| row.vendor.is_some_and(|vendor| vendor.name == maker.name);
    ROWS.iter().find(made).map_or(&[], |row| row.device.alarms)
}

impl Model {
    /// Number and body of the message that tells this model a command.
    pub(crate) fn order(
        &self,
        command: &Command,
        edition: Edition,
    ) -> Result<(Number, Vec<u8>), Unsupported> {
        let (model, label) = (self.device.code, self.device.label);
        if !self.device.knows(command.kind()) {
            return Err(Unsupported::Model { model, label, command: command.to_string() });
        }
        let order = self.orders.iter().find(|(kind, _)| *kind == command.kind());
        let written = order.map_or(Err(Inexpressible), |(_, order)| order.write(command, edition));
        written.map_err(|why| Unsupported::Value {
            model,
            label,
            command: command.to_string(),
            reason: why.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::BODY_MAX;
    use crate::item::vendor::PROFILES;
    use crate::message::order::understood;
    use model::ModelCode;
    use model::command::{Notice, Parameter, Relay};

    const COMMANDS: [Command; 15] = [
        Command::Locate,
        Command::Interval { moving_s: 30, parked_s: None },
        Command::Interval { moving_s: 30, parked_s: Some(86_400) },
        Command::Tracking { every_s: 300, minutes: 1440 },
        Command::ReadParameters,
        Command::SetParameter(Parameter::Heartbeat { every_s: 90 }),
        Command::SetParameter(Parameter::TimeZone(model::ZoneOffset::UTC)),
        Command::SetParameter(Parameter::SpeedLimit { kmh: Some(120) }),
        Command::SetParameter(Parameter::VibrationAlarm(true)),
        Command::Restart,
        Command::Text(Notice::PaymentOverdue),
        Command::Text(Notice::CallLender),
        Command::Text(Notice::DeviceService),
        Command::Relay(Relay::Cut),
        Command::Relay(Relay::Restore),
    ];

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
    fn every_maker_of_items_has_the_row_of_its_name() {
        for maker in PROFILES {
            let row = ROWS.iter().find(|row| row.device.code == maker.name).unwrap();
            assert_eq!(row.vendor.map(|vendor| vendor.name), Some(maker.name));
        }
        let made = ROWS.iter().filter(|row| row.vendor.is_some()).count();
        assert_eq!(made, PROFILES.len());
    }

    #[test]
    fn a_model_lists_a_command_exactly_if_it_has_an_order_for_it() {
        for row in ROWS {
            for kind in CommandKind::ALL {
                let count = row.orders.iter().filter(|(known, _)| known == kind).count();
                assert_eq!(usize::from(row.device.knows(*kind)), count, "{} {kind}", row.device.code);
            }
        }
        let kinds: std::collections::BTreeSet<_> = COMMANDS.iter().map(|command| command.kind()).collect();
        assert_eq!(kinds.len(), CommandKind::ALL.len());
    }

    #[test]
    fn every_order_reads_back_as_its_command_and_fits_a_frame() {
        for row in ROWS {
            for command in COMMANDS {
                for edition in [Edition::Until2013, Edition::Since2019] {
                    match row.order(&command, edition) {
                        Ok((number, body)) => {
                            let read = understood(number, &body, edition);
                            assert_eq!(read, Some(command), "{} {command}", row.device.code);
                            assert!(body.len() <= BODY_MAX);
                        }
                        Err(_) => assert!(!row.device.knows(command.kind()), "{} {command}", row.device.code),
                    }
                }
            }
        }
    }

    #[test]
    fn a_limit_cannot_be_switched_off_where_the_standard_has_no_word_for_it() {
        let off = Command::SetParameter(Parameter::SpeedLimit { kmh: None });
        let refused = of(&Profile::default()).order(&off, Edition::Until2013).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the model generic (Unknown model: JT/T 808 by the standard) cannot be told params set speed_limit \
             off: the standard has no value for it"
        );
    }
}
