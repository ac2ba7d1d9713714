//! How many connections the process's file descriptors allow: of trackers, and of people beside them.
//!
//! Shape: the process's limit → two numbers that leave the server's own files and databases open, whoever comes.
//! Source: proc(5), `/proc/self/limits`; where it cannot be read, the config stands alone.

/// The config's limit, cut down so that a tenth of all descriptors stays for the API, the databases and their files,
/// and where a tenth is too few for them, [`KEPT_MIN`].
pub(crate) fn connections_max(configured: u32) -> u32 {
    let Some(descriptors) = descriptors() else { return configured };
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

/// How many connections people may have, so that with as many trackers as there may be the server can still open what is
/// its own; `None` = as many as they like.
pub fn people_max() -> Option<u32> {
    descriptors().map(for_people)
}

fn allowed(descriptors: u64) -> u32 {
    u32::try_from(descriptors.saturating_sub(kept(descriptors))).unwrap_or(u32::MAX).max(1)
}

fn for_people(descriptors: u64) -> u32 {
    u32::try_from(kept(descriptors).saturating_sub(OWN)).unwrap_or(u32::MAX)
}

fn kept(descriptors: u64) -> u64 {
    (descriptors / SHARE_KEPT).max(KEPT_MIN)
}

fn descriptors() -> Option<u64> {
    soft_limit(&std::fs::read_to_string("/proc/self/limits").unwrap_or_default())
}

fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// One in ten is kept.
const SHARE_KEPT: u64 = 10;
/// The server has some 30 open without a connection and some 50 when every reader is used; a file that is brought, a webhook
/// and whoever is turned away at a door take one for a moment. Without them it could not open its own journal any more
/// (`tests/chaos --only descriptors`).
const OWN: u64 = 56;
/// Its own, and two browsers with as many connections as they like, a scraper and a program.
const KEPT_MIN: u64 = OWN + 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_is_kept_and_never_less_than_the_server_itself_needs() {
        assert_eq!([10_000, 1_024, 640, 256, 40].map(allowed), [9_000, 922, 560, 176, 1]);
    }

    #[test]
    fn trackers_and_people_together_leave_the_server_its_own() {
        for descriptors in [256, 1_024, 20_000, 1_048_576] {
            let taken = u64::from(allowed(descriptors)) + u64::from(for_people(descriptors));
            assert_eq!(descriptors - taken, OWN);
        }
        assert_eq!([20_000, 1_024, 256].map(for_people), [1_944, 46, 24]);
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
