//! `lienwatch import`: files in, with everything that is wrong named, and nothing half applied.

mod addresses;
mod events;

use crate::cli::{Import, ImportBindings, ImportLoans};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::{Site, Together, actor, new_input_id};
use crate::zone::Local;
use anyhow::{Context, Result};
use loans::{ActivationOrder, BindingOptions, FileOptions, LoanFile, Reject};
use model::input::{Action, Input, Outcome};
use model::unit::counted;
use model::{LenderId, Loan, Timestamp};
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Imports a file.
pub(crate) async fn import(config: &Config, command: Import) -> Result<Exit> {
    match command {
        Import::Loans(args) => loan_book(config, &args).await,
        Import::Bindings(args) => bindings(config, &args).await,
        Import::Events(args) => events::events(config, &args).await,
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
    eprintln!("{diff}");
    eprintln!("{}", age(&site, &file, now).await?);
    if args.dry_run {
        if wants_json(args.output) {
            listing::json(&serde_json::to_string(&diff)?)?;
        }
        site.close().await;
        return Ok(if file.rejected_rows == 0 { Exit::Ok } else { Exit::PartlyDone });
    }
    if diff.needs_acceptance() && !args.yes {
        // Without its rows: the fold refuses it too, and tells those who look after feeds. Nobody may be here to read this.
        let (_, action) = book(&file, args.yes)?;
        drop(site.ask(action).await);
        let message = format!(
            "the book would shrink by {} %: refused. If that is true, import it again with --yes",
            diff.row_fall_percent
        );
        return Err(Failure::error(Exit::Refused, message));
    }
    if !args.yes && !agreed()? {
        return Err(Failure::error(Exit::Refused, "not imported"));
    }
    listing::line(&put_in_force(&site, &file, args.yes).await?)?;
    addresses::file_addresses(&site, &file).await?;
    site.close().await;
    Ok(if file.rejected_rows == 0 { Exit::Ok } else { Exit::PartlyDone })
}

/// A person has read the comparison on stderr; a program reads it on stdout.
fn wants_json(output: Option<Output>) -> bool {
    match output {
        Some(Output::Json | Output::Ndjson) => true,
        Some(Output::Table | Output::Csv) => false,
        None => !std::io::stdout().is_terminal(),
    }
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

async fn diff(site: &Site, file: &LoanFile) -> Result<loans::Diff> {
    site.catch_up().await?;
    let current: Vec<Loan> =
        site.store.loans().await?.into_iter().filter(|row| row.in_book).map(|row| row.loan).collect();
    let mut diff = loans::diff(&current, file, site.journal.clock().now());
    // A payment since then made its own row younger; the book is as old as it says.
    let book = site.store.books().await?.into_iter().find(|book| book.lender == file.lender);
    diff.current_as_of = book.map(|book| book.as_of);
    diff.older = diff.current_as_of.is_some_and(|current| file.as_of < current);
    Ok(diff)
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
fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(true);
    }
    eprint!("Put this book in force? [y/N] ");
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
