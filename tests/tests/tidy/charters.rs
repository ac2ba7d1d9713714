//! What lies where: folders of the top, one charter a crate, lints for all, the pure crates' clippy.toml.

use crate::checkout::{assert_none, members, top};
use crate::edges::{CRATES, Crate, PURE};

const TOP_FOLDERS: &[&str] = &[".cargo", ".ci", ".git", "crates", "deploy", "protocols", "target", "tests"];
const TOP_FILES: &[&str] = &[
    ".git", // a file, where the checkout is a work tree
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
];

#[test]
fn the_top_holds_only_the_layout() {
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(top()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let allowed = if entry.file_type().unwrap().is_dir() { TOP_FOLDERS } else { TOP_FILES };
        if !allowed.contains(&name.as_str()) {
            wrong.push(format!("{name} at the top is not in the layout of DESIGN.md §2"));
        }
    }
    assert_none(&wrong);
}

#[test]
fn every_crate_has_its_row_and_its_folder() {
    let mut wrong = Vec::new();
    for member in members() {
        let row = CRATES.iter().find(|row| row.name == member.name);
        if row.is_none_or(|row| row.folder != member.folder) {
            wrong.push(format!("{}: the table has no row for a crate {} there", member.folder, member.name));
        }
    }
    for parent in ["crates", "protocols"] {
        for entry in std::fs::read_dir(top().join(parent)).unwrap() {
            let entry = entry.unwrap();
            let folder = format!("{parent}/{}", entry.file_name().into_string().unwrap());
            let other = ["protocols/src", "protocols/tests"].contains(&folder.as_str());
            if entry.file_type().unwrap().is_dir() && !other && !CRATES.iter().any(|row| row.folder == folder)
            {
                wrong.push(format!("{folder} has no row in the table"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn the_first_doc_line_is_the_charter() {
    let check = |row: &Crate| {
        let source = ["src/lib.rs", "src/main.rs"].map(|file| top().join(row.folder).join(file));
        let source = source.into_iter().find(|file| file.exists());
        let text = source.map(|file| std::fs::read_to_string(file).unwrap()).unwrap_or_default();
        let first = text.lines().next().and_then(|line| line.strip_prefix("//! ")).unwrap_or_default();
        let missing =
            || format!("{}: the first doc line is \"{first}\", expected \"{}\"", row.folder, row.charter);
        (!first.contains(row.charter)).then(missing)
    };
    // A crate is born when its capability is built: a row may be ahead of its folder.
    let born = CRATES.iter().filter(|row| top().join(row.folder).exists());
    assert_none(&born.filter_map(check).collect::<Vec<_>>());
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let takes = |folder: &str| {
        let manifest = std::fs::read_to_string(top().join(folder).join("Cargo.toml")).unwrap();
        manifest.contains("[lints]\nworkspace = true\n")
    };
    let wrong = members().into_iter().filter(|member| !takes(&member.folder));
    assert_none(
        &wrong.map(|member| format!("{}: no [lints] workspace = true", member.folder)).collect::<Vec<_>>(),
    );
}

#[test]
fn every_pure_crate_bans_clock_and_dice_with_the_same_clippy_toml() {
    let read =
        |folder: &str| std::fs::read_to_string(top().join(folder).join("clippy.toml")).unwrap_or_default();
    let expected = read("crates/model");
    assert!(expected.contains("SystemTime::now") && expected.contains("rand::random"));
    // Clippy reads the nearest file only, so that it must repeat the settings of the workspace.
    let settings = read("");
    for setting in settings.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert!(expected.lines().any(|line| line == setting), "the pure crates' clippy.toml lacks {setting}");
    }
    let pure = CRATES.iter().filter(|row| PURE.contains(&row.name));
    let wrong = pure.filter(|row| read(row.folder) != expected);
    let wrong: Vec<_> =
        wrong.map(|row| format!("{}/clippy.toml differs from that of crates/model", row.folder)).collect();
    assert_none(&wrong);
}
