//! How many connections the process's file descriptors allow.
//!
//! Source: proc(5), `/proc/self/limits`; where it cannot be read, the config stands alone.

/// The config's limit, cut down so that a tenth of all descriptors stays for the API, the databases and their files,
/// and where a tenth is too few for them, [`KEPT_MIN`].
pub(crate) fn connections_max(configured: u32) -> u32 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(descriptors) = soft_limit(&limits) else { return configured };
    let allowed = allowed(descriptors);
    if allowed < configured {
        tracing::info!(
            configured,
            allowed,
            descriptors,
            "fewer connections than configured: file descriptors"
        );
    }
    configured.min(allowed)
}

fn allowed(descriptors: u64) -> u32 {
    let kept = (descriptors / SHARE_KEPT).max(KEPT_MIN);
    u32::try_from(descriptors.saturating_sub(kept)).unwrap_or(u32::MAX).max(1)
}

fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// One in ten is kept.
const SHARE_KEPT: u64 = 10;
/// The server has some 30 open without a connection and some 50 when every reader is used; the rest is for people. With
/// a tenth of 256 it could not open its own journal any more (`tests/chaos --only descriptors`).
const KEPT_MIN: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_is_kept_and_never_less_than_the_server_itself_needs() {
        assert_eq!([10_000, 1_024, 640, 256, 40].map(allowed), [9_000, 922, 576, 192, 1]);
    }

    #[test]
    fn the_soft_limit_is_read_and_unlimited_is_none() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 20000                files\n";
        assert_eq!(soft_limit(limits), Some(1024));
        assert_eq!(
            soft_limit("Max open files            unlimited            unlimited            files"),
            None
        );
        assert_eq!(soft_limit(""), None);
    }
}
