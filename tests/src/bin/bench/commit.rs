//! Which state of the project is measured.
//!
//! Shape: a folder of the work tree → the commit's short hash, with `-dirty` behind it where the tree differs. What lies in `deploy`
//! differs by what a run writes there, and is not measured. Errors: none; without git, or outside of a clone, nothing is said.

use std::path::Path;
use std::process::Command;

/// The commit that is checked out where the folder is.
pub(crate) fn of(folder: &Path) -> Option<String> {
    let hash = git(folder, &["rev-parse", "--short", "HEAD"])?;
    let differs = git(folder, &["status", "--porcelain", "--", ":/", ":(top,exclude)deploy"])?;
    Some(if differs.is_empty() { hash } else { format!("{hash}-dirty") })
}

fn git(folder: &Path, words: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    // A hook of git that measures or tests names its own tree by these.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    let output = command.arg("-C").arg(folder).args(words).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_that_differs_outside_of_deploy_is_dirty() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(of(folder.path()), None, "no clone");
        git(folder.path(), &["init"]).unwrap();
        std::fs::create_dir(folder.path().join("deploy")).unwrap();
        write("deploy/page.md", "");
        write("code.rs", "");
        git(folder.path(), &["add", "."]).unwrap();
        let author =
            ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false"];
        git(folder.path(), &[&author[..], &["commit", "-m", "first"]].concat()).unwrap();
        let clean = of(folder.path()).unwrap();
        write("deploy/page.md", "written by a run");
        assert_eq!(of(&folder.path().join("deploy")), Some(clean.clone()));
        write("code.rs", "changed");
        assert_eq!(of(&folder.path().join("deploy")), Some(format!("{clean}-dirty")));
    }
}
