//! `lienwatch rules`: what alerts are raised for, in sentences, and whether a rule set reads.

use crate::backtest::backtest;
use crate::cli::{Language, Rules, RulesFile};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::lenders;
use crate::listing;
use crate::rule_tests;
use crate::site::Site;
use anyhow::Result;
use model::LenderId;
use rules::RuleSet;
use serde::Serialize;
use std::path::Path;

/// Does what is asked of rule sets.
pub(crate) async fn rule_sets(config: &Config, command: Rules) -> Result<Exit> {
    match command {
        Rules::List { rule_set: RulesFile { file }, lender, language, output } => {
            let (lender, of_file) = (lender.map(LenderId), file.is_some());
            let rule_set = match file {
                Some(file) => read(&file)?,
                None => in_force(config).await?,
            };
            let has_none_of_its_own =
                lender.as_ref().filter(|lender| !rule_set.lenders().any(|known| known == *lender));
            if let Some(lender) = has_none_of_its_own {
                if !of_file {
                    known(config, lender).await?;
                }
                eprintln!("the rule set has no thresholds of {lender}'s own: these are everybody's");
            }
            list(&rule_set, lender.as_ref(), language, output)?;
        }
        Rules::Check { file } => {
            let rule_set = read(&file)?;
            let lenders: Vec<&str> = rule_set.lenders().map(|lender| lender.0.as_str()).collect();
            let of_lenders = match lenders.as_slice() {
                [] => String::new(),
                lenders => format!("; with thresholds of their own: {}", lenders.join(", ")),
            };
            listing::line(&format!(
                "{} is a rule set; hash {}{of_lenders}",
                file.display(),
                rule_set.hash()
            ))?;
        }
        Rules::Backtest(args) => return Box::pin(backtest(config, args)).await,
        Rules::Test(args) => return Box::pin(rule_tests::test(config, args)).await,
        Rules::Default => listing::line(RuleSet::default_text().trim_end())?,
    }
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Line {
    rule: model::Rule,
    raised_when: String,
}

fn list(
    rule_set: &RuleSet,
    lender: Option<&LenderId>,
    language: Language,
    output: listing::Output,
) -> Result<()> {
    let line = |(rule, en)| match language {
        Language::En => Line { rule, raised_when: en },
        Language::Zh => Line { rule, raised_when: rules::sentence_zh(rule_set, lender, rule) },
    };
    let lines: Vec<Line> = rules::sentences(rule_set, lender).map(line).collect();
    listing::write(output, &["rule", "raised_when"], &lines)
}

/// Fails of a lender that nothing has.
async fn known(config: &Config, lender: &LenderId) -> Result<()> {
    let site = Site::open(config).await?;
    let is_unheard_of = !lenders::unheard_of(&site, std::slice::from_ref(lender)).await?.is_empty();
    let listed = lenders::listed(&site).await?;
    site.close().await;
    if is_unheard_of {
        let message = format!("no loan book and no threshold is of the lender {lender}. {listed}");
        return Err(Failure::error(Exit::NotFound, message));
    }
    Ok(())
}

/// The one that the store has, or the one that comes with the program.
async fn in_force(config: &Config) -> Result<RuleSet> {
    let site = Site::open(config).await?;
    let row = site.store.rule_set().await?;
    site.close().await;
    match row {
        Some(row) => RuleSet::parse(&row.text)
            .map_err(|error| Failure::error(Exit::Problems, format!("the rule set in force: {error}"))),
        None => Ok(RuleSet::default()),
    }
}

/// Reads a rule set from a file.
pub(crate) fn read(file: &Path) -> Result<RuleSet> {
    let named =
        |exit, error: &dyn std::fmt::Display| Failure::error(exit, format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| {
        let exit = if error.kind() == std::io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Failed };
        named(exit, &error)
    })?;
    RuleSet::parse(&text).map_err(|error| named(Exit::Problems, &error))
}
