//! The console at each screen's address: one page for all of them, and the files that it names.
//!
//! Shape: paths → bytes, gzip where the browser takes it. What may run or be loaded is said by the policy that the guard puts on
//! every answer. Source: `ux.md` §4 and U10.

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use console::File;

use crate::problem::Problem;

/// Every screen's address and every file of the console.
pub(crate) fn pages<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let screens = SCREENS.iter().fold(Router::new(), |router, screen| router.route(screen, get(page)));
    console::files()
        .iter()
        .filter(|file| !file.path.starts_with(ASSETS))
        .fold(screens, |router, file| {
            router.route(file.path, get(async move |headers: HeaderMap| sent(file, &headers)))
        })
        .route("/assets/{*name}", get(asset))
}

async fn page(headers: HeaderMap) -> Response {
    sent(console::page(), &headers)
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match console::file(&format!("{ASSETS}{name}")) {
        Some(file) => sent(file, &headers),
        None => Problem::not_found().into_response(),
    }
}

fn sent(file: &'static File, headers: &HeaderMap) -> Response {
    let accepted =
        headers.get(ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    let takes_gzip = accepted.split(',').any(|one| one.trim().split(';').next() == Some("gzip"));
    let said =
        [(CONTENT_TYPE, file.content_type), (CACHE_CONTROL, file.keep.header()), (VARY, "accept-encoding")];
    match file.gzip.filter(|_| takes_gzip) {
        Some(gzip) => (said, [(CONTENT_ENCODING, "gzip")], gzip).into_response(),
        None => (said, file.bytes).into_response(),
    }
}

/// What the screens of `crates/console/ui/src/lib/screens.ts` are at; a test compares the two.
const SCREENS: &[&str] = &[
    "/",
    "/map",
    "/vehicles",
    "/vehicles/{id}",
    "/loans",
    "/imports",
    "/places",
    "/rules",
    "/quarantine",
    "/devices",
    "/log",
    "/setup",
    "/health",
    "/users",
    "/audit",
    "/wall",
    "/account",
    "/reference",
    "/login",
    "/welcome",
    "/invite",
];
const ASSETS: &str = "/assets/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_knows_the_screens_that_the_console_has() {
        let listed = include_str!("../../console/ui/src/lib/screens.ts");
        let paths =
            listed.lines().filter_map(|line| line.trim().strip_prefix("{ name: '")?.split(" path: '").nth(1));
        let mut theirs: Vec<String> =
            paths.map(|rest| rest.split('\'').next().unwrap().replace(":id", "{id}")).collect();
        let mut ours: Vec<String> = SCREENS.iter().map(|&path| path.to_owned()).collect();
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs);
    }
}
