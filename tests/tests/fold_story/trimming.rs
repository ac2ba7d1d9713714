//! A journal that is short of room while its store is away.

use crate::history::history;
use crate::stage::Stage;
use model::Seq;
use std::time::Duration;
use stories::postgres::Postgres;

/// What is in the store already need not wait until the store is back: the room is for what is acknowledged meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_applied_leaves_a_journal_short_of_room_although_its_store_is_away() {
    let always_short = journal::Config { size_alarm_bytes: 1, ..journal::Config::default() };
    let (stage, postgres) = (Stage::with(always_short).await, Postgres::start().unwrap());
    let url = postgres.create_database("trimmed").await.unwrap();
    let happenings = history(1);
    let (before, after) = happenings.split_at(happenings.len() / 2);
    stage.append(before).await;
    stage.fold(&url).await;
    assert_eq!(stage.trimmed().await, Seq(0));
    stage
        .fold_while(&url, async {
            postgres.stop_immediate().unwrap();
            stage.append(after).await;
            let trimmed = async {
                while stage.trimmed().await == Seq(0) {
                    tokio::time::sleep(LOOK).await;
                }
            };
            tokio::time::timeout(TRIMMED_MAX, trimmed).await.unwrap();
        })
        .await;
    postgres.start_again().unwrap();
    stage.fold(&url).await;
}

/// Between two looks at what is left.
const LOOK: Duration = Duration::from_millis(100);
/// The fold looks for room each five seconds.
const TRIMMED_MAX: Duration = Duration::from_mins(1);
