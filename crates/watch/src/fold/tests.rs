//! A commit whose answer is lost: the fold asks where the store stands before it goes on.

use super::*;
use crate::subject::Subject;
use journal::ClockSpec;
use model::{Input, TerminalId};
use store::Batch;

async fn opened(folder: &tempfile::TempDir) -> (Journal, Store) {
    let clock = ClockSpec::Stepped { origin: Timestamp::from_ms(1_790_000_000_000) };
    let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
    for _ in 0..3 {
        journal.append(vec![Input::RunStop.into()]).await.unwrap();
    }
    let url = format!("sqlite:{}", folder.path().join("store.db").display());
    (journal, Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap())
}

async fn taken(journal: &Journal, store: &Store, folder: &tempfile::TempDir) -> Fold {
    let lock = FoldLock::try_take(folder.path()).unwrap().unwrap();
    Fold::take(journal.clone(), store.clone(), Config::default(), &lock, false).await.unwrap()
}

#[tokio::test]
async fn a_commit_that_landed_without_an_answer_is_not_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let mut fold = taken(&journal, &store, &folder).await;
    // What the fold had sent landed; all that it heard is an error.
    store.commit(&fold.cursor, Seq(2), &fold.mark, Batch::default()).await.unwrap();
    fold.doubt();
    assert_eq!(fold.catch_up().await.unwrap(), Seq(3));
    assert_eq!(fold.progress().borrow().commands_at, Seq(2), "commands may have changed in it");
    assert_eq!(store.place().await.unwrap().unwrap().0.applied, Seq(3));
    assert_eq!(store.world(Timestamp::default()).await.unwrap().terminals, []);
}

#[tokio::test]
async fn a_commit_that_did_not_land_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let mut fold = taken(&journal, &store, &folder).await;
    fold.doubt();
    assert_eq!(fold.catch_up().await.unwrap(), Seq(3));
}

/// As after a crash of PostgreSQL that took the last steps, which were not waited for.
#[tokio::test]
async fn steps_that_the_store_has_lost_are_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let mut fold = taken(&journal, &store, &folder).await;
    assert_eq!(fold.catch_up().await.unwrap(), Seq(3));
    store.adopt(journal.id().as_str(), Seq(1), "").await.unwrap();
    journal.append(vec![Input::RunStop.into()]).await.unwrap();
    assert!(matches!(fold.catch_up().await, Err(WatchError::Store(StoreError::Down(_)))));
    assert_eq!(fold.catch_up().await.unwrap(), Seq(4));
    assert_eq!(store.place().await.unwrap().unwrap().0.applied, Seq(4));
    assert_eq!(fold.progress().borrow().commands_at, Seq(1), "whoever follows the commands looks again");
}

#[tokio::test]
async fn a_fold_that_was_replaced_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let mut fold = taken(&journal, &store, &folder).await;
    store.claim(journal.id().as_str()).await.unwrap();
    assert!(matches!(fold.catch_up().await, Err(WatchError::Store(StoreError::Fenced))));
}

/// As after an older store was put back: its rows are newer than its states, and the inputs between are trimmed.
#[tokio::test]
async fn states_whose_inputs_are_gone_are_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let fold = taken(&journal, &store, &folder).await;
    let mark = Mark { checkpoint: Seq(1), ..fold.mark.clone() };
    store.commit(&fold.cursor, Seq(3), &mark, Batch::default()).await.unwrap();
    drop(fold);
    journal.trim(Seq(2), Timestamp::from_ms(i64::MAX)).await.unwrap();
    let lock = FoldLock::try_take(folder.path()).unwrap().unwrap();
    let taken = Fold::take(journal.clone(), store.clone(), Config::default(), &lock, false).await;
    assert!(matches!(taken, Err(WatchError::Gap { applied: Seq(1), trimmed: Seq(2) })));
    // Accepted, it goes on behind its place: what is still there is not given up.
    journal.append(vec![Input::RunStop.into(), Input::RunStop.into()]).await.unwrap();
    let mut fold = Fold::take(journal, store.clone(), Config::default(), &lock, true).await.unwrap();
    assert_eq!(fold.cursor.applied, Seq(3));
    assert_eq!(fold.catch_up().await.unwrap(), Seq(5));
}

/// As if the database had crashed below a step that was on its way, and the next one was made on top of it.
#[tokio::test]
async fn a_step_that_is_lost_on_its_way_takes_the_one_made_behind_it_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let mut fold = taken(&journal, &store, &folder).await;
    (fold.step_entries, fold.works_apart) = (1, true);
    let frames = journal.read(Seq(0), 1).await.unwrap();
    let questions = Questions::of(&frames, &fold.world.newest);
    let made = fold.make(frames, questions, Seq(1), false).await.unwrap();
    fold.world.globals.directory_version = 77;
    let elsewhere = Cursor { applied: Seq(-1), ..fold.cursor.clone() };
    fold.world.merge(false);
    fold.unanswered = Some(Unanswered::begin(&store, &elsewhere, made, true));
    let failed = fold.step().await;
    assert!(matches!(failed, Err(WatchError::Store(StoreError::Down(_)))), "{failed:?}");
    assert_eq!(store.place().await.unwrap().unwrap().0.applied, Seq(0));
    assert_eq!(fold.footing, Footing::Doubtful { is_ahead: true });
    assert_eq!(fold.step().await.unwrap(), 1);
    assert_eq!(fold.footing, Footing::Cautious);
    assert_eq!(fold.world.globals.directory_version, 0, "what is lost is out of the world too");
    fold.step_entries = 1;
    assert_eq!(fold.step().await.unwrap(), 1);
    assert_eq!(fold.footing, Footing::Sure, "one was answered");
    assert_eq!(fold.catch_up().await.unwrap(), Seq(3));
    assert_eq!(store.place().await.unwrap().unwrap().0.applied, Seq(3));
}

#[tokio::test]
async fn what_is_told_of_the_fold_is_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let mut fold = taken(&journal, &store, &folder).await;
    fold.step_entries = 2;
    assert_eq!(fold.step().await.unwrap(), 2);
    assert_eq!(fold.progress().borrow().applied, Seq(0), "it is on its way");
    assert_eq!(fold.step().await.unwrap(), 1);
    assert_eq!(fold.progress().borrow().applied, Seq(2));
    assert_eq!(fold.step().await.unwrap(), 0);
    assert_eq!(fold.progress().borrow().applied, Seq(3));
}

/// On a database of its own process; on the fold's own core, it is made when the one before it is stored.
#[tokio::test]
async fn the_next_step_is_made_on_top_of_one_that_is_on_its_way() {
    for works_apart in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let (journal, store) = opened(&folder).await;
        let mut fold = taken(&journal, &store, &folder).await;
        (fold.step_entries, fold.works_apart) = (1, works_apart);
        fold.step().await.unwrap();
        let on_its_way = fold.unanswered.as_ref().unwrap();
        assert_eq!((on_its_way.to, on_its_way.is_merged), (Seq(1), works_apart));
        assert_eq!(fold.catch_up().await.unwrap(), Seq(3));
        assert_eq!(store.place().await.unwrap().unwrap().0.applied, Seq(3));
    }
}

/// The world holds a step that is not stored: its states, written at the place before it, would be stepped twice.
#[tokio::test]
async fn in_doubt_no_states_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let mut fold = taken(&journal, &store, &folder).await;
    (fold.step_entries, fold.works_apart) = (1, true);
    fold.step().await.unwrap();
    fold.answered().await.unwrap();
    let before = store.place().await.unwrap();
    let made = fold.make(Vec::new(), Questions::of(&[], &fold.world.newest), Seq(2), false).await.unwrap();
    let elsewhere = Cursor { applied: Seq(-1), ..fold.cursor.clone() };
    fold.unanswered = Some(Unanswered::begin(&store, &elsewhere, made, true));
    fold.answered().await.unwrap_err();
    fold.world.dirty.states.insert(Subject::Terminal(TerminalId::parse("15").unwrap()));
    fold.checkpoint().await.unwrap();
    assert_eq!(store.place().await.unwrap(), before);
    assert_eq!(fold.catch_up().await.unwrap(), Seq(3));
}

/// What is given up takes the step on its way with it: the overlay that would be merged when it lands is gone.
#[tokio::test]
async fn a_step_on_its_way_is_not_waited_for_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, store) = opened(&folder).await;
    let mut fold = taken(&journal, &store, &folder).await;
    let before = fold.cursor.clone();
    fold.step_entries = 1;
    fold.step().await.unwrap();
    fold.doubt();
    fold.answered().await.unwrap();
    assert_eq!((&fold.cursor, fold.footing), (&before, Footing::Doubtful { is_ahead: false }));
    // It may land late: then the step after it is refused once, and the store is asked again.
    while let Err(error) = fold.catch_up().await {
        assert!(matches!(error, WatchError::Store(StoreError::Down(_))), "{error}");
    }
    assert_eq!(store.place().await.unwrap().unwrap().0.applied, Seq(3));
}
