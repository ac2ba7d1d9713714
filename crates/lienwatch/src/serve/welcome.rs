//! The link for the first user: printed while there is none, for half an hour, once.
//!
//! Shape: waits for the store, then a line on stderr, not in the log, which others may collect. Errors: told; a new start tries
//! again. There is no default password. Source: DESIGN.md §8.

use anyhow::{Context, Result};
use journal::Clock;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use store::Store;
use tokio::sync::watch;

/// Prints the link, if it is needed.
pub(crate) async fn welcome(
    http: SocketAddr,
    mut store: watch::Receiver<Option<Store>>,
    mut stop: watch::Receiver<bool>,
) {
    let open = tokio::select! {
        open = store.wait_for(Option::is_some) => open.ok().and_then(|open| open.clone()),
        _ = stop.wait_for(|stop| *stop) => None,
    };
    let Some(open) = open else { return };
    match link(http, &open).await {
        Ok(Some(link)) => {
            eprintln!(
                "\n  Nobody may log in yet. Make the first user, within 30 minutes and once:\n\n    {link}\n"
            );
        }
        Ok(None) => {}
        Err(error) => tracing::warn!("the link for the first user was not made: {error:#}"),
    }
}

/// The whole link, by the way over this machine.
async fn link(http: SocketAddr, store: &Store) -> Result<Option<String>> {
    let path = web::accounts::first_user_link(store, Clock::system().now()).await;
    let path = path.context("writing to the store")?;
    Ok(path.map(|path| format!("http://{}{path}", from_here(http))))
}

/// How a browser on this machine, or at the end of a tunnel, reaches an address.
pub(crate) fn from_here(http: SocketAddr) -> SocketAddr {
    let ip = match http {
        SocketAddr::V4(_) if http.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) if http.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        _ => http.ip(),
    };
    SocketAddr::new(ip, http.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_leads_over_this_machine() {
        let seen = |http: &str| from_here(http.parse().unwrap()).to_string();
        assert_eq!(seen("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(seen("[::]:8080"), "[::1]:8080");
        assert_eq!(seen("10.0.0.7:8080"), "10.0.0.7:8080");
    }
}
