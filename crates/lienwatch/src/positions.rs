//! `lienwatch positions`: the position log. The audit line exists before the data is shown.

use crate::cli::{Include, Positions};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::Site;
use crate::stays::vehicle_of;
use anyhow::Result;
use model::{TerminalId, Timestamp, VehicleId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{PositionQuery, PositionRecord};

/// Prints stored positions.
pub(crate) async fn positions(config: &Config, args: Positions) -> Result<Exit> {
    let site = Site::open(config).await?;
    let asked = Asked::of(&site, &args).await?;
    site.witness(asked.subject(), args.purpose).await?;
    let kept = if args.include.contains(&Include::Rejected) {
        Some(rejected(&site, asked.terminals.as_deref()).await?)
    } else {
        None
    };
    let printed = asked.print(&site, args.output, kept).await;
    site.tell_of_failure(&asked.subject(), printed.as_ref().err()).await;
    if printed? == 0 {
        eprintln!(
            "no positions like that; `lienwatch devices list` says who was heard, and who waits in quarantine"
        );
    }
    site.close().await;
    Ok(Exit::Ok)
}

/// Which positions.
struct Asked {
    /// `None` = everybody's.
    terminals: Option<Vec<TerminalId>>,
    vehicle: Option<VehicleId>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    late: bool,
    /// The newest only.
    limit: Option<usize>,
}

impl Asked {
    async fn of(site: &Site, args: &Positions) -> Result<Self> {
        let usage = |error: model::id::InvalidId| Failure::error(Exit::Usage, error.to_string());
        let terminal = args.terminal.as_deref().map(TerminalId::parse).transpose().map_err(usage)?;
        let (mut terminals, mut vehicle) = (terminal.map(|terminal| vec![terminal]), None);
        if let Some(name) = &args.vehicle {
            site.catch_up().await?;
            let found = vehicle_of(site, name).await?;
            let bindings = site.store.bindings_on(found).await?.into_iter();
            let ever_on_it: BTreeSet<TerminalId> = bindings.map(|row| row.binding.terminal).collect();
            (terminals, vehicle) = (Some(ever_on_it.into_iter().collect()), Some(found));
        }
        let now = site.journal.clock().now();
        Ok(Self {
            terminals,
            vehicle,
            from: args.from.map(|from| from.on(now)),
            to: args.to.map(|to| to.on(now)),
            late: args.include.contains(&Include::Late),
            limit: args.limit.and_then(|limit| usize::try_from(limit).ok()),
        })
    }

    /// As its audit line says it.
    fn subject(&self) -> String {
        let told = |at: Option<Timestamp>| at.map_or("-".into(), |at| at.to_string());
        let whose = match (self.vehicle, self.terminals.as_deref()) {
            (Some(vehicle), _) => format!("vehicle={vehicle}"),
            (None, Some([terminal, ..])) => format!("terminal={terminal}"),
            (None, _) => "terminal=all".to_owned(),
        };
        format!("positions {whose} from={} to={}", told(self.from), told(self.to))
    }

    fn queries(&self) -> Vec<PositionQuery> {
        let of = |terminal| PositionQuery { terminal, from: self.from, to: self.to, late: self.late };
        match &self.terminals {
            Some(terminals) => terminals.iter().map(|terminal| of(Some(*terminal))).collect(),
            None => vec![of(None)],
        }
    }

    /// What a terminal said on another vehicle is not of this one.
    fn admits(&self, record: &PositionRecord) -> bool {
        self.vehicle.is_none_or(|vehicle| record.vehicle.as_deref() == Some(vehicle.as_str()))
    }

    /// Streams in the line-wise form, terminal after terminal; the other forms need the whole. Behind the positions come the frames
    /// that are none, where they are wanted. Gives how many rows there are.
    async fn print(&self, site: &Site, output: Output, kept: Option<Vec<Value>>) -> Result<usize> {
        let is_streamed = output == Output::Ndjson && self.limit.is_none();
        let (mut printed, mut rows) = (0, Vec::new());
        if is_streamed {
            printed = self.stream(site).await?;
        } else {
            rows = self.whole(site).await?;
        }
        let Some(kept) = kept else {
            printed += rows.len();
            if !(is_streamed || rows.is_empty() && output == Output::Table) {
                listing::write(output, COLUMNS, &rows)?;
            }
            return Ok(printed);
        };
        let mut values = rows.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        values.extend(kept);
        if !(values.is_empty() && output == Output::Table) {
            listing::write(output, &[COLUMNS, OF_REJECTED].concat(), &values)?;
        }
        Ok(printed + values.len())
    }

    async fn stream(&self, site: &Site) -> Result<usize> {
        let mut printed = 0;
        for query in self.queries() {
            let streamed = site.store.positions(&query, |page| {
                page.iter().filter(|record| self.admits(record)).try_for_each(|record| {
                    printed += 1;
                    listing::json(&serde_json::to_string(record)?)
                })
            });
            streamed.await??;
        }
        Ok(printed)
    }

    async fn whole(&self, site: &Site) -> Result<Vec<PositionRecord>> {
        let mut rows: Vec<PositionRecord> = Vec::new();
        for query in self.queries() {
            let before = rows.len();
            let all = site.store.positions(&query, |page| {
                rows.extend(page.into_iter().filter(|record| self.admits(record)));
                self.leave_the_newest(&mut rows, before);
                if rows.len() > ROWS_MAX { Err(()) } else { Ok(()) }
            });
            if all.await?.is_err() {
                let message = format!(
                    "more than {ROWS_MAX} positions: narrow it with --from and --to, or use --limit or -o ndjson"
                );
                return Err(Failure::error(Exit::Usage, message));
            }
        }
        if self.vehicle.is_some() {
            rows.sort_by_key(|record| record.fix_time);
        }
        self.leave_the_newest(&mut rows, 0);
        Ok(rows)
    }

    /// Of those from a place on.
    fn leave_the_newest(&self, rows: &mut Vec<PositionRecord>, from: usize) {
        let Some(limit) = self.limit else { return };
        let too_many = rows.len().saturating_sub(from).saturating_sub(limit);
        rows.drain(from..from + too_many);
    }
}

/// Frames that are kept but are no positions of ours: those of terminals in quarantine.
async fn rejected(site: &Site, terminals: Option<&[TerminalId]>) -> Result<Vec<Value>> {
    let terminals = match terminals {
        Some(terminals) => terminals.to_vec(),
        None => site.store.quarantined_terminals().await?,
    };
    let mut rows = Vec::new();
    for terminal in terminals {
        rows.extend(site.store.quarantine_of(terminal).await?.into_iter().map(|kept| {
            json!({
                "terminal": terminal.to_string(),
                "rejected": "quarantine",
                "seq": kept.seq.0,
                "hex": kept.frame.map(hex::encode),
            })
        }));
    }
    Ok(rows)
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

/// Further columns of frames that are no positions.
const OF_REJECTED: &[&str] = &["rejected", "seq", "hex"];

/// Rows that a form which is not line-wise may hold in memory.
const ROWS_MAX: usize = 200_000;
