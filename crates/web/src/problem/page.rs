//! `/api/problems`: what each code means, with an anchor that the `type` of a problem points to.

use super::Code;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use std::fmt::Write;

pub(crate) async fn page() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], html())
}

fn html() -> String {
    let mut page = String::from(HEAD);
    for code in Code::ALL {
        let (name, status) = (code.as_str(), code.status());
        // Writing to a string cannot fail.
        let _ =
            writeln!(page, "<h2 id=\"{name}\">{name} <small>{status}</small></h2><p>{}</p>", code.meaning());
    }
    page.push_str("</main>\n");
    page
}

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width\">\n<title>lienwatch: problems</title>\n\
    <link rel=\"stylesheet\" href=\"/style.css\">\n<main>\n<h1>Problems</h1>\n\
    <p>Every error of the API is <code>application/problem+json</code> (RFC 9457). Its <code>code</code> is one of \
    these.</p>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_an_anchor_and_no_two_are_alike() {
        let page = html();
        for code in Code::ALL {
            assert_eq!(page.matches(&format!("id=\"{}\"", code.as_str())).count(), 1, "{}", code.as_str());
            assert!(code.status().is_client_error() || code.status().is_server_error());
        }
    }
}
