//! Which hosts are ours, and from where somebody comes.

use super::*;
use axum::http::HeaderValue;

fn gate(hosts: &[&str], bound: &str, proxies: &[&str]) -> Gate {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let proxies = proxies.iter().map(|proxy| Network::parse(proxy).unwrap()).collect();
    Gate::new(&hosts, proxies, Some(bound.parse().unwrap()))
}

fn headers(pairs: &[(&HeaderName, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| ((*name).clone(), HeaderValue::from_str(value).unwrap())).collect()
}

#[test]
fn a_name_that_somebody_pointed_at_us_is_not_ours() {
    let local = gate(&["Lien.Example.cn"], "127.0.0.1:8080", &[]);
    for ours in ["localhost:8080", "127.0.0.1", "[::1]:8080", "lien.example.cn", "LIEN.example.cn:443"] {
        assert!(local.knows(ours), "{ours}");
    }
    for other in ["evil.example", "", "127.0.0.1.evil.example", "10.0.0.7", "localhost.evil.example"] {
        assert!(!local.knows(other), "{other}");
    }
    let open = gate(&[], "0.0.0.0:8080", &[]);
    assert!(open.knows("10.0.0.7:8080") && !open.knows("rebound.example:8080"));
    let one = gate(&[], "10.0.0.7:8080", &[]);
    assert!(one.knows("10.0.0.7") && !one.knows("10.0.0.8"));
}

#[test]
fn what_a_stranger_says_of_where_he_comes_from_is_not_believed() {
    let from = |peer: &str, gate: &Gate, told: &[&str]| {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(Peer(peer.parse().unwrap())));
        let told: Vec<_> = told.iter().map(|told| (&FORWARDED_FOR, *told)).collect();
        let mut map = HeaderMap::new();
        for (name, value) in told {
            map.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        gate.address(&extensions, &map).to_string()
    };
    let gate = gate(&[], "0.0.0.0:8080", &["10.0.0.0/8"]);
    assert_eq!(from("203.0.113.9:1", &gate, &["1.2.3.4"]), "203.0.113.9");
    assert_eq!(from("10.0.0.1:1", &gate, &["1.2.3.4"]), "1.2.3.4");
    // What the client itself sent stands before what our proxies added.
    assert_eq!(from("10.0.0.1:1", &gate, &["6.6.6.6, 1.2.3.4, 10.0.0.2"]), "1.2.3.4");
    assert_eq!(from("10.0.0.1:1", &gate, &["6.6.6.6", "1.2.3.4:5678"]), "1.2.3.4");
    assert_eq!(from("10.0.0.1:1", &gate, &[]), "10.0.0.1");
    assert_eq!(from("[::ffff:203.0.113.9]:1", &gate, &[]), "203.0.113.9");
}

#[test]
fn a_page_of_another_site_is_known_by_what_the_browser_says() {
    let gate = gate(&["lien.example"], "127.0.0.1:8080", &[]);
    let foreign = |pairs: &[(&HeaderName, &str)]| gate.is_from_another_site(&headers(pairs));
    assert!(!foreign(&[]));
    assert!(!foreign(&[(&FETCH_SITE, "same-origin")]));
    assert!(foreign(&[(&FETCH_SITE, "cross-site")]) && foreign(&[(&FETCH_SITE, "same-site")]));
    assert!(!foreign(&[(&ORIGIN, "https://lien.example"), (&HOST, "lien.example")]));
    assert!(!foreign(&[(&ORIGIN, "https://lien.example"), (&HOST, "127.0.0.1:8080")]));
    assert!(!foreign(&[(&ORIGIN, "http://10.0.0.7:8080"), (&HOST, "10.0.0.7:8080")]));
    assert!(foreign(&[(&ORIGIN, "https://evil.example"), (&HOST, "lien.example")]));
    assert!(foreign(&[(&ORIGIN, "null"), (&HOST, "lien.example")]));
}

#[test]
fn a_cookie_goes_over_a_plain_line_on_this_machine_only() {
    assert!(is_this_machine(&headers(&[(&HOST, "127.0.0.1:8080")])));
    assert!(is_this_machine(&headers(&[(&HOST, "[::1]:8080")])));
    assert!(is_this_machine(&headers(&[(&HOST, "localhost:8080"), (&ORIGIN, "http://localhost:8080")])));
    assert!(!is_this_machine(&headers(&[(&HOST, "10.0.0.7:8080")])));
    assert!(!is_this_machine(&headers(&[(&HOST, "127.0.0.1:8080"), (&ORIGIN, "https://lien.example")])));
    assert!(is_plain_http(&headers(&[(&ORIGIN, "http://10.0.0.7:8080")])));
    assert!(!is_plain_http(&headers(&[(&ORIGIN, "https://lien.example")])));
}
