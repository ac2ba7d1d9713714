//! `lienwatch import`: files in, with everything that is wrong named, and nothing half applied.

mod addresses;
mod events;
mod rollback;

use crate::cli::{Import, ImportBindings, ImportLoans};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::{Site, Together, actor, new_input_id};
use crate::zone::Local;
use anyhow::{Context, Result};
use loans::{ActivationOrder, BindingOptions, Diff, FileOptions, InForce, LoanFile, Reject};
use model::input::{Action, Input, Outcome};
use model::unit::counted;
use model::{LenderId, Timestamp};
use rules::fleet::renews_feed;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::Path;
use watch::FUTURE_MAX;

/// Imports a file.
pub(crate) async fn import(config: &Config, command: Import) -> Result<Exit> {
    match command {
        Import::Loans(args) => loan_book(config, &args).await,
        Import::Bindings(args) => bindings(config, &args).await,
        Import::Events(args) => events::events(config, &args).await,
        Import::Rollback(args) => rollback::rollback(config, args).await,
    }
}

async fn loan_book(config: &Config, args: &ImportLoans) -> Result<Exit> {
    let Some(path) = &args.file else {
        let columns: Vec<_> = loans::loan_columns().collect();
        listing::write(args.output.unwrap_or(Output::Table), COLUMNS, &columns)?;
        return Ok(Exit::Ok);
    };
    let source = opened(path)?;
    let site = Site::open(config).await?;
    let now = site.journal.clock().now();
    let options = FileOptions {
        lender: LenderId(args.lender.clone()),
        as_of: args.as_of.map(|as_of| Local::named(&args.time_zone).read(as_of, now)),
        time_zone: args.time_zone.clone(),
        complete: !args.delta,
    };
    let file = loans::read_loans(source, &options).map_err(|error| refused(path, &error))?;
    complain(path, &file.rejects, file.rejected_rows);
    name_unused(&file.ignored_columns);
    let diff = diff(&site, &file).await?;
    let told = format!("{diff}\n{}", age(&site, &file, now).await?);
    if args.dry_run {
        // What would change is what was asked for; else it is said before the question.
        if matches!(args.output, Some(Output::Json | Output::Ndjson)) {
            eprintln!("{told}");
            listing::json(&serde_json::to_string(&diff)?)?;
        } else {
            listing::line(&told)?;
        }
        site.close().await;
        return dry_exit(&diff, now, args.yes, file.rejected_rows);
    }
    eprintln!("{told}");
    if diff.needs_acceptance() && !args.yes {
        // Without its rows: the fold refuses it too, and tells those who look after feeds. Nobody may be here to read this.
        let (_, action) = book(&file, args.yes)?;
        drop(site.ask(action).await);
        return Err(Failure::error(Exit::Refused, shrinks(&diff)));
    }
    if !args.yes && !agreed("Put this book in force?")? {
        return Err(Failure::error(Exit::Refused, "not imported"));
    }
    listing::line(&put_in_force(&site, &file, args.yes).await?)?;
    addresses::file_addresses(&site, &file).await?;
    site.close().await;
    Ok(if file.rejected_rows == 0 { Exit::Ok } else { Exit::PartlyDone })
}

/// How the import itself would end.
fn dry_exit(diff: &Diff, now: Timestamp, accepts_fall: bool, rejected_rows: u64) -> Result<Exit> {
    let refusal = if diff.as_of > now.plus(FUTURE_MAX) {
        Some("it is as of a moment in the future".to_owned())
    } else if diff.older {
        Some("it is older than the book in force".to_owned())
    } else if diff.elsewhere.count > 0 {
        Some(format!("{} of it in the book of another lender", counted(diff.elsewhere.count, "contract")))
    } else {
        (diff.needs_acceptance() && !accepts_fall).then(|| shrinks(diff))
    };
    match refusal {
        Some(why) => Err(Failure::error(Exit::Refused, format!("this file would not be imported: {why}"))),
        None if rejected_rows == 0 => Ok(Exit::Ok),
        None => Ok(Exit::PartlyDone),
    }
}

fn shrinks(diff: &Diff) -> String {
    format!(
        "the book would shrink by {} %: refused. If that is true, import it again with --yes",
        diff.row_fall_percent
    )
}

/// How old the book is, and from which age on it states nothing.
async fn age(site: &Site, file: &LoanFile, now: Timestamp) -> Result<String> {
    let in_force = site.store.rule_set().await?;
    let text = in_force.as_ref().map_or(rules::RuleSet::default_text(), |row| row.text.as_str());
    let of = |text: &str| -> Option<i64> {
        toml::from_str::<toml::Table>(text).ok()?.get("loan")?.get("fresh_max_h")?.as_integer()
    };
    // A rule set may leave a key out; then the default's value counts.
    let fresh_h = of(text).or_else(|| of(rules::RuleSet::default_text())).unwrap_or_default();
    let age_h = now.since(file.as_of).max(0) / HOUR_MS;
    let fresh = if age_h < fresh_h { "states" } else { "STALE: it states" };
    Ok(format!("as of {}, {age_h} h old; {fresh} nothing once it is {fresh_h} h old", file.as_of))
}

async fn diff(site: &Site, file: &LoanFile) -> Result<Diff> {
    site.catch_up().await?;
    let rows = site.store.loans().await?;
    let current = rows.iter().filter(|row| row.in_book);
    let current = current.map(|row| InForce { loan: &row.loan, staff_holds: &row.notes.staff_holds });
    let diff = loans::diff(current, file, site.journal.clock().now());
    let book = site.store.books().await?.into_iter().find(|book| book.lender == file.lender);
    let renews = file.is_complete() || renews_feed(diff.rows_after, diff.rows_together());
    let feed_stays = book.as_ref().filter(|book| book.whole && !renews).map(|book| book.as_of);
    Ok(diff.beside(book.map(|book| book.as_of), feed_stays))
}

/// Appends the rows, then the activation that makes them count.
pub(crate) async fn put_in_force(site: &Site, file: &LoanFile, accept_fall: bool) -> Result<String> {
    let (chunks, action) = book(file, accept_fall)?;
    site.ask_after(chunks, action).await
}

/// A book's rows, and the action that puts them in force.
pub(crate) fn book(file: &LoanFile, accept_fall: bool) -> Result<(Vec<Input>, Action)> {
    let order = ActivationOrder {
        book: format!("{} {}", file.lender, new_input_id().0),
        id: new_input_id(),
        actor: actor(),
        accept_fall,
    };
    match loans::book_inputs(file, &order) {
        (chunks, Input::Human(human)) => Ok((chunks, human.action)),
        _ => anyhow::bail!("a loan book did not end in its activation"),
    }
}

async fn bindings(config: &Config, args: &ImportBindings) -> Result<Exit> {
    let Some(path) = &args.file else {
        listing::write(args.output, COLUMNS, &loans::binding_columns().collect::<Vec<_>>())?;
        return Ok(Exit::Ok);
    };
    let source = opened(path)?;
    let site = Site::open(config).await?;
    let options =
        BindingOptions { from: site.journal.clock().now(), time_zone: Local::usual().name().into() };
    let file = loans::read_bindings(source, &options).map_err(|error| refused(path, &error))?;
    complain(path, &file.rejects, file.rejected_rows);
    name_unused(&file.ignored_columns);
    if args.dry_run {
        listing::line(&format!("{} would be put in force", counted(file.bindings.len(), "binding")))?;
    } else {
        let together = site.ask_together(loans::binding_actions(&file.bindings)).await?;
        told(&together)?;
    }
    site.close().await;
    Ok(if file.rejected_rows == 0 { Exit::Ok } else { Exit::PartlyDone })
}

/// Says what came of the portions of a file. One that was refused does not hold the others up.
fn told(together: &Together) -> Result<()> {
    let mut refused = Vec::new();
    for outcome in &together.outcomes {
        match outcome {
            Outcome::Done { message } => listing::line(message)?,
            Outcome::Refused { message } | Outcome::NotFound { message } | Outcome::Conflict { message } => {
                refused.push(message.as_str());
            }
        }
    }
    together.whole()?;
    if refused.is_empty() { Ok(()) } else { Err(Failure::error(Exit::Refused, refused.join("\n"))) }
}

/// A file to read.
pub(crate) fn opened(path: &Path) -> Result<File> {
    if path.is_dir() {
        let message = format!("{} is a directory; name the file", path.display());
        return Err(Failure::error(Exit::Usage, message));
    }
    File::open(path).with_context(|| format!("opening {}", path.display())).map_err(|error| {
        let exit = if path.exists() { Exit::Failed } else { Exit::NotFound };
        Failure::error(exit, format!("{error:#}"))
    })
}

fn refused(path: &Path, error: &loans::FileError) -> anyhow::Error {
    Failure::error(Exit::Refused, format!("{}: {error}", path.display()))
}

/// Somebody who filled a column believes that it counts.
fn name_unused(columns: &[String]) {
    if !columns.is_empty() {
        eprintln!("columns not used: {}", columns.join(", "));
    }
}

fn complain(path: &Path, rejects: &[Reject], rows: u64) {
    for reject in rejects.iter().take(REJECTS_SHOWN_MAX) {
        eprintln!("{}: {reject}", path.display());
    }
    if rejects.len() > REJECTS_SHOWN_MAX {
        eprintln!("… and {} more", rejects.len() - REJECTS_SHOWN_MAX);
    }
    if rows > 0 {
        eprintln!("{} refused; the others are not affected", counted(rows, "row"));
    }
}

/// Asks a person; where nobody can answer, the command line has said it all.
fn agreed(question: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(true);
    }
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Refused cells that are printed; the file has the rest.
const REJECTS_SHOWN_MAX: usize = 20;
const HOUR_MS: i64 = 3_600_000;
/// What is told of an accepted column.
const COLUMNS: &[&str] = &["name", "needed", "also"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::exit_of;
    use std::io::Cursor;

    fn trial(rows: usize, in_force: usize) -> Diff {
        let sheet = |rows: usize| {
            let rows: Vec<String> = (0..rows).map(|row| format!("C-{row},粤B1234{row},1")).collect();
            Cursor::new(format!("contract,plate,days_past_due\n{}\n", rows.join("\n")))
        };
        let as_of = Timestamp::parse("2026-11-20T00:00:00Z");
        let options = FileOptions { as_of, ..FileOptions::of(LenderId("main".into())) };
        let read = |rows| loans::read_loans(sheet(rows), &options).unwrap();
        let (before, staff_holds) = (read(in_force).loans, model::loan::Holds::default());
        let before = before.iter().map(|loan| InForce { loan, staff_holds: &staff_holds });
        loans::diff(before, &read(rows), as_of.unwrap())
    }

    #[test]
    fn a_dry_run_ends_as_the_import_would() {
        let code = |diff: &Diff, accepts_fall, rejected| {
            let now = diff.as_of.plus(-FUTURE_MAX);
            dry_exit(diff, now, accepts_fall, rejected).unwrap_or_else(|error| exit_of(&error))
        };
        let (good, shrunk) = (trial(9, 9), trial(5, 9));
        assert_eq!((code(&good, false, 0), code(&good, false, 1)), (Exit::Ok, Exit::PartlyDone));
        assert_eq!((code(&shrunk, false, 0), code(&shrunk, true, 0)), (Exit::Refused, Exit::Ok));
        assert_eq!(code(&Diff { older: true, ..trial(9, 9) }, true, 0), Exit::Refused);
        let early = dry_exit(&good, good.as_of.plus(-FUTURE_MAX - 1), true, 0);
        assert_eq!(exit_of(&early.unwrap_err()), Exit::Refused);
    }
}
