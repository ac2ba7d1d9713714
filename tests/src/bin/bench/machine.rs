//! What kind of machine this is, so that a stranger can tell whether it is like his own. No names, no places.
//!
//! Shape: proc(5) → a JSON object. Units: in the names. Errors: a file of /proc that is not there.

use anyhow::Context as _;
use serde_json::{Value, json};

/// Cores, processor, memory, kernel.
pub(crate) fn class() -> anyhow::Result<Value> {
    let read = |file: &str| std::fs::read_to_string(file).with_context(|| file.to_owned());
    let (processor, memory, kernel) =
        (read("/proc/cpuinfo")?, read("/proc/meminfo")?, read("/proc/sys/kernel/osrelease")?);
    let written_back: f64 = read("/proc/sys/vm/dirty_expire_centisecs")?.trim().parse()?;
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next());
    let kib: u64 = kib.context("MemTotal")?.parse()?;
    let version: Vec<&str> = kernel.trim().split(['.', '-']).take(2).collect();
    Ok(json!({
        "cores": std::thread::available_parallelism()?,
        "processor": model.map_or("unknown", |(_, model)| model.trim()),
        "memory_gib": kib / (1024 * 1024),
        "kernel": version.join("."),
        // See `deploy/sysctl.conf`: what databases write comes to the disk at once, or a little at a time.
        "written_back_after_s": written_back / 100.0,
    }))
}
