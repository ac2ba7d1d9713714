//! Whether two devices of one vehicle are at one place.
//!
//! A hidden device reports once a day, the wired one all the time: their newest fixes are of different moments. Only fixes
//! of the same moment say anything, or those of a vehicle that stands.
//!
//! Shape: each new fix of the hidden device is compared once. Units: metres, device time. Errors: none.
//! Source: `domain.md` §3a (three causes), §3b PAIR_SEPARATED; constants marked [P] are ours.

use crate::geometry::distance_m;
use crate::state::{Terminal, TerminalFix, VehicleState};
use model::input::Role;
use model::{Coordinates, Millis, TerminalId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the comparisons came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pair {
    pub(crate) main: TerminalId,
    pub(crate) backup: TerminalId,
    /// The hidden device's newest fix that was compared.
    compared_at: Timestamp,
    /// Comparisons in a row that found them apart, or together.
    pub(crate) apart: u8,
    pub(crate) together: u8,
    /// They were found together once.
    pub(crate) were_together: bool,
    /// The first of the comparisons in a row.
    pub(crate) since: Timestamp,
    pub(crate) main_place: Coordinates,
    pub(crate) backup_place: Coordinates,
    pub(crate) distance_m: u32,
    pub(crate) threshold_m: u32,
}

/// Two fixes that say something together.
struct Compared {
    distance_m: u32,
    threshold_m: u32,
}

/// Compares the devices of a vehicle, if the hidden one has a fix that was not compared yet.
pub(crate) fn compare(state: &mut VehicleState) {
    let of_role = |role: Role| {
        let fixed = state.terminals.iter().filter(move |terminal| terminal.role == Some(role));
        fixed.filter_map(|terminal| Some((terminal, terminal.fix?))).max_by_key(|(_, fix)| fix.at)
    };
    // The one that was compared before, as long as it is there: of two hidden devices each would begin anew.
    let compared_before = state.pair.as_deref().and_then(|pair| {
        let terminal = state.terminals.iter().find(|terminal| terminal.id == pair.backup)?;
        Some((terminal, terminal.fix?)).filter(|_| terminal.role == Some(Role::Backup))
    });
    let hidden = compared_before.or_else(|| of_role(Role::Backup));
    let (Some((main, main_fix)), Some((backup, backup_fix))) = (of_role(Role::Main), hidden) else {
        return;
    };
    let known =
        state.pair.as_deref().copied().filter(|pair| (pair.main, pair.backup) == (main.id, backup.id));
    if known.is_some_and(|pair| backup_fix.at.since(pair.compared_at) < WAKING_MS) {
        return;
    }
    let stood = |fix: TerminalFix| state.parked_since().is_some_and(|parked| fix.at >= parked);
    let stands = stood(main_fix) && stood(backup_fix) && lives(main, backup);
    let Some(compared) = compared(main_fix, backup_fix, stands) else { return };
    let fresh = || Pair {
        main: main.id,
        backup: backup.id,
        compared_at: backup_fix.at,
        apart: 0,
        together: 0,
        were_together: false,
        since: backup_fix.at,
        main_place: main_fix.place,
        backup_place: backup_fix.place,
        distance_m: 0,
        threshold_m: 0,
    };
    let next = known.unwrap_or_else(fresh).on(&compared, main_fix, backup_fix);
    state.pair = Some(Box::new(next));
}

impl Pair {
    fn on(mut self, compared: &Compared, main: TerminalFix, backup: TerminalFix) -> Self {
        self.compared_at = backup.at;
        if compared.distance_m > compared.threshold_m {
            if self.apart == 0 {
                self.since = backup.at;
            }
            (self.apart, self.together) = (self.apart.saturating_add(1), 0);
            (self.main_place, self.backup_place) = (main.place, backup.place);
            (self.distance_m, self.threshold_m) = (compared.distance_m, compared.threshold_m);
        } else if compared.distance_m <= TOGETHER_M {
            (self.apart, self.together) = (0, self.together.saturating_add(1));
            self.were_together = true;
        }
        self
    }
}

/// What two fixes say together: those of one moment, give or take what the vehicle drives meanwhile, or any two while it
/// stands.
fn compared(main: TerminalFix, backup: TerminalFix, stands: bool) -> Option<Compared> {
    let gap_ms = main.at.since(backup.at).saturating_abs();
    let driven_m = match () {
        () if stands => 0,
        () if gap_ms <= GAP_MS_MAX => u32::try_from(gap_ms * DRIVEN_M_PER_S / 1000).unwrap_or(u32::MAX),
        () => return None,
    };
    let errors_m = u32::from(main.accuracy_m) + u32::from(backup.accuracy_m);
    let threshold_m = APART_M.saturating_add(errors_m).saturating_add(driven_m);
    Some(Compared { distance_m: distance_m(main.place, backup.place), threshold_m })
}

/// The wired device talked not long before: where it stands is where it is.
fn lives(main: &Terminal, backup: &Terminal) -> bool {
    backup.heard.coverage_ms.saturating_sub(main.heard.coverage_ms) <= LIVES_MS_MAX
}

/// Fixes of one waking are one word [P].
const WAKING_MS: Millis = 10 * 60_000;
/// Further apart than this beside their errors is no error [taxonomy].
const APART_M: u32 = 1000;
/// Closer than this they are at one place [taxonomy].
const TOGETHER_M: u32 = 300;
/// Fixes of one moment [taxonomy].
const GAP_MS_MAX: Millis = 10 * 60_000;
/// What a vehicle drives meanwhile: 120 km/h [P].
const DRIVEN_M_PER_S: i64 = 33;
/// A parked wired device says hours apart that it lives [P].
const LIVES_MS_MAX: Millis = 6 * 3_600_000;
