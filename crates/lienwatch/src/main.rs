//! Command line, config, wiring, signals.
//!
//! Shape: one module a command; stdout carries data, stderr talks; the exit code says how it ended (DESIGN.md §7).

/// Talks on stderr. The standard library's panics where nobody reads there any more, as behind `2>&1 | head`.
macro_rules! eprintln {
    ($($words:tt)*) => { crate::listing::aside(&format!($($words)*)) };
}

mod alerts;
mod audit;
mod backtest;
mod cli;
mod command;
mod config;
mod decode;
mod demo;
mod devices;
mod encode;
mod exit;
mod explain;
mod history;
mod import;
mod lenders;
mod listing;
mod loan;
mod log;
mod people;
mod places;
mod positions;
mod replay;
mod rule_sets;
mod rule_tests;
mod serve;
mod site;
mod stays;
mod whereabouts;
mod worklist;
mod zone;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Command, ConfigCommand, Place};
use config::{Config, Overrides};
use exit::{Exit, exit_of};
use journal::ClockSpec;
use std::process::ExitCode;

/// A connection and the fold are small pieces that come and go: half the memory of the system's own, see ARCHITECTURE.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Two databases and a webhook share one crypto provider; a second installation cannot happen in one process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = match serve::unhurried(&mut runtime).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no runtime: {error}");
            return ExitCode::from(Exit::Failed.code());
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(exit) => ExitCode::from(exit.code()),
        // The reader had enough, as `head` has.
        Err(error) if error.is::<listing::Closed>() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}{}", said(&error), advice(&error));
            ExitCode::from(exit_of(&error).code())
        }
    }
}

/// An error with its causes. Some repeat their cause themselves; it is said once.
fn said(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |said, cause| {
        let cause = cause.to_string();
        if said.ends_with(&cause) { said } else { format!("{said}: {cause}") }
    })
}

/// What to do about an address that is taken.
fn advice(error: &anyhow::Error) -> &'static str {
    let taken = |source: &std::io::Error| source.kind() == std::io::ErrorKind::AddrInUse;
    if let Some(ingest::IngestError::Bind { source, .. }) = error.downcast_ref()
        && taken(source)
    {
        return "; stop what has this port, or name another with --listen ADDRESS";
    }
    if let Some(web::WebError::Bind { source, .. }) = error.downcast_ref()
        && taken(source)
    {
        return "; stop what has this port, or name another with --http ADDRESS (--http= for none)";
    }
    ""
}

async fn run(cli: Cli) -> Result<Exit> {
    let place = &cli.place;
    match cli.command {
        Command::Serve(args) => {
            let overrides = Overrides { listen: args.listen, http: args.http, ..Overrides::default() };
            let config = load(place, overrides)?;
            log::start(&config.log);
            let start = serve::Start {
                clock: ClockSpec::System,
                accept_journal: args.accept_journal,
                is_demo: false,
            };
            Box::pin(serve::serve(config, start)).await?;
            Ok(Exit::Ok)
        }
        Command::Demo(args) => {
            // A variable of the environment may be meant for other commands: no reason to refuse.
            if place.data_dir.is_some() || place.store_url.is_some() || place.config.is_some() {
                eprintln!(
                    "a demo works on a temporary folder with a configuration of its own: --data-dir, --store-url and --config are \
                     not used"
                );
            }
            Box::pin(demo::demo(&args, place.log.as_deref())).await
        }
        Command::Decode(args) => decode::decode(&args),
        Command::Encode(args) => encode::encode(&args),
        Command::Replay(args) => Box::pin(replay::replay(&args)).await,
        Command::Positions(args) => Box::pin(positions::positions(&quiet(place)?, args)).await,
        Command::Stays(args) => Box::pin(stays::stays(&quiet(place)?, args)).await,
        Command::Whereabouts(args) => Box::pin(whereabouts::whereabouts(&quiet(place)?, args)).await,
        Command::Alerts(command) => Box::pin(alerts::alerts(&quiet(place)?, command)).await,
        Command::Explain(args) => Box::pin(explain::explain(&quiet(place)?, args)).await,
        Command::Devices(command) => Box::pin(devices::devices(&quiet(place)?, command)).await,
        Command::Tell(command) => Box::pin(command::command(&quiet(place)?, command)).await,
        Command::Import(command) => Box::pin(import::import(&quiet(place)?, command)).await,
        Command::Loan(command) => Box::pin(loan::loan(&quiet(place)?, command)).await,
        Command::Places(command) => Box::pin(places::places(&quiet(place)?, command)).await,
        Command::Worklist(list) => Box::pin(worklist::worklist(&quiet(place)?, list)).await,
        Command::Audit(command) => Box::pin(audit::audit(&quiet(place)?, command)).await,
        Command::User(command) => Box::pin(people::user(&quiet(place)?, command)).await,
        Command::Team(command) => Box::pin(people::team(&quiet(place)?, command)).await,
        Command::Token(command) => Box::pin(people::token(&quiet(place)?, command)).await,
        Command::Openapi => {
            listing::json(&web::openapi_json())?;
            Ok(Exit::Ok)
        }
        Command::Rules(command) => Box::pin(rule_sets::rule_sets(&quiet(place)?, command)).await,
        Command::Config(ConfigCommand::Check) => {
            let config = load(place, Overrides::default())?;
            let dir = config.data_dir.display();
            listing::line(&format!("configuration is valid; data in {dir}; the store was not contacted"))?;
            Ok(Exit::Ok)
        }
    }
}

fn load(place: &Place, overrides: Overrides) -> Result<Config> {
    let overrides = Overrides {
        data_dir: place.data_dir.clone(),
        store_url: place.store_url.clone(),
        log: place.log.clone(),
        ..overrides
    };
    Config::load(place.config.as_deref(), overrides)
}

/// The configuration for a command that answers on stdout: it logs warnings only, unless told otherwise.
fn quiet(place: &Place) -> Result<Config> {
    let mut config = load(place, Overrides::default())?;
    if place.log.is_none() {
        config.log.filter = "warn".into();
    }
    log::start(&config.log);
    Ok(config)
}
