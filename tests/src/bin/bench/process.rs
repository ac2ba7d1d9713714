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
/// A number of a file of `name: number` lines.
fn field(process: u32, file: &str, name: &str) -> anyhow::Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/{file}"))?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)).context("a line of /proc")?;
    let number = value.trim_start_matches(':').split_whitespace().next().context("a number")?;
    Ok(number.parse()?)
}

/// Resident bytes.
pub(crate) fn resident_bytes(process: u32) -> anyhow::Result<u64> {
    Ok(field(process, "status", "VmRSS")? * 1024)
}

/// Bytes that it has sent to the disk.
pub(crate) fn written_bytes(process: u32) -> anyhow::Result<u64> {
    field(process, "io", "write_bytes")
}

/// How many descriptors a process that we start may open.
pub(crate) fn descriptors_max() -> anyhow::Result<u64> {
    field(std::process::id(), "limits", "Max open files")
}
