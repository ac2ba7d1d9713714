//! How fast the server is, beside controls of the same minute: the harness of the results page.
//!
//! ```text
//! bench --parts--> taskset 0: server or control      taskset 1: bench generate, the load
//! ```
//! Shape: one JSON line on stdout, tables on stderr; exit 0 all done, 1 a part failed, 2 usage, 3 a part was left out.
//! Units: in the names. Errors: a figure whose promise is broken is not told. Source: `PERF.md` D.

mod cars;
mod commit;
mod control;
mod generator;
mod health;
mod job;
mod machine;
mod pace;
mod page;
mod parts;
mod preload;
mod process;
mod promise;
mod results;
mod run;
mod spread;
mod stand;

use clap::{Parser, Subcommand};
use control::Control;
use parts::{Part, Plan};
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use stories::device::now;
use stories::program;

/// As the server: a control is compared with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "bench", about = "How fast the server is, beside controls of the same minute")]
struct Options {
    /// For the page: more repeats, longer, larger
    #[arg(long)]
    full: bool,
    /// Only these parts
    #[arg(long, value_name = "PART", value_delimiter = ',', value_parser = part)]
    only: Vec<Part>,
    /// Name the parts and end
    #[arg(long)]
    list: bool,
    /// How often each measurement is repeated [default: 3, with --full 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    repeats: Option<u32>,
    #[command(subcommand)]
    inner: Option<Inner>,
}

/// What this program starts itself as.
#[derive(Subcommand)]
#[command(hide = true)]
enum Inner {
    /// The load
    Generate,
    /// A server that does less than ours
    Control { control: Control },
    /// The page, of the results that are kept
    Page,
}

fn part(name: &str) -> Result<Part, String> {
    let known = Part::ALL.into_iter().find(|part| part.name() == name);
    known.ok_or_else(|| format!("there is no such part; there are {}", Part::ALL.map(Part::name).join(", ")))
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    match options.inner {
        Some(Inner::Generate) => generator::run()?,
        Some(Inner::Control { control }) => control::serve(control)?,
        Some(Inner::Page) => page::write(&results::read(&deploy())?, &deploy())?,
        None if options.list => {
            for part in Part::ALL {
                writeln!(std::io::stdout(), "{:<8} {}", part.name(), part.what())?;
            }
        }
        // One thread, the first: what it starts ends with it.
        None => {
            return tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(bench(&options));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn bench(options: &Options) -> anyhow::Result<ExitCode> {
    let plan =
        Plan { full: options.full, repeats: options.repeats.unwrap_or(if options.full { 5 } else { 3 }) };
    // Built before the time runs: whichever part came first would wait for it.
    program::lienwatch().and_then(|_| program::sabotaged())?;
    // Of the beginning: a full run takes hours, in which the tree may go on.
    let (began, before, commit) = (Instant::now(), load()?, commit::of(&deploy()));
    let (told, failed) = parts(plan, &options.only, began).await;
    let left_out: Vec<&str> =
        Part::ALL.map(Part::name).into_iter().filter(|name| !told.contains_key(*name)).collect();
    let code = match (failed.is_empty(), left_out.is_empty()) {
        (false, _) => FAILED,
        (true, false) => PARTLY,
        (true, true) => 0,
    };
    let line = json!({
        "bench": if options.full { "full" } else { "reduced" },
        "date": now().to_string(),
        "machine": machine::class()?,
        "commit": commit,
        "seconds": began.elapsed().as_secs(),
        "repeats": plan.repeats,
        "load_before": before,
        "load_after": load()?,
        "parts": Value::Object(told),
        "failed": failed,
        "left_out": left_out,
    });
    writeln!(std::io::stdout(), "{line}")?;
    if options.full {
        page::write(&results::keep(&line, &deploy())?, &deploy())?;
    }
    Ok(ExitCode::from(code))
}

/// What the parts told, and those that failed.
async fn parts(plan: Plan, only: &[Part], began: Instant) -> (Map<String, Value>, Vec<&'static str>) {
    let (mut told, mut failed) = (Map::new(), Vec::new());
    for part in Part::ALL.into_iter().filter(|part| only.is_empty() || only.contains(part)) {
        if !plan.full && began.elapsed() > LOOK_MAX {
            eprintln!("== {}: left out, the time of a look is over", part.name());
            continue;
        }
        eprintln!("== {}: {}", part.name(), part.what());
        match part.run(plan).await {
            Ok(figures) => drop(told.insert(part.name().into(), figures)),
            Err(error) => {
                eprintln!("  FAILED, so that nothing is told of it: {error:#}");
                failed.push(part.name());
            }
        }
    }
    (told, failed)
}

/// Where the page is.
fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// How busy the machine is, in runnable tasks: a run on a busy one says little.
fn load() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}

/// What `tests/bench` promises to whoever waits for a look, the build aside: no part begins after it.
const LOOK_MAX: Duration = Duration::from_mins(10);
const FAILED: u8 = 1;
const PARTLY: u8 = 3;
