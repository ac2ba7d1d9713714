//! `lienwatch positions`: the position log. The audit line exists before the data is shown.

mod kept;

use crate::cli::{Include, Positions};
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::listing::{self, Output};
use crate::site::Site;
use crate::stays::vehicle_of;
use anyhow::Result;
use kept::each_kept;
use model::{TerminalId, Timestamp, VehicleId};
use serde_json::Value;
use std::collections::BTreeSet;
use store::{PositionQuery, PositionRecord};

/// Prints stored positions.
pub(crate) async fn positions(config: &Config, args: Positions) -> Result<Exit> {
    let site = Site::open(config).await?;
    let asked = Asked::of(&site, &args).await?;
    site.witness(asked.subject(), args.purpose).await?;
    let printed = asked.print(&site, args.output).await;
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
    /// Frames in quarantine as well, whenever they came.
    rejected: bool,
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
            rejected: args.include.contains(&Include::Rejected),
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
    async fn print(&self, site: &Site, output: Output) -> Result<usize> {
        if output == Output::Ndjson {
            let positions = if self.limit.is_none() {
                self.stream(site).await?
            } else {
                let rows = self.whole(site).await?;
                listing::write(output, COLUMNS, &rows)?;
                rows.len()
            };
            return Ok(positions + self.stream_kept(site).await?);
        }
        let rows = self.whole(site).await?;
        if !self.rejected {
            if !(rows.is_empty() && output == Output::Table) {
                listing::write(output, COLUMNS, &rows)?;
            }
            return Ok(rows.len());
        }
        let values = self.with_kept(site, &rows).await?;
        if !(values.is_empty() && output == Output::Table) {
            listing::write(output, &[COLUMNS, OF_REJECTED].concat(), &values)?;
        }
        Ok(values.len())
    }

    async fn stream_kept(&self, site: &Site) -> Result<usize> {
        let mut printed = 0;
        if self.rejected {
            let line = |row: Value| {
                printed += 1;
                listing::json(&row.to_string())
            };
            each_kept(site, self.terminals.as_deref(), line).await?;
        }
        Ok(printed)
    }

    async fn with_kept(&self, site: &Site, rows: &[PositionRecord]) -> Result<Vec<Value>> {
        let mut values = rows.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        let keep = |row| {
            values.push(row);
            if values.len() > ROWS_MAX {
                return Err(too_many(
                    "rows, with those that were rejected",
                    "name one --terminal, or ask for -o ndjson, which has no such bound",
                ));
            }
            Ok(())
        };
        each_kept(site, self.terminals.as_deref(), keep).await?;
        Ok(values)
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
                return Err(too_many("positions", "narrow it with --from and --to, or use --limit"));
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

fn too_many(what: &str, narrower: &str) -> anyhow::Error {
    Failure::error(Exit::Usage, format!("more than {ROWS_MAX} {what}: {narrower}, or use -o ndjson"))
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
