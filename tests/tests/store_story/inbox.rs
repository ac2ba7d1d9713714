//! What the inbox and its neighbours ask of the story's rows: the same answers on both databases.

use crate::rows::{AT, alert, loan, raised, vehicle};
use model::alert::AlertEvent;
use model::staff::{Grant, Scope};
use model::{InputId, LenderId, Region, Rule, Seq, Severity};
use store::{ImportKind, ImportRow, ImportState, InboxKey, InboxQuery, LoanQuery, Store, Tab};

/// Everything once.
pub(crate) async fn asks(store: &Store) {
    tabs(store).await;
    changes(store).await;
    loans(store).await;
    imports(store).await;
}

fn scope(lenders: &[&str], regions: Option<&[&str]>) -> Scope {
    let region = |name: &&str| Region::parse(name).unwrap();
    Scope::from(Grant {
        lenders: Some(lenders.iter().map(|name| LenderId((*name).into())).collect()),
        regions: regions.map(|names| names.iter().map(region).collect()),
    })
}

fn all(tab: Tab) -> InboxQuery<'static> {
    InboxQuery { tab, now: AT.plus(60_000), rows_max: 10, ..InboxQuery::default() }
}

async fn tabs(store: &Store) {
    let lists = async |query: InboxQuery<'_>| match store.inbox(&query).await.unwrap().as_slice() {
        [] => false,
        [row] => {
            assert_eq!((&row.alert, row.seq, row.notes, row.repeats), (&alert(), Seq(5), 0, 0));
            assert_eq!((row.alias, &row.owner), (None, &None));
            true
        }
        more => unreachable!("{more:?}"),
    };
    for tab in Tab::ALL {
        let is_there = matches!(tab, Tab::Open | Tab::Unassigned);
        assert_eq!(lists(all(tab)).await, is_there, "{}", tab.as_str());
    }
    let (main, north, nothing) = (scope(&["main"], None), scope(&["north", "mai"], None), Scope::default());
    let here = scope(&["main"], Some(&["粤B", "浙"]));
    let elsewhere = Scope::of(
        [scope(&["north"], Some(&["粤B"])), scope(&["main"], Some(&["粤A"]))]
            .iter()
            .flat_map(|it| it.grants().to_vec()),
    );
    let open = || all(Tab::Open);
    let found = [
        InboxQuery { severity: Some(Severity::P1), ..open() },
        InboxQuery { rule: Some(Rule::OverdueMoved), ..open() },
        InboxQuery { vehicle: Some(vehicle()), ..open() },
        InboxQuery { text: "b12345", ..open() },
        InboxQuery { text: "c1", ..open() },
        InboxQuery { text: "9f", ..open() },
        InboxQuery { scope: Some(&main), ..open() },
        InboxQuery { scope: Some(&here), ..open() },
    ];
    for query in found {
        assert!(lists(query.clone()).await, "{query:?}");
    }
    let not_found = [
        InboxQuery { severity: Some(Severity::P2), ..open() },
        InboxQuery { rule: Some(Rule::Tow), ..open() },
        InboxQuery { text: "%", ..open() },
        InboxQuery { scope: Some(&north), ..open() },
        InboxQuery { scope: Some(&elsewhere), ..open() },
        InboxQuery { scope: Some(&nothing), ..open() },
        InboxQuery { after: Some(InboxKey::of(&alert())), ..open() },
    ];
    for query in not_found {
        assert!(!lists(query.clone()).await, "{query:?}");
    }
    let counts = store.inbox_counts(&Scope::everything(), ["u-1", "li"], AT).await.unwrap();
    assert_eq!((counts.open, counts.unassigned, counts.p1_unacknowledged), (1, 1, 1));
    assert_eq!((counts.mine, counts.snoozed, counts.verdict), (0, 0, 0));
    assert_eq!(counts.oldest_unacknowledged_at, Some(alert().opened_at));
    for (scope, open) in [(&main, 1), (&here, 1), (&north, 0), (&elsewhere, 0), (&nothing, 0)] {
        assert_eq!(store.inbox_counts(scope, ["u-1", "li"], AT).await.unwrap().open, open, "{scope:?}");
    }
}

async fn changes(store: &Store) {
    let id = alert().id;
    let one = store.inbox_alert(&id).await.unwrap().unwrap();
    assert_eq!(one.alert, alert());
    assert_eq!(
        store.inbox_alerts(&[id.clone(), model::AlertId("none".into())]).await.unwrap(),
        std::slice::from_ref(&one)
    );
    assert_eq!(store.inbox_changes(Seq(4), 10).await.unwrap(), [one]);
    assert_eq!(store.inbox_changes(Seq(5), 10).await.unwrap(), []);
    assert_eq!(store.inbox_woken(AT, AT.plus(1), 10).await.unwrap(), []);
    let history = store.alert_history(&id).await.unwrap();
    let [first] = history.as_slice() else { unreachable!("{history:?}") };
    assert_eq!((first.at, first.event), (raised().at, AlertEvent::Opened));
    let told = store.alert_deliveries(&id).await.unwrap();
    let [first] = told.as_slice() else { unreachable!("{told:?}") };
    assert_eq!((first.notice.as_str(), first.attempt), ("opened", 0));
}

async fn loans(store: &Store) {
    let page = async |query: LoanQuery<'_>| {
        store.loans_page(&LoanQuery { rows_max: 10, ..query }).await.unwrap().len()
    };
    assert_eq!(page(LoanQuery::default()).await, 1);
    assert_eq!(page(LoanQuery { named: "12345", lender: "main", ..LoanQuery::default() }).await, 1);
    assert_eq!(page(LoanQuery { lender: "north", ..LoanQuery::default() }).await, 0);
    assert_eq!(page(LoanQuery { after: "C1", ..LoanQuery::default() }).await, 0);
    let of_lender = loan().lender.0;
    for (scope, loans) in [
        (scope(&[of_lender.as_str()], None), 1),
        (scope(&[of_lender.as_str(), "north"], Some(&["粤"])), 1),
        (scope(&[of_lender.as_str()], Some(&["B"])), 0),
        (Scope::default(), 0),
    ] {
        assert_eq!(page(LoanQuery { scope: Some(&scope), ..LoanQuery::default() }).await, loans, "{scope:?}");
        assert_eq!(store.loans_in_books(&scope).await.unwrap(), i64::try_from(loans).unwrap(), "{scope:?}");
    }
    assert_eq!(store.every_binding().await.unwrap().len(), 1);
    assert_eq!(store.vehicle_records(&[vehicle()]).await.unwrap().len(), 1);
    let seen = store.seen_since(Seq(0), 10).await.unwrap();
    assert!(
        seen.iter().all(|seen| seen.vehicle == vehicle()) && seen.is_sorted_by_key(|seen| seen.seq),
        "{seen:?}"
    );
}

async fn imports(store: &Store) {
    let row = |number: i64| ImportRow {
        id: format!("{number:04x}"),
        at: AT.plus(number),
        actor: "li".into(),
        kind: ImportKind::Loans,
        lender: Some(loan().lender),
        name: "book\0.csv".into(),
        state: ImportState::Checked,
        settled: None,
        rollback: None,
        inputs: Vec::new(),
        summary: "{}".into(),
        rejects: "[1]".into(),
    };
    for number in 0..3 {
        store.add_import(&row(number)).await.unwrap();
    }
    let kept = store.import("0001").await.unwrap().unwrap();
    assert_eq!(kept, ImportRow { name: "book\u{fffd}.csv".into(), ..row(1) });
    let listed = async |after| {
        let rows = store.imports(&Scope::everything(), after, 2).await.unwrap();
        rows.into_iter().map(|row| (row.id, row.rejects)).collect::<Vec<_>>()
    };
    let bare = |id: &str| (id.to_owned(), "[]".to_owned());
    assert_eq!(listed(None).await, [bare("0002"), bare("0001")]);
    assert_eq!(listed(Some((AT.plus(1), "0001"))).await, [bare("0000")]);
    let of_lender = loan().lender.0;
    // A file is a whole lender's.
    for (scope, files) in [
        (scope(&[of_lender.as_str()], None), 3),
        (scope(&[of_lender.as_str()], Some(&["粤"])), 0),
        (scope(&["north"], None), 0),
    ] {
        assert_eq!(store.imports(&scope, None, 9).await.unwrap().len(), files, "{scope:?}");
    }
    let inputs = vec![InputId("i-1".into())];
    let moved = ImportRow { state: ImportState::Applying, settled: Some((AT, "wu".into())), inputs, ..kept };
    assert!(store.move_import(ImportState::Checked, &moved).await.unwrap());
    assert!(!store.move_import(ImportState::Checked, &moved).await.unwrap(), "somebody was first");
    assert_eq!(store.import("0001").await.unwrap(), Some(moved));
    assert_eq!(store.waiting_imports(2).await.unwrap(), ["0002", "0001"]);
}
