//! JUMP_SPOOF and CLOCK_QUALITY: positions and times that cannot be.
//!
//! Shape: what was counted of each device in. Episode: the first of them. Units: the server's clock. Errors: none.
//! Source: `domain.md` §3b.

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::gate::Demand;
use crate::oddities::{Oddities, Tally};
use crate::rule_set::{Thresholds, days, hours};
use crate::state::Terminal;
use model::finding::Implausibility;
use model::{Alert, Finding, Rule, Severity, Timestamp};

/// Somebody feeds the device a place, or its receiver is at its end.
pub(super) struct JumpSpoof;

/// A device whose reports are of no use.
pub(super) struct ClockQuality;

impl Definition for JumpSpoof {
    fn rule(&self) -> Rule {
        Rule::JumpSpoof
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.implausible;
        format!(
            "{} jumps further than any car drives, each within a day of the one before, or {} fixes in a row at exactly one place at driving speed; over after \
             {} h without",
            set.jumps_min, set.frozen_fixes_min, set.quiet_h
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (jumps_min, frozen_min) =
            (look.thresholds().implausible.jumps_min, look.thresholds().implausible.frozen_fixes_min);
        look.state.terminals.iter().find_map(|terminal| {
            let oddities = terminal.oddities()?;
            counted(look, terminal, oddities.jumps, jumps_min, Implausibility::Jump)
                .or_else(|| counted(look, terminal, oddities.frozen, frozen_min, Implausibility::Frozen))
        })
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        quiet(look, alert, jumpy)
    }

    fn severity(&self, look: &Look<'_>, _: &Finding) -> Severity {
        look.graver_if_overdue(Severity::P4, Severity::P3)
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        quiet_at(look, alert, jumpy)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let set = &look.thresholds().implausible;
        let last = odd(look).max_by_key(|(_, oddities)| jumpy(oddities));
        last.filter(|(_, oddities)| jumpy(oddities).ms() > 0).map_or_else(
            || "no device has jumped, or stood still at speed".to_owned(),
            |(terminal, oddities)| {
                let Oddities { jumps, frozen, .. } = oddities;
                format!(
                    "terminal {}: {} of {} jumps, {} of {} fixes at one place at speed, the last at {}",
                    terminal.id,
                    jumps.times,
                    set.jumps_min,
                    frozen.times,
                    set.frozen_fixes_min,
                    jumpy(oddities)
                )
            },
        )
    }
}

impl Definition for ClockQuality {
    fn rule(&self) -> Rule {
        Rule::ClockQuality
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.implausible;
        format!(
            "{} reports from the future or without a clock, or for an hour nothing but reports of the past that were not kept back, or \
             reports for {} days without a position; for the log",
            set.reports_min, set.no_fix_days
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let reports_min = look.thresholds().implausible.reports_min;
        look.state.terminals.iter().find_map(|terminal| {
            let clock = terminal.oddities().and_then(|oddities| {
                let count = |tally, what| counted(look, terminal, tally, reports_min, what);
                count(oddities.future, Implausibility::Future)
                    .or_else(|| count(oddities.undated, Implausibility::Undated))
                    .or_else(|| {
                        count(oddities.behind, Implausibility::Behind).filter(|_| oddities.behind.lasts())
                    })
            });
            clock.or_else(|| without_fix(look, terminal))
        })
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Finding::Implausible { what: Implausibility::NoFix, terminal, .. } = alert.explanation.finding
        else {
            return quiet(look, alert, useless);
        };
        match look.terminal(terminal) {
            Some(terminal) if without_fix(look, terminal).is_some() => Phase::Holds,
            Some(terminal) if terminal.fixed_at.is_some() => Phase::Over,
            Some(_) | None => Phase::Between,
        }
    }

    fn severity(&self, _: &Look<'_>, _: &Finding) -> Severity {
        Severity::P4
    }

    fn changes_at(&self, look: &Look<'_>, alert: &Alert) -> Option<Timestamp> {
        quiet_at(look, alert, useless)
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let needed = look.thresholds().implausible.reports_min;
        let newest = odd(look).max_by_key(|(_, oddities)| useless(oddities));
        newest.filter(|(_, oddities)| useless(oddities).ms() > 0).map_or_else(
            || "no device has reported the future, without a clock, or nothing but the past".to_owned(),
            |(terminal, oddities)| {
                let Oddities { future, undated, behind, .. } = oddities;
                let (id, last) = (terminal.id, useless(oddities));
                let (future, undated, behind) = (future.times, undated.times, behind.times);
                format!(
                    "terminal {id}: {future} reports of the future, {undated} without a clock and {behind} of the past of {needed} \
                     each, the last at {last}"
                )
            },
        )
    }
}

fn odd<'a>(look: &Look<'a>) -> impl Iterator<Item = (&'a Terminal, &'a Oddities)> {
    look.state.terminals.iter().filter_map(|terminal| Some((terminal, terminal.oddities()?)))
}

fn jumpy(oddities: &Oddities) -> Timestamp {
    oddities.jumps.last.max(oddities.frozen.last)
}

fn useless(oddities: &Oddities) -> Timestamp {
    oddities.future.last.max(oddities.undated.last).max(oddities.behind.last)
}

fn quiet(look: &Look<'_>, alert: &Alert, last: fn(&Oddities) -> Timestamp) -> Phase {
    quiet_at(look, alert, last).map_or(Phase::Between, |at| over_if(look.is_past(at)))
}

/// When the last of them will be long enough ago; where none is remembered, since the device is known.
fn quiet_at(look: &Look<'_>, alert: &Alert, last: fn(&Oddities) -> Timestamp) -> Option<Timestamp> {
    let last = look.state.terminals.iter().filter_map(Terminal::oddities).map(last).max();
    let known_since = || {
        let terminal = look.terminal(alert.explanation.finding.terminal()?)?;
        Some(terminal.first_heard_at)
    };
    let last = last.filter(|last| last.ms() > 0).or_else(known_since)?;
    Some(last.plus(hours(look.thresholds().implausible.quiet_h)))
}

fn counted(
    look: &Look<'_>,
    terminal: &Terminal,
    tally: Tally,
    least: u32,
    what: Implausibility,
) -> Option<Onset> {
    let quiet = look.is_past(tally.last.plus(hours(look.thresholds().implausible.quiet_h)));
    let Tally { since: begin, times, .. } = tally;
    let finding = Finding::Implausible { terminal: terminal.id, what, since: begin, times };
    (times >= least && !quiet).then_some(since(begin, finding))
}

/// It reports, and for days without a satellite fix.
fn without_fix(look: &Look<'_>, terminal: &Terminal) -> Option<Onset> {
    let begin = terminal.fixed_at.unwrap_or(terminal.first_heard_at);
    let long_ms = days(look.thresholds().implausible.no_fix_days);
    let finding =
        Finding::Implausible { terminal: terminal.id, what: Implausibility::NoFix, since: begin, times: 1 };
    (terminal.live_at?.since(begin) >= long_ms).then_some(since(begin, finding))
}
