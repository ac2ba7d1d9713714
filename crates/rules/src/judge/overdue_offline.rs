//! OVERDUE_OFFLINE and OFFLINE_NOLOAN: a vehicle has not been heard of, by any of its terminals.
//!
//! Shape: the silence of the whole vehicle in, onset and phase out. Episode: the last time heard. Units: milliseconds of
//! covered time. Errors: none. Source: `domain.md` §3b.

use super::definition::{Definition, Look, Onset, Phase};
use super::gate::Demand;
use super::silence::{Silence, Usual, was_moving};
use crate::rule_set::{Thresholds, days, hours};
use model::{Alert, Finding, Millis, Rule, Severity, Timestamp};

/// What is past due makes it urgent.
pub(super) struct OverdueOffline;

/// Without that it is a matter of the device, and waits for longer.
pub(super) struct OfflineNoLoan;

impl Definition for OverdueOffline {
    fn rule(&self) -> Rule {
        Rule::OverdueOffline
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.overdue_offline;
        format!(
            "a vehicle {} or more days past due ({} of a repeat defaulter and where the policy is to press) is heard by none of its devices: for {} h if it was moving, {} h if it stood (where it was \
             out of sight before a quarter longer than ever there, {} h at most), {} % of their usual interval and {} h with \
             hidden devices only; P1 after {} h, told once more after {} days",
            set.dpd_min,
            set.dpd_min_repeat,
            set.silent_moving_h,
            set.silent_parked_h,
            set.silent_unseen_max_h,
            set.backup_interval_percent,
            set.backup_extra_h,
            set.graver_h,
            set.again_days
        )
    }

    fn demand(&self, look: &Look<'_>) -> Demand {
        let offline = &look.thresholds().overdue_offline;
        Demand::PastDue(look.gate.dpd_min(offline.dpd_min, offline.dpd_min_repeat))
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        onset(look, &overdue(look)?)
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        phase(overdue(look), alert)
    }

    /// Now, if somebody laid hands on the device before, it lasts for days, the loan is severely overdue or nobody reaches the
    /// borrower.
    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity {
        let tampered = matches!(finding, Finding::Silent { tampered: true, .. });
        if tampered || stage(look, finding) > 0 || look.gate.is_severe() || look.gate.contact_is_lost() {
            Severity::P1
        } else {
            look.raised(Severity::P2)
        }
    }

    /// Days of silence more than when it was told.
    fn grown(&self, look: &Look<'_>, alert: &Alert) -> Option<Finding> {
        let told = &alert.explanation.finding;
        let Finding::Silent { last_heard, .. } = told else { return None };
        let onset = self.onset(look).filter(|onset| onset.episode == *last_heard)?;
        (stage(look, &onset.finding) > stage(look, told)).then_some(onset.finding)
    }

    fn changes_at(&self, look: &Look<'_>, _: &Alert) -> Option<Timestamp> {
        let silence = overdue(look)?;
        let stages_ms = stages_ms(look, silence.threshold_ms).into_iter();
        let next_ms = stages_ms.filter(|stage_ms| *stage_ms > silence.silent_ms).min()?;
        Some(silence.held_against(next_ms).holds_at(look))
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        overdue(look).map(|silence| silence.holds_at(look))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        figures(overdue(look))
    }
}

impl Definition for OfflineNoLoan {
    fn rule(&self) -> Rule {
        Rule::OfflineNoLoan
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.offline_noloan;
        format!(
            "the same of a vehicle on which nothing is past due: for {} h, or {} intervals of hidden devices; for the log",
            set.silent_wired_h, set.backup_intervals
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::NotPastDue
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        onset(look, &no_loan(look)?)
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        phase(no_loan(look), alert)
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P4
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        no_loan(look).map(|silence| silence.holds_at(look))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        figures(no_loan(look))
    }
}

/// When silence that goes on is told again: days after it began, and a day at least after it was told first.
fn stages_ms(look: &Look<'_>, threshold_ms: Millis) -> [Millis; 2] {
    let set = &look.thresholds().overdue_offline;
    [hours(set.graver_h), days(set.again_days)].map(|stage_ms| stage_ms.max(threshold_ms + days(1)))
}

/// How many of these it has reached.
fn stage(look: &Look<'_>, finding: &Finding) -> usize {
    let Finding::Silent { silent_ms, threshold_ms, .. } = finding else { return 0 };
    stages_ms(look, *threshold_ms).into_iter().filter(|stage_ms| silent_ms >= stage_ms).count()
}

/// The silence of the vehicle, as it counts of one that is past due.
pub(super) fn overdue(look: &Look<'_>) -> Option<Silence> {
    let heard = look.state.heard?;
    let usual = Usual::of(look, heard);
    let threshold_ms = usual.allowed_ms(look.state, look.thresholds(), || was_moving(look, heard));
    Some(Silence::of(look, heard, threshold_ms, usual.ms()))
}

fn no_loan(look: &Look<'_>) -> Option<Silence> {
    let (heard, thresholds) = (look.state.heard?, &look.thresholds().offline_noloan);
    let usual = Usual::of(look, heard);
    let threshold_ms = match usual {
        Usual::Main(_) => hours(thresholds.silent_wired_h),
        Usual::Backups(usual_ms) => usual_ms.saturating_mul(Millis::from(thresholds.backup_intervals)),
    };
    Some(Silence::of(look, heard, threshold_ms, usual.ms()))
}

fn figures(silence: Option<Silence>) -> String {
    silence.map_or_else(|| "never heard".to_owned(), |silence| silence.figures())
}

fn onset(look: &Look<'_>, silence: &Silence) -> Option<Onset> {
    if !silence.holds() {
        return None;
    }
    let state = look.state;
    let window_ms = look.thresholds().overdue_offline.tamper_window_ms();
    Some(Onset {
        episode: silence.heard.at,
        event_time: silence.crossed_at(look),
        finding: Finding::Silent {
            last_heard: silence.heard.at,
            last_place: state.last_place().map(|(place, _)| place),
            place_at: state.last_place().map(|(_, at)| at),
            silent_ms: silence.silent_ms,
            threshold_ms: silence.threshold_ms,
            was_moving: was_moving(look, silence.heard),
            tampered: state.tampered_at.is_some_and(|at| silence.heard.at.since(at) <= window_ms),
        },
    })
}

/// Over when a frame came; it holds again when the vehicle falls silent once more.
fn phase(silence: Option<Silence>, alert: &Alert) -> Phase {
    let Some(silence) = silence else { return Phase::Between };
    let Finding::Silent { last_heard, .. } = alert.explanation.finding else { return Phase::Between };
    let heard_since = silence.heard.at > last_heard;
    match () {
        () if silence.holds() => Phase::Holds,
        () if heard_since => Phase::Over,
        () => Phase::Between,
    }
}
