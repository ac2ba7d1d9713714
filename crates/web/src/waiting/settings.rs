//! Texts that point a tracker at this server, by its family: what its maker's manual calls the SMS command.
//!
//! Shape: a port in, texts out; `HOST` stands for the server's public address, which only its operator knows. Makers differ in passwords
//! and spellings, so that a text is an example to compare with the device's manual [K]. Errors: none.

use serde::Serialize;
use utoipa::ToSchema;

/// One text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Sms {
    /// The family of devices.
    model: &'static str,
    protocol: &'static str,
    text: String,
}

/// The texts for a port, of its protocol only where it has one.
pub(super) fn sms(port: u16, protocol: Option<&str>) -> Vec<Sms> {
    let fits = |text: &&Template| protocol.is_none_or(|protocol| text.protocol == protocol);
    let filled = |Template { model, protocol, text }: &Template| Sms {
        model,
        protocol,
        text: text.replace("PORT", &port.to_string()),
    };
    TEMPLATES.iter().filter(fits).map(filled).collect()
}

struct Template {
    model: &'static str,
    protocol: &'static str,
    text: &'static str,
}

#[rustfmt::skip]
const TEMPLATES: &[Template] = &[
    Template { model: "Concox / Jimi GT06, GT06N, WeTrack", protocol: "gt06", text: "SERVER,1,HOST,PORT,0#" },
    Template { model: "Concox / Jimi, by address", protocol: "gt06", text: "SERVER,0,HOST,PORT,0#" },
    Template { model: "JT/T 808 terminals (most makers)", protocol: "jt808", text: "<SPBSJ*P:BSJGPS*T:HOST,PORT>" },
    Template { model: "Teltonika FMB, without login", protocol: "teltonika", text: "  setparam 2004:HOST;2005:PORT;2006:0" },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_one_protocol_has_its_texts_only() {
        assert_eq!(sms(7611, Some("gt06"))[0].text, "SERVER,1,HOST,7611,0#");
        assert!(sms(7611, Some("gt06")).iter().all(|sms| sms.protocol == "gt06"));
        assert_eq!(sms(7611, None).len(), TEMPLATES.len());
        assert_eq!(sms(7611, Some("morse")), []);
    }
}
