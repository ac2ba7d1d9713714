//! What full runs have measured, kept beside the page: a run may do some parts, and the page shows all.
//!
//! Shape: one run's JSON line → `deploy/benchmarks.json`, each part with its machine, commit, date, load and repeats: a whole run
//! takes hours, and the next part may be measured on another machine, of a later commit; where there was no git none is kept. Errors:
//! a file that is not ours. Source: issue, speed 3.

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use std::io::ErrorKind;
use std::path::Path;

/// Puts a run's parts over those that are kept; gives all of them.
pub(crate) fn keep(line: &Value, folder: &Path) -> anyhow::Result<Value> {
    let kept = kept(folder)?;
    let parts = kept.as_ref().and_then(|kept| kept.get("parts")).and_then(Value::as_object);
    let mut parts: Map<String, Value> = parts.cloned().unwrap_or_default();
    for (name, figures) in line.get("parts").and_then(Value::as_object).context("parts")? {
        let said = SAID.iter().filter_map(|&name| Some((name.to_owned(), said(line, name)?)));
        let mut part: Map<String, Value> = said.collect();
        part.insert("figures".into(), figures.clone());
        parts.insert(name.clone(), Value::Object(part));
    }
    // Nothing is told of a part whose promise was broken, not even what was true once.
    for failed in line.get("failed").and_then(Value::as_array).into_iter().flatten() {
        parts.remove(failed.as_str().unwrap_or_default());
    }
    let all = json!({ "parts": parts });
    std::fs::write(folder.join(FILE), format!("{all:#}\n"))?;
    Ok(all)
}

/// What a run says of itself under a name, if anything.
fn said(line: &Value, name: &str) -> Option<Value> {
    line.get(name).filter(|said| !said.is_null()).cloned()
}

/// What is kept.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Value> {
    kept(folder)?.context("no full run has kept anything yet")
}

fn kept(folder: &Path) -> anyhow::Result<Option<Value>> {
    match std::fs::read_to_string(folder.join(FILE)) {
        Ok(text) => serde_json::from_str(&text).context(FILE),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context(FILE),
    }
}

const FILE: &str = "benchmarks.json";
/// What of a run stands beside each part's figures.
const SAID: [&str; 6] = ["machine", "commit", "date", "repeats", "load_before", "load_after"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_some_parts_keeps_the_others_each_with_its_machine() {
        let folder = tempfile::tempdir().unwrap();
        let run = |machine: &str, date: &str, part: &str| json!({ "machine": machine, "date": date, "repeats": 5, "parts": { part: { "rate": 1 } } });
        keep(&run("small", "monday", "open"), folder.path()).unwrap();
        keep(&run("small", "tuesday", "cost"), folder.path()).unwrap();
        let kept = keep(&run("small", "wednesday", "open"), folder.path()).unwrap();
        assert_eq!(kept, read(folder.path()).unwrap());
        let date = |kept: &Value, part: &str| kept["parts"][part]["date"].as_str().map(str::to_owned);
        assert_eq!(date(&kept, "open").as_deref(), Some("wednesday"));
        assert_eq!(date(&kept, "cost").as_deref(), Some("tuesday"));
        let failed = json!({ "machine": "small", "parts": {}, "failed": ["cost"] });
        assert_eq!(date(&keep(&failed, folder.path()).unwrap(), "cost"), None);
        keep(&run("small", "thursday", "cost"), folder.path()).unwrap();
        let other = keep(&run("large", "friday", "open"), folder.path()).unwrap();
        assert_eq!(date(&other, "cost").as_deref(), Some("thursday"));
        let machine = |part: &str| other["parts"][part]["machine"].as_str().map(str::to_owned);
        assert_eq!([machine("open").as_deref(), machine("cost").as_deref()], [Some("large"), Some("small")]);
    }

    #[test]
    fn a_part_says_its_commit_where_one_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let run = |commit: Value, part: &str| json!({ "commit": commit, "parts": { part: { "rate": 1 } } });
        keep(&run(json!("1234567-dirty"), "open"), folder.path()).unwrap();
        let kept = keep(&run(Value::Null, "cost"), folder.path()).unwrap();
        assert_eq!(kept["parts"]["open"]["commit"], json!("1234567-dirty"));
        assert_eq!(kept["parts"]["cost"].get("commit"), None);
    }
}
