//! What an operator may say of the fold, and of what it keeps.
//!
//! Shape: the section `[watch]` of the configuration. Units: in each name. Errors: [`Config::check`] names the key.

/// How the fold works.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// States are written to the store at most this often, seconds.
    pub checkpoint_s: u64,
    /// Entries in one step at the most; a longer backlog is folded in larger steps.
    pub step_entries_max: u32,
    /// Notices that were delivered or given up stay in the store for so long after their alert has ended, days.
    pub outbox_days: u32,
    /// Stays are kept for so long, days.
    pub stays_days: u32,
}

impl Default for Config {
    fn default() -> Self {
        // A quarter of a year, in which somebody may ask whether and when he was told.
        // And what is told of a loan that is a year past due: where the vehicle stood in the eight weeks before it fell due.
        Self { checkpoint_s: 5, step_entries_max: 4_096, outbox_days: 90, stays_days: 450 }
    }
}

impl Config {
    /// Refuses a retention that takes away what answers rest on; the error names the key.
    pub fn check(&self) -> Result<(), String> {
        match () {
            () if self.outbox_days < OUTBOX_DAYS_MIN => Err(format!(
                "watch.outbox_days must be at least {OUTBOX_DAYS_MIN}: what was told is looked up for some days"
            )),
            () if self.stays_days < STAYS_DAYS_MIN => Err(format!(
                "watch.stays_days must be at least {STAYS_DAYS_MIN}: whereabouts looks fourteen weeks back, and eight from \
                 before the due date"
            )),
            () => Ok(()),
        }
    }
}

/// All attempts of a delivery are over within a day; a server that was down for a weekend makes up for it.
const OUTBOX_DAYS_MIN: u32 = 7;
/// Ninety-nine days, and fifty-seven before an instalment that fell due just then.
const STAYS_DAYS_MIN: u32 = 160;
