//! PERSON_AND_CAR_LOST: something is past due, the borrower cannot be reached, and the vehicle is silent.
//!
//! Shape: what is known of the borrower and the silence of the whole vehicle in, onset and phase out. Episode: the last time the
//! vehicle was heard. Units: milliseconds of covered time. Errors: none. Source: `domain.md` §2.1 (the SMS that does not
//! arrive, together with a silent tracker), §2.4 (reachable or lost).

use super::definition::{Definition, Look, Onset, Phase};
use super::gate::Demand;
use super::silence::{Silence, Usual};
use crate::rule_set::{Thresholds, hours};
use model::{Alert, Finding, Rule, Severity, Timestamp};

pub(super) struct PersonAndCarLost;

/// What says that the borrower cannot be reached.
struct Unreached {
    contact_lost: bool,
    sms_failed_at: Option<Timestamp>,
}

impl Definition for PersonAndCarLost {
    fn rule(&self) -> Rule {
        Rule::PersonAndCarLost
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.person_and_car_lost;
        format!(
            "of a loan {} or more days past due contact is lost or the last SMS did not arrive, and the vehicle is silent for {} h \
             beyond the usual interval of its devices",
            set.dpd_min, set.silent_extra_h
        )
    }

    fn demand(&self, look: &Look<'_>) -> Demand {
        Demand::PastDue(look.thresholds().person_and_car_lost.dpd_min)
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (unreached, silence) = (unreached(look)?, silence(look)?);
        if !silence.holds() {
            return None;
        }
        let crossed_at = silence.crossed_at(look);
        let since_unreached = if unreached.contact_lost { None } else { unreached.sms_failed_at };
        Some(Onset {
            episode: silence.heard.at,
            event_time: since_unreached.map_or(crossed_at, |failed_at| crossed_at.max(failed_at)),
            finding: Finding::Lost {
                contact_lost: unreached.contact_lost,
                sms_failed_at: unreached.sms_failed_at,
                last_heard: silence.heard.at,
                last_place: look.state.last_place().map(|(place, _)| place),
                place_at: look.state.last_place().map(|(_, at)| at),
                silent_ms: silence.silent_ms,
                threshold_ms: silence.threshold_ms,
            },
        })
    }

    /// Over when a frame came, or somebody spoke to the borrower.
    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Finding::Lost { last_heard, .. } = alert.explanation.finding else { return Phase::Between };
        let Some(silence) = silence(look) else { return Phase::Between };
        match () {
            () if unreached(look).is_none() => Phase::Over,
            () if silence.holds() => Phase::Holds,
            () if silence.heard.at > last_heard => Phase::Over,
            () => Phase::Between,
        }
    }

    /// Both are gone: every hour makes it harder to find either.
    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P1
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        unreached(look)?;
        silence(look).map(|silence| silence.holds_at(look))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        match (unreached(look), silence(look)) {
            (None, _) => "nothing says that the borrower cannot be reached".to_owned(),
            (Some(_), None) => "never heard".to_owned(),
            (Some(_), Some(silence)) => silence.figures(),
        }
    }
}

fn unreached(look: &Look<'_>) -> Option<Unreached> {
    let sms_failed_at = look.gate.dealings()?.sms_failed_at();
    let contact_lost = look.gate.contact_is_lost();
    (contact_lost || sms_failed_at.is_some()).then_some(Unreached { contact_lost, sms_failed_at })
}

/// The silence of the vehicle, beyond what its devices usually keep. Where it was out of sight before it may stand in its
/// garage: there it may be as silent as any parked car.
fn silence(look: &Look<'_>) -> Option<Silence> {
    let heard = look.state.heard?;
    let usual = Usual::of(look, heard);
    let (usual_ms, offline) = (usual.ms(), &look.thresholds().overdue_offline);
    let extra_ms = usual_ms.saturating_add(hours(look.thresholds().person_and_car_lost.silent_extra_h));
    // One that wakes once a day has missed two wakings by then: a single one may fall into an outage.
    let beyond_ms = match usual {
        Usual::Main(_) => extra_ms,
        Usual::Backups(_) => extra_ms.max(offline.silent_backup_ms(usual_ms)),
    };
    let threshold_ms = if look.state.was_unseen_here_before() {
        beyond_ms.max(offline.silent_parked_ms())
    } else {
        beyond_ms
    };
    Some(Silence::of(look, heard, threshold_ms, usual_ms))
}
