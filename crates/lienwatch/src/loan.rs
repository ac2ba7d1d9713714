//! `lienwatch loan`: one loan, what happened to it between two books, and all that is known of it.

mod hints;
mod show;

use crate::cli::{
    AboutLoan, Attend, Contact, Held, LoanCommand, LoanEventCommand, Moment, RecoveryCase, Visit,
};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing;
use crate::site::Site;
use crate::zone::Local;
use anyhow::Result;
use model::input::{Action, LoanEvent};
use model::loan::{Attention, Holds};
use model::{ContractId, Date, Loan};
pub(crate) use show::{DEBT, state_sums};
use words::en::money;

/// Shows a loan, or tells what happened to it.
pub(crate) async fn loan(config: &Config, command: LoanCommand) -> Result<Exit> {
    let (contract, at, event) = match command {
        LoanCommand::Event(event) => return between_books(config, event).await,
        LoanCommand::Case(case) => return recovery_case(config, case).await,
        LoanCommand::Show(args) => return show::show(config, args).await,
        LoanCommand::Contacted(Contact { contract, channel, result, at, note }) => {
            (contract, at, LoanEvent::Contacted { channel, result, note })
        }
        LoanCommand::Visit(Visit { contract, result, place, at, note }) => {
            (contract, at, LoanEvent::Visit { result, place, note })
        }
        LoanCommand::Attention(Attend { contract, reason, until, lift: _ }) => {
            let attention = reason.zip(until).map(|(reason, until)| Attention { reason, until });
            (contract, None, LoanEvent::Attention { attention })
        }
    };
    let contract = ContractId(contract.trim().to_owned());
    let last_day = last_day(&event);
    listing::line(&tell(config, contract.clone(), at, event).await?)?;
    if let Some(until) = last_day
        && is_over(config, &contract, until).await?
    {
        eprintln!("{until} is past: it is over already");
    }
    Ok(Exit::Ok)
}

async fn tell(config: &Config, contract: ContractId, at: Option<Moment>, event: LoanEvent) -> Result<String> {
    let local = Local::of_written(config, &contract, at).await?;
    let action = |now| {
        let happened = at.map_or(now, |at| local.read(at, now));
        local.echo(at, happened);
        Action::LoanEvent { contract, at: happened, event }
    };
    Site::ask_even_if_down(config, action).await
}

async fn between_books(config: &Config, event: LoanEventCommand) -> Result<Exit> {
    let (about, event) = told(event)?;
    let contract = ContractId(about.contract.trim().to_owned());
    let Some(event) = event else { return Err(no_hold_named(config, &contract).await?) };
    let until = last_day(&event);
    let done = tell(config, contract.clone(), about.at, event).await?;
    let over = match until {
        Some(until) if is_over(config, &contract, until).await? => ", already over",
        _ => "",
    };
    listing::line(&format!("{done}{over}"))?;
    Ok(Exit::Ok)
}

/// Opens or closes a recovery case.
async fn recovery_case(config: &Config, case: RecoveryCase) -> Result<Exit> {
    let RecoveryCase { contract, open, basis, close: _, at } = case;
    let contract = ContractId(contract.trim().to_owned());
    if !open && known_row(config, &contract).await?.is_some_and(|row| row.notes.recovery_case.is_none()) {
        eprintln!("no case of {contract} was open");
    }
    listing::line(&tell(config, contract, at, LoanEvent::RecoveryCase { open, basis }).await?)?;
    if open && basis.is_none() {
        eprintln!("a case without a legal basis opens no recovery window: say --basis once there is one");
    }
    Ok(Exit::Ok)
}

/// The event; `None` where holds are to be set and none is named, which could as well be a slip.
fn told(command: LoanEventCommand) -> Result<(AboutLoan, Option<LoanEvent>)> {
    Ok(match command {
        LoanEventCommand::Payment { about, amount } => {
            let amount = amount.as_deref().map(cents).transpose()?;
            (about, Some(LoanEvent::Payment { amount }))
        }
        LoanEventCommand::Promise { about, until } => (about, Some(LoanEvent::Promise { until })),
        LoanEventCommand::Hold { about, held } => {
            let Held { none, bankruptcy, dispute, legal_case, extension_until, promise_until } = held;
            let holds = Holds { promise_until, extension_until, bankruptcy, dispute, legal_case };
            let meant = none || holds != Holds::default();
            (about, meant.then_some(LoanEvent::Hold { holds }))
        }
        LoanEventCommand::Settled { about } => (about, Some(LoanEvent::Settled)),
        LoanEventCommand::DebitFailed { about } => (about, Some(LoanEvent::DebitFailed)),
        LoanEventCommand::SmsDelivery { about, failed } => {
            (about, Some(LoanEvent::SmsDelivery { delivered: !failed }))
        }
    })
}

async fn no_hold_named(config: &Config, contract: &ContractId) -> Result<anyhow::Error> {
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let loan = known(&site, contract).await?;
    site.close().await;
    let Some(loan) = loan else {
        return Ok(Failure::error(Exit::NotFound, format!("no loan book has contract {contract}")));
    };
    let message = format!(
        "name the holds to be in force, or --none to lift every hold; {contract} is held now by: {}",
        held_by(&loan)
    );
    Ok(Failure::error(Exit::Usage, message))
}

async fn known(site: &Site, contract: &ContractId) -> Result<Option<Loan>> {
    Ok(site.store.loan(contract).await?.map(|row| row.loan))
}

/// The loan, if the store is there and has it.
async fn known_row(config: &Config, contract: &ContractId) -> Result<Option<store::LoanRow>> {
    let Ok(site) = Site::open(config).await else { return Ok(None) };
    let row = site.store.loan(contract).await;
    site.close().await;
    Ok(row?)
}

/// What holds a loan: what is entered as a hold, else a reason that is one.
fn held_by(loan: &Loan) -> String {
    let of_reason = loan.reason.filter(|reason| reason.hold().is_some() && loan.holds == Holds::default());
    of_reason.map_or_else(|| named(&loan.holds), |reason| format!("the reason {reason}"))
}

/// Holds as their flags are called.
fn named(holds: &Holds) -> String {
    let dated = |name: &str, until: Option<Date>| until.map(|until| format!("{name} until {until}"));
    let flagged = |name: &str, held: bool| held.then(|| name.to_owned());
    let named: Vec<String> = [
        flagged("bankruptcy", holds.bankruptcy),
        flagged("dispute", holds.dispute),
        flagged("legal case", holds.legal_case),
        dated("extension", holds.extension_until),
        dated("promise", holds.promise_until),
    ]
    .into_iter()
    .flatten()
    .collect();
    if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
}

/// The day after which an event holds nothing; `None` where it holds nothing, or without an end.
fn last_day(event: &LoanEvent) -> Option<Date> {
    match event {
        LoanEvent::Promise { until } => Some(*until),
        LoanEvent::Attention { attention } => attention.as_ref().map(|attention| attention.until),
        LoanEvent::Hold { holds } if !(holds.bankruptcy || holds.dispute || holds.legal_case) => {
            holds.promise_until.max(holds.extension_until)
        }
        LoanEvent::Payment { .. }
        | LoanEvent::DebitFailed
        | LoanEvent::Hold { .. }
        | LoanEvent::Settled
        | LoanEvent::SmsDelivery { .. }
        | LoanEvent::Contacted { .. }
        | LoanEvent::Visit { .. }
        | LoanEvent::RecoveryCase { .. }
        | LoanEvent::AddressesFiled { .. } => None,
    }
}

/// Whether a date is past where the loan is due.
async fn is_over(config: &Config, contract: &ContractId, until: Date) -> Result<bool> {
    let site = Site::open(config).await?;
    let now = site.journal.clock().now();
    let loan = known(&site, contract).await?;
    site.close().await;
    let today = loan.map_or_else(|| now.date_in(&jiff::tz::TimeZone::UTC), |loan| loan.today(now));
    Ok(today.is_some_and(|today| until < today))
}

/// `1250`, `1250.5`, `1250.00` in the smallest unit.
fn cents(text: &str) -> Result<i64> {
    let wrong =
        || Failure::error(Exit::Usage, format!("amount \"{text}\": write it like 1250.00, above zero"));
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 {
        return Err(wrong());
    }
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let part: i64 = format!("{part:0<2}").parse().map_err(|_| wrong())?;
    let cents = whole.checked_mul(100).and_then(|whole| whole.checked_add(part)).ok_or_else(wrong)?;
    if cents == 0 { Err(wrong()) } else { Ok(cents) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_or_refused() {
        for (text, expected) in [("1250", 125_000), ("1250.5", 125_050), ("0.01", 1)] {
            assert_eq!(cents(text).unwrap(), expected);
        }
        for wrong in ["0", "-5", "1,250", "1.234", "1e3", ".5", ""] {
            assert!(cents(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn holds_are_named_and_no_hold_is_nothing() {
        assert_eq!(named(&Holds::default()), "nothing");
        let until = Date::parse("2026-11-30");
        let holds = Holds { dispute: true, promise_until: until, ..Holds::default() };
        assert_eq!(named(&holds), "dispute, promise until 2026-11-30");
        assert_eq!(last_day(&LoanEvent::Hold { holds }), None);
        assert_eq!(
            last_day(&LoanEvent::Hold { holds: Holds { promise_until: until, ..Holds::default() } }),
            until
        );
    }
}
