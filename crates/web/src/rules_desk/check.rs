//! Whether a text is a rule set, where it is wrong, and which keys it changes.
//!
//! Shape: two texts in, [`Checked`] out. Units: lines and columns from 1. Errors: none; what is wrong is the answer.

use crate::text::Text;
use rules::{RuleSet, RuleSetError};
use serde::Serialize;
use std::collections::BTreeMap;
use toml::{Table, Value};
use utoipa::ToSchema;

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Checked {
    ok: bool,
    /// Of the text, if it is a rule set.
    hash: Option<String>,
    errors: Vec<Fault>,
    /// Against the rule set in force, defaults filled in.
    changes: Vec<Change>,
}

/// What is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Fault {
    line: Option<usize>,
    column: Option<usize>,
    key: Option<String>,
    pub(super) text: Text,
}

/// A key with another value.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Change {
    key: String,
    from: Option<String>,
    to: Option<String>,
}

impl Checked {
    /// With what it changes for all, and for those lenders that are the caller's to see.
    pub(super) fn of(text: &str, current: &str, theirs: impl Fn(&str) -> bool) -> Self {
        let errors = faults(text);
        let hash = errors.is_empty().then(|| RuleSet::parse(text).ok()).flatten();
        let hash = hash.map(|rule_set| rule_set.hash().to_owned());
        let changes = if errors.is_empty() { changes(current, text, theirs) } else { Vec::new() };
        Self { ok: errors.is_empty(), hash, errors, changes }
    }
}

/// What is wrong with a text; a rule set's check stops at the first.
pub(super) fn faults(text: &str) -> Vec<Fault> {
    let Err(error) = RuleSet::parse(text) else { return Vec::new() };
    let key = match &error {
        RuleSetError::Range { key, .. } | RuleSetError::Order { key, .. } => Some((*key).to_owned()),
        RuleSetError::Word { key, .. } | RuleSetError::NoSection { key, .. } => Some(key.clone()),
        RuleSetError::Lender { lender, .. } => Some(format!("lender.{lender}")),
        RuleSetError::Text { .. } => None,
    };
    let (line, column) = place(text, &error, key.as_deref());
    let zh = match &error {
        RuleSetError::Range { key, value, min, max } => {
            format!("{key} = {value}：应为 {min} 到 {max} 之间的整数")
        }
        RuleSetError::Order { key, value, other, limit, .. } => {
            format!("{key} = {value}：不得大于 {other} = {limit}")
        }
        RuleSetError::Word { key, value, words } => format!("{key} = {value}：应为以下之一：{words}"),
        RuleSetError::NoSection { key, value } => {
            format!("{key} = {value}：应为一个小节，即 [{key}]，下面再写各项")
        }
        RuleSetError::Lender { lender, .. } => format!("资方 {lender} 的设置有误"),
        RuleSetError::Text { .. } => "规则文本无法读取：语法、键名或类型有误".to_owned(),
    };
    vec![Fault { line, column, key, text: Text { zh, en: error.to_string() } }]
}

/// Where it is wrong: the parser says so, or the line of the key is found.
fn place(text: &str, error: &RuleSetError, key: Option<&str>) -> (Option<usize>, Option<usize>) {
    if let RuleSetError::Text { reason } | RuleSetError::Lender { reason, .. } = error
        && let Some((line, column)) = told(reason)
    {
        return (Some(line), Some(column));
    }
    let Some(key) = key else { return (None, None) };
    let (section, name) = key.rsplit_once('.').map_or((None, key), |(section, name)| (Some(section), name));
    let header = section.map(|section| format!("[{section}]"));
    let is_before = |line: &str| header.as_ref().is_some_and(|header| line.trim() != header);
    let lines = (1..).zip(text.lines()).skip_while(|(_, line)| is_before(line));
    let lines = lines.skip(usize::from(section.is_some()));
    let mut within = lines.take_while(|(_, line)| !line.trim_start().starts_with('['));
    let is_key = |line: &str| line.split('=').next().is_some_and(|left| left.trim() == name);
    (within.find(|(_, line)| is_key(line)).map(|(number, _)| number), None)
}

/// `… at line 3, column 5`, as the parser writes it.
fn told(reason: &str) -> Option<(usize, usize)> {
    let (_, rest) = reason.split_once("line ")?;
    let (line, rest) = rest.split_once(", column ")?;
    let column: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// Keys whose values differ.
fn changes(current: &str, text: &str, theirs: impl Fn(&str) -> bool) -> Vec<Change> {
    let [before, after, defaults] = [current, text, RuleSet::default_text()].map(|text| keys(text, &theirs));
    let value =
        |keys: &BTreeMap<String, String>, key: &String| keys.get(key).or_else(|| defaults.get(key)).cloned();
    let mut all: Vec<&String> = before.keys().chain(after.keys()).collect();
    all.sort();
    all.dedup();
    let change =
        |key: &String| Change { key: key.clone(), from: value(&before, key), to: value(&after, key) };
    all.into_iter().map(change).filter(|change| change.from != change.to).collect()
}

/// `section.key` → value.
fn keys(text: &str, theirs: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Ok(mut table) = toml::from_str::<Table>(text) {
        if let Some(Value::Table(lenders)) = table.get_mut("lender") {
            lenders.retain(|lender, _| theirs(lender));
        }
        walk("", &table, &mut found);
    }
    found
}

fn walk(prefix: &str, table: &Table, found: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) => walk(&key, inner, found),
            value => drop(found.insert(key, value.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let fault = |text: &str| faults(text).into_iter().next().unwrap();
        let unknown = fault("[overdue_moved]\ndpd_mim = 3\n");
        assert_eq!(unknown.line, Some(2), "{}", unknown.text.en);
        let range = fault("[pair]\noccurrences = 3\n\n[overdue_offline]\n# hours\nsilent_moving_h = 0\n");
        assert_eq!((range.line, range.key.as_deref()), (Some(6), Some("overdue_offline.silent_moving_h")));
        let no_number = fault("[loan]\nfresh_max_h = 1.5\n");
        assert_eq!((no_number.line, no_number.key.as_deref()), (Some(2), Some("loan.fresh_max_h")));
        assert!(no_number.text.zh.contains("整数"), "{}", no_number.text.zh);
        let word = fault("[quadrants]\nwilling_able = \"call\"\n");
        assert_eq!((word.line, word.key.as_deref()), (Some(2), Some("quadrants.willing_able")));
        assert!(word.text.zh.contains("remind"), "{}", word.text.zh);
        assert_eq!(fault("# none\ntow = 3\n[loan]\n").line, Some(2));
        assert!(faults(RuleSet::default_text()).is_empty());
    }

    #[test]
    fn a_change_is_told_against_what_is_in_force_defaults_and_all() {
        let checked =
            Checked::of("[pair]\noccurrences = 3\n", "[overdue_moved]\ncool_down_h = 3\n", |_| true);
        assert!(checked.ok && checked.hash.is_some());
        let told: Vec<(&str, Option<&str>)> =
            checked.changes.iter().map(|it| (it.key.as_str(), it.to.as_deref())).collect();
        assert!(
            told.contains(&("pair.occurrences", Some("3")))
                || RuleSet::default_text().contains("occurrences = 3")
        );
        assert!(told.iter().any(|(key, _)| *key == "overdue_moved.cool_down_h"));
    }
}
