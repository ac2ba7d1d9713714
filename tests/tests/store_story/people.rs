//! The people of the desk: plain rows, the same on both databases.

use model::staff::{Grant, Role, Scope, TeamId};
use model::{LenderId, Region, Timestamp, UserId};
use store::{Attempts, AuditQuery, Changed, NewUser, Store, Team, TokenRow, UserEdit};

const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);

fn id(name: &str) -> UserId {
    UserId(format!("u_{name}"))
}

fn user(name: &str, role: Role, lenders: Option<&[&str]>) -> NewUser {
    let lenders = lenders.map(|lenders| lenders.iter().map(|name| LenderId((*name).into())).collect());
    NewUser {
        id: id(name),
        name: name.into(),
        display_name: "李伟".into(),
        role,
        own: Grant::of_lenders(lenders),
        password: Some("$argon2id$".into()),
    }
}

pub(crate) async fn tell(store: &Store) {
    first(store).await;
    users(store).await;
    teams(store).await;
    links(store).await;
    sessions(store).await;
    tokens(store).await;
    limits(store).await;
    answers(store).await;
}

async fn first(store: &Store) {
    let wang = user("wang", Role::Admin, None);
    assert_eq!(store.set_up_by("old", NOW.plus(1)).await.unwrap(), Changed::Yes);
    assert_eq!(store.set_up_by("new", NOW.plus(1_000)).await.unwrap(), Changed::Yes);
    assert!(!store.is_set_up_by("old", NOW).await.unwrap() && store.is_set_up_by("new", NOW).await.unwrap());
    for (link, at) in [("old", NOW), ("new", NOW.plus(1_000))] {
        assert_eq!(store.add_first_user(&wang, link, at).await.unwrap(), Changed::Nothing);
    }
    assert_eq!(store.add_first_user(&wang, "new", NOW).await.unwrap(), Changed::Yes);
    let second = user("li", Role::Admin, None);
    assert_eq!(store.add_first_user(&second, "new", NOW).await.unwrap(), Changed::Nothing);
    assert_eq!(store.set_up_by("later", NOW.plus(1_000)).await.unwrap(), Changed::Nothing);
    assert!(!store.is_set_up_by("new", NOW).await.unwrap());
}

async fn users(store: &Store) {
    let li = user("li", Role::Collector, Some(&["main", "北方"]));
    assert_eq!(store.add_user(&li, NOW).await.unwrap(), Changed::Yes);
    let same_name = NewUser { id: id("other"), ..li.clone() };
    assert_eq!(store.add_user(&same_name, NOW).await.unwrap(), Changed::Nothing);
    let row = store.user_by_name("li").await.unwrap().unwrap();
    assert_eq!((row.display_name.as_str(), &row.own, row.version), ("李伟", &li.own, 1));
    assert_eq!(row.scope, Scope::from(li.own));
    assert!(!format!("{row:?}").contains("argon2"), "no row prints a secret");

    let edit = |role, is_disabled| UserEdit {
        display_name: "Li".into(),
        role,
        own: Grant { regions: Some(vec![Region::parse("粤B").unwrap()]), ..Grant::EVERYTHING },
        is_disabled,
    };
    let (li, wang) = (id("li"), id("wang"));
    assert_eq!(store.edit_user(&li, 2, &edit(Role::Ops, false)).await.unwrap(), Changed::Nothing);
    assert_eq!(store.edit_user(&li, 1, &edit(Role::Ops, false)).await.unwrap(), Changed::Yes);
    // Nobody takes the last administrator away, until there is another one.
    assert!(!store.others_administer(&wang).await.unwrap());
    for edit in [edit(Role::Ops, false), edit(Role::Admin, true)] {
        assert_eq!(store.edit_user(&wang, 1, &edit).await.unwrap(), Changed::Nothing);
    }
    assert_eq!(store.edit_user(&li, 2, &edit(Role::Admin, false)).await.unwrap(), Changed::Yes);
    assert_eq!(store.edit_user(&wang, 1, &edit(Role::Auditor, true)).await.unwrap(), Changed::Yes);
    let names: Vec<_> = store.users("", 9).await.unwrap().into_iter().map(|user| user.name).collect();
    assert_eq!(names, ["li", "wang"]);
    assert_eq!(store.users("li", 9).await.unwrap().len(), 1);
    assert_eq!(store.user_count().await.unwrap(), 2);

    store.want_totp(&li, "SECRET").await.unwrap();
    store.set_totp(&li, Some("SECRET"), 7).await.unwrap();
    assert_eq!(store.use_totp(&li, 7).await.unwrap(), Changed::Nothing);
    assert_eq!(store.use_totp(&li, 8).await.unwrap(), Changed::Yes);
    let row = store.user(&li).await.unwrap().unwrap();
    assert_eq!(row.own, edit(Role::Admin, false).own);
    assert_eq!((row.totp.as_deref(), row.totp_wanted, row.totp_step), (Some("SECRET"), None, 8));
    store.set_locale(&li, "zh").await.unwrap();
    store.logged_in(&li, NOW).await.unwrap();
    assert_eq!(store.user(&li).await.unwrap().unwrap().login_at, Some(NOW));
}

async fn teams_of(store: &Store, id: &UserId) -> Vec<String> {
    store.user(id).await.unwrap().unwrap().teams.into_iter().map(|team| team.name).collect()
}

async fn teams(store: &Store) {
    let (li, wang) = (id("li"), id("wang"));
    let own = store.user(&li).await.unwrap().unwrap().own;
    let team = |name: &str, lender: &str, members: &[&UserId]| Team {
        name: name.into(),
        grant: Grant::of_lenders(Some(vec![LenderId(lender.into())])),
        members: members.iter().map(|id| (*id).clone()).collect(),
    };
    // In the order of their names, whatever their ids are and whatever the database takes for the order of texts.
    let (south, east) = (TeamId("g_1_south".into()), TeamId("g_2_east".into()));
    assert_eq!(
        store.add_team(&south, &team("华南", "main", &[&wang, &li]), NOW).await.unwrap(),
        Changed::Yes
    );
    assert_eq!(store.add_team(&east, &team("华南", "north", &[&li]), NOW).await.unwrap(), Changed::Nothing);
    assert_eq!(teams_of(store, &li).await, ["华南"], "of a team that was not made nobody is a member");
    assert_eq!(store.add_team(&east, &team("华东", "north", &[&li]), NOW).await.unwrap(), Changed::Yes);
    let all = store.teams().await.unwrap();
    let [first, second] = all.as_slice() else { unreachable!("{all:?}") };
    assert_eq!((first.team.name.as_str(), &second.team), ("华东", &team("华南", "main", &[&li, &wang])));
    let row = store.user(&li).await.unwrap().unwrap();
    let both = [first.team.grant.clone(), second.team.grant.clone(), own.clone()];
    assert_eq!((&row.own, &row.scope), (&own, &Scope::of(both)));
    assert!(store.users("", 9).await.unwrap().contains(&row), "a page of users says the same");

    // Members change with the version that was seen, or not at all.
    let edit = team("华东", "south", &[&wang]);
    assert_eq!(store.edit_team(&south, 1, &edit).await.unwrap(), Changed::Nothing, "the name is another's");
    assert_eq!(store.edit_team(&east, 2, &edit).await.unwrap(), Changed::Nothing);
    assert_eq!(store.team(&east).await.unwrap().unwrap().team.members, std::slice::from_ref(&li));
    assert_eq!(store.edit_team(&east, 1, &edit).await.unwrap(), Changed::Yes);
    assert_eq!(
        (teams_of(store, &li).await, teams_of(store, &wang).await),
        (vec!["华南".into()], vec!["华东".into(), "华南".into()])
    );
    assert_eq!(store.remove_team(&south, 2).await.unwrap(), Changed::Nothing);
    assert_eq!(store.remove_team(&south, 1).await.unwrap(), Changed::Yes);
    assert_eq!(store.remove_team(&east, 2).await.unwrap(), Changed::Yes);
    assert_eq!(store.user(&li).await.unwrap().unwrap().scope, Scope::from(own));
    // One of the same id has nobody of before in it.
    assert_eq!(store.add_team(&south, &team("华南", "main", &[]), NOW).await.unwrap(), Changed::Yes);
    assert_eq!(store.team_by_name("华南").await.unwrap().unwrap().team.members, []);
    assert_eq!(store.remove_team(&south, 1).await.unwrap(), Changed::Yes);
}

async fn links(store: &Store) {
    let li = id("li");
    store.invite(&li, "first", NOW.plus(1_000)).await.unwrap();
    store.invite(&li, "second", NOW.plus(1_000)).await.unwrap();
    assert_eq!(store.invited("first", NOW).await.unwrap(), None, "a new link takes the place of the old one");
    assert_eq!(store.invited("second", NOW).await.unwrap().unwrap().name, "li");
    assert_eq!(store.take_invite("second", NOW.plus(1_000)).await.unwrap(), None);
    assert_eq!(store.take_invite("second", NOW).await.unwrap(), Some(li.clone()));
    assert_eq!(store.take_invite("second", NOW).await.unwrap(), None);
    assert_eq!(store.set_password(&li, "another").await.unwrap(), Changed::Yes);
    assert_eq!(store.set_password(&id("wang"), "another").await.unwrap(), Changed::Nothing, "disabled");
    store.invite(&li, "third", NOW.plus(1_000)).await.unwrap();
    store.drop_invite(&li).await.unwrap();
    assert_eq!(store.invited("third", NOW).await.unwrap(), None);
}

async fn sessions(store: &Store) {
    let li = id("li");
    for hash in ["a", "b", "c"] {
        store.open_session(hash, &li, NOW, NOW.plus(1_000)).await.unwrap();
    }
    store.see_session("a", NOW.plus(5)).await.unwrap();
    store.see_session("a", NOW.plus(3)).await.unwrap();
    let (session, user) = store.session("a").await.unwrap().unwrap();
    assert_eq!(
        (session.seen_at, session.expires_at, user.name.as_str()),
        (NOW.plus(5), NOW.plus(1_000), "li")
    );
    store.end_session("b").await.unwrap();
    store.end_sessions(&li, "c").await.unwrap();
    let there = async |hash: &str| store.session(hash).await.unwrap().is_some();
    assert_eq!((there("a").await, there("b").await, there("c").await), (false, false, true));
    store.forget_sessions(NOW.plus(1_000)).await.unwrap();
    assert!(!there("c").await);
}

async fn tokens(store: &Store) {
    let token = |name: &str, at: i64| TokenRow {
        id: format!("t_{name}"),
        user: id("li"),
        name: name.into(),
        rights: vec!["alerts.read".into()],
        scope: Scope::of([
            Grant::of_lenders(Some(vec![LenderId("main".into())])),
            Grant { lenders: None, regions: Some(vec![Region::parse("粤").unwrap()]) },
        ]),
        created_at: NOW.plus(at),
        expires_at: None,
        used_at: None,
        revoked_at: None,
    };
    let (erp, bi) = (token("erp", 2), token("bi", 1));
    store.add_token(&erp, "h1").await.unwrap();
    store.add_token(&bi, "h2").await.unwrap();
    assert_eq!(store.tokens((i64::MIN, ""), 9).await.unwrap(), [bi.clone(), erp.clone()]);
    assert_eq!(store.tokens((bi.created_at.ms(), &bi.id), 9).await.unwrap(), std::slice::from_ref(&erp));
    store.use_token(&erp.id, NOW).await.unwrap();
    let (found, user) = store.token("h1").await.unwrap().unwrap();
    assert_eq!((found.used_at, user.name.as_str()), (Some(NOW), "li"));
    assert_eq!(store.revoke_token(&bi.id, NOW).await.unwrap(), Changed::Yes);
    assert_eq!(store.revoke_token(&bi.id, NOW).await.unwrap(), Changed::Nothing);
    assert_eq!(store.token("h2").await.unwrap().unwrap().0.revoked_at, Some(NOW));
    assert_eq!(store.tokens((i64::MIN, ""), 9).await.unwrap().len(), 1);
}

async fn limits(store: &Store) {
    for place in 0..5 {
        let attempts = Attempts { failures: 3, last_at: NOW.plus(place), until: NOW.plus(9) };
        store.fail(&format!("address:{place}"), attempts).await.unwrap();
        store.fail(&format!("address:{place}"), Attempts { failures: 4, ..attempts }).await.unwrap();
    }
    assert_eq!(store.attempts("address:4").await.unwrap().failures, 4);
    assert_eq!(store.attempts("nobody").await.unwrap(), Attempts::default());
    store.succeed("address:4").await.unwrap();
    // The oldest go, and of the rest all but two.
    store.forget_limits(NOW.plus(1), 0, 2).await.unwrap();
    let failures = async |place: i64| store.attempts(&format!("address:{place}")).await.unwrap().failures;
    assert_eq!((failures(0).await, failures(1).await, failures(2).await), (0, 0, 4));

    let li = id("li");
    let spend = async |day, positions| store.spend_positions(&li, day, positions, 100).await.unwrap();
    assert!(!spend(7, 101).await && spend(7, 60).await && !spend(7, 41).await && spend(7, 40).await);
    assert!(!spend(7, 1).await && spend(7, 0).await && spend(8, 100).await);
    assert_eq!(store.spent_positions(&li, 7).await.unwrap(), 100);
    store.forget_limits(NOW, 8, 9).await.unwrap();
    assert_eq!(store.spent_positions(&li, 7).await.unwrap(), 0);
    assert_eq!(store.spent_positions(&li, 8).await.unwrap(), 100);
}

async fn answers(store: &Store) {
    let li = id("li");
    let begin = async |request: &str, at: i64| {
        let (now, cut_off_before) = (NOW.plus(at), NOW.plus(at - 100));
        store.begin_request((&li, "k"), request, now, cut_off_before).await.unwrap()
    };
    assert!(begin("r", 0).await && !begin("r", 50).await && !begin("other", 200).await);
    assert!(begin("r", 200).await, "the first one was cut off");
    store.keep_answer((&li, "k"), (201, "application/json", b"{}".to_vec())).await.unwrap();
    assert!(!begin("r", 900).await);
    let kept = store.kept_request(&li, "k").await.unwrap().unwrap();
    assert_eq!(kept.answer, Some((201, "application/json".into(), b"{}".to_vec())));
    store.undo_request(&li, "k").await.unwrap();
    assert!(store.kept_request(&li, "k").await.unwrap().is_some(), "what was answered stays");
    store.forget_limits(NOW.plus(1_000), 0, 9).await.unwrap();
    assert_eq!(store.kept_request(&li, "k").await.unwrap(), None);
}

/// What the story of the fold has left in the audit log is found again.
pub(crate) async fn audit_shows(store: &Store, line: &store::AuditRow) {
    let found = async |query: AuditQuery| store.audit(&query, 10).await.unwrap();
    let all = AuditQuery::default();
    assert_eq!(found(all.clone()).await.last(), Some(line));
    assert_eq!(store.audit_next(line.line - 1, 1).await.unwrap(), std::slice::from_ref(line));
    assert_eq!(store.audit_head().await.unwrap().as_ref(), Some(line));
    for query in [
        AuditQuery { actor: line.actor.clone(), ..all.clone() },
        AuditQuery { action: line.action.clone(), ..all.clone() },
        AuditQuery { subject: line.subject.chars().skip(1).collect(), ..all.clone() },
        AuditQuery { from: line.at, to: line.at.plus(1), ..all.clone() },
    ] {
        assert!(found(query.clone()).await.contains(line), "{query:?}");
    }
    for query in [
        AuditQuery { before: line.line, ..all.clone() },
        AuditQuery { actor: "x".into(), ..all.clone() },
        AuditQuery { subject: "no such text".into(), ..all.clone() },
        AuditQuery { to: line.at, ..all },
    ] {
        assert!(!found(query.clone()).await.contains(line), "{query:?}");
    }
}
