//! The same inputs give the same rows: on either database, in one go or in slices, across restarts and crashes.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed step must stop the test")]

mod commanding;
mod dice;
mod history;
mod replaying;
mod reports;
mod staff;
mod stage;
mod trimming;

use crate::dice::Dice;
use crate::history::history;
use crate::replaying::{replayed, same_alerts, stored};
use crate::stage::Stage;
use stories::rows::Rows;

/// Which histories. A seed that once failed stays.
const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 6];

/// The history of a seed, with what staff and notify do about the alerts that it raises.
async fn with_staff(seed: u64) -> Vec<history::Happening> {
    let mut dice = Dice::new(seed ^ 0xACED);
    let calm = history(seed);
    let alerts = alerts_of(&calm).await;
    let acted = staff::act(calm, &alerts, &mut dice);
    // What staff did may have changed which alerts there are.
    let alerts = alerts_of(&acted).await;
    commanding::command(staff::deliver(acted, &alerts, &mut dice), &mut dice)
}

async fn alerts_of(happenings: &[history::Happening]) -> Vec<model::Alert> {
    let stage = Stage::new().await;
    let store = stage.sqlite("alerts");
    stage.append(happenings).await;
    stage.fold(&store).await;
    stage.alerts(&store).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_inputs_give_the_same_rows_on_both_databases_in_one_go_or_in_slices() {
    for seed in SEEDS {
        let happenings = with_staff(seed).await;
        let whole = Stage::new().await;
        let (sqlite, postgres) = (whole.sqlite("whole"), whole.postgres().await);
        whole.append(&happenings).await;
        whole.fold(&sqlite).await;
        whole.fold(&postgres).await;
        let expected = stage::rows(&sqlite).await;
        check_worth(seed, &expected);
        same(seed, "PostgreSQL differs from SQLite", &expected, &stage::rows(&postgres).await);

        let sliced = Stage::new().await;
        let (sqlite, postgres) = (sliced.sqlite("sliced"), sliced.postgres().await);
        let mut dice = Dice::new(seed);
        let mut rest = happenings.as_slice();
        while !rest.is_empty() {
            let (slice, later) = rest.split_at(rest.len().min(1 + dice.below(90)));
            rest = later;
            sliced.append(slice).await;
            for store in [&sqlite, &postgres] {
                match dice.below(3) {
                    0 => sliced.fold(store).await,
                    1 => sliced.fold_and_crash(store).await,
                    // It falls behind: the next fold has more to do.
                    _ => {}
                }
            }
        }
        sliced.fold(&sqlite).await;
        sliced.fold(&postgres).await;
        same(seed, "slices on SQLite differ", &expected, &stage::rows(&sqlite).await);
        same(seed, "slices on PostgreSQL differ", &expected, &stage::rows(&postgres).await);
    }
}

/// The fold stops and dies in between, and the journal is trimmed: what is stored is enough.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_what_is_stored_gives_the_alerts_that_were_raised_live_on_both() {
    for seed in SEEDS {
        let happenings = with_staff(seed).await;
        let stage = Stage::new().await;
        let (sqlite, postgres) = (stage.sqlite("live"), stage.postgres().await);
        let (head, tail) = happenings.split_at(happenings.len() / 2);
        stage.append(head).await;
        stage.fold(&sqlite).await;
        stage.fold_and_crash(&postgres).await;
        stage.append(tail).await;
        stage.fold_and_crash(&sqlite).await;
        stage.fold(&postgres).await;
        stage.fold(&sqlite).await;
        let said = stage.said().await;
        stage.trim().await;
        for (url, claim) in [(&sqlite, "a replay from SQLite"), (&postgres, "a replay from PostgreSQL")] {
            let live = stored(&stage, url).await;
            assert!(live.len() > 2, "seed {seed}: {} alerts prove nothing", live.len());
            same_alerts(seed, claim, &live, &replayed(url, &said).await);
        }
    }
}

fn same(seed: u64, claim: &str, expected: &Rows, found: &Rows) {
    let difference = expected.difference(found).unwrap_or_default();
    assert!(difference.is_empty(), "seed {seed}: {claim}\n{difference}");
}

/// A history in which nothing happens would prove nothing.
fn check_worth(seed: u64, rows: &Rows) {
    for (table, least) in [
        ("positions", 200),
        ("alerts", 3),
        ("loan_events", 4),
        ("outbox", 4),
        ("audit", 10),
        ("coverage", 2),
        ("outcomes", 10),
        ("commands", 5),
        ("stays", 1),
    ] {
        let count = rows.count(table).unwrap();
        assert!(count >= least, "seed {seed}: {count} rows in {table}, expected {least} or more");
    }
}
