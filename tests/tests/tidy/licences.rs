//! What `cargo deny` would say of licences, bans and sources, for whoever does not have it.

use crate::checkout::{METADATA, assert_none, text, top};
use std::process::Command;
use toml::Table;

fn deny() -> Table {
    std::fs::read_to_string(top().join("deny.toml")).unwrap().parse().unwrap()
}

fn texts(list: &toml::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn every_dependency_has_a_licence_that_we_allow_and_comes_from_where_we_allow() {
    let deny = deny();
    let allowed = texts(&deny["licenses"]["allow"]);
    let registries = texts(&deny["sources"]["allow-registry"]);
    let mut wrong = Vec::new();
    for package in METADATA["packages"].as_array().unwrap() {
        let name = text(&package["name"]);
        let licence = package["license"].as_str().unwrap_or("none");
        if !is_allowed(licence, &allowed) {
            wrong.push(format!("{name}: licence {licence}"));
        }
        if let Some(source) = package["source"].as_str()
            && !registries.iter().any(|registry| source == format!("registry+{registry}"))
        {
            wrong.push(format!("{name}: from {source}"));
        }
    }
    assert_none(&wrong);
}

#[test]
fn nothing_that_is_banned_is_built() {
    let deny = deny();
    let banned = deny["bans"]["deny"].as_array().unwrap().iter();
    let banned: Vec<&str> = banned.map(|ban| ban["crate"].as_str().unwrap()).collect();
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p} {f}"])
        .current_dir(top())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    // Not the lock file and not the metadata: both also name what features leave out.
    let tree = String::from_utf8(tree.stdout).unwrap();
    let wrong = tree.lines().filter(|line| banned.contains(&line.split(' ').next().unwrap_or_default()));
    assert_none(&wrong.map(|line| format!("{line} is banned by deny.toml")).collect::<Vec<_>>());
}

/// Whether an SPDX expression can be met with allowed licences. `/` is the old way to write OR.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.replace('/', " OR ");
    let words = expression.replace('(', " ( ").replace(')', " ) ");
    let mut words = words.split_whitespace().peekable();
    any_of(&mut words, allowed)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

/// Alternatives, each of terms that must all be met: AND binds more tightly than OR.
fn any_of(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut met = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut met = term(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= term(words, allowed);
    }
    met
}

fn term(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    match words.next() {
        Some("(") => {
            let met = any_of(words, allowed);
            met && words.next() == Some(")")
        }
        Some(licence) => match words.next_if_eq(&"WITH") {
            Some(with) => {
                let licence = format!("{licence} {with} {}", words.next().unwrap_or_default());
                allowed.contains(&licence.as_str())
            }
            None => allowed.contains(&licence),
        },
        None => false,
    }
}

#[test]
fn a_licence_expression_is_read_as_spdx_does() {
    let allowed = ["MIT", "BSD-3-Clause", "Apache-2.0 WITH LLVM-exception"];
    for met in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/GPL-3.0",
        "(GPL-3.0 OR MIT) AND BSD-3-Clause",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_allowed(met, &allowed), "{met}");
    }
    for unmet in ["none", "GPL-3.0", "MIT AND GPL-3.0", "(GPL-3.0 OR ISC) AND MIT", "Apache-2.0"] {
        assert!(!is_allowed(unmet, &allowed), "{unmet}");
    }
}
