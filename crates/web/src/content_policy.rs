//! What a page of ours may load, and from where: nothing from elsewhere but the base maps that the operator has named.
//!
//! Shape: the configured maps → the header Content-Security-Policy. No inline script, no inline style. Source: CSP Level 3.

use crate::Tiles;
use crate::config::tiles_origin;
use axum::http::HeaderValue;

pub(crate) fn policy(tiles: &[Tiles]) -> HeaderValue {
    let mut maps = String::new();
    for origin in tiles.iter().filter_map(|tiles| tiles_origin(&tiles.url)) {
        maps.push(' ');
        maps.push_str(&origin);
    }
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{maps}; \
         connect-src 'self'{maps}; worker-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    // Origins are checked with the configuration; without them the text is ASCII.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Datum;

    #[test]
    fn only_maps_that_are_named_are_loaded_from_elsewhere() {
        assert!(!policy(&[]).to_str().unwrap().contains("://"));
        let url = "https://maps.example/{z}/{x}/{y}.png".to_owned();
        let tiles = Tiles { name: "m".into(), url, datum: Datum::Gcj02, attribution: "m".into() };
        let policy = policy(&[tiles]);
        assert!(policy.to_str().unwrap().contains("connect-src 'self' https://maps.example;"));
    }
}
