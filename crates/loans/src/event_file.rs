//! A file that says what happened to loans → [`ToldEvent`]s: what became of SMS and debits, payments, promises, contacts.
//!
//! Shape: the loan book's reading, other columns. Units: instants; a time without a zone is in the file's. Errors: [`FileError`];
//! a row with a refused cell is left out. Source: `domain.md` §2.1, §6.

use crate::book::Rejects;
use crate::cell::{contract, narrow, one_of};
use crate::column::{Column, EVENT, EVENT_REQUIRED};
use crate::date::{date, instant, zone};
use crate::money::fen;
use crate::row::Row;
use crate::table::Table;
use crate::{FileError, Reject, RejectReason};
use jiff::tz::TimeZone;
use model::input::{LoanEvent, ToldEvent};
use model::loan::{Attention, Channel, ContactResult};
use std::io::{Read, Seek};

/// An events file that was read.
#[derive(Debug, Clone)]
pub struct EventFile {
    /// The rows taken, in the file's order.
    pub events: Vec<ToldEvent>,
    /// What was refused.
    pub rejects: Vec<Reject>,
    /// Rows with at least one refused cell.
    pub rejected_rows: u64,
    /// Columns that were not used, as the file calls them.
    pub ignored_columns: Vec<String>,
}

/// Reads an events file; its times are in the zone of this IANA name.
pub fn read_events<R: Read + Seek>(source: R, time_zone: &str) -> Result<EventFile, FileError> {
    let unknown = |_| FileError::UnknownZone { zone: time_zone.to_owned() };
    let zone = zone(time_zone).map_err(unknown)?;
    let mut table =
        Table::open(source, EVENT, "\"合同号\", \"发生时间\" and \"事件\" (contract, at, event)")?;
    EVENT_REQUIRED.iter().try_for_each(|any_of| table.columns.require(any_of))?;
    let (mut rejects, mut events) = (Rejects::default(), Vec::new());
    while let Some(mut row) = table.next_row()? {
        let event = if row.rejects.is_empty() { told(&mut row, zone.zone()) } else { None };
        match event.filter(|_| row.rejects.is_empty()) {
            Some(event) => events.push(event),
            None => rejects.row(std::mem::take(&mut row.rejects)),
        }
    }
    let (rejects, rejected_rows) = rejects.accepted(table.rows)?;
    let ignored_columns = std::mem::take(&mut table.columns.ignored);
    Ok(EventFile { events, rejects, rejected_rows, ignored_columns })
}

fn told(row: &mut Row<'_>, zone: &TimeZone) -> Option<ToldEvent> {
    let contract = row.require(Column::Contract, contract);
    let at = row.require(Column::At, |text| instant(text, zone));
    let kind = row.require(Column::Event, |text| one_of(KINDS, text));
    let event = kind.and_then(|kind| event(row, kind));
    Some(ToldEvent { contract: contract?, at: at?, event: event? })
}

/// What a row may tell. Holds and visits are not told by file: they need a person's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Payment,
    DebitFailed,
    Promise,
    Settled,
    SmsDelivered,
    SmsFailed,
    Contacted,
    Attention,
}

fn event(row: &mut Row<'_>, kind: Kind) -> Option<LoanEvent> {
    Some(match kind {
        Kind::Payment => payment(row)?,
        Kind::DebitFailed => LoanEvent::DebitFailed,
        Kind::Promise => LoanEvent::Promise { until: row.require(Column::Detail, date)? },
        Kind::Settled => LoanEvent::Settled,
        Kind::SmsDelivered => LoanEvent::SmsDelivery { delivered: true },
        Kind::SmsFailed => LoanEvent::SmsDelivery { delivered: false },
        Kind::Contacted => {
            let (channel, result) = row.require(Column::Detail, contact)?;
            LoanEvent::Contacted { channel, result, note: None }
        }
        Kind::Attention => LoanEvent::Attention { attention: Some(row.require(Column::Detail, attention)?) },
    })
}

/// How much, in the column of amounts or in the detail. That all was paid must be said: a column that was not understood would
/// say it too.
fn payment(row: &mut Row<'_>) -> Option<LoanEvent> {
    let in_amount = row.read(Column::Amount, paid);
    if in_amount.is_some() || !row.rejects.is_empty() {
        return in_amount;
    }
    row.require(if row.has(Column::Detail) { Column::Detail } else { Column::Amount }, paid)
}

/// A payment of an amount above zero, or of all that was overdue.
fn paid(text: &str) -> Result<LoanEvent, RejectReason> {
    if ALL_OVERDUE.contains(&narrow(text).trim().to_lowercase().as_str()) {
        return Ok(LoanEvent::Payment { amount: None });
    }
    match fen(text)? {
        amount if amount > 0 => Ok(LoanEvent::Payment { amount: Some(amount) }),
        _ => Err(RejectReason::NotAnAmount),
    }
}

/// `phone reached`.
fn contact(text: &str) -> Result<(Channel, ContactResult), RejectReason> {
    let text = narrow(text);
    let unknown = |expected: String| RejectReason::UnknownWord { expected };
    let (channel, result) = text
        .split_once(char::is_whitespace)
        .ok_or_else(|| unknown("a channel and what came of it, e.g. phone reached".to_owned()))?;
    let channel = Channel::parse(channel.trim()).map_err(|error| unknown(error.expected))?;
    let result = ContactResult::parse(result.trim()).map_err(|error| unknown(error.expected))?;
    Ok((channel, result))
}

/// `2026-12-01 says the car is sold`.
fn attention(text: &str) -> Result<Attention, RejectReason> {
    let (until, reason) = text.split_once(char::is_whitespace).ok_or_else(|| RejectReason::UnknownWord {
        expected: "its last day and the reason, e.g. 2026-12-01 number is out of service".to_owned(),
    })?;
    let reason = reason.trim();
    if reason.len() > REASON_BYTES_MAX {
        return Err(RejectReason::TooLong { max: REASON_BYTES_MAX });
    }
    Ok(Attention { reason: reason.to_owned(), until: date(until)? })
}

const KINDS: &[(Kind, &[&str])] = &[
    (Kind::Payment, &["还款", "payment", "扣款成功", "到账", "paid"]),
    (Kind::DebitFailed, &["扣款失败", "debit_failed", "代扣失败", "debitfailed"]),
    (Kind::Promise, &["承诺还款", "promise"]),
    (Kind::Settled, &["结清", "settled"]),
    (Kind::SmsDelivered, &["短信送达", "sms_delivered", "短信成功"]),
    (Kind::SmsFailed, &["短信失败", "sms_failed", "短信未送达"]),
    (Kind::Contacted, &["联系", "contacted", "跟进"]),
    (Kind::Attention, &["特别关注", "attention", "重点关注"]),
];
/// A payment of all that was overdue.
const ALL_OVERDUE: &[&str] = &["all", "全部", "全额", "全部还清"];
/// A sentence; hundreds of them still fit into one input.
pub const REASON_BYTES_MAX: usize = 240;
