//! `lienwatch audit`: who did and saw what, and whether the chain holds from its first line.

use crate::cli::{Audit, Audited};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing;
use crate::site::Site;
use anyhow::Result;
use serde_json::json;
use store::AuditQuery;

/// Does what is asked of the audit log.
pub(crate) async fn audit(config: &Config, command: Audit) -> Result<Exit> {
    let site = Site::open(config).await?;
    site.catch_up().await?;
    match command {
        Audit::List(args) => list(&site, args).await?,
        Audit::Verify => verify(&site).await?,
    }
    site.close().await;
    Ok(Exit::Ok)
}

async fn list(site: &Site, args: Audited) -> Result<()> {
    let now = site.journal.clock().now();
    let everything = AuditQuery::default();
    let mut query = AuditQuery {
        before: everything.before,
        actor: args.actor.unwrap_or_default(),
        action: args.action.unwrap_or_default(),
        subject: args.subject.unwrap_or_default(),
        from: args.from.map_or(everything.from, |from| from.on(now)),
        to: args.to.map_or(everything.to, |to| to.on(now)),
    };
    let (limit, mut rows) = (i64::from(args.limit), Vec::new());
    loop {
        let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let page = site.store.audit(&query, left.min(PAGE)).await?;
        let Some(last) = page.last().filter(|_| left > 0) else { break };
        query.before = last.line;
        rows.extend(page.into_iter().map(|row| {
            json!({
                "line": row.line,
                "at": row.at,
                "actor": row.actor,
                "action": row.action,
                "subject": row.subject,
                "purpose": row.purpose,
                "outcome": row.outcome,
                "hash": row.hash,
            })
        }));
    }
    let columns = ["line", "at", "actor", "action", "subject", "purpose", "outcome"];
    listing::write(args.output, &columns, &rows)
}

/// Checks that no line was changed or taken out.
async fn verify(site: &Site) -> Result<()> {
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
            listing::line(&format!("{} audit lines, unbroken; the last one's hash is {}", row.line, row.hash))
        }
        None => listing::line("no audit lines yet"),
    }
}

/// Lines read at once.
const PAGE: i64 = 1_000;
