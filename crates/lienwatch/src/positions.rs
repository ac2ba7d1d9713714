//! `lienwatch positions`: the position log. The audit line exists before the data is shown.

use crate::cli::{Include, Positions};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::Site;
use anyhow::Result;
use model::TerminalId;
use store::{PositionQuery, PositionRecord};

/// Prints stored positions.
pub(crate) async fn positions(config: &Config, args: Positions) -> Result<Exit> {
    let usage = |error: model::id::InvalidId| Failure::error(Exit::Usage, error.to_string());
    let terminal = args.terminal.as_deref().map(TerminalId::parse).transpose().map_err(usage)?;
    let site = Site::open(config).await?;
    let now = site.journal.clock().now();
    let (from, to) = (args.from.map(|from| from.on(now)), args.to.map(|to| to.on(now)));
    let subject = format!(
        "positions terminal={} from={} to={}",
        terminal.map_or("all".into(), |terminal| terminal.to_string()),
        from.map_or("-".into(), |from| from.to_string()),
        to.map_or("-".into(), |to| to.to_string()),
    );
    site.witness(subject, args.purpose).await?;
    let query = PositionQuery { terminal, from, to, late: args.include.contains(&Include::Late) };
    if print(&site, &query, args.output).await? == 0 {
        eprintln!(
            "no positions like that; `lienwatch devices list` says who was heard, and who waits in quarantine"
        );
    }
    if args.include.contains(&Include::Rejected) {
        rejected(&site, terminal, args.output).await?;
    }
    site.close().await;
    Ok(Exit::Ok)
}

/// Streams in the line-wise form; the other forms need the whole. Gives how many there are.
async fn print(site: &Site, query: &PositionQuery, output: Output) -> Result<usize> {
    if output == Output::Ndjson {
        let mut printed = 0;
        let streamed = site.store.positions(query, |page| {
            printed += page.len();
            page.iter().try_for_each(|record| listing::json(&serde_json::to_string(record)?))
        });
        streamed.await??;
        return Ok(printed);
    }
    let mut rows: Vec<PositionRecord> = Vec::new();
    let all = site.store.positions(query, |page| {
        rows.extend(page);
        if rows.len() > ROWS_MAX { Err(()) } else { Ok(()) }
    });
    if all.await?.is_err() {
        let message =
            format!("more than {ROWS_MAX} positions: narrow it with --from and --to, or use -o ndjson");
        return Err(Failure::error(Exit::Usage, message));
    }
    if !(rows.is_empty() && output == Output::Table) {
        listing::write(output, COLUMNS, &rows)?;
    }
    Ok(rows.len())
}

/// Frames that are kept but are no positions of ours: those of terminals in quarantine.
async fn rejected(site: &Site, terminal: Option<TerminalId>, output: Output) -> Result<()> {
    let terminals = match terminal {
        Some(terminal) => vec![terminal],
        None => site.store.quarantined_terminals().await?,
    };
    for terminal in terminals {
        for kept in site.store.quarantine_of(terminal).await? {
            let line = serde_json::json!({
                "terminal": terminal.to_string(),
                "rejected": "quarantine",
                "seq": kept.seq.0,
                "hex": kept.frame.map(hex::encode),
            });
            if output == Output::Ndjson {
                listing::line(&line.to_string())?;
            } else {
                eprintln!("rejected: {line}");
            }
        }
    }
    Ok(())
}

const COLUMNS: &[&str] = &[
    "terminal",
    "protocol",
    "vehicle",
    "fix_time",
    "received_at",
    "fixed",
    "lat",
    "lon",
    "speed_kmh",
    "course",
    "late",
];

/// Rows that a form which is not line-wise may hold in memory.
const ROWS_MAX: usize = 200_000;
