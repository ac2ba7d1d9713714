//! Builds the console with Node and lists its files for `lib.rs`.
//!
//! Shape: `ui/` → `npm ci` (only if the lock file changed) → `vite build` into `OUT_DIR` → `files.rs`. Into the checkout goes
//! `ui/node_modules` alone, which git ignores. Errors: none ends the build: the server must be buildable without Node, so that
//! what went wrong stands on the page instead, and as a warning. Source: DESIGN.md §8.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

#[path = "build/files.rs"]
mod files;
#[path = "build/page.rs"]
mod page;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let built = out.join("console");
    if env::var_os("CARGO_FEATURE_EMBED").is_none() {
        page::write(&built, &page::Missing::SwitchedOff)?;
        return files::list(&built, &out.join("files.rs"));
    }
    let ui = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("ui");
    for source in SOURCES {
        println!("cargo:rerun-if-changed=ui/{source}");
    }
    // Node may be installed or taken away later.
    println!("cargo:rerun-if-env-changed=PATH");
    if let Err(missing) = build(&ui, &built) {
        println!("cargo:warning=the console is not in this build: {missing}");
        // A file that is never there: the next build tries again.
        println!("cargo:rerun-if-changed={}", out.join("try-again").display());
        page::write(&built, &missing)?;
    }
    files::list(&built, &out.join("files.rs"))
}

fn build(ui: &Path, built: &Path) -> Result<(), page::Missing> {
    let began = Instant::now();
    let version = node()?;
    install(ui)?;
    run(ui, "node", &["node_modules/vite/bin/vite.js", "build", "--logLevel", "error"], Some(built))?;
    eprintln!("console built with Node {version} in {:.1} s", began.elapsed().as_secs_f32());
    Ok(())
}

/// Node's version, if it is new enough.
fn node() -> Result<String, page::Missing> {
    let output = Command::new("node").arg("--version").output().map_err(|_| page::Missing::Node)?;
    let version = String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned();
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    let version_of = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if version_of < NODE_MIN { Err(page::Missing::NodeIsOld { version }) } else { Ok(version) }
}

/// `npm ci`, unless it was done since the lock file changed. What a developer installed beside it stays.
fn install(ui: &Path) -> Result<(), page::Missing> {
    let changed = |file: &str| fs::metadata(ui.join(file)).and_then(|file| file.modified());
    let locked = changed("package-lock.json").map_err(page::Missing::failed)?;
    // npm writes this one last.
    if changed("node_modules/.package-lock.json").is_ok_and(|installed| installed >= locked) {
        return Ok(());
    }
    run(
        ui,
        "npm",
        &["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        None,
    )
}

fn run(ui: &Path, program: &str, arguments: &[&str], built: Option<&Path>) -> Result<(), page::Missing> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(ui)
        .stdin(Stdio::null())
        .env("NODE_ENV", "production")
        .env("NO_COLOR", "1");
    if let Some(built) = built {
        command.env("CONSOLE_OUT", built);
    }
    let output = command.output().map_err(|_| page::Missing::Node)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(page::Missing::failed(format!("{program} {}: {}", arguments.join(" "), said.trim())))
}

/// What the console is made of, below `ui/`.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "build",
    "index.html",
    "package.json",
    "package-lock.json",
    ".npmrc",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];
/// What Vite 8 asks for.
const NODE_MIN: (u32, u32) = (20, 19);
