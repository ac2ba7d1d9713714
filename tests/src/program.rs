//! The binary under test, built as the README says, and its sabotaged twin.
//!
//! Shape: [`lienwatch`] and [`sabotaged`] → the path of a program that later builds leave alone. Errors: what cargo
//! says. A build of another package's binary is not offered to tests by cargo, so the first caller runs it: with the
//! profile that the caller itself is built with, hence nearly for nothing.

use anyhow::{Context as _, anyhow, ensure};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The server, as anybody would build it.
pub fn lienwatch() -> anyhow::Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    once(&BUILT, || {
        let _one_at_a_time = lock()?;
        build(&[])?;
        put_aside("lienwatch")
    })
}

/// The server that breaks a promise when it is asked to: the negative controls of the kill story and of `tests/chaos`.
pub fn sabotaged() -> anyhow::Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    once(&BUILT, || {
        let _one_at_a_time = lock()?;
        build(&["--features", "lienwatch/sabotage"])?;
        let program = put_aside("lienwatch-sabotaged")?;
        // Nobody shall find the sabotaged one where cargo puts the binary. Nothing is compiled for this.
        build(&[])?;
        Ok(program)
    })
}

fn once(
    built: &'static OnceLock<Result<PathBuf, String>>,
    make: impl FnOnce() -> anyhow::Result<PathBuf>,
) -> anyhow::Result<PathBuf> {
    let built = built.get_or_init(|| make().map_err(|error| format!("{error:#}")));
    built.clone().map_err(|error| anyhow!("lienwatch does not build: {error}"))
}

fn build(features: &[&str]) -> anyhow::Result<()> {
    let mut cargo = cargo();
    // The whole workspace, of which one program is built: its features are then those that the tests are built with, and what
    // they share is compiled once.
    cargo.args(["build", "--profile", built()?.profile, "--quiet", "--workspace", "--bin", "lienwatch"]);
    cargo.args(features);
    let output = cargo.output().context("cargo does not start")?;
    ensure!(output.status.success(), "{cargo:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Takes the binary from where cargo builds it: a run of the tests must not change its program half-way.
fn put_aside(name: &str) -> anyhow::Result<PathBuf> {
    let Built { target, profile } = built()?;
    // Each profile has a place of its own: who measures must not meet the tests' build.
    let folder = target.join("stories").join(profile);
    std::fs::create_dir_all(&folder)?;
    let (program, fresh) = (folder.join(name), folder.join(format!("{name}.{}", std::process::id())));
    std::fs::copy(target.join(profile).join("lienwatch"), &fresh)?;
    // A process that runs the old one keeps it.
    std::fs::rename(&fresh, &program)?;
    Ok(program)
}

/// Held while a binary is built and put aside, by whichever test process.
fn lock() -> anyhow::Result<File> {
    let file = File::create(built()?.target.join("stories.lock"))?;
    file.lock()?;
    Ok(file)
}

/// How this program was built.
struct Built {
    /// Where cargo puts what it builds: this program runs out of there.
    target: PathBuf,
    /// Cargo's name of the profile, and of its folder.
    profile: &'static str,
}

fn built() -> anyhow::Result<Built> {
    let this = std::env::current_exe()?;
    let of = |folder: &Path| {
        let profile = PROFILES.into_iter().find(|profile| folder.ends_with(profile))?;
        Some(Built { target: folder.parent()?.to_owned(), profile })
    };
    let place = || format!("{} is in no folder of {}", this.display(), PROFILES.join(", "));
    this.ancestors().find_map(of).with_context(place)
}

fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(program);
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).stdin(Stdio::null());
    // What cargo tells a test of itself changes the build scripts of some dependencies, and with them nearly everything is built anew.
    let told = |name: &std::ffi::OsString| {
        name.to_str().is_some_and(|name| TOLD.iter().any(|it| name.starts_with(it)))
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| told(name)) {
        cargo.env_remove(name);
    }
    cargo
}

/// Variables that begin like this are of the package of which a test is.
const TOLD: [&str; 5] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
/// Tests are built with the first, benchmarks with the second.
const PROFILES: [&str; 2] = ["release", "dist"];
