//! How people come in, and how they do not.

use crate::Config;
use crate::accounts::first_user_link;
use crate::testing::{Answer, Office, Person};
use crate::totp::Totp;
use model::staff::Role;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const HOUR_MS: i64 = 3_600_000;

fn nobody() -> Person {
    Person::default()
}

async fn log_in(office: &Office, name: &str, password: &str) -> Answer {
    office.send(&nobody(), "POST", "/login", &json!({ "name": name, "password": password })).await
}

/// An administrator, and a collector who has chosen [`PASSWORD`].
async fn with_collector(office: &Office) -> Person {
    let admin = office.person(Role::Admin).await;
    let wanted =
        json!({ "name": "li.wei", "display_name": "Li Wei", "role": "collector", "lenders": ["main"] });
    let made = office.send(&admin, "POST", "/users", &wanted).await;
    assert_eq!(made.status, 201);
    let link = made.json()["invite_link"].as_str().unwrap().to_owned();
    let token = link.strip_prefix("/invite#").unwrap();
    let wanted = json!({ "token": token, "password": PASSWORD });
    let accepted = office.send(&nobody(), "POST", "/invites:accept", &wanted).await;
    assert_eq!(accepted.status, 200, "{:?}", accepted.code());
    let again = office.send(&nobody(), "POST", "/invites:accept", &wanted).await;
    assert_eq!(again.code(), (401, "login_failed".into()), "a link counts once");
    admin
}

#[tokio::test]
async fn the_first_user_is_made_with_the_link_of_the_server_and_nobody_else_is() {
    let office = Office::open().await;
    let set_up = async |token: &str| {
        let body = json!({ "token": token, "name": "Wang", "display_name": "王", "password": PASSWORD });
        office.send(&nobody(), "POST", "/setup", &body).await
    };
    assert_eq!(office.get(&nobody(), "/setup").await.json(), json!({ "needed": true }));
    let link = async || {
        let link = first_user_link(&office.store, office.now()).await.unwrap();
        link.map(|link| link.strip_prefix("/welcome#").unwrap().to_owned())
    };
    let (old, newer) = (link().await.unwrap(), link().await.unwrap());
    for wrong in ["", "guess", &old] {
        assert_eq!(set_up(wrong).await.code(), (401, "login_failed".into()), "{wrong}");
    }
    office.clock_moves(31 * 60_000);
    assert_eq!(set_up(&newer).await.code(), (401, "login_failed".into()), "half an hour has passed");
    let newest = link().await.unwrap();
    let easy = json!({ "token": newest, "name": "wang", "display_name": "王", "password": "wang2026" });
    assert_eq!(office.send(&nobody(), "POST", "/setup", &easy).await.code(), (422, "invalid".into()));
    let made = set_up(&newest).await;
    assert_eq!((made.status.as_u16(), &made.json()["user"]["role"]), (201, &json!("admin")));
    assert_eq!(made.json()["user"]["name"], "wang");
    assert_eq!(office.get(&Person::who_got(&made), "/users").await.status, 200);
    assert_eq!(office.get(&nobody(), "/setup").await.json(), json!({ "needed": false }));
    assert_eq!(set_up(&newest).await.code(), (401, "login_failed".into()));
    assert_eq!(link().await, None, "there is somebody who can invite");
    assert_eq!(office.audit().await, ["wang setup wang"]);
    office.close().await;
}

#[tokio::test]
async fn whatever_is_wrong_with_a_login_it_is_answered_alike_and_written_down() {
    let office = Office::open().await;
    with_collector(&office).await;
    let wrong = log_in(&office, "li.wei", "correct horse batterx").await;
    let unknown = log_in(&office, "zhang.san", PASSWORD).await;
    let nonsense = log_in(&office, "my secret password", PASSWORD).await;
    // Invited, but without a password yet; and one who was never there.
    for answer in [&wrong, &unknown, &nonsense, &log_in(&office, "admin0", "none").await] {
        assert_eq!(answer.code(), (401, "login_failed".into()));
        assert_eq!(answer.json()["detail"], wrong.json()["detail"]);
        assert_eq!(answer.header("set-cookie"), "");
    }
    let right = log_in(&office, " Li.Wei ", PASSWORD).await;
    let me = right.json();
    assert_eq!((right.status.as_u16(), &me["user"]["lenders"]), (200, &json!(["main"])));
    assert_eq!(me["rights"].as_array().unwrap().len(), 7);
    let lines = office.audit().await;
    assert_eq!(
        lines[2..],
        [
            "li.wei invite_accepted li.wei",
            "nobody logged in login_failed li.wei",
            "nobody logged in login_failed unknown name",
            "nobody logged in login_failed unknown name",
            "nobody logged in login_failed admin0",
            "li.wei login 203.0.113.9",
        ]
    );
    office.close().await;
}

#[tokio::test]
async fn a_session_begins_anew_with_each_login_and_ends_when_it_should() {
    let office = Office::open().await;
    let admin = with_collector(&office).await;
    let first = log_in(&office, "li.wei", PASSWORD).await;
    let cookie = first.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "on this machine there is no TLS: {cookie}");
    let before = Person::who_got(&first);
    // A session that somebody was made to begin with (fixation) is over with the login.
    let body = json!({ "name": "li.wei", "password": PASSWORD });
    let after = Person::who_got(&office.send(&before, "POST", "/login", &body).await);
    assert_eq!(office.get(&before, "/me").await.code(), (401, "unauthenticated".into()));
    assert_eq!(office.get(&after, "/me").await.status, 200);

    office.clock_moves(11 * HOUR_MS);
    assert_eq!(office.get(&after, "/me").await.status, 200);
    office.clock_moves(12 * HOUR_MS + 1);
    assert_eq!(office.get(&after, "/me").await.status, 401, "idle");
    let busy = Person::who_got(&log_in(&office, "li.wei", PASSWORD).await);
    for _ in 0..15 {
        office.clock_moves(11 * HOUR_MS);
        assert_eq!(office.get(&busy, "/me").await.status, 200);
    }
    office.clock_moves(4 * HOUR_MS);
    assert_eq!(office.get(&busy, "/me").await.status, 401, "a week");

    let gone = Person::who_got(&log_in(&office, "li.wei", PASSWORD).await);
    let left = office.send(&gone, "POST", "/logout", &Value::Null).await;
    assert_eq!(left.status, 204);
    assert!(
        left.header("set-cookie").contains("lw_session=; ")
            && left.header("set-cookie").contains("Max-Age=0")
    );
    assert_eq!(office.get(&gone, "/me").await.status, 401);
    drop(admin);
    office.close().await;
}

#[tokio::test]
async fn who_fails_too_often_waits_longer_each_time_whether_or_not_there_is_such_a_user() {
    let office = Office::open().await;
    with_collector(&office).await;
    for name in ["li.wei", "nobody.at.all"] {
        for attempt in 1..=6 {
            assert_eq!(log_in(&office, name, "not the password").await.status, 401, "{name} {attempt}");
        }
        let locked = log_in(&office, name, PASSWORD).await;
        assert_eq!((locked.code(), locked.header("retry-after")), ((429, "too_many_requests".into()), "3"));
        office.clock_moves(2_001);
        assert_eq!(log_in(&office, name, "not the password").await.status, 401);
        assert_eq!(log_in(&office, name, PASSWORD).await.header("retry-after"), "5");
        office.clock_moves(4_001);
    }
    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.status, 200);
    // Begun anew.
    assert_eq!(log_in(&office, "li.wei", "not the password").await.status, 401);
    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.status, 200);
    let locked = office.audit().await;
    assert_eq!(locked.iter().filter(|line| line.contains("locked_out")).count(), 4, "{locked:?}");
    office.close().await;
}

#[tokio::test]
async fn an_address_that_tries_one_name_after_the_other_waits_as_well() {
    let office = Office::open().await;
    with_collector(&office).await;
    for number in 0..31 {
        assert_eq!(log_in(&office, &format!("user{number}"), "not the password").await.status, 401);
    }
    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.status, 429);
    office.clock_moves(2_001);
    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.status, 200);
    // Somebody's own success does not excuse what failed with the names of others.
    assert_eq!(log_in(&office, "user99", "not the password").await.status, 401);
    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.status, 429);
    office.close().await;
}

#[tokio::test]
async fn a_second_factor_is_asked_for_once_the_password_is_right_and_each_code_counts_once() {
    let office = Office::open().await;
    let admin = with_collector(&office).await;
    let me = Person::who_got(&log_in(&office, "li.wei", PASSWORD).await);
    let wrong = office.send(&me, "POST", "/me/totp", &json!({ "password": "not the password" })).await;
    assert_eq!(wrong.code(), (401, "login_failed".into()));
    let wanted = office.send(&me, "POST", "/me/totp", &json!({ "password": PASSWORD })).await.json();
    assert!(wanted["otpauth_url"].as_str().unwrap().starts_with("otpauth://totp/lienwatch:li.wei?secret="));
    assert!(wanted["qr_svg"].as_str().unwrap().contains("<svg"));
    let totp = Totp::of_base32(wanted["secret"].as_str().unwrap()).unwrap();
    let code = || totp.code_at(office.now());
    let confirm =
        async |code: &str| office.send(&me, "POST", "/me/totp:confirm", &json!({ "code": code })).await;
    assert_eq!(confirm("000000").await.code(), (422, "invalid".into()));
    assert_eq!(confirm(&code()).await.status, 204);

    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.code(), (401, "totp_required".into()));
    let with = async |code: &str| {
        let body = json!({ "name": "li.wei", "password": PASSWORD, "totp": code });
        office.send(&nobody(), "POST", "/login", &body).await
    };
    assert_eq!(with(&code()).await.code(), (401, "login_failed".into()), "used to confirm");
    office.clock_moves(30_000);
    let used = code();
    assert_eq!(with(&used).await.json()["user"]["totp"], true);
    assert_eq!(with(&used).await.code(), (401, "login_failed".into()));

    // The phone is lost: an administrator lets them in again.
    let id = office.store.user_by_name("li.wei").await.unwrap().unwrap().id;
    let path = format!("/users/{id}/invite");
    let again = office.send(&admin, "POST", &path, &json!({ "reset_totp": true })).await.json();
    assert_eq!(office.get(&me, "/me").await.status, 401, "whoever has the phone is out");
    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.code(), (401, "login_failed".into()));
    accept(&office, &again, "another good one").await;
    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.status, 401);
    assert_eq!(log_in(&office, "li.wei", "another good one").await.status, 200);
    office.close().await;
}

/// Chooses a password by an invitation.
async fn accept(office: &Office, invited: &Value, password: &str) {
    let token = invited["invite_link"].as_str().unwrap().strip_prefix("/invite#").unwrap();
    let wanted = json!({ "token": token, "password": password });
    assert_eq!(office.send(&nobody(), "POST", "/invites:accept", &wanted).await.status, 200);
}

/// Gives a collector a second factor; the authenticator that has it.
async fn with_second_factor(office: &Office) -> Totp {
    let me = Person::who_got(&log_in(office, "li.wei", PASSWORD).await);
    let wanted = office.send(&me, "POST", "/me/totp", &json!({ "password": PASSWORD })).await.json();
    let totp = Totp::of_base32(wanted["secret"].as_str().unwrap()).unwrap();
    let code = json!({ "code": totp.code_at(office.now()) });
    assert_eq!(office.send(&me, "POST", "/me/totp:confirm", &code).await.status, 204);
    office.clock_moves(30_000);
    totp
}

async fn log_in_with(office: &Office, totp: &Totp) -> Answer {
    let body = json!({ "name": "li.wei", "password": PASSWORD, "totp": totp.code_at(office.now()) });
    office.clock_moves(30_000);
    office.send(&nobody(), "POST", "/login", &body).await
}

#[tokio::test]
async fn what_is_stored_of_a_second_factor_is_not_its_secret_and_one_of_before_that_still_counts() {
    let office = Office::open().await;
    with_collector(&office).await;
    let me = Person::who_got(&log_in(&office, "li.wei", PASSWORD).await);
    office.send(&me, "POST", "/me/totp", &json!({ "password": PASSWORD })).await;
    let row = async || office.store.user_by_name("li.wei").await.unwrap().unwrap();
    let wanted = row().await.totp_wanted.unwrap();
    let totp = with_second_factor(&office).await;
    let stored = row().await.totp.unwrap();
    for text in [&wanted, &stored] {
        assert!(text.starts_with("v1:"), "{text}");
    }
    for file in std::fs::read_dir(office.folder.path()).unwrap() {
        let path = file.unwrap().path();
        let held = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        let secret = totp.base32();
        assert!(!held.windows(secret.len()).any(|part| part == secret.as_bytes()), "{}", path.display());
    }
    assert_eq!(log_in_with(&office, &totp).await.status, 200);
    // As it was stored before there was a key.
    let user = row().await;
    office.store.set_totp(&user.id, Some(&totp.base32()), user.totp_step).await.unwrap();
    std::fs::remove_file(office.folder.path().join("totp.key")).unwrap();
    assert_eq!(log_in(&office, "li.wei", PASSWORD).await.code(), (401, "totp_required".into()));
    assert_eq!(log_in_with(&office, &totp).await.status, 200);
    office.close().await;
}

#[tokio::test]
async fn without_the_key_a_second_factor_says_so_and_is_taken_away_by_an_administrator() {
    let office = Office::open().await;
    let admin = with_collector(&office).await;
    let totp = with_second_factor(&office).await;
    let path = office.folder.path().join("totp.key");
    let key = std::fs::read(&path).unwrap();
    for wrong in [None, Some("no key"), Some(&*"00".repeat(32))] {
        match wrong {
            None => std::fs::remove_file(&path).unwrap(),
            Some(wrong) => std::fs::write(&path, wrong).unwrap(),
        }
        // It is not their fault: nobody waits for it.
        for _ in 0..6 {
            let answer = log_in_with(&office, &totp).await;
            assert_eq!(answer.code(), (409, "totp_unreadable".into()), "{wrong:?}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains("totp.key") && detail.contains("--reset-totp"), "{detail}");
        }
        assert_eq!(log_in(&office, "li.wei", "not the password").await.code().0, 401);
    }
    std::fs::write(&path, key).unwrap();
    assert_eq!(log_in_with(&office, &totp).await.status, 200, "put back");
    std::fs::remove_file(&path).unwrap();
    // Somebody else who wants one, with the same password.
    let users = office.store.users("", 10).await.unwrap();
    let [of_li, of_admin] =
        [Role::Collector, Role::Admin].map(|role| users.iter().find(|user| user.role == role).unwrap());
    office.store.set_password(&of_admin.id, of_li.password.as_ref().unwrap()).await.unwrap();
    let wanted = office.send(&admin, "POST", "/me/totp", &json!({ "password": PASSWORD })).await;
    assert_eq!(
        (wanted.code(), path.exists()),
        ((409, "totp_unreadable".into()), false),
        "a new key would lock others out"
    );
    let id = office.store.user_by_name("li.wei").await.unwrap().unwrap().id;
    let reset = json!({ "reset_totp": true });
    let again = office.send(&admin, "POST", &format!("/users/{id}/invite"), &reset).await.json();
    accept(&office, &again, PASSWORD).await;
    let again = with_second_factor(&office).await;
    assert_eq!(log_in_with(&office, &again).await.status, 200, "with a new key");
    office.close().await;
}

#[tokio::test]
async fn another_password_ends_all_other_sessions() {
    let office = Office::open().await;
    with_collector(&office).await;
    let one = Person::who_got(&log_in(&office, "li.wei", PASSWORD).await);
    let other = Person::who_got(&log_in(&office, "li.wei", PASSWORD).await);
    let change = async |old: &str, new: &str| {
        office.send(&one, "PUT", "/me/password", &json!({ "old": old, "new": new })).await.code()
    };
    assert_eq!(change("not the password", "another good one").await, (401, "login_failed".into()));
    assert_eq!(change(PASSWORD, "short").await, (422, "invalid".into()));
    assert_eq!(change(PASSWORD, "another good one").await.0, 204);
    assert_eq!(office.get(&one, "/me").await.status, 200);
    assert_eq!(office.get(&other, "/me").await.status, 401);
    office.close().await;
}

#[tokio::test]
async fn passwords_are_not_taken_over_a_plain_line_and_cookies_are_sent_over_tls_only() {
    let office = Office::open_with(Config { hosts: vec!["lien.example".into()], ..Config::default() }).await;
    with_collector(&office).await;
    let body = json!({ "name": "li.wei", "password": PASSWORD });
    let from = |origin: &str| nobody().with("host", "lien.example").with("origin", origin);
    let plain = office.send(&from("http://lien.example"), "POST", "/login", &body).await;
    assert_eq!(plain.code(), (403, "forbidden".into()));
    let tls = office.send(&from("https://lien.example"), "POST", "/login", &body).await;
    assert!(tls.status == 200 && tls.header("set-cookie").contains("; Secure"));
    let foreign = office.send(&from("https://evil.example"), "POST", "/login", &body).await;
    assert_eq!(foreign.code(), (403, "csrf".into()));
    let form = nobody().with("content-type", "text/plain");
    assert_eq!(office.send(&form, "POST", "/login", &body).await.code(), (415, "unsupported".into()));
    office.close().await;
}
