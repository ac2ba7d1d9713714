//! `lienwatch loan event`: what happened to one loan between two books.

use crate::cli::{AboutLoan, LoanCommand, LoanEventCommand};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::println_out;
use crate::site::Site;
use anyhow::Result;
use model::ContractId;
use model::input::{Action, LoanEvent};
use model::loan::Holds;

/// Tells what happened to a loan.
pub(crate) async fn loan(config: &Config, command: LoanCommand) -> Result<Exit> {
    let LoanCommand::Event(event) = command;
    let (about, event) = told(event)?;
    let site = Site::open(config).await?;
    let at = about.at.unwrap_or_else(|| site.journal.clock().now());
    let contract = ContractId(about.contract.trim().to_owned());
    println_out(&site.ask(Action::LoanEvent { contract, at, event }).await?);
    site.close().await;
    Ok(Exit::Ok)
}

fn told(command: LoanEventCommand) -> Result<(AboutLoan, LoanEvent)> {
    Ok(match command {
        LoanEventCommand::Payment { about, amount } => {
            let amount = amount.as_deref().map(cents).transpose()?;
            (about, LoanEvent::Payment { amount })
        }
        LoanEventCommand::Promise { about, until } => (about, LoanEvent::Promise { until }),
        LoanEventCommand::Hold { about, bankruptcy, dispute, legal_case, extension_until, promise_until } => {
            let holds = Holds { promise_until, extension_until, bankruptcy, dispute, legal_case };
            (about, LoanEvent::Hold { holds })
        }
        LoanEventCommand::Settled { about } => (about, LoanEvent::Settled),
        LoanEventCommand::DebitFailed { about } => (about, LoanEvent::DebitFailed),
        LoanEventCommand::SmsDelivery { about, failed } => {
            (about, LoanEvent::SmsDelivery { delivered: !failed })
        }
    })
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
}
