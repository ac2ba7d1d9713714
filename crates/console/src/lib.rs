//! The web console's source and its embedded build.
//!
//! Shape: a path → [`File`] (bytes, gzip, content type, how long it may be kept); the one page of all screens is [`page`]. Units:
//! none. Errors: none, a path that is not there is `None`. Source: DESIGN.md §8; `ui/` is the console, `build.rs` builds it.

/// A file as a browser is sent it.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// From the root of the site: `/assets/index-Bx1.js`.
    pub path: &'static str,
    /// What it says.
    pub bytes: &'static [u8],
    /// The same, smaller, where that pays.
    pub gzip: Option<&'static [u8]>,
    /// With its charset.
    pub content_type: &'static str,
    /// How long a browser may keep it.
    pub keep: Keep,
}

/// How long a browser may keep a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Its name holds a hash of its bytes.
    Forever,
    /// It names others, or has one name for all versions: asked for each time.
    No,
}

impl Keep {
    /// As `Cache-Control` says it.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::No => "no-store",
        }
    }
}

/// Every file of the console.
pub fn files() -> &'static [File] {
    FILES
}

/// A file by its path.
pub fn file(path: &str) -> Option<&'static File> {
    let at = FILES.binary_search_by_key(&path, |file| file.path).ok()?;
    FILES.get(at)
}

/// The page of every screen: the console itself, or what to install to have it.
pub fn page() -> &'static File {
    file(PAGE).unwrap_or(&NO_PAGE)
}

/// Whether the console is there, or only the page that says why not.
pub fn is_built() -> bool {
    FILES.iter().any(|file| file.keep == Keep::Forever)
}

const PAGE: &str = "/index.html";
/// build.rs writes a page whatever happens; a test finds it.
static NO_PAGE: File =
    File { path: PAGE, bytes: b"", gzip: None, content_type: "text/html; charset=utf-8", keep: Keep::No };

// `const FILES: &[File]`, sorted by path.
include!(concat!(env!("OUT_DIR"), "/files.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_by_its_path_and_nothing_else_is() {
        assert!(page().content_type.starts_with("text/html") && !page().bytes.is_empty());
        for one in files() {
            assert_eq!(file(one.path).map(|found| found.bytes), Some(one.bytes), "{}", one.path);
        }
        for path in ["", "/", "/assets", "/../Cargo.toml", "/index.html/"] {
            assert!(file(path).is_none(), "{path}");
        }
    }

    #[test]
    fn only_what_has_a_hash_in_its_name_is_kept_for_ever() {
        for one in files() {
            assert_eq!(one.keep == Keep::Forever, one.path.starts_with("/assets/"), "{}", one.path);
        }
    }

    #[test]
    fn the_page_runs_no_script_and_takes_no_style_of_its_own() {
        let html = std::str::from_utf8(page().bytes).unwrap();
        assert!(
            !html.contains(" style=") && !html.contains("<style") && !html.contains(" onload="),
            "{html}"
        );
        for script in html.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains(" src=\"/"), "{tag}");
        }
    }

    /// What is asked of a first paint, 350 kB without the map, holds for all screens together: whichever is opened first.
    #[test]
    fn all_scripts_but_the_map_library_are_small_enough_for_a_first_paint() {
        let scripts = files()
            .iter()
            .filter(|one| one.content_type.starts_with("text/javascript") && !one.path.contains("maplibre"));
        let bytes: usize = scripts.map(|one| one.gzip.unwrap_or(one.bytes).len()).sum();
        assert!(bytes <= FIRST_PAINT_BYTES_MAX && (bytes > 0 || !is_built()), "{bytes}");
    }

    const FIRST_PAINT_BYTES_MAX: usize = 350_000;
}
