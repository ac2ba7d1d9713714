//! The vehicles of which a rule set tells most: where a rule is wrong, it is wrong of few, and often.
//!
//! Shape: a run and a window in, the vehicles out of which anything is told. Units: alerts. Errors: none.

use model::{About, Rule};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use watch::backtest::{Run, Window};

/// What was raised about one vehicle.
pub(super) struct Busy {
    about: About,
    alerts: u32,
    told: u32,
    rules: BTreeSet<Rule>,
}

impl Busy {
    /// For a listing; the plate in whole, or its end.
    pub(super) fn row(&self, whole: bool) -> Value {
        let vehicle = if whole { self.about.code() } else { self.about.masked() };
        let rules: Vec<&str> = self.rules.iter().map(|rule| rule.as_str()).collect();
        json!({ "vehicle": vehicle, "alerts": self.alerts, "told": self.told, "rules": rules.join(" ") })
    }
}

/// The busiest first; of equals in the order of their names.
pub(super) fn busiest(run: &Run, window: Window) -> Vec<Busy> {
    let mut all = BTreeMap::<&About, Busy>::new();
    let of_one = |about: &About| about.vehicle().is_some();
    for tale in run.tales.values().filter(|tale| window.has(tale) && of_one(&tale.alert.about)) {
        let about = &tale.alert.about;
        let busy = all.entry(about).or_insert_with(|| Busy {
            about: about.clone(),
            alerts: 0,
            told: 0,
            rules: BTreeSet::new(),
        });
        busy.alerts += 1;
        busy.told += u32::from(tale.is_told);
        busy.rules.insert(tale.alert.rule);
    }
    let mut all: Vec<Busy> = all.into_values().collect();
    all.sort_by_key(|busy| Reverse((busy.told, busy.alerts)));
    all
}
