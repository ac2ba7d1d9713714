//! An alert for the tests of what people read.

use model::alert::Triage;
use model::{About, Alert, AlertId, AlertState, Explanation, Finding, Rule, Severity, Timestamp, VehicleId};

/// Open since `at`, P2, of no loan.
pub(crate) fn alert(vehicle: VehicleId, rule: Rule, finding: Finding, at: Timestamp) -> Alert {
    Alert {
        id: AlertId(format!("{:032x}", at.ms())),
        about: About::Vehicle(vehicle),
        rule,
        episode: at,
        severity: Severity::P2,
        state: AlertState::Open,
        opened_at: at,
        event_time: at,
        cleared_at: None,
        told_at: None,
        told_again_at: None,
        triage: Triage::default(),
        version: 1,
        explanation: Explanation {
            finding,
            fixes_used: Vec::new(),
            fixes_rejected: Vec::new(),
            loan: None,
            rule_set: String::new(),
            rules_version: 0,
        },
    }
}
