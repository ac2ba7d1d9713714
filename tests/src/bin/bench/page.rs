//! The results page: what is kept of full runs, for people.
//!
//! Shape: the results → `deploy/BENCHMARKS.md` and two SVGs beside it. Units: those of the line. Errors: a part that is not
//! in the line is named as missing, not left out in silence. Source: issue, speed 3.

mod chart;

use anyhow::Context as _;
use chart::{Chart, Scale};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::path::Path;

/// Writes page and pictures into a folder.
pub(crate) fn write(line: &Value, folder: &Path) -> anyhow::Result<()> {
    let mut page = HEAD.to_owned();
    let parts = line.get("parts").and_then(Value::as_object).context("parts")?;
    for (name, title, section) in SECTIONS {
        writeln!(page, "\n## {title}\n")?;
        match parts.get(*name) {
            Some(part) => {
                section(&mut page, figures(part))?;
                writeln!(page, "\n{}", measured(part))?;
            }
            None => writeln!(page, "Not measured yet.")?,
        }
    }
    if let Some(open) = parts.get("open").map(figures).and_then(Value::as_object) {
        ladder(open).draw(&folder.join("benchmarks-ladder.svg"))?;
    }
    if let Some(sizes) = parts.get("size").map(figures).and_then(Value::as_array) {
        cost(sizes).draw(&folder.join("benchmarks-size.svg"))?;
    }
    Ok(std::fs::write(folder.join("BENCHMARKS.md"), page)?)
}

type Section = fn(&mut String, &Value) -> anyhow::Result<()>;

/// Part, title, and how its figures are told.
const SECTIONS: &[(&str, &str, Section)] = &[
    ("sustain", "Held for a minute on an aged store", sustain),
    ("open", "Open loop: the ladder", open),
    ("closed", "Closed loop: ceilings and their controls", closed),
    ("fold", "End to end: deduplicated, ruled, queryable", table_by_name),
    ("rules", "A report made, observed and judged", table),
    ("size", "Known terminals", sizes),
    ("idle", "Idle connections", |page, figures| table(page, figures.get("counts").unwrap_or(figures))),
    ("cost", "Bytes a report", one_row),
    ("month", "A car's month", table),
    ("desk", "Event to screen, and a long track", desk),
    ("bare", "The disk and the database alone", one_row),
];

fn figures(part: &Value) -> &Value {
    part.get("figures").unwrap_or(part)
}

/// Where, when and of which commit a part was measured, and how busy the machine was. Of older parts no commit is known.
fn measured(part: &Value) -> String {
    let of = |name: &str| part.get(name).map(plain).unwrap_or_default();
    let (date, repeats, before, after) = (of("date"), of("repeats"), of("load_before"), of("load_after"));
    let machine = part.get("machine").and_then(Value::as_object).into_iter().flatten();
    let machine: Vec<String> = machine.map(|(name, value)| format!("{name} {}", plain(value))).collect();
    let commit = part.get("commit").map(|commit| format!(" of commit {}", plain(commit))).unwrap_or_default();
    format!(
        "<sub>{}; {date}{commit}, {repeats} repeats, load {before} before and {after} after</sub>",
        machine.join(", ")
    )
}

const HEAD: &str = "# Benchmarks

Written by `tests/bench --full`, of `benchmarks.json`; do not edit by hand. Each figure: median [smallest..largest] of the repeats.

To reproduce: `tests/bench --full` on a machine that does nothing else, or `tests/bench --full --only PART`, which renews one part of this \
page; `tests/bench` for a look. Server and load have a core each, PostgreSQL runs where the system puts it, with the settings of \
`deploy/README.md` and `deploy/sysctl.conf`. Absolute numbers are those of the machine that stands below each part: compare the ratios, which are taken within one \
round. `work ms` is what a piece of arithmetic took meanwhile that is always the same: where it is more, the processor was slower, and the \
figures beside it are of a busy hour.

A figure is told only if, after `kill -9` and a restart, every acknowledged report was found once and as it was sent: in the minute on an aged \
store, the ladder, end to end, bytes a report and event to screen after every run (where one server serves several, after the last of them, the reports of \
all); in the closed loop after as many rounds as it says, of `sqlite`, `postgres` and `journal_alone`, whose journal is folded into a new store for it \
(the other variants keep nothing); of known terminals after the last round. Nothing is looked for in the parts that acknowledge nothing or keep none of it: \
a report judged, idle connections, a car's month, a long track, the disk and the database alone.\n";

fn open(page: &mut String, figures: &Value) -> anyhow::Result<()> {
    let held = figures.get("seconds").map(plain).unwrap_or_default();
    let above = figures.get("seconds_above").map_or_else(|| held.clone(), plain);
    writeln!(page, "![latency over rate](benchmarks-ladder.svg)\n")?;
    writeln!(
        page,
        "Latency counts from the intended time of a frame. Sustained: at least 99 % answered, p99 at most 20 ms (50 ms above \
         10,000/s), the fold at most 2 s behind and not falling back; for {held} s up to 25,000/s, for {above} s \
         above.\n"
    )?;
    stores(page, figures)
}

/// A table a store.
fn stores(page: &mut String, figures: &Value) -> anyhow::Result<()> {
    for (store, rungs) in figures.as_object().into_iter().flatten().filter(|(_, rungs)| rungs.is_array()) {
        writeln!(page, "\n**{store}**\n")?;
        table(page, rungs)?;
    }
    Ok(())
}

fn sustain(page: &mut String, figures: &Value) -> anyhow::Result<()> {
    let of = |name: &str| figures.get(name).map(plain).unwrap_or_default();
    writeln!(
        page,
        "{} position rows before, {} connections, {} s a run; sustained as in the ladder below.",
        of("aged_rows"),
        of("connections"),
        of("seconds")
    )?;
    stores(page, figures)
}

fn closed(page: &mut String, figures: &Value) -> anyhow::Result<()> {
    if let Some(found) = figures.get("acknowledged_and_found_after_kill").and_then(Value::as_object) {
        let found: Vec<String> =
            found.iter().map(|(name, count)| format!("{name} {}", plain(count))).collect();
        let rounds = match figures.get("rounds_proved").and_then(Value::as_u64) {
            // Figures of before say nothing of rounds: only the last one was proved.
            None | Some(1) => "round".to_owned(),
            Some(rounds) => format!("{rounds} rounds"),
        };
        writeln!(page, "Acknowledged in the last {rounds}, and found after the kill: {}.", found.join(", "))?;
    }
    for (window, rows) in
        figures.as_object().into_iter().flatten().filter(|(_, rows)| rows.get("ratios").is_some())
    {
        let rows = rows.as_object().context("rows")?;
        let ratios = rows.get("ratios").context("ratios")?;
        let rows: Map<String, Value> =
            rows.clone().into_iter().filter(|(name, _)| name != "ratios").collect();
        writeln!(page, "\n**{window}**\n")?;
        table_by_name(page, &Value::Object(rows))?;
        writeln!(page)?;
        table_by_name(page, ratios)?;
    }
    Ok(())
}

fn sizes(page: &mut String, figures: &Value) -> anyhow::Result<()> {
    writeln!(page, "![cost over size](benchmarks-size.svg)\n")?;
    writeln!(page, "Found after the kill: what was sent in the last round alone.\n")?;
    table(page, figures)
}

fn desk(page: &mut String, figures: &Value) -> anyhow::Result<()> {
    let of = |name: &str| figures.get(name).map(plain).unwrap_or_default();
    writeln!(
        page,
        "Seconds from the intended time of an alarm's frame, on an overdue car, until its alert is told on the live stream, and \
         until it is read as a console reads it; meanwhile every car of the load reports each second. Target: p95 at most \
         {} s. An event that never comes to the screen leaves no figure.\n",
        of("screen_target_s")
    )?;
    table(page, figures.get("screen").context("the screen")?)?;
    writeln!(
        page,
        "\nThe track of one car, asked for as a map does on a server that does nothing else. Target: at most {} s and {} bytes.\n",
        of("track_target_s"),
        of("track_target_bytes")
    )?;
    table(page, figures.get("track").context("the tracks")?)
}

/// Objects under names: the name is the first column.
fn table_by_name(page: &mut String, figures: &Value) -> anyhow::Result<()> {
    let rows = figures.as_object().context("rows")?.iter().map(|(name, row)| {
        let mut named = Map::from_iter([("of".to_owned(), Value::from(name.as_str()))]);
        named.extend(row.as_object().cloned().unwrap_or_default());
        Value::Object(named)
    });
    table(page, &Value::Array(rows.collect()))
}

fn one_row(page: &mut String, figures: &Value) -> anyhow::Result<()> {
    table(page, &Value::Array(vec![figures.clone()]))
}

/// Rows with the same columns.
fn table(page: &mut String, rows: &Value) -> anyhow::Result<()> {
    let rows = rows.as_array().context("rows")?;
    let Some(first) = rows.first().and_then(Value::as_object) else { return Ok(()) };
    // The name first, wherever the alphabet puts it.
    let mut columns: Vec<&String> = first.keys().collect();
    columns.sort_by_key(|column| !LEADING.contains(&column.as_str()));
    let shown: Vec<String> = columns.iter().map(|column| column.replace('_', " ")).collect();
    writeln!(page, "| {} |", shown.join(" | "))?;
    writeln!(page, "|{}", "---|".repeat(columns.len()))?;
    for row in rows {
        let cells = columns.iter().map(|column| row.get(column.as_str()).map(plain).unwrap_or_default());
        writeln!(page, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    Ok(())
}

const LEADING: [&str; 5] = ["of", "rate", "known", "connections", "store"];

/// A value as people read it; a spread in one cell.
fn plain(value: &Value) -> String {
    match value {
        Value::Array(values) if values.is_empty() => "none".into(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::String(text) => text.clone(),
        Value::Object(spread) => {
            let of = |name: &str| spread.get(name).and_then(Value::as_f64).unwrap_or(0.0);
            format!("{} [{}..{}]", number(of("median")), number(of("min")), number(of("max")))
        }
        other => other.to_string(),
    }
}

fn number(number: f64) -> String {
    let places = if number.abs() >= 100.0 { 0 } else { 2 };
    format!("{number:.places$}")
}

fn median(row: &Value, name: &str) -> f64 {
    row.get(name).and_then(|spread| spread.get("median")).and_then(Value::as_f64).unwrap_or(0.0)
}

fn plain_number(row: &Value, name: &str) -> f64 {
    row.get(name).and_then(Value::as_f64).unwrap_or(0.0)
}

fn ladder(open: &Map<String, Value>) -> Chart {
    let mut curves = Vec::new();
    for (store, rungs) in open {
        for percentile in ["p50_ms", "p99_ms"] {
            let rungs = rungs.as_array().into_iter().flatten();
            let points: Vec<_> =
                rungs.map(|rung| (plain_number(rung, "rate"), median(rung, percentile))).collect();
            if !points.is_empty() {
                curves.push((format!("{store} {}", percentile.trim_end_matches("_ms")), points));
            }
        }
    }
    Chart {
        title: "From the intended time to the durable acknowledgement",
        across: "frames a second, offered",
        up: "milliseconds",
        scale: Scale::Powers,
        curves,
    }
}

fn cost(sizes: &[Value]) -> Chart {
    let curve =
        |name: &str| sizes.iter().map(|size| (plain_number(size, "known"), median(size, name))).collect();
    Chart {
        title: "What known terminals cost",
        across: "known terminals",
        up: "throughput by the smallest's; seconds to listening",
        scale: Scale::Linear,
        curves: vec![
            ("throughput, by wall".into(), curve("of_first_wall")),
            ("throughput, by CPU".into(), curve("of_first_cpu")),
            ("seconds to listening".into(), curve("listening_s")),
        ],
    }
}
