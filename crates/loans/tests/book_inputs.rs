//! From a file to what the journal takes, and what a person is told before.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; clippy.toml only covers the #[test] functions themselves"
)]

use loans::{
    ActivationOrder, CHUNK_BYTES_MAX, Diff, FileOptions, InForce, LoanFile, Move, book_inputs, read_loans,
};
use model::input::Action;
use model::loan::{Bucket, Holds};
use model::{ContractId, Input, InputId, LenderId, Loan, Timestamp};
use proptest::prelude::*;
use std::fmt::Write;
use std::io::Cursor;

fn file(rows: &str) -> LoanFile {
    let options = FileOptions {
        as_of: Timestamp::parse("2026-11-20T00:00:00+08:00"),
        ..FileOptions::of(LenderId("main".into()))
    };
    let header = "contract,plate,oldest_unpaid_due,actual_user,settled_at,promise_until";
    read_loans(Cursor::new(format!("{header}\n{rows}")), &options).unwrap()
}

fn order() -> ActivationOrder {
    ActivationOrder {
        book: "main-2026-11-20".into(),
        id: InputId("i1".into()),
        actor: "li".into(),
        accept_fall: true,
    }
}

/// The same of loans of which staff agreed nothing.
fn diff(before: &[Loan], file: &LoanFile, now: Timestamp) -> Diff {
    diff_held(before, &Holds::default(), file, now)
}

fn diff_held(before: &[Loan], staff_holds: &Holds, file: &LoanFile, now: Timestamp) -> Diff {
    loans::diff(before.iter().map(|loan| InForce { loan, staff_holds }), file, now)
}

fn names(contracts: &[ContractId]) -> Vec<&str> {
    contracts.iter().map(|contract| contract.0.as_str()).collect()
}

fn rows(count: usize, remark: &str) -> String {
    let mut text = String::new();
    for row in 0..count {
        writeln!(text, "C{row},A{row:06},2026-11-01,{remark},,").unwrap();
    }
    text
}

#[test]
fn the_chunks_hold_every_row_once_and_none_is_too_large() {
    for file in [file(&rows(100_000, "")), file(&rows(200, &"张".repeat(1300))), file(&rows(1, "x"))] {
        let (chunks, activation) = book_inputs(&file, &order());
        let mut next = 0;
        for chunk in &chunks {
            assert!(postcard::to_stdvec(chunk).unwrap().len() <= CHUNK_BYTES_MAX);
            let Input::BookChunk { book, first_row, loans } = chunk else { panic!("not a chunk") };
            assert_eq!((book.as_str(), usize::try_from(*first_row).unwrap()), ("main-2026-11-20", next));
            assert_eq!(loans.as_slice(), &file.loans[next..next + loans.len()]);
            next += loans.len();
        }
        assert_eq!(next, file.loans.len());
        let Input::Human(human) = activation else { panic!("not human") };
        let Action::ActivateBook(book) = human.action else { panic!("not an activation") };
        assert_eq!(usize::try_from(book.rows).unwrap(), file.loans.len());
        assert!(book.complete && book.accept_fall);
    }
}

#[test]
fn a_hundred_thousand_rows_make_hundreds_of_chunks_not_thousands() {
    let count = book_inputs(&file(&rows(100_000, "")), &order()).0.len();
    assert!((200..800).contains(&count), "{count}");
}

#[test]
fn a_book_with_a_refused_row_is_not_activated_as_complete() {
    let file = file("C1,A1,,,,\nC2,A2,03/04/26,,,\nC3,A3,,,,\n");
    let Input::Human(human) = book_inputs(&file, &order()).1 else { panic!("not human") };
    let Action::ActivateBook(book) = human.action else { panic!("not an activation") };
    assert!(!book.complete);
}

#[test]
fn a_diff_speaks_of_contracts_in_the_words_of_the_business() {
    let now = Timestamp::parse("2026-11-20T04:00:00Z").unwrap();
    let mut before = file(
        "C1,A1,,,,\nC2,A2,2026-11-01,,,\nC3,A3,2026-11-01,,,\nC4,A4,,,,\nC5,A5,,,,\nC6,A6,2026-11-01,,,\n",
    )
    .loans;
    for loan in &mut before {
        loan.as_of = Timestamp::parse("2026-11-19T00:00:00Z").unwrap();
    }
    before[3].lender = LenderId("other".into());
    let after = file(
        "C1,A1,2026-11-10,,,\nC2,A2,,,,\nC3,A3,2026-11-01,,2026-11-19,\nC6,A6,2026-11-01,,,2026-11-30\nC7,A7,2026-11-02,,,\n",
    );
    let diff = diff(&before, &after, now);
    assert_eq!(names(&diff.would_become_overdue.contracts), ["C1", "C7"]);
    assert_eq!(names(&diff.would_be_cured.contracts), ["C2"]);
    assert_eq!(names(&diff.would_be_settled.contracts), ["C3"]);
    assert_eq!(names(&diff.would_be_held.contracts), ["C6"]);
    assert_eq!(names(&diff.missing.contracts), ["C5"], "another lender's C4 is none of this file's business");
    assert_eq!(names(&diff.new.contracts), ["C7"]);
    assert_eq!(diff.elsewhere.count, 0, "the file does not name it");
    assert_eq!((diff.rows_before, diff.rows_after, diff.changed.count), (5, 5, 4));
    let text = diff.to_string();
    assert!(text.contains("       2 would become overdue: C1, C7\n"), "{text}");
    assert_eq!(serde_json::to_value(&diff).unwrap()["would_become_overdue"]["count"], 2);
}

#[test]
fn a_diff_tells_which_bucket_contracts_move_to_and_what_changes_in_the_first_of_them() {
    let now = Timestamp::parse("2026-11-20T04:00:00Z").unwrap();
    let mut before = file(
        "C1,A1,2026-11-10,,,\nC2,A2,2026-11-10,,,\nC3,A3,2026-08-01,,,\nC4,A4,,,,\nC5,A5,2026-11-10,,,\n",
    )
    .loans;
    for loan in &mut before {
        loan.as_of = loan.as_of.plus(-86_400_000);
    }
    let after = file(
        "C1,A1,2026-09-10,,,\nC2,A2,2026-09-11,Li,,\nC3,A3,2026-11-01,,,\nC4,A4,2026-10-01,,,\nC5,A5,,,,\n",
    );
    let diff = diff(&before, &after, now);
    let moved = |from, to, count| Move { from, to, count };
    assert_eq!(
        diff.moves,
        [
            moved(Bucket::M1, Bucket::M3, 2),
            moved(Bucket::M0, Bucket::M2, 1),
            moved(Bucket::M4, Bucket::M1, 1),
            moved(Bucket::M1, Bucket::M0, 1),
        ]
    );
    assert_eq!(
        (names(&diff.would_get_worse.contracts), names(&diff.would_get_better.contracts)),
        (vec!["C1", "C2"], vec!["C3"])
    );
    assert_eq!(
        (names(&diff.would_become_overdue.contracts), names(&diff.would_be_cured.contracts)),
        (vec!["C4"], vec!["C5"])
    );
    let text = diff.to_string();
    assert!(text.contains("       2 M1 -> M3\n"), "{text}");
    assert!(text.contains("e.g. C1: oldest_unpaid_due 2026-11-10 -> 2026-09-10\n"), "{text}");
    assert!(text.contains("e.g. C4: oldest_unpaid_due nothing -> 2026-10-01\n"), "{text}");
    assert!(!text.contains("Li"), "who drives is told to nobody: {text}");
}

#[test]
fn what_was_stated_since_stays_and_what_staff_agreed_holds() {
    let now = Timestamp::parse("2026-11-20T04:00:00Z").unwrap();
    let (older, before) = (file("C1,A1,2026-09-01,,,\nC2,A2,2026-11-01,,,\n"), {
        let mut newer = file("C1,A1,,,,\nC2,A2,2026-11-01,,,\n").loans;
        newer[0].as_of = newer[0].as_of.plus(3_600_000);
        newer
    });
    let diff_of = |staff: &Holds| diff_held(&before, staff, &older, now);
    let found = diff_of(&Holds::default());
    assert_eq!(names(&found.kept.contracts), ["C1"]);
    assert_eq!((found.would_become_overdue.count, found.changed.count, found.unchanged), (0, 0, 2));
    assert!(found.to_string().contains("stays as it is: C1\n"), "{found}");

    let mut held = before.clone();
    let promised = Holds { promise_until: model::Date::parse("2026-12-01"), ..Holds::default() };
    for loan in &mut held {
        loan.holds = promised.clone();
    }
    let found = diff_held(&held, &promised, &older, now);
    assert_eq!((found.would_become_overdue.count, found.unchanged), (0, 2), "no book undoes a promise");
}

#[test]
fn a_row_that_is_refused_is_not_missing_and_says_which_contract_it_is_of() {
    let before =
        file("C1,A1,2026-11-01,,,\nC2,A2,2026-11-01,,,\nC3,A3,,,,\nC4,A4,,,,\nC5,A5,,,,\nC6,A6,,,,\n").loans;
    let after = file("C1,A1,2026-11-01,,,\nC2,A2,soon,,,\nC3,A3,,,,\nC4,A4,,,,\nC4,A4,,,,\nC6,A6,,,,\n");
    assert_eq!(after.rejected_rows, 3);
    let contracts: Vec<_> =
        after.rejects.iter().map(|reject| reject.contract.as_deref().unwrap_or("-")).collect();
    assert_eq!(contracts, ["C2", "C4", "C4"]);
    assert!(after.rejects[0].to_string().contains("contract C2"), "{}", after.rejects[0]);
    let found = diff(&before, &after, after.as_of);
    assert_eq!(
        (names(&found.refused.contracts), names(&found.missing.contracts)),
        (vec!["C2", "C4"], vec!["C5"])
    );
    let text = found.to_string();
    assert!(
        text.contains("       2 in the file, but their rows are refused: stay as they are: C2, C4\n"),
        "{text}"
    );
    let current = Some(before[0].as_of);
    assert!(!text.contains("stays as of"), "{text}");
    let text = found.beside(current, current).to_string();
    assert!(text.contains("! 3 of 6 loans are stated: the lender's feed stays as of"), "{text}");
}

#[test]
fn one_row_is_said_as_one() {
    let mut after = file("C1,A1,2026-11-01,,,\n");
    after.rejected_rows = 1;
    let text = diff(&[], &after, after.as_of).to_string();
    assert!(text.contains("       2 rows in the file, 0 in the book\n"), "{text}");
    assert!(text.contains("       1 row refused\n"), "{text}");
}

#[test]
fn the_same_file_a_day_later_changes_nothing() {
    let after = file("C1,A1,2026-11-01,,,\nC2,A2,,,,\n");
    let mut before = after.loans.clone();
    for loan in &mut before {
        loan.as_of = loan.as_of.plus(-86_400_000);
    }
    let diff = diff(&before, &after, after.as_of);
    assert_eq!((diff.unchanged, diff.changed.count, diff.older, diff.in_future), (2, 0, false, false));
}

#[test]
fn an_older_file_and_a_halved_one_and_one_from_the_future_are_pointed_out() {
    let before = file(&rows(10, "")).loans;
    let mut halved = file(&rows(7, ""));
    halved.as_of = halved.as_of.plus(-1);
    let diff_of = |file: &LoanFile, now| diff(&before, file, now);
    let found = diff_of(&halved, before[0].as_of);
    assert!(found.older && found.needs_acceptance() && !found.in_future);
    assert_eq!(found.row_fall_percent, 30);
    let text = found.to_string();
    assert!(text.contains("older than the book in force") && text.contains("falls by 30 %"), "{text}");
    assert!(diff_of(&halved, halved.as_of.plus(-1)).in_future);
    halved.declared_complete = false;
    assert!(!diff_of(&halved, halved.as_of).needs_acceptance(), "a part of a book makes no book smaller");
    (halved.declared_complete, halved.rejected_rows) = (true, 1);
    assert!(!diff_of(&halved, halved.as_of).needs_acceptance(), "nothing leaves it while a row is refused");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(
        head in prop::sample::select(vec![
            "", "\u{feff}", "contract,plate,due_date,as_of\n", "合同号;车架号;逾期天数\n", "terminal,vehicle,from,to\n",
        ]),
        body in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let bytes = [head.as_bytes(), &body].concat();
        let options = FileOptions::of(LenderId("main".into()));
        let _ = read_loans(Cursor::new(&bytes), &options);
        let from = Timestamp::from_ms(0);
        let _ = loans::read_bindings(
            Cursor::new(&bytes),
            &loans::BindingOptions { from, time_zone: "Asia/Shanghai".into() },
        );
    }

    #[test]
    fn no_cells_make_the_reader_panic(
        rows in prop::collection::vec("[0-9A-Z.,/年月=E+ '\"\u{ff10}-\u{ff19}粤-]{0,24};[0-9A-Z粤]{0,18};[0-9/E.+-]{0,12};[0-9.,E+¥-]{0,14}", 1..12),
    ) {
        let text = format!("contract;plate;due_date;amount_overdue\n{}\n", rows.join("\n"));
        let options = FileOptions {
            as_of: Some(Timestamp::from_ms(0)),
            ..FileOptions::of(LenderId("main".into()))
        };
        if let Err(error) = read_loans(Cursor::new(text), &options) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
