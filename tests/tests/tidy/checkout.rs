//! The files of the checkout, and what cargo says of its packages.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The top of the checkout. Asked when it runs, so that a built test can be pointed at a broken copy.
pub(crate) fn top() -> PathBuf {
    let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&manifest).parent().unwrap().to_owned()
}

/// A text file of ours.
pub(crate) struct File {
    /// From the top, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }

    /// Lines of code with their numbers: what follows `//` is prose.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..)
            .zip(self.text.lines())
            .map(|(number, line)| (number, line.split("//").next().unwrap_or_default()))
    }
}

/// Every text file, without this test, which must be able to name what it forbids.
pub(crate) static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(&top(), "", &mut files);
    assert!(files.len() > 100, "this is not the whole checkout");
    files
});

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{prefix}{name}");
        // In a work tree `.git` is a file.
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
}

const LEFT_OUT: &[&str] = &[".git", "target", "node_modules", "tidy"];

/// What `cargo metadata` says, with everything that is built for this machine.
pub(crate) static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host])
        .current_dir(top())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
});

/// A package of ours.
pub(crate) struct Member {
    pub(crate) name: String,
    /// From the top.
    pub(crate) folder: String,
    /// (name, kind) of what it depends on directly; the kind is `normal`, `dev` or `build`.
    pub(crate) dependencies: Vec<(String, String)>,
}

/// The packages of the workspace.
pub(crate) fn members() -> Vec<Member> {
    let top = top();
    let packages =
        METADATA["packages"].as_array().unwrap().iter().filter(|package| package["source"].is_null());
    let member = |package: &Value| {
        let manifest = Path::new(text(&package["manifest_path"]));
        let folder = manifest.parent().unwrap().strip_prefix(&top).unwrap();
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let dependencies = dependencies.map(|dependency| {
            (text(&dependency["name"]).to_owned(), dependency["kind"].as_str().unwrap_or("normal").to_owned())
        });
        Member {
            name: text(&package["name"]).to_owned(),
            folder: folder.to_str().unwrap().to_owned(),
            dependencies: dependencies.collect(),
        }
    };
    packages.map(member).collect()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Fails with all of what is wrong.
pub(crate) fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
