//! Which crate may depend on which: the table of DESIGN.md §2, and one row a folder of `protocols`.

use crate::checkout::{METADATA, assert_none, members, text, top};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    pub(crate) folder: &'static str,
    /// Words of the first doc line.
    pub(crate) charter: &'static str,
    /// Crates of ours that it may depend on.
    pub(crate) may: &'static [&'static str],
}

const fn row(
    name: &'static str,
    folder: &'static str,
    charter: &'static str,
    may: &'static [&'static str],
) -> Crate {
    Crate { name, folder, charter, may }
}

/// Every crate. A protocol is a folder: its row is the same for each, so that adding one touches no table.
pub(crate) static CRATES: LazyLock<Vec<Crate>> = LazyLock::new(|| {
    let protocol = |name: &'static str| {
        row(
            name,
            format!("protocols/{name}").leak(),
            "one published wire format, both ways",
            &["model", "wire"],
        )
    };
    let mut listed = PROTOCOLS.clone();
    listed.push("wire");
    let list = row("protocols", "protocols", "The list of protocols", listed.leak());
    let mut crates: Vec<Crate> =
        TABLE.iter().copied().chain(PROTOCOLS.iter().copied().map(protocol)).collect();
    crates.push(list);
    let everything: Vec<&str> = crates.iter().map(|row| row.name).collect();
    crates.push(row("stories", "tests", "Boots the real server", everything.leak()));
    crates
});

/// The folders of `protocols` that are crates.
static PROTOCOLS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let folders = std::fs::read_dir(top().join("protocols")).unwrap().map(Result::unwrap);
    let crates = folders.filter(|folder| folder.path().join("Cargo.toml").exists());
    let mut names: Vec<&'static str> =
        crates.map(|folder| &*folder.file_name().into_string().unwrap().leak()).collect();
    names.sort_unstable();
    names
});

/// The table. A new edge is a commit of its own.
#[rustfmt::skip]
const TABLE: &[Crate] = &[
    row("model", "crates/model", "Names and units of the field", &[]),
    row("wire", "crates/wire", "What a protocol owes the server", &["model"]),
    row("rules", "crates/rules", "Which alerts open, change or close, and why", &["model"]),
    row("words", "crates/words", "What rules and findings say, in Chinese and English", &["model"]),
    row("journal", "crates/journal", "The durable, ordered log of inputs", &["model"]),
    row("store", "crates/store", "Derived rows in, rows out", &["model"]),
    row("watch", "crates/watch", "Fold the journal", &["model", "rules", "journal", "store"]),
    row("loans", "crates/loans", "Loan files and batches to validated inputs", &["model", "journal", "store"]),
    row("places", "crates/places", "Place files to validated places", &["model", "rules"]),
    row("ingest", "crates/ingest", "Accept, deframe, decode, journal, acknowledge", &["model", "wire", "journal", "store"]),
    row("notify", "crates/notify", "Deliver each outbox entry at least once", &["model", "words", "journal", "store"]),
    row("console", "crates/console", "The web console's source", &[]),
    row("web", "crates/web", "Answer people",
        &["model", "words", "wire", "rules", "journal", "store", "watch", "loans", "places", "console"]),
    row("fleet", "crates/fleet", "Behave like trackers", &["model", "wire", "protocols"]),
    row("lienwatch", "crates/lienwatch", "ommand line, config, wiring, signals",
        &["model", "words", "wire", "protocols", "rules", "journal", "store", "watch", "loans", "places", "ingest", "notify", "web", "fleet", "console"]),
];

/// No task, no database, no socket, no clock, no chance.
pub(crate) static PURE: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    PROTOCOLS.iter().copied().chain(["model", "words", "wire", "protocols", "rules"]).collect()
});

/// What waits, or speaks to the world.
const IMPURE: &[&str] =
    &["tokio", "sqlx", "sqlx-core", "mio", "socket2", "reqwest", "rustls", "axum", "async-io"];

#[test]
fn only_the_edges_of_the_table_exist() {
    let ours: BTreeSet<String> = members().into_iter().map(|member| member.name).collect();
    let mut wrong = Vec::new();
    for member in members() {
        let Some(row) = CRATES.iter().find(|row| row.name == member.name) else { continue };
        for (on, kind) in member.dependencies.iter().filter(|(on, _)| ours.contains(on) && *on != member.name)
        {
            // A test may know more than the crate, but a pure crate's tests are pure as well.
            let allowed = match kind.as_str() {
                "dev" if PURE.contains(&row.name) => PURE.contains(&on.as_str()),
                "dev" => CRATES.iter().any(|row| row.name == *on),
                _ => row.may.contains(&on.as_str()),
            };
            if !allowed {
                wrong.push(format!("{} must not depend on {on} ({kind})", member.name));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn sql_lives_in_journal_and_store_only() {
    let speaks = |name: &str| ["journal", "store", "stories"].contains(&name);
    let wrong = members().into_iter().filter(|member| !speaks(&member.name));
    let wrong = wrong.filter(|member| member.dependencies.iter().any(|(on, _)| on.starts_with("sqlx")));
    assert_none(&wrong.map(|member| format!("{} depends on sqlx", member.name)).collect::<Vec<_>>());
}

#[test]
fn pure_crates_reach_nothing_that_waits() {
    let nodes: BTreeMap<&str, BTreeSet<&str>> = METADATA["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (text(&node["id"]), built_on(node)))
        .collect();
    let packages = METADATA["packages"].as_array().unwrap();
    let names: BTreeMap<&str, &str> =
        packages.iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
    let mut wrong = Vec::new();
    for (id, name) in names.iter().filter(|(_, name)| PURE.contains(name)) {
        let mut reached = BTreeSet::from([*id]);
        let mut open = vec![*id];
        while let Some(next) = open.pop() {
            open.extend(nodes[next].iter().filter(|on| reached.insert(on)));
        }
        let bad = reached.iter().map(|id| names[id]).filter(|name| IMPURE.contains(name));
        wrong.extend(bad.map(|bad| format!("{name} is built on {bad}")));
    }
    assert_none(&wrong);
}

/// The packages that a node is built on, without those of its tests and build script.
fn built_on(node: &serde_json::Value) -> BTreeSet<&str> {
    let normal = |on: &&serde_json::Value| {
        on["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null())
    };
    node["deps"].as_array().unwrap().iter().filter(normal).map(|on| text(&on["pkg"])).collect()
}
