//! What somebody meets who tries the server for the first time: a port that is taken, a terminal that knocks, a car that is bound
//! twice, and the README's recipe for an alert made by hand.

use std::net::TcpListener;
use stories::server::{Output, Site};

#[track_caller]
fn ends(output: &Output, code: i32, stderr: &str) {
    assert_eq!(output.code, Some(code), "{output:?}");
    assert!(output.stderr.contains(stderr), "no \"{stderr}\" in {output:?}");
}

#[test]
fn a_start_that_fails_leaves_no_folder_and_says_what_to_do() {
    let site = Site::on_sqlite().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let holder = TcpListener::bind(taken).unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    for (ports, word) in [
        (["--listen", taken.as_str(), "--http", "127.0.0.1:0"], "--listen ADDRESS"),
        (["--listen", "127.0.0.1:0", "--http", taken.as_str()], "--http ADDRESS"),
    ] {
        ends(&site.cli(&[&["serve"][..], &ports].concat()).unwrap(), 1, word);
        assert!(!site.data_dir().exists(), "{ports:?}");
    }
}

#[test]
fn an_empty_list_names_the_port_that_is_open() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let port = format!("port {},", site.tracker().port());
    ends(&site.cli(&["devices", "list"]).unwrap(), 0, &port);
    assert!(server.stop().unwrap().success());
    ends(&site.cli(&["devices", "list"]).unwrap(), 0, &port);
}
