//! PAIR_SEPARATED and PAIR_LIVENESS: the two devices of a vehicle disagree.
//!
//! Shape: their comparison, and the silence of the wired one, in. Units: metres, covered time. Errors: none.
//! Source: `domain.md` §3a (three causes of distance), §3b.

use super::definition::{Definition, Look, Onset, Phase, over_if, since};
use super::gate::Demand;
use super::silence::{Silence, usual_of_backup};
use crate::pair::Pair;
use crate::rule_set::{Thresholds, hours};
use crate::state::Terminal;
use model::finding::SeparationCause;
use model::input::Role;
use model::{Alert, Finding, Rule, Severity, TerminalId, Timestamp};

pub(super) struct PairSeparated;

pub(super) struct PairLiveness;

impl Definition for PairSeparated {
    fn rule(&self) -> Rule {
        Rule::PairSeparated
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        let set = &thresholds.pair;
        format!(
            "its wired and its hidden device are apart {} times in a row, in fixes of one moment or while it stands; within {} h of \
             their fitting, or never seen together: on the work list only",
            set.occurrences, set.new_binding_h
        )
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let pair = look.state.pair.as_deref()?;
        if u32::from(pair.apart) < look.thresholds().pair.occurrences {
            return None;
        }
        let Pair { main, backup, main_place, backup_place, distance_m, threshold_m, .. } = *pair;
        let cause = cause(look, pair);
        let finding =
            Finding::Separated { main, backup, main_place, backup_place, distance_m, threshold_m, cause };
        Some(since(pair.since, finding))
    }

    fn phase(&self, look: &Look<'_>, _: &Alert) -> Phase {
        match look.state.pair.as_deref() {
            Some(pair) if u32::from(pair.apart) >= look.thresholds().pair.occurrences => Phase::Holds,
            Some(pair) if u32::from(pair.together) >= look.thresholds().pair.occurrences => Phase::Over,
            Some(_) | None => Phase::Between,
        }
    }

    fn severity(&self, look: &Look<'_>, finding: &Finding) -> Severity {
        match finding {
            Finding::Separated { cause: SeparationCause::Binding, .. } => Severity::P3,
            _ => look.graver_if_overdue(Severity::P2, Severity::P1),
        }
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let needed = look.thresholds().pair.occurrences;
        match look.state.pair.as_deref() {
            None => "its wired and its hidden device had no fixes that can be compared".to_owned(),
            Some(Pair { apart: 0, together, .. }) => format!("together {together} times in a row"),
            Some(Pair { apart, distance_m, threshold_m, since, .. }) => {
                format!(
                    "apart {apart} of {needed} times in a row since {since}, {distance_m} m of {threshold_m} m"
                )
            }
        }
    }
}

impl Definition for PairLiveness {
    fn rule(&self) -> Rule {
        Rule::PairLiveness
    }

    fn sentence(&self, thresholds: &Thresholds) -> String {
        format!("its wired device is silent for {} h, its hidden one reports", thresholds.pair.main_silent_h)
    }

    fn demand(&self, _: &Look<'_>) -> Demand {
        Demand::Collateral
    }

    fn onset(&self, look: &Look<'_>) -> Option<Onset> {
        let (main, silence) = silent_main(look)?;
        let (terminal, last_heard) = (main.id, silence.heard.at);
        (silence.holds() && speaks_alone(look, main)).then(|| Onset {
            episode: last_heard,
            event_time: silence.crossed_at(look),
            finding: Finding::OneSilent {
                terminal,
                last_heard,
                silent_ms: silence.silent_ms,
                threshold_ms: silence.threshold_ms,
            },
        })
    }

    fn phase(&self, look: &Look<'_>, alert: &Alert) -> Phase {
        let Finding::OneSilent { terminal, last_heard, .. } = alert.explanation.finding else {
            return Phase::Between;
        };
        // A P1 that nobody has closed yet holds again with the next silence.
        let is_silent_again =
            || self.onset(look).is_some_and(|onset| onset.finding.terminal() == Some(terminal));
        match look.terminal(terminal) {
            Some(main) if main.heard.at > last_heard => over_if(!is_silent_again()),
            Some(_) => Phase::Holds,
            None => Phase::Between,
        }
    }

    fn severity(&self, look: &Look<'_>, _: &Finding) -> Severity {
        look.graver_if_overdue(Severity::P2, Severity::P1)
    }

    fn starts_at(&self, look: &Look<'_>) -> Option<Timestamp> {
        let (main, silence) = silent_main(look)?;
        // Without another word of the hidden one it never begins.
        speaks_alone(look, main).then(|| silence.holds_at(look))
    }

    fn figures(&self, look: &Look<'_>) -> String {
        let Some((main, silence)) = silent_main(look) else {
            return "it has no wired device that was heard".to_owned();
        };
        let hidden = if speaks_alone(look, main) { "a hidden one reports" } else { "no hidden one reports" };
        format!("terminal {}: {}; {hidden}", main.id, silence.figures())
    }
}

/// Never together since they were put on, or put on just now: wrong vehicles, most likely.
fn cause(look: &Look<'_>, pair: &Pair) -> SeparationCause {
    let window_ms = hours(look.thresholds().pair.new_binding_h);
    let is_new = |id: TerminalId| {
        let terminal = look.state.terminals.iter().find(|terminal| terminal.id == id);
        terminal.and_then(|terminal| terminal.bound_at).is_some_and(|at| pair.since.since(at) < window_ms)
    };
    if !pair.were_together || is_new(pair.main) || is_new(pair.backup) {
        SeparationCause::Binding
    } else {
        SeparationCause::Removed
    }
}

fn silent_main<'a>(look: &Look<'a>) -> Option<(&'a Terminal, Silence)> {
    let mains = look.state.terminals.iter().filter(|terminal| terminal.role == Some(Role::Main));
    let main = mains.max_by_key(|terminal| terminal.heard.coverage_ms)?;
    let threshold_ms = hours(look.thresholds().pair.main_silent_h);
    let usual_ms = main.usual_interval_ms.unwrap_or(0);
    Some((main, Silence::of_device(look, main, threshold_ms, usual_ms)))
}

/// The hidden one lives, and has spoken since the wired one did: both silent is another rule's.
fn speaks_alone(look: &Look<'_>, main: &Terminal) -> bool {
    living_backup(look).is_some_and(|backup| backup.heard.coverage_ms > main.heard.coverage_ms)
}

/// The hidden device that was heard last, if it still reports as it does.
fn living_backup<'a>(look: &Look<'a>) -> Option<&'a Terminal> {
    let backups = look.state.terminals.iter().filter(|terminal| terminal.role == Some(Role::Backup));
    let backup = backups.max_by_key(|terminal| terminal.heard.coverage_ms)?;
    let usual_ms = usual_of_backup(backup);
    let threshold_ms = look.thresholds().overdue_offline.silent_backup_ms(usual_ms);
    Silence::of_device(look, backup, threshold_ms, usual_ms).is_within().then_some(backup)
}
