//! What an events file may look like, and what is said of one that may not.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; clippy.toml only covers the #[test] functions themselves"
)]

use loans::{EventFile, FileError, read_events};
use model::input::{LoanEvent, ToldEvent};
use model::loan::{Attention, Channel, ContactResult};
use model::{ContractId, Date, Timestamp};
use std::io::Cursor;

fn read(text: &str) -> Result<EventFile, FileError> {
    read_events(Cursor::new(text), "Asia/Shanghai")
}

fn told(contract: &str, at: &str, event: LoanEvent) -> ToldEvent {
    ToldEvent { contract: ContractId(contract.into()), at: Timestamp::parse(at).unwrap(), event }
}

#[test]
fn a_chinese_file_gives_events_in_its_zone() {
    let file = read(
        "合同号,发生时间,事件,详情\n\
         C1,2026-11-20 09:30,扣款失败,余额不足\n\
         C1,2026-11-20 09:31,短信失败,\n\
         C2,2026-11-20 10:00,还款,1250.00\n\
         C3,2026-11-20 10:00,还款,全部\n",
    );
    let expected = [
        told("C1", "2026-11-20T01:30:00Z", LoanEvent::DebitFailed),
        told("C1", "2026-11-20T01:31:00Z", LoanEvent::SmsDelivery { delivered: false }),
        told("C2", "2026-11-20T02:00:00Z", LoanEvent::Payment { amount: Some(125_000) }),
        told("C3", "2026-11-20T02:00:00Z", LoanEvent::Payment { amount: None }),
    ];
    assert_eq!(file.unwrap().events, expected);
}

#[test]
fn contact_promise_and_attention_are_told_by_their_detail() {
    let file = read(
        "contract,at,event,detail\n\
         C1,2026-11-20T09:30:00Z,contacted,phone no_answer\n\
         C1,2026-11-20T09:30:00Z,promise,2026-12-01\n\
         C1,2026-11-20T09:30:00Z,attention,2026-12-01 a neighbour saw it sold\n\
         C1,2026-11-20T09:30:00Z,settled,\n",
    );
    let until = Date::parse("2026-12-01").unwrap();
    let (channel, result) = (Channel::Phone, ContactResult::NoAnswer);
    let attention = Some(Attention { reason: "a neighbour saw it sold".into(), until });
    let events: Vec<LoanEvent> = file.unwrap().events.into_iter().map(|told| told.event).collect();
    let expected = [
        LoanEvent::Contacted { channel, result, note: None },
        LoanEvent::Promise { until },
        LoanEvent::Attention { attention },
        LoanEvent::Settled,
    ];
    assert_eq!(events, expected);
}

#[test]
fn a_bad_row_is_left_out_and_named() {
    let file = read(
        "contract,at,event,detail\n\
         C1,2026-11-20T09:30:00Z,debit_failed,\n\
         C2,2026-11-20T09:30:00Z,repossessed,\n\
         C3,2026-11-20T09:30:00Z,debit_failed,\n\
         C4,2026-11-20T09:30:00Z,contacted,phone\n\
         C5,someday,settled,\n\
         C6,2026-11-20T09:30:00Z,settled,\n\
         C7,2026-11-20T09:30:00Z,payment,-5\n\
         C8,2026-11-20T09:30:00Z,settled,\n",
    )
    .unwrap();
    let taken: Vec<&str> = file.events.iter().map(|told| told.contract.0.as_str()).collect();
    assert_eq!(taken, ["C1", "C3", "C6", "C8"]);
    let refused: Vec<(u64, &str)> =
        file.rejects.iter().map(|reject| (reject.line, reject.column.as_str())).collect();
    assert_eq!(refused, [(3, "event"), (5, "detail"), (6, "at"), (8, "detail")]);
    assert_eq!(file.rejected_rows, 4);
}

#[test]
fn how_much_was_paid_is_said_or_the_row_is_refused() {
    let amounts = |text: &str| -> Vec<Option<i64>> {
        let payment = |told: ToldEvent| match told.event {
            LoanEvent::Payment { amount } => amount,
            other => panic!("{other:?}"),
        };
        read(text).unwrap().events.into_iter().map(payment).collect()
    };
    let when = "2026-11-20T09:30:00Z,payment";
    let amount = format!("contract,at,event,amount\nC1,{when},1\nC2,{when},all\n");
    assert_eq!(amounts(&amount), [Some(100), None]);
    let both = format!("合同号,时间,事件,说明,还款金额(元)\nC1,{when},app,12.5\nC2,{when},30,\n");
    assert_eq!(amounts(&both), [Some(1_250), Some(3_000)]);
    // A column that is not understood, or an empty cell, does not say that all was paid.
    for (text, column) in
        [("contract,at,event,sum_cny\nC1,W,1\n", "amount"), ("contract,at,event,detail\nC1,W,\n", "detail")]
    {
        let file = read(&text.replace('W', when).replacen('\n', "\nC0,2026-11-20,settled,\n", 1)).unwrap();
        assert_eq!((file.events.len(), file.rejected_rows), (1, 1), "{text}");
        assert_eq!(file.rejects.first().map(|reject| reject.column.as_str()), Some(column));
    }
    let file = read(&format!("contract,at,event,sum_cny,amount\nC1,{when},2,1\n")).unwrap();
    assert_eq!(file.ignored_columns, ["sum_cny"]);
}
