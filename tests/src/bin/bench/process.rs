//! What the kernel says of a process.
//!
//! Shape: a process id → seconds of CPU, bytes, descriptors. Errors: the process is gone. Source: proc(5).

use anyhow::Context as _;

/// Seconds of CPU so far, in all threads, user and system.
pub(crate) fn cpu_s(process: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the name, which may hold anything: state is the first field, utime the 12th, stime the 13th.
    let (_, fields) = stat.rsplit_once(") ").context("a name in brackets")?;
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u32>);
    let ticks: u32 = ticks.sum::<Result<_, _>>()?;
    Ok(f64::from(ticks) / TICKS_PER_S)
}

/// What proc(5) counts in, on every architecture of today.
const TICKS_PER_S: f64 = 100.0;
