//! When vehicles are looked at: at the midnights of all their loans, and by a new rule set. One journal and one SQLite store a
//! test, folded in one go, so that no restart looks at anybody.

#![expect(clippy::unwrap_used, reason = "a failed step must stop the test")]

use journal::{ClockSpec, FoldLock, Journal};
use model::input::{Action, BookActivation, Human, Input};
use model::loan::Holds;
use model::{ContractId, Date, InputId, LenderId, Loan, Rule, Timestamp, VehicleId};
use store::{AlertQuery, Owed, Store};
use watch::{Config, Fold};

struct Desk {
    folder: tempfile::TempDir,
    journal: Journal,
    store: Store,
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ClockSpec::Stepped { origin: at("2026-11-20T04:00:00Z") };
        let journal = Journal::open(folder.path(), journal::Config::default(), clock).await.unwrap();
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&store::Config { url, ..store::Config::default() }).await.unwrap();
        Self { folder, journal, store }
    }

    async fn tick(&self, moment: &str) {
        self.journal.clock().step_to(at(moment));
        self.journal.append(vec![Input::Tick { listening: true }.into()]).await.unwrap();
    }

    async fn ask(&self, id: &str, action: Action) {
        let human = Human { id: InputId(id.to_owned()), actor: "li".into(), action };
        self.journal.append(vec![Input::Human(Box::new(human)).into()]).await.unwrap();
    }

    async fn book(&self, loans: Vec<Loan>) {
        let (book, rows) = ("book".to_owned(), u32::try_from(loans.len()).unwrap());
        self.journal
            .append(vec![Input::BookChunk { book: book.clone(), first_row: 0, loans }.into()])
            .await
            .unwrap();
        let (lender, as_of) = (LenderId("main".into()), at(AS_OF));
        let activation = BookActivation { book, lender, as_of, rows, complete: true, accept_fall: true };
        self.ask("book", Action::ActivateBook(activation)).await;
    }

    async fn fold(&self) {
        let lock = FoldLock::try_take(self.folder.path()).unwrap().unwrap();
        let fold = Fold::take(self.journal.clone(), self.store.clone(), Config::default(), &lock, false);
        fold.await.unwrap().catch_up().await.unwrap();
    }

    async fn rules(&self) -> Vec<Rule> {
        let alerts = self.store.alerts(&AlertQuery::default()).await.unwrap();
        alerts.iter().map(|alert| alert.rule).collect()
    }

    /// Contracts of which the borrower was reminded.
    async fn reminded(&self) -> Vec<String> {
        let due = self.store.outbox_due(Timestamp::from_ms(i64::MAX), 0, 100).await.unwrap();
        let contracts = due.into_iter().filter_map(|entry| match entry.owed {
            Owed::Reminder(reminder) => Some(reminder.contract.to_string()),
            Owed::Alert(_) => None,
        });
        contracts.collect()
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Of one vehicle, due on a day.
fn loan(contract: &str, due: &str) -> Loan {
    let vehicle = VehicleId::parse("粤B12345").unwrap();
    let bare = Loan::bare(ContractId(contract.into()), LenderId("main".into()), vehicle, at(AS_OF));
    Loan { oldest_unpaid_due: Date::parse(due), amount_overdue: 100_000, ..bare }
}

const AS_OF: &str = "2026-11-20T03:00:00Z";

#[tokio::test]
async fn a_new_rule_set_is_held_against_every_vehicle_with_the_next_tick() {
    let desk = Desk::open().await;
    desk.book(vec![loan("C1", "2026-11-10")]).await;
    desk.tick("2026-11-20T04:00:10Z").await;
    desk.fold().await;
    assert_eq!(desk.rules().await, []);
    desk.tick("2026-11-20T04:00:20Z").await;
    let text = "[severe_boundary]\ndpd_min = 10\n".to_owned();
    desk.ask("rules", Action::RuleSet { text }).await;
    desk.tick("2026-11-20T04:00:30Z").await;
    desk.fold().await;
    assert_eq!(desk.rules().await, [Rule::SevereBoundary]);
}

#[tokio::test]
async fn a_loan_that_is_held_for_ever_does_not_hide_the_due_date_of_another() {
    let desk = Desk::open().await;
    let holds = Holds { dispute: true, ..Holds::default() };
    desk.book(vec![Loan { holds, ..loan("C1", "2026-11-10") }, loan("C2", "2026-11-26")]).await;
    for moment in ["2026-11-20T15:59:50Z", "2026-11-20T15:59:55Z", "2026-11-20T16:00:05Z"] {
        desk.tick(moment).await;
    }
    desk.fold().await;
    assert_eq!(desk.reminded().await, ["C2"]);
}

#[tokio::test]
async fn what_a_midnight_owes_is_found_after_a_restart_behind_it() {
    let desk = Desk::open().await;
    desk.book(vec![loan("C1", "2026-11-26")]).await;
    desk.tick("2026-11-20T15:59:50Z").await;
    desk.fold().await;
    assert_eq!(desk.reminded().await, [""; 0]);
    // The restart itself is before midnight, and asks nobody again at once.
    desk.tick("2026-11-20T15:59:55Z").await;
    desk.tick("2026-11-20T16:00:05Z").await;
    desk.fold().await;
    assert_eq!(desk.reminded().await, ["C1"]);
}
