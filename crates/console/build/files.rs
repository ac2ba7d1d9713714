//! The built files as a Rust constant, sorted by path.
//!
//! Shape: a folder → `const FILES: &[File]` with `include_bytes!` of each file and of the gzip beside it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the list of what is below `built`.
pub(crate) fn list(built: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let mut found = Vec::new();
    collect(built, &mut found)?;
    found.retain(|file| file.extension().is_none_or(|extension| extension != "gz"));
    let mut rows = found.iter().map(|file| row(built, file)).collect::<Result<Vec<_>, _>>()?;
    rows.sort();
    let rows: String = rows.into_iter().map(|(_, row)| row).collect();
    fs::write(to, format!("const FILES: &[File] = &[\n{rows}];\n"))?;
    Ok(())
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), found)?;
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn row(built: &Path, file: &Path) -> Result<(String, String), Box<dyn Error>> {
    let path = format!("/{}", file.strip_prefix(built)?.to_string_lossy().replace('\\', "/"));
    let compressed = PathBuf::from(format!("{}.gz", file.display()));
    let gzip = if compressed.exists() {
        format!("Some(include_bytes!(\"{}\"))", compressed.display().to_string().escape_default())
    } else {
        "None".to_owned()
    };
    let keep = if path.starts_with("/assets/") { "Forever" } else { "No" };
    let content_type = content_type(file);
    let file = file.display().to_string().escape_default().to_string();
    let row = format!(
        "    File {{ path: {path:?}, bytes: include_bytes!(\"{file}\"), gzip: {gzip}, content_type: {content_type:?}, keep: Keep::{keep} }},\n"
    );
    Ok((path, row))
}

/// Browsers are told not to guess, so that a kind that is missing here would not be run.
fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
