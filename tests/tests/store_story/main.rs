//! One story of the store, told on both databases: the same statements, the same tables, the same answers.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

mod desk;
mod inbox;
mod people;
mod rows;
mod tracks;

use model::{Alert, AlertState, InputId, Seq, Timestamp};
use rows::{
    AT, POSITIONS, alert, audit, binding, black_point, book, commands, confirmed, earshot, everything,
    identities, loan, loan_event, loan_row, outage, outbox, outcome, position, reminder, stay, stranger,
    terminal, terminal_row, vehicle,
};
use store::{
    AlertQuery, Batch, BookRow, Config, CoverageRow, Cursor, DeliveryRow, EarshotRow, Mark, OutageRow,
    OutboxRow, OutboxState, Owed, PositionQuery, Retired, StayRow, Store, StoreError, Stretch,
    TerminalStatus, VehicleRow,
};
use stories::postgres::Postgres;
use stories::rows::{Columns, Rows, columns};

async fn prepares(url: &str) {
    let store = connect(url).await;
    assert!(store.prepare_all().await.unwrap() > 50);
    store.close().await;
}

async fn connect(url: &str) -> Store {
    Store::connect(&Config { url: url.to_owned(), ..Config::default() }).await.unwrap()
}

fn sqlite(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("store.db").display())
}

async fn postgres() -> String {
    Postgres::shared().unwrap().create_database("store").await.unwrap()
}

async fn tell(store: &Store) {
    let (mut cursor, _) = store.claim("journal").await.unwrap();
    let mark =
        Mark { applied_at: AT, checkpoint: Seq(5), checkpoint_coverage: "{}".into(), directory_version: 3 };
    store.commit(&cursor, Seq(7), &mark, everything()).await.unwrap();
    cursor.moved(Seq(7), &mark);
    assert_eq!(store.place().await.unwrap(), Some((cursor.clone(), mark.clone())));
    reads_back(store).await;
    people_find_it(store).await;
    desk::asks(store).await;
    inbox::asks(store).await;

    // A report is folded once: told again, the step is refused whole.
    let again = store.commit(&cursor, Seq(8), &mark, everything()).await;
    assert!(matches!(again, Err(StoreError::Bug(_))), "{again:?}");
    reads_back(store).await;
    // All the rest once more changes nothing, counters apart.
    let again = Batch { frames: Vec::new(), positions: Vec::new(), counters: Vec::new(), ..everything() };
    store.commit(&cursor, Seq(8), &mark, again).await.unwrap();
    cursor.moved(Seq(8), &mark);
    reads_back(store).await;

    store.commit(&cursor, Seq(9), &mark, changes()).await.unwrap();
    changes_show(store).await;
    let stale = store.commit(&cursor, Seq(10), &mark, Batch::default()).await;
    assert!(matches!(stale, Err(StoreError::Fenced)));
    cursor.moved(Seq(9), &mark);
    what_is_old_leaves(store, cursor, &mark).await;
}

/// Not what a later notice of the same alert still asks for, and not what is not old yet.
async fn what_is_old_leaves(store: &Store, mut cursor: Cursor, mark: &Mark) {
    let (delivered, stayed) = (AT.plus(60_000), AT);
    let retire = async |later_ms: i64, rows_max: i64| {
        let (outbox, stays) = (delivered.plus(later_ms), stayed.plus(later_ms));
        let Retired { outbox, stays } = store.retire(outbox, stays, rows_max).await.unwrap();
        (outbox, stays)
    };
    let mut commit = async |batch: Batch| {
        let to = Seq(cursor.applied.0 + 1);
        store.commit(&cursor, to, mark, batch).await.unwrap();
        cursor.moved(to, mark);
    };
    assert_eq!(retire(0, 10).await, (0, 0), "to the millisecond");
    let waiting = OutboxRow { entry: "9f00:2".into(), ..outbox() };
    commit(Batch { outbox: vec![waiting], ..Batch::default() }).await;
    assert_eq!(retire(1, 10).await, (0, 1), "another notice of the same alert waits");
    let told = DeliveryRow {
        entry: "9f00:2".into(),
        state: OutboxState::Delivered,
        attempt: 1,
        next_at: delivered,
        error: None,
    };
    let live = vec![(Seq(11), alert())];
    commit(Batch { deliveries: vec![told], alerts: live, ..Batch::default() }).await;
    assert_eq!(retire(1, 10).await, (0, 0), "the alert lives");
    commit(Batch { alerts: changes().alerts, ..Batch::default() }).await;
    assert_eq!((retire(1, 1).await, retire(1, 10).await), ((1, 0), (1, 0)), "a slice, and the rest");
    assert_eq!(store.outbox_counts().await.unwrap(), [("pending".into(), 1)]);
}

/// What the fold needs to go on comes back as it was written.
async fn reads_back(store: &Store) {
    let world = store.world(Timestamp::default()).await.unwrap();
    let before = rows::former();
    assert!(store.is_former_kept(&before.book).await.unwrap());
    assert_eq!(store.former(&before.book).await.unwrap(), Some(before));
    assert_eq!(store.former("another").await.unwrap(), None);
    assert_eq!(
        world.terminals,
        [
            terminal_row(stranger(), TerminalStatus::Quarantined),
            terminal_row(terminal(), TerminalStatus::Approved)
        ]
    );
    assert_eq!(world.vehicles, [VehicleRow { vehicle: vehicle(), alias: None }]);
    assert_eq!(world.bindings, [binding()]);
    assert_eq!(world.loans, [loan_row()]);
    assert_eq!(world.books, [book()]);
    assert_eq!(world.alerts, [alert()]);
    let [answered, pending, _] = commands();
    assert_eq!(world.commands, [answered, pending.clone()]);
    assert_eq!(store.open_commands().await.unwrap(), std::slice::from_ref(&pending));
    assert_eq!(store.world(AT.plus(1)).await.unwrap().commands, [pending]);
    assert_eq!(world.rule_set.unwrap().text, "[loan]");
    assert_eq!(world.places, [confirmed(black_point())]);
    assert_eq!(world.audit_head, Some(audit()));
    assert_eq!(world.coverage, Some(CoverageRow { from: AT, to: AT.plus(10_000), run: Seq(1) }));
    assert_eq!(world.quarantined, [(stranger(), 2)]);
    let states: Vec<_> =
        world.states.into_iter().map(|row| (row.subject, row.state_seq, row.state)).collect();
    assert_eq!(states, [("v:粤B12345".to_owned(), Seq(5), vec![0, 1, 255])]);
    let known = store.known(&identities()).await.unwrap();
    assert_eq!(known.len(), identities().len());
    assert_eq!(known.get(identities().last().unwrap()), Some(&Seq(5)));
    let inputs = [InputId("a-1".into()), InputId("a-2".into())];
    assert_eq!(store.known_inputs(&inputs).await.unwrap().into_iter().collect::<Vec<_>>(), inputs[..1]);
    assert_eq!(store.book_rows("next").await.unwrap(), [loan()]);
    assert_eq!(store.counters().await.unwrap(), [("duplicate".into(), 0), ("stored".into(), POSITIONS)]);
}

/// What people and notify ask.
async fn people_find_it(store: &Store) {
    let count = async |query: PositionQuery| {
        let mut records = Vec::new();
        let each = |mut page: Vec<store::PositionRecord>| {
            records.append(&mut page);
            Ok::<(), ()>(())
        };
        store.positions(&query, each).await.unwrap().unwrap();
        records
    };
    let all = count(PositionQuery { late: true, ..PositionQuery::default() }).await;
    assert_eq!(all.len(), identities().len());
    let first = all.first().unwrap();
    assert_eq!(
        (first.late, first.vehicle.as_deref(), first.hex.as_deref()),
        (true, Some("粤B12345"), Some("7800"))
    );
    assert_eq!((first.lat, first.lon), (Some(22.5431), Some(-114.0579)));
    assert_eq!((first.alarms, first.serial), (position(AT).alarms, Some(7)));
    let at = first.fix_time.unwrap();
    assert_eq!(count(PositionQuery::default()).await.len(), all.len() - 1, "late ones are left out");
    let one = PositionQuery { from: Some(at.plus(1)), to: Some(at.plus(2)), ..PositionQuery::default() };
    assert_eq!(count(one).await.len(), 1);
    let strangers = PositionQuery { terminal: Some(stranger()), ..PositionQuery::default() };
    assert_eq!(count(strangers).await.len(), 0);

    people::audit_shows(store, &audit()).await;
    assert_eq!(store.alert(&alert().id).await.unwrap(), Some(alert()));
    assert_eq!(store.alerts_by_prefix("9f").await.unwrap(), [alert()]);
    assert_eq!(store.alerts(&AlertQuery { live: true, ..AlertQuery::default() }).await.unwrap(), [alert()]);
    let closed = AlertQuery { state: Some("closed"), ..AlertQuery::default() };
    assert_eq!(store.alerts(&closed).await.unwrap(), []);
    assert_eq!(store.alert_counts().await.unwrap(), [("OVERDUE_MOVED".into(), "open".into(), 1)]);

    for (behind, changed) in [(None, 2), (Some(2), 2), (Some(3), 0)] {
        let listing = store.directory(behind).await.unwrap();
        assert_eq!((listing.version, listing.terminals.len()), (3, changed), "behind {behind:?}");
    }
    let devices = store.devices(AT, Some(TerminalStatus::Approved), None).await.unwrap();
    assert_eq!(devices.first().unwrap().vehicle.as_deref(), Some("粤B12345"));
    let devices = store.devices(AT, None, Some(stranger())).await.unwrap();
    assert_eq!(devices.first().unwrap().quarantined_frames, 2);

    let until = |to| Stretch { from: to, to };
    assert_eq!(store.stays(vehicle(), until(AT)).await.unwrap(), [stay()]);
    assert_eq!(store.stays(vehicle(), until(AT.plus(1))).await.unwrap(), []);
    for (since, expected) in [(AT, 1), (AT.plus(1), 0)] {
        let mut found = 0;
        let each = |page: Vec<StayRow>| {
            found += page.len();
            Ok::<(), ()>(())
        };
        store.all_stays(since, each).await.unwrap().unwrap();
        assert_eq!(found, expected);
    }

    assert_eq!(store.outbox_due(AT, 10, 10).await.unwrap(), []);
    let due = store.outbox_due(AT.plus(1_000), 10, 10).await.unwrap();
    assert_eq!(due.first().unwrap().owed, Owed::Alert(Box::new(alert())));
    let due = store.outbox_due(AT.plus(2_000), 10, 10).await.unwrap();
    assert_eq!(due.last().unwrap().owed, Owed::Reminder(reminder()));
    assert_eq!(store.loan(&loan().contract).await.unwrap(), Some(loan_row()));
    assert_eq!(store.loan_events(&loan().contract).await.unwrap(), [loan_event()]);
    assert_eq!(store.outages().await.unwrap(), [outage()]);
    assert_eq!(store.earshots().await.unwrap(), [earshot()]);
    let places = store.last_places().await.unwrap();
    assert_eq!(places.first().unwrap().seen.unwrap().0, AT);
    assert_eq!(due.first().unwrap().next_at, AT.plus(1_000));
    assert_eq!(store.outcome(&InputId("a-1".into())).await.unwrap(), Some(outcome().outcome));
    assert_eq!(store.outcome(&InputId("a-2".into())).await.unwrap(), None);
}

fn changes() -> Batch {
    let delivery = |state, attempt| DeliveryRow {
        entry: "9f00:1".into(),
        state,
        attempt,
        next_at: AT.plus(60_000),
        error: Some("503".into()),
    };
    let closed = AlertState::Withdrawn { reason: model::WithdrawReason::Paid, at: AT.plus(5_000) };
    Batch {
        released: vec![stranger()],
        terminals: vec![terminal_row(stranger(), TerminalStatus::Approved)],
        books: vec![BookRow { book: "next".into(), activated_seq: Seq(8), ..book() }],
        alerts: vec![(Seq(8), Alert { state: closed, version: 2, ..alert() })],
        // The second comes too late: what has ended stays ended.
        deliveries: vec![delivery(OutboxState::Delivered, 1), delivery(OutboxState::Pending, 2)],
        coverage: vec![CoverageRow { from: AT, to: AT.plus(20_000), run: Seq(1) }],
        outages: vec![OutageRow { until_ms: Some(2_000_000), ..outage() }],
        earshots: vec![EarshotRow { until_ms: Some(2_000_000), ..earshot() }],
        places_removed: vec![black_point().id],
        counters: vec![("stored", 1)],
        ..Batch::default()
    }
}

async fn changes_show(store: &Store) {
    let world = store.world(Timestamp::default()).await.unwrap();
    assert_eq!(world.quarantined, []);
    assert_eq!(world.places, []);
    assert!(world.terminals.iter().all(|row| row.status == TerminalStatus::Approved));
    assert_eq!(world.books.first().unwrap().book, "next");
    assert_eq!(world.alerts.first().unwrap().version, 2);
    assert_eq!(world.coverage.unwrap().to, AT.plus(20_000));
    assert_eq!(store.outages().await.unwrap().first().unwrap().until_ms, Some(2_000_000));
    assert_eq!(store.earshots().await.unwrap().first().unwrap().until_ms, Some(2_000_000));
    assert_eq!(store.book_rows("next").await.unwrap(), [], "rows of a book in force leave the staging table");
    assert_eq!(store.outbox_counts().await.unwrap(), [("delivered".into(), 1), ("pending".into(), 1)]);
    let due = store.outbox_due(AT.plus(2_000), 10, 10).await.unwrap();
    assert_eq!(due.iter().map(|entry| entry.next_at).collect::<Vec<_>>(), [AT.plus(2_000)]);
    assert_eq!(store.counters().await.unwrap().last(), Some(&("stored".into(), POSITIONS + 1)));
}

#[tokio::test]
async fn every_statement_prepares_on_both() {
    let folder = tempfile::tempdir().unwrap();
    prepares(&sqlite(&folder)).await;
    prepares(&postgres().await).await;
}

#[tokio::test]
async fn the_story_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    tell(&connect(&sqlite(&folder)).await).await;
}

#[tokio::test]
async fn the_story_on_postgres() {
    tell(&connect(&postgres().await).await).await;
}

#[tokio::test]
async fn a_track_is_the_same_before_and_after_it_is_sealed_on_both() {
    let folder = tempfile::tempdir().unwrap();
    tracks::tell(&connect(&sqlite(&folder)).await).await;
    tracks::tell(&connect(&postgres().await).await).await;
}

#[tokio::test]
async fn the_people_of_the_desk_are_kept_alike_on_both() {
    let folder = tempfile::tempdir().unwrap();
    people::tell(&connect(&sqlite(&folder)).await).await;
    people::tell(&connect(&postgres().await).await).await;
}

#[tokio::test]
async fn the_story_leaves_the_same_rows_on_both() {
    let folder = tempfile::tempdir().unwrap();
    let (sqlite, postgres) = (sqlite(&folder), postgres().await);
    for url in [&sqlite, &postgres] {
        let store = connect(url).await;
        tell(&store).await;
        store.close().await;
    }
    let (sqlite, postgres) = (Rows::of(&sqlite, &[]).await.unwrap(), Rows::of(&postgres, &[]).await.unwrap());
    assert_eq!(sqlite.difference(&postgres), None);
}

#[tokio::test]
async fn the_migrations_give_the_same_tables_and_columns() {
    let folder = tempfile::tempdir().unwrap();
    let (sqlite, postgres) = (sqlite(&folder), postgres().await);
    for url in [&sqlite, &postgres] {
        connect(url).await.close().await;
    }
    let (sqlite, postgres): (Columns, Columns) =
        (columns(&sqlite).await.unwrap(), columns(&postgres).await.unwrap());
    assert!(sqlite.contains_key("positions"));
    assert_eq!(sqlite, postgres);
}
