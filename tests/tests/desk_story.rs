//! The desk of a real server: the first user by the printed link, people made by the command line, programs with tokens.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use stories::server::{ANSWER_MAX, Server, Site, until};

const PASSWORD: &str = "correct horse battery";

struct Answer {
    status: u16,
    head: String,
    body: Value,
}

/// A request as a browser or a program on this machine sends it.
fn ask(server: &Server, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut socket = TcpStream::connect(server.http).unwrap();
    socket.set_read_timeout(Some(ANSWER_MAX)).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers =
        headers.iter().fold(String::new(), |all, (name, value)| all + &format!("{name}: {value}\r\n"));
    write!(
        socket,
        "{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{headers}\r\n{body}",
        server.http,
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    Answer { status, head: head.to_owned(), body }
}

fn cookie_of(answer: &Answer) -> String {
    let line = answer.head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:")).unwrap();
    line.split_once(": ").unwrap().1.split(';').next().unwrap().to_owned()
}

fn welcome(site: &Site, number: usize) -> String {
    until("the link for the first user", Duration::from_secs(20), || {
        let log = site.log()?;
        let links: Vec<&str> =
            log.split("/welcome#").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
        Ok(links.get(number).map(|link| (*link).to_owned()))
    })
    .unwrap()
}

#[test]
fn the_first_user_comes_in_by_the_printed_link_and_whoever_they_and_the_command_line_make() {
    let site = Site::on_sqlite().unwrap();
    let server = site.serve().unwrap();
    let first = welcome(&site, 0);
    server.stop().unwrap();
    // While there is nobody, each start prints a new link, and the old one is over.
    let server = site.serve().unwrap();
    let second = welcome(&site, 1);
    let set_up = |token: &str| {
        let body = json!({ "token": token, "name": "wang", "display_name": "王", "password": PASSWORD });
        ask(&server, "POST", "/setup", &[], &body)
    };
    assert_eq!(set_up(&first).status, 401);
    let made = set_up(&second);
    assert_eq!(made.status, 201, "{}", made.body);
    let (cookie, csrf) = (cookie_of(&made), made.body["csrf"].as_str().unwrap().to_owned());
    let me = ask(&server, "GET", "/me", &[("Cookie", &cookie)], &Value::Null);
    assert_eq!(
        (me.status, &me.body["user"]["role"], &me.body["server"]["demo"]),
        (200, &json!("admin"), &json!(false))
    );

    // Beside the running server: a user, who chooses a password with the link.
    let link = site.done(&["user", "add", "li.wei", "--role", "collector", "--lender", "main"]).unwrap();
    assert!(link.starts_with(&format!("http://{}/invite#", server.http)), "{link}");
    let token = link.trim().split_once('#').unwrap().1;
    let body = json!({ "token": token, "password": PASSWORD });
    let accepted = ask(&server, "POST", "/invites:accept", &[], &body);
    assert_eq!((accepted.status, &accepted.body["user"]["lenders"]), (200, &json!(["main"])));
    let collector = cookie_of(&accepted);
    let users = ask(&server, "GET", "/users", &[("Cookie", &collector)], &Value::Null);
    assert_eq!((users.status, &users.body["code"]), (403, &json!("forbidden")));

    // A program, by its token.
    let token = site.done(&["token", "create", "erp", "--user", "wang", "--right", "audit.read"]).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let audit = ask(&server, "GET", "/audit", &[("Authorization", &bearer)], &Value::Null);
    assert_eq!(audit.status, 200);
    let head = ask(&server, "GET", "/audit/head", &[("Authorization", &bearer)], &Value::Null).body;
    assert_eq!((&head["ok"], &head["line"]), (&json!(true), &head["verified_through"]));

    a_team_gives_and_takes(&site, &server, &collector);
    // What the command line changes counts with the next request.
    site.done(&["user", "role", "li.wei", "supervisor"]).unwrap();
    assert_eq!(ask(&server, "GET", "/users", &[("Cookie", &collector)], &Value::Null).status, 200);
    site.done(&["user", "disable", "li.wei"]).unwrap();
    assert_eq!(ask(&server, "GET", "/me", &[("Cookie", &collector)], &Value::Null).status, 401);
    let out = ask(&server, "POST", "/logout", &[("Cookie", &cookie), ("X-CSRF-Token", &csrf)], &Value::Null);
    assert_eq!(out.status, 204);
    assert!(server.stop().unwrap().success());

    let log = site.log().unwrap();
    for secret in [PASSWORD, token.trim(), cookie.split_once('=').unwrap().1] {
        assert!(!log.contains(secret), "a secret stands in the log");
    }
    let actions: Vec<Value> = site.rows(&["audit", "list"]).unwrap();
    let actions: Vec<&str> = actions.iter().rev().map(|line| line["action"].as_str().unwrap()).collect();
    let expected = [
        "setup",
        "user_added",
        "invited",
        "invite_accepted",
        "token_made",
        "team_added",
        "team_changed",
        "team_removed",
        "user_changed",
        "user_disabled",
        "logout",
    ];
    assert_eq!(actions, expected);
    site.done(&["audit", "verify"]).unwrap();
}

/// What `li.wei` sees by a team, of which they are in no longer than it is there.
fn a_team_gives_and_takes(site: &Site, server: &Server, collector: &str) {
    let me = || ask(server, "GET", "/me", &[("Cookie", collector)], &Value::Null).body;
    let scope = || me().pointer("/user/scope").cloned().unwrap();
    let own = json!({ "lenders": ["main"], "regions": null });
    let team = [
        "team", "add", "华南", "--lender", "south", "--region", "粤", "--region", "桂·a", "--join", "li.wei",
    ];
    site.done(&team).unwrap();
    assert_eq!(scope(), json!([own, { "lenders": ["south"], "regions": ["粤", "桂A"] }]));
    site.done(&["team", "set", "华南", "--all-regions", "--rename", "South"]).unwrap();
    assert_eq!(scope(), json!([own, { "lenders": ["south"], "regions": null }]));
    site.done(&["team", "remove", "South"]).unwrap();
    assert_eq!(scope(), json!([own]));
}

#[test]
fn people_are_managed_without_a_server_and_refused_with_the_exit_code_of_the_reason() {
    let site = Site::on_sqlite().unwrap();
    let code = |words: &[&str]| site.cli(words).unwrap().code;
    assert_eq!(code(&["user", "list"]), Some(4), "nothing was served here yet");
    site.serve().unwrap().stop().unwrap();
    assert_eq!(code(&["user", "add", "wang", "--role", "collector"]), Some(2), "whose loans?");
    assert_eq!(code(&["user", "add", "Wang 1", "--role", "admin", "--all-lenders"]), Some(2));
    let link = site.cli(&["user", "add", "wang", "--role", "admin"]).unwrap();
    assert_eq!(link.code, Some(0));
    assert!(link.stderr.contains("no server works on "), "{link:?}");
    assert_eq!(code(&["user", "add", "wang", "--role", "ops", "--all-lenders"]), Some(7));
    assert_eq!(code(&["user", "disable", "wang"]), Some(5), "nobody would be left");
    assert_eq!(code(&["user", "passwd", "li"]), Some(4));
    assert_eq!(code(&["token", "create", "erp", "--user", "wang", "--right", "everything"]), Some(2));
    assert_eq!(code(&["token", "revoke", "t_0"]), Some(4));
    assert_eq!(
        code(&[
            "token",
            "create",
            "erp",
            "--user",
            "wang",
            "--right",
            "users.read",
            "--expires",
            "2030-01-01"
        ]),
        Some(0)
    );
    let users: Vec<Value> = site.rows(&["user", "list"]).unwrap();
    assert_eq!(
        (users.len(), &users[0]["state"], &users[0]["lenders"]),
        (1, &json!("invited"), &json!("all"))
    );
    let tokens: Vec<Value> = site.rows(&["token", "list"]).unwrap();
    assert_eq!((&tokens[0]["name"], &tokens[0]["user"]), (&json!("erp"), &json!("wang")));
    // With a user who was invited there is no link for the first one any more.
    let before = site.log().unwrap();
    let server = site.serve().unwrap();
    until("readiness", Duration::from_secs(20), || Ok((server.get("/readyz")?.0 == 200).then_some(())))
        .unwrap();
    let needed = ask(&server, "GET", "/setup", &[], &Value::Null);
    assert_eq!(needed.body, json!({ "needed": false }));
    assert_eq!(site.log().unwrap().matches("/welcome#").count(), before.matches("/welcome#").count());
}

#[test]
fn the_description_of_the_interface_is_printed_and_served_alike() {
    let site = Site::on_sqlite().unwrap();
    let printed: Value = serde_json::from_str(&site.done(&["openapi"]).unwrap()).unwrap();
    let running = site.serve().unwrap();
    let (status, text) = running.get("/api/openapi.json").unwrap();
    assert_eq!((status, &serde_json::from_str::<Value>(&text).unwrap()), (200, &printed));
    assert!(printed["openapi"].as_str().unwrap().starts_with("3.1"));
}
