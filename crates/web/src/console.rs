//! The console at each screen's address: one page for all of them, and the files that it names.
//!
//! Shape: paths → bytes, gzip where the browser takes it. What may run or be loaded is said by the policy: nothing from
//! elsewhere, nothing inline. Source: `ux.md` §4 and U10; CSP level 3.

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
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
        .fold(screens, |router, file| router.route(file.path, get(async move |headers: HeaderMap| sent(file, &headers))))
        .route("/assets/{*name}", get(asset))
}

async fn page(headers: HeaderMap) -> Response {
    sent(console::page(), &headers)
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match console::file(&format!("{ASSETS}{name}")) {
        Some(file) => sent(file, &headers),
        None => Problem::NOT_FOUND.into_response(),
    }
}

fn sent(file: &'static File, headers: &HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    let takes_gzip = accepted.split(',').any(|one| one.trim().split(';').next() == Some("gzip"));
    let said = [
        (CONTENT_TYPE, file.content_type),
        (CACHE_CONTROL, file.keep.header()),
        (CONTENT_SECURITY_POLICY, POLICY),
        (VARY, "accept-encoding"),
    ];
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
    "/login",
    "/welcome",
    "/invite",
];
const ASSETS: &str = "/assets/";
/// MapLibre starts its worker from a file of ours, and draws images that it made itself (`data:`, `blob:`).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
     worker-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_knows_the_screens_that_the_console_has() {
        let listed = include_str!("../../console/ui/src/lib/screens.ts");
        let paths = listed.lines().filter_map(|line| line.trim().strip_prefix("{ name: '")?.split(" path: '").nth(1));
        let mut theirs: Vec<String> =
            paths.map(|rest| rest.split('\'').next().unwrap().replace(":id", "{id}")).collect();
        let mut ours: Vec<String> = SCREENS.iter().map(|&path| path.to_owned()).collect();
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs);
    }
}
