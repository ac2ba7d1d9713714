//! `lienwatch audit verify`: walks the chain from its first line.

use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing;
use crate::site::Site;
use anyhow::Result;

/// Checks that no line was changed or taken out.
pub(crate) async fn verify(config: &Config) -> Result<Exit> {
    let site = Site::open(config).await?;
    site.catch_up().await?;
    let mut last = None;
    loop {
        let from = last.as_ref().map_or(0, |row: &store::AuditRow| row.line);
        let page = site.store.audit_after(from, PAGE).await?;
        if let Some(line) = watch::verify_audit(&page, last.as_ref()) {
            return Err(Failure::error(
                Exit::Problems,
                format!("audit line {line} does not follow from the one before it"),
            ));
        }
        match page.into_iter().last() {
            Some(row) => last = Some(row),
            None => break,
        }
    }
    match last {
        Some(row) => {
            listing::line(&format!(
                "{} audit lines, unbroken; the last one's hash is {}",
                row.line, row.hash
            ))?;
        }
        None => listing::line("no audit lines yet")?,
    }
    site.close().await;
    Ok(Exit::Ok)
}

/// Lines read at once.
const PAGE: i64 = 1_000;
